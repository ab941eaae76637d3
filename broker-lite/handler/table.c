/* handler: one row per API that this broker serves, with Kafka 4.3's version ranges. Rows in key
 * order: ApiVersions lists them as they stand. */
#include "handler/handlers.h"

const struct handler handler_table[] = {
    { 0, 0, 13, handle_produce },
    { 1, 4, 18, handle_fetch },
    { 2, 1, 11, handle_list_offsets },
    { 3, 0, 13, handle_metadata },
    { 8, 2, 10, handle_offset_commit },
    { 9, 1, 10, handle_offset_fetch },
    { 10, 0, 6, handle_find_coordinator },
    { 11, 0, 9, handle_join_group },
    { 12, 0, 4, handle_heartbeat },
    { 13, 0, 5, handle_leave_group },
    { 14, 0, 5, handle_sync_group },
    { 15, 0, 6, handle_describe_groups },
    { 16, 0, 5, handle_list_groups },
    { 18, 0, 4, handle_api_versions },
    { 19, 2, 7, handle_create_topics },
    { 20, 1, 6, handle_delete_topics },
    { 21, 0, 2, handle_delete_records },
    { 22, 0, 5, handle_init_producer_id },
    { 23, 2, 4, handle_offset_for_leader_epoch },
    { 24, 0, 5, handle_add_partitions_to_txn },
    { 25, 0, 4, handle_add_offsets_to_txn },
    { 26, 0, 5, handle_end_txn },
    { 27, 1, 2, handle_write_txn_markers },
    { 28, 0, 5, handle_txn_offset_commit },
    { 32, 1, 4, handle_describe_configs },
    { 35, 1, 5, handle_describe_log_dirs },
    { 37, 0, 3, handle_create_partitions },
    { 42, 0, 2, handle_delete_groups },
    { 44, 0, 1, handle_incremental_alter_configs },
    { 46, 0, 0, handle_list_partition_reassignments },
    { 47, 0, 0, handle_offset_delete },
    { 60, 0, 2, handle_describe_cluster },
    { 61, 0, 0, handle_describe_producers },
    { 65, 0, 0, handle_describe_transactions },
    { 66, 0, 2, handle_list_transactions },
    { 75, 0, 0, handle_describe_topic_partitions },
};

const size_t handler_count = ARRAY_COUNT(handler_table);
