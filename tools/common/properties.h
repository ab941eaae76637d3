/* tools: key=value settings, from Java properties files and from repeated options. */
#ifndef COMMON_PROPERTIES_H
#define COMMON_PROPERTIES_H

#include "common/options.h"

#include <stdbool.h>
#include <stddef.h>

struct properties_entry {
    char *name;
    char *value;
};

/* Zero-initialise. A later entry of the same name replaces the earlier one. */
struct properties {
    struct properties_entry *entries;
    size_t count;
};

void properties_set(struct properties *properties, const char *name, const char *value);

/* NULL when absent. */
const char *properties_get(const struct properties *properties, const char *name);

/* True when present and "true" in any case, blanks around it ignored (as Kafka's formatter does).
 */
bool properties_is_true(const struct properties *properties, const char *name);

/* The text of a Java properties file: comments, continuations, escapes, = : or blank between. */
void properties_parse(struct properties *properties, const char *text, size_t size);

/* One "name=value"; without = the value is empty, as in Kafka's tools. */
void properties_argument(struct properties *properties, const char *argument);

/* All values of a repeatable option; the file named by an option (ends the tool when it cannot be
 * read; does nothing when the option is absent). */
void properties_add_option(struct properties *properties, const struct options *options,
                           const char *name);
void properties_add_file(struct properties *properties, const struct options *options,
                         const char *name);
void properties_finish(struct properties *properties);

#endif
