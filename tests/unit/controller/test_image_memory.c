/* tests: the image and the plans for it when memory runs out: a record that was not applied has
 * changed nothing, and is applied when it comes again. */
#include "base/attr.h"
#include "controller/config_resource.h"
#include "controller/image_check.h"
#include "controller/metadata_batch.h"
#include "controller/topics.h"
#include "record/record.h"
#include "support/heap.h"
#include "support/test.h"
#include "wire/messages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOPICS = 20, PARTITIONS = 6, TEXT_MAX = 64 * 1024 };

/* ---- the image as text ---- */

struct text {
    char data[TEXT_MAX];
    size_t size;
};

static void say(struct text *text, const char *format, ...) BASE_PRINTF(2, 3);

static void say(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size =
        vsnprintf(text->data + text->size, sizeof(text->data) - text->size, format, arguments);
    va_end(arguments);
    text->size += (size_t)size;
    assert_true(text->size < sizeof(text->data));
}

static void say_settings(struct text *text, const struct image_settings *settings)
{
    for (int32_t i = 0; i < settings->count; i++) {
        say(text, " %s=%s", settings->items[i].name, settings->items[i].value);
    }
    say(text, "\n");
}

static void say_partition(struct text *text, const struct image_partition *partition)
{
    say(text, "  leader %d epoch %d %d replicas", partition->leader, partition->leader_epoch,
        partition->partition_epoch);
    for (int32_t i = 0; i < partition->replica_count; i++) {
        say(text, " %d", partition->replicas[i]);
    }
    say(text, " isr");
    for (int32_t i = 0; i < partition->isr_count; i++) {
        say(text, " %d", partition->isr[i]);
    }
    say(text, "\n");
}

static const struct {
    int8_t type;
    const char *name;
} owners[] = { { 4, "1" }, { 32, "g" }, { 16, "m" }, { 16, "n" } };

static void describe(const struct image *image, struct text *text)
{
    size_t count = 0;
    heap_pause();
    text->size = 0;
    struct image_topic **topics = image_topics_sorted(image, &count);
    assert_non_null(topics);
    assert_int_equal(image->topic_ids.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(image_topic_by_id(image, &topics[i]->id), topics[i]);
        say(text, "%s %d", topics[i]->name, topics[i]->partition_count);
        say_settings(text, &topics[i]->settings);
        for (int32_t p = 0; p < topics[i]->partition_count; p++) {
            say_partition(text, &topics[i]->partitions[p]);
        }
    }
    free(topics);
    for (int32_t id = 0; id < 5; id++) {
        const struct image_broker *broker = image_broker(image, id);
        if (broker) {
            say(text, "broker %d %s:%d rack %s %d\n", id, broker->host, broker->port,
                broker->rack ? broker->rack : "-", broker->fenced);
        }
    }
    say(text, "cluster");
    say_settings(text, &image->cluster_settings);
    for (int key = 0; key < QUOTA_KEY_COUNT; key++) {
        say(text, "%s %d ", quota_key_name((enum quota_key)key), (int)image->quotas.counts[key]);
    }
    for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
        const struct image_settings *own =
            image_settings_of(image, owners[i].type, slice_text(owners[i].name));
        if (own) {
            say(text, "%d:%s", owners[i].type, owners[i].name);
            say_settings(text, own);
        }
    }
    say(text, "%d resources\n", (int)image->resources.count);
    say(text, "%d %d\n", (int)image->next_producer_id, (int)image->last_offset);
    heap_resume();
}

/* ---- a history of every record type ---- */

static void add_broker(struct metadata_batch *batch, int32_t id, const char *host, const char *rack)
{
    struct register_broker_record record;
    struct register_broker_record_broker_endpoint endpoint;
    message_defaults(&register_broker_record_type, &record);
    message_defaults(&register_broker_record_broker_endpoint_type, &endpoint);
    endpoint.name = slice_text("PLAINTEXT");
    endpoint.host = slice_text(host);
    endpoint.port = 9092;
    record.broker_id = id;
    record.end_points.items = &endpoint;
    record.end_points.count = 1;
    record.rack = rack ? slice_text(rack) : SLICE_NULL;
    record.fenced = true;
    metadata_batch_add(batch, &register_broker_record_type, 3, &record);
}

static void add_config(struct metadata_batch *batch, int8_t type, const char *resource,
                       const char *name, const char *value)
{
    struct config_record record;
    message_defaults(&config_record_type, &record);
    record.resource_type = type;
    record.resource_name = slice_text(resource);
    record.name = slice_text(name);
    record.value = value ? slice_text(value) : SLICE_NULL;
    metadata_batch_add(batch, &config_record_type, 0, &record);
}

static struct uuid id_of(int number)
{
    return (struct uuid){ { 1, 2, (uint8_t)number } };
}

static void add_topic(struct metadata_batch *batch, int number)
{
    int32_t nodes[] = { 1, 2 };
    struct uuid directories[2] = { 0 };
    char name[16];
    struct topic_record topic;
    (void)snprintf(name, sizeof(name), "t%d", number);
    message_defaults(&topic_record_type, &topic);
    topic.name = slice_text(name);
    topic.topic_id = id_of(number);
    metadata_batch_add(batch, &topic_record_type, 0, &topic);
    add_config(batch, 2, name, "retention.ms", "1000");
    for (int32_t i = 0; i < PARTITIONS; i++) {
        struct partition_record partition;
        message_defaults(&partition_record_type, &partition);
        partition.topic_id = topic.topic_id;
        partition.partition_id = i;
        partition.leader = 1;
        partition.replicas.items = nodes;
        partition.replicas.count = 2;
        partition.isr.items = nodes;
        partition.isr.count = 2;
        partition.directories.items = directories;
        partition.directories.count = 2;
        metadata_batch_add(batch, &partition_record_type, 1, &partition);
    }
}

static void add_changes(struct metadata_batch *batch, int number)
{
    int32_t isr[] = { 2 };
    struct partition_change_record change;
    struct remove_topic_record removal;
    char name[16];
    (void)snprintf(name, sizeof(name), "t%d", number);
    message_defaults(&partition_change_record_type, &change);
    change.topic_id = id_of(number);
    change.partition_id = 1;
    change.leader = 2;
    change.isr.items = isr;
    change.isr.count = 1;
    metadata_batch_add(batch, &partition_change_record_type, 1, &change);
    add_config(batch, 2, name, "cleanup.policy", "compact");
    add_config(batch, 2, name, "retention.ms", "2000");
    add_config(batch, 2, name, "cleanup.policy", NULL);
    message_defaults(&remove_topic_record_type, &removal);
    removal.topic_id = id_of(number + 1);
    metadata_batch_add(batch, &remove_topic_record_type, 0, &removal);
}

static void add_quota(struct metadata_batch *batch, const char *user, double value)
{
    struct client_quota_record_entity_data data = { slice_text("user"), slice_text(user) };
    struct client_quota_record record;
    message_defaults(&client_quota_record_type, &record);
    record.entity.items = &data;
    record.entity.count = 1;
    record.key = slice_text("producer_byte_rate");
    record.value = value;
    record.remove = value == 0;
    metadata_batch_add(batch, &client_quota_record_type, 0, &record);
}

static void make_history(struct bytes *out)
{
    struct metadata_batch batch;
    struct unfence_broker_record unfence;
    struct producer_ids_record ids;
    metadata_batch_init(&batch);
    add_broker(&batch, 1, "one", "rack-a");
    add_broker(&batch, 2, "two", NULL);
    for (int i = 0; i < TOPICS; i++) {
        add_topic(&batch, i);
    }
    add_config(&batch, 4, "", "log.retention.ms", "5000");
    add_config(&batch, 4, "1", "log.retention.ms", "6000");
    add_config(&batch, 4, "1", "log.roll.ms", "7000");
    add_config(&batch, 32, "g", "consumer.session.timeout.ms", "50000");
    add_config(&batch, 16, "m", "interval.ms", "1000");
    add_config(&batch, 16, "m", "interval.ms", NULL); /* gone with its last setting */
    add_config(&batch, 16, "n", "interval.ms", NULL);
    message_defaults(&producer_ids_record_type, &ids);
    ids.next_producer_id = 1000;
    metadata_batch_add(&batch, &producer_ids_record_type, 0, &ids);
    add_changes(&batch, 3);
    add_broker(&batch, 1, "one-moved", "rack-b");
    add_broker(&batch, 1, "one-again", NULL);
    message_defaults(&unfence_broker_record_type, &unfence);
    for (unfence.id = 1; unfence.id <= 2; unfence.id++) {
        metadata_batch_add(&batch, &unfence_broker_record_type, 0, &unfence);
    }
    add_quota(&batch, "alice", 1000);
    add_quota(&batch, "bob", 2000);
    add_quota(&batch, "alice", 0);
    assert_int_equal(metadata_batch_close(&batch, 1000, out), KC_ERR_NONE);
    metadata_batch_finish(&batch);
}

/* ---- applying ---- */

struct stage {
    struct bytes history;
    struct text *before;
    struct text *after;
    struct text *expected;
};

static enum kc_err apply_all(struct stage *stage, struct image *image)
{
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    enum kc_err first = KC_ERR_NONE;

    assert_int_equal(batch_read(bytes_slice(&stage->history), &batch), KC_ERR_NONE);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), KC_ERR_NONE);
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        describe(image, stage->before);
        enum kc_err err = image_apply(image, record.value, record.offset, 1);
        if (err != KC_ERR_NONE) {
            assert_int_equal(err, KC_ERR_NO_MEMORY);
            first = err;
            describe(image, stage->after);
            assert_string_equal(stage->after->data, stage->before->data);
            assert_int_equal(image_apply(image, record.value, record.offset, 1), KC_ERR_NONE);
        }
    }
    describe(image, stage->after);
    return first;
}

static enum kc_err apply_body(void *context)
{
    struct stage *stage = context;
    struct image image;

    image_init(&image, 5);
    enum kc_err err = apply_all(stage, &image);
    assert_string_equal(stage->after->data, stage->expected->data);
    image_finish(&image);
    return err;
}

static void stage_init(struct stage *stage)
{
    struct image image;

    bytes_init(&stage->history, 1 << 20);
    make_history(&stage->history);
    stage->before = malloc(sizeof(struct text));
    stage->after = malloc(sizeof(struct text));
    stage->expected = malloc(sizeof(struct text));
    assert_true(stage->before && stage->after && stage->expected);
    image_init(&image, 5);
    assert_int_equal(image_apply_batch(&image, bytes_slice(&stage->history)), KC_ERR_NONE);
    describe(&image, stage->expected);
    image_finish(&image);
}

static void stage_finish(struct stage *stage)
{
    bytes_finish(&stage->history);
    free(stage->before);
    free(stage->after);
    free(stage->expected);
}

TEST(applying_every_record)
{
    struct stage stage;

    stage_init(&stage);
    heap_each(apply_body, &stage);
    stage_finish(&stage);
}

/* ---- plans ---- */

static void plan_all(const struct image *image, struct metadata_batch *batch)
{
    struct topics_defaults defaults = { 1, 1, 1000 };
    struct topic_planned planned;
    struct random random;
    struct create_topics_request_creatable_topic topic;
    struct create_topics_request_creatable_topic_config config = { slice_text("retention.ms"),
                                                                   slice_text("77") };
    int32_t nodes[] = { 2, 1 };
    struct create_topics_request_creatable_replica_assignment assignments[] = {
        { .partition_index = 1, .broker_ids = { nodes, 2 } },
        { .partition_index = 0, .broker_ids = { nodes, 2 } },
    };
    struct create_partitions_request_create_partitions_topic more;

    random_init(&random, 1);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text("placed");
    topic.num_partitions = 50;
    topic.replication_factor = 1;
    topic.configs.items = &config;
    topic.configs.count = 1;
    topics_plan_create(image, &defaults, &random, &topic, NULL, batch, &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    topic.name = slice_text("assigned");
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    topic.assignments.items = assignments;
    topic.assignments.count = 2;
    int32_t before = batch->count;
    topics_plan_create(image, &defaults, &random, &topic, NULL, batch, &planned);
    if (planned.err != KC_ERR_NONE) {
        assert_true(heap_failed());
        assert_int_equal(batch->count, before);
        topics_plan_create(image, &defaults, &random, &topic, NULL, batch, &planned);
        assert_int_equal(planned.err, KC_ERR_NONE);
    }
    message_defaults(&create_partitions_request_create_partitions_topic_type, &more);
    more.name = slice_text("t0");
    more.count = 40;
    more.assignments.count = -1;
    topics_plan_partitions(image, &defaults, &random, &more, batch, &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    topics_plan_delete(image_topic(image, slice_text("t1")), batch);
}

static enum kc_err plan_body(void *context)
{
    const struct image *image = context;
    struct metadata_batch batch;
    struct metadata_batch joined;
    struct image_check check;
    struct bytes out;

    metadata_batch_init(&batch);
    metadata_batch_init(&joined);
    image_check_init(&check, image);
    bytes_init(&out, 1 << 20);
    plan_all(image, &batch);
    enum kc_err err = metadata_batch_close(&batch, 1000, &out);
    if (err == KC_ERR_NONE) {
        err = image_check_take(&check, bytes_slice(&out));
    }
    if (err == KC_ERR_NONE) {
        err = metadata_batch_join(&joined, bytes_slice(&out));
    }
    if (err == KC_ERR_NONE) {
        assert_int_equal(joined.count, batch.count);
        assert_memory_equal(joined.values.data, batch.values.data, batch.values.size);
    }
    bytes_finish(&out);
    image_check_finish(&check);
    metadata_batch_finish(&joined);
    metadata_batch_finish(&batch);
    return err;
}

TEST(plans)
{
    struct stage stage;
    struct image image;

    stage_init(&stage);
    image_init(&image, 5);
    assert_int_equal(image_apply_batch(&image, bytes_slice(&stage.history)), KC_ERR_NONE);
    heap_each(plan_body, &image);
    image_finish(&image);
    stage_finish(&stage);
}
