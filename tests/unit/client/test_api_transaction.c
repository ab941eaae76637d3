/* tests: the public functions of transactions against a broker in this process: what is committed
 * is seen, what is aborted is not, and errors say what to do. */
#include "support/test.h"

#include <broker-lite/broker.h>
#include <libclient/client.h>

enum { PATIENCE_MS = 60000 };

static struct kc_producer *make_producer(const char *servers, const char *id)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    assert_int_equal(kc_config_set(config, "bootstrap.servers", servers, &error), KC_ERR_NONE);
    if (id) {
        assert_int_equal(kc_config_set(config, "transactional.id", id, &error), KC_ERR_NONE);
    }
    struct kc_producer *producer = kc_producer_create(config, &error);
    kc_config_destroy(config);
    if (!producer) {
        fail_msg("%s", error.text);
    }
    return producer;
}

static struct bl_broker *start(void)
{
    struct bl_config config = { 0 };
    struct kc_error error;
    struct bl_broker *broker = bl_start(&config, &error);
    if (!broker) {
        fail_msg("%s", error.text);
    }
    return broker;
}

static enum kc_err send(struct kc_producer *producer, const char *text, struct kc_error *error)
{
    struct kc_record record = { .topic = "t", .value = kc_text(text) };
    return kc_producer_send(producer, &record, NULL, NULL, error);
}

static void check(enum kc_err err, const struct kc_error *error)
{
    if (err != KC_ERR_NONE) {
        fail_msg("%s", error->text);
    }
}

/* The next record that a read_committed reader sees. */
static void check_read(struct kc_consumer *consumer, const char *text)
{
    struct kc_record record;
    struct kc_error error;
    check(kc_consumer_poll_record(consumer, PATIENCE_MS, &record, &error), &error);
    assert_int_equal(record.value.size, strlen(text));
    assert_memory_equal(record.value.data, text, record.value.size);
}

static struct kc_consumer *make_reader(const char *servers)
{
    struct kc_error error;
    struct kc_position from = { "t", 0, 0, -1, NULL, KC_ERR_NONE };
    struct kc_config *config = kc_config_create();
    kc_config_set(config, "bootstrap.servers", servers, NULL);
    kc_config_set(config, "isolation.level", "read_committed", NULL);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    assert_non_null(consumer);
    check(kc_consumer_assign(consumer, &from, 1, &error), &error);
    return consumer;
}

TEST(what_is_committed_is_seen_and_what_is_aborted_is_not)
{
    struct bl_broker *broker = start();
    struct kc_producer *producer = make_producer(bl_address(broker), "x");
    struct kc_error error;
    struct kc_position offset = { "t", 0, 1, -1, NULL, KC_ERR_NONE };
    const struct kc_group_metadata group = { "g", -1, NULL, NULL };
    check(kc_producer_init_transactions(producer, PATIENCE_MS, &error), &error);
    assert_int_equal(kc_producer_transaction_state(producer, NULL), KC_TRANSACTION_READY);
    check(kc_producer_begin_transaction(producer, &error), &error);
    check(send(producer, "lost", &error), &error);
    check(kc_producer_flush(producer, PATIENCE_MS, &error), &error);
    check(kc_producer_abort_transaction(producer, PATIENCE_MS, &error), &error);
    check(kc_producer_begin_transaction(producer, &error), &error);
    check(send(producer, "kept", &error), &error);
    check(
        kc_producer_send_offsets_to_transaction(producer, &offset, 1, &group, PATIENCE_MS, &error),
        &error);
    check(kc_producer_commit_transaction(producer, PATIENCE_MS, &error), &error);
    check(kc_producer_begin_transaction(producer, &error), &error);
    check(send(producer, "open", &error), &error);
    struct kc_consumer *reader = make_reader(bl_address(broker));
    check_read(reader, "kept");
    kc_consumer_destroy(reader);
    /* Closing aborts what is open. */
    check(kc_producer_close(producer, PATIENCE_MS, &error), &error);
    kc_producer_destroy(producer);
    assert_int_equal(bl_stop(broker, NULL), KC_ERR_NONE);
}

TEST(a_second_producer_of_the_same_name_fences_the_first)
{
    struct bl_broker *broker = start();
    struct kc_producer *first = make_producer(bl_address(broker), "x");
    struct kc_producer *second = make_producer(bl_address(broker), "x");
    struct kc_error error;
    check(kc_producer_init_transactions(first, PATIENCE_MS, &error), &error);
    check(kc_producer_begin_transaction(first, &error), &error);
    check(send(first, "late", &error), &error);
    check(kc_producer_flush(first, PATIENCE_MS, &error), &error);
    check(kc_producer_init_transactions(second, PATIENCE_MS, &error), &error);
    assert_int_equal(kc_producer_commit_transaction(first, PATIENCE_MS, &error),
                     KC_ERR_PRODUCER_FENCED);
    assert_int_equal(error.kind, KC_KIND_FATAL);
    assert_int_equal(send(first, "later", &error), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(error.kind, KC_KIND_FATAL);
    assert_int_equal(kc_producer_transaction_state(first, &error), KC_TRANSACTION_FATAL);
    assert_int_equal(error.code, KC_ERR_PRODUCER_FENCED);
    kc_producer_destroy(first);
    kc_producer_destroy(second);
    assert_int_equal(bl_stop(broker, NULL), KC_ERR_NONE);
}

TEST(calls_out_of_place_say_what_is_missing)
{
    struct bl_broker *broker = start();
    struct kc_producer *plain = make_producer(bl_address(broker), NULL);
    struct kc_producer *producer = make_producer(bl_address(broker), "x");
    struct kc_error error;
    assert_int_equal(kc_producer_init_transactions(plain, PATIENCE_MS, &error), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(error.text, "transactional.id"));
    assert_int_equal(kc_producer_begin_transaction(producer, &error), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(error.text, "kc_producer_init_transactions"));
    assert_int_equal(send(producer, "outside", &error), KC_ERR_WRONG_STATE);
    assert_non_null(strstr(error.text, "kc_producer_begin_transaction"));
    assert_int_equal(kc_producer_init_transactions(NULL, 0, &error), KC_ERR_INVALID);
    assert_int_equal(kc_producer_init_transactions(producer, PATIENCE_MS, &error), KC_ERR_NONE);
    assert_int_equal(kc_producer_init_transactions(producer, PATIENCE_MS, &error),
                     KC_ERR_WRONG_STATE);
    assert_non_null(strstr(error.text, "called before"));
    kc_producer_destroy(plain);
    kc_producer_destroy(producer);
    assert_int_equal(bl_stop(broker, NULL), KC_ERR_NONE);
}

TEST(a_call_that_finds_nobody_names_the_cause_and_may_be_repeated)
{
    struct kc_producer *producer = make_producer("127.0.0.1:1", "x");
    struct kc_error error;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kc_producer_init_transactions(producer, 200, &error), KC_ERR_TIMED_OUT);
        assert_int_equal(error.kind, KC_KIND_RETRIABLE);
        assert_non_null(strstr(error.text, "cannot connect to 127.0.0.1:1"));
    }
    kc_producer_destroy(producer);
}
