/* tests/fuzz: the small files of a log directory: what a checkpoint parser accepts is written back
 * and read again the same. Input: first byte chooses offsets, epochs or a producer snapshot. */
#include "base/crc32c.h"
#include "log/checkpoint.h"
#include "log/producer_snapshot.h"

#include <assert.h>
#include <stdlib.h>

enum { OUT_BYTES_MAX = 1 << 26, SNAPSHOT_HEAD = 6 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_offsets(struct slice text)
{
    struct checkpoint checkpoint = { 0 };
    if (checkpoint_parse(text, &checkpoint) != KC_ERR_NONE) {
        assert(checkpoint.entries == NULL && checkpoint.text == NULL);
        return;
    }
    for (size_t i = 0; i < checkpoint.count; i++) {
        const struct checkpoint_entry *entry = &checkpoint.entries[i];
        assert(entry->partition >= 0 && entry->offset >= 0 && entry->topic.size > 0);
        assert(checkpoint_find(&checkpoint, entry->topic, entry->partition) >= 0);
    }
    checkpoint_finish(&checkpoint);
}

static void try_epochs(struct slice text)
{
    struct checkpoint_epoch *epochs = NULL;
    struct checkpoint_epoch *again = NULL;
    size_t count = 0;
    size_t count_again = 0;
    struct bytes out;
    if (checkpoint_parse_epochs(text, &epochs, &count) != KC_ERR_NONE) {
        return;
    }
    bytes_init(&out, OUT_BYTES_MAX);
    assert(checkpoint_show_epochs(epochs, count, &out));
    assert(checkpoint_parse_epochs(bytes_slice(&out), &again, &count_again) == KC_ERR_NONE);
    assert(count == count_again);
    for (size_t i = 0; i < count; i++) {
        assert(epochs[i].epoch == again[i].epoch);
        assert(epochs[i].start_offset == again[i].start_offset);
    }
    bytes_finish(&out);
    free(epochs);
    free(again);
}

/* The CRC is made right, so that what lies behind it is reached. */
static void try_snapshot(const uint8_t *data, size_t size)
{
    struct producers producers;
    struct bytes file;
    bytes_init(&file, OUT_BYTES_MAX);
    assert(bytes_append(&file, data, size));
    if (size >= SNAPSHOT_HEAD) {
        store_u32(file.data + 2, crc32c(0, file.data + SNAPSHOT_HEAD, size - SNAPSHOT_HEAD));
    }
    producers_init(&producers, 1);
    if (producer_snapshot_parse(&producers, bytes_slice(&file), 5) == KC_ERR_NONE) {
        struct bytes out;
        struct producers again;
        bytes_init(&out, OUT_BYTES_MAX);
        producers_init(&again, 2);
        assert(producer_snapshot_show(&producers, &out));
        assert(producer_snapshot_parse(&again, bytes_slice(&out), 5) == KC_ERR_NONE);
        producers_finish(&again);
        bytes_finish(&out);
    }
    producers_finish(&producers);
    bytes_finish(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    switch (data[0] % 3) {
    case 0:
        try_offsets(slice_of(data + 1, size - 1));
        break;
    case 1:
        try_epochs(slice_of(data + 1, size - 1));
        break;
    default:
        try_snapshot(data + 1, size - 1);
        break;
    }
    return 0;
}
