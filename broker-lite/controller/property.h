/* controller: the table of properties that the broker knows, by Kafka's names. */
#ifndef CONTROLLER_PROPERTY_H
#define CONTROLLER_PROPERTY_H

#include "controller/config_rule.h"

enum property_role {
    PROPERTY_STATIC,  /* read from the file, at the start */
    PROPERTY_DYNAMIC, /* may be altered while the broker runs, too */
    PROPERTY_IDLE, /* Kafka's and dynamic, of no meaning here: accepted and kept. In a file: IGNORED
                    */
    PROPERTY_IGNORED, /* Kafka's, and without meaning here: accepted, named in one warning */
    PROPERTY_REFUSED  /* Kafka's, not built, and not to be passed over in silence */
};

struct property {
    const char *name;
    enum config_kind kind;
    const char *default_value; /* NULL: none */
    int64_t min;
    int64_t max;
    const char *choices; /* strings: "a,b"; NULL: any */
    enum property_role role;
    bool or_minus_one; /* numbers: -1 is fine besides min to max */
};

extern const struct property property_table[];
extern const size_t property_count;

/* NULL: not known. The rows of Kafka's other properties (property_foreign.h) have no name. */
const struct property *property_find(struct slice name);

/* KC_ERR_INVALID_CONFIG with Kafka's sentence in ret_text (CONFIG_TEXT_SIZE bytes) when the value
 * does not fit. Rows without a name take any. */
enum kc_err property_check(const struct property *row, struct slice value, char *ret_text);

/* Properties that set the same thing, the one that counts most first: "log.retention.ms",
 * "log.retention.minutes", "log.retention.hours". The i-th of them for this name; NULL: no more. */
const char *property_synonym(const char *name, int i);

/* The known name that is most like this one; NULL when none is near. */
const char *property_nearest(struct slice name);

#endif
