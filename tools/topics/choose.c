/* topics: chooses topics by pattern or id. */
#include "topics/choose.h"

#include "common/memory.h"
#include "common/pattern.h"

#include <stdlib.h>
#include <string.h>

enum { ID_CHARACTERS = 22, ID_CHARACTERS_MAX = 24 };

static const char zero_id[] = "AAAAAAAAAAAAAAAAAAAAAA";

/* NULL: not asked for. Ends the tool when the id is malformed. */
static const char *wanted_id(const struct options *options)
{
    const char *id = options_value(options, "topic-id");
    if (!id) {
        return NULL;
    }
    size_t size = strcspn(id, "=");
    if (strlen(id) > ID_CHARACTERS_MAX || size != ID_CHARACTERS) {
        options_fail(options,
                     "Input string `%s` decoded as %zu bytes, which is not equal to the expected "
                     "16 bytes of a base64-encoded UUID",
                     id, size * 6 / 8);
    }
    return strncmp(id, zero_id, ID_CHARACTERS) == 0 ? NULL : id;
}

static struct pattern *wanted_pattern(const struct options *options)
{
    const char *words = options_value(options, "topic");
    if (!words) {
        return NULL;
    }
    char *expression = pattern_of_topics(words);
    char reason[128];
    struct pattern *pattern = pattern_create(expression, reason, sizeof reason);
    free(expression);
    if (!pattern) {
        options_fail(options, "%s is an invalid regex.", words);
    }
    return pattern;
}

struct kc_topic_descriptions *choose_topics(const struct command *command, bool must_exist,
                                            size_t *ret_count)
{
    const struct options *options = command->options;
    const char *id = wanted_id(options);
    struct pattern *pattern = id ? NULL : wanted_pattern(options);
    bool public_only = options_has(options, "exclude-internal");
    struct kc_topic_descriptions *topics = NULL;
    struct kc_error error;
    topics_require(command,
                   kc_admin_list_topics(command->admin, command->timeout_ms, &topics, &error),
                   &error);
    size_t count = 0;
    for (size_t i = 0; i < topics->count; i++) {
        struct kc_topic_description topic = topics->items[i];
        if ((id && strncmp(topic.id, id, ID_CHARACTERS) != 0) ||
            (pattern && !pattern_matches(pattern, topic.name)) || (public_only && topic.internal)) {
            continue;
        }
        /* Swapped, so that the list still owns every item once. */
        topics->items[i] = topics->items[count];
        topics->items[count++] = topic;
    }
    if (count == 0 && must_exist && !options_has(options, "if-exists")) {
        if (id) {
            options_fail(options, "TopicId '%s' does not exist as expected", id);
        } else if (pattern) {
            options_fail(options, "Topic '%s' does not exist as expected",
                         options_value(options, "topic"));
        }
    }
    pattern_destroy(pattern);
    *ret_count = count;
    return topics;
}

const char **choose_names(const struct kc_topic_descriptions *topics, size_t count)
{
    const char **names = memory_alloc(count * sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = topics->items[i].name;
    }
    return names;
}
