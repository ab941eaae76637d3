/* wire: looks up rows of the generated table of APIs. */
#include "wire/api.h"

#include "wire/messages.h"

const struct api *api_find(int16_t key)
{
    size_t low = 0;
    size_t high = api_table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (api_table[middle].key < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < api_table_count && api_table[low].key == key ? &api_table[low] : NULL;
}

int16_t api_request_header_version(const struct api *api, int16_t version)
{
    return version >= api->flexible_since ? 2 : 1;
}

/* KIP-511: a client reads the answer to ApiVersions before it knows what the broker speaks, so its
 * header never becomes flexible. */
int16_t api_response_header_version(const struct api *api, int16_t version)
{
    return version >= api->flexible_since && api->key != API_API_VERSIONS ? 1 : 0;
}
