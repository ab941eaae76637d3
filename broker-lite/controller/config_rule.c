/* controller: the check of a value against its rule. */
#include "controller/config_rule.h"

#include "base/attr.h"
#include "controller/config_shown.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct slice config_trim(struct slice value)
{
    while (value.size > 0 && value.data[0] <= ' ') {
        value = slice_of(value.data + 1, value.size - 1);
    }
    while (value.size > 0 && value.data[value.size - 1] <= ' ') {
        value.size--;
    }
    return value;
}

static bool is_word(struct slice value, const char *word)
{
    return value.size == strlen(word) &&
           strncasecmp((const char *)value.data, word, value.size) == 0;
}

bool config_is_true(struct slice value)
{
    return is_word(config_trim(value), "true");
}

struct slice config_next_word(struct slice *rest)
{
    if (slice_is_null(*rest) || rest->size == 0) {
        return SLICE_NULL;
    }
    const uint8_t *comma = memchr(rest->data, ',', rest->size);
    size_t size = comma ? (size_t)(comma - rest->data) : rest->size;
    struct slice word = slice_of(rest->data, size);
    size_t used = comma ? size + 1 : size;
    *rest = slice_of(rest->data + used, rest->size - used);
    return config_trim(word);
}

static enum kc_err refuse(const struct config_rule *rule, struct slice value, char *ret_text,
                          const char *reason)
{
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "Invalid value %.*s for configuration %s: %s",
                   (int)MIN_OF(value.size, (size_t)64), (const char *)value.data, rule->name,
                   reason);
    return KC_ERR_INVALID_CONFIG;
}

static enum kc_err check_range(const struct config_rule *rule, double number, long long whole,
                               char *ret_text)
{
    char reason[96];
    bool is_double = rule->kind == CONFIG_DOUBLE;
    bool is_low = is_double ? number < (double)rule->min : whole < rule->min;
    bool is_high = is_double ? number > (double)rule->max : whole > rule->max;
    bool is_free = rule->min == rule->max;
    if (is_free || (!is_low && !is_high) || (rule->or_minus_one && whole == -1)) {
        return KC_ERR_NONE;
    }
    if (rule->or_minus_one) {
        (void)snprintf(reason, sizeof(reason), "Value must be between %lld and %lld or equal to -1",
                       (long long)rule->min, (long long)rule->max);
    } else {
        (void)snprintf(reason, sizeof(reason), "Value must be %s %lld",
                       is_low ? "at least" : "no more than",
                       (long long)(is_low ? rule->min : rule->max));
    }
    char shown[CONFIG_SHOWN_NUMBER_SIZE];
    if (is_double) {
        config_shown_double(number, shown);
    } else {
        config_shown_whole(whole, shown);
    }
    return refuse(rule, slice_text(shown), ret_text, reason);
}

/* Kafka tells a number that it can read as it read it, and all else as it came (`raw`). */
static enum kc_err check_number(const struct config_rule *rule, struct slice raw, char *ret_text)
{
    struct slice value = config_trim(raw);
    char text[32];
    char reason[96];
    bool is_double = rule->kind == CONFIG_DOUBLE;
    const char *type = is_double ? "DOUBLE" : rule->kind == CONFIG_INT ? "INT" : "LONG";
    (void)snprintf(reason, sizeof(reason), "Not a number of type %s", type);
    if (value.size == 0 || value.size >= sizeof(text)) {
        return refuse(rule, raw, ret_text, reason);
    }
    memcpy(text, value.data, value.size);
    text[value.size] = 0;
    char *end;
    errno = 0;
    double real = is_double ? strtod(text, &end) : 0;
    long long whole = is_double ? 0 : strtoll(text, &end, 10);
    if (errno || *end || real != real || (is_double && strpbrk(text, "xX")) ||
        (rule->kind == CONFIG_INT && (whole > INT32_MAX || whole < INT32_MIN))) {
        return refuse(rule, raw, ret_text, reason);
    }
    return check_range(rule, real, whole, ret_text);
}

/* True when `word` is one of the comma-separated choices. */
static bool is_choice(const char *choices, struct slice word)
{
    struct slice rest = slice_text(choices);
    struct slice choice;
    while (!slice_is_null(choice = config_next_word(&rest))) {
        if (slice_equal(choice, word)) {
            return true;
        }
    }
    return false;
}

/* "a,b" as Kafka's messages list them: "a, b". */
static void show_choices(const char *choices, char *out, size_t out_size)
{
    size_t used = 0;
    for (const char *c = choices; *c && used + 3 < out_size; c++) {
        out[used++] = *c;
        if (*c == ',') {
            out[used++] = ' ';
        }
    }
    out[used] = 0;
}

static enum kc_err refuse_empty(const struct config_rule *rule, char *ret_text)
{
    (void)snprintf(ret_text, CONFIG_TEXT_SIZE, "Configuration '%s' values must not be empty.",
                   rule->name);
    return KC_ERR_INVALID_CONFIG;
}

static enum kc_err check_words(const struct config_rule *rule, struct slice value, char *ret_text)
{
    char listed[128];
    char reason[192];
    struct slice rest = value;
    bool is_list = rule->kind == CONFIG_LIST;
    if (!rule->choices || (is_list && value.size == 0)) {
        return KC_ERR_NONE;
    }
    show_choices(rule->choices, listed, sizeof(listed));
    (void)snprintf(reason, sizeof(reason), "String must be one of: %s", listed);
    bool ends_with_comma = is_list && value.data[value.size - 1] == ',';
    struct slice word = is_list ? config_next_word(&rest) : value;
    do {
        if (is_list && word.size == 0) {
            return refuse_empty(rule, ret_text);
        }
        if (!is_choice(rule->choices, word)) {
            return refuse(rule, word, ret_text, reason);
        }
        word = is_list ? config_next_word(&rest) : SLICE_NULL;
    } while (!slice_is_null(word));
    return ends_with_comma ? refuse_empty(rule, ret_text) : KC_ERR_NONE;
}

enum kc_err config_rule_check(const struct config_rule *rule, struct slice value, char *ret_text)
{
    struct slice trimmed = config_trim(value);
    switch (rule->kind) {
    case CONFIG_INT:
    case CONFIG_LONG:
    case CONFIG_DOUBLE:
        return check_number(rule, value, ret_text);
    case CONFIG_BOOLEAN:
        return is_word(trimmed, "true") || is_word(trimmed, "false")
                   ? KC_ERR_NONE
                   : refuse(rule, value, ret_text, "Expected value to be either true or false");
    case CONFIG_STRING:
    case CONFIG_LIST:
        return check_words(rule, trimmed, ret_text);
    case CONFIG_UNKNOWN:
    case CONFIG_PASSWORD:
        return KC_ERR_NONE;
    }
    return KC_ERR_NONE;
}
