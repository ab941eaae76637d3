/* tests: reading __consumer_offsets and __transaction_state back: what Kafka 4.3 wrote, record by
 * record (kafka_groups.tsv); types that nobody knows; and bytes that nobody should have written. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"
#include "coordinator/txn_record.h"
#include "coordinator_stage.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <stdlib.h>

enum { RECORD_BYTES_MAX = 4096, ARENA_BYTES_MAX = 1 << 20 };

static void put(struct coordinator_stage *stage, const char *topic, struct slice key,
                struct slice value)
{
    static uint8_t memory[RECORD_BYTES_MAX];
    struct partition *partition = stage_partition(stage, topic, 0);
    const struct batch_close close = { .partition_leader_epoch = -1,
                                       .producer_id = BATCH_NO_PRODUCER_ID,
                                       .producer_epoch = -1,
                                       .base_sequence = -1 };
    struct batch_writer writer;
    struct slice batch;
    struct log_appended appended;
    batch_writer_init(&writer, memory, sizeof(memory));
    assert_true(batch_writer_append(&writer, 1000, key, value, NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_NONE);
    const struct log_append append = { .data = memory,
                                       .size = batch.size,
                                       .origin = LOG_ORIGIN_COORDINATOR,
                                       .leader_epoch = partition->leader_epoch,
                                       .now_ms = 1000,
                                       .checked = true };
    assert_int_equal(partition_append(partition, &append, &appended), KC_ERR_NONE);
}

static void begin(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    scratch_disk_init(disk);
    coordinator_stage_init(stage, disk);
}

/* ---- what Kafka wrote ---- */

/* Calls each with every record of the file, in its order: key, tab, value in hex, or "-". */
static void each_record(void (*each)(void *context, struct slice key, struct slice value),
                        void *context)
{
    size_t size;
    char *text = test_read_file(KAFKA_GROUPS_TSV, &size);
    char *rest = text;
    char *line;
    int count = 0;
    while ((line = strsep(&rest, "\n")) && line[0]) {
        const char *key_text = strsep(&line, "\t");
        size_t key_size;
        size_t value_size = 0;
        uint8_t *key = test_unhex(key_text, &key_size);
        uint8_t *value = line[0] == '-' ? NULL : test_unhex(line, &value_size);
        each(context, slice_of(key, key_size), value ? slice_of(value, value_size) : SLICE_NULL);
        free(key);
        free(value);
        count++;
    }
    free(text);
    assert_true(count > 30);
}

static void put_group(void *context, struct slice key, struct slice value)
{
    put(context, "__consumer_offsets", key, value);
}

static const struct group *group_of(const struct coordinator_stage *stage, const char *name)
{
    return groups_find(stage->groups, slice_text(name));
}

static int64_t offset_of(const struct coordinator_stage *stage, const char *name)
{
    const struct group *group = group_of(stage, name);
    assert_non_null(group);
    const struct group_offset *offset = groups_offset_of(group, slice_text("t"), 0);
    return offset ? offset->offset : -1;
}

TEST(what_kafka_wrote_is_read)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    each_record(put_group, &stage);
    assert_true(stage_start_groups(&stage));
    assert_int_equal(offset_of(&stage, "classic-kept"), 10);
    assert_int_equal(offset_of(&stage, "next-kept"), 10);
    assert_int_equal(offset_of(&stage, "simple"), 3);
    assert_int_equal(offset_of(&stage, "classic-bare"), -1);
    assert_int_equal(offset_of(&stage, "next-bare"), -1);
    assert_null(group_of(&stage, "classic-gone"));
    assert_null(group_of(&stage, "next-gone"));
    const struct group *kept = group_of(&stage, "classic-kept");
    assert_int_equal(kept->state, GROUP_EMPTY);
    assert_int_equal(kept->generation, 2);
    assert_string_equal(kept->protocol_type, "consumer");
    assert_true(kept->state_ms > INT64_C(1700000000000));
    assert_int_equal(group_of(&stage, "next-kept")->next->epoch, 3);
    /* Members that were in when it ended. */
    const struct group *classic = group_of(&stage, "classic-in");
    assert_int_equal(classic->state, GROUP_STABLE);
    assert_int_equal(classic->member_count, 1);
    assert_true(group_subscribes(classic, slice_text("t")));
    const struct group_next *next = group_of(&stage, "next-in")->next;
    assert_int_equal(next->member_count, 1);
    assert_true(group_next_subscribes(next, slice_text("t")));
    assert_int_equal(next->epoch, 2);
    assert_int_equal(next->target_epoch, 2);
    assert_true(next->target_ms > INT64_C(1700000000000));
    assert_true(next->members[0]->is_aimed);
    assert_int_equal(next->members[0]->epoch, 2);
    assert_null(next->members[0]->classic);
    assert_string_equal(next->members[0]->client_host, "/127.0.0.1");
    assert_int_equal(next->members[0]->assigned.count, 1);
    assert_int_equal(next->members[0]->target.count, 1);
    coordinator_stage_finish(&stage);
}

/* ---- what is not known ---- */

static void put_number(struct coordinator_stage *stage, int type, const char *rest)
{
    uint8_t key[64] = { (uint8_t)(type >> 8), (uint8_t)type };
    size_t size = strlen(rest);
    memcpy(key + 2, rest, size);
    put(stage, "__consumer_offsets", slice_of(key, 2 + size), slice_text("whatever"));
    put(stage, "__consumer_offsets", slice_of(key, 2 + size), SLICE_NULL);
}

TEST(types_that_are_not_known_are_passed_over)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    for (int type = 9; type < 300; type++) {
        if (type != 16) { /* an expression of a consumer group */
            put_number(&stage, type, "anything");
        }
    }
    put_number(&stage, -1, "");
    each_record(put_group, &stage);
    assert_true(stage_start_groups(&stage));
    assert_int_equal(offset_of(&stage, "simple"), 3);
    assert_int_equal(stage.groups->by_id.count, 7);
    coordinator_stage_finish(&stage);
}

/* Nobody is served from a partition that cannot be read, and nobody waits for it. */
static void check_refused(struct slice key, struct slice value)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct groups_options options;
    begin(&stage, &disk);
    assert_true(stage_start_groups(&stage));
    options = stage.groups->options;
    put(&stage, "__consumer_offsets", key, value);
    groups_destroy(stage.groups);
    stage.groups = groups_create(&options);
    const struct image_change change = {
        IMAGE_PARTITION_CHANGED, image_topic(&stage.image, slice_text("__consumer_offsets")), 0
    };
    groups_follow(stage.groups, &change);
    assert_int_equal(groups_check(stage.groups, slice_text("g")),
                     KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    assert_false(groups_are_unreadable(stage.groups, 0));
    while (groups_are_loading(stage.groups)) {
        stage_run(&stage);
    }
    assert_int_equal(groups_check(stage.groups, slice_text("g")), KC_ERR_NOT_COORDINATOR);
    assert_true(groups_are_unreadable(stage.groups, 0));
    assert_int_equal(stage.groups->by_id.count, 0);
    coordinator_stage_finish(&stage);
}

TEST(what_cannot_be_read_is_not_served)
{
    static const uint8_t offset_key[] = { 0, 1, 0, 1, 'g', 0, 1, 't', 0, 0, 0, 0 };
    static const uint8_t late[] = { 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }; /* version 5 */
    static const uint8_t member_key[] = { 0, 5, 0, 1, 'g', 0, 1, 'm' };
    static const uint8_t huge[] = { 0, 0, 1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 7 }; /* names */
    check_refused(SLICE_EMPTY, slice_text("value"));
    check_refused(slice_of(offset_key, sizeof(offset_key)), slice_of(late, sizeof(late)));
    check_refused(slice_of(offset_key, sizeof(offset_key)), SLICE_EMPTY);
    check_refused(slice_of(offset_key, 6), SLICE_NULL);
    check_refused(slice_of(member_key, sizeof(member_key)), slice_of(huge, sizeof(huge)));
}

TEST(a_transaction_that_cannot_be_read_is_not_served)
{
    static const uint8_t key[] = { 0, 0, 0, 2, 'i', 'd' };
    struct scratch_disk disk;
    struct coordinator_stage stage;
    begin(&stage, &disk);
    assert_true(stage_start_groups(&stage));
    assert_true(stage_start_transactions(&stage));
    const struct transactions_options options = stage.transactions->options;
    put(&stage, "__transaction_state", slice_of(key, sizeof(key)), slice_text("nonsense"));
    transactions_destroy(stage.transactions);
    stage.transactions = transactions_create(&options);
    const struct image_change change = {
        IMAGE_PARTITION_CHANGED, image_topic(&stage.image, slice_text("__transaction_state")), 0
    };
    transactions_follow(stage.transactions, &change);
    assert_false(transactions_are_unreadable(stage.transactions, 0));
    while (!list_is_empty(&stage.transactions->loads)) {
        stage_run(&stage);
    }
    assert_true(transactions_are_unreadable(stage.transactions, 0));
    assert_int_equal(transactions_check(stage.transactions, slice_text("id")),
                     KC_ERR_NOT_COORDINATOR);
    coordinator_stage_finish(&stage);
}

/* ---- hostile bytes ---- */

/* A record read into a group of its own: anything may come of it, but it ends, and takes no more
 * memory than the arena has and the bytes account for. */
static void read_alone(struct slice key, struct slice value)
{
    struct arena arena;
    struct journal_record record;
    struct slice group_id;
    bool is_gone;
    arena_init(&arena, ARENA_BYTES_MAX);
    if (!journal_read(key, value, &arena, &record) && record.kind == JOURNAL_OTHER &&
        next_load_group_id(key, &group_id)) {
        struct group_next *next = group_next_create();
        assert_non_null(next);
        (void)next_load_record(next, key, value, &arena, &is_gone);
        group_next_destroy(next);
    }
    arena_finish(&arena);
}

/* Every cut, and at every place the bytes that make lengths absurd. */
static void hurt(void *context, struct slice key, struct slice value)
{
    static const uint8_t bad[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    uint8_t bytes[RECORD_BYTES_MAX];
    size_t size = key.size + value.size;
    (void)context;
    assert_true(size + 8 < sizeof(bytes));
    memset(bytes, 0xff, sizeof(bytes));
    memcpy(bytes, key.data, key.size);
    if (value.size > 0) {
        memcpy(bytes + key.size, value.data, value.size);
    }
    for (size_t i = 0; i < size; i++) {
        uint8_t kept = bytes[i];
        for (size_t j = 0; j < sizeof(bad); j++) {
            bytes[i] = bad[j];
            read_alone(slice_of(bytes, key.size), slice_of(bytes + key.size, value.size));
            /* With more behind it: what a length promises is there. */
            read_alone(slice_of(bytes, key.size), slice_of(bytes + key.size, value.size + 8));
        }
        bytes[i] = kept;
    }
    for (size_t i = 0; i < key.size; i++) {
        read_alone(slice_of(bytes, i), value);
    }
    for (size_t i = 0; i < value.size; i++) {
        read_alone(key, slice_of(value.data, i));
    }
}

TEST(hostile_bytes_end_in_an_error_or_in_a_group)
{
    each_record(hurt, NULL);
}
