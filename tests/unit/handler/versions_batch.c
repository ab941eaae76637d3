/* tests: a batch to produce. */
#include "versions.h"

#include "record/batch_writer.h"
#include "support/test.h"

struct slice versions_batch(uint8_t *memory)
{
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    struct slice batch;
    batch_writer_init(&writer, memory, 256);
    assert_true(
        batch_writer_append(&writer, 1700000000000, slice_text("k"), slice_text("v"), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), 0);
    return batch;
}
