/* libclient: settings, by Kafka's property names with the Java client's defaults and meaning
 * (librdkafka-only extras keep its names). */
#ifndef LIBCLIENT_CONFIG_H
#define LIBCLIENT_CONFIG_H

#include <libclient/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_config;

/* An empty set of settings: everything at its default. NULL when memory is out. The caller destroys
 * it; a handle copies what it needs, so one config can make many handles and may be destroyed at
 * once after. Not to be changed by two threads at a time. */
struct kc_config *kc_config_create(void);
void kc_config_destroy(struct kc_config *config);
struct kc_config *kc_config_copy(const struct kc_config *config);

/* Sets one property. KC_ERR_INVALID for an unknown name (the text names the nearest one), a
 * malformed value or one out of range; KC_ERR_UNSUPPORTED for a Kafka property that this library
 * cannot honour. A Java-only property (key.serializer, interceptor.classes, ...) is accepted and
 * remembered for one warning. */
enum kc_err kc_config_set(struct kc_config *config, const char *name, const char *value,
                          struct kc_error *error);

/* The value in force (set, or default) as text; NULL when the name is unknown or the option has no
 * value. Valid until the next change. */
const char *kc_config_get(const struct kc_config *config, const char *name);

/* Reads a Java properties file (comments, continuations, escapes, = : or blank as separator) and
 * sets each property in order. The first error ends it and names file and line; KC_ERR_IO when the
 * file cannot be read. */
enum kc_err kc_config_load(struct kc_config *config, const char *path, struct kc_error *error);

enum kc_log_level { KC_LOG_ERROR = 3, KC_LOG_WARN = 4, KC_LOG_INFO = 6, KC_LOG_DEBUG = 7 };

/* One finished line, from the library's I/O thread or the calling thread. The default prints
 * warnings and errors to stderr. */
typedef void kc_log_callback(void *context, enum kc_log_level level, const char *text);

/* Replaces where log lines go; NULL silences them. */
void kc_config_set_log(struct kc_config *config, kc_log_callback *callback, void *context,
                       enum kc_log_level level);

enum kc_option_scope {
    KC_OPTION_PRODUCER = 1,
    KC_OPTION_CONSUMER = 2,
    KC_OPTION_ADMIN = 4,
    KC_OPTION_ALL = 7
};

/* One row of the option table, for documentation and completion. */
struct kc_option {
    const char *name;
    const char *type;          /* "int" "long" "string" "list" "boolean" "double" */
    unsigned scope;            /* KC_OPTION_* bits */
    const char *default_value; /* NULL: none */
    const char *range;         /* "0..2147483647", "none|gzip|snappy|lz4|zstd"; NULL: any */
    const char *text;          /* one sentence */
};

/* The i-th row, NULL past the end. */
const struct kc_option *kc_option_at(size_t index);

#ifdef __cplusplus
}
#endif

#endif
