/* client: the ends of what admin calls return: each is inside a harvest. */
#include "admin/harvest.h"

#include <libclient/admin.h>

void kc_item_results_destroy(struct kc_item_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_partition_results_destroy(struct kc_partition_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_created_topics_destroy(struct kc_created_topics *topics)
{
    harvest_destroy(harvest_of(topics));
}

void kc_topic_descriptions_destroy(struct kc_topic_descriptions *topics)
{
    harvest_destroy(harvest_of(topics));
}

void kc_cluster_description_destroy(struct kc_cluster_description *cluster)
{
    harvest_destroy(harvest_of(cluster));
}

void kc_features_destroy(struct kc_features *features)
{
    harvest_destroy(harvest_of(features));
}

void kc_quorum_destroy(struct kc_quorum *quorum)
{
    harvest_destroy(harvest_of(quorum));
}

void kc_resources_destroy(struct kc_resources *resources)
{
    harvest_destroy(harvest_of(resources));
}

void kc_resource_configs_destroy(struct kc_resource_configs *configs)
{
    harvest_destroy(harvest_of(configs));
}

void kc_resource_results_destroy(struct kc_resource_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_group_listings_destroy(struct kc_group_listings *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_group_descriptions_destroy(struct kc_group_descriptions *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_streams_groups_destroy(struct kc_streams_groups *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_member_results_destroy(struct kc_member_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_groups_offsets_destroy(struct kc_groups_offsets *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_groups_share_offsets_destroy(struct kc_groups_share_offsets *groups)
{
    harvest_destroy(harvest_of(groups));
}

void kc_offset_spots_destroy(struct kc_offset_spots *spots)
{
    harvest_destroy(harvest_of(spots));
}

void kc_low_watermarks_destroy(struct kc_low_watermarks *marks)
{
    harvest_destroy(harvest_of(marks));
}

void kc_reassignments_destroy(struct kc_reassignments *reassignments)
{
    harvest_destroy(harvest_of(reassignments));
}

void kc_log_dirs_destroy(struct kc_log_dirs *dirs)
{
    harvest_destroy(harvest_of(dirs));
}

void kc_replica_places_destroy(struct kc_replica_places *places)
{
    harvest_destroy(harvest_of(places));
}

void kc_acl_results_destroy(struct kc_acl_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_acl_lists_destroy(struct kc_acl_lists *lists)
{
    harvest_destroy(harvest_of(lists));
}

void kc_acl_deletions_destroy(struct kc_acl_deletions *deletions)
{
    harvest_destroy(harvest_of(deletions));
}

void kc_scram_users_destroy(struct kc_scram_users *users)
{
    harvest_destroy(harvest_of(users));
}

void kc_quotas_destroy(struct kc_quotas *quotas)
{
    harvest_destroy(harvest_of(quotas));
}

void kc_quota_results_destroy(struct kc_quota_results *results)
{
    harvest_destroy(harvest_of(results));
}

void kc_token_destroy(struct kc_token *token)
{
    harvest_destroy(harvest_of(token));
}

void kc_tokens_destroy(struct kc_tokens *tokens)
{
    harvest_destroy(harvest_of(tokens));
}

void kc_txn_listings_destroy(struct kc_txn_listings *listings)
{
    harvest_destroy(harvest_of(listings));
}

void kc_txn_descriptions_destroy(struct kc_txn_descriptions *txns)
{
    harvest_destroy(harvest_of(txns));
}

void kc_partition_producers_destroy(struct kc_partition_producers *partitions)
{
    harvest_destroy(harvest_of(partitions));
}

void kc_fenced_producers_destroy(struct kc_fenced_producers *producers)
{
    harvest_destroy(harvest_of(producers));
}

void kc_raw_answer_destroy(struct kc_raw_answer *answer)
{
    harvest_destroy(harvest_of(answer));
}
