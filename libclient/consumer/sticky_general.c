/* consumer: the sticky strategies when members want different topics: what they had is kept where
 * it still fits, the rest goes to the least loaded; then sticky_balance.c makes it more even. */
#include "consumer/sticky_general.h"

static bool general_is_less(const struct general *general, int32_t a, int32_t b)
{
    const struct sticky_member *members = general->sticky->members;

    return members[a].size != members[b].size ? members[a].size < members[b].size
                                              : members[a].rank < members[b].rank;
}

void general_reorder(struct general *general, int32_t member)
{
    int32_t *order = general->order;
    int32_t at = 0;

    while (at < general->order_count && order[at] != member) {
        at++;
    }
    if (at == general->order_count) {
        return;
    }
    for (; at > 0 && general_is_less(general, member, order[at - 1]); at--) {
        order[at] = order[at - 1];
    }
    for (; at + 1 < general->order_count && general_is_less(general, order[at + 1], member); at++) {
        order[at] = order[at + 1];
    }
    order[at] = member;
}

static enum kc_err general_list_members(struct general *general)
{
    struct sticky *sticky = general->sticky;
    struct sticky_key *keys =
        arena_alloc_array(sticky->group->arena, (size_t)sticky->member_count, sizeof(*keys));

    if (!keys) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t m = 0; m < sticky->member_count; m++) {
        keys[m] = (struct sticky_key){ sticky->members[m].size, sticky->members[m].rank, m };
    }
    sticky_sort(keys, (size_t)sticky->member_count);
    for (int32_t m = 0; m < sticky->member_count; m++) {
        general->order[general->order_count++] = keys[m].number;
    }
    return KC_ERR_NONE;
}

/* Members keep what they had, if they still want it and racks do not speak against it. */
static void general_keep(struct general *general)
{
    struct sticky *sticky = general->sticky;

    for (int32_t p = 0; p < sticky->total; p++) {
        int32_t m = sticky->had[p];
        if (m == STICKY_NOBODY || sticky->is_disputed[p]) {
            continue;
        }
        if (sticky_wants(&sticky->members[m], sticky->topic_of[p]) &&
            !sticky_is_far(sticky, m, p)) {
            sticky_give(sticky, m, p);
        } else {
            general->must_revoke = true;
        }
    }
}

/* What members of older generations say that they had: a wish, to be met if it costs nothing. */
static void general_read_wishes(struct general *general)
{
    struct sticky *sticky = general->sticky;
    int32_t generation_max = -1;

    for (int32_t m = 0; m < sticky->member_count; m++) {
        generation_max = MAX_OF(generation_max, sticky->members[m].generation);
    }
    for (int32_t m = 0; m < sticky->member_count; m++) {
        const struct sticky_member *member = &sticky->members[m];
        for (size_t i = 0; i < member->claimed_count && member->generation < generation_max; i++) {
            int32_t p = sticky_number(sticky, &member->claimed[i]);
            if (p >= 0 && sticky_wants(member, sticky->topic_of[p]) &&
                (general->before[p] == STICKY_NOBODY ||
                 member->generation > general->before_generation[p])) {
                general->before[p] = m;
                general->before_generation[p] = member->generation;
            }
        }
    }
}

static enum kc_err general_list_partitions(struct general *general)
{
    struct sticky *sticky = general->sticky;
    struct sticky_key *keys =
        arena_alloc_array(sticky->group->arena, (size_t)sticky->total, sizeof(*keys));

    if (!keys) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        keys[p] = (struct sticky_key){ sticky->wanted_by[sticky->topic_of[p]], p, p };
    }
    sticky_sort(keys, (size_t)sticky->total);
    for (int32_t i = 0; i < sticky->total; i++) {
        int32_t p = keys[i].number;
        general->all[general->all_count++] = p;
        if (sticky->owner[p] == STICKY_NOBODY) {
            general->fresh[general->fresh_count++] = p;
        }
    }
    return KC_ERR_NONE;
}

static void general_deal(struct general *general, bool near_only)
{
    struct sticky *sticky = general->sticky;

    for (int32_t i = 0; i < general->fresh_count; i++) {
        int32_t p = general->fresh[i];
        for (int32_t k = 0; k < general->order_count && sticky->owner[p] == STICKY_NOBODY; k++) {
            int32_t m = general->order[k];
            if (sticky_wants(&sticky->members[m], sticky->topic_of[p]) &&
                !(near_only && sticky_is_far(sticky, m, p))) {
                sticky_give(sticky, m, p);
                general_reorder(general, m);
            }
        }
    }
}

static int32_t keep_shared(const struct sticky *sticky, int32_t *partitions, int32_t count)
{
    int32_t kept = 0;

    for (int32_t i = 0; i < count; i++) {
        if (sticky->wanted_by[sticky->topic_of[partitions[i]]] >= 2) {
            partitions[kept++] = partitions[i];
        }
    }
    return kept;
}

/* Leaves out partitions that only one member wants, and members that nothing can change for. */
static void general_narrow(struct general *general)
{
    struct sticky *sticky = general->sticky;
    int32_t kept = 0;

    general->all_count = keep_shared(sticky, general->all, general->all_count);
    general->fresh_count = keep_shared(sticky, general->fresh, general->fresh_count);
    for (int32_t m = 0; m < sticky->member_count; m++) {
        sticky->members[m].is_fixed = sticky->members[m].size >= sticky->members[m].size_max;
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->owner[p] != STICKY_NOBODY && sticky->wanted_by[sticky->topic_of[p]] >= 2) {
            sticky->members[sticky->owner[p]].is_fixed = false;
        }
    }
    for (int32_t i = 0; i < general->order_count; i++) {
        if (!sticky->members[general->order[i]].is_fixed) {
            general->order[kept++] = general->order[i];
        }
    }
    general->order_count = kept;
}

enum kc_err sticky_assign_general(struct sticky *sticky)
{
    struct arena *arena = sticky->group->arena;
    size_t total = (size_t)sticky->total;
    struct general general = { .sticky = sticky };

    general.order = arena_alloc_array(arena, (size_t)sticky->member_count, sizeof(int32_t));
    general.all = arena_alloc_array(arena, total, sizeof(int32_t));
    general.fresh = arena_alloc_array(arena, total, sizeof(int32_t));
    general.before = arena_alloc_array(arena, total, sizeof(int32_t));
    general.before_generation = arena_alloc_array(arena, total, sizeof(int32_t));
    general.largest = arena_alloc_array(arena, sticky->group->topic_count, sizeof(int32_t));
    if (!general.order || !general.all || !general.fresh || !general.before ||
        !general.before_generation || !general.largest) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t p = 0; p < total; p++) {
        general.before[p] = STICKY_NOBODY;
    }
    general_read_wishes(&general);
    general_keep(&general);
    if (general_list_partitions(&general) || general_list_members(&general)) {
        return KC_ERR_NO_MEMORY;
    }
    bool is_initial = sticky->members[general.order[general.order_count - 1]].size == 0;
    if (sticky->by_rack) {
        general_deal(&general, true);
    }
    general_deal(&general, false);
    general_narrow(&general);
    return general_balance(&general, is_initial);
}
