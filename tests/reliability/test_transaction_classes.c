/* reliability: what a transactional producer makes of each error code, before and after the effect,
 * and of cut answers (R36): every row of transaction_classes.tsv. Each row is a transaction with
 * records and a group's offsets; in the end a reader of committed records and the group's offsets
 * must show exactly what the calls said. */
#include "class_row.h"
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EACH = 4, FAULTS = 2, END_NUMBER = 99, VISIBLE_MAX = 32, CALL_MS = 20000 };

struct story {
    const struct class_row *row;
    struct bl_broker *broker;
    char name[LEDGER_TOPIC_MAX]; /* of topic, transactional.id and group */
    struct kc_producer *producer;
    int expected[VISIBLE_MAX];
    size_t expected_count;
    int64_t expected_offset; /* of the group; -1: none */
    struct kc_error error;
};

static struct kc_producer *open_producer(struct story *story, bool is_transactional)
{
    const char *const settings[] = { "batch.size", "1",
                                     is_transactional ? "transactional.id" : NULL, story->name,
                                     NULL };
    return ledger_producer(bl_address(story->broker), settings);
}

/* Calls that ran out of time are made again, as the contract says. */
static bool goes_on(const struct kc_error *error, int *tries)
{
    return error->code != KC_ERR_NONE && error->kind == KC_KIND_RETRIABLE && ++*tries < 3;
}

static bool init(struct story *story)
{
    int tries = 0;
    do {
        story->error = (struct kc_error){ 0 };
        (void)kc_producer_init_transactions(story->producer, CALL_MS, &story->error);
    } while (goes_on(&story->error, &tries));
    return story->error.code == KC_ERR_NONE;
}

static bool end_with(struct story *story,
                     enum kc_err (*end)(struct kc_producer *, int, struct kc_error *))
{
    int tries = 0;
    do {
        story->error = (struct kc_error){ 0 };
        (void)end(story->producer, CALL_MS, &story->error);
    } while (goes_on(&story->error, &tries));
    return story->error.code == KC_ERR_NONE;
}

static bool send_offset(struct story *story, int first)
{
    struct kc_group_metadata group = { .group_id = story->name, .generation_id = -1 };
    struct kc_position position = { .topic = story->name,
                                    .offset = first + 100,
                                    .leader_epoch = -1 };
    int tries = 0;
    do {
        story->error = (struct kc_error){ 0 };
        (void)kc_producer_send_offsets_to_transaction(story->producer, &position, 1, &group,
                                                      CALL_MS, &story->error);
    } while (goes_on(&story->error, &tries));
    return story->error.code == KC_ERR_NONE;
}

static enum kc_err send_number(struct kc_producer *producer, const char *topic, int number,
                               struct kc_error *error)
{
    char value[16];
    (void)snprintf(value, sizeof(value), "%d", number);
    struct kc_record record = { .topic = topic, .value = kc_text(value) };
    return kc_producer_send(producer, &record, NULL, NULL, error);
}

/* A whole transaction; false: story->error tells what ended it. */
static bool transact(struct story *story, int first)
{
    story->error = (struct kc_error){ 0 };
    if (kc_producer_begin_transaction(story->producer, &story->error)) {
        return false;
    }
    for (int i = 0; i < EACH; i++) {
        if (send_number(story->producer, story->name, first + i, &story->error)) {
            return false;
        }
    }
    if (!send_offset(story, first) || !end_with(story, kc_producer_commit_transaction)) {
        return false;
    }
    for (int i = 0; i < EACH; i++) {
        story->expected[story->expected_count++] = first + i;
    }
    story->expected_offset = first + 100;
    return true;
}

static void check_visible(struct story *story)
{
    static const char *const settings[] = { "isolation.level", "read_committed", NULL };
    struct kc_error error;
    struct kc_producer *plain = open_producer(story, false);
    assert_int_equal(send_number(plain, story->name, END_NUMBER, &error), 0);
    assert_int_equal(kc_producer_flush(plain, LEDGER_PATIENCE_MS, &error), 0);
    kc_producer_destroy(plain);
    struct kc_consumer *consumer =
        ledger_consumer(bl_address(story->broker), story->name, settings);
    for (size_t i = 0; i <= story->expected_count; i++) {
        struct kc_record record;
        char text[16] = "";
        enum kc_err err = kc_consumer_poll_record(consumer, LEDGER_PATIENCE_MS, &record, &error);
        class_row_need(story->row, err == KC_ERR_NONE, "committed records cannot be read");
        (void)snprintf(text, sizeof(text), "%.*s", (int)record.value.size,
                       (const char *)record.value.data);
        int wanted = i < story->expected_count ? story->expected[i] : END_NUMBER;
        if (strtol(text, NULL, 10) != wanted) {
            (void)snprintf(error.text, sizeof(error.text), "record %zu is %s and should be %d", i,
                           text, wanted);
            class_row_need(story->row, false, error.text);
        }
    }
    kc_consumer_destroy(consumer);
}

static void check_offset(struct story *story)
{
    struct kc_error error;
    int64_t found = ledger_group_offset(bl_address(story->broker), story->name);
    (void)snprintf(error.text, sizeof(error.text), "the group is at %lld and should be at %lld",
                   (long long)found, (long long)story->expected_offset);
    class_row_need(story->row, found == story->expected_offset, error.text);
}

static void take_over(struct story *story)
{
    kc_producer_destroy(story->producer);
    story->producer = open_producer(story, true);
    class_row_need(story->row, init(story), "no other producer can take over");
}

static void check_class(struct story *story, bool went_well)
{
    const struct class_row *row = story->row;
    enum kc_err code = story->error.code;
    if (class_row_is(row, "retry")) {
        class_row_need(row, went_well, story->error.text);
        return;
    }
    class_row_need(row, !went_well, "nothing failed");
    class_row_need(row, code == (enum kc_err)row->code, story->error.text);
    if (class_row_is(row, "abort")) {
        class_row_need(row, story->error.kind == KC_KIND_ABORTABLE, "another kind of error");
        class_row_need(row, end_with(story, kc_producer_abort_transaction), story->error.text);
        class_row_need(row, transact(story, EACH), story->error.text);
    } else {
        class_row_need(row, story->error.kind == KC_KIND_FATAL, "another kind of error");
        class_row_need(row, kc_producer_begin_transaction(story->producer, NULL) != KC_ERR_NONE,
                       "it goes on");
    }
}

static void run_row(struct bl_broker *broker, const struct class_row *row)
{
    struct story story = { .row = row, .broker = broker, .expected_offset = -1 };
    (void)snprintf(story.name, sizeof(story.name), "txn-%d-%d", row->number, row->is_after);
    ledger_prepare(broker, story.name);
    int id = ledger_fault(broker, class_row_fault(row, class_row_is(row, "retry") ? FAULTS : 1));
    story.producer = open_producer(&story, true);
    bool went_well = init(&story) && transact(&story, 0);
    class_row_need(row, bl_fault_hits(broker, id) > 0, "the fault met nothing");
    ledger_forgive(broker, id);
    check_class(&story, went_well);
    if (class_row_is(row, "fatal")) {
        take_over(&story);
    } else {
        /* The producer is as good as new. */
        class_row_need(row, transact(&story, 2 * EACH), story.error.text);
    }
    check_visible(&story);
    check_offset(&story);
    kc_producer_destroy(story.producer);
}

static void run_rows(const char *api, bool is_old)
{
    struct class_table table;
    struct class_row row = { 0 };
    struct bl_broker *broker = ledger_broker(NULL);
    int run = 0;
    if (is_old) {
        /* A cluster that tells of no features: the producer adds partitions itself. */
        (void)ledger_fault(broker, (struct bl_fault){ .api = "ApiVersions",
                                                      .min_version = 1,
                                                      .deed = BL_ERROR,
                                                      .value = KC_ERR_UNSUPPORTED_VERSION });
    }
    class_table_open(&table, TRANSACTION_CLASSES_TABLE);
    while (class_table_next(&table, api, &row)) {
        run_row(broker, &row);
        run++;
    }
    assert_true(run > 0);
    class_table_close(&table);
    ledger_broker_stop(broker);
}

TEST(init_producer_id)
{
    run_rows("InitProducerId", false);
}

TEST(find_coordinator)
{
    run_rows("FindCoordinator", false);
}

TEST(produce)
{
    run_rows("Produce", false);
}

TEST(txn_offset_commit)
{
    run_rows("TxnOffsetCommit", false);
}

TEST(end_txn)
{
    run_rows("EndTxn", false);
}

TEST(add_partitions_to_txn)
{
    run_rows("AddPartitionsToTxn", true);
}

TEST(add_offsets_to_txn)
{
    run_rows("AddOffsetsToTxn", true);
}
