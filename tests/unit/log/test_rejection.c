/* tests: what a topic rejects of single records, and what it says of each. */
#include "log/rejection.h"

#include "record/batch_check.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMORY = 4096, NOW = 1000000 };

/* Records as text: "k" with a key, "-" without; then the timestamp. */
struct stage {
    uint8_t memory[MEMORY];
    struct bytes packed;
    struct batch_checker *checker;
    struct log_options options;
    struct batch batch;
    struct slice content;
    char told[4096];
};

static void stage_init(struct stage *stage)
{
    bytes_init(&stage->packed, MEMORY);
    stage->checker = batch_checker_create(MEMORY);
    assert_non_null(stage->checker);
    log_options_init(&stage->options);
}

static void stage_finish(struct stage *stage)
{
    batch_checker_destroy(stage->checker);
    bytes_finish(&stage->packed);
}

static void write(struct stage *stage, const char *records, enum compression codec)
{
    const struct batch_close close = { .partition_leader_epoch = -1,
                                       .codec = codec,
                                       .producer_id = BATCH_NO_PRODUCER_ID,
                                       .producer_epoch = -1,
                                       .base_sequence = -1 };
    struct compressor *compressor = codec ? compressor_create(codec, 1) : NULL;
    struct batch_writer writer;
    struct slice bytes;
    stage->packed.size = 0;
    batch_writer_init(&writer, stage->memory, MEMORY);
    for (const char *at = records; *at;) {
        char *end;
        struct slice key = *at == 'k' ? slice_text("key") : SLICE_NULL;
        int64_t timestamp = strtoll(at + 1, &end, 10);
        assert_true(batch_writer_append(&writer, timestamp, key, slice_text("value"), NULL, 0));
        at = *end ? end + 1 : end;
    }
    assert_int_equal(batch_writer_close(&writer, &close, compressor, &stage->packed, &bytes), 0);
    compressor_destroy(compressor);
    assert_int_equal(batch_read(bytes, &stage->batch), 0);
    assert_int_equal(batch_check_content(stage->checker, &stage->batch, &stage->content), 0);
}

static enum kc_err check(struct stage *stage)
{
    return rejection_check(&stage->options, &stage->batch, batch_checker_findings(stage->checker),
                           NOW);
}

/* "0:87 2:32 " of what the walk finds. */
static const char *walk(struct stage *stage)
{
    struct rejection rejection;
    struct rejected_record rejected;
    size_t size = 0;
    stage->told[0] = 0;
    rejection_begin(&rejection, &stage->options, &stage->batch, stage->content, NOW);
    while (rejection_next(&rejection, &rejected)) {
        size += (size_t)snprintf(stage->told + size, sizeof(stage->told) - size, "%d:%d ",
                                 (int)rejected.index, (int)rejected.err);
    }
    assert_false(rejection_next(&rejection, &rejected));
    return stage->told;
}

/* What is said of the first. */
static const char *text(struct stage *stage)
{
    struct rejection rejection;
    struct rejected_record rejected;
    rejection_begin(&rejection, &stage->options, &stage->batch, stage->content, NOW);
    assert_true(rejection_next(&rejection, &rejected));
    rejection_text(&rejection, &rejected, "topic-3", stage->told);
    return stage->told;
}

TEST(compacted_topics_want_keys)
{
    struct stage stage;
    stage_init(&stage);
    for (int codec = 0; codec < COMPRESSION_COUNT; codec++) {
        stage.options.cleanup_policy_compact = false;
        write(&stage, "k999999 -999999 k999999 -999999", (enum compression)codec);
        assert_int_equal(check(&stage), KC_ERR_NONE);
        assert_string_equal(walk(&stage), "");
        stage.options.cleanup_policy_compact = true;
        assert_int_equal(check(&stage), KC_ERR_INVALID_RECORD);
        assert_string_equal(walk(&stage), "1:87 3:87 ");
        assert_string_equal(text(&stage), "Compacted topic cannot accept message without key in "
                                          "topic partition topic-3");
        write(&stage, "k999999 k999999", (enum compression)codec);
        assert_int_equal(check(&stage), KC_ERR_NONE);
        assert_string_equal(walk(&stage), "");
    }
    stage_finish(&stage);
}

TEST(times_are_within_their_range)
{
    static const struct {
        const char *records;
        enum kc_err wanted;
        const char *found;
    } rows[] = {
        { "k1000000", KC_ERR_NONE, "" },
        { "k999990 k1000020", KC_ERR_NONE, "" },
        { "k999989", KC_ERR_INVALID_TIMESTAMP, "0:32 " },
        { "k1000021", KC_ERR_INVALID_TIMESTAMP, "0:32 " },
        /* Any record, not only the first or the newest. */
        { "k1000000 k999989 k1000020", KC_ERR_INVALID_TIMESTAMP, "1:32 " },
        { "k1000021 k1000000 k5", KC_ERR_INVALID_TIMESTAMP, "0:32 2:32 " },
        /* Without a time there is none to reject. */
        { "k-1", KC_ERR_NONE, "" },
        { "k-1 k1000000 k-1", KC_ERR_NONE, "" },
        { "k-2", KC_ERR_INVALID_TIMESTAMP, "0:32 " },
        { "k-9223372036854775807", KC_ERR_INVALID_TIMESTAMP, "0:32 " },
        { "k9223372036854775807", KC_ERR_INVALID_TIMESTAMP, "0:32 " },
        { "-1000000", KC_ERR_NONE, "" },
    };
    struct stage stage;
    stage_init(&stage);
    stage.options.message_timestamp_before_max_ms = 10;
    stage.options.message_timestamp_after_max_ms = 20;
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        write(&stage, rows[i].records, COMPRESSION_NONE);
        assert_int_equal(check(&stage), rows[i].wanted);
        assert_string_equal(walk(&stage), rows[i].found);
    }
    write(&stage, "k1000000 k1000077", COMPRESSION_ZSTD);
    assert_string_equal(text(&stage), "Timestamp 1000077 of message with offset 1 is out of range. "
                                      "The timestamp should be within [999990, 1000020]");
    stage.options.message_timestamp_type_log_append_time = true;
    assert_int_equal(check(&stage), KC_ERR_NONE);
    assert_string_equal(walk(&stage), "");
    stage_finish(&stage);
}

TEST(the_range_without_limits)
{
    struct stage stage;
    stage_init(&stage);
    write(&stage, "k0 k4600001", COMPRESSION_NONE);
    assert_int_equal(check(&stage), KC_ERR_INVALID_TIMESTAMP);
    assert_string_equal(walk(&stage), "1:32 ");
    assert_string_equal(text(&stage),
                        "Timestamp 4600001 of message with offset 1 is out of range. The timestamp "
                        "should be within [-9223372036853775807, 4600000]");
    stage.options.message_timestamp_after_max_ms = INT64_MAX;
    assert_int_equal(check(&stage), KC_ERR_NONE);
    assert_string_equal(walk(&stage), "");
    stage_finish(&stage);
}

/* A record's missing key comes before its time. */
TEST(keys_and_times_together)
{
    struct stage stage;
    stage_init(&stage);
    stage.options.cleanup_policy_compact = true;
    write(&stage, "k1000000 -1000000 k9000000 -9000000", COMPRESSION_LZ4);
    assert_true(check(&stage) != KC_ERR_NONE);
    assert_string_equal(walk(&stage), "1:87 2:32 3:87 ");
    stage_finish(&stage);
}

TEST(only_the_broker_stamps_append_time)
{
    struct stage stage;
    stage_init(&stage);
    write(&stage, "k1000000 -1000001", COMPRESSION_NONE);
    batch_set_log_append_time(stage.memory, stage.batch.bytes.size, 1000009);
    assert_int_equal(batch_read(stage.batch.bytes, &stage.batch), 0);
    assert_int_equal(batch_check_content(stage.checker, &stage.batch, &stage.content), 0);
    for (int i = 0; i < 2; i++) {
        stage.options.message_timestamp_type_log_append_time = i == 0;
        assert_int_equal(check(&stage), KC_ERR_INVALID_TIMESTAMP);
        assert_string_equal(walk(&stage), "0:32 1:32 ");
        assert_string_equal(text(&stage),
                            "Invalid timestamp type in message DefaultRecord(offset=0, "
                            "timestamp=1000009, key=3 bytes, value=5 bytes). Producer should not "
                            "set timestamp type to LogAppendTime.");
    }
    stage.options.cleanup_policy_compact = true;
    assert_string_equal(walk(&stage), "0:32 1:87 ");
    stage_finish(&stage);
}
