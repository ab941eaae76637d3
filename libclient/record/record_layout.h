/* record: the bytes of one record of format 2, taken apart in place. Inline, as both the broker's
 * check and the consumer's iteration stand or fall with it. Internal to the room. */
#ifndef RECORD_RECORD_LAYOUT_H
#define RECORD_RECORD_LAYOUT_H

#include "base/varint.h"
#include "record/record.h"

struct record_layout {
    int64_t timestamp_delta;
    int32_t offset_delta;
    int32_t header_count;
    struct slice key;
    struct slice value;
    struct slice headers;
};

/* True when exactly `count` headers fill [data, end). */
bool record_layout_has_headers(const uint8_t *data, const uint8_t *end, int32_t count);

/* Reads a length and as many bytes; any negative length is null, as in Java. NULL on damage. */
static inline const uint8_t *record_layout_bytes(const uint8_t *data, const uint8_t *end,
                                                 struct slice *ret_bytes)
{
    int32_t size;
    size_t taken = varint_get(data, end, &size);

    if (BASE_UNLIKELY(taken == 0)) {
        return NULL;
    }
    data += taken;
    if (size < 0) {
        *ret_bytes = SLICE_NULL;
        return data;
    }
    if (BASE_UNLIKELY(size > end - data)) {
        return NULL;
    }
    *ret_bytes = (struct slice){ data, (size_t)size };
    return data + size;
}

/* Reads the record at data, headers checked; returns what follows it, or NULL when it is damaged or
 * reaches beyond end. */
static inline const uint8_t *record_layout_read(const uint8_t *data, const uint8_t *end,
                                                struct record_layout *ret_layout)
{
    int32_t size;
    size_t taken = varint_get(data, end, &size);

    if (BASE_UNLIKELY(taken == 0 || size < 1 || size > end - data - (ptrdiff_t)taken)) {
        return NULL;
    }
    data += taken;
    const uint8_t *record_end = data + size;
    data++; /* the attributes: unused, and anything is accepted, as in Java */
    taken = varlong_get(data, record_end, &ret_layout->timestamp_delta);
    data += taken;
    if (BASE_UNLIKELY(taken == 0)) {
        return NULL;
    }
    taken = varint_get(data, record_end, &ret_layout->offset_delta);
    data += taken;
    if (BASE_UNLIKELY(taken == 0)) {
        return NULL;
    }
    data = record_layout_bytes(data, record_end, &ret_layout->key);
    if (BASE_UNLIKELY(!data)) {
        return NULL;
    }
    data = record_layout_bytes(data, record_end, &ret_layout->value);
    if (BASE_UNLIKELY(!data)) {
        return NULL;
    }
    taken = varint_get(data, record_end, &ret_layout->header_count);
    data += taken;
    if (BASE_UNLIKELY(taken == 0 || ret_layout->header_count < 0)) {
        return NULL;
    }
    ret_layout->headers = (struct slice){ data, (size_t)(record_end - data) };
    if (BASE_LIKELY(ret_layout->header_count == 0)) {
        return data == record_end ? record_end : NULL;
    }
    bool is_whole = record_layout_has_headers(data, record_end, ret_layout->header_count);
    return is_whole ? record_end : NULL;
}

#endif
