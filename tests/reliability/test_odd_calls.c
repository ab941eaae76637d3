/* reliability: calls of a consumer that are allowed and rare: both kinds of poll mixed, pauses in
 * the middle of a batch, calls inside callbacks of commits, an event loop that waits for the
 * descriptor, calls after close. */
#include "fellow.h"
#include "ledger.h"

#include <libclient/offsets.h>
#include <libclient/stall.h>
#include <libclient/subscription.h>
#include <poll.h>

enum { RECORDS = 10, BATCHES = 3 };

/* A topic of one partition with so many batches of so many records. */
static void fill_topic(struct bl_broker *broker, const char *topic)
{
    struct ledger ledger;

    ledger_prepare(broker, topic);
    ledger_open(&ledger, broker, topic, NULL, RECORDS * BATCHES);
    for (int k = 0; k < BATCHES; k++) {
        for (int i = 0; i < RECORDS; i++) {
            ledger_send(&ledger, 100);
        }
        ledger_flush(&ledger);
    }
    ledger_drop(&ledger);
}

static const char *const in_group[] = { "group.id", "odd", "enable.auto.commit", "false", NULL };

/* Batches come one by one and at first packed, so that what a call skips shows. */
static struct kc_consumer *open_consumer(struct bl_broker *broker, const char *topic)
{
    return ledger_consumer(bl_address(broker), topic, in_group);
}

static int64_t next_record(struct kc_consumer *consumer)
{
    struct kc_record record;
    struct kc_error error;

    if (kc_consumer_poll_record(consumer, LEDGER_PATIENCE_MS, &record, &error)) {
        fail_msg("no record: %s", error.text);
    }
    return record.offset;
}

static int64_t first_of_batch(struct kc_consumer *consumer)
{
    struct kc_record record = { .offset = -1 };
    struct kc_error error;
    struct kc_batch *batch = kc_consumer_poll(consumer, LEDGER_PATIENCE_MS, &error);

    assert_non_null(batch);
    assert_true(kc_batch_next(batch, &record));
    kc_batch_release(batch);
    return record.offset;
}

struct told {
    struct kc_consumer *consumer;
    int count;
    enum kc_err err;      /* of the commit that failed last */
    enum kc_err call_err; /* of the call made inside */
};

static void on_commit(void *context, enum kc_err err, const struct kc_position *positions,
                      size_t count)
{
    struct told *told = context;

    told->count++;
    told->err = err ? err : told->err;
}

/* Commits, and waits until the answer lies in the inbox, where the descriptor tells of it. */
static void commit_and_wait(struct kc_consumer *consumer, struct bl_broker *broker,
                            kc_commit_callback *callback, struct told *told)
{
    struct kc_position position = { .topic = "odd", .offset = 1, .leader_epoch = -1 };
    struct kc_error error;

    assert_int_equal(
        kc_consumer_commit_positions_async(consumer, &position, 1, callback, told, &error),
        KC_ERR_NONE);
    /* Commits are answered in their order, and one that is waited for comes after. */
    assert_int_equal(kc_consumer_commit_sync(consumer, &position, 1, LEDGER_PATIENCE_MS, &error),
                     KC_ERR_NONE);
    (void)broker;
}

TEST(a_poll_after_poll_record_goes_on_behind_that_record_also_when_a_callback_is_due)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct told told = { 0 };

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    for (int64_t i = 0; i < 4; i++) {
        assert_int_equal(next_record(consumer), i);
    }
    commit_and_wait(consumer, broker, on_commit, &told);
    assert_int_equal(first_of_batch(consumer), 4);
    assert_int_equal(told.count, 1);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

TEST(a_pause_in_the_middle_of_a_batch_loses_nothing_of_it_also_when_a_callback_is_due)
{
    struct bl_broker *broker = ledger_broker(NULL);
    const struct kc_partition odd = { "odd", 0 };
    struct kc_position even = { .topic = "even", .offset = 0 };
    struct told told = { 0 };
    struct kc_error error;

    fill_topic(broker, "odd");
    fill_topic(broker, "even");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    for (int64_t i = 0; i < 4; i++) {
        assert_int_equal(next_record(consumer), i);
    }
    assert_int_equal(kc_consumer_assign_more(consumer, &even, 1, &error), KC_ERR_NONE);
    assert_int_equal(kc_consumer_pause(consumer, &odd, 1, &error), KC_ERR_NONE);
    commit_and_wait(consumer, broker, on_commit, &told);
    for (int64_t i = 0; i < RECORDS * BATCHES; i++) {
        assert_int_equal(next_record(consumer), i); /* of the other */
    }
    assert_int_equal(kc_consumer_resume(consumer, &odd, 1, &error), KC_ERR_NONE);
    for (int64_t i = 4; i < RECORDS * BATCHES; i++) {
        assert_int_equal(next_record(consumer), i);
    }
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

TEST(a_record_stays_until_the_next_poll_although_its_partition_was_given_back)
{
    struct bl_broker *broker = ledger_broker(NULL);
    const struct kc_partition odd = { "odd", 0 };
    struct kc_record record;
    struct kc_error error;
    uint64_t number;

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    assert_int_equal(next_record(consumer), 0);
    assert_int_equal(kc_consumer_poll_record(consumer, LEDGER_PATIENCE_MS, &record, &error),
                     KC_ERR_NONE);
    assert_int_equal(kc_consumer_unassign(consumer, &odd, 1, &error), KC_ERR_NONE);
    assert_string_equal(record.topic, "odd");
    memcpy(&number, record.value.data, sizeof(number));
    assert_int_equal(number, 1);
    assert_int_equal(kc_consumer_poll_record(consumer, 0, &record, &error), KC_ERR_TIMED_OUT);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

/* ---- the descriptor ---- */

static bool is_readable(int fd, int timeout_ms)
{
    struct pollfd wanted = { .fd = fd, .events = POLLIN };

    return poll(&wanted, 1, timeout_ms) == 1;
}

TEST(the_descriptor_tells_of_what_a_resume_lets_through)
{
    struct bl_broker *broker = ledger_broker(NULL);
    const struct kc_partition odd = { "odd", 0 };
    struct kc_error error;

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    int fd = kc_consumer_fd(consumer, &error);
    assert_int_equal(first_of_batch(consumer), 0); /* the rest is here, too, or soon will be */
    int64_t lag = -1;
    assert_int_equal(kc_consumer_lag(consumer, "odd", 0, &lag, &error), KC_ERR_NONE);
    assert_int_equal(kc_consumer_seek(consumer, "odd", 0, RECORDS, &error), KC_ERR_NONE);
    assert_int_equal(kc_consumer_pause(consumer, &odd, 1, &error), KC_ERR_NONE);
    assert_int_equal(kc_consumer_resume(consumer, &odd, 1, &error), KC_ERR_NONE);
    assert_true(is_readable(fd, LEDGER_PATIENCE_MS));
    assert_int_equal(kc_consumer_pause(consumer, &odd, 1, &error), KC_ERR_NONE);
    assert_null(kc_consumer_poll(consumer, 0, &error)); /* what is here is put aside */
    assert_int_equal(error.code, KC_ERR_NONE);
    assert_int_equal(kc_consumer_resume(consumer, &odd, 1, &error), KC_ERR_NONE);
    assert_true(is_readable(fd, 0));
    assert_int_equal(first_of_batch(consumer), RECORDS);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

TEST(the_descriptor_tells_of_a_callback_after_another_assignment)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct told told = { 0 };
    struct kc_error error;

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    int fd = kc_consumer_fd(consumer, &error);
    commit_and_wait(consumer, broker, on_commit, &told);
    kc_consumer_unsubscribe(consumer);
    assert_true(is_readable(fd, 0));
    assert_null(kc_consumer_poll(consumer, 0, &error));
    assert_int_equal(told.count, 1);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

/* ---- calls inside callbacks of commits ---- */

static void on_commit_close(void *context, enum kc_err err, const struct kc_position *positions,
                            size_t count)
{
    struct told *told = context;
    struct kc_error error;

    told->count++;
    told->call_err = kc_consumer_close(told->consumer, LEDGER_PATIENCE_MS, &error);
}

TEST(a_close_inside_the_callback_of_a_commit_does_not_leave_the_poll_waiting)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct kc_error error;

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    struct told told = { .consumer = consumer, .call_err = KC_ERR_INVALID };
    commit_and_wait(consumer, broker, on_commit_close, &told);
    commit_and_wait(consumer, broker, on_commit_close, &told);
    assert_null(kc_consumer_poll(consumer, LEDGER_PATIENCE_MS, &error));
    assert_int_equal(error.code, KC_ERR_CLOSED);
    assert_int_equal(told.count, 2);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

TEST(a_close_inside_the_callback_of_a_commit_inside_a_close)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct kc_error error;

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    struct told told = { .consumer = consumer, .call_err = KC_ERR_INVALID };
    commit_and_wait(consumer, broker, on_commit_close, &told);
    commit_and_wait(consumer, broker, on_commit_close, &told);
    commit_and_wait(consumer, broker, on_commit_close, &told);
    enum kc_err err = kc_consumer_close(consumer, LEDGER_PATIENCE_MS, &error);
    assert_true(err == KC_ERR_NONE || err == KC_ERR_CLOSED);
    assert_int_equal(told.count, 3);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}

/* ---- leaving ---- */

TEST(commits_that_were_asked_for_before_the_group_is_left_get_there)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct told told = { 0 };
    struct kc_error error;
    struct fellow fellow;

    fill_topic(broker, "odd");
    fellow_join(&fellow, bl_address(broker), "classic", "odd", NULL);
    while (!fellow_poll(&fellow, true)) {
    }
    (void)ledger_fault(broker,
                       (struct bl_fault){ .api = "OffsetCommit", .deed = BL_DELAY, .value = 100 });
    for (int64_t i = 1; i <= 3; i++) {
        struct kc_position position = { .topic = "odd", .offset = i, .leader_epoch = -1 };
        assert_int_equal(kc_consumer_commit_positions_async(fellow.consumer, &position, 1,
                                                            on_commit, &told, &error),
                         KC_ERR_NONE);
    }
    kc_consumer_unsubscribe(fellow.consumer);
    while (told.count < 3) {
        assert_null(kc_consumer_poll(fellow.consumer, 10, &error));
    }
    assert_int_equal(told.err, KC_ERR_NONE);
    assert_int_equal(ledger_group_offset(bl_address(broker), "g"), 3);
    kc_consumer_destroy(fellow.consumer);
    ledger_broker_stop(broker);
}

TEST(who_leaves_a_group_and_takes_partitions_by_hand_may_commit_at_once)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct kc_position position = { .topic = "odd", .offset = 5, .leader_epoch = -1 };
    struct kc_error error;
    struct fellow fellow;

    fill_topic(broker, "odd");
    fellow_join(&fellow, bl_address(broker), "classic", "odd", NULL);
    while (!fellow_poll(&fellow, true)) {
    }
    kc_consumer_unsubscribe(fellow.consumer);
    assert_int_equal(kc_consumer_assign(fellow.consumer, &position, 1, &error), KC_ERR_NONE);
    enum kc_err err =
        kc_consumer_commit_sync(fellow.consumer, &position, 1, LEDGER_PATIENCE_MS, &error);
    if (err) {
        fail_msg("%s", error.text);
    }
    kc_consumer_destroy(fellow.consumer);
    ledger_broker_stop(broker);
}

TEST(what_was_lost_before_it_was_given_back_is_told_as_lost)
{
    struct bl_broker *broker = ledger_broker(NULL);
    struct kc_error error;
    struct fellow fellow;

    fill_topic(broker, "odd");
    fellow_join(&fellow, bl_address(broker), "classic", "odd", NULL);
    while (!fellow_poll(&fellow, true)) {
    }
    int fd = kc_consumer_fd(fellow.consumer, &error);
    const struct kc_partition odd = { "odd", 0 };
    assert_int_equal(kc_consumer_pause(fellow.consumer, &odd, 1, &error), KC_ERR_NONE);
    while (kc_consumer_poll(fellow.consumer, 100, &error)) {
    }
    (void)ledger_fault(broker, (struct bl_fault){ .api = "Heartbeat",
                                                  .deed = BL_ERROR,
                                                  .value = KC_ERR_UNKNOWN_MEMBER_ID,
                                                  .count = 1 });
    assert_true(is_readable(fd, LEDGER_PATIENCE_MS));
    kc_consumer_unsubscribe(fellow.consumer);
    assert_int_equal(fellow.lost, 1);
    assert_int_equal(fellow.revoked, 0);
    kc_consumer_destroy(fellow.consumer);
    ledger_broker_stop(broker);
}

/* A KIP-848 group names them before the consumer has heard of them. */
static void add_partitions(const char *protocol, const char *const *settings)
{
    const char *const broker_settings[] = { "group.consumer.min.heartbeat.interval.ms", "100",
                                            "group.consumer.heartbeat.interval.ms", "100", NULL };
    struct bl_broker *broker = ledger_broker(broker_settings);
    struct kc_new_partitions more = { .topic = "odd", .total_count = 3 };
    struct kc_config *config = kc_config_create();
    struct kc_item_results *results;
    struct kc_error error;
    struct fellow fellow;

    fill_topic(broker, "odd");
    fellow_join(&fellow, bl_address(broker), protocol, "odd", settings);
    for (int read = 0; read < RECORDS * BATCHES;) {
        read += fellow_poll(&fellow, true);
    }
    assert_int_equal(kc_config_set(config, "bootstrap.servers", bl_address(broker), &error), 0);
    struct kc_admin *admin = kc_admin_create(config, &error);
    assert_int_equal(
        kc_admin_create_partitions(admin, &more, 1, 0, LEDGER_PATIENCE_MS, &results, &error),
        KC_ERR_NONE);
    assert_int_equal(results->items[0].err, KC_ERR_NONE);
    while (fellow.assigned - fellow.revoked < 3) {
        (void)fellow_poll(&fellow, true);
    }
    int64_t offset = KC_OFFSET_NONE;
    while (offset != 0) {
        (void)fellow_poll(&fellow, true);
        assert_int_equal(kc_consumer_position(fellow.consumer, "odd", 2, &offset, &error),
                         KC_ERR_NONE);
    }
    fellow_close(&fellow, LEDGER_PATIENCE_MS);
    kc_item_results_destroy(results);
    kc_admin_destroy(admin);
    kc_config_destroy(config);
    ledger_broker_stop(broker);
}

TEST(partitions_that_are_added_are_no_error)
{
    const char *const often[] = { "metadata.max.age.ms", "200", NULL };

    add_partitions("classic", often);
    add_partitions("consumer", NULL);
}

TEST(calls_after_close_say_so)
{
    struct bl_broker *broker = ledger_broker(NULL);
    const struct kc_partition odd = { "odd", 0 };
    struct kc_position position = { .topic = "odd", .offset = 0 };
    struct kc_stall stall;
    struct kc_error error;
    int64_t number;
    int32_t partitions;
    const char *topic = "odd";

    fill_topic(broker, "odd");
    struct kc_consumer *consumer = open_consumer(broker, "odd");
    assert_int_equal(kc_consumer_close(consumer, LEDGER_PATIENCE_MS, &error), KC_ERR_NONE);
    assert_null(kc_consumer_poll(consumer, 0, &error));
    assert_int_equal(error.code, KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_seek(consumer, "odd", 0, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_seek_position(consumer, &position, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_seek_time(consumer, "odd", 0, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_position(consumer, "odd", 0, &number, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_lag(consumer, "odd", 0, &number, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_stall(consumer, "odd", 0, &stall, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_pause(consumer, &odd, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_resume(consumer, &odd, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_unassign(consumer, &odd, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_assign(consumer, &position, 1, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_subscribe(consumer, &topic, 1, NULL, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_rejoin(consumer, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_partition_count(consumer, "odd", 1000, &partitions, &error),
                     KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_commit_sync(consumer, &position, 1, 1000, &error), KC_ERR_CLOSED);
    assert_int_equal(kc_consumer_close(consumer, 0, &error), KC_ERR_CLOSED);
    kc_consumer_destroy(consumer);
    ledger_broker_stop(broker);
}
