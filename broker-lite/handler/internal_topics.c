/* handler: __consumer_offsets and __transaction_state. */
#include "handler/internal_topics.h"

#include "handler/proposal.h"

#include <stdio.h>

static void make_offsets(struct node *node)
{
    char segment_bytes[16];
    (void)snprintf(segment_bytes, sizeof(segment_bytes), "%d",
                   node->settings.offsets_topic_segment_bytes);
    const struct create_topics_request_creatable_topic_config configs[] = {
        { slice_text("cleanup.policy"), slice_text("compact") },
        { slice_text("compression.type"), slice_text("producer") },
        { slice_text("segment.bytes"), slice_text(segment_bytes) },
    };
    (void)topic_create_begin(node, slice_text("__consumer_offsets"),
                             node->settings.offsets_topic_partitions, configs,
                             (int32_t)ARRAY_COUNT(configs));
}

static void make_transactions(struct node *node)
{
    char segment_bytes[16];
    char min_isr[16];
    /* Not more than there are replicas: Kafka's default of 2 would let nothing be written here. */
    int32_t replicas = node->settings.default_replication_factor;
    (void)snprintf(segment_bytes, sizeof(segment_bytes), "%d",
                   node->settings.transactions_topic_segment_bytes);
    (void)snprintf(min_isr, sizeof(min_isr), "%d",
                   MIN_OF(node->settings.transactions_topic_min_isr, replicas));
    const struct create_topics_request_creatable_topic_config configs[] = {
        { slice_text("cleanup.policy"), slice_text("compact") },
        { slice_text("compression.type"), slice_text("uncompressed") },
        { slice_text("min.insync.replicas"), slice_text(min_isr) },
        { slice_text("segment.bytes"), slice_text(segment_bytes) },
        { slice_text("unclean.leader.election.enable"), slice_text("false") },
    };
    (void)topic_create_begin(node, slice_text("__transaction_state"),
                             node->settings.transactions_topic_partitions, configs,
                             (int32_t)ARRAY_COUNT(configs));
}

enum kc_err internal_topic_ensure(struct node *node, enum internal_topic which)
{
    bool offsets = which == INTERNAL_TOPIC_OFFSETS;
    if (image_topic(node->image,
                    slice_text(offsets ? "__consumer_offsets" : "__transaction_state"))) {
        return KC_ERR_NONE;
    }
    if (offsets) {
        make_offsets(node);
    } else {
        make_transactions(node);
    }
    return KC_ERR_COORDINATOR_NOT_AVAILABLE;
}
