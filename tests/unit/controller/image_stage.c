/* tests: the image's stage. */
#include "unit/controller/image_stage.h"

#include "record/batch.h"
#include "wire/messages.h"

#include <stdio.h>
#include <stdlib.h>

static void add_broker(struct image_stage *stage, int32_t id)
{
    struct metadata_batch batch;
    struct register_broker_record record;
    struct register_broker_record_broker_endpoint endpoint;
    message_defaults(&register_broker_record_type, &record);
    message_defaults(&register_broker_record_broker_endpoint_type, &endpoint);
    endpoint.name = slice_text("PLAINTEXT");
    endpoint.host = slice_text("host");
    endpoint.port = (uint16_t)(9000 + id);
    record.broker_id = id;
    record.broker_epoch = 100 + id;
    record.end_points.items = &endpoint;
    record.end_points.count = 1;
    record.fenced = false;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &register_broker_record_type, 3, &record);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

void image_stage_init(struct image_stage *stage, int32_t broker_count)
{
    memset(stage, 0, sizeof(*stage));
    image_init(&stage->image, 3);
    random_init(&stage->random, 4);
    stage->defaults = (struct topics_defaults){ .num_partitions = 2,
                                                .default_replication_factor = 1,
                                                .partitions_max = 100 };
    for (int32_t id = 1; id <= broker_count; id++) {
        add_broker(stage, id);
    }
}

void image_stage_finish(struct image_stage *stage)
{
    for (size_t i = 0; i < stage->batch_count; i++) {
        bytes_finish(&stage->batches[i]);
    }
    image_finish(&stage->image);
}

enum kc_err image_stage_apply(struct image_stage *stage, struct metadata_batch *batch)
{
    assert_true(stage->batch_count < IMAGE_STAGE_BATCHES_MAX);
    struct bytes *bytes = &stage->batches[stage->batch_count++];
    bytes_init(bytes, 16 << 20);
    int32_t count = batch->count;
    enum kc_err err = metadata_batch_close(batch, 1700000000000, bytes);
    metadata_batch_finish(batch);
    if (!err) {
        batch_set_base_offset(bytes->data, stage->next_offset);
        batch_set_leader_epoch(bytes->data, 5);
        err = image_apply_batch(&stage->image, bytes_slice(bytes));
        stage->next_offset += count;
    }
    return err;
}

struct topic_planned image_stage_create(struct image_stage *stage, const char *name,
                                        int32_t partitions, int16_t factor)
{
    struct create_topics_request_creatable_topic topic;
    struct topic_planned planned;
    struct metadata_batch batch;
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text(name);
    topic.num_partitions = partitions;
    topic.replication_factor = factor;
    metadata_batch_init(&batch);
    topics_plan_create(&stage->image, &stage->defaults, &stage->random, &topic, NULL, &batch,
                       &planned);
    if (planned.err) {
        assert_int_equal(batch.count, 0);
        metadata_batch_finish(&batch);
    } else {
        assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
    }
    return planned;
}

static void show_topic(FILE *out, const struct image_topic *topic)
{
    (void)fprintf(out, "%s %d %02x%02x\n", topic->name, topic->internal, topic->id.bytes[0],
                  topic->id.bytes[15]);
    for (int32_t i = 0; i < topic->settings.count; i++) {
        (void)fprintf(out, "  %s=%s\n", topic->settings.items[i].name,
                      topic->settings.items[i].value);
    }
    for (int32_t i = 0; i < topic->partition_count; i++) {
        const struct image_partition *partition = &topic->partitions[i];
        (void)fprintf(out, "  %d: leader %d epoch %d.%d replicas", i, partition->leader,
                      partition->leader_epoch, partition->partition_epoch);
        for (int32_t k = 0; k < partition->replica_count; k++) {
            (void)fprintf(out, " %d", partition->replicas[k]);
        }
        (void)fprintf(out, " isr");
        for (int32_t k = 0; k < partition->isr_count; k++) {
            (void)fprintf(out, " %d", partition->isr[k]);
        }
        (void)fprintf(out, "\n");
    }
}

char *image_stage_show(const struct image *image)
{
    char *text = NULL;
    size_t size = 0;
    size_t count = 0;
    FILE *out = open_memstream(&text, &size);
    struct image_topic **topics = image_topics_sorted(image, &count);
    assert_non_null(out);
    assert_non_null(topics);
    for (int32_t id = 0; id < 20; id++) {
        const struct image_broker *broker = image_broker(image, id);
        if (broker) {
            (void)fprintf(out, "broker %d epoch %d %s:%d %s\n", id, (int)broker->epoch,
                          broker->host, broker->port, broker->fenced ? "fenced" : "");
        }
    }
    for (int32_t i = 0; i < image->cluster_settings.count; i++) {
        (void)fprintf(out, "%s=%s\n", image->cluster_settings.items[i].name,
                      image->cluster_settings.items[i].value);
    }
    for (size_t i = 0; i < count; i++) {
        show_topic(out, topics[i]);
    }
    (void)fprintf(out, "producer ids %d, offset %d epoch %d\n", (int)image->next_producer_id,
                  (int)image->last_offset, image->last_epoch);
    free(topics);
    assert_int_equal(fclose(out), 0);
    return text;
}
