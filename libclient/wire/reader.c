/* wire: the reader half of the cursor. */
#include "wire/cursor.h"

static const uint8_t zeros[16];

void reader_init(struct reader *reader, struct slice bytes)
{
    const uint8_t *data = bytes.data ? bytes.data : zeros;
    *reader = (struct reader){ .data = data, .end = data + (bytes.data ? bytes.size : 0) };
}

void reader_fail(struct reader *reader, enum kc_err err)
{
    if (!reader->err) {
        reader->err = err;
    }
    reader->data = reader->end;
}

const uint8_t *reader_fail_short(struct reader *reader)
{
    reader_fail(reader, KC_ERR_MALFORMED);
    return zeros;
}

double read_f64(struct reader *reader)
{
    uint64_t bits = load_u64(reader_take(reader, 8));
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

struct uuid read_uuid(struct reader *reader)
{
    struct uuid uuid;
    memcpy(&uuid, reader_take(reader, sizeof(uuid)), sizeof(uuid));
    return uuid;
}

int32_t read_varint(struct reader *reader)
{
    uint32_t value = read_uvarint(reader);
    return (int32_t)(value >> 1 ^ (0 - (value & 1)));
}

int64_t read_varlong(struct reader *reader)
{
    int64_t value;
    size_t size = varlong_get(reader->data, reader->end, &value);
    if (size == 0) {
        (void)reader_fail_short(reader);
        return 0;
    }
    reader->data += size;
    return value;
}

struct slice read_raw(struct reader *reader, size_t size)
{
    if (reader_left(reader) < size) {
        (void)reader_fail_short(reader);
        return SLICE_NULL;
    }
    struct slice bytes = { reader->data, size };
    reader->data += size;
    return bytes;
}

/* A compact length is one more than the length; -1 stands for null. */
static int64_t read_compact_length(struct reader *reader)
{
    uint32_t value = read_uvarint(reader);
    if (reader->err) {
        return -1;
    }
    return (int64_t)value - 1;
}

static struct slice read_sized(struct reader *reader, int64_t length)
{
    if (length < 0) {
        return SLICE_NULL;
    }
    return read_raw(reader, (size_t)length);
}

struct slice read_string(struct reader *reader, bool compact)
{
    int64_t length = compact ? read_compact_length(reader) : read_i16(reader);
    if (length > WRITER_STRING_MAX) {
        (void)reader_fail_short(reader);
        return SLICE_NULL;
    }
    return reader->err ? SLICE_NULL : read_sized(reader, length);
}

struct slice read_bytes(struct reader *reader, bool compact)
{
    int64_t length = compact ? read_compact_length(reader) : read_i32(reader);
    return reader->err ? SLICE_NULL : read_sized(reader, length);
}

int32_t read_count(struct reader *reader, bool compact, size_t size_min)
{
    int64_t count = compact ? read_compact_length(reader) : read_i32(reader);
    if (reader->err || count < 0) {
        return -1;
    }
    if ((uint64_t)count > reader_left(reader) / MAX_OF(size_min, (size_t)1)) {
        (void)reader_fail_short(reader);
        return -1;
    }
    return (int32_t)count;
}

void read_tags(struct reader *reader)
{
    uint32_t count = read_uvarint(reader);
    int64_t last = -1;
    for (uint32_t i = 0; i < count && !reader->err; i++) {
        uint32_t tag = read_uvarint(reader);
        uint32_t size = read_uvarint(reader);
        if (tag <= last) {
            (void)reader_fail_short(reader);
        }
        last = tag;
        (void)read_raw(reader, size);
    }
}
