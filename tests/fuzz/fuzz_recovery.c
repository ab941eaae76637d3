/* tests/fuzz: a partition's directory with foreign bytes in its files. Recovery must end in a log
 * whose every batch reads back with a right CRC, or refuse; opening again must say the same. Input:
 * one byte of flags (1: clean, 2: recovery point above 0), then the files: suffix byte, int16 size,
 * bytes. */
#include "log/log.h"
#include "unit/log/sim_disk.h"

#include <assert.h>
#include <stdio.h>

enum { FUZZ_READ_MAX = 1 << 26 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const fuzz_names[] = { "00000000000000000000.log",
                                          "00000000000000000000.index",
                                          "00000000000000000000.timeindex",
                                          "00000000000000000000.txnindex",
                                          "00000000000000000002.log",
                                          "00000000000000000002.snapshot",
                                          "leader-epoch-checkpoint",
                                          "00000000000000000002.log.swap",
                                          "partition.metadata" };

static void put_files(const struct file_system *files, const uint8_t *data, size_t size)
{
    while (size >= 3) {
        char path[FILE_PATH_MAX];
        int file = -1;
        size_t length = load_u16(data + 1);
        length = length > size - 3 ? size - 3 : length;
        struct slice part = slice_of(data + 3, length);
        (void)snprintf(path, sizeof(path), "/d/topic-0/%s",
                       fuzz_names[data[0] % ARRAY_COUNT(fuzz_names)]);
        assert(file_open(files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file) == 0);
        assert(file_write(files, file, &part, 1, 0) == 0);
        file_close(files, file);
        data += 3 + length;
        size -= 3 + length;
    }
}

/* Every byte that a reader gets is of whole, right batches in rising order. */
static void check(struct log *log)
{
    struct bytes out;
    struct batch batch;
    bytes_init(&out, FUZZ_READ_MAX);
    int64_t offset = log_start_offset(log);
    while (offset < log_end_offset(log)) {
        struct log_read read = { .offset = offset,
                                 .offset_max = log_end_offset(log),
                                 .bytes_max = 1,
                                 .one_batch_min = true };
        out.size = 0;
        enum kc_err err = log_read_into(log, &read, &out);
        if (err != KC_ERR_NONE || out.size == 0) {
            break; /* a closed segment that was believed after a clean end */
        }
        assert(batch_read(bytes_slice(&out), &batch) == KC_ERR_NONE);
        assert(batch_last_offset(&batch) >= offset);
        offset = batch_last_offset(&batch) + 1;
    }
    bytes_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct log_dir dir;
    struct log *log = NULL;
    int64_t last = -1;
    if (size == 0) {
        return 0;
    }
    struct sim_disk *disk = sim_disk_create("/d");
    const struct file_system *files = sim_disk_files(disk);
    assert(files->make_directory(files->context, "/d/topic-0") == 0);
    put_files(files, data + 1, size - 1);
    for (int pass = 0; pass < 2; pass++) {
        assert(log_dir_init(&dir, "/d", files, NULL) == KC_ERR_NONE);
        struct log_open open = { .dir = &dir,
                                 .topic = slice_text("topic"),
                                 .clean = (data[0] & 1) != 0 && pass == 0,
                                 .recovery_point = (data[0] & 2) != 0 ? 2 : 0,
                                 .high_watermark = -1,
                                 .log_start_offset = -1 };
        log_options_init(&open.options);
        open.options.segment_index_bytes = 512;
        enum kc_err err = log_open(&open, &log, NULL, NULL);
        if (err == KC_ERR_NONE) {
            assert(open.clean || last < 0 || (data[0] & 1) != 0 || log_end_offset(log) == last);
            last = log_end_offset(log);
            check(log);
            log_destroy(log);
        }
        log_dir_close(&dir, false, -1);
    }
    assert(sim_disk_open_files(disk) == 0);
    sim_disk_destroy(disk);
    return 0;
}
