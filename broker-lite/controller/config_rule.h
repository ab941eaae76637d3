/* controller: what a value of a setting may be: its type and range, and the check with Kafka's
 * sentences. Shared by topics, brokers, groups and client metrics. Pure. */
#ifndef CONTROLLER_CONFIG_RULE_H
#define CONTROLLER_CONFIG_RULE_H

#include "base/slice.h"

#include <libclient/error.h>

/* Kafka's ConfigDef types with their wire values in DescribeConfigs. */
enum config_kind {
    CONFIG_UNKNOWN = 0,
    CONFIG_BOOLEAN = 1,
    CONFIG_STRING = 2,
    CONFIG_INT = 3,
    CONFIG_LONG = 5,
    CONFIG_DOUBLE = 6,
    CONFIG_LIST = 7,
    CONFIG_PASSWORD = 9
};

struct config_rule {
    const char *name;
    enum config_kind kind;
    int64_t min; /* numbers; min equal to max: any */
    int64_t max;
    const char *choices; /* strings and lists: "a,b,c"; NULL: any */
    bool or_minus_one;   /* numbers: -1 is fine besides min to max */
};

enum { CONFIG_TEXT_SIZE = 384 };

/* The value without the blanks around it, as Kafka takes it. */
struct slice config_trim(struct slice value);

/* KC_ERR_INVALID_CONFIG with Kafka's sentence in ret_text (CONFIG_TEXT_SIZE bytes) when the value
 * does not fit. Blanks around it do not count. */
enum kc_err config_rule_check(const struct config_rule *rule, struct slice value, char *ret_text);

/* "true" in any case. */
bool config_is_true(struct slice value);

/* The next of comma-separated words, without the blanks around it; the null slice at the end. An
 * empty list has no words. */
struct slice config_next_word(struct slice *rest);

#endif
