/* controller: the table of group settings. */
#include "controller/group_config.h"

#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

const struct group_config group_config_table[] = {
    { "consumer.assignment.interval.ms", "group.consumer.assignment.interval.ms", "1000", 0,
      "group.consumer.min.assignment.interval.ms", "0", "group.consumer.max.assignment.interval.ms",
      "15000" },
    { "consumer.heartbeat.interval.ms", "group.consumer.heartbeat.interval.ms", "5000", 1,
      "group.consumer.min.heartbeat.interval.ms", "5000",
      "group.consumer.max.heartbeat.interval.ms", "15000" },
    { "consumer.session.timeout.ms", "group.consumer.session.timeout.ms", "45000", 1,
      "group.consumer.min.session.timeout.ms", "45000", "group.consumer.max.session.timeout.ms",
      "60000" },
};
const size_t group_config_count = ARRAY_COUNT(group_config_table);

const struct group_config *group_config_find(struct slice name)
{
    for (size_t i = 0; i < group_config_count; i++) {
        if (slice_is(name, group_config_table[i].name)) {
            return &group_config_table[i];
        }
    }
    return NULL;
}

enum kc_err group_config_check(const struct group_config *row, struct slice value,
                               const struct group_limits *limits, char *ret_text)
{
    const struct config_rule rule = { row->name, CONFIG_INT, row->least, INT32_MAX, NULL, false };
    enum kc_err err = config_rule_check(&rule, value, ret_text);
    if (err) {
        return err;
    }
    char text[16]; /* an INT, as was checked: but zeros before it */
    struct slice digits = config_trim(value);
    while (digits.size > 1 && digits.data[0] == '0') {
        digits = slice_of(digits.data + 1, digits.size - 1);
    }
    (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARGS(digits));
    int64_t number = strtoll(text, NULL, 10);
    if (number >= limits->min && number <= limits->max) {
        return KC_ERR_NONE;
    }
    bool is_low = number < limits->min;
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "%s must be %s than or equal to %s", row->name,
                   is_low ? "greater" : "less", is_low ? row->min_name : row->max_name);
    return KC_ERR_INVALID_CONFIG;
}
