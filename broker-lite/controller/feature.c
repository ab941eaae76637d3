/* controller: levels of features. The metadata log is written in the records of its newest version
 * only, so that an older level of metadata.version would promise what is not kept; Kafka refuses
 * such downgrades too. */
#include "controller/feature.h"

#include "wire/messages.h"

#include <stdio.h>

const struct feature feature_table[IMAGE_FEATURE_COUNT] = {
    [IMAGE_GROUP_VERSION] = { "group.version", 0, 1, 1 },
    [IMAGE_METADATA_VERSION] = { "metadata.version", 7, 30, 30 },
    [IMAGE_TRANSACTION_VERSION] = { "transaction.version", 0, 2, 2 },
};

enum image_feature feature_find(struct slice name)
{
    int i = 0;
    while (i < IMAGE_FEATURE_COUNT && !slice_is(name, feature_table[i].name)) {
        i++;
    }
    return (enum image_feature)i;
}

void feature_add_record(struct metadata_batch *batch, struct slice name, int16_t level)
{
    struct feature_level_record record;
    message_defaults(&feature_level_record_type, &record);
    record.name = name;
    record.feature_level = level;
    metadata_batch_add(batch, &feature_level_record_type, 0, &record);
}

static enum kc_err refuse(struct slice name, int16_t level, char *ret_text, const char *reason)
{
    (void)snprintf(ret_text, FEATURE_TEXT_SIZE, "Invalid update version %d for feature %.*s. %s",
                   level, (int)MIN_OF(name.size, (size_t)128), (const char *)name.data, reason);
    return KC_ERR_INVALID_UPDATE_VERSION;
}

static enum kc_err check_direction(struct slice name, int16_t from, int16_t level, int8_t change,
                                   char *ret_text)
{
    if (level < from && change == FEATURE_UPGRADE) {
        return refuse(name, level, ret_text,
                      "Can't downgrade the version of this feature without setting the upgrade "
                      "type to either safe or unsafe downgrade.");
    }
    if (level > from && change != FEATURE_UPGRADE) {
        return refuse(name, level, ret_text, "Can't downgrade to a newer version.");
    }
    return KC_ERR_NONE;
}

enum kc_err feature_plan(const struct image *image, int32_t node_id, struct slice name,
                         int16_t level, int8_t change, struct metadata_batch *batch, char *ret_text)
{
    char reason[96];
    enum image_feature place = feature_find(name);
    bool is_known = place < IMAGE_FEATURE_COUNT;
    if (change < FEATURE_UPGRADE || change > FEATURE_UNSAFE_DOWNGRADE) {
        return refuse(name, level, ret_text,
                      "The controller does not support the given upgrade type.");
    }
    if (level < 0) {
        return refuse(name, level, ret_text, "A feature version cannot be less than 0.");
    }
    if (!is_known || level < feature_table[place].min || level > feature_table[place].max) {
        (void)snprintf(reason, sizeof(reason), "Local controller %d %s", node_id,
                       is_known ? "only supports versions" : "does not support this feature.");
        size_t used = strlen(reason);
        if (is_known) {
            (void)snprintf(reason + used, sizeof(reason) - used, " %d-%d", feature_table[place].min,
                           feature_table[place].max);
        }
        return refuse(name, level, ret_text, reason);
    }
    int16_t from = image->features[place];
    enum kc_err err = check_direction(name, from, level, change, ret_text);
    if (!err && place == IMAGE_METADATA_VERSION && level < from) {
        (void)snprintf(ret_text, FEATURE_TEXT_SIZE,
                       "Unsupported metadata.version downgrade from %d to %d. %s", from, level,
                       change == FEATURE_UNSAFE_DOWNGRADE
                           ? "Unsafe metadata downgrade is not supported in this version."
                           : "Refusing to perform the requested downgrade because it might delete "
                             "metadata information.");
        return KC_ERR_INVALID_UPDATE_VERSION;
    }
    if (!err) {
        feature_add_record(batch, name, level);
    }
    return err;
}
