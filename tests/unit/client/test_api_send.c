/* tests: the producer's public functions against a broker in this process: many records in one
 * call, batch delivery, custom partitioners, purge, deadlines. */
#include "support/test.h"

#include <broker-lite/fault.h>
#include <libclient/client.h>

#include <stdatomic.h>

enum { PATIENCE_MS = 60000, PARTITIONS = 3 };

struct scene {
    struct bl_broker *broker;
    struct kc_config *config;
    struct kc_producer *producer;
    atomic_int records; /* told by batch delivery, as down to purged */
    atomic_int calls;
    atomic_int written;
    atomic_int maybe;
    atomic_int purged;
};

static void on_batch(void *context, const struct kc_batch_delivery *delivery)
{
    struct scene *scene = context;
    int count = (int)delivery->count;
    atomic_fetch_add(&scene->records, count);
    atomic_fetch_add(&scene->calls, 1);
    atomic_fetch_add(&scene->written, delivery->status == KC_WRITTEN ? count : 0);
    atomic_fetch_add(&scene->maybe, delivery->status == KC_MAYBE_WRITTEN ? count : 0);
    atomic_fetch_add(&scene->purged, delivery->err == KC_ERR_PURGED ? count : 0);
    for (size_t i = 0; delivery->contexts && i < delivery->count; i++) {
        if (delivery->contexts[i]) {
            *(int64_t *)delivery->contexts[i] =
                delivery->base_offset < 0 ? -1 : delivery->base_offset + (int64_t)i;
        }
    }
}

static void set(struct scene *scene, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(scene->config, name, value, &error) != KC_ERR_NONE) {
        fail_msg("%s", error.text);
    }
}

static void prepare(struct scene *scene)
{
    static const char *const settings[] = { "num.partitions", "3", NULL };
    struct bl_config broker = { .settings = settings };
    struct kc_error error;
    *scene = (struct scene){ .broker = bl_start(&broker, &error) };
    if (!scene->broker) {
        fail_msg("%s", error.text);
    }
    scene->config = kc_config_create();
    set(scene, "bootstrap.servers", bl_address(scene->broker));
    kc_config_set_batch_delivery(scene->config, on_batch, scene);
}

static void open_scene(struct scene *scene)
{
    struct kc_error error;
    int32_t count = 0;
    scene->producer = kc_producer_create(scene->config, &error);
    if (!scene->producer) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(kc_producer_partition_count(scene->producer, "t", PATIENCE_MS, &count, &error),
                     KC_ERR_NONE);
    assert_int_equal(count, PARTITIONS);
}

static void close_scene(struct scene *scene)
{
    kc_producer_destroy(scene->producer);
    kc_config_destroy(scene->config);
    assert_int_equal(bl_stop(scene->broker, NULL), KC_ERR_NONE);
}

static int hold_produce(struct scene *scene)
{
    struct bl_fault fault = { .api = "Produce", .deed = BL_HOLD };
    int id = 0;
    assert_int_equal(bl_fault_add(scene->broker, &fault, &id, NULL), KC_ERR_NONE);
    return id;
}

static void await_hits(struct scene *scene, int id, unsigned hits)
{
    assert_int_equal(bl_fault_await(scene->broker, id, hits, PATIENCE_MS, NULL), KC_ERR_NONE);
}

TEST(many_records_and_one_report_for_each_batch)
{
    struct scene scene;
    struct kc_record records[300];
    int64_t offsets[300];
    void *contexts[300];
    size_t taken = 0;
    prepare(&scene);
    open_scene(&scene);
    for (int i = 0; i < 300; i++) {
        offsets[i] = -2;
        contexts[i] = &offsets[i];
        records[i] = (struct kc_record){ .topic = "t",
                                         .value = kc_text("hello"),
                                         .flags = KC_RECORD_PARTITION,
                                         .partition = i / 100 };
    }
    assert_int_equal(
        kc_producer_send_many(scene.producer, records, 300, NULL, NULL, contexts, &taken, NULL),
        KC_ERR_NONE);
    assert_int_equal(taken, 300);
    assert_int_equal(kc_producer_flush(scene.producer, PATIENCE_MS, NULL), KC_ERR_NONE);
    assert_int_equal(atomic_load(&scene.records), 300);
    assert_int_equal(atomic_load(&scene.written), 300);
    assert_in_range(atomic_load(&scene.calls), 3, 20);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(offsets[i], i % 100);
    }
    close_scene(&scene);
}

TEST(the_text_names_the_record_that_was_not_taken)
{
    struct scene scene;
    struct kc_error error;
    size_t taken = 9;
    prepare(&scene);
    open_scene(&scene);
    struct kc_record records[] = {
        { .topic = "t", .value = kc_text("0") },
        { .topic = "t", .value = kc_text("1"), .flags = KC_RECORD_PARTITION, .partition = 7 },
        { .topic = "t", .value = kc_text("2") }
    };
    assert_int_equal(
        kc_producer_send_many(scene.producer, records, 3, NULL, NULL, NULL, &taken, &error),
        KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(taken, 1);
    assert_string_equal(error.text, "record 1 of 3: topic 't' has no partition 7");
    assert_int_equal(
        kc_producer_try_send_many(scene.producer, NULL, 3, NULL, NULL, NULL, &taken, &error),
        KC_ERR_INVALID);
    assert_int_equal(kc_producer_send_many(NULL, records, 3, NULL, NULL, NULL, &taken, NULL),
                     KC_ERR_INVALID);
    assert_int_equal(taken, 1);
    close_scene(&scene);
    assert_int_equal(atomic_load(&scene.records), 1);
}

static int32_t choose(void *context, const struct kc_record *record,
                      const struct kc_partitions *partitions)
{
    assert_int_equal(kc_partitions_count(partitions), PARTITIONS);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        assert_true(kc_partitions_leader(partitions, i) >= 0);
        assert_true(kc_partitions_is_available(partitions, i));
    }
    assert_int_equal(kc_partitions_leader(partitions, PARTITIONS), -1);
    assert_false(kc_partitions_is_available(partitions, -1));
    return *(const int32_t *)context;
}

TEST(a_partitioner_of_the_application)
{
    struct scene scene;
    struct kc_delivery delivery;
    struct kc_error error;
    int32_t choice = 2;
    struct kc_record record = { .topic = "t", .key = kc_text("a"), .value = kc_text("x") };
    prepare(&scene);
    kc_config_set_partitioner(scene.config, choose, &choice);
    open_scene(&scene);
    assert_int_equal(kc_producer_send_sync(scene.producer, &record, PATIENCE_MS, &delivery, &error),
                     KC_ERR_NONE);
    assert_int_equal(delivery.partition, 2);
    choice = KC_PARTITION_ANY;
    assert_int_equal(kc_producer_send_sync(scene.producer, &record, PATIENCE_MS, &delivery, &error),
                     KC_ERR_NONE);
    assert_int_equal(delivery.partition, kc_partition_of_key(kc_text("a"), PARTITIONS));
    assert_int_equal(kc_partition_of_key(kc_text(NULL), PARTITIONS), -1);
    assert_int_equal(kc_partition_of_key(kc_text("a"), 0), -1);
    choice = 3;
    assert_int_equal(kc_producer_send_sync(scene.producer, &record, PATIENCE_MS, &delivery, &error),
                     KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "partitioner"));
    close_scene(&scene);
}

static void send_some(struct scene *scene, int count)
{
    struct kc_record record = {
        .topic = "t", .value = kc_text("hello"), .flags = KC_RECORD_PARTITION, .partition = 0
    };
    for (int i = 0; i < count; i++) {
        assert_int_equal(kc_producer_send(scene->producer, &record, NULL, NULL, NULL), KC_ERR_NONE);
    }
}

TEST(purge_gives_up_and_the_producer_goes_on)
{
    struct scene scene;
    struct kc_record record = {
        .topic = "t", .value = kc_text("x"), .flags = KC_RECORD_PARTITION, .partition = 0
    };
    struct kc_delivery delivery;
    size_t count = 0;
    prepare(&scene);
    open_scene(&scene);
    int id = hold_produce(&scene);
    send_some(&scene, 5);
    await_hits(&scene, id, 1);
    /* The first batch of a partition travels alone: these wait. */
    send_some(&scene, 7);
    assert_int_equal(kc_producer_purge(scene.producer, KC_PURGE_QUEUED, PATIENCE_MS, &count, NULL),
                     KC_ERR_NONE);
    assert_int_equal(count, 7);
    assert_int_equal(atomic_load(&scene.purged), 7);
    assert_int_equal(atomic_load(&scene.maybe), 0);
    assert_int_equal(
        kc_producer_purge(scene.producer, KC_PURGE_IN_FLIGHT, PATIENCE_MS, &count, NULL),
        KC_ERR_NONE);
    assert_int_equal(count, 5);
    assert_int_equal(atomic_load(&scene.maybe), 5);
    assert_int_equal(bl_fault_remove(scene.broker, id, NULL), KC_ERR_NONE);
    assert_int_equal(kc_producer_send_sync(scene.producer, &record, PATIENCE_MS, &delivery, NULL),
                     KC_ERR_NONE);
    assert_int_equal(delivery.offset, 5);
    close_scene(&scene);
    assert_int_equal(atomic_load(&scene.records), 12);
}

struct inside {
    struct kc_producer *producer;
    enum kc_err waiting;
    enum kc_err posted;
};

static void purge_inside(void *context, const struct kc_delivery *delivery)
{
    struct inside *inside = context;
    size_t count = 0;
    inside->waiting = kc_producer_purge(inside->producer, KC_PURGE_QUEUED, 1000, &count, NULL);
    inside->posted = kc_producer_purge(inside->producer, KC_PURGE_QUEUED, 0, &count, NULL);
}

TEST(purge_checks_its_arguments_and_its_thread)
{
    struct scene scene;
    struct kc_record record = { .topic = "t", .value = kc_text("x") };
    prepare(&scene);
    open_scene(&scene);
    struct inside inside = { .producer = scene.producer, .posted = KC_ERR_INVALID };
    assert_int_equal(kc_producer_purge(NULL, KC_PURGE_QUEUED, 0, NULL, NULL), KC_ERR_INVALID);
    assert_int_equal(kc_producer_purge(scene.producer, 0, 0, NULL, NULL), KC_ERR_INVALID);
    assert_int_equal(kc_producer_purge(scene.producer, 4, 0, NULL, NULL), KC_ERR_INVALID);
    assert_int_equal(kc_producer_send(scene.producer, &record, purge_inside, &inside, NULL),
                     KC_ERR_NONE);
    assert_int_equal(kc_producer_flush(scene.producer, PATIENCE_MS, NULL), KC_ERR_NONE);
    assert_int_equal(inside.waiting, KC_ERR_WRONG_STATE);
    assert_int_equal(inside.posted, KC_ERR_NONE);
    close_scene(&scene);
}

TEST(deadlines_hold_while_the_broker_is_silent)
{
    struct scene scene;
    struct kc_record record = { .topic = "t", .value = kc_text("x") };
    struct kc_future *future = NULL;
    struct kc_delivery delivery;
    struct kc_error error;
    prepare(&scene);
    open_scene(&scene);
    int id = hold_produce(&scene);
    assert_int_equal(kc_producer_send_sync(scene.producer, &record, 50, &delivery, &error),
                     KC_ERR_TIMED_OUT);
    assert_int_equal(kc_producer_send_future(scene.producer, &record, &future, &error),
                     KC_ERR_NONE);
    assert_int_equal(kc_future_wait(future, 0, &delivery), KC_ERR_TIMED_OUT);
    assert_int_equal(kc_future_wait(future, 20, &delivery), KC_ERR_TIMED_OUT);
    send_some(&scene, 3);
    await_hits(&scene, id, 1);
    assert_int_equal(kc_producer_flush(scene.producer, 20, &error), KC_ERR_TIMED_OUT);
    assert_int_equal(kc_producer_close(scene.producer, 50, &error), KC_ERR_TIMED_OUT);
    assert_int_equal(atomic_load(&scene.records), 3);
    /* It waited behind the first batch of its partition. */
    assert_int_equal(kc_future_wait(future, 0, &delivery), KC_ERR_PURGED);
    assert_int_equal(delivery.status, KC_NOT_WRITTEN);
    assert_int_equal(kc_producer_send(scene.producer, &record, NULL, NULL, NULL), KC_ERR_CLOSED);
    kc_future_destroy(future);
    assert_int_equal(bl_fault_remove(scene.broker, id, NULL), KC_ERR_NONE);
    close_scene(&scene);
}

TEST(every_partitioner_and_codec_delivers)
{
    static const char *const partitioners[] = { "RoundRobinPartitioner", "random", "consistent",
                                                "consistent_random",     "fnv1a",  "murmur2" };
    static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd" };
    for (size_t i = 0; i < sizeof(partitioners) / sizeof(partitioners[0]); i++) {
        struct scene scene;
        struct kc_record record = { .topic = "t", .key = kc_text("key"), .value = kc_text("x") };
        prepare(&scene);
        set(&scene, "partitioner", partitioners[i]);
        set(&scene, "compression.type", codecs[i % 5]);
        set(&scene, "batch.size", "300");
        open_scene(&scene);
        for (int j = 0; j < 200; j++) {
            record.key = j % 2 ? kc_text("key") : kc_text(NULL);
            assert_int_equal(kc_producer_send(scene.producer, &record, NULL, NULL, NULL),
                             KC_ERR_NONE);
        }
        assert_int_equal(kc_producer_flush(scene.producer, PATIENCE_MS, NULL), KC_ERR_NONE);
        assert_int_equal(atomic_load(&scene.written), 200);
        close_scene(&scene);
    }
}
