/* handler: DescribeConfigs, versions 1 to 4. 3: types and documentation (KIP-569). 4: flexible.
 * Topics, this broker and the default of all, its log, groups (KIP-848), client metrics (KIP-714).
 */
#include "handler/client_metrics.h"
#include "handler/configs.h"
#include "handler/handlers.h"

#include "controller/config_resource.h"
#include "controller/config_shown.h"
#include "controller/config_text.h"
#include "controller/property.h"
#include "controller/topic_name.h"

#include <stdio.h>

/* One resource on its way into the answer. */
struct describing {
    struct call *call;
    const struct describe_configs_request_describe_configs_resource *wanted;
    struct describe_configs_response_describe_configs_result *result;
    bool is_short; /* memory is out */
};

/* What there is to tell of one setting. */
struct described {
    const char *name;
    const char *value;
    bool is_raw; /* Kafka shows it as it was given, not as it was read */
    enum config_kind kind;
    enum config_source source; /* when no layer says it */
    bool is_read_only;
    bool is_sensitive;
    const char *text; /* documentation; NULL: none */
    const struct config_layer *layers;
    int layer_count;
};

static bool is_asked(const struct describing *describing, const char *name)
{
    const struct describe_configs_request_describe_configs_resource *wanted = describing->wanted;
    for (int32_t i = 0; i < wanted->configuration_keys.count; i++) {
        if (slice_is(wanted->configuration_keys.items[i], name)) {
            return true;
        }
    }
    return wanted->configuration_keys.count <= 0;
}

static struct slice shown(struct describing *describing, const struct described *described,
                          const char *value)
{
    return described->is_sensitive ? SLICE_NULL
           : described->is_raw
               ? slice_text(value)
               : slice_text(config_shown(described->kind, value, &describing->call->arena));
}

static bool is_own(enum config_source source)
{
    return source == CONFIG_SOURCE_TOPIC || source == CONFIG_SOURCE_GROUP ||
           source == CONFIG_SOURCE_CLIENT_METRICS;
}

/* Layers of brokers as they were given, as in Kafka. */
static void fill_synonyms(struct describing *describing, const struct described *described,
                          struct describe_configs_response_describe_configs_resource_result *item)
{
    size_t count = (size_t)described->layer_count;
    item->synonyms.items = call_alloc(describing->call, count, sizeof(*item->synonyms.items));
    if (!item->synonyms.items) {
        describing->is_short = true;
        return;
    }
    item->synonyms.count = described->layer_count;
    for (size_t i = 0; i < count; i++) {
        const struct config_layer *layer = &described->layers[i];
        item->synonyms.items[i].name = slice_text(layer->name);
        item->synonyms.items[i].value = is_own(layer->source)
                                            ? shown(describing, described, layer->value)
                                        : described->is_sensitive ? SLICE_NULL
                                                                  : slice_text(layer->value);
        item->synonyms.items[i].source = (int8_t)layer->source;
    }
}

/* The result has room: make_room counted. */
static void add(struct describing *describing, const struct described *described)
{
    const struct describe_configs_request *request = describing->call->message;
    if (describing->is_short || !is_asked(describing, described->name)) {
        return;
    }
    struct describe_configs_response_describe_configs_resource_result *item =
        &describing->result->configs.items[describing->result->configs.count++];
    message_defaults(&describe_configs_response_describe_configs_resource_result_type, item);
    item->name = slice_text(described->name);
    item->value = shown(describing, described, described->value);
    item->config_source =
        (int8_t)(described->layer_count > 0 ? described->layers[0].source : described->source);
    item->config_type = (int8_t)described->kind;
    item->read_only = described->is_read_only;
    item->is_sensitive = described->is_sensitive;
    item->documentation = request->include_documentation ? slice_text(described->text) : SLICE_NULL;
    if (request->include_synonyms) {
        fill_synonyms(describing, described, item);
    }
}

static bool make_room(struct describing *describing, size_t count)
{
    struct describe_configs_response_describe_configs_result *result = describing->result;
    result->configs.items = call_alloc(describing->call, count, sizeof(*result->configs.items));
    result->configs.count = 0;
    describing->is_short |= !result->configs.items;
    return !describing->is_short;
}

static void refuse(struct describing *describing, enum kc_err err, const char *text)
{
    describing->result->error_code = (int16_t)err;
    if (text) {
        describing->result->error_message = arena_copy(&describing->call->arena, slice_text(text));
    }
}

/* ---- topics ---- */

static void describe_topic(struct describing *describing)
{
    char text[TOPIC_NAME_TEXT_SIZE];
    struct call *call = describing->call;
    const struct image_topic *topic =
        image_topic(call->node->image, describing->wanted->resource_name);
    if (!topic && !topic_name_is_valid(describing->wanted->resource_name, text)) {
        refuse(describing, KC_ERR_INVALID_TOPIC_EXCEPTION, text);
        return;
    }
    if (!topic) {
        refuse(describing, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, NULL);
        return;
    }
    size_t count = make_room(describing, topic_config_count) ? topic_config_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct topic_config *row = &topic_config_table[i];
        struct config_layer layers[CONFIG_LAYERS_MAX];
        const char *value = config_topic_value(call->node, &topic->settings, row, &call->arena);
        describing->is_short |= !value;
        const struct described described = {
            .name = row->name,
            .value = value,
            .kind = row->kind,
            .source = CONFIG_SOURCE_DEFAULT,
            .text = config_text(row->broker_name ? row->broker_name : row->name),
            .layers = layers,
            .layer_count = config_topic_layers(call->node, &topic->settings, row, layers),
        };
        add(describing, &described);
    }
}

/* ---- brokers ---- */

/* A name that Kafka would take for a plug-in's is none of this broker's: it hides the value. */
static void fill_from_table(struct described *described)
{
    const struct property *row = property_find(slice_text(described->name));
    bool is_known = row && row->kind != CONFIG_UNKNOWN;
    described->kind = is_known ? row->kind : CONFIG_UNKNOWN;
    described->is_sensitive = !is_known;
    described->is_read_only =
        !is_known || (row->role != PROPERTY_DYNAMIC && row->role != PROPERTY_IDLE);
    described->text = row && row->role == PROPERTY_IDLE ? "Without effect on this broker."
                                                        : config_text(described->name);
}

static void add_broker(struct describing *describing, const char *name)
{
    const struct node *node = describing->call->node;
    struct config_layer layers[CONFIG_LAYERS_MAX];
    struct described described = {
        .name = name,
        .value = config_broker_value(node, name),
        .source = CONFIG_SOURCE_DEFAULT,
        .layers = layers,
        .layer_count = config_broker_layers(node, name, layers),
    };
    if (!described.value && (strcmp(name, "node.id") == 0 || strcmp(name, "broker.id") == 0)) {
        described.value = arena_printf(&describing->call->arena, "%d", node->id);
    }
    fill_from_table(&described);
    add(describing, &described);
}

/* What was altered and stands in no row of the table, or in one without meaning here. */
static void add_altered(struct describing *describing, const struct image_settings *settings,
                        const struct image_settings *seen)
{
    for (int32_t i = 0; settings && i < settings->count; i++) {
        const struct property *row = property_find(slice_text(settings->items[i].name));
        bool is_listed = row && (row->role == PROPERTY_STATIC || row->role == PROPERTY_DYNAMIC);
        bool is_seen = seen && image_setting(seen, slice_text(settings->items[i].name));
        if (!is_listed && !is_seen) {
            add_broker(describing, settings->items[i].name);
        }
    }
}

static void describe_own(struct describing *describing)
{
    const struct node *node = describing->call->node;
    const struct image_settings *own = image_settings_of_broker(node->image, node->id);
    const struct image_settings *shared = &node->image->cluster_settings;
    if (!make_room(describing,
                   property_count + (size_t)shared->count + (own ? (size_t)own->count : 0))) {
        return;
    }
    for (size_t i = 0; i < property_count; i++) {
        if (property_table[i].role == PROPERTY_STATIC ||
            property_table[i].role == PROPERTY_DYNAMIC) {
            add_broker(describing, property_table[i].name);
        }
    }
    add_altered(describing, own, NULL);
    add_altered(describing, shared, own);
}

/* Of the default of all brokers, Kafka tells what was altered only. */
static void describe_shared(struct describing *describing)
{
    const struct image_settings *shared = &describing->call->node->image->cluster_settings;
    if (!make_room(describing, (size_t)shared->count)) {
        return;
    }
    for (int32_t i = 0; i < shared->count; i++) {
        const struct config_layer layer = { shared->items[i].name, shared->items[i].value,
                                            CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER };
        struct described described = { .name = layer.name,
                                       .value = layer.value,
                                       .is_raw = true,
                                       .layers = &layer,
                                       .layer_count = 1 };
        fill_from_table(&described);
        add(describing, &described);
    }
}

/* True for this node's id; else the refusal is written. */
static bool is_own_id(struct describing *describing, const char *or_empty)
{
    char id[16];
    const char *text;
    struct call *call = describing->call;
    struct slice name = describing->wanted->resource_name;
    (void)snprintf(id, sizeof(id), "%d", call->node->id);
    if (slice_is(name, id)) {
        return true;
    }
    text = arena_printf(&call->arena, "Unexpected broker id, expected %s%s but received %.*s", id,
                        or_empty, (int)MIN_OF(name.size, (size_t)64), (const char *)name.data);
    refuse(describing, KC_ERR_INVALID_REQUEST, text);
    return false;
}

/* ---- the log ---- */

/* One level for the whole log, given at the start. */
static void describe_logger(struct describing *describing)
{
    const struct trace *trace = describing->call->node->trace;
    enum trace_level level = trace ? trace->level : TRACE_ERROR;
    if (describing->wanted->resource_name.size == 0) {
        refuse(describing, KC_ERR_INVALID_REQUEST, "Broker id must not be empty");
        return;
    }
    if (!is_own_id(describing, "") || !make_room(describing, 1)) {
        return;
    }
    const struct described described = {
        .name = "root",
        .value = level >= TRACE_DEBUG  ? "DEBUG"
                 : level >= TRACE_INFO ? "INFO"
                 : level >= TRACE_WARN ? "WARN"
                                       : "ERROR",
        .source = CONFIG_SOURCE_BROKER_LOGGER,
        .is_read_only = true,
    };
    add(describing, &described);
}

/* ---- groups and client metrics ---- */

static void describe_group(struct describing *describing)
{
    const struct node *node = describing->call->node;
    struct slice name = describing->wanted->resource_name;
    const struct image_settings *own = image_settings_of(node->image, CONFIG_RESOURCE_GROUP, name);
    if (name.size == 0) {
        refuse(describing, KC_ERR_INVALID_REQUEST, "Group name must not be empty");
        return;
    }
    size_t count = make_room(describing, group_config_count) ? group_config_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct group_config *row = &group_config_table[i];
        struct config_layer layers[CONFIG_LAYERS_MAX];
        const char *value = own ? image_setting(own, slice_text(row->name)) : NULL;
        int layer_count = value ? 1 : 0;
        layers[0] = (struct config_layer){ row->name, value, CONFIG_SOURCE_GROUP };
        layer_count += config_broker_layers(node, row->broker_name, layers + layer_count);
        value = value ? value : config_broker_value(node, row->broker_name);
        const struct described described = {
            .name = row->name,
            .value = value ? value : row->default_value,
            .kind = CONFIG_INT,
            .source = CONFIG_SOURCE_DEFAULT,
            .text = config_text(row->name),
            .layers = layers,
            .layer_count = layer_count,
        };
        add(describing, &described);
    }
}

static void describe_client_metrics(struct describing *describing)
{
    struct slice name = describing->wanted->resource_name;
    const struct image_settings *own =
        image_settings_of(describing->call->node->image, CONFIG_RESOURCE_CLIENT_METRICS, name);
    if (name.size == 0) {
        refuse(describing, KC_ERR_INVALID_REQUEST,
               "Client metrics subscription name must not be empty");
        return;
    }
    if (!make_room(describing, CLIENT_METRICS_COUNT)) {
        return;
    }
    for (int i = 0; i < CLIENT_METRICS_COUNT; i++) {
        const struct client_metrics_row *row = &client_metrics_table[i];
        const char *value = own ? image_setting(own, slice_text(row->name)) : NULL;
        const struct config_layer layer = { row->name, value, CONFIG_SOURCE_CLIENT_METRICS };
        const struct described described = {
            .name = row->name,
            .value = value ? value : row->default_value,
            .kind = row->kind,
            .source = CONFIG_SOURCE_DEFAULT,
            .text = config_text(row->name),
            .layers = &layer,
            .layer_count = value ? 1 : 0,
        };
        add(describing, &described);
    }
}

static void describe(struct describing *describing)
{
    const struct describe_configs_request_describe_configs_resource *wanted = describing->wanted;
    message_defaults(&describe_configs_response_describe_configs_result_type, describing->result);
    describing->result->resource_type = wanted->resource_type;
    describing->result->resource_name = wanted->resource_name;
    switch (wanted->resource_type) {
    case CONFIG_RESOURCE_TOPIC:
        describe_topic(describing);
        break;
    case CONFIG_RESOURCE_BROKER:
        if (wanted->resource_name.size == 0) {
            describe_shared(describing);
        } else if (is_own_id(describing, " or empty string,")) {
            describe_own(describing);
        }
        break;
    case CONFIG_RESOURCE_BROKER_LOGGER:
        describe_logger(describing);
        break;
    case CONFIG_RESOURCE_GROUP:
        describe_group(describing);
        break;
    case CONFIG_RESOURCE_CLIENT_METRICS:
        describe_client_metrics(describing);
        break;
    default:
        refuse(describing, KC_ERR_INVALID_REQUEST, "This resource cannot be described here.");
    }
}

void handle_describe_configs(struct call *call)
{
    const struct describe_configs_request *request = call->message;
    struct describe_configs_response response;
    message_defaults(&describe_configs_response_type, &response);
    response.results.items =
        call_alloc(call, (size_t)request->resources.count, sizeof(*response.results.items));
    response.results.count = request->resources.count;
    bool is_short = !response.results.items;
    for (int32_t i = 0; !is_short && i < request->resources.count; i++) {
        struct describing describing = { .call = call,
                                         .wanted = &request->resources.items[i],
                                         .result = &response.results.items[i] };
        describe(&describing);
        is_short = describing.is_short;
    }
    if (is_short) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
