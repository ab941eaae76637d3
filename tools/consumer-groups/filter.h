/* consumer-groups: the lists of --state and --type. */
#ifndef CONSUMER_GROUPS_FILTER_H
#define CONSUMER_GROUPS_FILTER_H

#include <stdbool.h>
#include <stddef.h>

enum { FILTER_WORDS_MAX = 16 };

/* Names as brokers write them, NULL-terminated; empty means all. */
struct filter {
    const char *words[FILTER_WORDS_MAX + 1];
    size_t count;
};

/* "Empty, stable": names in any case, commas and blanks between. False: one is no state (type). */
bool filter_states(struct filter *filter, const char *words);
bool filter_types(struct filter *filter, const char *words);

/* True when the name is among the words, or there are none. */
bool filter_takes(const struct filter *filter, const char *name);

#endif
