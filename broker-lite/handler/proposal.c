/* handler: proposals to the metadata quorum on behalf of calls. */
#include "handler/proposal.h"

#include "controller/topics.h"

#include <stdlib.h>

/* Outlives the call, which may be cancelled while the proposal is under way. */
struct proposal_wait {
    struct call *call; /* NULL: cancelled */
    void (*done)(struct call *call, enum kc_err err);
};

static void proposal_cancelled(struct call *call)
{
    struct proposal_wait *wait = call->context;
    wait->call = NULL;
    call_drop(call);
}

static void proposal_answer(struct call *call)
{
    call->committed(call, call->err);
}

static void proposal_committed(void *context, enum kc_err err)
{
    struct proposal_wait *wait = context;
    if (wait->call) {
        wait->call->committed = wait->done;
        wait->call->err = err;
        call_later(wait->call, proposal_answer);
    }
    free(wait);
}

void call_propose(struct call *call, struct metadata_batch *batch,
                  void (*done)(struct call *call, enum kc_err err))
{
    struct proposal_wait *wait = calloc(1, sizeof(*wait));
    struct bytes closed;
    bytes_init(&closed, METADATA_BATCH_BYTES_MAX * 2);
    enum kc_err err = wait ? metadata_batch_close(batch, clock_wall_ms(call->node->clock), &closed)
                           : KC_ERR_NO_MEMORY;
    metadata_batch_finish(batch);
    if (err) {
        free(wait);
        bytes_finish(&closed);
        done(call, err);
        return;
    }
    wait->call = call;
    wait->done = done;
    call->cancel = proposal_cancelled;
    call->context = wait;
    quorum_propose(call->node->quorum, bytes_slice(&closed), proposal_committed, wait);
    bytes_finish(&closed);
}

void node_topics_defaults(const struct node *node, struct topics_defaults *ret_defaults)
{
    *ret_defaults = (struct topics_defaults){
        .num_partitions = node->settings.num_partitions,
        .default_replication_factor = node->settings.default_replication_factor,
        .partitions_max = node->settings.partitions_max,
    };
}

/* ---- topics made on demand ---- */

struct creation {
    struct list link; /* node->creations */
    struct node *node;
    char *name;
};

static void creation_done(void *context, enum kc_err err)
{
    struct creation *creation = context;
    if (err && err != KC_ERR_TOPIC_ALREADY_EXISTS) {
        trace_log(creation->node->trace, TRACE_WARN, "handler", "topic %s was not made: %s",
                  creation->name, kc_err_text(err));
    }
    list_remove(&creation->link);
    free(creation->name);
    free(creation);
}

static bool is_under_way(const struct node *node, struct slice name)
{
    LIST_EACH(link, &node->creations)
    {
        if (slice_is(name, LIST_ITEM(link, struct creation, link)->name)) {
            return true;
        }
    }
    return false;
}

static enum kc_err creation_propose(struct node *node, struct slice name,
                                    struct metadata_batch *batch)
{
    struct bytes closed;
    bytes_init(&closed, METADATA_BATCH_BYTES_MAX * 2);
    struct creation *creation = calloc(1, sizeof(*creation));
    enum kc_err err = KC_ERR_NO_MEMORY;
    if (creation && (creation->name = slice_dup_text(name))) {
        err = metadata_batch_close(batch, clock_wall_ms(node->clock), &closed);
    }
    if (err) {
        if (creation) {
            free(creation->name);
        }
        free(creation);
    } else {
        creation->node = node;
        list_append(&node->creations, &creation->link);
        quorum_propose(node->quorum, bytes_slice(&closed), creation_done, creation);
    }
    bytes_finish(&closed);
    return err;
}

enum kc_err topic_create_begin(struct node *node, struct slice name, int32_t partition_count,
                               const struct create_topics_request_creatable_topic_config *configs,
                               int32_t config_count)
{
    struct create_topics_request_creatable_topic topic;
    struct topics_defaults defaults;
    struct topic_planned planned;
    struct metadata_batch batch;
    if (is_under_way(node, name)) {
        return KC_ERR_NONE;
    }
    if (!quorum_is_leader(node->quorum)) {
        return KC_ERR_NOT_CONTROLLER;
    }
    node_topics_defaults(node, &defaults);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = name;
    topic.num_partitions = partition_count;
    topic.replication_factor = -1;
    /* Only read: the plan copies what it needs. */
    topic.configs.items = (struct create_topics_request_creatable_topic_config *)(uintptr_t)configs;
    topic.configs.count = config_count;
    metadata_batch_init(&batch);
    topics_plan_create(node->image, &defaults, node->random, &topic, NULL, &batch, &planned);
    enum kc_err err = planned.err ? planned.err : creation_propose(node, name, &batch);
    metadata_batch_finish(&batch);
    return err;
}
