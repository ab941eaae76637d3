/* controller: the settings that a group may have of its own (KIP-848), and the broker's properties
 * that give them defaults and limits. Pure. */
#ifndef CONTROLLER_GROUP_CONFIG_H
#define CONTROLLER_GROUP_CONFIG_H

#include "controller/config_rule.h"

struct group_config {
    const char *name;
    const char *broker_name; /* gives the default */
    const char *default_value;
    int64_t least; /* whatever the limits are */
    const char *min_name;
    const char *min_default;
    const char *max_name;
    const char *max_default;
};

extern const struct group_config group_config_table[]; /* sorted by name */
extern const size_t group_config_count;

const struct group_config *group_config_find(struct slice name);

/* The limits of this broker; from a property's text, or where it is not set from the table. */
struct group_limits {
    int64_t min;
    int64_t max;
};

/* KC_ERR_INVALID_CONFIG with Kafka's sentence in ret_text (CONFIG_TEXT_SIZE bytes). */
enum kc_err group_config_check(const struct group_config *row, struct slice value,
                               const struct group_limits *limits, char *ret_text);

#endif
