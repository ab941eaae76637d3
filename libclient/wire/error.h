/* wire: the table of error codes behind libclient/error.h. Other rooms use
 * its two questions only. */
#ifndef WIRE_ERROR_H
#define WIRE_ERROR_H

#include <libclient/error.h>
#include <stddef.h>

struct error_row {
    const char *name;
    const char *text;
    bool retriable;
    bool refresh_metadata;
};

/* Kafka's codes from error_table_first on, then this library's from -1000 down. */
extern const struct error_row error_table[];
extern const int error_table_first;
extern const size_t error_table_count;
extern const size_t error_table_own_count;

/* True when the code tells that the client's view of the cluster is out of date, so that metadata
 * should be asked for again. */
bool error_wants_metadata(enum kc_err code);

/* True when a broker did not let us in: Java's AuthenticationExceptions. */
bool error_is_login(enum kc_err code);

#endif
