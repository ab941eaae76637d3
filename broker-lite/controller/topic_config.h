/* controller: the topic-level settings: names, types, ranges, defaults, and the broker property
 * that gives each its default. Pure. */
#ifndef CONTROLLER_TOPIC_CONFIG_H
#define CONTROLLER_TOPIC_CONFIG_H

#include "controller/config_rule.h"

struct topic_config {
    const char *name;
    enum config_kind kind;
    const char *default_value; /* "" where Kafka shows an empty value */
    const char
        *broker_name; /* the property whose value is the default when it is set; NULL: none */
    int64_t min;
    int64_t max;
    const char *choices; /* strings and lists: "a,b,c"; NULL: any */
    bool or_minus_one;   /* numbers: -1 is fine besides min to max */
    bool is_derived;     /* Kafka's broker property has no default of its own (log.retention.ms
                            follows from the hours): no synonym then */
};

extern const struct topic_config topic_config_table[]; /* sorted by name */
extern const size_t topic_config_count;

const struct topic_config *topic_config_find(struct slice name);

/* KC_ERR_INVALID_CONFIG with Kafka's sentence in ret_text (CONFIG_TEXT_SIZE bytes) when the name is
 * unknown or the value does not fit. */
enum kc_err topic_config_check(struct slice name, struct slice value, char *ret_text);

/* The same for settings that must fit each other, once each is fine: what the topic would have,
 * values of the brokers included. NULL: Kafka's default. */
enum kc_err topic_config_check_together(const char *min_lag_ms, const char *max_lag_ms,
                                        char *ret_text);

#endif
