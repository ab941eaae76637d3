/* client: sasl.jaas.config: the one line of a JAAS file that Kafka's Java clients take (KIP-85):
 *
 *     org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b";
 */
#ifndef CLIENT_JAAS_H
#define CLIENT_JAAS_H

#include "base/bytes.h"

#include <libclient/error.h>

enum { JAAS_OPTIONS_MAX = 32, JAAS_TEXT_MAX = 65536 };

struct jaas_option {
    struct slice name;
    struct slice value;
};

struct jaas {
    struct slice module; /* the Java class */
    struct jaas_option options[JAAS_OPTIONS_MAX];
    size_t option_count;
    struct bytes text; /* where the slices point */
};

/* Reads one entry: class, control flag, options NAME=VALUE, with or without quotes (in them \" \'
 * \\ \n \t and the like), comments as in Java, a semicolon. KC_ERR_INVALID, KC_ERR_NO_MEMORY, with
 * the cause, which shows no value. */
enum kc_err jaas_parse(const char *line, struct jaas *ret_jaas, struct kc_error *error);

/* Wipes and frees; zeroed is fine. */
void jaas_finish(struct jaas *jaas);

/* The option's value; the null slice when there is none. */
struct slice jaas_option(const struct jaas *jaas, const char *name);

#endif
