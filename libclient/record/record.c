/* record: the headers of one record. */
#include "record/record.h"

#include "record/record_layout.h"

/* Reads one header; NULL on damage. A key is never null (KIP-82). */
static const uint8_t *read_header(const uint8_t *data, const uint8_t *end,
                                  struct record_header *ret_header)
{
    data = record_layout_bytes(data, end, &ret_header->key);
    if (!data || slice_is_null(ret_header->key)) {
        return NULL;
    }
    return record_layout_bytes(data, end, &ret_header->value);
}

bool record_layout_has_headers(const uint8_t *data, const uint8_t *end, int32_t count)
{
    struct record_header header;

    for (int32_t i = 0; i < count; i++) {
        data = read_header(data, end, &header);
        if (!data) {
            return false;
        }
    }
    return data == end;
}

bool record_next_header(struct slice *rest, struct record_header *ret_header)
{
    struct record_header header;

    if (rest->size == 0) {
        return false;
    }
    const uint8_t *end = rest->data + rest->size;
    const uint8_t *next = read_header(rest->data, end, &header);
    if (!next) {
        return false;
    }
    *rest = slice_of(next, (size_t)(end - next));
    *ret_header = header;
    return true;
}
