/* topics --list. */
#include "common/json.h"
#include "topics/choose.h"
#include "topics/command.h"

#include <stdio.h>

static void print_json(const struct kc_topic_descriptions *topics, size_t count)
{
    struct text text = { 0 };
    struct json json = { .text = &text };
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++) {
        const struct kc_topic_description *topic = &topics->items[i];
        json_open(&json, '{');
        json_name(&json, "name");
        json_string(&json, topic->name);
        json_name(&json, "topic_id");
        json_string(&json, topic->id[0] ? topic->id : NULL);
        json_name(&json, "internal");
        json_bool(&json, topic->internal);
        json_name(&json, "partition_count");
        json_number(&json, (int64_t)topic->partition_count);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    puts(text_view(&text));
    text_finish(&text);
}

void topics_list(const struct command *command)
{
    size_t count = 0;
    struct kc_topic_descriptions *topics = choose_topics(command, false, &count);
    if (command->json) {
        print_json(topics, count);
    } else if (count == 0) {
        puts(""); /* as Kafka: no names, one line */
    } else {
        for (size_t i = 0; i < count; i++) {
            puts(topics->items[i].name);
        }
    }
    kc_topic_descriptions_destroy(topics);
}
