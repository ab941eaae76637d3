/* tests: plans for topics: what Kafka 4.3 accepts, refuses and says. */
#include "unit/controller/image_stage.h"
#include "wire/messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANNOT_REPLICATE                                                                 \
    "The target replication factor of 2 cannot be reached because only 1 broker(s) are " \
    "registered "                                                                        \
    "or some brokers have all their log directories cordoned."

TEST(names_counts_and_factors)
{
    static const struct row {
        const char *name;
        int32_t partitions;
        int16_t factor;
        enum kc_err err;
        const char *text;
    } rows[] = {
        { "a", -1, -1, KC_ERR_NONE, "" },
        { "a", 1, 1, KC_ERR_TOPIC_ALREADY_EXISTS, "Topic 'a' already exists." },
        { "", 1, 1, KC_ERR_INVALID_TOPIC_EXCEPTION,
          "Topic name is invalid: the empty string is not allowed" },
        { "..", 1, 1, KC_ERR_INVALID_TOPIC_EXCEPTION,
          "Topic name is invalid: '..' is not allowed" },
        { "my.topic", 1, 1, KC_ERR_NONE, "" },
        { "my.topic", 1, 1, KC_ERR_TOPIC_ALREADY_EXISTS, "Topic 'my.topic' already exists." },
        { "my_topic", 1, 1, KC_ERR_INVALID_TOPIC_EXCEPTION,
          "Topic 'my_topic' collides with existing topic: my.topic" },
        { "b", 0, 1, KC_ERR_INVALID_PARTITIONS,
          "Number of partitions was set to an invalid non-positive value." },
        { "b", -2, 1, KC_ERR_INVALID_PARTITIONS,
          "Number of partitions was set to an invalid non-positive value." },
        { "b", INT32_MIN, 1, KC_ERR_INVALID_PARTITIONS,
          "Number of partitions was set to an invalid non-positive value." },
        { "b", 0, 0, KC_ERR_INVALID_REPLICATION_FACTOR,
          "Replication factor must be larger than 0, or -1 to use the default value." },
        { "b", 1, -2, KC_ERR_INVALID_REPLICATION_FACTOR,
          "Replication factor must be larger than 0, or -1 to use the default value." },
        { "b", 1, 2, KC_ERR_INVALID_REPLICATION_FACTOR,
          "Unable to replicate the partition 2 time(s): " CANNOT_REPLICATE },
        { "b", 100, 1, KC_ERR_NONE, "" },
        { "c", 101, 1, KC_ERR_POLICY_VIOLATION,
          "101 partitions are more than this broker's limit of 100 for one topic." },
        { "c", INT32_MAX, 1, KC_ERR_POLICY_VIOLATION,
          "2147483647 partitions are more than this broker's limit of 100 for one topic." },
    };
    struct image_stage stage;
    image_stage_init(&stage, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct topic_planned planned =
            image_stage_create(&stage, rows[i].name, rows[i].partitions, rows[i].factor);
        assert_string_equal(planned.text, rows[i].text);
        assert_int_equal(planned.err, rows[i].err);
        if (!planned.err) {
            const struct image_topic *topic = image_topic(&stage.image, slice_text(rows[i].name));
            int32_t count = rows[i].partitions < 0 ? 2 : rows[i].partitions;
            assert_non_null(topic);
            assert_ptr_equal(image_topic_by_id(&stage.image, &planned.id), topic);
            assert_int_equal(topic->partition_count, count);
            assert_int_equal(planned.partition_count, count);
            assert_int_equal(planned.replication_factor, 1);
        }
    }
    image_stage_finish(&stage);
}

TEST(nobody_registered)
{
    struct image_stage stage;
    image_stage_init(&stage, 0);
    struct topic_planned planned = image_stage_create(&stage, "a", 1, 1);
    assert_int_equal(planned.err, KC_ERR_INVALID_REPLICATION_FACTOR);
    image_stage_finish(&stage);
}

/* Replicas of a partition are different brokers, and leaders and followers are spread evenly. */
TEST(placement_is_even)
{
    for (int32_t brokers = 1; brokers <= 7; brokers++) {
        for (int16_t factor = 1; factor <= brokers; factor++) {
            struct image_stage stage;
            int leads[8] = { 0 };
            int holds[8] = { 0 };
            int32_t count = brokers * 12;
            image_stage_init(&stage, brokers);
            struct topic_planned planned = image_stage_create(&stage, "t", count, factor);
            assert_int_equal(planned.err, KC_ERR_NONE);
            const struct image_topic *topic = image_topic(&stage.image, slice_text("t"));
            for (int32_t i = 0; i < count; i++) {
                const struct image_partition *partition = image_partition(topic, i);
                unsigned seen = 0;
                assert_int_equal(partition->replica_count, factor);
                assert_int_equal(partition->isr_count, factor);
                assert_int_equal(partition->leader, partition->replicas[0]);
                for (int16_t k = 0; k < factor; k++) {
                    assert_in_range(partition->replicas[k], 1, brokers);
                    assert_false(seen & 1U << partition->replicas[k]);
                    seen |= 1U << partition->replicas[k];
                    holds[partition->replicas[k]]++;
                }
                leads[partition->leader]++;
            }
            for (int32_t id = 1; id <= brokers; id++) {
                assert_int_equal(leads[id], 12);
                assert_in_range(holds[id], 12 * factor - 12, 12 * factor + 12);
            }
            image_stage_finish(&stage);
        }
    }
}

/* ---- manual assignment ---- */

static struct topic_planned
create_assigned(struct image_stage *stage, const char *name,
                struct create_topics_request_creatable_replica_assignment *items, int32_t count)
{
    struct create_topics_request_creatable_topic topic;
    struct topic_planned planned;
    struct metadata_batch batch;
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text(name);
    topic.num_partitions = -1;
    topic.replication_factor = -1;
    topic.assignments.items = items;
    topic.assignments.count = count;
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

/* "0:1,2 1:2,1": partition and brokers. */
static int32_t parse_assignment(const char *text,
                                struct create_topics_request_creatable_replica_assignment *items,
                                int32_t *brokers)
{
    int32_t count = 0;
    const char *at = text;
    char *end;
    while (*at) {
        message_defaults(&create_topics_request_creatable_replica_assignment_type, &items[count]);
        items[count].partition_index = (int32_t)strtol(at, &end, 10);
        items[count].broker_ids.items = brokers;
        at = end + 1;
        while (*at && *at != ' ') {
            *brokers++ = (int32_t)strtol(at, &end, 10);
            items[count].broker_ids.count++;
            at = *end == ',' ? end + 1 : end;
        }
        at += *at == ' ';
        count++;
    }
    return count;
}

TEST(assignments)
{
    static const struct row {
        const char *assignment;
        const char *text; /* empty: accepted */
    } rows[] = {
        { "0:1", "" },
        { "0:1,2,3 1:2,3,1", "" },
        { "2:3 0:1 1:2", "" },
        { "0:", "The manual partition assignment includes an empty replica list." },
        { "0:9", "The manual partition assignment includes broker 9, but no such broker is "
                 "registered." },
        { "0:1,1", "The manual partition assignment includes the broker 1 more than once." },
        { "0:1,2 1:3",
          "The manual partition assignment includes a partition with 1 replica(s), but this is not "
          "consistent with previous partitions, which have 2 replica(s)." },
        { "0:1 0:2", "Found multiple manual partition assignments for partition 0" },
        { "0:1 2:2", "partitions should be a consecutive 0-based integer sequence" },
        { "-1:1", "partitions should be a consecutive 0-based integer sequence" },
    };
    struct image_stage stage;
    image_stage_init(&stage, 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct create_topics_request_creatable_replica_assignment items[8];
        int32_t brokers[32];
        char name[16];
        (void)snprintf(name, sizeof(name), "t%zu", i);
        int32_t count = parse_assignment(rows[i].assignment, items, brokers);
        struct topic_planned planned = create_assigned(&stage, name, items, count);
        assert_string_equal(planned.text, rows[i].text);
        assert_int_equal(planned.err,
                         rows[i].text[0] ? KC_ERR_INVALID_REPLICA_ASSIGNMENT : KC_ERR_NONE);
        if (!planned.err) {
            const struct image_topic *topic = image_topic(&stage.image, slice_text(name));
            assert_int_equal(topic->partition_count, count);
            for (int32_t k = 0; k < count; k++) {
                const struct image_partition *partition =
                    image_partition(topic, items[k].partition_index);
                assert_int_equal(partition->leader, items[k].broker_ids.items[0]);
                assert_int_equal(partition->replica_count, items[k].broker_ids.count);
            }
        }
    }
    image_stage_finish(&stage);
}

TEST(assignment_and_counts)
{
    struct create_topics_request_creatable_topic topic;
    struct topic_planned planned;
    struct metadata_batch batch;
    struct image_stage stage;
    struct create_topics_request_creatable_replica_assignment items[1];
    int32_t brokers[1];
    image_stage_init(&stage, 1);
    metadata_batch_init(&batch);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text("t");
    topic.assignments.items = items;
    topic.assignments.count = parse_assignment("0:1", items, brokers);
    topic.num_partitions = -1;
    topic.replication_factor = 1;
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_INVALID_REQUEST);
    assert_string_equal(planned.text, "A manual partition assignment was specified, but "
                                      "replication factor was not set to -1.");
    topic.num_partitions = 1;
    topic.replication_factor = -1;
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_INVALID_REQUEST);
    assert_string_equal(planned.text, "A manual partition assignment was specified, but "
                                      "numPartitions was not set to -1.");
    assert_int_equal(batch.count, 0);
    metadata_batch_finish(&batch);
    image_stage_finish(&stage);
}

TEST(settings_and_others_of_the_request)
{
    struct create_topics_request_creatable_topic topic;
    struct create_topics_request_creatable_topic_config configs[2];
    struct topic_planned planned;
    struct metadata_batch batch;
    struct image_stage stage;
    struct slice other = slice_text("x.y");
    struct map others;
    map_init(&others, 1);
    assert_true(map_put(&others, slice_text("x_y"), &other, NULL));
    image_stage_init(&stage, 1);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    for (int i = 0; i < 2; i++) {
        message_defaults(&create_topics_request_creatable_topic_config_type, &configs[i]);
    }
    topic.name = slice_text("x_y");
    topic.num_partitions = 1;
    topic.replication_factor = 1;
    metadata_batch_init(&batch);
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, &others, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_INVALID_TOPIC_EXCEPTION);
    assert_string_equal(planned.text, "Topic 'x_y' collides with existing topic: x.y");
    topic.configs.items = configs;
    topic.configs.count = 2;
    configs[0].name = slice_text("retention.ms");
    configs[0].value = slice_text("1000");
    configs[1].name = slice_text("cleanup.policy");
    configs[1].value = SLICE_NULL;
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_INVALID_CONFIG);
    assert_string_equal(planned.text, "Null value not supported for topic configs: cleanup.policy");
    configs[1].value = slice_text("shred");
    /* Settings are looked at before the counts. */
    topic.num_partitions = 0;
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_INVALID_CONFIG);
    topic.num_partitions = 1;
    assert_int_equal(batch.count, 0);
    configs[1].value = slice_text("compact");
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    assert_int_equal(image_stage_apply(&stage, &batch), KC_ERR_NONE);
    const struct image_topic *made = image_topic(&stage.image, slice_text("x_y"));
    assert_string_equal(image_setting(&made->settings, slice_text("retention.ms")), "1000");
    assert_string_equal(image_setting(&made->settings, slice_text("cleanup.policy")), "compact");
    assert_null(image_setting(&made->settings, slice_text("segment.ms")));
    /* What is gone collides with nothing. */
    metadata_batch_init(&batch);
    topics_plan_delete(made, &batch);
    assert_int_equal(image_stage_apply(&stage, &batch), KC_ERR_NONE);
    topic.name = slice_text("x.y");
    topics_plan_create(&stage.image, &stage.defaults, &stage.random, &topic, NULL, &batch,
                       &planned);
    assert_int_equal(planned.err, KC_ERR_NONE);
    metadata_batch_finish(&batch);
    map_finish(&others);
    image_stage_finish(&stage);
}

/* ---- more partitions ---- */

static struct topic_planned grow(struct image_stage *stage, const char *name, int32_t count,
                                 const char *assignment)
{
    struct create_partitions_request_create_partitions_topic request;
    struct create_partitions_request_create_partitions_assignment items[8];
    struct create_topics_request_creatable_replica_assignment parsed[8];
    int32_t brokers[32];
    struct topic_planned planned;
    struct metadata_batch batch;
    message_defaults(&create_partitions_request_create_partitions_topic_type, &request);
    request.name = slice_text(name);
    request.count = count;
    request.assignments.count = -1;
    if (assignment) {
        request.assignments.items = items;
        request.assignments.count = parse_assignment(assignment, parsed, brokers);
        for (int32_t i = 0; i < request.assignments.count; i++) {
            message_defaults(&create_partitions_request_create_partitions_assignment_type,
                             &items[i]);
            items[i].broker_ids.items = parsed[i].broker_ids.items;
            items[i].broker_ids.count = parsed[i].broker_ids.count;
        }
    }
    metadata_batch_init(&batch);
    topics_plan_partitions(&stage->image, &stage->defaults, &stage->random, &request, &batch,
                           &planned);
    if (planned.err) {
        assert_int_equal(batch.count, 0);
        metadata_batch_finish(&batch);
    } else {
        assert_int_equal(image_stage_apply(stage, &batch), KC_ERR_NONE);
    }
    return planned;
}

TEST(more_partitions)
{
    static const struct row {
        const char *name;
        int32_t count;
        const char *assignment;
        enum kc_err err;
        const char *text;
    } rows[] = {
        { "none", 5, NULL, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
          "This server does not host this topic-partition." },
        { "alpha", 4, NULL, KC_ERR_INVALID_PARTITIONS, "Topic already has 4 partition(s)." },
        { "alpha", 2, NULL, KC_ERR_INVALID_PARTITIONS,
          "The topic alpha currently has 4 partition(s); 2 would not be an increase." },
        { "alpha", 0, NULL, KC_ERR_INVALID_PARTITIONS,
          "The topic alpha currently has 4 partition(s); 0 would not be an increase." },
        { "alpha", INT32_MIN, NULL, KC_ERR_INVALID_PARTITIONS,
          "The topic alpha currently has 4 partition(s); -2147483648 would not be an increase." },
        { "alpha", 101, NULL, KC_ERR_POLICY_VIOLATION,
          "101 partitions are more than this broker's limit of 100 for one topic." },
        { "alpha", 6, "0:1,2", KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified." },
        { "alpha", 5, "", KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "Attempted to add 1 additional partition(s), but only 0 assignment(s) were specified." },
        { "alpha", 5, "0:1", KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "The manual partition assignment includes a partition with 1 replica(s), but this is not "
          "consistent with previous partitions, which have 2 replica(s)." },
        { "alpha", 5, "0:1,9", KC_ERR_INVALID_REPLICA_ASSIGNMENT,
          "The manual partition assignment includes broker 9, but no such broker is registered." },
        { "alpha", 6, "0:1,2 1:3,1", KC_ERR_NONE, "" },
        { "alpha", 9, NULL, KC_ERR_NONE, "" },
    };
    struct image_stage stage;
    image_stage_init(&stage, 3);
    assert_int_equal(image_stage_create(&stage, "alpha", 4, 2).err, KC_ERR_NONE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct topic_planned planned =
            grow(&stage, rows[i].name, rows[i].count, rows[i].assignment);
        assert_string_equal(planned.text, rows[i].text);
        assert_int_equal(planned.err, rows[i].err);
    }
    const struct image_topic *topic = image_topic(&stage.image, slice_text("alpha"));
    assert_int_equal(topic->partition_count, 9);
    assert_int_equal(image_partition(topic, 5)->leader, 3);
    for (int32_t i = 0; i < 9; i++) {
        assert_int_equal(image_partition(topic, i)->replica_count, 2);
    }
    image_stage_finish(&stage);
}
