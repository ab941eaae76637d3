/* server: what follows from the properties: node id, listeners, directories. */
#include "server/node_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static enum kc_err refuse(struct kc_error *error, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum kc_err refuse(struct kc_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    error->code = KC_ERR_INVALID;
    (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return KC_ERR_INVALID;
}

/* True when `word` stands in the comma-separated list. */
static bool list_has(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list; at && *at;) {
        const char *comma = strchr(at, ',');
        size_t item = comma ? (size_t)(comma - at) : strlen(at);
        if (item == size && memcmp(at, word, size) == 0) {
            return true;
        }
        at = comma ? comma + 1 : NULL;
    }
    return false;
}

/* NAME://HOST:PORT, the host maybe in brackets or empty. */
static enum kc_err parse_listener(const char *property, const char *text, size_t size,
                                  struct node_config_listener *ret_listener, struct kc_error *error)
{
    char entry[400];
    struct node_config_listener listener = { .port = -1 };
    if (size >= sizeof(entry)) {
        return refuse(error, "%s: an entry is too long", property);
    }
    memcpy(entry, text, size);
    entry[size] = 0;
    char *host = strstr(entry, "://");
    char *port = host ? strrchr(host + 3, ':') : NULL;
    char *end = NULL;
    long number = port ? strtol(port + 1, &end, 10) : -1;
    if (!host || !port || end == port + 1 || *end || number < 0 || number > 65535 ||
        host - entry >= (long)sizeof(listener.name) || host == entry) {
        return refuse(error, "%s: '%s' is not NAME://HOST:PORT", property, entry);
    }
    *host = 0;
    *port = 0;
    host += 3;
    size_t host_size = strlen(host);
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host[host_size - 1] = 0;
        host++;
    }
    if (strlen(host) >= sizeof(listener.host)) {
        return refuse(error, "%s: a host name is too long", property);
    }
    memcpy(listener.name, entry, strlen(entry) + 1);
    memcpy(listener.host, host, strlen(host) + 1);
    listener.port = (int32_t)number;
    *ret_listener = listener;
    return KC_ERR_NONE;
}

static enum kc_err parse_listeners(const struct node_config *config, const char *property,
                                   struct node_config_listener *listeners, size_t *ret_count,
                                   struct kc_error *error)
{
    const char *controllers = node_config_text(config, "controller.listener.names");
    size_t count = 0;
    for (const char *at = node_config_text(config, property); at && *at;) {
        const char *comma = strchr(at, ',');
        size_t size = comma ? (size_t)(comma - at) : strlen(at);
        struct node_config_listener listener;
        while (size > 0 && *at == ' ') {
            at++;
            size--;
        }
        enum kc_err err = parse_listener(property, at, size, &listener, error);
        if (err) {
            return err;
        }
        if (!list_has(controllers, listener.name)) {
            if (count == NODE_LISTENERS_MAX) {
                return refuse(error, "%s: more than %d listeners", property, NODE_LISTENERS_MAX);
            }
            listeners[count++] = listener;
        }
        at = comma ? comma + 1 : NULL;
    }
    *ret_count = count;
    return KC_ERR_NONE;
}

/* The protocol of a listener by listener.security.protocol.map, else by its own name. */
static enum kc_err check_protocol(const struct node_config *config,
                                  const struct node_config_listener *listener,
                                  struct kc_error *error)
{
    char wanted[80];
    const char *map = node_config_text(config, "listener.security.protocol.map");
    (void)snprintf(wanted, sizeof(wanted), "%s:PLAINTEXT", listener->name);
    if (list_has(map, wanted) || (!map && strcmp(listener->name, "PLAINTEXT") == 0)) {
        return KC_ERR_NONE;
    }
    return refuse(error,
                  "listeners: %s is not a PLAINTEXT listener; TLS and SASL are not built yet (see "
                  "listener.security.protocol.map)",
                  listener->name);
}

static enum kc_err resolve_listeners(struct node_config *config, struct kc_error *error)
{
    size_t advertised = 0;
    enum kc_err err =
        parse_listeners(config, "listeners", config->listeners, &config->listener_count, error);
    if (!err) {
        err =
            parse_listeners(config, "advertised.listeners", config->advertised, &advertised, error);
    }
    if (err) {
        return err;
    }
    if (config->listener_count == 0) {
        return refuse(error, "listeners: no listener for clients");
    }
    for (size_t i = 0; i < config->listener_count; i++) {
        err = check_protocol(config, &config->listeners[i], error);
        if (err) {
            return err;
        }
    }
    if (advertised == 0) {
        memcpy(config->advertised, config->listeners, sizeof(config->listeners));
        for (size_t i = 0; i < config->listener_count; i++) {
            if (!config->advertised[i].host[0] ||
                strcmp(config->advertised[i].host, "0.0.0.0") == 0) {
                (void)snprintf(config->advertised[i].host, sizeof(config->advertised[i].host),
                               "localhost");
            }
        }
    } else if (advertised != config->listener_count) {
        return refuse(error, "advertised.listeners: %zu entries for %zu listeners", advertised,
                      config->listener_count);
    }
    return KC_ERR_NONE;
}

static char *default_log_dir(void)
{
    char path[4096];
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    if (data && *data) {
        (void)snprintf(path, sizeof(path), "%s/broker-lite", data);
    } else {
        (void)snprintf(path, sizeof(path), "%s/.local/share/broker-lite", home ? home : "");
    }
    return slice_dup_text(slice_text(path));
}

static enum kc_err add_log_dir(struct node_config *config, const char *text, size_t size,
                               struct kc_error *error)
{
    while (size > 0 && *text == ' ') {
        text++;
        size--;
    }
    while (size > 1 && (text[size - 1] == '/' || text[size - 1] == ' ')) {
        size--;
    }
    if (size == 0 || config->log_dir_count == NODE_LOG_DIRS_MAX) {
        return refuse(error, "log.dirs: %s", size ? "too many directories" : "an empty entry");
    }
    config->log_dirs[config->log_dir_count] = slice_dup_text(slice_of(text, size));
    return config->log_dirs[config->log_dir_count++] ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err resolve_directories(struct node_config *config, struct kc_error *error)
{
    const char *dirs = node_config_text(config, "log.dirs");
    const char *metadata = node_config_text(config, "metadata.log.dir");
    enum kc_err err = KC_ERR_NONE;
    dirs = dirs ? dirs : node_config_text(config, "log.dir");
    if (!dirs) {
        config->log_dirs[config->log_dir_count++] = default_log_dir();
    }
    for (const char *at = dirs; at && !err;) {
        const char *comma = strchr(at, ',');
        err = add_log_dir(config, at, comma ? (size_t)(comma - at) : strlen(at), error);
        at = comma ? comma + 1 : NULL;
    }
    if (!err) {
        config->metadata_dir =
            slice_dup_text(slice_text(metadata ? metadata : config->log_dirs[0]));
    }
    return err;
}

static enum kc_err resolve_node(struct node_config *config, struct kc_error *error)
{
    const char *voters = node_config_text(config, "controller.quorum.voters");
    bool old_name = node_config_is_set(config, "broker.id");
    bool new_name = node_config_is_set(config, "node.id");
    config->node_id = (int32_t)(new_name   ? node_config_number(config, "node.id")
                                : old_name ? node_config_number(config, "broker.id")
                                           : 1);
    if (old_name && new_name &&
        node_config_number(config, "node.id") != node_config_number(config, "broker.id")) {
        return refuse(error, "node.id and broker.id differ");
    }
    if (config->node_id == 0) {
        return refuse(error, "node.id: 0 cannot be a voter here; take 1 or more");
    }
    if (voters && *voters) {
        char self[16];
        (void)snprintf(self, sizeof(self), "%d@", config->node_id);
        if (strchr(voters, ',')) {
            return refuse(error, "controller.quorum.voters: more than one voter is not built yet");
        }
        if (strncmp(voters, self, strlen(self)) != 0) {
            return refuse(error, "controller.quorum.voters: node %d is not the voter",
                          config->node_id);
        }
    }
    return KC_ERR_NONE;
}

enum kc_err node_config_resolve(struct node_config *config, struct kc_error *error)
{
    enum kc_err err = resolve_node(config, error);
    if (!err) {
        err = resolve_listeners(config, error);
    }
    if (!err) {
        err = resolve_directories(config, error);
    }
    return err;
}
