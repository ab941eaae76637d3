/* tests: numbers in the JSON of a handle, against a broker in this process that keeps what is to be
 * seen where it is. */
#include "support/test.h"

#include <broker-lite/fault.h>
#include <cjson/cJSON.h>
#include <libclient/client.h>
#include <libclient/offsets.h>
#include <libclient/statistics.h>

#include <stdlib.h>

enum { PATIENCE_MS = 60000, SMALL = 150, LARGE = 900000 };

struct scene {
    struct bl_broker *broker;
    struct kc_config *config;
    struct kc_producer *producer;
    struct kc_consumer *consumer;
    cJSON *json; /* looked at last */
};

static void set(struct scene *scene, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(scene->config, name, value, &error)) {
        fail_msg("%s", error.text);
    }
}

static void begin(struct scene *scene, const char *const *broker_settings)
{
    struct bl_config broker = { .settings = broker_settings };
    struct kc_error error;
    *scene = (struct scene){ .broker = bl_start(&broker, &error) };
    if (!scene->broker) {
        fail_msg("%s", error.text);
    }
    scene->config = kc_config_create();
    set(scene, "bootstrap.servers", bl_address(scene->broker));
}

static void produce(struct scene *scene)
{
    struct kc_error error;
    scene->producer = kc_producer_create(scene->config, &error);
    if (!scene->producer) {
        fail_msg("%s", error.text);
    }
}

static void consume(struct scene *scene)
{
    struct kc_position from = { .topic = "t", .offset = 0, .leader_epoch = -1 };
    struct kc_error error;
    scene->consumer = kc_consumer_create(scene->config, &error);
    if (!scene->consumer || kc_consumer_assign(scene->consumer, &from, 1, &error)) {
        fail_msg("%s", error.text);
    }
}

static void end(struct scene *scene)
{
    (void)kc_producer_close(scene->producer, PATIENCE_MS, NULL);
    kc_producer_destroy(scene->producer);
    kc_consumer_destroy(scene->consumer);
    kc_config_destroy(scene->config);
    cJSON_Delete(scene->json);
    assert_int_equal(bl_stop(scene->broker, NULL), KC_ERR_NONE);
}

static void send(struct scene *scene, int count, size_t size)
{
    static const char bytes[LARGE];
    struct kc_record record = { .topic = "t", .value = { bytes, size } };
    struct kc_error error;
    for (int i = 0; i < count; i++) {
        if (kc_producer_send(scene->producer, &record, NULL, NULL, &error)) {
            fail_msg("%s", error.text);
        }
    }
}

static void flush(struct scene *scene)
{
    struct kc_error error;
    if (kc_producer_flush(scene->producer, PATIENCE_MS, &error)) {
        fail_msg("%s", error.text);
    }
}

static int fault(struct scene *scene, struct bl_fault fault)
{
    struct kc_error error;
    int id = 0;
    if (bl_fault_add(scene->broker, &fault, &id, &error)) {
        fail_msg("%s", error.text);
    }
    return id;
}

static void await_fault(struct scene *scene, int id)
{
    assert_int_equal(bl_fault_await(scene->broker, id, 1, PATIENCE_MS, NULL), KC_ERR_NONE);
}

static void look(struct scene *scene)
{
    char *text = scene->producer ? kc_producer_statistics_json(scene->producer)
                                 : kc_consumer_statistics_json(scene->consumer);
    cJSON_Delete(scene->json);
    scene->json = cJSON_Parse(text);
    assert_non_null(scene->json);
    kc_statistics_destroy(text);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!found) {
        fail_msg("there is no %s", name);
    }
    return found;
}

static int64_t number(const cJSON *object, const char *name)
{
    return (int64_t)member(object, name)->valuedouble;
}

static const cJSON *topic(const struct scene *scene)
{
    return member(member(scene->json, "topics"), "t");
}

static const cJSON *partition(const struct scene *scene)
{
    return member(member(topic(scene), "partitions"), "0");
}

/* The one that is known by its id. */
static const cJSON *broker(const struct scene *scene)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, member(scene->json, "brokers"))
    {
        if (number(one, "nodeid") >= 0) {
            return one;
        }
    }
    fail_msg("no broker is known");
    return NULL;
}

static void check_toppars(const struct scene *scene)
{
    const cJSON *toppars = member(broker(scene), "toppars");
    assert_int_equal(cJSON_GetArraySize(toppars), 1);
    assert_string_equal(member(member(toppars, "t-0"), "topic")->valuestring, "t");
    assert_int_equal(number(member(toppars, "t-0"), "partition"), 0);
    assert_int_equal(number(partition(scene), "broker"), number(broker(scene), "nodeid"));
}

/* One batch in a request that is not answered, others behind it. */
TEST(what_waits_in_a_producer_is_told_by_where_it_waits)
{
    struct scene scene;
    begin(&scene, NULL);
    set(&scene, "batch.size", "200"); /* a record each */
    produce(&scene);
    int held = fault(&scene, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD });
    send(&scene, 1, SMALL);
    await_fault(&scene, held);
    send(&scene, 3, SMALL);
    do {
        look(&scene);
    } while (number(broker(&scene), "waitresp_msg_cnt") == 0);
    assert_int_equal(number(scene.json, "msg_cnt"), 4);
    assert_int_equal(number(partition(&scene), "msgs_inflight"), 1);
    assert_int_equal(number(partition(&scene), "xmit_msgq_cnt"), 2);
    assert_int_equal(number(partition(&scene), "msgq_cnt"), 1);
    int64_t bytes = number(partition(&scene), "msgq_bytes");
    assert_true(bytes > SMALL);
    assert_int_equal(number(partition(&scene), "xmit_msgq_bytes"), 2 * bytes);
    assert_int_equal(number(partition(&scene), "next_ack_seq"), 0);
    assert_int_equal(number(broker(&scene), "waitresp_cnt"), 1);
    assert_int_equal(number(broker(&scene), "waitresp_msg_cnt"), 1);
    assert_int_equal(number(broker(&scene), "outbuf_cnt"), 0);
    assert_int_equal(number(broker(&scene), "outbuf_msg_cnt"), 0);
    check_toppars(&scene);
    int64_t age = number(topic(&scene), "age");
    assert_true(age >= 0 && age <= number(scene.json, "age") / 1000);
    assert_int_equal(bl_fault_remove(scene.broker, held, NULL), KC_ERR_NONE);
    flush(&scene);
    look(&scene);
    assert_int_equal(number(partition(&scene), "next_ack_seq"), 4);
    assert_int_equal(number(partition(&scene), "msgs_inflight"), 0);
    assert_int_equal(number(partition(&scene), "xmit_msgq_cnt"), 0);
    assert_int_equal(number(partition(&scene), "msgq_cnt"), 0);
    assert_int_equal(number(broker(&scene), "waitresp_msg_cnt"), 0);
    end(&scene);
}

/* The broker is busy with the first, and reads a megabyte ahead at most. */
TEST(requests_that_the_kernel_does_not_take_are_told)
{
    static const char *const settings[] = { "socket.receive.buffer.bytes", "16384", NULL };
    struct scene scene;
    begin(&scene, settings);
    set(&scene, "send.buffer.bytes", "16384");
    set(&scene, "batch.size", "950000"); /* a record each */
    set(&scene, "linger.ms", "0");
    produce(&scene);
    send(&scene, 1, LARGE);
    flush(&scene); /* only then several are under way */
    int held = fault(&scene, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD });
    send(&scene, 6, LARGE);
    await_fault(&scene, held);
    do {
        look(&scene);
    } while (number(partition(&scene), "msgs_inflight") < 5 ||
             number(broker(&scene), "waitresp_msg_cnt") == 0);
    int64_t outbox = number(broker(&scene), "outbuf_msg_cnt");
    assert_true(outbox >= 1 && outbox <= 4);
    assert_int_equal(number(broker(&scene), "outbuf_cnt"), outbox); /* a record each */
    assert_int_equal(number(broker(&scene), "waitresp_msg_cnt"), 5 - outbox);
    assert_int_equal(bl_fault_remove(scene.broker, held, NULL), KC_ERR_NONE);
    flush(&scene);
    end(&scene);
}

static void produce_three(struct scene *scene)
{
    produce(scene);
    send(scene, 3, SMALL);
    flush(scene);
    assert_int_equal(kc_producer_close(scene->producer, PATIENCE_MS, NULL), KC_ERR_NONE);
    kc_producer_destroy(scene->producer);
    scene->producer = NULL;
}

TEST(what_was_fetched_and_not_polled_is_told)
{
    struct scene scene;
    struct kc_error error;
    begin(&scene, NULL);
    set(&scene, "group.id", "g");
    set(&scene, "enable.auto.commit", "false");
    produce_three(&scene);
    consume(&scene);
    do {
        look(&scene);
    } while (cJSON_GetArraySize(member(scene.json, "topics")) == 0 ||
             number(partition(&scene), "fetchq_cnt") == 0);
    assert_int_equal(number(partition(&scene), "fetchq_cnt"), 3);
    assert_true(number(partition(&scene), "fetchq_size") > 3 * SMALL);
    assert_int_equal(number(partition(&scene), "stored_leader_epoch"), -1);
    check_toppars(&scene);
    struct kc_batch *batch = kc_consumer_poll(scene.consumer, PATIENCE_MS, &error);
    assert_non_null(batch);
    assert_int_equal(kc_consumer_commit_async(scene.consumer, batch, NULL, NULL), KC_ERR_NONE);
    kc_batch_release(batch);
    assert_int_equal(kc_consumer_commit_sync(scene.consumer, NULL, 0, PATIENCE_MS, &error),
                     KC_ERR_NONE);
    look(&scene);
    assert_int_equal(number(partition(&scene), "fetchq_cnt"), 0);
    assert_int_equal(number(partition(&scene), "fetchq_size"), 0);
    assert_int_equal(number(partition(&scene), "stored_offset"), 3);
    assert_int_equal(number(partition(&scene), "stored_leader_epoch"), 0);
    assert_int_equal(number(partition(&scene), "committed_leader_epoch"), 0);
    assert_int_equal(number(partition(&scene), "eof_offset"), -1001); /* nobody is told of it */
    end(&scene);
}

/* The call gave up before. */
TEST(an_answer_that_nobody_waits_for_any_more_is_told)
{
    struct scene scene;
    struct kc_partition asked = { .topic = "t" };
    struct kc_positions *committed = NULL;
    begin(&scene, NULL);
    set(&scene, "group.id", "g");
    produce_three(&scene);
    consume(&scene);
    struct kc_error error;
    assert_int_equal(
        kc_consumer_committed(scene.consumer, &asked, 1, PATIENCE_MS, &committed, &error),
        KC_ERR_NONE);
    kc_positions_destroy(committed);
    int held =
        fault(&scene, (struct bl_fault){ .api = "OffsetFetch", .deed = BL_HOLD, .after = true });
    assert_int_equal(kc_consumer_committed(scene.consumer, &asked, 1, 100, &committed, &error),
                     KC_ERR_TIMED_OUT);
    await_fault(&scene, held);
    look(&scene);
    assert_int_equal(number(broker(&scene), "rxcorriderrs"), 0);
    assert_int_equal(bl_fault_remove(scene.broker, held, NULL), KC_ERR_NONE);
    do {
        look(&scene);
    } while (number(broker(&scene), "rxcorriderrs") == 0);
    assert_int_equal(number(broker(&scene), "rxcorriderrs"), 1);
    assert_int_equal(number(broker(&scene), "rxerrs"), 0);
    end(&scene);
}
