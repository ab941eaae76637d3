/* server: the table of properties that the broker knows, by Kafka's names. */
#ifndef SERVER_PROPERTY_H
#define SERVER_PROPERTY_H

#include "base/slice.h"

enum property_kind {
    PROPERTY_STRING,
    PROPERTY_LIST,
    PROPERTY_BOOLEAN,
    PROPERTY_INT,
    PROPERTY_LONG,
    PROPERTY_DOUBLE,
    PROPERTY_IGNORED, /* Kafka's, and without meaning here: accepted, named in one warning */
    PROPERTY_REFUSED  /* Kafka's, not built, and not to be passed over in silence */
};

struct property {
    const char *name;
    enum property_kind kind;
    const char *default_value; /* NULL: none */
    int64_t min;
    int64_t max;
    const char *choices; /* strings: "a,b"; NULL: any */
};

extern const struct property property_table[];
extern const size_t property_count;

/* NULL: not known. The rows of Kafka's other properties (property_foreign.h) have no name. */
const struct property *property_find(struct slice name);

/* The known name that is most like this one; NULL when none is near. */
const char *property_nearest(struct slice name);

#endif
