/* coordinator: consumer groups as records of __consumer_offsets. */
#include "coordinator/next_parts.h"

#include <stdlib.h>

/* Topics of a holding: one run of items each. */
static size_t run_count(const struct holding *holding)
{
    size_t count = 0;
    for (size_t i = 0; i < holding->count; i++) {
        count += i == 0 || !uuid_equal(&holding->items[i].topic, &holding->items[i - 1].topic);
    }
    return count;
}

static size_t run_end(const struct holding *holding, size_t at)
{
    size_t end = at;
    while (end < holding->count &&
           uuid_equal(&holding->items[end].topic, &holding->items[at].topic)) {
        end++;
    }
    return end;
}

void next_record_add_group(struct journal *journal, const char *group_id, int32_t epoch,
                           int64_t metadata_hash)
{
    struct consumer_group_metadata_key key = { slice_text(group_id) };
    struct consumer_group_metadata_value value = { .epoch = epoch, .metadata_hash = metadata_hash };
    journal_add_record(journal, &consumer_group_metadata_key_type, &key,
                       &consumer_group_metadata_value_type, 0, &value);
}

static void out_of_memory(struct journal *journal)
{
    journal->err = journal->err ? journal->err : KC_ERR_NO_MEMORY;
}

/* The list is the caller's to free. */
static bool fill_classic(const struct next_classic *classic,
                         struct consumer_group_member_metadata_value_classic_member_metadata *value)
{
    size_t count = (size_t)classic->protocol_count;
    value->session_timeout_ms = classic->session_ms;
    value->supported_protocols.items = calloc(count, sizeof(*value->supported_protocols.items));
    for (size_t i = 0; value->supported_protocols.items && i < count; i++) {
        value->supported_protocols.items[i].name = slice_text(classic->protocols[i].name);
        value->supported_protocols.items[i].metadata = classic->protocols[i].metadata;
    }
    value->supported_protocols.count = classic->protocol_count;
    return value->supported_protocols.items != NULL;
}

void next_record_add_member(struct journal *journal, const char *group_id,
                            const struct next_member *member)
{
    struct consumer_group_member_metadata_key key = { slice_text(group_id),
                                                      slice_text(member->id) };
    struct consumer_group_member_metadata_value value;
    struct consumer_group_member_metadata_value_classic_member_metadata classic = { 0 };
    message_defaults(&consumer_group_member_metadata_value_type, &value);
    value.instance_id = slice_text(member->instance_id);
    value.rack_id = slice_text(member->rack_id);
    value.client_id = slice_text(member->client_id);
    value.client_host = slice_text(member->client_host);
    value.subscribed_topic_names.items = member->topics.items;
    value.subscribed_topic_names.count = member->topics.count;
    value.subscribed_topic_regex = member->regex ? slice_text(member->regex) : SLICE_EMPTY;
    value.rebalance_timeout_ms = member->rebalance_ms;
    value.server_assignor = slice_text(member->assignor);
    if (member->classic && !fill_classic(member->classic, &classic)) {
        out_of_memory(journal);
        return;
    }
    value.classic_member_metadata = member->classic ? &classic : NULL;
    journal_add_record(journal, &consumer_group_member_metadata_key_type, &key,
                       &consumer_group_member_metadata_value_type, 0, &value);
    free(classic.supported_protocols.items);
}

void next_record_add_target(struct journal *journal, const char *group_id, const char *member_id,
                            const struct holding *target)
{
    struct consumer_group_target_assignment_member_key key = { slice_text(group_id),
                                                               slice_text(member_id) };
    struct consumer_group_target_assignment_member_value value;
    int32_t *numbers = malloc((target->count + 1) * sizeof(*numbers));
    message_defaults(&consumer_group_target_assignment_member_value_type, &value);
    value.topic_partitions.items =
        calloc(run_count(target) + 1, sizeof(*value.topic_partitions.items));
    if (!numbers || !value.topic_partitions.items) {
        out_of_memory(journal);
    } else {
        for (size_t i = 0; i < target->count; i++) {
            numbers[i] = target->items[i].partition;
        }
        for (size_t i = 0; i < target->count; i = run_end(target, i)) {
            struct consumer_group_target_assignment_member_value_topic_partition *item =
                &value.topic_partitions.items[value.topic_partitions.count++];
            item->topic_id = target->items[i].topic;
            item->partitions.items = &numbers[i];
            item->partitions.count = (int32_t)(run_end(target, i) - i);
        }
        journal_add_record(journal, &consumer_group_target_assignment_member_key_type, &key,
                           &consumer_group_target_assignment_member_value_type, 0, &value);
    }
    free(numbers);
    free(value.topic_partitions.items);
}

void next_record_add_target_epoch(struct journal *journal, const char *group_id, int32_t epoch,
                                  int64_t wall_ms)
{
    struct consumer_group_target_assignment_metadata_key key = { slice_text(group_id) };
    struct consumer_group_target_assignment_metadata_value value = { .assignment_epoch = epoch,
                                                                     .assignment_timestamp =
                                                                         wall_ms };
    journal_add_record(journal, &consumer_group_target_assignment_metadata_key_type, &key,
                       &consumer_group_target_assignment_metadata_value_type, 0, &value);
}

/* numbers: 2 * count places. */
static int32_t
fill_current(const struct holding *holding, int32_t *numbers,
             struct consumer_group_current_member_assignment_value_topic_partitions *items)
{
    int32_t count = 0;
    int32_t *epochs = numbers + holding->count;
    for (size_t i = 0; i < holding->count; i++) {
        numbers[i] = holding->items[i].partition;
        epochs[i] = holding->items[i].epoch;
    }
    for (size_t i = 0; i < holding->count; i = run_end(holding, i)) {
        int32_t size = (int32_t)(run_end(holding, i) - i);
        items[count].topic_id = holding->items[i].topic;
        items[count].partitions.items = &numbers[i];
        items[count].partitions.count = size;
        items[count].assignment_epochs.items = &epochs[i];
        items[count].assignment_epochs.count = size;
        count++;
    }
    return count;
}

void next_record_add_current(struct journal *journal, const char *group_id,
                             const struct next_member *member)
{
    struct consumer_group_current_member_assignment_key key = { slice_text(group_id),
                                                                slice_text(member->id) };
    struct consumer_group_current_member_assignment_value value;
    size_t partitions = member->assigned.count + member->revoking.count;
    size_t runs = run_count(&member->assigned) + run_count(&member->revoking);
    struct consumer_group_current_member_assignment_value_topic_partitions *items =
        calloc(runs + 1, sizeof(*items));
    int32_t *numbers = malloc((2 * partitions + 1) * sizeof(*numbers));
    message_defaults(&consumer_group_current_member_assignment_value_type, &value);
    if (!items || !numbers) {
        out_of_memory(journal);
    } else {
        value.member_epoch = member->epoch;
        value.previous_member_epoch = member->previous_epoch;
        value.state = (int8_t)member->state;
        value.assigned_partitions.items = items;
        value.assigned_partitions.count = fill_current(&member->assigned, numbers, items);
        items += value.assigned_partitions.count;
        value.partitions_pending_revocation.items = items;
        value.partitions_pending_revocation.count =
            fill_current(&member->revoking, numbers + 2 * member->assigned.count, items);
        items -= value.assigned_partitions.count;
        journal_add_record(journal, &consumer_group_current_member_assignment_key_type, &key,
                           &consumer_group_current_member_assignment_value_type, 0, &value);
    }
    free(items);
    free(numbers);
}

void next_record_add_regex(struct journal *journal, const char *group_id,
                           const struct next_regex *regex)
{
    struct consumer_group_regular_expression_key key = { slice_text(group_id),
                                                         slice_text(regex->text) };
    struct consumer_group_regular_expression_value value;
    message_defaults(&consumer_group_regular_expression_value_type, &value);
    value.topics.items = regex->topics.items;
    value.topics.count = regex->topics.count;
    value.version = regex->version;
    value.timestamp = regex->found_ms;
    journal_add_record(journal, &consumer_group_regular_expression_key_type, &key,
                       &consumer_group_regular_expression_value_type, 0, &value);
}

/* ---- tombstones ---- */

static void drop_parts(struct journal *journal, const struct message_type *type,
                       const char *group_id, const char *member_id)
{
    /* The three keys of a member have one layout. */
    struct consumer_group_member_metadata_key key = { slice_text(group_id), slice_text(member_id) };
    journal_add_record(journal, type, &key, NULL, 0, NULL);
}

void next_record_drop_member(struct journal *journal, const char *group_id, const char *member_id)
{
    drop_parts(journal, &consumer_group_current_member_assignment_key_type, group_id, member_id);
    drop_parts(journal, &consumer_group_target_assignment_member_key_type, group_id, member_id);
    drop_parts(journal, &consumer_group_member_metadata_key_type, group_id, member_id);
}

void next_record_drop_regex(struct journal *journal, const char *group_id, const char *text)
{
    struct consumer_group_regular_expression_key key = { slice_text(group_id), slice_text(text) };
    journal_add_record(journal, &consumer_group_regular_expression_key_type, &key, NULL, 0, NULL);
}

void next_record_drop_group(struct journal *journal, const char *group_id,
                            const struct group_next *next)
{
    struct consumer_group_target_assignment_metadata_key target = { slice_text(group_id) };
    struct consumer_group_partition_metadata_key topics = { slice_text(group_id) };
    struct consumer_group_metadata_key key = { slice_text(group_id) };
    for (size_t i = 0; i < next->member_count; i++) {
        next_record_drop_member(journal, group_id, next->members[i]->id);
    }
    for (size_t i = 0; i < next->regex_count; i++) {
        next_record_drop_regex(journal, group_id, next->regexes[i].text);
    }
    journal_add_record(journal, &consumer_group_target_assignment_metadata_key_type, &target, NULL,
                       0, NULL);
    /* Left by a Kafka before 4.1, which may have begun this log. */
    journal_add_record(journal, &consumer_group_partition_metadata_key_type, &topics, NULL, 0,
                       NULL);
    journal_add_record(journal, &consumer_group_metadata_key_type, &key, NULL, 0, NULL);
}
