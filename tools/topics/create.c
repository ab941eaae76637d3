/* topics --create. */
#include "common/memory.h"
#include "topics/assignment.h"
#include "topics/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --config name=value, later ones of a name last: the broker refuses a name twice. */
static struct kc_setting *read_settings(const struct options *options, size_t *ret_count)
{
    size_t given = options_count(options, "config");
    struct kc_setting *settings = memory_alloc(given * sizeof *settings);
    size_t count = 0;
    for (size_t i = 0; i < given; i++) {
        const char *word = options_at(options, "config", i);
        size_t size = strcspn(word, "=");
        if (size == 0 || word[size] == '\0' || word[size + 1] == '\0') {
            options_fail(options, "requirement failed: Invalid topic config: all configs to be "
                                  "added must be in the format \"key=val\".");
        }
        char *name = memory_copy(word, size);
        size_t at = 0;
        while (at < count && strcmp(settings[at].name, name) != 0) {
            at++;
        }
        if (at < count) {
            free(name);
        } else {
            settings[count++].name = name;
        }
        settings[at].value = word + size + 1;
    }
    *ret_count = count;
    return settings;
}

static void read_shape(const struct options *options, struct kc_new_topic *topic,
                       struct assignment *assignment)
{
    const char *words = options_value(options, "replica-assignment");
    char error[256];
    if (words) {
        if (!assignment_parse(assignment, words, error, sizeof error)) {
            options_fail(options, "%s", error);
        }
        topic->partition_count = (int32_t)assignment->partition_count;
        topic->replication_factor = assignment->replication_factor;
        topic->assignments = (const int32_t *const *)assignment->brokers;
        return;
    }
    topic->partition_count = -1;
    topic->replication_factor = -1;
    if (options_has(options, "partitions")) {
        topic->partition_count =
            (int32_t)options_number(options, "partitions", INT32_MIN, INT32_MAX, 0);
        if (topic->partition_count < 1) {
            options_fail(options, "The partitions must be greater than 0");
        }
    }
    if (options_has(options, "replication-factor")) {
        int64_t factor = options_number(options, "replication-factor", INT32_MIN, INT32_MAX, 0);
        if (factor < 1 || factor > INT16_MAX) {
            options_fail(options, "The replication factor must be between 1 and 32767 inclusive");
        }
        topic->replication_factor = (int16_t)factor;
    }
}

void topics_create(const struct command *command)
{
    const struct options *options = command->options;
    struct kc_new_topic topic = { .name = options_value(options, "topic") };
    struct assignment assignment = { 0 };
    topic.settings = read_settings(options, &topic.setting_count);
    /* The numbers are read before the warning and judged after it, as in Kafka's tool. */
    options_number(options, "partitions", INT32_MIN, INT32_MAX, 0);
    options_number(options, "replication-factor", INT32_MIN, INT32_MAX, 0);
    if (strpbrk(topic.name, "._")) {
        puts("WARNING: Due to limitations in metric names, topics with a period ('.') or "
             "underscore ('_') could collide. To avoid issues it is best to use either, but not "
             "both.");
    }
    read_shape(options, &topic, &assignment);
    if (*topic.name == '\0') {
        options_fail(options, "The given topic name '' cannot be represented in a request.");
    }

    struct kc_error error;
    struct kc_item_results *results = NULL;
    topics_require(command,
                   kc_admin_create_topics(command->admin, &topic, 1, false, command->timeout_ms,
                                          &results, &error),
                   &error);
    bool exists = results->count > 0 && results->items[0].err == KC_ERR_TOPIC_ALREADY_EXISTS;
    if (exists && options_has(options, "if-not-exists")) {
        kc_item_results_destroy(results);
    } else {
        topics_require_all(command, results);
        printf("Created topic %s.\n", topic.name);
    }
    for (size_t i = 0; i < topic.setting_count; i++) {
        free((void *)topic.settings[i].name);
    }
    free((void *)topic.settings);
    assignment_finish(&assignment);
}
