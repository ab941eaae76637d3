/* tests: a producer's life by its public functions against a broker in this process: closing while
 * others send, callbacks that end it or wait, names and settings at their limits. */
#include "support/test.h"

#include <broker-lite/fault.h>
#include <libclient/client.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

enum { PATIENCE_MS = 60000, CLOSE_MS = 3000 };

struct scene {
    struct bl_broker *broker;
    struct kc_config *config;
    struct kc_producer *producer;
    struct kc_future *future;
    atomic_int calls;
    atomic_int err;  /* of the last call */
    atomic_int sent; /* what the sending thread got */
    sem_t is_inside; /* the sending thread is past the checks of a closed producer */
    sem_t go_on;
    sem_t is_over;
};

static void set(struct scene *scene, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(scene->config, name, value, &error) != KC_ERR_NONE) {
        fail_msg("%s", error.text);
    }
}

static void prepare(struct scene *scene)
{
    struct bl_config broker = { 0 };
    struct kc_error error;
    *scene = (struct scene){ .broker = bl_start(&broker, &error) };
    if (!scene->broker) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(sem_init(&scene->is_inside, 0, 0), 0);
    assert_int_equal(sem_init(&scene->go_on, 0, 0), 0);
    assert_int_equal(sem_init(&scene->is_over, 0, 0), 0);
    scene->config = kc_config_create();
    set(scene, "bootstrap.servers", bl_address(scene->broker));
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
}

static void finish(struct scene *scene)
{
    kc_config_destroy(scene->config);
    assert_int_equal(bl_stop(scene->broker, NULL), KC_ERR_NONE);
    (void)sem_destroy(&scene->is_inside);
    (void)sem_destroy(&scene->go_on);
    (void)sem_destroy(&scene->is_over);
}

static void count(void *context, const struct kc_delivery *delivery)
{
    struct scene *scene = context;
    atomic_store(&scene->err, delivery->err);
    atomic_fetch_add(&scene->calls, 1);
}

static enum kc_err send(struct scene *scene, const char *topic, const char *value,
                        kc_delivery_callback *callback, struct kc_error *error)
{
    struct kc_record record = { .topic = topic, .value = kc_text(value) };
    return kc_producer_send(scene->producer, &record, callback, scene, error);
}

static int32_t choose(void *context, const struct kc_record *record,
                      const struct kc_partitions *partitions)
{
    (void)partitions;
    struct scene *scene = context;
    if (*(const char *)record->value.data == 'b') {
        (void)sem_post(&scene->is_inside);
        (void)sem_wait(&scene->go_on);
    }
    return 0;
}

static void *send_late(void *context)
{
    struct scene *scene = context;
    atomic_store(&scene->sent, send(scene, "t", "b", count, NULL));
    (void)sem_post(&scene->is_over);
    return NULL;
}

/* Lets the late one go on while the flush is not over yet. */
static void release_late(void *context, const struct kc_delivery *delivery)
{
    struct scene *scene = context;
    assert_int_equal(delivery->err, KC_ERR_NONE);
    (void)sem_post(&scene->go_on);
    (void)sem_wait(&scene->is_over);
}

TEST(a_close_that_went_well_gave_nothing_up)
{
    struct scene scene;
    struct kc_error error;
    pthread_t thread;
    prepare(&scene);
    set(&scene, "linger.ms", "100000"); /* only the flush of the close sends */
    set(&scene, "delivery.timeout.ms", "200000");
    kc_config_set_partitioner(scene.config, choose, &scene);
    open_scene(&scene);
    assert_int_equal(send(&scene, "t", "a", release_late, &error), KC_ERR_NONE);
    assert_int_equal(pthread_create(&thread, NULL, send_late, &scene), 0);
    assert_int_equal(sem_wait(&scene.is_inside), 0);
    assert_int_equal(kc_producer_close(scene.producer, PATIENCE_MS, &error), KC_ERR_NONE);
    assert_int_equal(pthread_join(thread, NULL), 0);
    kc_producer_destroy(scene.producer);
    /* The late one was told that it is not taken, or was delivered. */
    if (atomic_load(&scene.sent) == KC_ERR_NONE) {
        assert_int_equal(atomic_load(&scene.calls), 1);
        assert_int_equal(atomic_load(&scene.err), KC_ERR_NONE);
    } else {
        assert_int_equal(atomic_load(&scene.sent), KC_ERR_CLOSED);
        assert_int_equal(atomic_load(&scene.calls), 0);
    }
    finish(&scene);
}

static void destroy(void *context, const struct kc_delivery *delivery)
{
    struct scene *scene = context;
    count(context, delivery);
    if (atomic_load(&scene->calls) == 1) {
        (void)sem_wait(&scene->go_on); /* nobody else uses it any more */
        kc_producer_destroy(scene->producer);
        assert_int_equal(send(scene, "t", "b", count, NULL), KC_ERR_CLOSED);
        (void)sem_post(&scene->is_over);
    }
}

TEST(a_callback_may_end_its_producer)
{
    struct scene scene;
    struct kc_error error;
    prepare(&scene);
    set(&scene, "linger.ms", "100");
    open_scene(&scene);
    struct kc_producer *witness = kc_producer_create(scene.config, &error);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(send(&scene, "t", "a", destroy, &error), KC_ERR_NONE);
    }
    assert_int_equal(sem_post(&scene.go_on), 0);
    assert_int_equal(sem_wait(&scene.is_over), 0);
    /* A second one has the same thread: what is posted to it comes behind the end of the first. */
    assert_int_equal(kc_producer_flush(witness, PATIENCE_MS, &error), KC_ERR_NONE);
    assert_int_equal(atomic_load(&scene.calls), 10);
    kc_producer_destroy(witness);
    finish(&scene);
}

static void wait_in_vain(void *context, const struct kc_delivery *delivery)
{
    struct scene *scene = context;
    struct kc_delivery fate;
    (void)delivery;
    (void)sem_wait(&scene->go_on);
    atomic_store(&scene->err, kc_future_wait(scene->future, -1, &fate));
    (void)sem_post(&scene->is_over);
}

TEST(a_future_is_not_waited_for_where_it_would_be_fulfilled)
{
    struct scene scene;
    struct kc_error error;
    struct kc_record record = { .topic = "t", .value = kc_text("later") };
    prepare(&scene);
    set(&scene, "linger.ms", "100");
    open_scene(&scene);
    assert_int_equal(send(&scene, "t", "a", wait_in_vain, &error), KC_ERR_NONE);
    assert_int_equal(kc_producer_send_future(scene.producer, &record, &scene.future, &error),
                     KC_ERR_NONE);
    assert_int_equal(sem_post(&scene.go_on), 0);
    assert_int_equal(sem_wait(&scene.is_over), 0);
    assert_int_equal(atomic_load(&scene.err), KC_ERR_WRONG_STATE);
    assert_int_equal(kc_future_wait(scene.future, PATIENCE_MS, NULL), KC_ERR_NONE);
    kc_future_destroy(scene.future);
    kc_producer_destroy(scene.producer);
    finish(&scene);
}

/* A name that no request can hold made every later question for metadata fail. */
TEST(a_name_that_is_too_long_harms_nobody_else)
{
    static char name[70001];
    struct scene scene;
    struct kc_error error;
    int32_t number = 0;
    memset(name, 'x', sizeof(name) - 1);
    prepare(&scene);
    set(&scene, "max.block.ms", "60000");
    set(&scene, "group.id", "g");
    open_scene(&scene);
    assert_int_equal(kc_producer_partition_count(scene.producer, name, 100, &number, &error),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_non_null(strstr(error.text, "249"));
    assert_int_equal(send(&scene, name, "a", count, &error), KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(send(&scene, "another", "a", count, &error), KC_ERR_NONE);
    assert_int_equal(kc_producer_partition_count(scene.producer, "", 100, &number, &error),
                     KC_ERR_INVALID);
    kc_producer_destroy(scene.producer);

    struct kc_consumer *consumer = kc_consumer_create(scene.config, &error);
    const char *const names[] = { name };
    struct kc_position position = { name, 0, 0, -1, NULL, KC_ERR_NONE };
    struct kc_moment moment = { .topic = name };
    assert_int_equal(kc_consumer_partition_count(consumer, name, 100, &number, &error),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(kc_consumer_find_offsets(consumer, &moment, 1, 100, &error),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(kc_consumer_assign(consumer, &position, 1, &error),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(kc_consumer_subscribe(consumer, names, 1, NULL, &error),
                     KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_int_equal(kc_consumer_partition_count(consumer, "t", PATIENCE_MS, &number, &error),
                     KC_ERR_NONE);
    kc_consumer_destroy(consumer);
    finish(&scene);
}

TEST(settings_at_their_upper_limits_deliver)
{
    static const char *const longest = "9223372036854775807";
    struct scene scene;
    struct kc_error error;
    prepare(&scene);
    set(&scene, "batch.size", "2147483647"); /* more than buffer.memory and max.request.size */
    set(&scene, "connections.max.idle.ms", longest);
    set(&scene, "metadata.max.age.ms", longest);
    set(&scene, "max.block.ms", longest);
    set(&scene, "reconnect.backoff.max.ms", longest);
    set(&scene, "socket.connection.setup.timeout.ms", longest);
    set(&scene, "socket.connection.setup.timeout.max.ms", longest);
    set(&scene, "metadata.recovery.rebootstrap.trigger.ms", longest);
    open_scene(&scene);
    for (int i = 0; i < 3; i++) {
        struct kc_record record = { .topic = "t", .value = kc_text("a") };
        if (kc_producer_send_sync(scene.producer, &record, PATIENCE_MS, NULL, &error)) {
            fail_msg("%s", error.text);
        }
    }
    struct kc_producer_statistics statistics;
    assert_int_equal(kc_producer_statistics(scene.producer, &statistics, &error), KC_ERR_NONE);
    assert_int_equal(statistics.traffic.disconnects, 0);
    kc_producer_destroy(scene.producer);
    finish(&scene);
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

TEST(closing_in_a_transaction_keeps_one_deadline)
{
    struct scene scene;
    struct kc_error error;
    struct bl_fault fault = { .api = "Produce", .deed = BL_HOLD };
    int id = 0;
    prepare(&scene);
    set(&scene, "transactional.id", "x");
    open_scene(&scene);
    if (kc_producer_init_transactions(scene.producer, PATIENCE_MS, &error) ||
        kc_producer_begin_transaction(scene.producer, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(kc_producer_init_transactions(scene.producer, PATIENCE_MS, &error),
                     KC_ERR_WRONG_STATE);
    assert_int_equal(bl_fault_add(scene.broker, &fault, &id, NULL), KC_ERR_NONE);
    assert_int_equal(send(&scene, "t", "a", count, &error), KC_ERR_NONE);
    assert_int_equal(bl_fault_await(scene.broker, id, 1, PATIENCE_MS, NULL), KC_ERR_NONE);
    int64_t before_ms = now_ms();
    assert_int_equal(kc_producer_close(scene.producer, CLOSE_MS, &error), KC_ERR_TIMED_OUT);
    assert_true(now_ms() - before_ms < (int64_t)2 * CLOSE_MS);
    assert_int_equal(atomic_load(&scene.calls), 1);
    kc_producer_destroy(scene.producer);
    finish(&scene);
}
