/* tests: the image: records in, the same records the same image, and what does not fit is refused.
 */
#include "controller/image_check.h"
#include "record/batch.h"
#include "unit/controller/image_stage.h"
#include "wire/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_setting(struct image_stage *stage, int8_t kind, const char *resource,
                        const char *name, const char *value)
{
    struct config_record record;
    struct metadata_batch batch;
    message_defaults(&config_record_type, &record);
    record.resource_type = kind;
    record.resource_name = slice_text(resource);
    record.name = slice_text(name);
    record.value = value ? slice_text(value) : SLICE_NULL;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &config_record_type, 0, &record);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

static void change_isr(struct image_stage *stage, const struct uuid *id, int32_t partition,
                       int32_t leader, int32_t *isr, int32_t isr_count)
{
    struct partition_change_record record;
    struct metadata_batch batch;
    message_defaults(&partition_change_record_type, &record);
    record.topic_id = *id;
    record.partition_id = partition;
    record.leader = leader;
    record.isr.items = isr;
    record.isr.count = isr_count;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &partition_change_record_type, 1, &record);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

static void remove_topic(struct image_stage *stage, const char *name)
{
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage->image, slice_text(name)), &batch);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

/* A busy life: topics made, grown, set, moved, removed, made again. */
static void live(struct image_stage *stage)
{
    int32_t isr[] = { 2, 3 };
    struct topic_planned a = image_stage_create(stage, "a", 5, 3);
    struct topic_planned b = image_stage_create(stage, "b.c", 1, 1);
    (void)image_stage_create(stage, "__consumer_offsets", 50, 1);
    assert_int_equal(a.err, KC_ERR_NONE);
    add_setting(stage, 2, "a", "retention.ms", "5");
    add_setting(stage, 2, "a", "cleanup.policy", "compact");
    add_setting(stage, 2, "a", "retention.ms", "7");
    add_setting(stage, 2, "b.c", "segment.ms", "9");
    add_setting(stage, 2, "b.c", "segment.ms", NULL);
    add_setting(stage, 2, "b.c", "never.set", NULL);
    add_setting(stage, 4, "", "min.insync.replicas", "1");
    change_isr(stage, &a.id, 2, 2, isr, 2);
    change_isr(stage, &a.id, 2, -2, isr, 1);
    change_isr(stage, &b.id, 0, -1, NULL, -1);
    remove_topic(stage, "b.c");
    (void)image_stage_create(stage, "b.c", 3, 1);
    struct producer_ids_record ids;
    struct metadata_batch batch;
    message_defaults(&producer_ids_record_type, &ids);
    ids.next_producer_id = 2000;
    metadata_batch_init(&batch);
    metadata_batch_add(&batch, &producer_ids_record_type, 0, &ids);
    assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
}

TEST(what_records_do)
{
    struct image_stage stage;
    image_stage_init(&stage, 3);
    live(&stage);
    const struct image_topic *a = image_topic(&stage.image, slice_text("a"));
    assert_string_equal(image_setting(&a->settings, slice_text("retention.ms")), "7");
    assert_int_equal(a->settings.count, 2);
    const struct image_partition *partition = image_partition(a, 2);
    assert_int_equal(partition->leader, 2);
    assert_int_equal(partition->leader_epoch, 1); /* a record without a leader leaves it */
    assert_int_equal(partition->partition_epoch, 2);
    assert_int_equal(partition->isr_count, 1);
    assert_int_equal(partition->replica_count, 3);
    assert_null(image_partition(a, 5));
    assert_null(image_partition(a, -1));
    const struct image_topic *b = image_topic(&stage.image, slice_text("b.c"));
    assert_int_equal(b->partition_count, 3);
    assert_int_equal(b->settings.count, 0);
    assert_true(image_topic(&stage.image, slice_text("__consumer_offsets"))->internal);
    assert_false(b->internal);
    assert_int_equal(stage.image.next_producer_id, 2000);
    assert_int_equal(stage.image.last_offset, stage.next_offset - 1);
    assert_int_equal(stage.image.last_epoch, 5);
    assert_int_equal(stage.image.topics.count, 3);
    assert_int_equal(stage.image.topic_ids.count, 3);
    image_stage_finish(&stage);
}

TEST(replay_gives_the_same_image)
{
    struct image_stage stage;
    struct image again;
    image_stage_init(&stage, 3);
    live(&stage);
    image_init(&again, 99);
    for (size_t i = 0; i < stage.batch_count; i++) {
        assert_int_equal(image_apply_batch(&again, bytes_slice(&stage.batches[i])), KC_ERR_NONE);
    }
    char *one = image_stage_show(&stage.image);
    char *two = image_stage_show(&again);
    assert_string_equal(one, two);
    free(one);
    free(two);
    image_finish(&again);
    image_stage_finish(&stage);
}

struct witness {
    int counts[IMAGE_BROKER_CHANGED + 1];
    char removed[32];
};

static void see(void *context, const struct image_change *change)
{
    struct witness *witness = context;
    witness->counts[change->kind]++;
    if (change->kind == IMAGE_TOPIC_REMOVED) {
        (void)snprintf(witness->removed, sizeof(witness->removed), "%s", change->topic->name);
    }
}

TEST(changes_are_told)
{
    struct image_stage stage;
    struct witness witness = { 0 };
    image_stage_init(&stage, 3);
    stage.image.changed = see;
    stage.image.context = &witness;
    live(&stage);
    assert_int_equal(witness.counts[IMAGE_TOPIC_CREATED], 4);
    assert_int_equal(witness.counts[IMAGE_TOPIC_REMOVED], 1);
    assert_string_equal(witness.removed, "b.c");
    assert_int_equal(witness.counts[IMAGE_PARTITION_CHANGED], 5 + 1 + 50 + 3 + 3);
    assert_int_equal(witness.counts[IMAGE_SETTINGS_CHANGED], 7);
    image_stage_finish(&stage);
}

/* Damage never crashes and never passes for something else. */
TEST(cut_and_flipped_records)
{
    struct image_stage stage;
    image_stage_init(&stage, 3);
    live(&stage);
    for (size_t i = 0; i < stage.batch_count; i++) {
        struct slice batch = bytes_slice(&stage.batches[i]);
        for (size_t place = 0; place < batch.size; place++) {
            struct image image;
            image_init(&image, 1);
            for (size_t k = 0; k < i; k++) {
                (void)image_apply_batch(&image, bytes_slice(&stage.batches[k]));
            }
            if (place < batch.size) {
                assert_int_equal(image_apply_batch(&image, slice_of(batch.data, place)),
                                 KC_ERR_CORRUPT_FILE);
            }
            uint8_t kept = stage.batches[i].data[place];
            stage.batches[i].data[place] ^= (uint8_t)(1U << place % 8);
            enum kc_err err = image_apply_batch(&image, batch);
            assert_true(err == KC_ERR_NONE || err == KC_ERR_CORRUPT_FILE ||
                        err == KC_ERR_UNSUPPORTED);
            stage.batches[i].data[place] = kept;
            image_finish(&image);
            if (i == 5) {
                place += 40; /* fifty partitions */
            }
        }
    }
    image_stage_finish(&stage);
}

/* ---- proposals that may not fit any more ---- */

static struct bytes planned_topic(struct image_stage *stage, const char *name)
{
    struct create_topics_request_creatable_topic topic;
    struct topic_planned planned;
    struct metadata_batch batch;
    struct bytes bytes;
    bytes_init(&bytes, 1 << 20);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text(name);
    topic.num_partitions = 3;
    topic.replication_factor = 1;
    metadata_batch_init(&batch);
    topics_plan_create(&stage->image, &stage->defaults, &stage->random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    assert_int_equal(metadata_batch_close(&batch, 1, &bytes), KC_ERR_NONE);
    metadata_batch_finish(&batch);
    return bytes;
}

static struct bytes planned_growth(struct image_stage *stage, const char *name, int32_t count)
{
    struct create_partitions_request_create_partitions_topic request;
    struct topic_planned planned;
    struct metadata_batch batch;
    struct bytes bytes;
    bytes_init(&bytes, 1 << 20);
    message_defaults(&create_partitions_request_create_partitions_topic_type, &request);
    request.name = slice_text(name);
    request.count = count;
    request.assignments.count = -1;
    metadata_batch_init(&batch);
    topics_plan_partitions(&stage->image, &stage->defaults, &stage->random, &request, &batch,
                           &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    assert_int_equal(metadata_batch_close(&batch, 1, &bytes), KC_ERR_NONE);
    metadata_batch_finish(&batch);
    return bytes;
}

static struct bytes planned_removal(struct image_stage *stage, const char *name)
{
    struct metadata_batch batch;
    struct bytes bytes;
    bytes_init(&bytes, 1 << 20);
    metadata_batch_init(&batch);
    topics_plan_delete(image_topic(&stage->image, slice_text(name)), &batch);
    assert_int_equal(metadata_batch_close(&batch, 1, &bytes), KC_ERR_NONE);
    metadata_batch_finish(&batch);
    return bytes;
}

TEST(stale_proposals)
{
    struct image_stage stage;
    struct image_check check;
    image_stage_init(&stage, 1);
    (void)image_stage_create(&stage, "old", 2, 1);
    struct bytes proposals[] = {
        planned_topic(&stage, "new"),     planned_topic(&stage, "new"),
        planned_topic(&stage, "other"),   planned_growth(&stage, "old", 4),
        planned_growth(&stage, "old", 3), planned_removal(&stage, "old"),
        planned_removal(&stage, "old"),
    };
    /* Together: those that touch what an earlier one touches wait. */
    static const enum kc_err together[] = { KC_ERR_NONE,        KC_ERR_WOULD_BLOCK,
                                            KC_ERR_NONE,        KC_ERR_NONE,
                                            KC_ERR_WOULD_BLOCK, KC_ERR_WOULD_BLOCK,
                                            KC_ERR_WOULD_BLOCK };
    /* One after the other, those that pass being applied. */
    static const enum kc_err alone[] = { KC_ERR_NONE,
                                         KC_ERR_TOPIC_ALREADY_EXISTS,
                                         KC_ERR_NONE,
                                         KC_ERR_NONE,
                                         KC_ERR_INVALID_PARTITIONS,
                                         KC_ERR_NONE,
                                         KC_ERR_UNKNOWN_TOPIC_OR_PARTITION };
    image_check_init(&check, &stage.image);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(image_check_take(&check, bytes_slice(&proposals[i])), together[i]);
    }
    for (size_t i = 0; i < 7; i++) {
        image_check_restart(&check);
        enum kc_err err = image_check_take(&check, bytes_slice(&proposals[i]));
        assert_int_equal(err, alone[i]);
        enum kc_err applied =
            err ? KC_ERR_NONE : image_apply_batch(&stage.image, bytes_slice(&proposals[i]));
        assert_int_equal(applied, KC_ERR_NONE);
        bytes_finish(&proposals[i]);
    }
    assert_null(image_topic(&stage.image, slice_text("old")));
    assert_non_null(image_topic(&stage.image, slice_text("other")));
    image_check_finish(&check);
    image_stage_finish(&stage);
}

/* Whatever passes the check can be applied. */
TEST(check_and_apply_agree)
{
    struct image_stage stage;
    struct image_check check;
    int passed = 0;
    image_stage_init(&stage, 3);
    live(&stage);
    image_check_init(&check, NULL);
    for (size_t i = 3; i < stage.batch_count; i++) {
        struct bytes *bytes = &stage.batches[i];
        for (size_t place = BATCH_HEADER_SIZE; place < bytes->size && place < 400; place++) {
            struct image image;
            uint8_t kept = bytes->data[place];
            image_init(&image, 1);
            for (size_t k = 0; k < i; k++) {
                (void)image_apply_batch(&image, bytes_slice(&stage.batches[k]));
            }
            check.image = &image;
            image_check_restart(&check);
            bytes->data[place] ^= (uint8_t)(1U << place % 8);
            if (image_check_take(&check, bytes_slice(bytes)) == KC_ERR_NONE) {
                passed++;
                assert_int_equal(image_apply_batch(&image, bytes_slice(bytes)), KC_ERR_NONE);
            }
            bytes->data[place] = kept;
            image_finish(&image);
        }
    }
    assert_true(passed > 0);
    image_check_finish(&check);
    image_stage_finish(&stage);
}
