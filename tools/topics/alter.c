/* topics --alter: more partitions. */
#include "topics/assignment.h"
#include "topics/choose.h"
#include "topics/command.h"

static void raise_one(const struct command *command, const struct kc_topic_description *topic,
                      int32_t partition_count, const struct assignment *assignment)
{
    struct kc_new_partitions wanted = { .topic = topic->name, .total_count = partition_count };
    size_t added = 0;
    if ((size_t)(partition_count > 0 ? partition_count : 0) > topic->partition_count) {
        added = (size_t)partition_count - topic->partition_count;
    }
    if (assignment->partition_count > 0 && added > 0) {
        /* The list counts from partition 0; those that exist keep their replicas. */
        size_t given = assignment->partition_count > topic->partition_count
                           ? assignment->partition_count - topic->partition_count
                           : 0;
        if (given != added) {
            options_fail(command->options,
                         "Attempted to add %zu additional partition(s), but only %zu "
                         "assignment(s) were specified.",
                         added, given);
        }
        wanted.assignments = (const int32_t *const *)(assignment->brokers + topic->partition_count);
        wanted.assignment_count = added;
        wanted.replication_factor = assignment->replication_factor;
    }
    struct kc_item_results *results = NULL;
    struct kc_error error;
    topics_require(command,
                   kc_admin_create_partitions(command->admin, &wanted, 1, 0, command->timeout_ms,
                                              &results, &error),
                   &error);
    topics_require_all(command, results);
}

void topics_alter(const struct command *command)
{
    const struct options *options = command->options;
    struct assignment assignment = { 0 };
    char error[256];
    int32_t partition_count =
        (int32_t)options_number(options, "partitions", INT32_MIN, INT32_MAX, 0);
    const char *words = options_value(options, "replica-assignment");
    if (words && !assignment_parse(&assignment, words, error, sizeof error)) {
        options_fail(options, "%s", error);
    }
    size_t count = 0;
    struct kc_topic_descriptions *topics = choose_topics(command, true, &count);
    for (size_t i = 0; i < count; i++) {
        raise_one(command, &topics->items[i], partition_count, &assignment);
    }
    kc_topic_descriptions_destroy(topics);
    assignment_finish(&assignment);
}
