/* tools: regular expressions over topic names, matched from end to end as Java's matches(). */
#ifndef COMMON_PATTERN_H
#define COMMON_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* NULL when the expression cannot be compiled: ret_error gets why. */
struct pattern *pattern_create(const char *expression, char *ret_error, size_t error_size);
void pattern_destroy(struct pattern *pattern);
bool pattern_matches(const struct pattern *pattern, const char *name);

/* The same as Kafka's topic filters read it: blanks dropped, quotes around it dropped, commas mean
 * alternation. Writes the expression into malloc'ed memory, the caller frees it. */
char *pattern_of_topics(const char *words);

/* NULL when `expression` is valid RE2 (KIP-848's subscriptions); else RE2's reason. */
const char *pattern_re2_error(const char *expression);

#endif
