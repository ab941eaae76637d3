/* wire: sticky reader and writer with all bounds checks. Many fields, one check at the end: after a
 * failure a reader gives zeros and a writer writes nothing; `err` tells the first failure. The only
 * place that turns wire lengths into sizes. */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include "base/bytes.h"
#include "base/uuid.h"
#include "base/varint.h"

#include <libclient/error.h>

struct reader {
    const uint8_t *data;
    const uint8_t *end;
    enum kc_err err; /* KC_ERR_NONE, KC_ERR_MALFORMED or KC_ERR_NO_MEMORY */
};

void reader_init(struct reader *reader, struct slice bytes);

static inline size_t reader_left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->data);
}

/* Nothing is left afterwards; the first failure stays. */
void reader_fail(struct reader *reader, enum kc_err err);

/* Fails the reader as malformed; gives 16 zero bytes. Behind reader_take. */
const uint8_t *reader_fail_short(struct reader *reader);

/* The next size bytes, size up to 16; zeros when fewer are left, which fails the reader. */
static inline const uint8_t *reader_take(struct reader *reader, size_t size)
{
    const uint8_t *data = reader->data;
    if (BASE_UNLIKELY(reader_left(reader) < size)) {
        return reader_fail_short(reader);
    }
    reader->data = data + size;
    return data;
}

static inline int8_t read_i8(struct reader *reader)
{
    return (int8_t)reader_take(reader, 1)[0];
}

static inline int16_t read_i16(struct reader *reader)
{
    return (int16_t)load_u16(reader_take(reader, 2));
}

static inline uint16_t read_u16(struct reader *reader)
{
    return load_u16(reader_take(reader, 2));
}

static inline int32_t read_i32(struct reader *reader)
{
    return (int32_t)load_u32(reader_take(reader, 4));
}

static inline uint32_t read_u32(struct reader *reader)
{
    return load_u32(reader_take(reader, 4));
}

static inline int64_t read_i64(struct reader *reader)
{
    return (int64_t)load_u64(reader_take(reader, 8));
}

/* Any byte but 0 is true. */
static inline bool read_bool(struct reader *reader)
{
    return reader_take(reader, 1)[0] != 0;
}

double read_f64(struct reader *reader);
struct uuid read_uuid(struct reader *reader);
int32_t read_varint(struct reader *reader);
int64_t read_varlong(struct reader *reader);

static inline uint32_t read_uvarint(struct reader *reader)
{
    uint32_t value;
    size_t size = varint_get_unsigned(reader->data, reader->end, &value);
    if (BASE_UNLIKELY(size == 0)) {
        (void)reader_fail_short(reader);
        return 0;
    }
    reader->data += size;
    return value;
}

/* size bytes, borrowed; fails when fewer are left (the null slice then). */
struct slice read_raw(struct reader *reader, size_t size);

/* A string or bytes value; `compact` for flexible versions. A negative length (or compact 0) gives
 * the null slice. Strings have an int16 length and never more than 32767 bytes, bytes an int32 one.
 */
struct slice read_string(struct reader *reader, bool compact);
struct slice read_bytes(struct reader *reader, bool compact);

/* An array's element count: -1 for null; fails when count * size_min exceeds what is left (size_min
 * 0 counts as 1). */
int32_t read_count(struct reader *reader, bool compact, size_t size_min);

/* Skips a section of tagged fields (KIP-482): tags must ascend and sizes fit. */
void read_tags(struct reader *reader);

/* A piece of the output that is not copied: `bytes` belong at `position` of the written buffer,
 * before what follows it there. The slice must stay valid until the frame is sent. */
struct splice {
    size_t position;
    struct slice bytes;
};

enum { WRITER_SPLICES_MAX = 1024, WRITER_STRING_MAX = 32767 };

struct writer {
    struct bytes *out;      /* NULL: nothing is written, only counted */
    struct splice *splices; /* NULL: everything is copied */
    size_t splice_count;
    size_t splice_capacity;
    size_t spliced_size;    /* bytes in all splices */
    size_t splice_size_min; /* bytes/records values at least this long are spliced, not copied */
    size_t counted;         /* without out: bytes that would have been written */
    enum kc_err err;        /* KC_ERR_NONE, or the first of KC_ERR_NO_MEMORY, KC_ERR_TOO_LARGE,
                               KC_ERR_INVALID, KC_ERR_UNSUPPORTED_VERSION */
};

/* Writes to the end of out, which the caller owns; out NULL counts only. */
void writer_init(struct writer *writer, struct bytes *out);

/* Lets the writer keep large values as references in the caller's array. When the array is full it
 * copies. */
void writer_allow_splices(struct writer *writer, struct splice *splices, size_t capacity,
                          size_t size_min);

void writer_fail(struct writer *writer, enum kc_err err);

/* Bytes written so far into out (from its start) and splices together, or counted. */
size_t writer_position(const struct writer *writer);

void write_i8(struct writer *writer, int8_t value);
void write_i16(struct writer *writer, int16_t value);
void write_u16(struct writer *writer, uint16_t value);
void write_i32(struct writer *writer, int32_t value);
void write_u32(struct writer *writer, uint32_t value);
void write_i64(struct writer *writer, int64_t value);
void write_f64(struct writer *writer, double value);
void write_bool(struct writer *writer, bool value);
void write_uuid(struct writer *writer, const struct uuid *value);
void write_varint(struct writer *writer, int32_t value);
void write_varlong(struct writer *writer, int64_t value);
void write_uvarint(struct writer *writer, uint32_t value);
void write_raw(struct writer *writer, struct slice bytes);

/* The null slice writes null. KC_ERR_TOO_LARGE past WRITER_STRING_MAX or INT32_MAX. */
void write_string(struct writer *writer, struct slice text, bool compact);
void write_bytes(struct writer *writer, struct slice bytes, bool compact);

/* A negative count writes null. */
void write_count(struct writer *writer, int32_t count, bool compact);

#endif
