/* topics --describe. */
#include "common/json.h"
#include "common/number.h"
#include "topics/choose.h"
#include "topics/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is to be shown, and what the filters need. */
struct view {
    bool under_replicated;
    bool unavailable;
    bool under_min_isr;
    bool at_min_isr;
    bool overrides;
    bool by_id; /* asked through Metadata, which does not tell the ELR (KIP-966) */
    struct kc_cluster_description *cluster;
};

static bool has_filter(const struct view *view)
{
    return view->under_replicated || view->unavailable || view->under_min_isr || view->at_min_isr;
}

static bool is_alive(const struct view *view, int32_t id)
{
    for (size_t i = 0; i < view->cluster->node_count; i++) {
        if (view->cluster->nodes[i].id == id) {
            return true;
        }
    }
    return false;
}

static bool is_shown(const struct view *view, const struct kc_partition_description *partition,
                     int64_t min_isr)
{
    int64_t isr = (int64_t)partition->isr_count;
    return !has_filter(view) ||
           (view->under_replicated && partition->isr_count < partition->replica_count) ||
           (view->unavailable && (partition->leader < 0 || !is_alive(view, partition->leader))) ||
           (view->under_min_isr && isr < min_isr) || (view->at_min_isr && isr == min_isr);
}

static bool is_override(const struct kc_config_entry *entry)
{
    return entry->source != KC_SOURCE_DEFAULT;
}

static int64_t min_isr_of(const struct kc_resource_config *config)
{
    int64_t value = 1;
    for (size_t i = 0; i < config->entry_count; i++) {
        if (strcmp(config->entries[i].name, "min.insync.replicas") == 0 &&
            config->entries[i].value) {
            number_parse(config->entries[i].value, 0, INT32_MAX, &value);
        }
    }
    return value;
}

static void add_ids(struct text *text, const char *name, const int32_t *ids, size_t count)
{
    text_format(text, "\t%s: ", name);
    for (size_t i = 0; i < count; i++) {
        text_format(text, "%s%d", i > 0 ? "," : "", (int)ids[i]);
    }
}

static void add_partition(struct text *text, const struct view *view, const char *topic,
                          const struct kc_partition_description *partition)
{
    text_format(text, "\tTopic: %s\tPartition: %d\tLeader: ", topic, (int)partition->partition);
    if (partition->leader < 0) {
        text_add(text, "none");
    } else {
        text_format(text, "%d", (int)partition->leader);
    }
    add_ids(text, "Replicas", partition->replicas, partition->replica_count);
    add_ids(text, "Isr", partition->isr, partition->isr_count);
    if (view->by_id) {
        text_add(text, "\tElr: N/A\tLastKnownElr: N/A");
    } else {
        add_ids(text, "Elr", partition->elr, partition->elr_count);
        add_ids(text, "LastKnownElr", partition->last_known_elr, partition->last_known_elr_count);
    }
    text_add(text, "\n");
}

static void add_topic(struct text *text, const struct view *view,
                      const struct kc_topic_description *topic,
                      const struct kc_resource_config *config)
{
    struct text overrides = { 0 };
    for (size_t i = 0; i < config->entry_count; i++) {
        const struct kc_config_entry *entry = &config->entries[i];
        if (is_override(entry)) {
            text_format(&overrides, "%s%s=%s", overrides.size > 0 ? "," : "", entry->name,
                        entry->value ? entry->value : "null");
        }
    }
    if (!has_filter(view) && (!view->overrides || overrides.size > 0)) {
        size_t replicas = topic->partition_count > 0 ? topic->partitions[0].replica_count : 0;
        text_format(text,
                    "Topic: %s\tTopicId: %s\tPartitionCount: %zu\tReplicationFactor: %zu\t"
                    "Configs: %s\n",
                    topic->name, topic->id, topic->partition_count, replicas,
                    text_view(&overrides));
    }
    text_finish(&overrides);
    int64_t min_isr = min_isr_of(config);
    for (size_t i = 0; i < topic->partition_count && !view->overrides; i++) {
        if (is_shown(view, &topic->partitions[i], min_isr)) {
            add_partition(text, view, topic->name, &topic->partitions[i]);
        }
    }
}

static void json_ids(struct json *json, const char *name, const int32_t *ids, size_t count)
{
    json_name(json, name);
    json_numbers(json, ids, count);
}

static void json_partition(struct json *json, const struct kc_partition_description *partition)
{
    json_open(json, '{');
    json_name(json, "partition");
    json_number(json, partition->partition);
    json_name(json, "leader");
    if (partition->leader < 0) {
        json_null(json);
    } else {
        json_number(json, partition->leader);
    }
    json_name(json, "leader_epoch");
    json_number(json, partition->leader_epoch);
    json_ids(json, "replicas", partition->replicas, partition->replica_count);
    json_ids(json, "isr", partition->isr, partition->isr_count);
    json_ids(json, "elr", partition->elr, partition->elr_count);
    json_ids(json, "last_known_elr", partition->last_known_elr, partition->last_known_elr_count);
    json_ids(json, "offline_replicas", partition->offline_replicas,
             partition->offline_replica_count);
    json_close(json, '}');
}

static void json_topic(struct json *json, const struct view *view,
                       const struct kc_topic_description *topic,
                       const struct kc_resource_config *config)
{
    int64_t min_isr = min_isr_of(config);
    json_open(json, '{');
    json_name(json, "name");
    json_string(json, topic->name);
    json_name(json, "topic_id");
    json_string(json, topic->id[0] ? topic->id : NULL);
    json_name(json, "internal");
    json_bool(json, topic->internal);
    json_name(json, "configs");
    json_open(json, '{');
    for (size_t i = 0; i < config->entry_count; i++) {
        if (is_override(&config->entries[i])) {
            json_name(json, config->entries[i].name);
            json_string(json, config->entries[i].value);
        }
    }
    json_close(json, '}');
    json_name(json, "partitions");
    json_open(json, '[');
    for (size_t i = 0; i < topic->partition_count; i++) {
        if (is_shown(view, &topic->partitions[i], min_isr)) {
            json_partition(json, &topic->partitions[i]);
        }
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void print_all(const struct command *command, const struct view *view,
                      const struct kc_topic_descriptions *topics,
                      const struct kc_resource_configs *configs)
{
    struct text text = { 0 };
    struct json json = { .text = &text };
    if (command->json) {
        json_open(&json, '[');
    }
    for (size_t i = 0; i < topics->count; i++) {
        const struct kc_topic_description *topic = &topics->items[i];
        if (topic->err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            continue; /* deleted since it was listed */
        }
        if (topic->err) {
            options_fail(command->options, "%s: %s", topic->name, kc_err_text(topic->err));
        }
        if (configs->items[i].err && configs->items[i].err != KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            options_fail(command->options, "%s", configs->items[i].text);
        }
        if (command->json) {
            json_topic(&json, view, topic, &configs->items[i]);
        } else {
            add_topic(&text, view, topic, &configs->items[i]);
        }
    }
    if (command->json) {
        json_close(&json, ']');
        text_add(&text, "\n");
    }
    fputs(text_view(&text), stdout);
    text_finish(&text);
}

void topics_describe(const struct command *command)
{
    const struct options *options = command->options;
    struct view view = {
        .under_replicated = options_has(options, "under-replicated-partitions"),
        .unavailable = options_has(options, "unavailable-partitions"),
        .under_min_isr = options_has(options, "under-min-isr-partitions"),
        .at_min_isr = options_has(options, "at-min-isr-partitions"),
        .overrides = options_has(options, "topics-with-overrides"),
        .by_id = options_has(options, "topic-id"),
    };
    size_t count = 0;
    struct kc_error error;
    options_number(options, "partition-size-limit-per-response", INT32_MIN, INT32_MAX, 0);
    struct kc_topic_descriptions *chosen = choose_topics(command, true, &count);
    struct kc_topic_descriptions none_topics = { 0 };
    struct kc_topic_descriptions *topics = NULL;
    struct kc_resource_configs *configs = NULL;
    if (view.unavailable) {
        topics_require(command,
                       kc_admin_describe_cluster(command->admin, 0, command->timeout_ms,
                                                 &view.cluster, &error),
                       &error);
    }
    if (count > 0) {
        const char **names = choose_names(chosen, count);
        topics_require(command,
                       kc_admin_describe_topics(command->admin, names, count, 0,
                                                command->timeout_ms, &topics, &error),
                       &error);
        topics_require(command,
                       kc_admin_describe_configs(command->admin, KC_RESOURCE_TOPIC, names, count,
                                                 command->timeout_ms, &configs, &error),
                       &error);
        free(names);
    }
    print_all(command, &view, topics ? topics : &none_topics, configs);
    kc_resource_configs_destroy(configs);
    kc_topic_descriptions_destroy(topics);
    kc_topic_descriptions_destroy(chosen);
    kc_cluster_description_destroy(view.cluster);
}
