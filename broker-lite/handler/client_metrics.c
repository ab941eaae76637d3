/* handler: settings of a subscription to clients' metrics. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "handler/client_metrics.h"

#include "base/attr.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum { INTERVAL_MS_MIN = 100, INTERVAL_MS_MAX = 3600000, PATTERN_BYTES_MAX = 4096 };

const struct client_metrics_row client_metrics_table[CLIENT_METRICS_COUNT] = {
    { "interval.ms", CONFIG_INT, "300000" },
    { "match", CONFIG_LIST, "" },
    { "metrics", CONFIG_LIST, "" },
};

static enum kc_err check_interval(struct slice value, char *ret_text)
{
    const struct config_rule any = { "interval.ms", CONFIG_INT, 0, 0, NULL, false };
    const struct config_rule rule = { "interval.ms",   CONFIG_INT, INTERVAL_MS_MIN,
                                      INTERVAL_MS_MAX, NULL,       false };
    char unused[CONFIG_TEXT_SIZE];
    enum kc_err err = config_rule_check(&any, value, ret_text);
    if (!err && config_rule_check(&rule, value, unused)) {
        char text[CONFIG_TEXT_SIZE]; /* an INT, as was checked */
        (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARGS(config_trim(value)));
        (void)snprintf(ret_text, CONFIG_TEXT_SIZE,
                       "Invalid value %ld for interval.ms, interval must be between %d and %d (1 "
                       "hour)",
                       strtol(text, NULL, 10), INTERVAL_MS_MIN, INTERVAL_MS_MAX);
        err = KC_ERR_INVALID_REQUEST;
    }
    return err;
}

static bool is_pattern(struct slice pattern)
{
    int number;
    size_t place;
    if (pattern.size == 0 || pattern.size > PATTERN_BYTES_MAX) {
        return false;
    }
    pcre2_code *code = pcre2_compile(pattern.data, pattern.size, PCRE2_UTF, &number, &place, NULL);
    pcre2_code_free(code);
    return code != NULL;
}

/* NAME=PATTERN. */
static bool is_match(struct slice word)
{
    static const char *const names[] = { "client_id",
                                         "client_instance_id",
                                         "client_software_name",
                                         "client_software_version",
                                         "client_source_address",
                                         "client_source_port" };
    const uint8_t *equals = word.size > 0 ? memchr(word.data, '=', word.size) : NULL;
    if (!equals) {
        return false;
    }
    size_t name_size = (size_t)(equals - word.data);
    struct slice name = config_trim(slice_of(word.data, name_size));
    struct slice pattern = config_trim(slice_of(equals + 1, word.size - name_size - 1));
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (slice_is(name, names[i])) {
            return is_pattern(pattern);
        }
    }
    return false;
}

static enum kc_err check_match(struct slice value, char *ret_text)
{
    struct slice word;
    while (!slice_is_null(word = config_next_word(&value))) {
        if (!is_match(word)) {
            (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "Illegal client matching pattern: %.*s",
                           (int)MIN_OF(word.size, (size_t)128), (const char *)word.data);
            return KC_ERR_INVALID_CONFIG;
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err check_metrics(struct slice value, char *ret_text)
{
    bool is_empty = value.size > 0 && value.data[value.size - 1] == ',';
    struct slice word;
    while (!slice_is_null(word = config_next_word(&value))) {
        is_empty |= word.size == 0;
    }
    if (is_empty) {
        (void)snprintf(ret_text, CONFIG_TEXT_SIZE,
                       "Configuration 'metrics' values must not be empty.");
    }
    return is_empty ? KC_ERR_INVALID_CONFIG : KC_ERR_NONE;
}

enum kc_err client_metrics_check(struct slice name, struct slice value, char *ret_text)
{
    if (slice_is(name, "interval.ms")) {
        return check_interval(value, ret_text);
    }
    if (slice_is(name, "match")) {
        return check_match(config_trim(value), ret_text);
    }
    if (slice_is(name, "metrics")) {
        return check_metrics(config_trim(value), ret_text);
    }
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "Unknown client metrics configuration: %.*s",
                   (int)MIN_OF(name.size, (size_t)128), (const char *)name.data);
    return KC_ERR_INVALID_REQUEST;
}
