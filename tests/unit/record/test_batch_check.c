/* tests: what a broker lets in. */
#include "unit/record/java_batches.h"

#include "base/attr.h"
#include "record/batch_writer.h"

enum { CHECK_CAP = 1024 * 1024, MEMORY_SIZE = 64 * 1024 };

static uint8_t memory[MEMORY_SIZE];

/* A batch of three records, closed without compression. */
static struct slice build(void)
{
    static const int64_t timestamps[] = { 500, 900, BATCH_NO_TIMESTAMP };
    struct batch_close close = { .producer_id = -1, .producer_epoch = -1, .base_sequence = -1 };
    struct record_header header = { slice_text("h"), slice_text("v") };
    struct batch_writer writer;
    struct slice batch;

    batch_writer_init(&writer, memory, sizeof(memory));
    for (int i = 0; i < 3; i++) {
        assert_true(batch_writer_append(&writer, timestamps[i], slice_text("key"),
                                        slice_text("value"), &header, i == 1));
    }
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), 0);
    return batch;
}

/* Checks the bytes after making their CRC right. */
static enum kc_err check(struct batch_checker *checker, struct slice bytes)
{
    struct batch batch;

    assert_ptr_equal(bytes.data, memory);
    batch_set_max_timestamp(memory, bytes.size, 900);
    assert_int_equal(batch_read(bytes, &batch), 0);
    return batch_check(checker, &batch);
}

TEST(lets_sound_batches_in)
{
    struct batch_checker *checker = batch_checker_create(CHECK_CAP);
    struct slice bytes = build();

    assert_int_equal(check(checker, bytes), 0);
    const struct batch_findings *findings = batch_checker_findings(checker);
    assert_int_equal(findings->min_timestamp, 500);
    assert_int_equal(findings->max_timestamp, 900);
    assert_int_equal(findings->max_timestamp_delta, 1);
    assert_false(findings->has_null_key);
    assert_int_equal(findings->content_size, bytes.size - BATCH_HEADER_SIZE);
    batch_checker_destroy(checker);
    batch_checker_destroy(NULL);
}

TEST(checks_what_java_wrote)
{
    struct batch_checker *checker = batch_checker_create(CHECK_CAP);
    static const struct {
        const char *name;
        enum kc_err wanted;
    } rows[] = {
        { "magic2-none several", KC_ERR_NONE },
        { "magic2-none headers", KC_ERR_NONE },
        { "magic2-none null-both", KC_ERR_NONE },
        { "magic2-none timestamp-deltas", KC_ERR_NONE },
        { "magic2-none transactional", KC_ERR_NONE },
        { "magic2-none sequence-wrap", KC_ERR_NONE },
        { "magic2-gzip one-record", KC_ERR_NONE },
        { "magic2-snappy one-record", KC_ERR_NONE },
        { "magic2-lz4 one-record", KC_ERR_NONE },
        { "magic2-zstd one-record", KC_ERR_NONE },
        { "magic2-none offset-gaps", KC_ERR_INVALID_RECORD },
        { "magic2-none log-append-time", KC_ERR_NONE },
        { "magic2-none empty-batch", KC_ERR_INVALID_RECORD },
        { "magic2-none end-txn-commit", KC_ERR_INVALID_RECORD },
        { "magic2-none leader-change", KC_ERR_INVALID_RECORD },
        { "magic2-none crc-field-flipped", KC_ERR_CORRUPT_MESSAGE },
        { "magic2-none count-too-large", KC_ERR_INVALID_RECORD },
        { "magic2-none count-too-small", KC_ERR_INVALID_RECORD },
        { "magic2-none count-negative", KC_ERR_INVALID_RECORD },
        { "magic2-none record-length-too-large", KC_ERR_INVALID_RECORD },
        { "magic2-none record-length-negative", KC_ERR_INVALID_RECORD },
        { "magic2-none codec-5", KC_ERR_INVALID_RECORD },
        { "magic2-lz4 payload-cut", KC_ERR_INVALID_RECORD },
        { "magic2-gzip garbage-payload", KC_ERR_INVALID_RECORD },
    };
    size_t seen = 0;

    for (size_t i = 0; i < ARRAY_COUNT(java_batches); i++) {
        for (size_t j = 0; j < ARRAY_COUNT(rows); j++) {
            if (strcmp(java_batches[i].name, rows[j].name) == 0) {
                size_t size;
                struct batch batch;
                uint8_t *data = test_unhex(java_batches[i].hex, &size);
                assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
                assert_int_equal(batch_check(checker, &batch), rows[j].wanted);
                free(data);
                seen++;
            }
        }
    }
    assert_int_equal(seen, ARRAY_COUNT(rows));
    batch_checker_destroy(checker);
}

/* Bytes of the first record from its length on: length, attributes, timestamp delta, offset delta,
 * key length, "key", value length, "value", header count. */
TEST(refuses_senseless_records)
{
    static const struct {
        size_t position;
        uint8_t value;
    } changes[] = {
        { 0, 2 * 13 }, /* one byte short */
        { 0, 2 * 15 }, /* one byte long */
        { 0, 0 },      /* empty */
        { 0, 1 },      /* negative */
        { 3, 2 },      /* offset delta 1 */
        { 3, 1 },      /* offset delta -1 */
        { 4, 2 * 4 },  /* longer key */
        { 4, 1 },      /* null key, so that its bytes are left over */
        { 8, 2 * 7 },  /* longer value */
        { 8, 0xfe },   /* and one that does not end */
        { 14, 1 },     /* -1 headers */
        { 14, 2 },     /* a header that is not there */
    };
    struct batch_checker *checker = batch_checker_create(CHECK_CAP);

    for (size_t i = 0; i < ARRAY_COUNT(changes); i++) {
        struct slice bytes = build();
        assert_int_equal(memory[BATCH_HEADER_SIZE], 2 * 14);
        memory[BATCH_HEADER_SIZE + changes[i].position] = changes[i].value;
        assert_int_equal(check(checker, bytes), KC_ERR_INVALID_RECORD);
    }
    /* The attributes of a record are unused; Java accepts any. */
    struct slice bytes = build();
    memory[BATCH_HEADER_SIZE + 1] = 0xff;
    assert_int_equal(check(checker, bytes), 0);
    batch_checker_destroy(checker);
}

TEST(refuses_counts_that_disagree)
{
    struct batch_checker *checker = batch_checker_create(CHECK_CAP);
    struct slice bytes = build();

    store_u32(memory + 23, 3); /* last offset delta */
    assert_int_equal(check(checker, bytes), KC_ERR_INVALID_RECORD);
    store_u32(memory + 57, 4); /* count */
    assert_int_equal(check(checker, bytes), KC_ERR_INVALID_RECORD);
    store_u32(memory + 23, 1);
    store_u32(memory + 57, 2);
    assert_int_equal(check(checker, bytes), KC_ERR_INVALID_RECORD);
    store_u32(memory + 23, UINT32_MAX);
    store_u32(memory + 57, 0);
    assert_int_equal(check(checker, bytes), KC_ERR_INVALID_RECORD);
    batch_checker_destroy(checker);
}

TEST(refuses_producers_without_epoch_or_sequence)
{
    static const struct {
        int64_t producer_id;
        int16_t epoch;
        int32_t sequence;
        enum kc_err wanted;
    } rows[] = {
        { -1, -1, -1, KC_ERR_NONE },         { 0, 0, 0, KC_ERR_NONE },
        { 7, 0, -1, KC_ERR_INVALID_RECORD }, { 7, -1, 0, KC_ERR_INVALID_RECORD },
        { -2, 0, 0, KC_ERR_INVALID_RECORD }, { 7, 3, INT32_MAX, KC_ERR_NONE },
    };
    struct batch_checker *checker = batch_checker_create(CHECK_CAP);

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct slice bytes = build();
        batch_set_producer(memory, bytes.size, rows[i].producer_id, rows[i].epoch,
                           rows[i].sequence);
        assert_int_equal(check(checker, bytes), rows[i].wanted);
    }
    batch_checker_destroy(checker);
}

TEST(checks_compressed_batches_within_the_cap)
{
    static uint8_t zeros[100000];
    struct bytes out;
    uint8_t *large = malloc(2 * sizeof(zeros));

    bytes_init(&out, CHECK_CAP);
    for (int i = COMPRESSION_GZIP; i < COMPRESSION_COUNT; i++) {
        struct compressor *compressor =
            compressor_create((enum compression)i, COMPRESSION_LEVEL_DEFAULT);
        struct batch_close close = { .codec = (enum compression)i };
        struct batch_writer writer;
        struct batch batch;
        struct slice bytes;
        batch_writer_init(&writer, large, 2 * sizeof(zeros));
        assert_true(
            batch_writer_append(&writer, 3, SLICE_NULL, slice_of(zeros, sizeof(zeros)), NULL, 0));
        assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &bytes), 0);
        assert_int_equal(batch_read(bytes, &batch), 0);
        size_t content_size = writer.size - BATCH_HEADER_SIZE;
        struct batch_checker *checker = batch_checker_create(content_size);
        assert_int_equal(batch_check(checker, &batch), 0);
        assert_true(batch_checker_findings(checker)->has_null_key);
        assert_int_equal(batch_checker_findings(checker)->content_size, content_size);
        batch_checker_destroy(checker);
        checker = batch_checker_create(content_size - 1);
        assert_int_equal(batch_check(checker, &batch), KC_ERR_MESSAGE_TOO_LARGE);
        batch_checker_destroy(checker);
        compressor_destroy(compressor);
    }
    free(large);
    bytes_finish(&out);
}
