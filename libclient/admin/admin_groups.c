/* admin: groups: listing (every broker tells its own) and deleting (each coordinator its own). */
#include "admin/admin.h"
#include "admin/sheet.h"

#include <stdlib.h>
#include <strings.h>

enum { KEY_LIST_GROUPS = 16, KEY_DELETE_GROUPS = 42 };
enum { VERSION_STATES = 4, VERSION_TYPES = 5 };

/* Brokers write the types in lower case; everything that people see has a capital. */
static const char *type_name(const char *type)
{
    static const char *const names[] = { "Classic", "Consumer", "Share", "Streams" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcasecmp(names[i], type) == 0) {
            return names[i];
        }
    }
    return type;
}

/* What of the filter is not in the request. */
struct groups_wish {
    int16_t version_min;
    const char **protocol_types;
    size_t protocol_type_count;
};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

/* Brokers before KIP-848 have no other groups than the classic ones, and there consumers are, too:
 * who asks for these needs no filter of types. */
static int16_t version_for(const struct kc_group_filter *filter)
{
    static const char *const old[] = { "classic", "consumer" };
    int16_t version = filter->state_count > 0 ? VERSION_STATES : 0;
    for (size_t i = 0; i < filter->type_count; i++) {
        if (!is_one_of(filter->types[i], old, ARRAY_COUNT(old))) {
            version = VERSION_TYPES;
        }
    }
    return version;
}

static enum kc_err list_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct list_groups_request *all = sheet_request(branch->fanout);
    struct list_groups_request *message = branch->message;
    message->types_filter.count = version >= VERSION_TYPES ? all->types_filter.count : 0;
    return KC_ERR_NONE;
}

static void list_fill(struct fanout_branch *branch)
{
    const struct groups_wish *wish = *sheet_extra(branch->fanout);
    branch->request.version_min = wish->version_min;
    branch->request.prepare = list_prepare;
}

static int compare_listings(const void *a, const void *b)
{
    const struct kc_group_listing *left = a;
    const struct kc_group_listing *right = b;
    return strcmp(left->group_id, right->group_id);
}

/* A group that moved between the answers of two brokers is there twice. Brokers know no filter of
 * protocol types. */
static void list_finish(struct fanout *fanout)
{
    const struct groups_wish *wish = *sheet_extra(fanout);
    struct kc_group_listings *listings = &fanout->harvest->as.listings;
    size_t kept = 0;
    if (fanout->harvest->failed) {
        return; /* texts may be missing */
    }
    if (listings->count > 1) {
        qsort(listings->items, listings->count, sizeof(*listings->items), compare_listings);
    }
    for (size_t i = 0; i < listings->count; i++) {
        bool is_again =
            kept > 0 && compare_listings(&listings->items[i], &listings->items[kept - 1]) == 0;
        bool is_wanted = wish->protocol_type_count == 0 ||
                         is_one_of(listings->items[i].protocol_type, wish->protocol_types,
                                   wish->protocol_type_count);
        if (!is_again && is_wanted) {
            listings->items[kept] = listings->items[i];
            listings->items[kept].type = type_name(listings->items[kept].type);
            kept++;
        }
    }
    listings->count = kept;
}

static const struct mirror_row list_rows[] = {
    MIRROR(struct kc_group_listing, group_id, "groupId"),
    MIRROR(struct kc_group_listing, protocol_type, "protocolType"),
    MIRROR(struct kc_group_listing, state, "groupState"),
    MIRROR(struct kc_group_listing, type, "groupType"),
    MIRROR_END,
};
static const struct sheet_form list_form = {
    .family = { .what = "listing groups",
                .plan = sheet_plan,
                .fail = sheet_fail,
                .release = sheet_release,
                .finish = list_finish },
    .api_key = KEY_LIST_GROUPS,
    .route = SHEET_EVERY,
    .answered = { .list = "groups" },
    .rows = list_rows,
    .size = sizeof(struct kc_group_listing),
    .fill = list_fill,
};

static const struct mirror_row filter_rows[] = {
    MIRROR_LIST(struct kc_group_filter, states, state_count, "statesFilter"),
    MIRROR_LIST(struct kc_group_filter, types, type_count, "typesFilter"),
    MIRROR_END,
};

static bool take_wish(struct fanout *fanout, const struct kc_group_filter *filter)
{
    struct groups_wish *wish = fanout_alloc(fanout, 1, sizeof(*wish));
    const char **words = fanout_alloc(fanout, filter->protocol_type_count, sizeof(*words));
    for (size_t i = 0; words && i < filter->protocol_type_count; i++) {
        words[i] = fanout_text(fanout, filter->protocol_types[i]);
    }
    if (fanout->error.code) {
        return false;
    }
    *wish = (struct groups_wish){ version_for(filter), words, filter->protocol_type_count };
    *sheet_extra(fanout) = wish;
    return true;
}

struct fanout *admin_groups_list(const struct kc_group_filter *filter)
{
    static const struct kc_group_filter all;
    filter = filter ? filter : &all;
    struct fanout *fanout = sheet_create(&list_form, 1);
    if (fanout && !take_wish(fanout, filter)) {
        fanout_destroy(fanout);
        fanout = NULL;
    }
    return sheet_take_struct(fanout, filter_rows, filter);
}
static const struct sheet_form delete_form = {
    .family = SHEET_FAMILY("deleting groups"),
    .api_key = KEY_DELETE_GROUPS,
    .route = SHEET_GROUP,
    .is_named = true,
    .asked = { .list = "groupsNames" },
    .answered = { .list = "results", .key = { "groupId" } },
    .size = sizeof(struct kc_item_result),
    .err = offsetof(struct kc_item_result, err),
    .text = offsetof(struct kc_item_result, text),
};

struct fanout *admin_groups_delete(const char *const *group_ids, size_t count)
{
    return sheet_take(sheet_create(&delete_form, count), sheet_plain, group_ids,
                      sizeof(*group_ids));
}
