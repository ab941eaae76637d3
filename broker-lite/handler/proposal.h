/* handler: a call that waits for its records to commit, and topics made without anybody asking. */
#ifndef HANDLER_PROPOSAL_H
#define HANDLER_PROPOSAL_H

#include "controller/metadata_batch.h"
#include "handler/handler.h"

/* Proposes the batch (which it finishes) and parks the call; done(call, err) runs once, maybe
 * before this returns, unless the connection is lost first. */
void call_propose(struct call *call, struct metadata_batch *batch,
                  void (*done)(struct call *call, enum kc_err err));

/* Begins to make a topic that does not exist (auto.create.topics.enable, internal topics); does
 * nothing when that is under way. partition_count -1: num.partitions. KC_ERR_NONE when it was begun
 * or is under way; else why it cannot be made (Kafka's codes). */
enum kc_err topic_create_begin(struct node *node, struct slice name, int32_t partition_count,
                               const struct create_topics_request_creatable_topic_config *configs,
                               int32_t config_count);

/* The defaults of topics made here. */
struct topics_defaults;
void node_topics_defaults(const struct node *node, struct topics_defaults *ret_defaults);

#endif
