/* handler: checks of altered settings, by the kind of resource. */
#include "handler/alter_check.h"

#include "controller/config_resource.h"
#include "controller/property.h"
#include "controller/topic_name.h"
#include "handler/client_metrics.h"
#include "handler/configs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_SHOWN_MAX = 128 };

static enum kc_err refuse(struct altering *altering, enum kc_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static enum kc_err refuse(struct altering *altering, enum kc_err err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(altering->text, sizeof(altering->text), format, arguments);
    va_end(arguments);
    return err;
}

static int shown(struct slice name)
{
    return (int)MIN_OF(name.size, (size_t)NAME_SHOWN_MAX);
}

/* ---- resources ---- */

static enum kc_err check_topic_name(struct altering *altering)
{
    char text[TOPIC_NAME_TEXT_SIZE];
    struct slice name = altering->wanted->resource_name;
    if (name.size == 0) {
        return refuse(altering, KC_ERR_INVALID_REQUEST, "Default topic resources are not allowed.");
    }
    if (!topic_name_is_valid(name, text)) {
        return refuse(altering, KC_ERR_INVALID_TOPIC_EXCEPTION, "%s", text);
    }
    return image_topic(altering->call->node->image, name)
               ? KC_ERR_NONE
               : refuse(altering, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
                        "The topic '%.*s' does not exist.", shown(name), (const char *)name.data);
}

static enum kc_err check_broker_id(struct altering *altering)
{
    char id[16];
    struct slice name = altering->wanted->resource_name;
    size_t digits = name.size > 0 && name.data[0] == '-' ? 1 : 0;
    size_t first = digits;
    (void)snprintf(id, sizeof(id), "%d", altering->call->node->id);
    if (name.size == 0 || slice_is(name, id)) {
        return KC_ERR_NONE;
    }
    while (digits < name.size && name.data[digits] >= '0' && name.data[digits] <= '9') {
        digits++;
    }
    if (digits < name.size || digits == first) {
        return refuse(altering, KC_ERR_INVALID_REQUEST,
                      "Node id must be an integer, but it is: %.*s", shown(name),
                      (const char *)name.data);
    }
    return refuse(altering, KC_ERR_INVALID_REQUEST,
                  "Unexpected broker id, expected %s, but received %.*s", id, shown(name),
                  (const char *)name.data);
}

enum kc_err alter_check_resource(struct altering *altering)
{
    bool is_unnamed = altering->wanted->resource_name.size == 0;
    switch (altering->wanted->resource_type) {
    case CONFIG_RESOURCE_TOPIC:
        return check_topic_name(altering);
    case CONFIG_RESOURCE_BROKER:
        return check_broker_id(altering);
    case CONFIG_RESOURCE_BROKER_LOGGER:
        return refuse(altering, KC_ERR_INVALID_REQUEST,
                      "The level of this broker's log is given when it starts; it cannot be "
                      "altered.");
    case CONFIG_RESOURCE_CLIENT_METRICS:
        return is_unnamed
                   ? refuse(altering, KC_ERR_INVALID_REQUEST, "Subscription name can't be empty")
                   : KC_ERR_NONE;
    case CONFIG_RESOURCE_GROUP:
        return is_unnamed ? refuse(altering, KC_ERR_INVALID_REQUEST,
                                   "Default group resources are not allowed.")
                          : KC_ERR_NONE;
    default:
        return refuse(altering, KC_ERR_INVALID_REQUEST, "Unknown resource type %d",
                      altering->wanted->resource_type);
    }
}

/* ---- lists ---- */

enum kc_err alter_check_list(struct altering *altering, struct slice name, int8_t operation)
{
    bool appends = operation == ALTER_APPEND;
    if (altering->wanted->resource_type == CONFIG_RESOURCE_BROKER) {
        const struct property *row = property_find(name);
        return row && row->kind == CONFIG_LIST
                   ? KC_ERR_NONE
                   : refuse(altering, KC_ERR_INVALID_CONFIG,
                            "Config value %s is not allowed for config key: %.*s",
                            appends ? "append" : "subtract", shown(name), (const char *)name.data);
    }
    const struct topic_config *row =
        altering->wanted->resource_type == CONFIG_RESOURCE_TOPIC ? topic_config_find(name) : NULL;
    return row && row->kind == CONFIG_LIST
               ? KC_ERR_NONE
               : refuse(altering, KC_ERR_INVALID_CONFIG,
                        "Can't %s to key %.*s because its type is not LIST.",
                        appends ? "APPEND" : "SUBTRACT", shown(name), (const char *)name.data);
}

struct slice alter_check_current(const struct altering *altering, struct slice name)
{
    struct call *call = altering->call;
    const char *value = altering->current ? image_setting(altering->current, name) : NULL;
    if (!value && altering->wanted->resource_type == CONFIG_RESOURCE_TOPIC) {
        value = config_topic_value(call->node, NULL, topic_config_find(name), &call->arena);
    } else if (!value) {
        const struct property *row = property_find(name);
        value = row && row->name[0] ? config_broker_value(call->node, row->name) : NULL;
    }
    return value ? slice_text(value) : SLICE_EMPTY;
}

/* ---- values ---- */

/* What a setting will be; NULL: not set. The text of a new value is in the arena. */
static const char *future_value(const struct altering *altering, const char *name)
{
    for (int32_t i = 0; i < altering->wanted->configs.count; i++) {
        if (slice_is(altering->wanted->configs.items[i].name, name)) {
            return slice_is_null(altering->values[i])
                       ? NULL
                       : arena_printf(&altering->call->arena, "%.*s",
                                      SLICE_ARGS(altering->values[i]));
        }
    }
    return altering->current ? image_setting(altering->current, slice_text(name)) : NULL;
}

static enum kc_err check_lags(struct altering *altering)
{
    struct call *call = altering->call;
    const char *names[] = { "min.compaction.lag.ms", "max.compaction.lag.ms" };
    const char *values[2];
    for (int i = 0; i < 2; i++) {
        values[i] = future_value(altering, names[i]);
        if (!values[i]) {
            values[i] = config_topic_value(call->node, NULL,
                                           topic_config_find(slice_text(names[i])), &call->arena);
        }
    }
    return topic_config_check_together(values[0], values[1], altering->text);
}

static enum kc_err check_topic(struct altering *altering)
{
    enum kc_err err = KC_ERR_NONE;
    for (int32_t i = 0; !err && i < altering->wanted->configs.count; i++) {
        if (!slice_is_null(altering->values[i])) {
            err = topic_config_check(altering->wanted->configs.items[i].name, altering->values[i],
                                     altering->text);
        }
    }
    return err ? err : check_lags(altering);
}

static bool is_dynamic(const struct property *row)
{
    return row->role == PROPERTY_DYNAMIC || row->role == PROPERTY_IDLE;
}

/* All names that cannot be altered, in one sentence. */
static enum kc_err check_read_only(struct altering *altering)
{
    static const char start[] = "Cannot update these configs dynamically: [";
    size_t used = 0;
    for (int32_t i = 0; i < altering->wanted->configs.count; i++) {
        struct slice name = altering->wanted->configs.items[i].name;
        const struct property *row = property_find(name);
        if (slice_is_null(altering->values[i]) || !row || is_dynamic(row) ||
            row->role == PROPERTY_REFUSED || used + name.size + 64 > sizeof(altering->text)) {
            continue;
        }
        used += (size_t)snprintf(altering->text + used, sizeof(altering->text) - used, "%s%.*s",
                                 used ? ", " : start, SLICE_ARGS(name));
    }
    if (used) {
        (void)snprintf(altering->text + used, sizeof(altering->text) - used, "]");
    }
    return used ? KC_ERR_INVALID_REQUEST : KC_ERR_NONE;
}

/* Kafka takes any name that it does not know, for its plug-ins. There are none here: it would be a
 * misspelt one. */
static enum kc_err check_broker(struct altering *altering)
{
    enum kc_err err = check_read_only(altering);
    for (int32_t i = 0; !err && i < altering->wanted->configs.count; i++) {
        struct slice name = altering->wanted->configs.items[i].name;
        const struct property *row = property_find(name);
        if (slice_is_null(altering->values[i])) {
            continue;
        }
        if (!row) {
            const char *nearest = property_nearest(name);
            return refuse(altering, KC_ERR_INVALID_CONFIG, "Unknown broker config name: %.*s%s%s%s",
                          shown(name), (const char *)name.data, nearest ? " (did you mean " : "",
                          nearest ? nearest : "", nearest ? "?)" : "");
        }
        if (row->role == PROPERTY_REFUSED) {
            return refuse(altering, KC_ERR_INVALID_REQUEST, "%.*s is not built yet", shown(name),
                          (const char *)name.data);
        }
        err = property_check(row, altering->values[i], altering->text) ? KC_ERR_INVALID_REQUEST
                                                                       : KC_ERR_NONE;
    }
    return err;
}

static enum kc_err check_group_times(struct altering *altering)
{
    const struct node *node = altering->call->node;
    const char *session = future_value(altering, "consumer.session.timeout.ms");
    const char *heartbeat = future_value(altering, "consumer.heartbeat.interval.ms");
    session = session ? session : config_broker_value(node, "group.consumer.session.timeout.ms");
    heartbeat =
        heartbeat ? heartbeat : config_broker_value(node, "group.consumer.heartbeat.interval.ms");
    if (!session || !heartbeat || strtoll(session, NULL, 10) > strtoll(heartbeat, NULL, 10)) {
        return KC_ERR_NONE;
    }
    return refuse(altering, KC_ERR_INVALID_CONFIG,
                  "consumer.session.timeout.ms must be greater than "
                  "consumer.heartbeat.interval.ms");
}

static enum kc_err check_group(struct altering *altering)
{
    enum kc_err err = KC_ERR_NONE;
    for (int32_t i = 0; !err && i < altering->wanted->configs.count; i++) {
        struct slice name = altering->wanted->configs.items[i].name;
        const struct group_config *row = group_config_find(name);
        if (slice_is_null(altering->values[i])) {
            continue;
        }
        if (!row) {
            return refuse(altering, KC_ERR_INVALID_CONFIG, "Unknown group config name: %.*s",
                          shown(name), (const char *)name.data);
        }
        const struct group_limits limits = config_group_limits(altering->call->node, row);
        err = group_config_check(row, altering->values[i], &limits, altering->text);
    }
    return err ? err : check_group_times(altering);
}

static enum kc_err check_client_metrics(struct altering *altering)
{
    enum kc_err err = KC_ERR_NONE;
    for (int32_t i = 0; !err && i < altering->wanted->configs.count; i++) {
        if (!slice_is_null(altering->values[i])) {
            err = client_metrics_check(altering->wanted->configs.items[i].name, altering->values[i],
                                       altering->text);
        }
    }
    return err;
}

enum kc_err alter_check_values(struct altering *altering)
{
    switch (altering->wanted->resource_type) {
    case CONFIG_RESOURCE_TOPIC:
        return check_topic(altering);
    case CONFIG_RESOURCE_BROKER:
        return check_broker(altering);
    case CONFIG_RESOURCE_GROUP:
        return check_group(altering);
    default:
        return check_client_metrics(altering);
    }
}
