/* client: the version, and walking a record's headers. */
#include "record/record.h"

#include <libclient/client.h>

const char *kc_version(void)
{
    return LIBCLIENT_VERSION;
}

/* Headers given as a list count their items in *position; encoded ones their bytes. */
static bool next_of_list(const struct kc_record *record, size_t *position,
                         struct kc_header *ret_header)
{
    if (*position >= record->header_count) {
        return false;
    }
    *ret_header = record->headers[(*position)++];
    return true;
}

bool kc_record_next_header(const struct kc_record *record, size_t *position,
                           struct kc_header *ret_header)
{
    struct record_header header;
    if (record->headers) {
        return next_of_list(record, position, ret_header);
    }
    if (*position >= record->encoded_headers.size) {
        return false;
    }
    struct slice rest = slice_of((const uint8_t *)record->encoded_headers.data + *position,
                                 record->encoded_headers.size - *position);
    size_t before = rest.size;
    if (!record_next_header(&rest, &header)) {
        return false;
    }
    *position += before - rest.size;
    ret_header->key = kc_bytes(header.key.data, header.key.size);
    ret_header->value = kc_bytes(header.value.data, header.value.size);
    return true;
}
