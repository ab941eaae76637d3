/* coordinator: a group that is in use becomes one of the other kind: a classic group a consumer
 * group when the first member comes that speaks KIP-848, and back when the last of them has gone
 * (group.consumer.migration.policy). */
#include "coordinator/next_parts.h"

#include <stdlib.h>

/* ---- to a consumer group ---- */

/* What the leader has assigned to it, by the topics' names. */
static enum kc_err take_assignment(const struct image *image, struct slice blob, int32_t epoch,
                                   struct arena *arena, struct holding *ret_holding)
{
    struct consumer_protocol_assignment assignment;
    struct reader reader;
    if (blob.size == 0) {
        return KC_ERR_NONE; /* none yet */
    }
    reader_init(&reader, blob);
    int16_t version = read_i16(&reader);
    version = MIN_OF(version, message_version_max(&consumer_protocol_assignment_type));
    if (reader.err || version < 0) {
        return KC_ERR_MALFORMED;
    }
    enum kc_err err =
        message_decode(&consumer_protocol_assignment_type, version, &reader, arena, &assignment);
    for (int32_t i = 0; !err && i < assignment.assigned_partitions.count; i++) {
        const struct consumer_protocol_assignment_topic_partition *item =
            &assignment.assigned_partitions.items[i];
        const struct image_topic *topic = image_topic(image, item->topic);
        for (int32_t j = 0; topic && !err && j < item->partitions.count; j++) {
            if (!holding_add(ret_holding, &topic->id, item->partitions.items[j], epoch)) {
                err = KC_ERR_NO_MEMORY;
            }
        }
    }
    holding_sort(ret_holding);
    return err;
}

static enum kc_err fill_member(const struct group *group, const struct next_env *env,
                               const struct group_member *from, struct arena *arena,
                               struct next_member *member)
{
    struct consumer_protocol_subscription subscription;
    struct slice metadata = group_member_metadata(group, from);
    if (slice_is_null(metadata) && from->protocol_count > 0) {
        metadata = from->protocols[0].metadata; /* the group has not chosen yet */
    }
    enum kc_err err = subscription_read(metadata, arena, &subscription);
    err = err ? err
              : take_assignment(env->image, from->assignment, group->generation, arena,
                                &member->assigned);
    if (err) {
        return err;
    }
    member->is_aimed = true;
    member->classic = next_classic_of_member(from);
    member->epoch = group->generation;
    member->previous_epoch = group->generation;
    member->rebalance_ms = from->rebalance_ms;
    member->expires_ms = env->now_ms + from->session_ms;
    bool good =
        member->classic && holding_copy(&member->assigned, &member->target) &&
        topic_names_make(subscription.topics.items, subscription.topics.count, &member->topics) &&
        text_set(&member->instance_id, slice_text(from->instance_id)) &&
        text_set(&member->rack_id, subscription.rack_id) &&
        text_set(&member->client_id, slice_text(from->client_id)) &&
        text_set(&member->client_host, slice_text(from->client_host));
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err add_members(const struct group *group, const struct next_env *env,
                               struct group_next *next)
{
    enum kc_err err = KC_ERR_NONE;
    LIST_EACH(link, &group->members)
    {
        const struct group_member *from = LIST_ITEM(link, struct group_member, link);
        struct next_member *member = err ? NULL : group_next_add(next, slice_text(from->id));
        struct arena arena;
        arena_init(&arena, GROUP_ARENA_BYTES_MAX);
        if (!err) {
            err = member ? fill_member(group, env, from, &arena, member) : KC_ERR_NO_MEMORY;
        }
        arena_finish(&arena);
    }
    return err;
}

static void store_members(struct journal *journal, const struct group *group,
                          const struct group_next *next)
{
    for (size_t i = 0; i < next->member_count; i++) {
        next_record_add_member(journal, group->id, next->members[i]);
    }
    next_record_add_group(journal, group->id, next->epoch, 0);
    for (size_t i = 0; i < next->member_count; i++) {
        next_record_add_target(journal, group->id, next->members[i]->id, &next->members[i]->target);
    }
    /* Without a time: what the first heartbeat brings is worked out at once. */
    next_record_add_target_epoch(journal, group->id, next->target_epoch, next->target_ms);
    for (size_t i = 0; i < next->member_count; i++) {
        next_record_add_current(journal, group->id, next->members[i]);
    }
}

static bool was_stored(const struct group *group)
{
    return group->protocol_type != NULL || group->generation > 0;
}

enum kc_err next_upgrade(const struct group *group, const struct next_env *env,
                         struct group_next **ret_next)
{
    struct group_next *next = group_next_create();
    struct journal *before = malloc(sizeof(*before));
    if (!next || !before) {
        group_next_destroy(next);
        free(before);
        return KC_ERR_NO_MEMORY;
    }
    journal_init(before);
    next->before = before;
    if (was_stored(group)) {
        journal_add_group_tombstone(before, slice_text(group->id));
    }
    enum kc_err err = KC_ERR_NONE;
    if (group->member_count > 0) {
        next->epoch = group->generation;
        next->target_epoch = group->generation;
        err = add_members(group, env, next);
        if (!err) {
            store_members(before, group, next);
        }
    }
    err = err ? err : before->err;
    if (err) {
        group_next_destroy(next);
        return err;
    }
    *ret_next = next;
    return KC_ERR_NONE;
}

/* ---- to a classic group ---- */

bool next_downgrade_is_due(const struct next_step *step)
{
    if (!step->env->may_downgrade || !step->gone || step->gone->classic ||
        step->member_count == 0 || step->member_count > (size_t)step->env->classic->size_max) {
        return false;
    }
    for (size_t i = 0; i < step->member_count; i++) {
        if (!step->members[i]->classic) {
            return false;
        }
    }
    return true;
}

static enum kc_err add_classic(struct group *group, const struct next_step *step, size_t place)
{
    const struct next_member *from = step->members[place];
    struct join_group_request request;
    struct group_join join = { .request = &request,
                               .client_id = slice_text(from->client_id),
                               .client_host = slice_text(from->client_host) };
    struct join_group_request_join_group_request_protocol *offers =
        calloc((size_t)from->classic->protocol_count, sizeof(*offers));
    if (!offers) {
        return KC_ERR_NO_MEMORY;
    }
    message_defaults(&join_group_request_type, &request);
    for (int32_t i = 0; i < from->classic->protocol_count; i++) {
        offers[i].name = slice_text(from->classic->protocols[i].name);
        offers[i].metadata = from->classic->protocols[i].metadata;
    }
    request.protocols.items = offers;
    request.protocols.count = from->classic->protocol_count;
    request.session_timeout_ms = from->classic->session_ms;
    request.rebalance_timeout_ms = from->rebalance_ms;
    request.group_instance_id = slice_text(from->instance_id);
    struct group_member *member = member_create(slice_text(from->id), &join);
    free(offers);
    if (!member) {
        return KC_ERR_NO_MEMORY;
    }
    member->is_new = false;
    member_alive(member, step->env->classic);
    member_add(group, member);
    return KC_ERR_NONE;
}

static enum kc_err set_assignment(struct group_member *member, const struct next_step *step,
                                  size_t place)
{
    const struct next_member *from = step->members[place];
    struct bytes blob;
    bytes_init(&blob, GROUP_ARENA_BYTES_MAX);
    enum kc_err err = next_assignment_write(step->env->image, &from->target,
                                            next_classic_version(from->classic), &blob);
    if (!err && !member_set_assignment(member, bytes_slice(&blob))) {
        err = KC_ERR_NO_MEMORY;
    }
    bytes_finish(&blob);
    return err;
}

/* The classic group, beside. */
static enum kc_err make_classic(const struct next_step *step, struct group *made)
{
    enum kc_err err = KC_ERR_NONE;
    for (size_t i = 0; !err && i < step->member_count; i++) {
        err = add_classic(made, step, i);
    }
    /* All offer one protocol: their joins were checked. */
    const char *protocol = err ? NULL : rebalance_select(made);
    if (!protocol || !text_set(&made->protocol, slice_text(protocol)) ||
        !text_set(&made->protocol_type, slice_text("consumer"))) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    made->generation = step->next->epoch;
    made->state = GROUP_STABLE;
    made->state_ms = step->env->wall_ms;
    size_t place = 0;
    LIST_EACH(link, &made->members)
    {
        err = err ? err : set_assignment(LIST_ITEM(link, struct group_member, link), step, place);
        place++;
    }
    return err;
}

/* Memory only: nothing here can fail. */
static void take_over(struct group *group, struct group *made)
{
    group_next_destroy(group->next);
    group->next = NULL;
    group_take_members(group, made);
    group->protocol = made->protocol;
    group->protocol_type = made->protocol_type;
    group->generation = made->generation;
    group->state = made->state;
    group->state_ms = made->state_ms;
    made->protocol = NULL;
    made->protocol_type = NULL;
}

enum kc_err next_downgrade(struct next_step *step, bool rebalance)
{
    struct group *group = step->group;
    struct group_env *env = step->env->classic;
    struct group *made = group_create(slice_text(group->id), 0);
    struct journal journal;
    enum kc_err err = made ? make_classic(step, made) : KC_ERR_NO_MEMORY;
    journal_init(&journal);
    if (!err) {
        next_record_drop_group(&journal, group->id, step->next);
        journal_add_group(&journal, made, true);
        err = step->env->store(step->env->context, group, &journal);
    }
    if (!err) {
        take_over(group, made);
    }
    journal_finish(&journal);
    group_destroy(made);
    if (!err && rebalance) {
        rebalance_prepare(group, env);
    }
    return err;
}
