/* server: the broker's configuration: a properties file, overrides, and what follows from them. */
#ifndef SERVER_NODE_CONFIG_H
#define SERVER_NODE_CONFIG_H

#include "controller/property.h"

#include <libclient/error.h>

enum { NODE_LISTENERS_MAX = 8, NODE_LOG_DIRS_MAX = 16 };

/* One entry of listeners or advertised.listeners. */
struct node_config_listener {
    char name[64];
    char host[256]; /* empty: all interfaces */
    int32_t port;
};

struct node_config {
    char **properties; /* name, value, ...; NULL-terminated */
    size_t property_count;
    int32_t node_id;
    struct node_config_listener
        listeners[NODE_LISTENERS_MAX]; /* of brokers; a controller's are left out */
    size_t listener_count;
    struct node_config_listener
        advertised[NODE_LISTENERS_MAX]; /* as many as listeners, same order */
    char *log_dirs[NODE_LOG_DIRS_MAX];
    size_t log_dir_count;
    char *metadata_dir;        /* metadata.log.dir, else the first of log_dirs; in which
                                  __cluster_metadata-0 lies */
    bool advertises_localhost; /* for want of advertised.listeners, though it listens everywhere */
    struct node_config_listener metrics; /* metrics.listener; port -1: off */
    char ignored[8192]; /* names of PROPERTY_IGNORED that were set, for one warning; empty: none */
};

/* Zeroes it. */
void node_config_init(struct node_config *config);
void node_config_finish(struct node_config *config);

/* Sets one property; a later one replaces it. KC_ERR_INVALID: unknown name (the text names the
 * nearest), malformed or out of range. */
enum kc_err node_config_put(struct node_config *config, struct slice name, struct slice value,
                            struct kc_error *error);

/* Java properties syntax. Errors name file and line. KC_ERR_IO when it cannot be read. */
enum kc_err node_config_load_file(struct node_config *config, const char *path,
                                  struct kc_error *error);

/* Checks what belongs together and fills in the fields after `properties`. To be called once, after
 * all is put. */
enum kc_err node_config_resolve(struct node_config *config, struct kc_error *error);

/* Parts of that: the settings of consumer groups (KIP-848). */
enum kc_err node_config_check_groups(const struct node_config *config, struct kc_error *error);
/* Those of which one bounds another. */
enum kc_err node_config_check_pairs(const struct node_config *config, struct kc_error *error);
/* Does group.consumer.migration.policy allow this way ("upgrade", "downgrade")? */
bool node_config_migrates(const struct node_config *config, const char *way);

/* The value in force: set, or the table's default; NULL when neither. name must be in the table. */
const char *node_config_text(const struct node_config *config, const char *name);
int64_t node_config_number(const struct node_config *config, const char *name);
bool node_config_flag(const struct node_config *config, const char *name);
bool node_config_is_set(const struct node_config *config, const char *name);

#endif
