/* admin: the calls. Each function makes a fanout with copies of its arguments (checked by the
 * caller), to be run by fanout_start; the result is in fanout->harvest. NULL when memory is out. */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "admin/fanout.h"

/* harvest.items */
struct fanout *admin_topics_create(const struct kc_new_topic *topics, size_t count,
                                   bool validate_only);
struct fanout *admin_topics_delete(const char *const *names, size_t count);
struct fanout *admin_topics_raise(const char *topic, int32_t total_count,
                                  const int32_t *const *assignments, size_t assignment_count,
                                  int16_t replication_factor, bool validate_only);

/* harvest.topics */
struct fanout *admin_catalog_list(void);
struct fanout *admin_catalog_describe(const char *const *names, size_t count);

/* harvest.cluster */
struct fanout *admin_cluster_describe(void);

/* harvest.configs */
struct fanout *admin_configs_describe(enum kc_resource_type type, const char *const *names,
                                      size_t count);
/* A broker's name is its id. */
bool admin_configs_is_broker(const char *name);

/* harvest.positions */
struct fanout *admin_offsets_list(const struct kc_position *positions, size_t count);

/* harvest.listings; states and types end with NULL, or are NULL. */
struct fanout *admin_groups_list(const char *const *states, const char *const *types);

/* harvest.items */
struct fanout *admin_groups_delete(const char *const *group_ids, size_t count);

/* harvest.groups */
struct fanout *admin_members_describe(const char *const *group_ids, size_t count);

/* harvest.positions */
struct fanout *admin_commits_list(const char *group_id);
struct fanout *admin_commits_alter(const char *group_id, const struct kc_position *positions,
                                   size_t count);
struct fanout *admin_commits_delete(const char *group_id, const struct kc_partition *partitions,
                                    size_t count);

#endif
