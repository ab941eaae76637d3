/* admin: the calls. Each function makes a fanout with copies of its arguments (checked by the
 * caller), to be run by fanout_start; the result is in fanout->harvest, as the public function of
 * the call tells it. NULL when memory is out. `how` and `with`: bits of the public header. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "admin/fanout.h"

/* Topics. harvest.items, or harvest.created when it is described. */
struct fanout *admin_topics_create(const struct kc_new_topic *topics, size_t count, unsigned how,
                                   bool described);
struct fanout *admin_topics_delete(const char *const *names, size_t count, unsigned how);
struct fanout *admin_topics_delete_ids(const char *const *ids, size_t count, unsigned how);
struct fanout *admin_topics_raise(const struct kc_new_partitions *topics, size_t count,
                                  unsigned how);
struct fanout *admin_catalog_list(void);
struct fanout *admin_catalog_describe(const char *const *names, size_t count, unsigned with);
struct fanout *admin_catalog_describe_ids(const char *const *ids, size_t count, unsigned with);

/* The cluster. */
struct fanout *admin_cluster_describe(unsigned with);
struct fanout *admin_features_describe(int32_t broker_id);
struct fanout *admin_features_update(const struct kc_feature_change *changes, size_t count,
                                     bool validate_only);
struct fanout *admin_features_unregister(int32_t broker_id);
struct fanout *admin_features_instance(void);
struct fanout *admin_quorum_describe(void);
struct fanout *admin_quorum_add(const char *cluster_id, int32_t voter_id, const char *directory_id,
                                const struct kc_quorum_endpoint *endpoints, size_t count);
struct fanout *admin_quorum_remove(const char *cluster_id, int32_t voter_id,
                                   const char *directory_id);

/* Settings. */
struct fanout *admin_configs_describe(const struct kc_resource *resources, size_t count,
                                      unsigned with);
struct fanout *admin_configs_alter(const struct kc_resource_change *changes, size_t count,
                                   bool validate_only);
struct fanout *admin_configs_list(const enum kc_resource_type *types, size_t count);
/* A broker's name is its id. */
bool admin_configs_is_broker(const char *name);

/* Partitions. */
struct fanout *admin_offsets_list(const struct kc_position *positions, size_t count);
struct fanout *admin_offsets_find(const struct kc_position *positions, size_t count,
                                  bool committed_only);
/* A timestamp, or one of KC_OFFSET_* that can be asked for. */
bool admin_offsets_is_known(int64_t offset);
struct fanout *admin_records_delete(const struct kc_position *positions, size_t count);
struct fanout *admin_replicas_reassign(const struct kc_new_replicas *replicas, size_t count,
                                       unsigned how);
struct fanout *admin_replicas_list(const struct kc_partition *partitions, size_t count);
struct fanout *admin_replicas_elect(enum kc_election election,
                                    const struct kc_partition *partitions, size_t count);
struct fanout *admin_replicas_dirs(const int32_t *broker_ids, size_t count);
/* Where these replicas lie, from what their brokers told; NULL when memory is out. */
struct harvest *admin_places_find(const struct kc_log_dirs *dirs, const struct kc_replica *replicas,
                                  size_t count);
struct fanout *admin_replicas_move(const struct kc_replica_move *moves, size_t count);

/* Groups. */
struct fanout *admin_groups_list(const struct kc_group_filter *filter);
struct fanout *admin_groups_delete(const char *const *group_ids, size_t count);
struct fanout *admin_leave_remove(const char *group_id, const struct kc_member_ref *members,
                                  size_t count, const char *reason);
struct fanout *admin_members_describe(const char *const *group_ids, size_t count, unsigned with);
struct fanout *admin_members_describe_classic(const char *const *group_ids, size_t count,
                                              unsigned with);
struct fanout *admin_members_describe_share(const char *const *group_ids, size_t count,
                                            unsigned with);
struct fanout *admin_streams_describe(const char *const *group_ids, size_t count, unsigned with);

/* What groups committed. */
struct fanout *admin_commits_list(const char *group_id);
struct fanout *admin_commits_list_many(const struct kc_group_partitions *asked, size_t count,
                                       bool stable_only);
struct fanout *admin_commits_alter(const char *group_id, const struct kc_position *positions,
                                   size_t count);
struct fanout *admin_commits_delete(const char *group_id, const struct kc_partition *partitions,
                                    size_t count);
struct fanout *admin_share_list(const struct kc_group_partitions *asked, size_t count);
struct fanout *admin_share_alter(const char *group_id, const struct kc_position *positions,
                                 size_t count);
struct fanout *admin_share_delete(const char *group_id, const char *const *topics, size_t count);

/* Who may do what. */
struct fanout *admin_acls_create(const struct kc_acl *acls, size_t count);
struct fanout *admin_acls_describe(const struct kc_acl *filter);
struct fanout *admin_acls_delete(const struct kc_acl *filters, size_t count);
struct fanout *admin_users_describe(const char *const *names, size_t count);
/* Salts the passwords before it returns, which takes a while by design. */
struct fanout *admin_users_alter(const struct kc_scram_change *changes, size_t count);
struct fanout *admin_users_quotas(const struct kc_quota_filter *filters, size_t count, bool strict);
struct fanout *admin_users_alter_quotas(const struct kc_quota_change *changes, size_t count,
                                        bool validate_only);
struct fanout *admin_tokens_create(const struct kc_principal *owner,
                                   const struct kc_principal *renewers, size_t renewer_count,
                                   int64_t max_lifetime_ms);
struct fanout *admin_tokens_renew(const void *hmac, size_t hmac_size, int64_t period_ms);
struct fanout *admin_tokens_expire(const void *hmac, size_t hmac_size, int64_t period_ms);
struct fanout *admin_tokens_describe(const struct kc_principal *owners, size_t count);

/* Transactions. */
struct fanout *admin_transactions_list(const struct kc_txn_filter *filter);
struct fanout *admin_transactions_describe(const char *const *ids, size_t count);
struct fanout *admin_transactions_producers(const struct kc_partition *partitions, size_t count,
                                            int32_t broker_id);
struct fanout *admin_transactions_abort(const struct kc_partition *partition, int64_t producer_id,
                                        int16_t producer_epoch, int32_t coordinator_epoch);
struct fanout *admin_transactions_fence(const char *const *ids, size_t count);

/* Any request; its api key is one that there is. NULL also when its body is not good: why then
 * stands in *error, whose code is 0 when memory is out. */
struct fanout *admin_raw_call(const struct kc_raw_call *call, struct kc_error *error);

#endif
