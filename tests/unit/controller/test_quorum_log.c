/* tests: the metadata log file: torn ends, damage, truncation. */
#include "controller/quorum_log.h"
#include "unit/controller/quorum_stage.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCHES = 6 };

struct seen {
    int count;
    int64_t next_offset;
};

static enum kc_err see(void *context, const struct batch *batch)
{
    struct seen *seen = context;
    seen->count++;
    seen->next_offset = batch->base_offset + batch->last_offset_delta + 1;
    return KC_ERR_NONE;
}

struct content {
    struct bytes bytes;
    size_t ends[BATCHES + 1]; /* where batch i begins; the last: the end */
};

/* A log of BATCHES batches as the quorum writes it. */
static void make_content(struct content *content)
{
    struct sim_disk *disk = sim_disk_create("/data");
    struct quorum_log log;
    struct seen seen = { 0 };
    int64_t torn = -1;
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(
        quorum_log_open(&log, sim_disk_files(disk), "/data", false, see, &seen, &torn, NULL),
        KC_ERR_NONE);
    assert_int_equal(torn, 0);
    for (int i = 0; i < BATCHES; i++) {
        struct bytes batch;
        bytes_init(&batch, 1 << 20);
        stage_topic_batch(i, &batch);
        int64_t position = log.size;
        struct slice part = bytes_slice(&batch);
        content->ends[i] = (size_t)position;
        assert_int_equal(quorum_log_prepare(&log, batch.data, batch.size, 1 + i / 2), KC_ERR_NONE);
        assert_int_equal(quorum_log_write(&log, &part, 1, position), 0);
        bytes_finish(&batch);
    }
    content->ends[BATCHES] = (size_t)log.size;
    assert_int_equal(log.next_offset, 2 * BATCHES);
    quorum_log_finish(&log);
    quorum_log_finish(&log);
    assert_int_equal(file_read_all(sim_disk_files(disk), "/data/00000000000000000000.log", 1 << 20,
                                   &data, &size),
                     0);
    assert_int_equal(size, content->ends[BATCHES]);
    bytes_init(&content->bytes, 1 << 20);
    assert_true(bytes_append(&content->bytes, data, size));
    free(data);
    sim_disk_destroy(disk);
}

/* Opens a log with these bytes on a disk of its own; what came of it. */
static enum kc_err reopen(struct slice bytes, bool was_clean, struct seen *seen, int64_t *ret_torn,
                          int64_t *ret_size, struct kc_error *error)
{
    struct sim_disk *disk = sim_disk_create("/data");
    const struct file_system *files = sim_disk_files(disk);
    struct quorum_log log;
    *seen = (struct seen){ 0 };
    assert_int_equal(file_replace(files, "/data/00000000000000000000.log", bytes), 0);
    enum kc_err err = quorum_log_open(&log, files, "/data", was_clean, see, seen, ret_torn, error);
    if (!err) {
        assert_int_equal(log.count, seen->count);
        assert_int_equal(log.next_offset, seen->next_offset);
        quorum_log_finish(&log);
    }
    *ret_size = sim_disk_size(disk, "/data/00000000000000000000.log");
    assert_int_equal(sim_disk_open_files(disk), 0);
    sim_disk_destroy(disk);
    return err;
}

TEST(every_cut)
{
    struct content content;
    make_content(&content);
    int whole = 0;
    for (size_t size = 0; size <= content.bytes.size; size++) {
        struct seen seen;
        struct kc_error error = { 0 };
        int64_t torn = 0;
        int64_t left = 0;
        while (whole < BATCHES && content.ends[whole + 1] <= size) {
            whole++;
        }
        struct slice cut = slice_of(content.bytes.data, size);
        assert_int_equal(reopen(cut, false, &seen, &torn, &left, &error), KC_ERR_NONE);
        assert_int_equal(seen.count, whole);
        assert_int_equal(torn, size - content.ends[whole]);
        assert_int_equal(left, content.ends[whole]);
        /* After an orderly end nothing is torn: somebody cut the file. */
        bool fits = size == content.ends[whole];
        assert_int_equal(reopen(cut, true, &seen, &torn, &left, &error),
                         fits ? KC_ERR_NONE : KC_ERR_CORRUPT_FILE);
        assert_int_equal(left, size);
    }
    bytes_finish(&content.bytes);
}

/* A file that was made longer before its bytes came; a sector in the torn batch that never came. */
TEST(torn_ends_of_other_shapes)
{
    struct content content;
    struct seen seen;
    struct kc_error error = { 0 };
    int64_t torn = 0;
    int64_t left = 0;
    make_content(&content);
    struct bytes longer;
    bytes_init(&longer, 1 << 20);
    assert_true(bytes_append(&longer, content.bytes.data, content.bytes.size));
    for (int i = 0; i < 700; i++) {
        assert_true(bytes_append(&longer, "", 1));
        assert_int_equal(reopen(bytes_slice(&longer), false, &seen, &torn, &left, &error),
                         KC_ERR_NONE);
        assert_int_equal(seen.count, BATCHES);
        assert_int_equal(torn, i + 1);
    }
    bytes_finish(&longer);
    for (size_t start = content.ends[BATCHES - 1]; start < content.bytes.size; start += 7) {
        uint8_t kept[64];
        size_t size = MIN_OF(sizeof(kept), content.bytes.size - start);
        memcpy(kept, content.bytes.data + start, size);
        memset(content.bytes.data + start, 0, size);
        assert_int_equal(reopen(bytes_slice(&content.bytes), false, &seen, &torn, &left, &error),
                         KC_ERR_NONE);
        assert_true(seen.count >= BATCHES - 1);
        memcpy(content.bytes.data + start, kept, size);
    }
    bytes_finish(&content.bytes);
}

/* A byte that changed in a batch with others after it is damage, wherever it is, and nothing is cut
 * because of it. In the last batch a crash could have done the same. */
TEST(every_byte_flipped)
{
    struct content content;
    make_content(&content);
    for (size_t i = 0; i < content.bytes.size; i++) {
        struct seen seen;
        struct kc_error error = { 0 };
        char position[64];
        int64_t torn = 0;
        int64_t left = 0;
        int batch = 0;
        while (content.ends[batch + 1] <= i) {
            batch++;
        }
        content.bytes.data[i] ^= 0x41;
        enum kc_err err = reopen(bytes_slice(&content.bytes), false, &seen, &torn, &left, &error);
        if (batch < BATCHES - 1) {
            (void)snprintf(position, sizeof(position), ".log: position %zu:", content.ends[batch]);
            /* A leader epoch may be too high only for its successor. */
            bool is_epoch = i - content.ends[batch] >= 12 && i - content.ends[batch] < 16;
            if (err != KC_ERR_CORRUPT_FILE || (!is_epoch && !strstr(error.text, position))) {
                fail_msg("byte %zu: %s %s", i, kc_err_name(err), error.text);
            }
            assert_int_equal(left, content.bytes.size);
        } else if (!err) {
            assert_true(seen.count >= BATCHES - 1);
        }
        err = reopen(bytes_slice(&content.bytes), true, &seen, &torn, &left, &error);
        if (batch < BATCHES - 1 || i - content.ends[batch] < 12 || i - content.ends[batch] >= 16) {
            assert_int_equal(err, KC_ERR_CORRUPT_FILE);
        }
        content.bytes.data[i] ^= 0x41;
    }
    bytes_finish(&content.bytes);
}

TEST(truncate)
{
    for (size_t index = 1; index <= BATCHES + 1; index++) {
        struct sim_disk *disk = sim_disk_create("/data");
        const struct file_system *files = sim_disk_files(disk);
        struct content content;
        struct quorum_log log;
        struct seen seen = { 0 };
        int64_t torn = 0;
        make_content(&content);
        assert_int_equal(
            file_replace(files, "/data/00000000000000000000.log", bytes_slice(&content.bytes)), 0);
        assert_int_equal(quorum_log_open(&log, files, "/data", false, see, &seen, &torn, NULL),
                         KC_ERR_NONE);
        assert_int_equal(quorum_log_truncate(&log, index), 0);
        assert_int_equal(log.count, index - 1);
        assert_int_equal(log.next_offset, 2 * (index - 1));
        assert_int_equal(log.size, content.ends[index - 1]);
        quorum_log_finish(&log);
        assert_int_equal(sim_disk_size(disk, "/data/00000000000000000000.log"),
                         content.ends[index - 1]);
        bytes_finish(&content.bytes);
        sim_disk_destroy(disk);
    }
}
