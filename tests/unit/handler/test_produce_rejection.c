/* tests: Produce tells which records its topic rejects. */
#include "handler/produce_rejection.h"

#include "order.h"
#include "served.h"
#include "unit/log/log_fixture.h"

#include "record/batch_check.h"
#include "record/batch_writer.h"

#include <limits.h>
#include <stdlib.h>

enum { MEMORY = 1 << 20, NAMED_VERSION = 8 };

/* Record i has a key unless i is a multiple of `keyless`. */
static struct slice make(uint8_t *memory, int count, int keyless, enum compression codec,
                         struct bytes *packed)
{
    const struct batch_close close = { .partition_leader_epoch = -1,
                                       .codec = codec,
                                       .producer_id = BATCH_NO_PRODUCER_ID,
                                       .producer_epoch = -1,
                                       .base_sequence = -1 };
    struct compressor *compressor = codec ? compressor_create(codec, 1) : NULL;
    struct batch_writer writer;
    struct slice batch;
    packed->size = 0;
    batch_writer_init(&writer, memory, MEMORY);
    for (int i = 0; i < count; i++) {
        assert_true(batch_writer_append(
            &writer, 1000, i % keyless == 0 ? SLICE_NULL : slice_text("k"), SLICE_NULL, NULL, 0));
    }
    assert_int_equal(batch_writer_close(&writer, &close, compressor, packed, &batch), KC_ERR_NONE);
    compressor_destroy(compressor);
    return batch;
}

static void compact(struct line *line)
{
    struct order_alter order;
    struct incremental_alter_configs_response response;
    order_alter(&order, 2, "t", ORDER_SET, "cleanup.policy", "compact");
    line_ask(line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.items[0].error_code, 0);
}

static struct produce_response_partition_produce_response ask(struct line *line, int16_t version,
                                                              struct slice batch)
{
    struct order_produce order;
    struct produce_response response;
    order_produce(&order, 0, batch, 1);
    line_ask(line, 0, version, &order.request, &response);
    return response.responses.items[0].partition_responses.items[0];
}

TEST(compacted_topics_name_the_records_without_key)
{
    uint8_t *memory = malloc(MEMORY);
    struct served served;
    struct line line;
    struct bytes packed;
    struct produce_response_partition_produce_response answer;
    bytes_init(&packed, MEMORY);
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(ask(&line, 9, make(memory, 5, 2, COMPRESSION_NONE, &packed)).error_code, 0);
    compact(&line);
    for (int16_t version = NAMED_VERSION - 1; version <= 12; version++) {
        enum compression codec = version % 2 ? COMPRESSION_LZ4 : COMPRESSION_NONE;
        answer = ask(&line, version, make(memory, 5, 3, codec, &packed));
        assert_int_equal(answer.error_code, KC_ERR_INVALID_RECORD);
        assert_int_equal(answer.base_offset, -1);
        assert_int_equal(answer.log_start_offset, 0);
        if (version < NAMED_VERSION) {
            continue;
        }
        assert_int_equal(answer.record_errors.count, 2);
        assert_int_equal(answer.record_errors.items[0].batch_index, 0);
        assert_int_equal(answer.record_errors.items[1].batch_index, 3);
        assert_true(
            slice_is(answer.record_errors.items[1].batch_index_error_message,
                     "Compacted topic cannot accept message without key in topic partition t-0"));
        assert_true(slice_is(
            answer.error_message,
            "One or more records have been rejected due to 2 record errors in total, and only "
            "showing the first three errors at most: [RecordError(batchIndex=0, message='Compacted "
            "topic cannot accept message without key in topic partition t-0'), RecordError("
            "batchIndex=3, message='Compacted topic cannot accept message without key in topic "
            "partition t-0')]"));
    }
    /* Where it is not because of single records, none is named. */
    struct slice batch = make(memory, 5, 3, COMPRESSION_NONE, &packed);
    batch_set_base_offset(memory, 5);
    answer = ask(&line, 9, batch);
    assert_int_equal(answer.error_code, KC_ERR_INVALID_RECORD);
    assert_int_equal(answer.record_errors.count, 0);
    /* What small bytes unpack to is not named without end. */
    answer = ask(&line, 9, make(memory, 70000, 1, COMPRESSION_GZIP, &packed));
    assert_int_equal(answer.error_code, KC_ERR_INVALID_RECORD);
    assert_int_equal(answer.record_errors.count, PRODUCE_REJECTION_NAMED_MAX);
    assert_int_equal(answer.record_errors.items[65535].batch_index, 65535);
    line_close(&line);
    served_stop(&served);
    bytes_finish(&packed);
    free(memory);
}

struct direct {
    char path[PATH_MAX];
    struct log_dir dir;
    struct log *log;
    uint8_t memory[MEMORY];
    struct batch batch;
    struct batch_checker *checker;
    struct log_append append;
    struct produce_rejection rejection;
};

static struct direct *direct_create(void)
{
    struct direct *direct = calloc(1, sizeof(*direct));
    struct kc_error error = { 0 };
    struct bytes packed;
    assert_non_null(direct);
    bytes_init(&packed, MEMORY);
    test_directory(direct->path);
    assert_int_equal(log_dir_init(&direct->dir, direct->path, &file_system_real, NULL), 0);
    struct log_open open = fixture_open(&direct->dir);
    open.options.cleanup_policy_compact = true;
    assert_int_equal(log_open(&open, &direct->log, NULL, &error), 0);
    direct->checker = batch_checker_create(MEMORY);
    assert_int_equal(
        batch_read(make(direct->memory, 9, 2, COMPRESSION_NONE, &packed), &direct->batch), 0);
    assert_int_equal(
        batch_check_content(direct->checker, &direct->batch, &direct->rejection.content), 0);
    direct->append.now_ms = 1000;
    direct->append.findings = batch_checker_findings(direct->checker);
    direct->rejection.log = direct->log;
    direct->rejection.batch = &direct->batch;
    direct->rejection.append = &direct->append;
    bytes_finish(&packed);
    return direct;
}

static void direct_destroy(struct direct *direct)
{
    batch_checker_destroy(direct->checker);
    log_destroy(direct->log);
    log_dir_close(&direct->dir, false, -1);
    free(direct);
}

/* Whatever there is no memory for, the batch is refused, and all records are named or none. */
TEST(refuses_without_memory_too)
{
    struct direct *direct = direct_create();
    struct produce_response_partition_produce_response answer = { 0 };
    size_t unnamed = 0;
    for (size_t bytes_max = 1; answer.record_errors.count == 0; bytes_max += 16) {
        struct call call = { .version = NAMED_VERSION };
        int32_t named = 0;
        assert_true(bytes_max < 10000);
        arena_init(&call.arena, bytes_max);
        message_defaults(&produce_response_partition_produce_response_type, &answer);
        assert_int_equal(produce_rejection_tell(&call, &direct->rejection, KC_ERR_INVALID_RECORD,
                                                &named, &answer),
                         KC_ERR_INVALID_RECORD);
        assert_int_equal(named, answer.record_errors.count);
        assert_true(named == 0 || named == 5);
        unnamed += named == 0;
        arena_finish(&call.arena);
    }
    assert_true(unnamed > 2);
    direct_destroy(direct);
}

TEST(names_no_more_than_the_answer_may)
{
    struct direct *direct = direct_create();
    struct produce_response_partition_produce_response answer;
    struct call call = { .version = NAMED_VERSION };
    int32_t named = PRODUCE_REJECTION_NAMED_MAX - 2;
    arena_init(&call.arena, 0);
    for (int32_t wanted = 2; wanted >= 0; wanted -= 2) {
        message_defaults(&produce_response_partition_produce_response_type, &answer);
        assert_int_equal(produce_rejection_tell(&call, &direct->rejection, KC_ERR_INVALID_RECORD,
                                                &named, &answer),
                         KC_ERR_INVALID_RECORD);
        assert_int_equal(answer.record_errors.count, wanted);
        assert_int_equal(named, PRODUCE_REJECTION_NAMED_MAX);
        assert_false(slice_is_null(answer.error_message));
    }
    arena_finish(&call.arena);
    direct_destroy(direct);
}

/* Other errors stay what they are; what Kafka says of the log's start goes with them. */
TEST(leaves_other_errors_alone)
{
    static const struct {
        enum kc_err err;
        int64_t start;
    } rows[] = {
        { KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, 0 }, { KC_ERR_CORRUPT_MESSAGE, -1 },
        { KC_ERR_MESSAGE_TOO_LARGE, -1 },           { KC_ERR_RECORD_LIST_TOO_LARGE, -1 },
        { KC_ERR_KAFKA_STORAGE_ERROR, -1 },
    };
    struct direct *direct = direct_create();
    struct call call = { .version = NAMED_VERSION };
    int32_t named = 0;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct produce_response_partition_produce_response answer;
        message_defaults(&produce_response_partition_produce_response_type, &answer);
        assert_int_equal(
            produce_rejection_tell(&call, &direct->rejection, rows[i].err, &named, &answer),
            rows[i].err);
        assert_int_equal(answer.log_start_offset, rows[i].start);
        assert_int_equal(answer.record_errors.count, 0);
    }
    direct_destroy(direct);
}
