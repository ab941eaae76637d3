/* consumer-groups: names of states and types. */
#include "consumer-groups/filter.h"

#include <string.h>
#include <strings.h>

static const char *const states[] = {
    "Reconciling",        "Empty", "Stable", "Dead", "Assigning", "PreparingRebalance",
    "CompletingRebalance"
};
static const char *const types[] = { "Consumer", "Classic" };

static const char *find(const char *const *names, size_t count, const char *word, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(names[i]) == size && strncasecmp(names[i], word, size) == 0) {
            return names[i];
        }
    }
    return NULL;
}

static bool parse(struct filter *filter, const char *const *names, size_t count, const char *words)
{
    *filter = (struct filter){ 0 };
    while (true) {
        words += strspn(words, " ");
        size_t whole = strcspn(words, ",");
        size_t size = whole;
        while (size > 0 && words[size - 1] == ' ') {
            size--;
        }
        const char *name = find(names, count, words, size);
        if (!name || filter->count == FILTER_WORDS_MAX) {
            return false;
        }
        filter->words[filter->count++] = name;
        if (words[whole] == '\0') {
            return true;
        }
        words += whole + 1;
    }
}

bool filter_states(struct filter *filter, const char *words)
{
    return parse(filter, states, sizeof states / sizeof states[0], words);
}

bool filter_types(struct filter *filter, const char *words)
{
    return parse(filter, types, sizeof types / sizeof types[0], words);
}

bool filter_takes(const struct filter *filter, const char *name)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (strcasecmp(filter->words[i], name) == 0) {
            return true;
        }
    }
    return filter->count == 0;
}
