/* net: version negotiation. */
#include "net/version.h"

#include "base/attr.h"
#include "wire/api.h"

void version_table_clear(struct version_table *table)
{
    for (size_t i = 0; i < VERSION_KEYS_MAX; i++) {
        table->ranges[i] = (struct version_range){ 0, -1 };
    }
    table->features_epoch = -1;
    table->transaction_version = 0;
}

void version_table_fill(struct version_table *table, const struct api_versions_response *response)
{
    version_table_clear(table);
    for (int32_t i = 0; i < response->api_keys.count; i++) {
        const struct api_versions_response_api_version *item = &response->api_keys.items[i];
        if (item->api_key >= 0 && item->api_key < VERSION_KEYS_MAX) {
            table->ranges[item->api_key] =
                (struct version_range){ item->min_version, item->max_version };
        }
    }
    table->features_epoch = response->finalized_features_epoch;
    for (int32_t i = 0; i < response->finalized_features.count; i++) {
        const struct api_versions_response_finalized_feature_key *item =
            &response->finalized_features.items[i];
        if (slice_equal(item->name, slice_text("transaction.version"))) {
            table->transaction_version = item->max_version_level;
        }
    }
}

enum kc_err version_pick(const struct version_table *table, int16_t api_key, int16_t floor,
                         int16_t cap, int16_t *ret_version)
{
    const struct api *api = api_find(api_key);
    if (!api || api_key < 0 || api_key >= VERSION_KEYS_MAX) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    struct version_range theirs = table->ranges[api_key];
    int16_t max = MIN_OF(api->version_max, theirs.max);
    int16_t min = MAX_OF(api->version_min, theirs.min);
    max = cap >= 0 ? MIN_OF(max, cap) : max;
    min = MAX_OF(min, floor);
    if (min > max) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    *ret_version = max;
    return KC_ERR_NONE;
}
