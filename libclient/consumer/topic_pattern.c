/* consumer: a regular expression over topic names. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "consumer/topic_pattern.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOPIC_PATTERN_STEPS_MAX = 100000 };

struct topic_pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

static struct topic_pattern *topic_pattern_fail(struct kc_error *error, enum kc_err err,
                                                const char *text)
{
    error->code = err;
    (void)snprintf(error->text, sizeof(error->text), "%s", text);
    return NULL;
}

struct topic_pattern *topic_pattern_create(const char *expression, struct kc_error *error)
{
    struct topic_pattern *pattern = calloc(1, sizeof(*pattern));
    PCRE2_SIZE place = 0;
    int number = 0;

    if (!pattern) {
        return topic_pattern_fail(error, KC_ERR_NO_MEMORY, "out of memory");
    }
    pattern->code =
        pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, &number, &place, NULL);
    if (!pattern->code) {
        char reason[128] = "";
        char text[sizeof(error->text)];
        (void)pcre2_get_error_message(number, (PCRE2_UCHAR *)reason, sizeof(reason));
        (void)snprintf(text, sizeof(text), "topic pattern '%.100s': %s at position %zu", expression,
                       reason, (size_t)place);
        topic_pattern_destroy(pattern);
        return topic_pattern_fail(error, KC_ERR_INVALID_REGULAR_EXPRESSION, text);
    }
    pattern->match = pcre2_match_data_create_from_pattern(pattern->code, NULL);
    pattern->limits = pcre2_match_context_create(NULL);
    if (!pattern->match || !pattern->limits) {
        topic_pattern_destroy(pattern);
        return topic_pattern_fail(error, KC_ERR_NO_MEMORY, "out of memory");
    }
    (void)pcre2_set_match_limit(pattern->limits, TOPIC_PATTERN_STEPS_MAX);
    return pattern;
}

void topic_pattern_destroy(struct topic_pattern *pattern)
{
    if (!pattern) {
        return;
    }
    pcre2_match_context_free(pattern->limits);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool topic_pattern_matches(const struct topic_pattern *pattern, struct slice name)
{
    return pcre2_match(pattern->code, name.data, name.size, 0, 0, pattern->match,
                       pattern->limits) >= 0;
}
