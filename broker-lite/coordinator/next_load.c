/* coordinator: consumer groups read back from __consumer_offsets, record by record. */
#include "coordinator/next_parts.h"

#include <stdlib.h>

/* Types of keys. */
enum {
    RECORD_GROUP = 3,
    RECORD_PARTITIONS = 4, /* of Kafka before 4.1: the hash in RECORD_GROUP has taken its place */
    RECORD_MEMBER = 5,
    RECORD_TARGET_EPOCH = 6,
    RECORD_TARGET = 7,
    RECORD_CURRENT = 8,
    RECORD_REGEX = 16
};

/* Every key begins with the group's id; the second text is a member's id, or an expression. */
struct next_key {
    int16_t type;
    struct slice group_id;
    struct slice second;
};

static bool read_key(struct slice key, struct next_key *ret_key)
{
    struct reader reader;
    reader_init(&reader, key);
    struct next_key read = { .type = read_i16(&reader) };
    bool has_second = read.type == RECORD_MEMBER || read.type == RECORD_TARGET ||
                      read.type == RECORD_CURRENT || read.type == RECORD_REGEX;
    if (!has_second && read.type != RECORD_GROUP && read.type != RECORD_PARTITIONS &&
        read.type != RECORD_TARGET_EPOCH) {
        return false;
    }
    read.group_id = read_string(&reader, false);
    read.second = has_second ? read_string(&reader, false) : SLICE_NULL;
    *ret_key = read;
    return reader.err == KC_ERR_NONE;
}

bool next_load_group_id(struct slice key, struct slice *ret_group_id)
{
    struct next_key read;
    if (!read_key(key, &read)) {
        return false;
    }
    *ret_group_id = read.group_id;
    return true;
}

static void drop_member(struct group_next *next, struct slice id)
{
    const struct next_member *member = group_next_find(next, id);
    for (size_t i = 0; i < next->member_count; i++) {
        if (next->members[i] == member) {
            next_member_destroy(next->members[i]);
            next->member_count--;
            memmove(&next->members[i], &next->members[i + 1],
                    (next->member_count - i) * sizeof(struct next_member *));
            return;
        }
    }
}

static enum kc_err take_member(struct group_next *next, const struct next_key *key,
                               struct slice value, struct arena *arena)
{
    struct consumer_group_member_metadata_value read;
    enum kc_err err =
        journal_read_value(&consumer_group_member_metadata_value_type, value, arena, &read);
    struct next_member *member = err ? NULL : group_next_add(next, key->second);
    struct topic_names names;
    const struct consumer_group_member_metadata_value_classic_member_metadata *classic =
        err ? NULL : read.classic_member_metadata;
    if (classic && classic->supported_protocols.count < 1) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (err || !member ||
        !topic_names_make(read.subscribed_topic_names.items, read.subscribed_topic_names.count,
                          &names)) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    topic_names_finish(&member->topics);
    member->topics = names;
    member->rebalance_ms = read.rebalance_timeout_ms;
    bool good = text_set(&member->instance_id, read.instance_id) &&
                text_set(&member->rack_id, read.rack_id) &&
                text_set(&member->client_id, read.client_id) &&
                text_set(&member->client_host, read.client_host) &&
                text_set(&member->regex, read.subscribed_topic_regex) &&
                text_set(&member->assignor, read.server_assignor);
    next_classic_destroy(member->classic);
    member->classic = classic ? next_classic_of_record(classic) : NULL;
    return good && (member->classic || !classic) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err take_target(struct group_next *next, const struct next_key *key,
                               struct slice value, struct arena *arena)
{
    struct consumer_group_target_assignment_member_value read;
    enum kc_err err = journal_read_value(&consumer_group_target_assignment_member_value_type, value,
                                         arena, &read);
    struct next_member *member = err ? NULL : group_next_add(next, key->second);
    if (!member) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    holding_finish(&member->target);
    member->is_aimed = true;
    for (int32_t i = 0; i < read.topic_partitions.count; i++) {
        const struct consumer_group_target_assignment_member_value_topic_partition *topic =
            &read.topic_partitions.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            if (!holding_add(&member->target, &topic->topic_id, topic->partitions.items[j], 0)) {
                return KC_ERR_NO_MEMORY;
            }
        }
    }
    holding_sort(&member->target);
    return KC_ERR_NONE;
}

static bool
take_holding(struct holding *holding, int32_t member_epoch,
             const struct consumer_group_current_member_assignment_value_topic_partitions *topics,
             int32_t count)
{
    holding_finish(holding);
    for (int32_t i = 0; i < count; i++) {
        for (int32_t j = 0; j < topics[i].partitions.count; j++) {
            /* Kafka before 4.3 did not note them. */
            int32_t epoch = j < topics[i].assignment_epochs.count
                                ? topics[i].assignment_epochs.items[j]
                                : member_epoch;
            if (!holding_add(holding, &topics[i].topic_id, topics[i].partitions.items[j], epoch)) {
                return false;
            }
        }
    }
    holding_sort(holding);
    return true;
}

static enum kc_err take_current(struct group_next *next, const struct next_key *key,
                                struct slice value, struct arena *arena)
{
    struct consumer_group_current_member_assignment_value read;
    enum kc_err err = journal_read_value(&consumer_group_current_member_assignment_value_type,
                                         value, arena, &read);
    struct next_member *member = err ? NULL : group_next_add(next, key->second);
    if (!member) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    member->epoch = read.member_epoch;
    member->previous_epoch = read.previous_member_epoch;
    member->state = read.state == NEXT_MEMBER_UNREVOKED || read.state == NEXT_MEMBER_UNRELEASED
                        ? (enum next_member_state)read.state
                        : NEXT_MEMBER_STABLE;
    bool good =
        take_holding(&member->assigned, read.member_epoch, read.assigned_partitions.items,
                     read.assigned_partitions.count) &&
        take_holding(&member->revoking, read.member_epoch, read.partitions_pending_revocation.items,
                     read.partitions_pending_revocation.count);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static void drop_regex(struct group_next *next, struct slice text)
{
    for (size_t i = 0; i < next->regex_count; i++) {
        if (slice_is(text, next->regexes[i].text)) {
            free(next->regexes[i].text);
            topic_names_finish(&next->regexes[i].topics);
            next->regexes[i] = next->regexes[--next->regex_count];
            return;
        }
    }
}

static enum kc_err take_regex(struct group_next *next, const struct next_key *key,
                              struct slice value, struct arena *arena)
{
    struct consumer_group_regular_expression_value read;
    struct next_regex made = { .text = NULL };
    enum kc_err err =
        journal_read_value(&consumer_group_regular_expression_value_type, value, arena, &read);
    if (err) {
        return err;
    }
    drop_regex(next, key->second);
    struct next_regex *regexes = realloc(next->regexes, (next->regex_count + 1) * sizeof(*regexes));
    next->regexes = regexes ? regexes : next->regexes;
    made.text = slice_dup_text(key->second);
    made.version = read.version;
    made.found_ms = read.timestamp;
    if (!regexes || !made.text ||
        !topic_names_make(read.topics.items, read.topics.count, &made.topics)) {
        free(made.text);
        return KC_ERR_NO_MEMORY;
    }
    regexes[next->regex_count++] = made;
    return KC_ERR_NONE;
}

static enum kc_err take_group(struct group_next *next, struct slice value, struct arena *arena)
{
    struct consumer_group_metadata_value read;
    enum kc_err err = journal_read_value(&consumer_group_metadata_value_type, value, arena, &read);
    if (!err) {
        next->epoch = read.epoch;
        next->metadata_hash = read.metadata_hash;
    }
    return err;
}

static enum kc_err take_target_epoch(struct group_next *next, struct slice value,
                                     struct arena *arena)
{
    struct consumer_group_target_assignment_metadata_value read;
    enum kc_err err = journal_read_value(&consumer_group_target_assignment_metadata_value_type,
                                         value, arena, &read);
    if (!err) {
        next->target_epoch = read.assignment_epoch;
        next->target_ms = MAX_OF(read.assignment_timestamp, 0);
    }
    return err;
}

static void take_tombstone(struct group_next *next, const struct next_key *key, bool *ret_gone)
{
    struct next_member *member = NULL;
    switch (key->type) {
    case RECORD_GROUP:
        *ret_gone = true;
        break;
    case RECORD_MEMBER:
        drop_member(next, key->second);
        break;
    case RECORD_TARGET_EPOCH:
        next->target_epoch = 0;
        next->target_ms = 0;
        break;
    case RECORD_TARGET:
        member = group_next_find(next, key->second);
        if (member) {
            holding_finish(&member->target);
            member->is_aimed = false;
        }
        break;
    case RECORD_CURRENT:
        member = group_next_find(next, key->second);
        if (member) {
            member->epoch = member->previous_epoch = 0;
            member->state = NEXT_MEMBER_STABLE;
            holding_finish(&member->assigned);
            holding_finish(&member->revoking);
        }
        break;
    case RECORD_REGEX:
        drop_regex(next, key->second);
        break;
    default:
        break;
    }
}

enum kc_err next_load_record(struct group_next *next, struct slice key, struct slice value,
                             struct arena *arena, bool *ret_gone)
{
    struct next_key read;
    *ret_gone = false;
    if (!read_key(key, &read)) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (slice_is_null(value)) {
        take_tombstone(next, &read, ret_gone);
        return KC_ERR_NONE;
    }
    switch (read.type) {
    case RECORD_GROUP:
        return take_group(next, value, arena);
    case RECORD_MEMBER:
        return take_member(next, &read, value, arena);
    case RECORD_TARGET_EPOCH:
        return take_target_epoch(next, value, arena);
    case RECORD_TARGET:
        return take_target(next, &read, value, arena);
    case RECORD_CURRENT:
        return take_current(next, &read, value, arena);
    case RECORD_REGEX:
        return take_regex(next, &read, value, arena);
    default:
        return KC_ERR_NONE;
    }
}

void next_load_done(struct group_next *next, const struct next_env *env)
{
    next->is_outdated = true;
    next->is_counted = false;
    for (size_t i = 0; i < next->member_count; i++) {
        struct next_member *member = next->members[i];
        member->expires_ms = env->now_ms + next_member_session_ms(member, env->session_ms);
        member->owes_by_ms = member->state == NEXT_MEMBER_UNREVOKED && !member->classic
                                 ? env->now_ms + MAX_OF(member->rebalance_ms, 0)
                                 : INT64_MAX;
    }
}
