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

/* A broker that is too old to filter tells all. */
static enum kc_err list_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct list_groups_request *all = sheet_request(branch->fanout);
    struct list_groups_request *message = branch->message;
    message->states_filter.count = version >= VERSION_STATES ? all->states_filter.count : 0;
    message->types_filter.count = version >= VERSION_TYPES ? all->types_filter.count : 0;
    return KC_ERR_NONE;
}

static void list_fill(struct fanout_branch *branch)
{
    branch->request.prepare = list_prepare;
}

static int compare_listings(const void *a, const void *b)
{
    const struct kc_group_listing *left = a;
    const struct kc_group_listing *right = b;
    return strcmp(left->group_id, right->group_id);
}

/* A group that moved between the answers of two brokers is there twice. */
static void list_finish(struct fanout *fanout)
{
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
        if (!is_again) {
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

struct groups_words {
    const char *const *states;
    size_t state_count;
    const char *const *types;
    size_t type_count;
};
static const struct mirror_row words_rows[] = {
    MIRROR_LIST(struct groups_words, states, state_count, "statesFilter"),
    MIRROR_LIST(struct groups_words, types, type_count, "typesFilter"),
    MIRROR_END,
};

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words && words[count]) {
        count++;
    }
    return count;
}

struct fanout *admin_groups_list(const char *const *states, const char *const *types)
{
    const struct groups_words words = { states, count_words(states), types, count_words(types) };
    return sheet_take_struct(sheet_create(&list_form, 1), words_rows, &words);
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
