/* wire: the writer half of the cursor. */
#include "wire/cursor.h"

void writer_init(struct writer *writer, struct bytes *out)
{
    *writer = (struct writer){ .out = out };
}

void writer_allow_splices(struct writer *writer, struct splice *splices, size_t capacity,
                          size_t size_min)
{
    writer->splices = splices;
    writer->splice_capacity = capacity;
    writer->splice_size_min = size_min;
}

void writer_fail(struct writer *writer, enum kc_err err)
{
    if (!writer->err) {
        writer->err = err;
    }
}

size_t writer_position(const struct writer *writer)
{
    return writer->out ? writer->out->size + writer->spliced_size : writer->counted;
}

static uint8_t *take_slow(struct writer *writer, size_t size)
{
    if (writer->err) {
        return NULL;
    }
    if (!writer->out) {
        if (size > SIZE_MAX - writer->counted) {
            writer_fail(writer, KC_ERR_TOO_LARGE);
            return NULL;
        }
        writer->counted += size;
        return NULL;
    }
    struct bytes *out = writer->out;
    if (!bytes_reserve(out, size)) {
        bool full = out->size > out->size_max || size > out->size_max - out->size;
        writer_fail(writer, full ? KC_ERR_TOO_LARGE : KC_ERR_NO_MEMORY);
        return NULL;
    }
    out->size += size;
    return out->data + out->size - size;
}

/* Room for size bytes at the end of out; NULL when there is none or nothing is to be written. */
static inline uint8_t *take(struct writer *writer, size_t size)
{
    struct bytes *out = writer->out;
    if (BASE_LIKELY(out && !writer->err && size <= out->capacity - out->size && out->data)) {
        out->size += size;
        return out->data + out->size - size;
    }
    return take_slow(writer, size);
}

void write_i8(struct writer *writer, int8_t value)
{
    uint8_t *place = take(writer, 1);
    if (place) {
        *place = (uint8_t)value;
    }
}

void write_u16(struct writer *writer, uint16_t value)
{
    uint8_t *place = take(writer, 2);
    if (place) {
        store_u16(place, value);
    }
}

void write_i16(struct writer *writer, int16_t value)
{
    write_u16(writer, (uint16_t)value);
}

void write_u32(struct writer *writer, uint32_t value)
{
    uint8_t *place = take(writer, 4);
    if (place) {
        store_u32(place, value);
    }
}

void write_i32(struct writer *writer, int32_t value)
{
    write_u32(writer, (uint32_t)value);
}

void write_i64(struct writer *writer, int64_t value)
{
    uint8_t *place = take(writer, 8);
    if (place) {
        store_u64(place, (uint64_t)value);
    }
}

void write_f64(struct writer *writer, double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    write_i64(writer, bits);
}

void write_bool(struct writer *writer, bool value)
{
    write_i8(writer, value ? 1 : 0);
}

void write_uuid(struct writer *writer, const struct uuid *value)
{
    write_raw(writer, slice_of(value, sizeof(*value)));
}

void write_varlong(struct writer *writer, int64_t value)
{
    uint8_t encoded[VARLONG_SIZE_MAX];
    write_raw(writer, slice_of(encoded, varlong_put(encoded, value)));
}

void write_varint(struct writer *writer, int32_t value)
{
    write_uvarint(writer, varint_zigzag(value));
}

void write_uvarint(struct writer *writer, uint32_t value)
{
    if (BASE_LIKELY(value < 0x80)) {
        write_i8(writer, (int8_t)value);
        return;
    }
    uint8_t encoded[VARINT_SIZE_MAX];
    write_raw(writer, slice_of(encoded, varint_put_unsigned(encoded, value)));
}

void write_raw(struct writer *writer, struct slice bytes)
{
    uint8_t *place = take(writer, bytes.size);
    if (place && bytes.size > 0) {
        memcpy(place, bytes.data, bytes.size);
    }
}

void write_string(struct writer *writer, struct slice text, bool compact)
{
    if (text.size > WRITER_STRING_MAX) {
        writer_fail(writer, KC_ERR_TOO_LARGE);
        return;
    }
    bool null = slice_is_null(text);
    if (compact) {
        write_uvarint(writer, null ? 0 : (uint32_t)text.size + 1);
    } else {
        write_i16(writer, null ? -1 : (int16_t)text.size);
    }
    if (text.size > 0 && !null) {
        write_raw(writer, text);
    }
}

/* True when the value is now a reference. */
static bool splice(struct writer *writer, struct slice bytes)
{
    if (writer->err || !writer->out || !writer->splices ||
        writer->splice_count == writer->splice_capacity || bytes.size < writer->splice_size_min) {
        return false;
    }
    writer->splices[writer->splice_count++] = (struct splice){ writer->out->size, bytes };
    writer->spliced_size += bytes.size;
    return true;
}

void write_bytes(struct writer *writer, struct slice bytes, bool compact)
{
    if (bytes.size > INT32_MAX) {
        writer_fail(writer, KC_ERR_TOO_LARGE);
        return;
    }
    bool null = slice_is_null(bytes);
    write_count(writer, null ? -1 : (int32_t)bytes.size, compact);
    if (bytes.size > 0 && !null && !splice(writer, bytes)) {
        write_raw(writer, bytes);
    }
}

void write_count(struct writer *writer, int32_t count, bool compact)
{
    if (compact) {
        write_uvarint(writer, count < 0 ? 0 : (uint32_t)count + 1);
    } else {
        write_i32(writer, count < 0 ? -1 : count);
    }
}
