/* client: what all handles have in common, from settings to cluster. */
#include "client/handle.h"

#include "base/random.h"
#include "client/config_login.h"
#include "client/config_rules.h"
#include "client/log_line.h"
#include "cluster/cluster.h"

#include <assert.h>
#include <netdb.h>
#include <stdio.h>

/* Whether any bootstrap host has an address is told by the call that makes the handle, not by a
 * time-out later. */
static enum kc_err resolve_any(const struct address_list *bootstrap, const char *option,
                               struct kc_error *error)
{
    const char *cause = "";
    for (size_t i = 0; i < bootstrap->count; i++) {
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
        struct addrinfo *found = NULL;
        int code = getaddrinfo(bootstrap->items[i].host, NULL, &hints, &found);
        if (code == 0) {
            freeaddrinfo(found);
            return KC_ERR_NONE;
        }
        cause = gai_strerror(code);
    }
    return reason_set(error, KC_ERR_RESOLVE, "%s: cannot resolve '%s' (%s)", option,
                      bootstrap->items[0].host, cause);
}

/* client.id, or a name of the form that the Java client makes up: consumer-GROUP-1, producer-1,
 * adminclient-1. */
static void name_client(const struct handle *handle, enum kc_option_scope scope,
                        char ret_name[HANDLE_CLIENT_ID_SIZE])
{
    const char *given = config_string(handle->config, "client.id");
    const char *group =
        scope == KC_OPTION_CONSUMER ? config_string(handle->config, "group.id") : NULL;
    unsigned number = thread_next_number(handle->thread);
    if (given && *given) {
        (void)snprintf(ret_name, HANDLE_CLIENT_ID_SIZE, "%s", given);
    } else if (group && *group) {
        (void)snprintf(ret_name, HANDLE_CLIENT_ID_SIZE, "consumer-%s-%u", group, number);
    } else {
        const char *kind = scope == KC_OPTION_CONSUMER   ? "consumer"
                           : scope == KC_OPTION_PRODUCER ? "producer"
                                                         : "adminclient";
        (void)snprintf(ret_name, HANDLE_CLIENT_ID_SIZE, "%s-%u", kind, number);
    }
}

static void fill_options(const struct handle *handle, enum kc_option_scope scope,
                         struct cluster_options *options)
{
    const struct kc_config *config = handle->config;
    bool is_producer = scope == KC_OPTION_PRODUCER;
    options->loop = thread_loop(handle->thread);
    options->observer = &handle->meter->observer;
    options->credential = handle->credential;
    options->trace = &handle->trace;
    options->seed = random_seed();
    options->metadata_max_age_ms = config_ms(config, "metadata.max.age.ms");
    options->request_timeout_ms = config_int(config, "request.timeout.ms");
    options->retry.backoff_ms = config_ms(config, "retry.backoff.ms");
    options->retry.backoff_ms_max = config_ms(config, "retry.backoff.max.ms");
    options->reconnect.backoff_ms = config_ms(config, "reconnect.backoff.ms");
    options->reconnect.backoff_ms_max = config_ms(config, "reconnect.backoff.max.ms");
    options->setup_timeout_ms = config_ms(config, "socket.connection.setup.timeout.ms");
    options->setup_timeout_ms_max = config_ms(config, "socket.connection.setup.timeout.max.ms");
    options->send_buffer_size = config_int(config, "send.buffer.bytes");
    options->receive_buffer_size = config_int(config, "receive.buffer.bytes");
    options->idle_ms_max = config_ms(config, "connections.max.idle.ms");
    options->allow_auto_create = is_producer || (scope == KC_OPTION_CONSUMER &&
                                                 config_bool(config, "allow.auto.create.topics"));
    options->rebootstrap =
        strcmp(config_string(config, "metadata.recovery.strategy"), "rebootstrap") == 0;
    options->rebootstrap_trigger_ms = config_ms(config, "metadata.recovery.rebootstrap.trigger.ms");
}

struct handle_making {
    struct handle *handle;
    const struct cluster_options *options;
};

static void make_cluster(void *context)
{
    struct handle_making *making = context;
    making->handle->cluster = cluster_create(making->options);
}

static enum kc_err open_cluster(struct handle *handle, enum kc_option_scope scope,
                                struct kc_error *error)
{
    struct cluster_options options;
    struct kc_error cause = { 0 };
    cluster_options_defaults(&options);
    fill_options(handle, scope, &options);
    name_client(handle, scope, handle->client_id);
    options.client_id = slice_text(handle->client_id);
    options.of_controllers = config_rules_of_controllers(handle->config, scope);
    const char *option = options.of_controllers ? "bootstrap.controllers" : "bootstrap.servers";
    if (address_list_parse(config_list(handle->config, option), &options.bootstrap, &cause) !=
        KC_ERR_NONE) {
        return reason_set(error, KC_ERR_INVALID, "%s: %s", option, cause.text);
    }
    enum kc_err err = resolve_any(&options.bootstrap, option, error);
    if (err == KC_ERR_NONE) {
        struct handle_making making = { handle, &options };
        thread_call_sync(handle->thread, make_cluster, &making);
        if (!handle->cluster) {
            err = reason_plain(error, KC_ERR_NO_MEMORY);
        }
    }
    address_list_finish(&options.bootstrap);
    return err;
}

static enum kc_err handle_open(struct handle *handle, const struct kc_config *config,
                               enum kc_option_scope scope, struct kc_error *error)
{
    handle->clock = &clock_system;
    handle->config = kc_config_copy(config);
    if (!handle->config) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    enum kc_err err = config_login(handle->config, &handle->credential, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    handle->trace = log_line_trace(handle->config);
    handle->meter = meter_create(&handle->config->plug, clock_now_us(handle->clock));
    if (!handle->meter) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    tally_init(&handle->tally, random_seed());
    handle->thread = thread_take(error);
    return handle->thread ? open_cluster(handle, scope, error) : KC_ERR_NO_MEMORY;
}

static void warn_of(const struct handle *handle, enum option_use use, const char *what)
{
    char names[CONFIG_NAMES_SIZE];
    if (config_missed(handle->config, use, names)) {
        trace_log(&handle->trace, TRACE_WARN, "config", "%s: %s", what, names);
    }
}

enum kc_err handle_init(struct handle *handle, const struct kc_config *config,
                        enum kc_option_scope scope, struct kc_error *error)
{
    if (!config) {
        return reason_set(error, KC_ERR_INVALID, "a config is needed");
    }
    enum kc_err err = config_check(config, scope, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    err = handle_open(handle, config, scope, error);
    if (err != KC_ERR_NONE) {
        handle_finish(handle);
        return err;
    }
    if (config_login_is_idle(handle->config)) {
        trace_log(&handle->trace, TRACE_WARN, "config",
                  "sasl.* has no effect with security.protocol=%s",
                  config_string(handle->config, "security.protocol"));
    }
    warn_of(handle, OPTION_JAVA, "properties that mean something to Java clients only");
    warn_of(handle, OPTION_IDLE, "properties that have no effect in this library yet");
    return reason_clear(error);
}

static void destroy_cluster(void *context)
{
    struct handle *handle = context;
    cluster_destroy(handle->cluster);
    handle->cluster = NULL;
}

void handle_end_cluster(struct handle *handle)
{
    if (handle->cluster) {
        thread_call_sync(handle->thread, destroy_cluster, handle);
    }
}

void handle_finish(struct handle *handle)
{
    handle_end_cluster(handle);
    thread_drop(handle->thread);
    if (handle->meter) {
        tally_finish(&handle->tally);
    }
    meter_destroy(handle->meter);
    credential_destroy(handle->credential);
    kc_config_destroy(handle->config);
    *handle = (struct handle){ 0 };
}

int64_t handle_deadline_us(const struct handle *handle, int timeout_ms)
{
    return timeout_ms < 0 ? INT64_MAX : clock_now_us(handle->clock) + (int64_t)timeout_ms * 1000;
}

enum kc_err handle_check_topic(const char *topic, struct kc_error *error)
{
    if (!topic || !topic[0]) {
        return reason_set(error, KC_ERR_INVALID, "a topic needs a name");
    }
    return strnlen(topic, METADATA_TOPIC_NAME_MAX + 1) <= METADATA_TOPIC_NAME_MAX
               ? KC_ERR_NONE
               : reason_set(error, KC_ERR_INVALID_TOPIC_EXCEPTION,
                            "topic '%.40s...': a name has at most %d bytes", topic,
                            METADATA_TOPIC_NAME_MAX);
}

int handle_left_ms(const struct handle *handle, int64_t deadline_us)
{
    int64_t left_us = deadline_us - clock_now_us(handle->clock);
    return deadline_us == INT64_MAX ? -1 : (int)(MAX_OF(left_us, 0) / 1000);
}
