/* admin: committed offsets of a group, asked of its coordinator: list, set, delete. Topics go by
 * name (at most OffsetFetch and OffsetCommit version 9, as the Java admin client), so offsets of
 * topics that are gone are seen too. */
#include "admin/admin.h"
#include "admin/coordinator_search.h"
#include "admin/place.h"
#include "admin/sheet.h"

enum { KEY_OFFSET_COMMIT = 8, KEY_OFFSET_FETCH = 9, KEY_OFFSET_DELETE = 47 };
enum { VERSION_ALL = 2, VERSION_NAMES = 9, VERSION_GROUPS = 8 };

static const struct mirror_row told_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR(struct kc_position, offset, "committedOffset"),
    MIRROR(struct kc_position, leader_epoch, "committedLeaderEpoch"),
    MIRROR(struct kc_position, metadata, "metadata"),
    MIRROR(struct kc_position, err, "errorCode"),
    MIRROR_END,
};

/* Offset fetches of many groups (KIP-709). */
static const struct mirror_row fetched_rows[] = {
    MIRROR_FLAT(struct kc_group_offsets, positions, position_count, "topics", "name", "partitions",
                told_rows),
    MIRROR_END,
};
static const struct sheet_form fetch_many_form = {
    .family = SHEET_FAMILY("listing offsets of groups"),
    .api_key = KEY_OFFSET_FETCH,
    .version_min = VERSION_GROUPS,
    .version_max = VERSION_NAMES,
    .route = SHEET_GROUP,
    .is_named = true,
    .asked = { .list = "groups", .key = { "groupId" } },
    .answered = { .list = "groups", .key = { "groupId" } },
    .rows = fetched_rows,
    .size = sizeof(struct kc_group_offsets),
    .err = offsetof(struct kc_group_offsets, err),
    .text = offsetof(struct kc_group_offsets, text),
};

struct fanout *admin_commits_list_many(const struct kc_group_partitions *asked, size_t count,
                                       bool stable_only)
{
    static const struct mirror_row rows[] = { MIRROR(struct kc_group_offsets, group_id, "groupId"),
                                              MIRROR_END };
    struct fanout *fanout = sheet_create(&fetch_many_form, count);
    struct offset_fetch_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->require_stable = stable_only;
    }
    fanout = sheet_take(fanout, rows, asked, sizeof(*asked));
    for (size_t i = 0; fanout && i < count; i++) {
        struct offset_fetch_request_offset_fetch_request_group *group = sheet_item(fanout, i);
        struct mirror_field topics =
            mirror_find(&offset_fetch_request_offset_fetch_request_group_type, group, "topics");
        place_numbers(fanout, asked[i].partitions, asked[i].partition_count, &topics, "name",
                      "partitionIndexes");
    }
    return fanout_checked(fanout);
}

/* One group, from brokers of any age: what is committed. */
static const struct mirror_row list_rows[] = {
    MIRROR_FLAT(struct kc_positions, items, count, "topics", "name", "partitions", told_rows),
    MIRROR_END,
};

static void list_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

/* -1 says that nothing is committed. */
static void drop_empty(struct kc_positions *positions)
{
    size_t kept = 0;
    for (size_t i = 0; i < positions->count; i++) {
        if (positions->items[i].offset >= 0 || positions->items[i].err) {
            positions->items[kept++] = positions->items[i];
        }
    }
    positions->count = kept;
}

static void list_answer(struct fanout_branch *branch, const void *message)
{
    const struct offset_fetch_response *response = message;
    struct fanout *fanout = branch->fanout;
    struct harvest *harvest = fanout->harvest;
    bool has_groups = response->groups.count > 0;
    enum kc_err err = has_groups ? response->groups.items[0].error_code : response->error_code;
    if (coordinator_search_again(fanout, 0, err)) {
        return;
    }
    if (err) {
        fanout_fail(fanout, 0, err, SLICE_NULL);
        return;
    }
    if (!mirror_read(has_groups ? &offset_fetch_response_offset_fetch_response_group_type
                                : &offset_fetch_response_type,
                     has_groups ? (const void *)&response->groups.items[0] : response, list_rows,
                     &harvest->arena, &harvest->as.positions)) {
        harvest->failed = true;
    }
    drop_empty(&harvest->as.positions);
    fanout_move(fanout, 0, FANOUT_DONE);
}

/* Version 8 asks for several groups at once (KIP-709). */
static enum kc_err list_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct coordinator_search *search = branch->fanout->state;
    struct offset_fetch_request *message = branch->message;
    bool has_groups = version >= VERSION_GROUPS;
    message->group_id = has_groups ? SLICE_EMPTY : slice_text(search->group_ids[0]);
    message->topics.count = has_groups ? 0 : -1;
    message->groups.count = has_groups ? 1 : 0;
    return KC_ERR_NONE;
}

static void list_build(struct fanout_branch *branch)
{
    const struct coordinator_search *search = branch->fanout->state;
    struct offset_fetch_request *request = branch->message;
    request->groups.items = fanout_branch_alloc(branch, 1, sizeof(*request->groups.items));
    if (request->groups.items) {
        message_defaults(&offset_fetch_request_offset_fetch_request_group_type,
                         request->groups.items);
        request->groups.items[0].group_id = slice_text(search->group_ids[0]);
        request->groups.items[0].topics.count = -1; /* null: all */
    }
    branch->request.version_min = VERSION_ALL; /* the first that tells all topics */
    branch->request.version_max = VERSION_NAMES;
    branch->request.prepare = list_prepare;
    branch->refused = coordinator_search_refused;
}

static void list_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, SHEET_ASK, KEY_OFFSET_FETCH, list_answer, list_build);
}

static const struct fanout_family list_family = {
    .what = "listing offsets of a group",
    .plan = list_plan,
    .fail = list_fail,
};

struct fanout *admin_commits_list(const char *group_id)
{
    struct fanout *fanout = fanout_create(&list_family, 1, SHEET_SEARCH);
    struct coordinator_search *search = fanout ? fanout_alloc(fanout, 1, sizeof(*search)) : NULL;
    if (search) {
        fanout->state = search;
        search->stage = SHEET_SEARCH;
        search->found_stage = SHEET_ASK;
        search->group_ids = coordinator_search_copy(fanout, &group_id, 1);
    }
    if (!search || !search->group_ids) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

/* The items are partitions of one group. */
#define CHANGE_FORM(words, key)                                                            \
    .family = SHEET_FAMILY(words), .api_key = (key), .route = SHEET_GROUP, .is_all = true, \
    .asked = { "topics", "name", "partitions", { "partitionIndex" } },                     \
    .answered = { "topics", "name", "partitions", { "partitionIndex" } },                  \
    .size = sizeof(struct kc_position), .err = offsetof(struct kc_position, err)

static const struct mirror_row commit_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR(struct kc_position, offset, "committedOffset"),
    MIRROR(struct kc_position, leader_epoch, "committedLeaderEpoch"),
    MIRROR(struct kc_position, metadata, "committedMetadata"),
    MIRROR_END,
};
static const struct sheet_form commit_form = {
    CHANGE_FORM("setting offsets of a group", KEY_OFFSET_COMMIT),
    .version_max = VERSION_NAMES,
};
static const struct mirror_row delete_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR_END,
};
static const struct sheet_form delete_form = {
    CHANGE_FORM("deleting offsets of a group", KEY_OFFSET_DELETE),
};

struct fanout *admin_commits_alter(const char *group_id, const struct kc_position *positions,
                                   size_t count)
{
    struct fanout *fanout = sheet_of_group(sheet_create(&commit_form, count), group_id);
    fanout = sheet_take(fanout, commit_rows, positions, sizeof(*positions));
    for (size_t i = 0; fanout && i < count; i++) {
        struct offset_commit_request_offset_commit_request_partition *asked = sheet_item(fanout, i);
        struct kc_position *result = sheet_result(fanout, i);
        if (slice_is_null(asked->committed_metadata)) {
            asked->committed_metadata = SLICE_EMPTY;
        }
        result->offset = positions[i].offset;
        result->leader_epoch = positions[i].leader_epoch;
        result->metadata = harvest_text_or_null(fanout->harvest, slice_text(positions[i].metadata));
    }
    return fanout;
}

struct fanout *admin_commits_delete(const char *group_id, const struct kc_partition *partitions,
                                    size_t count)
{
    struct fanout *fanout = sheet_of_group(sheet_create(&delete_form, count), group_id);
    fanout = sheet_take(fanout, delete_rows, partitions, sizeof(*partitions));
    for (size_t i = 0; fanout && i < count; i++) {
        struct kc_position *result = sheet_result(fanout, i);
        result->offset = KC_OFFSET_NONE;
        result->leader_epoch = -1;
    }
    return fanout;
}
