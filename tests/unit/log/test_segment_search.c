/* tests: finding where in a segment a batch lies: the right one, with few reads. */
#include "unit/log/log_fixture.h"

#include "base/random.h"

#include <limits.h>
#include <stdlib.h>

/* Of the disk, since it was set to 0. */
static size_t reads;

static int counted_read(void *context, int file, void *data, size_t size, int64_t position,
                        size_t *ret_size)
{
    reads++;
    return file_system_real.read(context, file, data, size, position, ret_size);
}

struct setup {
    struct log_dir dir;
    struct log *log;
    struct fixture_batch batch;
    char path[PATH_MAX];
};

static struct file_system counted;

static struct setup *begin(struct log_open *ret_open)
{
    struct setup *setup = calloc(1, sizeof(*setup));
    assert_non_null(setup);
    counted = file_system_real;
    counted.read = counted_read;
    test_directory(setup->path);
    assert_int_equal(log_dir_init(&setup->dir, setup->path, &counted, NULL), KC_ERR_NONE);
    *ret_open = fixture_open(&setup->dir);
    return setup;
}

static void open_log(struct setup *setup, const struct log_open *open)
{
    struct kc_error error = { 0 };
    enum kc_err err = log_open(open, &setup->log, NULL, &error);
    if (err != KC_ERR_NONE) {
        fail_msg("log_open: %s: %s", kc_err_name(err), error.text);
    }
}

static void reopen(struct setup *setup, struct log_open *open, bool clean)
{
    open->recovery_point = log_recovery_point(setup->log);
    open->log_start_offset = log_start_offset(setup->log);
    if (clean) {
        assert_int_equal(log_close(setup->log), KC_ERR_NONE);
    }
    log_destroy(setup->log);
    open->clean = clean;
    open_log(setup, open);
}

static void end(struct setup *setup)
{
    log_destroy(setup->log);
    log_dir_close(&setup->dir, false, -1);
    free(setup);
}

/* One batch. */
static void fill(struct setup *setup, int32_t count, size_t value_size)
{
    struct log_appended appended;
    fixture_batch(&setup->batch, &(struct fixture_options){ .count = count,
                                                            .value_size = value_size,
                                                            .timestamp = 1000,
                                                            .salt = log_end_offset(setup->log) });
    assert_int_equal(
        fixture_append(setup->log, &setup->batch, LOG_ORIGIN_CLIENT, 0, 1000, &appended),
        KC_ERR_NONE);
}

/* The batch that is found has the offset. */
static void look_for(struct setup *setup, int64_t offset)
{
    struct log_range range;
    struct log_read read = { .offset = offset,
                             .offset_max = log_end_offset(setup->log),
                             .bytes_max = 1,
                             .one_batch_min = true };
    uint8_t data[FIXTURE_BATCH_MAX];
    size_t size = 0;
    struct batch batch;
    assert_int_equal(log_read(setup->log, &read, &range), KC_ERR_NONE);
    size_t before = reads;
    assert_int_equal(log_range_copy(&range, data, &size), KC_ERR_NONE);
    reads = before; /* what was looked at to find it */
    log_range_release(&range);
    assert_int_equal(batch_read(slice_of(data, size), &batch), KC_ERR_NONE);
    assert_int_equal(batch.bytes.size, size);
    assert_true(batch.base_offset <= offset && batch_last_offset(&batch) >= offset);
}

TEST(finds_every_offset_among_batches_of_all_sizes)
{
    struct log_open open;
    struct setup *setup = begin(&open);
    struct random random;
    random_init(&random, 11);
    open.options.segment_bytes = 1 << 20;
    open_log(setup, &open);
    for (int i = 0; i < 250; i++) {
        bool is_large = random_below(&random, 2) == 0;
        fill(setup, 1 + (int32_t)random_below(&random, 3),
             1 + random_below(&random, is_large ? 20000 : 300));
    }
    assert_true(log_segment_count(setup->log) > 1);
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < 500; i++) {
            look_for(setup, (int64_t)random_below(&random, (uint64_t)log_end_offset(setup->log)));
        }
        reopen(setup, &open, pass == 0);
    }
    assert_int_equal(fixture_verify(setup->log), log_end_offset(setup->log));
    end(setup);
}

TEST(looks_at_one_header_where_batches_are_large)
{
    enum { BATCHES = 150, RECORDS = 4, STEP = 37 };
    struct log_open open;
    struct setup *setup = begin(&open);
    open_log(setup, &open);
    for (int i = 0; i < BATCHES; i++) {
        fill(setup, RECORDS, 3000);
    }
    look_for(setup, RECORDS); /* reads the index */
    reads = 0;
    for (int i = 1; i < BATCHES; i++) {
        look_for(setup, (int64_t)i * STEP % BATCHES * RECORDS + i % RECORDS);
    }
    assert_in_range(reads, BATCHES / 2, BATCHES);
    end(setup);
}
