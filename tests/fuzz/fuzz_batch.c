/* tests/fuzz: batches of any format on any bytes: framing, records, headers, the broker's check.
 * A batch that the check lets in must read to its end, and be built again from its records. */
#include "record/batch_writer.h"
#include "record/control.h"

#include <assert.h>
#include <stdlib.h>

enum { FUZZ_BATCH_CAP = 256 * 1024, FUZZ_BATCH_HEADERS_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inside the record's bytes, so that a sanitizer sees what lies outside. */
static uint64_t touch(struct slice bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        sum += bytes.data[i];
    }
    return sum;
}

/* Records until the end, or -1 when they are damaged. */
static int32_t read_records(const struct batch *batch, struct decompressor *decompressor,
                            struct bytes *buffer, uint64_t *sum)
{
    struct batch_reader reader;
    struct record record;
    int32_t count = 0;
    enum kc_err err = batch_reader_init(&reader, batch, decompressor, buffer);

    while (!err) {
        err = batch_reader_next(&reader, &record);
        if (!err) {
            struct record_header header;
            int32_t header_count = 0;
            *sum += touch(record.key) + touch(record.value) + (uint64_t)control_type_of(record.key);
            while (record_next_header(&record.headers, &header)) {
                assert(!slice_is_null(header.key));
                *sum += touch(header.key) + touch(header.value);
                header_count++;
            }
            assert(header_count == record.header_count);
            count++;
        }
    }
    return err == KC_ERR_WOULD_BLOCK ? count : -1;
}

/* Appends every record to a writer and compares what its batch reads as. */
static void rebuild(const struct batch *batch, struct decompressor *decompressor,
                    struct bytes *buffer)
{
    size_t capacity = 2 * FUZZ_BATCH_CAP;
    uint8_t *memory = malloc(capacity);
    struct batch_close close = { .producer_id = batch->producer_id };
    struct batch_writer writer;
    struct batch_reader reader;
    struct record record;
    struct slice bytes;
    struct batch built;

    assert(memory && !batch_reader_init(&reader, batch, decompressor, buffer));
    batch_writer_init(&writer, memory, capacity);
    while (!batch_reader_next(&reader, &record)) {
        struct record_header headers[FUZZ_BATCH_HEADERS_MAX];
        int32_t header_count = 0;
        while (header_count < FUZZ_BATCH_HEADERS_MAX &&
               record_next_header(&record.headers, &headers[header_count])) {
            header_count++;
        }
        assert(batch_writer_append(&writer, record.timestamp, record.key, record.value, headers,
                                   header_count));
    }
    assert(!batch_writer_close(&writer, &close, NULL, NULL, &bytes));
    assert(!batch_read(bytes, &built) && !batch_check_crc(&built));
    assert(built.record_count == batch->record_count);
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decompressor *decompressor = decompressor_create();
    struct batch_checker *checker = batch_checker_create(FUZZ_BATCH_CAP);
    struct slice rest = slice_of(data, size);
    struct bytes buffer;
    struct batch batch;
    uint64_t sum = 0;

    assert(decompressor && checker);
    bytes_init(&buffer, FUZZ_BATCH_CAP);
    while (rest.size > 0 && batch_read(rest, &batch) == KC_ERR_NONE) {
        assert(batch.bytes.size <= rest.size && batch.bytes.data == rest.data);
        int32_t count = read_records(&batch, decompressor, &buffer, &sum);
        /* Fuzzers do not find CRCs: the check runs behind a right one. */
        if (batch.magic == 2 && batch.bytes.size <= FUZZ_BATCH_CAP) {
            uint8_t *copy = malloc(batch.bytes.size);
            struct batch sound;
            assert(copy);
            memcpy(copy, batch.bytes.data, batch.bytes.size);
            batch_write_header(copy, batch.bytes.size, &batch);
            assert(!batch_read(slice_of(copy, batch.bytes.size), &sound));
            enum kc_err err = batch_check(checker, &sound);
            assert(err != KC_ERR_CORRUPT_MESSAGE);
            if (!err) {
                assert(count == sound.record_count);
                rebuild(&sound, decompressor, &buffer);
            }
            free(copy);
        }
        rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
    }
    bytes_finish(&buffer);
    batch_checker_destroy(checker);
    decompressor_destroy(decompressor);
    return (int)(sum & 0);
}
