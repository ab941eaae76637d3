/* client: the one table of options: name, type, scope, range, default, text. config.c stores what
 * is set; kc_option_at shows it to documentation. */
#ifndef CLIENT_OPTION_H
#define CLIENT_OPTION_H

#include "base/attr.h"
#include "base/slice.h"

#include <libclient/config.h>

enum option_type {
    OPTION_INT,   /* int32 */
    OPTION_LONG,  /* int64 */
    OPTION_SHORT, /* int16 */
    OPTION_DOUBLE,
    OPTION_BOOL,
    OPTION_STRING,
    OPTION_CHOICE, /* a string out of row.range; "word:" there stands for all that begin so */
    OPTION_FOLD,   /* the same, upper and lower case alike; kept as row.range spells it */
    OPTION_LIST,   /* comma separated, blanks around items do not count */
    OPTION_SECRET  /* a string that is never shown */
};

enum option_use {
    OPTION_USED,
    OPTION_ALIAS,   /* another name (librdkafka's) of the option named in `other` */
    OPTION_JAVA,    /* means something to Java clients only: accepted, listed in one warning */
    OPTION_UNBUILT, /* understood, not built yet: accepted at a harmless value only */
    OPTION_IDLE     /* checked and kept, has no effect yet: listed in one warning */
};

struct option {
    struct kc_option row; /* as the public sees it; row.name sorts the table */
    enum option_type type;
    enum option_use use;
    int64_t min; /* INT, LONG, SHORT */
    int64_t max;
    const char *other; /* ALIAS: the real name; UNBUILT: what is not built ("TLS") */
};

extern const struct option option_table[]; /* sorted by name */
extern const size_t option_count;

/* The row of this exact name, or NULL. */
const struct option *option_find(struct slice name);

/* The row whose name is nearest to this one (edit distance), or NULL when nothing comes close. */
const struct option *option_nearest(struct slice name);

/* Checks one value (trimmed already): KC_ERR_INVALID, KC_ERR_UNSUPPORTED; `error` names option,
 * value and what would be right. */
enum kc_err option_check(const struct option *option, const char *value, struct kc_error *error);

/* The value in the spelling of row.range (OPTION_FOLD, OPTION_BOOL), borrowed; else the value. */
struct slice option_spelling(const struct option *option, const char *value);

/* Text to number as Java does; false when it is none or out of the type's range. */
bool option_parse_number(const char *text, int64_t *ret_number);
bool option_parse_double(const char *text, double *ret_number);

#endif
