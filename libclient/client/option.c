/* client: looks up rows of the option table and checks values against them. */
#include "client/option.h"

#include "client/reason.h"
#include "producer/partitioner.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { NAME_SIZE_MAX = 96 };

const struct option *option_find(struct slice name)
{
    size_t low = 0;
    size_t high = option_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(slice_text(option_table[middle].row.name), name);
        if (order == 0) {
            return &option_table[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

const struct kc_option *kc_option_at(size_t index)
{
    return index < option_count ? &option_table[index].row : NULL;
}

/* Levenshtein's distance; both are shorter than NAME_SIZE_MAX. */
static size_t distance_of(struct slice a, struct slice b)
{
    size_t row[NAME_SIZE_MAX + 1];
    for (size_t j = 0; j <= b.size; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.size; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size; j++) {
            size_t replace = diagonal + (a.data[i - 1] != b.data[j - 1]);
            diagonal = row[j];
            row[j] = MIN_OF(replace, MIN_OF(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.size];
}

const struct option *option_nearest(struct slice name)
{
    const struct option *nearest = NULL;
    size_t best = name.size / 2 + 1;
    if (name.size > NAME_SIZE_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < option_count; i++) {
        size_t distance = distance_of(name, slice_text(option_table[i].row.name));
        if (distance < best) {
            best = distance;
            nearest = &option_table[i];
        }
    }
    return nearest;
}

bool option_parse_number(const char *text, int64_t *ret_number)
{
    char *end;
    if (text[0] == 0 || !strchr("+-0123456789", text[0])) {
        return false;
    }
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (*end != 0 || errno != 0 || end == text) {
        return false;
    }
    *ret_number = number;
    return true;
}

bool option_parse_double(const char *text, double *ret_number)
{
    char *end;
    double number = strtod(text, &end);
    if (end == text || *end != 0 || !isfinite(number)) {
        return false;
    }
    *ret_number = number;
    return true;
}

static enum kc_err check_number(const struct option *option, const char *value,
                                struct kc_error *error)
{
    int64_t number;
    const char *name = option->row.name;
    if (!option_parse_number(value, &number) ||
        (option->type == OPTION_INT && (number > INT32_MAX || number < INT32_MIN))) {
        return reason_set(error, KC_ERR_INVALID, "%s=%s: not a number of type %s", name, value,
                          option->row.type);
    }
    if (option->min < option->max && (number < option->min || number > option->max)) {
        return reason_set(error, KC_ERR_INVALID, "%s=%s: out of range, must be %s", name, value,
                          option->row.range);
    }
    return KC_ERR_NONE;
}

static bool is_word(struct slice word, const char *value, bool fold)
{
    size_t size = strlen(value);
    if (word.size > 0 && word.data[word.size - 1] == ':') {
        return size > word.size && memcmp(word.data, value, word.size) == 0;
    }
    return word.size == size && (fold ? strncasecmp((const char *)word.data, value, size) == 0
                                      : memcmp(word.data, value, size) == 0);
}

/* The word of a range "a|b|c" that the value is; "a:" stands for whatever begins so. */
static bool find_word(const char *range, const char *value, bool fold, struct slice *ret_word)
{
    for (const char *at = range;; at++) {
        struct slice word = slice_of(at, strcspn(at, "|"));
        if (is_word(word, value, fold)) {
            *ret_word = word;
            return true;
        }
        at += word.size;
        if (*at == 0) {
            return false;
        }
    }
}

struct slice option_spelling(const struct option *option, const char *value)
{
    struct slice word = slice_text(value);
    if (option->row.range && (option->type == OPTION_FOLD || option->type == OPTION_BOOL)) {
        (void)find_word(option->row.range, value, true, &word);
    }
    return word;
}

static enum kc_err check_word(const struct option *option, const char *value,
                              struct kc_error *error)
{
    struct slice word;
    if (!find_word(option->row.range, value, option->type == OPTION_FOLD, &word)) {
        return reason_set(error, KC_ERR_INVALID, "%s=%s: must be one of %s", option->row.name,
                          value, option->row.range);
    }
    return KC_ERR_NONE;
}

/* What is understood but not built must be told at once, not when it is missed. */
static enum kc_err check_built(const struct option *option, const char *value,
                               struct kc_error *error)
{
    const char *name = option->row.name;
    if (option->use == OPTION_UNBUILT && value[0] != 0 && strcasecmp(value, "false") != 0) {
        return reason_set(error, KC_ERR_UNSUPPORTED, "%s: %s not built yet in this library", name,
                          option->other);
    }
    if (strcmp(name, "security.protocol") == 0 && strcasestr(value, "SSL")) {
        return reason_set(error, KC_ERR_UNSUPPORTED,
                          "%s=%s: TLS is not built yet, PLAINTEXT and SASL_PLAINTEXT work", name,
                          value);
    }
    if (strcmp(name, "client.dns.lookup") == 0 && strcmp(value, "use_all_dns_ips") != 0) {
        return reason_set(error, KC_ERR_UNSUPPORTED,
                          "%s=%s: not built yet in this library, only use_all_dns_ips works", name,
                          value);
    }
    enum partitioner_kind kind;
    bool ignores_keys = false;
    if (strcmp(name, "partitioner.class") == 0 &&
        !partitioner_parse(slice_text(value), &kind, &ignores_keys)) {
        return reason_set(error, KC_ERR_UNSUPPORTED,
                          "%s=%s: none of RoundRobinPartitioner random consistent "
                          "consistent_random murmur2 murmur2_random fnv1a fnv1a_random, or "
                          "nothing for the default; others are kc_config_set_partitioner's",
                          name, value);
    }
    return KC_ERR_NONE;
}

enum kc_err option_check(const struct option *option, const char *value, struct kc_error *error)
{
    enum kc_err err = KC_ERR_NONE;
    double number;
    switch (option->type) {
    case OPTION_INT:
    case OPTION_LONG:
    case OPTION_SHORT:
        err = check_number(option, value, error);
        break;
    case OPTION_DOUBLE:
        if (!option_parse_double(value, &number)) {
            err = reason_set(error, KC_ERR_INVALID, "%s=%s: not a number", option->row.name, value);
        }
        break;
    case OPTION_CHOICE:
    case OPTION_FOLD:
        err = check_word(option, value, error);
        break;
    case OPTION_BOOL:
        if (strcasecmp(value, "true") != 0 && strcasecmp(value, "false") != 0) {
            err = reason_set(error, KC_ERR_INVALID, "%s=%s: must be true or false",
                             option->row.name, value);
        }
        break;
    case OPTION_STRING:
    case OPTION_LIST:
    case OPTION_SECRET:
        break;
    }
    return err != KC_ERR_NONE ? err : check_built(option, value, error);
}
