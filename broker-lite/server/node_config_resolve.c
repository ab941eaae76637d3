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

/* The next item of a comma-separated list, without blanks around it; false at the end. */
static bool next_item(const char **at, struct slice *ret_item)
{
    if (!*at) {
        return false;
    }
    size_t size = strcspn(*at, ",");
    const char *start = *at;
    *at = start[size] ? start + size + 1 : NULL;
    while (size > 0 && *start == ' ') {
        start++;
        size--;
    }
    while (size > 0 && start[size - 1] == ' ') {
        size--;
    }
    *ret_item = slice_of(start, size);
    return true;
}

static bool list_has(const char *list, const char *word)
{
    struct slice item;
    while (next_item(&list, &item)) {
        if (slice_is(item, word)) {
            return true;
        }
    }
    return false;
}

static int32_t parse_port(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits]) {
        return -1;
    }
    long number = strtol(text, NULL, 10);
    return number > 65535 ? -1 : (int32_t)number;
}

/* NAME://HOST:PORT, the host maybe in brackets or empty. Names are upper case, as Kafka has them.
 */
static enum kc_err parse_listener(const char *property, struct slice item,
                                  struct node_config_listener *ret_listener, struct kc_error *error)
{
    char entry[400];
    struct node_config_listener listener = { .port = -1 };
    if (item.size >= sizeof(entry)) {
        return refuse(error, "%s: an entry is too long", property);
    }
    memcpy(entry, item.data, item.size);
    entry[item.size] = 0;
    const char *separator = strstr(entry, "://");
    const char *host = separator ? separator + 3 : "";
    const char *colon = strrchr(host, ':');
    size_t name_size = separator ? (size_t)(separator - entry) : 0;
    size_t host_size = colon ? (size_t)(colon - host) : 0;
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host++;
        host_size -= 2;
    }
    listener.port = colon ? parse_port(colon + 1) : -1;
    if (listener.port < 0 && colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")]) {
        return refuse(error, "%s: '%s': a port is 0 (any free one) to 65535", property, entry);
    }
    if (listener.port < 0 || name_size == 0 || name_size >= sizeof(listener.name) ||
        strcspn(host, "[]/ ") < host_size) {
        return refuse(error, "%s: '%s' is not NAME://HOST:PORT", property, entry);
    }
    if (host_size >= sizeof(listener.host)) {
        return refuse(error, "%s: a host name is too long", property);
    }
    for (size_t i = 0; i < name_size; i++) {
        char c = entry[i];
        listener.name[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    memcpy(listener.host, host, host_size);
    *ret_listener = listener;
    return KC_ERR_NONE;
}

static enum kc_err check_different(const char *property,
                                   const struct node_config_listener *listeners, size_t count,
                                   const struct node_config_listener *listener,
                                   struct kc_error *error)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(listeners[i].name, listener->name) == 0) {
            return refuse(error, "%s: two listeners have the name %s", property, listener->name);
        }
        if (listener->port != 0 && listeners[i].port == listener->port &&
            strcmp(listeners[i].host, listener->host) == 0) {
            return refuse(error, "%s: %s and %s have the same address", property, listeners[i].name,
                          listener->name);
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err parse_listeners(const struct node_config *config, const char *property,
                                   struct node_config_listener *listeners, size_t *ret_count,
                                   struct kc_error *error)
{
    const char *controllers = node_config_text(config, "controller.listener.names");
    const char *at = node_config_text(config, property);
    struct slice item;
    size_t count = 0;
    while (next_item(&at, &item)) {
        struct node_config_listener listener;
        enum kc_err err = parse_listener(property, item, &listener, error);
        if (!err) {
            err = check_different(property, listeners, count, &listener, error);
        }
        if (err) {
            return err;
        }
        if (!list_has(controllers, listener.name)) {
            if (count == NODE_LISTENERS_MAX) {
                return refuse(error, "%s: more than %d listeners", property, NODE_LISTENERS_MAX);
            }
            listeners[count++] = listener;
        }
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

static bool is_everywhere(const char *host)
{
    return !host[0] || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* Clients are told where the listeners are; a listener on all addresses is told as localhost. */
static void advertise_listeners(struct node_config *config)
{
    memcpy(config->advertised, config->listeners, sizeof(config->listeners));
    for (size_t i = 0; i < config->listener_count; i++) {
        if (is_everywhere(config->advertised[i].host)) {
            (void)snprintf(config->advertised[i].host, sizeof(config->advertised[i].host),
                           "localhost");
            config->advertises_localhost = true;
        }
    }
}

/* Brings the advertised ones into the order of the listeners: they belong together by name. */
static enum kc_err match_advertised(struct node_config *config,
                                    const struct node_config_listener *given, size_t given_count,
                                    struct kc_error *error)
{
    for (size_t i = 0; i < config->listener_count; i++) {
        size_t k = 0;
        while (k < given_count && strcmp(given[k].name, config->listeners[i].name) != 0) {
            k++;
        }
        if (k == given_count) {
            return refuse(error, "advertised.listeners: none for the listener %s",
                          config->listeners[i].name);
        }
        if (is_everywhere(given[k].host)) {
            return refuse(error, "advertised.listeners: %s needs a host that clients can reach",
                          given[k].name);
        }
        config->advertised[i] = given[k];
    }
    return given_count == config->listener_count
               ? KC_ERR_NONE
               : refuse(error, "advertised.listeners: %zu entries for %zu listeners", given_count,
                        config->listener_count);
}

static enum kc_err resolve_listeners(struct node_config *config, struct kc_error *error)
{
    struct node_config_listener given[NODE_LISTENERS_MAX];
    size_t given_count = 0;
    enum kc_err err =
        parse_listeners(config, "listeners", config->listeners, &config->listener_count, error);
    if (!err) {
        err = parse_listeners(config, "advertised.listeners", given, &given_count, error);
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
    if (given_count > 0) {
        return match_advertised(config, given, given_count, error);
    }
    advertise_listeners(config);
    return KC_ERR_NONE;
}

static enum kc_err no_memory(struct kc_error *error)
{
    error->code = KC_ERR_NO_MEMORY;
    (void)snprintf(error->text, sizeof(error->text), "out of memory");
    return KC_ERR_NO_MEMORY;
}

static enum kc_err default_log_dir(struct node_config *config, struct kc_error *error)
{
    char path[4096];
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    int size = data && *data
                   ? snprintf(path, sizeof(path), "%s/broker-lite", data)
                   : snprintf(path, sizeof(path), "%s/.local/share/broker-lite", home ? home : "");
    if (((!data || !*data) && (!home || !*home)) || size >= (int)sizeof(path)) {
        return refuse(error, "log.dirs: not set, and $XDG_DATA_HOME and $HOME name no place");
    }
    config->log_dirs[0] = slice_dup_text(slice_text(path));
    config->log_dir_count = config->log_dirs[0] ? 1 : 0;
    return config->log_dirs[0] ? KC_ERR_NONE : no_memory(error);
}

static enum kc_err add_log_dir(struct node_config *config, struct slice item,
                               struct kc_error *error)
{
    while (item.size > 1 && item.data[item.size - 1] == '/') {
        item.size--;
    }
    if (item.size == 0 || config->log_dir_count == NODE_LOG_DIRS_MAX) {
        return refuse(error, "log.dirs: %s", item.size ? "too many directories" : "an empty entry");
    }
    for (size_t i = 0; i < config->log_dir_count; i++) {
        if (slice_is(item, config->log_dirs[i])) {
            return refuse(error, "log.dirs: %s is there twice", config->log_dirs[i]);
        }
    }
    config->log_dirs[config->log_dir_count] = slice_dup_text(item);
    return config->log_dirs[config->log_dir_count++] ? KC_ERR_NONE : no_memory(error);
}

static enum kc_err resolve_directories(struct node_config *config, struct kc_error *error)
{
    const char *dirs = node_config_text(config, "log.dirs");
    const char *metadata = node_config_text(config, "metadata.log.dir");
    enum kc_err err = KC_ERR_NONE;
    struct slice item;
    dirs = dirs ? dirs : node_config_text(config, "log.dir");
    if (!dirs) {
        err = default_log_dir(config, error);
    }
    while (!err && next_item(&dirs, &item)) {
        err = add_log_dir(config, item, error);
    }
    if (err) {
        return err;
    }
    item = slice_text(metadata ? metadata : config->log_dirs[0]);
    while (item.size > 1 && item.data[item.size - 1] == '/') {
        item.size--;
    }
    config->metadata_dir = slice_dup_text(item);
    return config->metadata_dir ? KC_ERR_NONE : no_memory(error);
}

/* One process is broker and controller; a cluster of several is not built yet. */
static enum kc_err resolve_roles(const struct node_config *config, struct kc_error *error)
{
    const char *roles = node_config_text(config, "process.roles");
    if (!list_has(roles, "broker") || !list_has(roles, "controller")) {
        return refuse(error, "process.roles: '%s' is not built yet; a node is broker,controller",
                      roles);
    }
    return KC_ERR_NONE;
}

/* Kafka refuses 0 as well: every record would be too old at once. */
static enum kc_err resolve_retention(const struct node_config *config, struct kc_error *error)
{
    static const char *const names[] = { "log.retention.ms", "log.retention.minutes",
                                         "log.retention.hours" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (node_config_is_set(config, names[i]) && node_config_number(config, names[i]) == 0) {
            return refuse(error, "%s: 0 keeps nothing; -1 keeps everything", names[i]);
        }
    }
    return KC_ERR_NONE;
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

/* PORT, or HOST:PORT with the host maybe in brackets. Without a host: 127.0.0.1, since what it
 * tells is for the operators of this machine; all interfaces must be asked for by name (0.0.0.0).
 */
static enum kc_err resolve_metrics(struct node_config *config, struct kc_error *error)
{
    const char *text = node_config_text(config, "metrics.listener");
    const char *colon = text ? strrchr(text, ':') : NULL;
    size_t host_size = colon ? (size_t)(colon - text) : 0;
    struct node_config_listener *metrics = &config->metrics;
    metrics->port = -1;
    if (!text || !*text) {
        return KC_ERR_NONE;
    }
    const char *host = text;
    int32_t port = parse_port(colon ? colon + 1 : text);
    if (host_size >= 2 && host[0] == '[' && host[host_size - 1] == ']') {
        host++;
        host_size -= 2;
    }
    if (port < 0 || host_size >= sizeof(metrics->host) || memchr(host, '/', host_size)) {
        return refuse(error, "metrics.listener: '%s' is not PORT or HOST:PORT", text);
    }
    (void)snprintf(metrics->host, sizeof(metrics->host), "%.*s", host_size ? (int)host_size : 9,
                   host_size ? host : "127.0.0.1");
    metrics->port = port;
    return KC_ERR_NONE;
}

enum kc_err node_config_resolve(struct node_config *config, struct kc_error *error)
{
    enum kc_err err = resolve_node(config, error);
    err = err ? err : resolve_roles(config, error);
    err = err ? err : resolve_retention(config, error);
    err = err ? err : resolve_listeners(config, error);
    err = err ? err : resolve_directories(config, error);
    err = err ? err : resolve_metrics(config, error);
    err = err ? err : node_config_check_groups(config, error);
    return err ? err : node_config_check_pairs(config, error);
}
