/* handler: the functions of table.c, one a file. */
#ifndef HANDLER_HANDLERS_H
#define HANDLER_HANDLERS_H

#include "handler/handler.h"

/* From this version on topics come by id. */
enum { TOPIC_ID_PRODUCE_VERSION = 13 };

/* The topic of a part of a Produce request, by name or id; NULL: there is none. */
const struct image_topic *produce_topic(const struct call *call,
                                        const struct produce_request_topic_produce_data *data);

void handle_produce(struct call *call);
bool produce_may_go_ahead(const struct call *call);
void handle_fetch(struct call *call);
void handle_list_offsets(struct call *call);
void handle_metadata(struct call *call);
void handle_offset_commit(struct call *call);
void handle_offset_fetch(struct call *call);
void handle_find_coordinator(struct call *call);
void handle_join_group(struct call *call);
void handle_heartbeat(struct call *call);
void handle_leave_group(struct call *call);
void handle_sync_group(struct call *call);
void handle_describe_groups(struct call *call);
void handle_list_groups(struct call *call);
void handle_api_versions(struct call *call);
void handle_create_topics(struct call *call);
void handle_delete_topics(struct call *call);
void handle_delete_records(struct call *call);
void handle_init_producer_id(struct call *call);
void handle_offset_for_leader_epoch(struct call *call);
void handle_add_partitions_to_txn(struct call *call);
void handle_add_offsets_to_txn(struct call *call);
void handle_end_txn(struct call *call);
void handle_write_txn_markers(struct call *call);
void handle_txn_offset_commit(struct call *call);
void handle_describe_acls(struct call *call);
void handle_create_acls(struct call *call);
void handle_delete_acls(struct call *call);
void handle_describe_configs(struct call *call);
void handle_alter_configs(struct call *call);
void handle_alter_replica_log_dirs(struct call *call);
void handle_describe_log_dirs(struct call *call);
void handle_create_partitions(struct call *call);
void handle_delete_groups(struct call *call);
void handle_elect_leaders(struct call *call);
void handle_incremental_alter_configs(struct call *call);
void handle_alter_partition_reassignments(struct call *call);
void handle_list_partition_reassignments(struct call *call);
void handle_offset_delete(struct call *call);
void handle_describe_client_quotas(struct call *call);
void handle_alter_client_quotas(struct call *call);
void handle_describe_user_scram_credentials(struct call *call);
void handle_describe_quorum(struct call *call);
void handle_update_features(struct call *call);
void handle_describe_cluster(struct call *call);
void handle_describe_producers(struct call *call);
void handle_unregister_broker(struct call *call);
void handle_describe_transactions(struct call *call);
void handle_list_transactions(struct call *call);
void handle_consumer_group_heartbeat(struct call *call);
void handle_consumer_group_describe(struct call *call);
void handle_list_config_resources(struct call *call);
void handle_describe_topic_partitions(struct call *call);

#endif
