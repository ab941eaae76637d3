/* tests: records of __consumer_offsets against Kafka's own bytes (journal.tsv), and the partition
 * that keeps a group. */
#include "coordinator/journal.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 8 };

/* Calls each(columns, count) for every line of the kind. */
static void each_line(const char *kind, void (*each)(char **columns, int count), int *ret_lines)
{
    size_t size;
    char *text = test_read_file(JOURNAL_TSV, &size);
    char *rest_lines = text;
    char *line;
    *ret_lines = 0;
    while ((line = strsep(&rest_lines, "\n")) && line[0]) {
        char *columns[COLUMNS_MAX];
        int count = 0;
        while (line && count < COLUMNS_MAX) {
            columns[count++] = strsep(&line, "\t");
        }
        if (strcmp(columns[0], kind) == 0) {
            each(columns, count);
            (*ret_lines)++;
        }
    }
    free(text);
}

/* What was read, written again by the journal: the newest version comes out as Kafka wrote it. */
static void check_offset(const struct journal_record *record, struct slice key, struct slice value)
{
    struct journal journal;
    struct group_offset offset = { .offset = record->offset.offset,
                                   .leader_epoch = record->offset.leader_epoch,
                                   .metadata = slice_dup_text(record->offset.metadata),
                                   .commit_ms = record->offset.commit_timestamp,
                                   .expire_ms = record->offset.expire_timestamp };
    journal_init(&journal);
    journal_add_offset(&journal, record->offset_key.group, record->offset_key.topic,
                       &record->offset.topic_id, record->offset_key.partition, &offset);
    assert_int_equal(journal.err, KC_ERR_NONE);
    assert_int_equal(journal.keys.size, key.size + value.size);
    assert_memory_equal(journal.keys.data, key.data, key.size);
    assert_memory_equal(journal.keys.data + key.size, value.data, value.size);
    journal_finish(&journal);
    free(offset.metadata);
}

static void check_group(const struct journal_record *record, struct slice key, struct slice value)
{
    struct journal journal;
    struct group *group = group_create(record->group_key.group, 1);
    assert_non_null(group);
    group->protocol_type = slice_dup_text(record->group.protocol_type);
    group->protocol = slice_dup_text(record->group.protocol);
    group->leader = slice_dup_text(record->group.leader);
    group->generation = record->group.generation;
    group->state_ms = record->group.current_state_timestamp;
    for (int32_t i = 0; i < record->group.members.count; i++) {
        assert_non_null(group_restore_member(group, &record->group.members.items[i],
                                             record->group.protocol, 0));
    }
    journal_init(&journal);
    journal_add_group(&journal, group, true);
    assert_int_equal(journal.err, KC_ERR_NONE);
    assert_int_equal(journal.keys.size, key.size + value.size);
    assert_memory_equal(journal.keys.data + key.size, value.data, value.size);
    journal_finish(&journal);
    group_destroy(group);
}

static void check_record(char **columns, int count)
{
    size_t key_size;
    size_t value_size;
    size_t name_size;
    struct arena arena;
    struct journal_record record;
    assert_int_equal(count, 6);
    uint8_t *key = test_unhex(columns[3], &key_size);
    uint8_t *value = test_unhex(columns[4], &value_size);
    uint8_t *name = test_unhex(columns[5], &name_size);
    struct slice key_slice = slice_of(key, key_size);
    struct slice value_slice = slice_of(value, value_size);
    bool is_group = strcmp(columns[1], "GroupMetadataValue") == 0;
    bool is_ours = strcmp(columns[2], is_group ? "3" : "4") == 0; /* as this broker writes them */
    arena_init(&arena, 1 << 20);
    assert_int_equal(journal_read(key_slice, value_slice, &arena, &record), KC_ERR_NONE);
    assert_int_equal(record.kind, is_group ? JOURNAL_GROUP : JOURNAL_OFFSET);
    assert_false(record.is_tombstone);
    struct slice group = is_group ? record.group_key.group : record.offset_key.group;
    assert_true(slice_equal(group, slice_of(name, name_size)));
    if (is_ours && is_group) {
        check_group(&record, key_slice, value_slice);
    } else if (is_ours || (!is_group && record.offset.expire_timestamp > 0)) {
        check_offset(&record, key_slice, value_slice);
    }
    /* Cut anywhere it is an error, not a wrong record. */
    for (size_t i = 0; i < value_size; i++) {
        assert_int_equal(journal_read(key_slice, slice_of(value, i), &arena, &record),
                         KC_ERR_CORRUPT_MESSAGE);
    }
    assert_int_equal(journal_read(key_slice, SLICE_NULL, &arena, &record), KC_ERR_NONE);
    assert_true(record.is_tombstone);
    arena_finish(&arena);
    free(key);
    free(value);
    free(name);
}

TEST(records_as_kafka_writes_them)
{
    int lines;
    each_line("record", check_record, &lines);
    assert_true(lines >= 30);
}

static void check_place(char **columns, int count)
{
    size_t size = 0;
    uint8_t *id = test_unhex(columns[1][0] == '-' ? "" : columns[1], &size);
    for (int i = 2; i < count; i++) {
        char *end;
        int32_t partitions = (int32_t)strtol(columns[i], &end, 10);
        assert_int_equal(*end, ':');
        int32_t expected = (int32_t)strtol(end + 1, &end, 10);
        assert_int_equal(*end, 0);
        assert_int_equal(journal_partition_of(slice_of(id, size), partitions), expected);
    }
    free(id);
}

TEST(groups_lie_where_kafka_puts_them)
{
    int lines;
    each_line("place", check_place, &lines);
    assert_int_equal(lines, 51);
}

TEST(records_of_others_are_left_alone)
{
    const uint8_t share_group[] = { 0, 11, 0, 1, 'x' };
    const uint8_t short_key[] = { 0 };
    struct journal_record record;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_int_equal(
        journal_read(slice_of(share_group, 5), slice_text("whatever"), &arena, &record),
        KC_ERR_NONE);
    assert_int_equal(record.kind, JOURNAL_OTHER);
    assert_int_equal(journal_read(slice_of(short_key, 1), SLICE_NULL, &arena, &record),
                     KC_ERR_CORRUPT_MESSAGE);
    arena_finish(&arena);
}
