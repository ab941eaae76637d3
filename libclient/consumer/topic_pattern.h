/* consumer: a regular expression over topic names (PCRE2), matched from end to end as Java's
 * matches(). Pure. */
#ifndef CONSUMER_TOPIC_PATTERN_H
#define CONSUMER_TOPIC_PATTERN_H

#include "base/slice.h"

#include <libclient/error.h>

struct topic_pattern;

/* NULL with `error` (not NULL) filled: KC_ERR_INVALID_REGULAR_EXPRESSION with PCRE2's reason and
 * place, or KC_ERR_NO_MEMORY. */
struct topic_pattern *topic_pattern_create(const char *expression, struct kc_error *error);
void topic_pattern_destroy(struct topic_pattern *pattern);

/* An expression that gives up (its steps are bounded) does not match. */
bool topic_pattern_matches(const struct topic_pattern *pattern, struct slice name);

#endif
