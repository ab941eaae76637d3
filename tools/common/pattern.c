/* tools: topic patterns by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "common/pattern.h"

#include "common/fail.h"
#include "common/memory.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pattern {
    pcre2_code *code;
    pcre2_match_data *match;
};

static pcre2_code *compile(const char *expression, int *ret_error)
{
    PCRE2_SIZE position = 0;
    return pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                         PCRE2_ANCHORED | PCRE2_ENDANCHORED, ret_error, &position, NULL);
}

struct pattern *pattern_create(const char *expression, char *ret_error, size_t error_size)
{
    int error = 0;
    pcre2_code *code = compile(expression, &error);
    if (!code) {
        pcre2_get_error_message(error, (PCRE2_UCHAR *)ret_error, error_size);
        return NULL;
    }
    struct pattern *pattern = memory_alloc(sizeof *pattern);
    pattern->code = code;
    pattern->match = pcre2_match_data_create_from_pattern(code, NULL);
    if (!pattern->match) {
        fail("out of memory");
    }
    return pattern;
}

void pattern_destroy(struct pattern *pattern)
{
    if (pattern) {
        pcre2_match_data_free(pattern->match);
        pcre2_code_free(pattern->code);
        free(pattern);
    }
}

bool pattern_matches(const struct pattern *pattern, const char *name)
{
    return pcre2_match(pattern->code, (PCRE2_SPTR)name, strlen(name), 0, 0, pattern->match, NULL) >=
           0;
}

char *pattern_of_topics(const char *words)
{
    size_t size = strlen(words);
    char *expression = memory_alloc(size + 1);
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        if (words[i] != ' ') {
            expression[count++] = words[i] == ',' ? '|' : words[i];
        }
    }
    size_t start = strspn(expression, "\"'");
    while (count > start && (expression[count - 1] == '"' || expression[count - 1] == '\'')) {
        count--;
    }
    memmove(expression, expression + start, count - start);
    expression[count - start] = '\0';
    return expression;
}

/* What PCRE2 takes and RE2 does not: look-around, atomic groups, back references, possessive
 * repetition. */
static const char *beyond_re2(const char *expression)
{
    bool in_class = false;
    for (const char *at = expression; *at; at++) {
        if (*at == '\\' && at[1] != '\0') {
            at++;
            if (!in_class && *at >= '1' && *at <= '9') {
                return "invalid escape sequence";
            }
        } else if (in_class) {
            in_class = *at != ']';
        } else if (*at == '[') {
            in_class = true;
            at += at[1] == '^';
            at += at[1] == ']';
        } else if (*at == '(' && at[1] == '?' && at[2] != '\0' &&
                   strchr("=!>#|(&+-0123456789R", at[2])) {
            return "invalid or unsupported Perl syntax";
        } else if (*at == '(' && at[1] == '?' && at[2] == '<' && (at[3] == '=' || at[3] == '!')) {
            return "invalid or unsupported Perl syntax";
        } else if ((*at == '*' || *at == '+' || *at == '?') && at[1] != '\0' &&
                   (at[1] == '+' || at[1] == '*')) {
            return "invalid nested repetition operator";
        }
    }
    return NULL;
}

const char *pattern_re2_error(const char *expression)
{
    int error = 0;
    const char *reason = beyond_re2(expression);
    if (reason) {
        return reason;
    }
    pcre2_code *code = compile(expression, &error);
    if (code) {
        pcre2_code_free(code);
        return NULL;
    }
    switch (error) {
    case PCRE2_ERROR_MISSING_SQUARE_BRACKET:
        return "missing closing ]";
    case PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS:
        return "missing closing )";
    case PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS:
        return "unexpected )";
    case PCRE2_ERROR_QUANTIFIER_INVALID:
        return "missing argument to repetition operator";
    case PCRE2_ERROR_END_BACKSLASH:
        return "trailing backslash at end of expression";
    case PCRE2_ERROR_CLASS_RANGE_ORDER:
        return "invalid character class range";
    case PCRE2_ERROR_QUANTIFIER_TOO_BIG:
    case PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER:
        return "invalid repeat count";
    default:
        return "invalid escape sequence";
    }
}
