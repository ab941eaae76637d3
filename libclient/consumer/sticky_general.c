/* consumer: the sticky strategies when members want different topics: what they had is kept where
 * it still fits, the rest goes to the least loaded, then partitions are moved as long as that makes
 * the whole more even. */
#include "consumer/sticky.h"

struct general {
    struct sticky *sticky;
    int32_t *order; /* members that take part, by size, then id */
    int32_t order_count;
    int32_t *all; /* partitions by number of members that want the topic, then topic */
    int32_t all_count;
    int32_t *fresh; /* those of them that nobody had */
    int32_t fresh_count;
    int32_t *before; /* of each partition: who had it in an older generation, or NOBODY */
    int32_t *before_generation; /* of that */
    int32_t *largest;           /* scratch, of each topic: the most that an owner in it has */
    bool is_balanced;           /* as of the last change */
    bool is_balance_known;
    bool must_revoke;
};

static bool general_is_less(const struct general *general, int32_t a, int32_t b)
{
    const struct sticky_member *members = general->sticky->members;

    return members[a].size != members[b].size ? members[a].size < members[b].size
                                              : members[a].rank < members[b].rank;
}

/* Moves a member to its place after its size has changed. */
static void general_reorder(struct general *general, int32_t member)
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

/* Balanced: sizes differ by one at most, or nobody could take from a member with two more. */
static bool general_look_balanced(struct general *general)
{
    struct sticky *sticky = general->sticky;
    const struct sticky_member *members = sticky->members;

    if (general->order_count == 0 ||
        members[general->order[0]].size >=
            members[general->order[general->order_count - 1]].size - 1) {
        return true;
    }
    memset(general->largest, 0, sticky->group->topic_count * sizeof(int32_t));
    for (int32_t p = 0; p < sticky->total; p++) {
        if (sticky->owner[p] != STICKY_NOBODY && !members[sticky->owner[p]].is_fixed) {
            int32_t *largest = &general->largest[sticky->topic_of[p]];
            *largest = MAX_OF(*largest, members[sticky->owner[p]].size);
        }
    }
    for (int32_t i = 0; i < general->order_count; i++) {
        const struct sticky_member *member = &members[general->order[i]];
        for (size_t k = 0; k < member->topic_count && member->size != member->size_max; k++) {
            if (member->size + 1 < general->largest[member->topics[k]]) {
                return false;
            }
        }
    }
    return true;
}

static bool general_is_balanced(struct general *general)
{
    if (!general->is_balance_known) {
        general->is_balanced = general_look_balanced(general);
        general->is_balance_known = true;
    }
    return general->is_balanced;
}

/* A partition of the topic that was moved the other way before and can be moved back instead; the
 * first in the order of a Java HashSet. */
static int32_t general_actual(const struct general *general, int32_t partition, int32_t from,
                              int32_t to)
{
    const struct sticky *sticky = general->sticky;
    int32_t topic = sticky->topic_of[partition];
    uint32_t hash = sticky_hash(sticky->group->topics[topic].name);
    size_t count = 0;
    int32_t best = partition;
    uint32_t best_slot = UINT32_MAX;

    if (sticky->moved_from[partition] != STICKY_NOBODY) {
        from = sticky->moved_from[partition];
    }
    for (int32_t p = sticky->bases[topic]; p < sticky->bases[topic] + sticky->counts[topic]; p++) {
        count += sticky->moved_from[p] == to && sticky->owner[p] == from;
    }
    for (int32_t p = sticky->bases[topic]; p < sticky->bases[topic] + sticky->counts[topic]; p++) {
        if (sticky->moved_from[p] != to || sticky->owner[p] != from) {
            continue;
        }
        uint32_t own = (31u + (uint32_t)(p - sticky->bases[topic])) * 31u + hash;
        if (sticky_slot(own, count) < best_slot) {
            best_slot = sticky_slot(own, count);
            best = p;
        }
    }
    return best;
}

static void general_move(struct general *general, int32_t partition, int32_t to)
{
    struct sticky *sticky = general->sticky;
    int32_t p = general_actual(general, partition, sticky->owner[partition], to);
    int32_t from = sticky->owner[p];

    if (sticky->moved_from[p] == STICKY_NOBODY) {
        sticky->moved_from[p] = from;
    } else if (sticky->moved_from[p] == to) {
        sticky->moved_from[p] = STICKY_NOBODY;
    }
    sticky->owner[p] = to;
    sticky->members[from].size--;
    sticky->members[to].size++;
    general_reorder(general, from);
    general_reorder(general, to);
    general->is_balance_known = false;
}

/* Whether a member that wants the partition has two less than its owner; near ones only. */
static bool general_has_better(const struct general *general, int32_t partition, bool near_only)
{
    const struct sticky *sticky = general->sticky;
    int32_t size = sticky->members[sticky->owner[partition]].size;

    for (int32_t i = 0; i < general->order_count; i++) {
        int32_t m = general->order[i];
        if (size <= sticky->members[m].size + 1) {
            return false; /* by size: no other one has less */
        }
        if (sticky_wants(&sticky->members[m], sticky->topic_of[partition]) &&
            (!near_only || sticky_is_near(sticky, m, partition))) {
            return true;
        }
    }
    return false;
}

/* The least loaded member that wants the partition. */
static int32_t general_least(const struct general *general, int32_t partition)
{
    const struct sticky *sticky = general->sticky;

    for (int32_t i = 0; i < general->order_count; i++) {
        if (sticky_wants(&sticky->members[general->order[i]], sticky->topic_of[partition])) {
            return general->order[i];
        }
    }
    return STICKY_NOBODY;
}

/* One partition: back to whoever had it before, or to the least loaded; true when it moved. */
static bool general_improve(struct general *general, int32_t partition)
{
    struct sticky *sticky = general->sticky;
    int32_t before = general->before[partition];

    if (before != STICKY_NOBODY && !sticky->members[before].is_fixed &&
        sticky->members[sticky->owner[partition]].size > sticky->members[before].size + 1) {
        general_move(general, partition, before);
        return true;
    }
    if ((sticky_is_near(sticky, sticky->owner[partition], partition) &&
         general_has_better(general, partition, true)) ||
        general_has_better(general, partition, false)) {
        general_move(general, partition, general_least(general, partition));
        return true;
    }
    return false;
}

static bool general_improve_all(struct general *general, const int32_t *partitions, int32_t count)
{
    bool any = false;
    bool again = true;

    while (again) {
        again = false;
        for (int32_t i = 0; i < count && !general_is_balanced(general); i++) {
            if (general_improve(general, partitions[i])) {
                any = again = true;
            }
        }
    }
    return any;
}

/* The sum of the differences of all pairs. */
static int64_t general_score(const struct general *general, const int32_t *sizes)
{
    int64_t score = 0;

    for (int32_t i = 0; i < general->order_count; i++) {
        for (int32_t k = 0; k < i; k++) {
            int64_t difference = (int64_t)sizes[general->order[i]] - sizes[general->order[k]];
            score += difference < 0 ? -difference : difference;
        }
    }
    return score;
}

/* Improves, and takes it back when the members are not evener for it. */
static enum kc_err general_balance(struct general *general, bool is_initial)
{
    struct sticky *sticky = general->sticky;
    size_t members = (size_t)sticky->member_count;
    size_t total = (size_t)sticky->total;
    int32_t *old_sizes = arena_alloc_array(sticky->group->arena, members, sizeof(int32_t));
    int32_t *sizes = arena_alloc_array(sticky->group->arena, members, sizeof(int32_t));
    int32_t *old_owner = arena_alloc_array(sticky->group->arena, total, sizeof(int32_t));

    if (!old_sizes || !sizes || !old_owner) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t m = 0; m < members; m++) {
        old_sizes[m] = sticky->members[m].size;
    }
    memcpy(old_owner, sticky->owner, total * sizeof(int32_t));
    if (!general->must_revoke) {
        (void)general_improve_all(general, general->fresh, general->fresh_count);
    }
    bool moved = general_improve_all(general, general->all, general->all_count);
    for (size_t m = 0; m < members; m++) {
        sizes[m] = sticky->members[m].size;
    }
    if (!is_initial && moved &&
        general_score(general, sizes) >= general_score(general, old_sizes)) {
        memcpy(sticky->owner, old_owner, total * sizeof(int32_t));
        for (size_t m = 0; m < members; m++) {
            sticky->members[m].size = old_sizes[m];
        }
    }
    return KC_ERR_NONE;
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
