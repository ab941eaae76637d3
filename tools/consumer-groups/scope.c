/* consumer-groups: lists of partitions. */
#include "consumer-groups/scope.h"

#include "common/memory.h"
#include "common/number.h"

#include <stdlib.h>
#include <string.h>

void partitions_add(struct partitions *partitions, const char *topic, int32_t partition)
{
    if (partitions->count == partitions->capacity) {
        partitions->capacity = partitions->capacity * 2 + 8;
        partitions->items =
            memory_grow(partitions->items, partitions->capacity, sizeof *partitions->items);
    }
    partitions->items[partitions->count++] =
        (struct kc_partition){ memory_copy(topic, strlen(topic)), partition };
}

void partitions_finish(struct partitions *partitions)
{
    for (size_t i = 0; i < partitions->count; i++) {
        free((void *)partitions->items[i].topic);
    }
    free(partitions->items);
    *partitions = (struct partitions){ 0 };
}

int partitions_compare(const void *one, const void *other)
{
    const struct kc_partition *left = one;
    const struct kc_partition *right = other;
    int order = strcmp(left->topic, right->topic);
    if (order == 0) {
        order = (left->partition > right->partition) - (left->partition < right->partition);
    }
    return order;
}

void partitions_sort(struct partitions *partitions)
{
    if (partitions->count == 0) {
        return;
    }
    qsort(partitions->items, partitions->count, sizeof *partitions->items, partitions_compare);
    size_t kept = 1;
    for (size_t i = 1; i < partitions->count; i++) {
        if (partitions_compare(&partitions->items[i], &partitions->items[kept - 1]) == 0) {
            free((void *)partitions->items[i].topic);
        } else {
            partitions->items[kept++] = partitions->items[i];
        }
    }
    partitions->count = kept;
}

bool scope_parse(struct partitions *partitions, const char *word, const char **ret_bad,
                 size_t *ret_bad_size)
{
    const char *colon = strrchr(word, ':');
    if (!colon) {
        partitions_add(partitions, word, -1);
        return true;
    }
    char *topic = memory_copy(word, (size_t)(colon - word));
    bool good = true;
    for (const char *at = colon + 1; good; at++) {
        size_t size = strcspn(at, ",");
        char *digits = memory_copy(at, size);
        int64_t partition = 0;
        good = number_parse(digits, 0, INT32_MAX, &partition);
        free(digits);
        if (!good) {
            *ret_bad = at;
            *ret_bad_size = size;
            break;
        }
        partitions_add(partitions, topic, (int32_t)partition);
        at += size;
        if (*at == '\0') {
            break;
        }
    }
    free(topic);
    return good;
}

void scope_topics(const struct command *command, struct partitions *partitions)
{
    for (size_t i = 0; i < options_count(command->options, "topic"); i++) {
        const char *word = options_at(command->options, "topic", i);
        const char *bad = NULL;
        size_t bad_size = 0;
        if (!scope_parse(partitions, word, &bad, &bad_size)) {
            options_refuse(command->options,
                           "Invalid partition '%.*s' specified in topic arg "
                           "'%s''",
                           (int)bad_size, bad, word);
        }
    }
}

static struct kc_topic_descriptions *describe(const struct command *command,
                                              const struct partitions *partitions)
{
    const char **names = memory_alloc(partitions->count * sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < partitions->count; i++) {
        if (partitions->items[i].partition < 0) {
            names[count++] = partitions->items[i].topic;
        }
    }
    struct kc_topic_descriptions *topics = NULL;
    struct kc_error error;
    if (count > 0) {
        groups_require(command,
                       kc_admin_describe_topics(command->admin, names, count, 0,
                                                command->timeout_ms, &topics, &error),
                       &error);
    }
    free(names);
    return topics;
}

void scope_expand(const struct command *command, struct partitions *partitions, bool keep_unknown)
{
    struct kc_topic_descriptions *topics = describe(command, partitions);
    struct partitions all = { 0 };
    size_t topic_at = 0;
    for (size_t i = 0; i < partitions->count; i++) {
        const struct kc_partition *item = &partitions->items[i];
        if (item->partition >= 0) {
            partitions_add(&all, item->topic, item->partition);
            continue;
        }
        const struct kc_topic_description *topic = &topics->items[topic_at++];
        char sentence[400];
        if (topic->err && !keep_unknown) {
            options_fail(command->options, "%s",
                         groups_sentence(groups_reason(topic->err), sentence, sizeof sentence));
        }
        for (size_t at = 0; at < topic->partition_count && !topic->err; at++) {
            partitions_add(&all, item->topic, topic->partitions[at].partition);
        }
        if (topic->err) {
            partitions_add(&all, item->topic, -1);
        }
    }
    kc_topic_descriptions_destroy(topics);
    partitions_finish(partitions);
    *partitions = all;
    partitions_sort(partitions);
}
