/* consumer: the assignment that the leader of a classic group makes for all its members. */
#include "consumer/blob.h"
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

enum { PLAN_WAIT_US = 5000000 };

void plan_drop(struct consumer *consumer)
{
    arena_finish(&consumer->plan_arena);
    arena_init(&consumer->plan_arena, 0);
    frame_buffer_drop(consumer->plan_frame);
    consumer->plan_frame = NULL;
    consumer->plan_members = NULL;
    memset(&consumer->plan, 0, sizeof(consumer->plan));
}

/* A member whose subscription cannot be read gets nothing; the others must not suffer from it. */
static void plan_read_member(struct consumer *consumer, int32_t i)
{
    const struct join_group_response_join_group_response_member *from =
        &consumer->plan.members.items[i];
    struct assign_member *member = &consumer->plan_members[i];

    member->id = from->member_id;
    member->instance_id = from->group_instance_id;
    member->generation = -1;
    if (blob_read_subscription(from->metadata, &consumer->plan_arena, member)) {
        member->topic_count = 0;
        trace_log(consumer->host.trace, TRACE_WARN, "consumer",
                  "group '%s': the subscription of member '%.*s' cannot be read",
                  consumer->group_id, SLICE_ARGS(from->member_id));
    }
    for (size_t k = 0; k < member->topic_count; k++) {
        if (!slice_is_null(member->topics[k]) &&
            member->topics[k].size <= METADATA_TOPIC_NAME_MAX) {
            (void)consumer_topic_want(consumer, member->topics[k]);
        }
    }
}

void plan_take(struct consumer *consumer, const struct conn_reply *reply)
{
    plan_drop(consumer);
    if (conn_reply_decode(reply, &consumer->plan_arena, &consumer->plan)) {
        memset(&consumer->plan, 0, sizeof(consumer->plan));
        return;
    }
    frame_buffer_take(reply->frame);
    consumer->plan_frame = reply->frame;
    consumer->plan_members =
        arena_alloc_array(&consumer->plan_arena, (size_t)MAX_OF(0, consumer->plan.members.count),
                          sizeof(*consumer->plan_members));
    consumer->plan_deadline_us = loop_now_us(consumer->host.loop) + PLAN_WAIT_US;
    for (int32_t i = 0; i < consumer->plan.members.count && consumer->plan_members; i++) {
        plan_read_member(consumer, i);
    }
}

bool plan_is_ready(struct consumer *consumer, int64_t now_us)
{
    if (now_us >= consumer->plan_deadline_us) {
        return true;
    }
    LIST_EACH(node, &consumer->topics)
    {
        const struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        const struct metadata_topic *known =
            cluster_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));
        if (!known || known->heard_us == 0) {
            return false;
        }
    }
    return true;
}

static int32_t plan_partitions(struct consumer *consumer, struct consumer_topic *topic)
{
    const struct metadata_topic *known =
        cluster_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));

    return known ? known->partition_count : 0;
}

/* The racks of the replicas of each partition (KIP-881); NULL when no broker of theirs has one. */
static const struct assign_racks *plan_racks(struct consumer *consumer,
                                             const struct consumer_topic *topic)
{
    const struct metadata *metadata = cluster_metadata(consumer->host.cluster);
    const struct metadata_topic *known =
        cluster_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));
    size_t count = known ? (size_t)MAX_OF(0, known->partition_count) : 0;
    struct assign_racks *racks = arena_alloc_array(&consumer->plan_arena, count, sizeof(*racks));
    bool any = false;

    for (size_t i = 0; i < count && racks; i++) {
        const struct metadata_partition *partition = &known->partitions[i];
        struct slice *items = arena_alloc_array(
            &consumer->plan_arena, (size_t)MAX_OF(0, partition->replica_count), sizeof(*items));
        racks[i].items = items;
        for (int32_t k = 0; k < partition->replica_count && items; k++) {
            const struct metadata_broker *broker =
                metadata_broker(metadata, partition->replicas[k]);
            if (broker && broker->rack) {
                items[racks[i].count++] =
                    arena_copy(&consumer->plan_arena, slice_text(broker->rack));
                any = true;
            }
        }
    }
    return any ? racks : NULL;
}

static int topic_compare(const void *a, const void *b)
{
    return slice_compare(((const struct assign_topic *)a)->name,
                         ((const struct assign_topic *)b)->name);
}

/* The topics as they are now; remembered, to notice when they grow. */
static struct assign_topic *plan_topics(struct consumer *consumer, size_t *ret_count)
{
    size_t count = 0;

    LIST_EACH(node, &consumer->topics)
    {
        count++;
    }
    struct assign_topic *topics = arena_alloc_array(&consumer->plan_arena, count, sizeof(*topics));
    if (!topics) {
        return NULL;
    }
    count = 0;
    LIST_EACH(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        topic->partition_count = plan_partitions(consumer, topic);
        topics[count].name = slice_of(topic->name, topic->name_size);
        topics[count].racks = plan_racks(consumer, topic);
        topics[count++].partition_count = topic->partition_count;
    }
    qsort(topics, count, sizeof(*topics), topic_compare);
    *ret_count = count;
    return topics;
}

bool plan_is_outdated(struct consumer *consumer)
{
    LIST_EACH(node, &consumer->topics)
    {
        struct consumer_topic *topic = LIST_ITEM(node, struct consumer_topic, link);
        if (topic->partition_count >= 0 &&
            topic->partition_count != plan_partitions(consumer, topic)) {
            return true;
        }
    }
    return false;
}

const struct assignor *plan_assignor(const struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->options.assignor_count; i++) {
        if (slice_is(slice_text(consumer->member.protocol), consumer->options.assignors[i]->name)) {
            return consumer->options.assignors[i];
        }
    }
    return NULL;
}

enum kc_err plan_make(struct consumer *consumer, struct arena *arena,
                      struct sync_group_request *request)
{
    const struct assignor *assignor = plan_assignor(consumer);
    size_t count = (size_t)MAX_OF(0, consumer->plan.members.count);
    size_t topic_count = 0;
    struct assign_topic *topics = plan_topics(consumer, &topic_count);

    if (!assignor || !consumer->plan_members) {
        return KC_ERR_INCONSISTENT_GROUP_PROTOCOL;
    }
    request->assignments.items =
        arena_alloc_array(arena, count, sizeof(*request->assignments.items));
    if (!topics || !request->assignments.items) {
        return KC_ERR_NO_MEMORY;
    }
    struct assign_group group = {
        consumer->plan_members, count, topics, topic_count, &consumer->plan_arena, assignor->context
    };
    enum kc_err err = assignor->assign(&group);
    for (size_t i = 0; i < count && !err; i++) {
        const struct assign_member *member = &consumer->plan_members[i];
        request->assignments.items[i].member_id = arena_copy(arena, member->id);
        request->assignments.items[i].assignment = blob_write_assignment(member, arena);
        if (slice_is_null(request->assignments.items[i].assignment)) {
            err = KC_ERR_NO_MEMORY;
        }
    }
    request->assignments.count = err ? 0 : (int32_t)count;
    return err;
}
