/* client: what a struct kc_config holds, and typed reading of it. Names are those of the option
 * table; asking for one that is not there is a broken invariant. */
#ifndef CLIENT_CONFIG_H
#define CLIENT_CONFIG_H

#include "base/slice.h"
#include "client/custom_assignor.h"
#include "client/option.h"
#include "client/plug.h"

#include <libclient/partitioner.h>
#include <libclient/producer.h>
#include <libclient/statistics.h>

struct kc_config {
    char **values; /* option_count of them; NULL: the default is in force */
    kc_log_callback *log;
    void *log_context;
    enum kc_log_level log_level;
    kc_partitioner *partitioner;
    void *partitioner_context;
    kc_batch_delivery_callback *batch_delivery;
    void *batch_delivery_context;
    struct plug plug;
    struct custom_assignor assignors[KC_ASSIGNORS_MAX];
    size_t assignor_count;
    kc_statistics_callback *statistics;
    void *statistics_context;
};

/* The value in force; a string option without value gives NULL. */
int32_t config_int(const struct kc_config *config, const char *name);
int64_t config_long(const struct kc_config *config, const char *name); /* also of an INT option */
/* A duration: what is longer than a hundred years is that long, so that whoever counts in
 * microseconds, adds some chance or doubles it stays within 64 bits. */
int64_t config_ms(const struct kc_config *config, const char *name);
double config_double(const struct kc_config *config, const char *name);
bool config_bool(const struct kc_config *config, const char *name);
const char *config_string(const struct kc_config *config, const char *name);

/* Walks a list: start with rest = config_list(...); false at its end. Empty items are left out. */
struct slice config_list(const struct kc_config *config, const char *name);
bool config_list_next(struct slice *rest, struct slice *ret_item);

/* True when the user has set it (to whatever value). */
bool config_is_set(const struct kc_config *config, const char *name);

/* The names of options that were set in vain, in the table's order, ", " between, cut at the size:
 * OPTION_JAVA, classes that are not built in here; OPTION_IDLE, another value than the default.
 * False: there is none. */
enum { CONFIG_NAMES_SIZE = 1024 };
bool config_missed(const struct kc_config *config, enum option_use use,
                   char ret_names[CONFIG_NAMES_SIZE]);

/* Rules between options that every handle must keep (bootstrap.servers is there, idempotence
 * against acks for producers, ...; for logins see config_login.h). KC_ERR_INVALID or
 * KC_ERR_UNSUPPORTED with the option's name in the text. */
enum kc_err config_check(const struct kc_config *config, enum kc_option_scope scope,
                         struct kc_error *error);

#endif
