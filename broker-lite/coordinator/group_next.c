/* coordinator: consumer groups: storage, look-ups, claims of commits. */
#include "coordinator/group_next.h"

#include "coordinator/next_parts.h"

#include <stdlib.h>

struct group_next *group_next_create(void)
{
    return calloc(1, sizeof(struct group_next));
}

void next_regexes_free(struct next_regex *regexes, size_t count)
{
    for (size_t i = 0; regexes && i < count; i++) {
        free(regexes[i].text);
        topic_names_finish(&regexes[i].topics);
    }
    free(regexes);
}

void next_before_drop(struct group_next *next)
{
    if (next->before) {
        journal_finish(next->before);
        free(next->before);
        next->before = NULL;
    }
}

void group_next_destroy(struct group_next *next)
{
    if (!next) {
        return;
    }
    for (size_t i = 0; i < next->member_count; i++) {
        next_member_destroy(next->members[i]);
    }
    free(next->members);
    next_regexes_free(next->regexes, next->regex_count);
    next_before_drop(next);
    free(next);
}

struct next_member *group_next_find(const struct group_next *next, struct slice member_id)
{
    size_t low = 0;
    size_t high = next->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(slice_text(next->members[middle]->id), member_id);
        if (order == 0) {
            return next->members[middle];
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

struct next_member *group_next_add(struct group_next *next, struct slice id)
{
    struct next_member *member = group_next_find(next, id);
    if (member) {
        return member;
    }
    member = next_member_create(id);
    struct next_member **members =
        member ? realloc(next->members, (next->member_count + 1) * sizeof(struct next_member *))
               : NULL;
    if (!members) {
        next_member_destroy(member);
        return NULL;
    }
    size_t place = next->member_count;
    while (place > 0 && strcmp(members[place - 1]->id, member->id) > 0) {
        members[place] = members[place - 1];
        place--;
    }
    members[place] = member;
    next->members = members;
    next->member_count++;
    return member;
}

struct next_member *group_next_find_instance(const struct group_next *next,
                                             struct slice instance_id)
{
    for (size_t i = 0; !slice_is_null(instance_id) && i < next->member_count; i++) {
        if (next->members[i]->instance_id && slice_is(instance_id, next->members[i]->instance_id)) {
            return next->members[i];
        }
    }
    return NULL;
}

const char *group_next_state_name(const struct group_next *next)
{
    if (next->member_count == 0) {
        return "Empty";
    }
    if (next->epoch > next->target_epoch) {
        return "Assigning";
    }
    for (size_t i = 0; i < next->member_count; i++) {
        if (!next_member_is_settled(next->members[i], next->target_epoch)) {
            return "Reconciling";
        }
    }
    return "Stable";
}

static struct slice most_wanted(struct next_member *const *members, size_t count,
                                const struct next_env *env)
{
    size_t best = 0;
    size_t votes[ARRAY_COUNT(env->assignors)] = { 0 };
    struct slice chosen = env->assignors[0];
    for (int32_t i = 0; i < env->assignor_count; i++) {
        for (size_t j = 0; j < count; j++) {
            votes[i] += members[j]->assignor && slice_is(env->assignors[i], members[j]->assignor);
        }
        if (votes[i] > best) {
            best = votes[i];
            chosen = env->assignors[i];
        }
    }
    return chosen;
}

struct slice group_next_assignor(const struct group_next *next, const struct next_env *env)
{
    return most_wanted(next->members, next->member_count, env);
}

static const struct next_regex *find_regex(const struct group_next *next, const char *text)
{
    for (size_t i = 0; i < next->regex_count; i++) {
        if (strcmp(next->regexes[i].text, text) == 0) {
            return &next->regexes[i];
        }
    }
    return NULL;
}

bool group_next_subscribes(const struct group_next *next, struct slice topic)
{
    for (size_t i = 0; i < next->member_count; i++) {
        const struct next_member *member = next->members[i];
        const struct next_regex *regex =
            next_member_has_regex(member) ? find_regex(next, member->regex) : NULL;
        if (topic_names_have(&member->topics, topic) ||
            (regex && topic_names_have(&regex->topics, topic))) {
            return true;
        }
    }
    return false;
}

enum kc_err group_next_check_commit(const struct group_next *next, const struct next_claim *claim,
                                    bool *ret_stale)
{
    if (claim->epoch < 0 && next->member_count == 0) {
        *ret_stale = false;
        return KC_ERR_NONE; /* offsets kept for a consumer that assigns by hand */
    }
    const struct next_member *member = group_next_find(next, claim->member_id);
    if (!member) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    if (member->classic) {
        *ret_stale = false;
        return claim->epoch == member->epoch ? KC_ERR_NONE : KC_ERR_ILLEGAL_GENERATION;
    }
    if (claim->is_old) {
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    if (claim->epoch > member->epoch || claim->epoch < 0) {
        return KC_ERR_STALE_MEMBER_EPOCH;
    }
    *ret_stale = claim->epoch < member->epoch;
    return KC_ERR_NONE;
}

/* Counted once; then each step adds what it changes. */
size_t group_next_bytes(struct group_next *next)
{
    if (!next->is_counted) {
        next->member_bytes = 0;
        for (size_t i = 0; i < next->member_count; i++) {
            next->member_bytes += next_member_bytes(next->members[i]);
        }
        next->is_counted = true;
    }
    return next->member_bytes;
}

/* ---- time ---- */

int64_t group_next_due_ms(const struct group_next *next)
{
    int64_t due = INT64_MAX;
    for (size_t i = 0; i < next->member_count; i++) {
        due = MIN_OF(due, next->members[i]->expires_ms);
        due = MIN_OF(due, next->members[i]->owes_by_ms);
    }
    return due;
}
