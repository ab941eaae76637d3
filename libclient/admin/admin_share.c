/* admin: offsets of share groups (KIP-932), asked of their coordinators. */
#include "admin/admin.h"
#include "admin/place.h"
#include "admin/sheet.h"

enum { KEY_DESCRIBE_OFFSETS = 90, KEY_ALTER_OFFSETS = 91, KEY_DELETE_OFFSETS = 92 };

static const struct mirror_row offset_rows[] = {
    MIRROR(struct kc_share_offset, partition, "partitionIndex"),
    MIRROR(struct kc_share_offset, start_offset, "startOffset"),
    MIRROR(struct kc_share_offset, leader_epoch, "leaderEpoch"),
    MIRROR(struct kc_share_offset, lag, "lag"),
    MIRROR(struct kc_share_offset, err, "errorCode"),
    MIRROR(struct kc_share_offset, text, "errorMessage"),
    MIRROR_END,
};
static const struct mirror_row group_rows[] = {
    MIRROR_FLAT(struct kc_share_offsets, offsets, offset_count, "topics", "topicName", "partitions",
                offset_rows),
    MIRROR_END,
};
static const struct sheet_form list_form = {
    .family = SHEET_FAMILY("listing offsets of share groups"),
    .api_key = KEY_DESCRIBE_OFFSETS,
    .route = SHEET_GROUP,
    .is_named = true,
    .asked = { .list = "groups", .key = { "groupId" } },
    .answered = { .list = "groups", .key = { "groupId" } },
    .rows = group_rows,
    .size = sizeof(struct kc_share_offsets),
    .err = offsetof(struct kc_share_offsets, err),
    .text = offsetof(struct kc_share_offsets, text),
};

struct fanout *admin_share_list(const struct kc_group_partitions *asked, size_t count)
{
    static const struct mirror_row rows[] = { MIRROR(struct kc_share_offsets, group_id, "groupId"),
                                              MIRROR_END };
    struct fanout *fanout =
        sheet_take(sheet_create(&list_form, count), rows, asked, sizeof(*asked));
    for (size_t i = 0; fanout && i < count; i++) {
        struct describe_share_group_offsets_request_describe_share_group_offsets_request_group
            *group = sheet_item(fanout, i);
        struct mirror_field topics = mirror_find(
            &describe_share_group_offsets_request_describe_share_group_offsets_request_group_type,
            group, "topics");
        place_numbers(fanout, asked[i].partitions, asked[i].partition_count, &topics, "topicName",
                      "partitions");
    }
    return fanout_checked(fanout);
}

static const struct sheet_form alter_form = {
    .family = SHEET_FAMILY("setting offsets of a share group"),
    .api_key = KEY_ALTER_OFFSETS,
    .route = SHEET_GROUP,
    .is_all = true,
    .asked = { "topics", "topicName", "partitions", { "partitionIndex" } },
    .answered = { "responses", "topicName", "partitions", { "partitionIndex" } },
    .size = sizeof(struct kc_partition_result),
    .err = offsetof(struct kc_partition_result, err),
    .text = offsetof(struct kc_partition_result, text),
};
static const struct mirror_row alter_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR(struct kc_position, offset, "startOffset"),
    MIRROR_END,
};

struct fanout *admin_share_alter(const char *group_id, const struct kc_position *positions,
                                 size_t count)
{
    struct fanout *fanout = sheet_of_group(sheet_create(&alter_form, count), group_id);
    return sheet_take(fanout, alter_rows, positions, sizeof(*positions));
}

static const struct sheet_form delete_form = {
    .family = SHEET_FAMILY("deleting offsets of a share group"),
    .api_key = KEY_DELETE_OFFSETS,
    .route = SHEET_GROUP,
    .is_all = true,
    .asked = { .list = "topics", .key = { "topicName" } },
    .answered = { .list = "responses", .key = { "topicName" } },
    .is_named = true,
    .size = sizeof(struct kc_item_result),
    .err = offsetof(struct kc_item_result, err),
    .text = offsetof(struct kc_item_result, text),
};

struct fanout *admin_share_delete(const char *group_id, const char *const *topics, size_t count)
{
    static const struct mirror_row rows[] = { MIRROR(struct kc_setting, name, "topicName"),
                                              MIRROR_END };
    struct fanout *fanout = sheet_of_group(sheet_create(&delete_form, count), group_id);
    return sheet_take(fanout, rows, topics, sizeof(*topics));
}
