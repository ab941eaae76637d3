/* tests: the senders' side: many records in one call, where they go, and who hears of them. */
#include "unit/producer/rig.h"

#include "producer/feeder.h"

static void hear(void *context, const struct kc_delivery *delivery)
{
    struct kc_delivery *heard = context;
    *heard = *delivery;
}

static int count_in(struct rig *rig, int32_t partition)
{
    const struct bundle *open = rig_buffer(rig, partition)->open;
    return open ? open->writer.count : 0;
}

TEST(many_records_are_reported_each_with_its_context)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    struct kc_record records[600];
    struct kc_delivery heard[600] = { 0 };
    void *contexts[600];
    int numbers[600];
    size_t taken = 0;
    for (int i = 0; i < 600; i++) {
        numbers[i] = i;
        records[i] =
            (struct kc_record){ .topic = "t", .value = kc_bytes(&numbers[i], sizeof(numbers[i])) };
        contexts[i] = &heard[i];
    }
    struct intake_load load = { records, 600, hear, NULL, contexts };
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_NONE);
    assert_int_equal(taken, 600);
    rig_identify(rig);
    rig_serve_all(rig);
    assert_int_equal(rig->log_end, 600);
    for (int i = 0; i < 600; i++) {
        assert_int_equal(heard[i].err, KC_ERR_NONE);
        assert_int_equal(heard[i].status, KC_WRITTEN);
        assert_int_equal(heard[i].offset, i);
        assert_int_equal(rig->log[i], i);
    }
    rig_finish(rig);
}

TEST(many_stops_at_the_first_that_cannot_be_taken)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    static uint8_t large[2 << 20];
    struct kc_record records[] = {
        { .topic = "t", .value = kc_text("0000") },
        { .topic = "t", .value = kc_text("1111"), .partition = 0, .flags = KC_RECORD_PARTITION },
        { .topic = "t", .value = kc_bytes(large, sizeof(large)) },
        { .topic = "t", .value = kc_text("3333") },
    };
    size_t taken = 99;
    struct intake_load load = { .records = records, .count = 4 };
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_TOO_LARGE);
    assert_int_equal(taken, 2);
    assert_int_equal(count_in(rig, 0), 2);
    records[2] = (struct kc_record){ .topic = "other", .value = kc_text("2222") };
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_WOULD_BLOCK);
    assert_int_equal(taken, 2);
    records[2] = (struct kc_record){
        .topic = "t", .value = kc_text("2222"), .partition = 7, .flags = KC_RECORD_PARTITION
    };
    /* Whether there is such a partition must be asked first. */
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_WOULD_BLOCK);
    records[2].topic = NULL;
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_INVALID);
    assert_int_equal(taken, 2);
    load.count = 0;
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_NONE);
    assert_int_equal(taken, 0);
    assert_int_equal(count_in(rig, 0), 8);
    rig_finish(rig);
}

TEST(many_fills_buffer_memory_and_says_where_it_ended)
{
    struct producer_settings settings = rig_defaults();
    settings.memory_max = 4096;
    settings.batch_size_max = settings.batch_size;
    struct rig *rig = rig_start(&settings);
    struct kc_record records[200];
    size_t taken = 0;
    char value[100] = "";
    for (int i = 0; i < 200; i++) {
        records[i] = (struct kc_record){ .topic = "t", .value = kc_bytes(value, sizeof(value)) };
    }
    struct intake_load load = { .records = records, .count = 200 };
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_QUEUE_FULL);
    /* Eight records of 107 bytes behind the header in each of four batches. */
    assert_in_range(taken, 32, 36);
    rig_finish(rig);
}

TEST(keys_spread_over_partitions_as_in_java)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start_with(&settings, 3);
    struct kc_record records[] = {
        { .topic = "t", .key = kc_text("a") },      /* 1 */
        { .topic = "t", .key = kc_text("ab") },     /* 2 */
        { .topic = "t", .key = kc_text("abc") },    /* 0 */
        { .topic = "t", .key = kc_text("foobar") }, /* 0 */
        { .topic = "t", .key = kc_text("user-1") }, /* 2 */
        { .topic = "t", .key = kc_text("user-2") }, /* 2 */
        { .topic = "t", .key = kc_text("abcde") },  /* 1 */
    };
    size_t taken;
    struct intake_load load = { .records = records, .count = 7 };
    assert_int_equal(intake_send_many(rig->producer, &load, 0, &taken), KC_ERR_NONE);
    assert_int_equal(count_in(rig, 0), 2);
    assert_int_equal(count_in(rig, 1), 2);
    assert_int_equal(count_in(rig, 2), 3);
    rig_finish(rig);
}

static int32_t choose_last(void *context, const struct kc_record *record,
                           const struct kc_partitions *partitions)
{
    return *(const int32_t *)context;
}

TEST(a_custom_partitioner_is_asked_first)
{
    struct producer_settings settings = rig_defaults();
    int32_t choice = 2;
    settings.custom = choose_last;
    settings.custom_context = &choice;
    struct rig *rig = rig_start_with(&settings, 3);
    struct kc_record record = { .topic = "t", .key = kc_text("a") };
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    assert_int_equal(count_in(rig, 2), 1);
    choice = KC_PARTITION_ANY;
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    assert_int_equal(count_in(rig, 1), 1);
    choice = 3;
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_INVALID);
    choice = -2;
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_INVALID);
    /* A partition that the record names is not asked about. */
    record.flags = KC_RECORD_PARTITION;
    record.partition = 0;
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    assert_int_equal(count_in(rig, 0), 1);
    rig_finish(rig);
}

TEST(a_partition_without_leader_gets_no_keyless_record)
{
    struct producer_settings settings = rig_defaults();
    settings.is_adaptive = true;
    struct rig *rig = rig_start_with(&settings, 4);
    rig->leaderless = 2;
    rig->now_us++;
    rig_tell_metadata(rig);
    char value[500] = "";
    struct kc_record record = { .topic = "t", .value = kc_bytes(value, sizeof(value)) };
    for (int i = 0; i < 400; i++) {
        assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    }
    assert_int_equal(atomic_load(&rig_buffer(rig, 2)->load), 0);
    for (int i = 0; i < 4; i++) {
        assert_true(i == 2 || atomic_load(&rig_buffer(rig, i)->load) > 0);
    }
    rig_finish(rig);
}

TEST(round_robin_takes_the_partitions_in_turn)
{
    struct producer_settings settings = rig_defaults();
    settings.partitioner = PARTITIONER_ROUND_ROBIN;
    struct rig *rig = rig_start_with(&settings, 4);
    struct kc_record record = { .topic = "t", .key = kc_text("a"), .value = kc_text("x") };
    /* The first send found no metadata and took no turn. */
    for (int i = 0; i < 8; i++) {
        assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
        assert_int_equal(count_in(rig, i % 4), i / 4 + 1);
    }
    rig_finish(rig);
}

struct batch_log {
    size_t calls;
    size_t records;
    int64_t bases[8];
    enum kc_delivery_status status;
    enum kc_err err;
    void *contexts[64];
};

static void on_batch(void *context, const struct kc_batch_delivery *delivery)
{
    struct batch_log *log = context;
    assert_true(delivery->count > 0);
    assert_string_equal(delivery->topic, "t");
    assert_int_equal(delivery->append_time_ms, -1);
    log->bases[log->calls] = delivery->base_offset;
    for (size_t i = 0; i < delivery->count; i++) {
        log->contexts[(log->records + i) % 64] = delivery->contexts ? delivery->contexts[i] : NULL;
    }
    log->records += delivery->count;
    log->calls++;
    log->status = delivery->status;
    log->err = delivery->err;
}

TEST(batch_delivery_tells_each_record_once)
{
    struct producer_settings settings = rig_defaults();
    struct batch_log log = { 0 };
    struct kc_delivery heard = { 0 };
    settings.listener = (struct bundle_listener){ on_batch, &log };
    struct rig *rig = rig_start(&settings);
    int marks[10];
    int value = 0;
    struct kc_record record = { .topic = "t", .value = kc_bytes(&value, sizeof(value)) };
    for (int i = 0; i < 10; i++) {
        bool has_own = i == 4;
        assert_int_equal(intake_send(rig->producer, &record, has_own ? hear : NULL,
                                     has_own ? (void *)&heard : &marks[i], 0),
                         KC_ERR_NONE);
    }
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_int_equal(log.calls, 0);
    rig_pass(rig, 1000000);
    struct exchange *exchange = rig_take_sent(rig);
    int64_t offset;
    assert_int_equal(rig_broker_append(rig, exchange->items[0].bundle->wire, &offset), KC_ERR_NONE);
    /* Two runs around the record with a callback of its own, which lies at offset 4. */
    rig_answer_with(rig, exchange, KC_ERR_NONE, offset);
    assert_int_equal(log.calls, 2);
    assert_int_equal(log.records, 9);
    assert_int_equal(log.bases[0], 0);
    assert_int_equal(heard.offset, 4);
    assert_int_equal(log.bases[1], 5);
    for (int i = 0; i < 9; i++) {
        assert_ptr_equal(log.contexts[i], &marks[i < 4 ? i : i + 1]);
    }
    assert_int_equal(log.status, KC_WRITTEN);
    rig_finish(rig);
}

TEST(batch_delivery_of_records_without_context)
{
    struct producer_settings settings = rig_defaults();
    struct batch_log log = { 0 };
    settings.listener = (struct bundle_listener){ on_batch, &log };
    struct rig *rig = rig_start(&settings);
    int value = 0;
    struct kc_record record = { .topic = "t", .value = kc_bytes(&value, sizeof(value)) };
    for (int i = 0; i < 10; i++) {
        assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    }
    rig_identify(rig);
    rig_serve_all(rig);
    assert_int_equal(log.calls, 1);
    assert_int_equal(log.records, 10);
    assert_null(log.contexts[0]);
    rig_finish(rig);
}

TEST(batches_fill_to_batch_size_after_compression)
{
    struct producer_settings settings = rig_defaults();
    settings.codec = COMPRESSION_LZ4;
    settings.level = COMPRESSION_LEVEL_DEFAULT;
    struct rig *rig = rig_start(&settings);
    char value[100] = "";
    struct kc_record record = { .topic = "t", .value = kc_bytes(value, sizeof(value)) };
    struct buffer *buffer = rig_buffer(rig, 0);
    while (buffer->fill_size < 3000 && buffer->queue_count < 200) {
        assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    }
    assert_in_range(buffer->fill_size, 3000, 4000);
    assert_int_equal(buffer->capacity_next, settings.batch_size);
    LIST_EACH(link, &buffer->queue)
    {
        const struct bundle *bundle = LIST_ITEM(link, struct bundle, link);
        assert_in_range(bundle->wire.size, BATCH_HEADER_SIZE, settings.batch_size);
    }
    assert_in_range(atomic_load(&buffer->topic->ratio), 1, 340);
    rig_finish(rig);
}

TEST(a_batch_size_of_nothing_gives_each_record_its_batch)
{
    struct producer_settings settings = rig_defaults();
    settings.batch_size = settings.batch_size_max = BATCH_HEADER_SIZE;
    struct rig *rig = rig_start(&settings);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    assert_int_equal(rig_buffer(rig, 0)->queue_count, 2);
    assert_int_equal(count_in(rig, 0), 1);
    rig_identify(rig);
    rig_serve_all(rig);
    rig_check_all_written(rig, 3);
    rig_finish(rig);
}

TEST(a_record_above_batch_size_travels_alone)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    static char value[5000];
    struct kc_record large = { .topic = "t", .value = kc_bytes(value, sizeof(value)) };
    struct kc_record small = { .topic = "t", .value = kc_text("x") };
    assert_int_equal(intake_send(rig->producer, &large, NULL, NULL, 0), KC_ERR_NONE);
    assert_int_equal(intake_send(rig->producer, &small, NULL, NULL, 0), KC_ERR_NONE);
    struct buffer *buffer = rig_buffer(rig, 0);
    assert_int_equal(buffer->queue_count, 1);
    assert_int_equal(count_in(rig, 0), 1);
    rig_finish(rig);
}

TEST(memory_of_a_burst_goes_back)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    rig_identify(rig);
    for (int i = 0; i < 50 && rig->report_count < 1000; i++) {
        while (rig->sent_count > 0) {
            rig_serve(rig, KC_ERR_NONE);
        }
        rig_pass(rig, 5000);
    }
    assert_int_equal(rig->report_count, 1000);
    assert_true(atomic_load(&rig->producer->pool.kept) > 10000);
    /* Two periods, and then the loop is left alone. */
    rig_serve_all(rig);
    assert_int_equal(atomic_load(&rig->producer->pool.kept), 0);
    assert_int_equal(rig->scheduled_us, INT64_MAX);
    rig_finish(rig);
}

/* Ten thousand topics of one partition take some 6 MB; nothing else is made before a record comes,
 * and records live in buffer.memory. */
TEST(an_idle_topic_is_small)
{
    assert_in_range(sizeof(struct buffer), 1, 384);
    assert_in_range(sizeof(struct producer_topic), 1, 192);
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start_with(&settings, 16);
    assert_int_equal(rig->producer->pool.used + atomic_load(&rig->producer->pool.kept), 0);
    rig_finish(rig);
}

/* Of every form that the express way takes, and those next to it. */
static struct kc_record odd_record(size_t i)
{
    static uint8_t bytes[9000];
    static const size_t sizes[] = { 0, 1, 4, 30, 31, 34, 35, 63, 64, 100, 8100, 8160, 8191, 8192 };
    struct kc_record record = { .topic = "t" };
    record.value = i % 5 == 4 ? kc_bytes(NULL, 0) : kc_bytes(bytes, sizes[i % ARRAY_COUNT(sizes)]);
    record.key = i % 3 == 1 ? kc_bytes(bytes, sizes[i % 7]) : kc_bytes(NULL, 0);
    record.flags = i % 2 ? KC_RECORD_PARTITION : 0;
    record.partition = (int32_t)(i % 4);
    if (i % 11 == 10) {
        record.flags |= KC_RECORD_TIMESTAMP;
        record.timestamp_ms = (int64_t)i;
    }
    return record;
}

TEST(one_by_one_writes_what_many_write)
{
    enum { COUNT = 200 };
    struct producer_settings settings = rig_defaults();
    settings.batch_size = settings.batch_size_max = 512 << 10;
    settings.memory_max = 16 << 20;
    struct rig *single = rig_start_with(&settings, 4);
    struct rig *many = rig_start_with(&settings, 4);
    struct kc_delivery heard;
    for (size_t i = 0; i < COUNT; i++) {
        struct kc_record record = odd_record(i);
        struct intake_load load = {
            .records = &record, .count = 1, .callback = hear, .context = &heard
        };
        size_t taken;
        assert_int_equal(intake_send(single->producer, &record, hear, &heard, 0), KC_ERR_NONE);
        assert_int_equal(intake_send_many(many->producer, &load, 0, &taken), KC_ERR_NONE);
    }
    int32_t moved = atomic_load(&rig_buffer(single, 0)->topic->partitioner.current);
    assert_int_equal(atomic_load(&rig_buffer(many, 0)->topic->partitioner.current), moved);
    for (int32_t i = 0; i < 4; i++) {
        const struct bundle *a = rig_buffer(single, i)->open;
        const struct bundle *b = rig_buffer(many, i)->open;
        assert_int_equal(a ? a->writer.count : 0, b ? b->writer.count : 0);
        if (a) {
            assert_int_equal(a->writer.size, b->writer.size);
            assert_memory_equal(a->data + BATCH_HEADER_SIZE, b->data + BATCH_HEADER_SIZE,
                                a->writer.size - BATCH_HEADER_SIZE);
        }
    }
    rig_finish(single);
    rig_finish(many);
}

TEST(what_is_wrong_is_told_though_the_express_way_is_open)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    const struct kc_record good = { .topic = "t", .value = kc_text("0000") };
    assert_int_equal(intake_send(rig->producer, &good, NULL, NULL, 0), KC_ERR_NONE);
    struct kc_record wrong[5];
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        wrong[i] = good;
    }
    wrong[0].topic = NULL;
    wrong[1].value = kc_bytes(NULL, 4);
    wrong[2].key = kc_bytes(NULL, 4);
    wrong[3].flags = wrong[4].flags = KC_RECORD_PARTITION;
    wrong[3].partition = -1;
    wrong[4].partition = 1;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_int_equal(intake_send(rig->producer, &wrong[i], NULL, NULL, 0),
                         i < 4 ? KC_ERR_INVALID : KC_ERR_WOULD_BLOCK);
    }
    assert_int_equal(intake_send(rig->producer, NULL, NULL, NULL, 0), KC_ERR_INVALID);
    assert_int_equal(count_in(rig, 0), 1);
    atomic_store(&rig->producer->fatal, KC_ERR_PRODUCER_FENCED);
    assert_int_equal(intake_send(rig->producer, &good, NULL, NULL, 0), KC_ERR_PRODUCER_FENCED);
    atomic_store(&rig->producer->fatal, KC_ERR_NONE);
    rig_finish(rig);
}

TEST(the_express_way_needs_an_open_bundle_with_room_in_an_open_buffer)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    const struct producer_topic *topic = rig_buffer(rig, 0)->topic;
    uint8_t bytes[600] = { 0 };
    const struct kc_record small = { .topic = "t", .value = kc_text("0000") };
    const struct kc_record large = { .topic = "t", .value = kc_bytes(bytes, sizeof(bytes)) };
    assert_false(feeder_express(topic, 0, &small, NULL, NULL));
    assert_int_equal(intake_send(rig->producer, &large, NULL, NULL, 0), KC_ERR_NONE);
    assert_true(feeder_express(topic, 0, &small, NULL, NULL));
    assert_true(feeder_express(topic, -1, &small, NULL, NULL));
    assert_false(feeder_express(topic, 0, &large, NULL, NULL)); /* beyond batch.size */
    assert_int_equal(count_in(rig, 0), 3);
    producer_seal(rig->producer);
    assert_false(feeder_express(topic, 0, &small, NULL, NULL));
    rig_finish(rig);
}
