/* coordinator: a step of a consumer group: worked out, stored, put in place. */
#include "coordinator/next_parts.h"

#include <stdlib.h>

enum { FIRST_EPOCH = 2 };

static size_t member_place(struct next_member *const *members, size_t count, const char *id)
{
    size_t place = 0;
    while (place < count && strcmp(members[place]->id, id) < 0) {
        place++;
    }
    return place;
}

bool next_step_init(struct next_step *step, struct group *group, struct next_env *env,
                    struct next_member *old, struct next_member *fresh, struct next_member *gone)
{
    struct group_next *next = group->next;
    *step = (struct next_step){ .group = group,
                                .next = next,
                                .env = env,
                                .old = old,
                                .fresh = fresh,
                                .gone = gone,
                                .epoch = next->epoch,
                                .target_epoch = next->target_epoch,
                                .target_ms = next->target_ms,
                                .metadata_hash = next->metadata_hash };
    journal_init(&step->journal);
    if (next->before) {
        journal_add_journal(&step->journal, next->before);
    }
    step->members = calloc(next->member_count + 1, sizeof(struct next_member *));
    if (!step->members) {
        return false;
    }
    for (size_t i = 0; i < next->member_count; i++) {
        if (next->members[i] != old && next->members[i] != gone) {
            step->members[step->member_count++] = next->members[i];
        }
    }
    if (fresh) {
        size_t place = member_place(step->members, step->member_count, fresh->id);
        memmove(&step->members[place + 1], &step->members[place],
                (step->member_count - place) * sizeof(struct next_member *));
        step->members[place] = fresh;
        step->member_count++;
    }
    return true;
}

void next_step_finish(struct next_step *step)
{
    for (size_t i = 0; step->targets && i < step->member_count; i++) {
        holding_finish(&step->targets[i]);
    }
    free(step->targets);
    free(step->members);
    next_regexes_free(step->regexes, step->regex_count);
    next_member_destroy(step->fresh);
    journal_finish(&step->journal);
}

static size_t bytes_of(const struct next_member *member)
{
    return member ? next_member_bytes(member) : 0;
}

/* Memory only: nothing here can fail. */
static void put_in_place(struct next_step *step)
{
    struct group_next *next = step->next;
    struct next_member **members = next->members;
    next->member_bytes += bytes_of(step->fresh) - bytes_of(step->old) - bytes_of(step->gone);
    next_before_drop(next);
    next_member_destroy(step->old);
    next_member_destroy(step->gone);
    step->fresh = NULL;
    next->members = step->members;
    next->member_count = step->member_count;
    for (size_t i = 0; step->targets && i < step->member_count; i++) {
        holding_finish(&step->members[i]->target);
        step->members[i]->target = step->targets[i];
        step->members[i]->is_aimed = true;
        step->targets[i] = (struct holding){ 0 };
    }
    step->members = NULL;
    if (step->regexes) {
        next_regexes_free(next->regexes, next->regex_count);
        next->regexes = step->regexes;
        next->regex_count = step->regex_count;
        step->regexes = NULL;
    }
    free(members);
    next->epoch = step->epoch;
    next->target_epoch = step->target_epoch;
    next->target_ms = step->target_ms;
    next->metadata_hash = step->metadata_hash;
}

enum kc_err next_step_commit(struct next_step *step)
{
    struct group *group = step->group;
    enum kc_err err = step->journal.err == KC_ERR_NONE && step->journal.count == 0
                          ? KC_ERR_NONE
                          : step->env->store(step->env->context, group, &step->journal);
    if (err) {
        return err;
    }
    bool was_empty = step->next->member_count == 0;
    put_in_place(step);
    bool is_empty = step->next->member_count == 0;
    if (was_empty != is_empty || group->state == GROUP_DEAD) {
        group->state_ms = step->env->wall_ms;
    }
    group->state = is_empty ? GROUP_EMPTY : GROUP_STABLE;
    return KC_ERR_NONE;
}

/* ---- working out ---- */

enum kc_err next_step_follow(struct next_step *step)
{
    struct group_next *next = step->next;
    const struct next_member *before = step->old ? step->old : step->gone;
    bool is_outdated = next->is_outdated;
    bool changed = !before || !step->fresh || !next_member_subscribes_alike(before, step->fresh) ||
                   next->epoch == 0;
    if (!changed && !is_outdated) {
        return KC_ERR_NONE;
    }
    enum kc_err err = next_topics_resolve(step, is_outdated);
    if (err) {
        return err;
    }
    step->metadata_hash = next_topics_hash(step);
    if (changed || step->metadata_hash != next->metadata_hash) {
        /* A new group begins with 2, as in Kafka. */
        step->epoch = step->epoch > 0 ? step->epoch + 1 : FIRST_EPOCH;
        next_record_add_group(&step->journal, step->group->id, step->epoch, step->metadata_hash);
    }
    return KC_ERR_NONE;
}

bool next_targets_are_due(const struct group_next *next, int32_t epoch, const struct next_env *env)
{
    int64_t now = env->wall_ms;
    int64_t last = next->target_ms;
    /* Unlike Kafka's, they do not hold until a clock that was set back has caught up. */
    return epoch > next->target_epoch &&
           (last == 0 || now < last || now - last >= env->assignment_ms);
}

/* New targets for all; those that are other than before are stored. */
static enum kc_err aim(struct next_step *step)
{
    if (!next_targets_are_due(step->next, step->epoch, step->env)) {
        return KC_ERR_NONE;
    }
    enum kc_err err = next_topics_assign(step);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < step->member_count; i++) {
        const struct next_member *member = step->members[i];
        if (!member->is_aimed || !holding_equal(&member->target, &step->targets[i])) {
            next_record_add_target(&step->journal, step->group->id, member->id, &step->targets[i]);
        }
        if (member == step->fresh) {
            holding_finish(&step->fresh->target);
            if (!holding_copy(&step->targets[i], &step->fresh->target)) {
                return KC_ERR_NO_MEMORY;
            }
        }
    }
    step->target_epoch = step->epoch;
    step->target_ms = step->env->wall_ms;
    next_record_add_target_epoch(&step->journal, step->group->id, step->epoch, step->env->wall_ms);
    return KC_ERR_NONE;
}

static bool is_where_it_was(const struct next_member *a, const struct next_member *b)
{
    return a->epoch == b->epoch && a->previous_epoch == b->previous_epoch && a->state == b->state &&
           holding_equal(&a->assigned, &b->assigned) && holding_equal(&a->revoking, &b->revoking);
}

static bool wants(const void *context, const struct next_member *member, const struct uuid *topic)
{
    return next_topics_want(context, member, topic);
}

enum kc_err next_step_move(struct next_step *step,
                           const struct consumer_group_heartbeat_request *request)
{
    struct next_member *fresh = step->fresh;
    const struct next_member *before = step->old ? step->old : step->gone;
    const struct next_member_guide guide = {
        .target_epoch = step->target_epoch,
        .peers = step->members,
        .peer_count = step->member_count,
        .wants = wants,
        .context = step,
        .has_changed = !before || !next_member_subscribes_alike(before, fresh)
    };
    enum kc_err err = next_member_reconcile(fresh, request, &guide);
    if (err) {
        return err;
    }
    fresh->expires_ms = step->env->now_ms + next_member_session_ms(fresh, step->env->session_ms);
    if (step->old && is_where_it_was(step->old, fresh)) {
        return KC_ERR_NONE;
    }
    fresh->owes_by_ms =
        fresh->state == NEXT_MEMBER_UNREVOKED ? step->env->now_ms + fresh->rebalance_ms : INT64_MAX;
    next_record_add_current(&step->journal, step->group->id, fresh);
    return KC_ERR_NONE;
}

static void store_replacement(struct next_step *step)
{
    next_record_drop_member(&step->journal, step->group->id, step->gone->id);
    next_record_add_member(&step->journal, step->group->id, step->fresh);
    next_record_add_target(&step->journal, step->group->id, step->fresh->id, &step->fresh->target);
    step->fresh->is_aimed = true;
    next_record_add_current(&step->journal, step->group->id, step->fresh);
}

enum kc_err next_step_work_out(struct next_step *step,
                               const struct consumer_group_heartbeat_request *request)
{
    if (step->gone) {
        store_replacement(step);
    } else if (!step->old || !next_member_equal(step->old, step->fresh)) {
        next_record_add_member(&step->journal, step->group->id, step->fresh);
    }
    enum kc_err err = next_step_follow(step);
    err = err ? err : aim(step);
    return err ? err : next_step_move(step, request);
}
