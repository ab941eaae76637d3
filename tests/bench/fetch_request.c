/* bench: Fetch, as far as bare loops need it. */
#include "fetch_request.h"

#include "record/batch.h"
#include "wire/messages.h"

#include <stdlib.h>

enum {
    FETCH = 1,
    FETCH_VERSION = 12,
    FETCH_BYTES_MAX = 50 << 20,
    LAST_DELTA_POSITION = 23,
    RECORD_COUNT_POSITION = 57,
};

void fetch_request_write(const struct job *job, const int64_t *offsets, int32_t partition_bytes_max,
                         struct bytes *ret_frame)
{
    struct fetch_request_fetch_partition *rows = bench_alloc((size_t)job->partitions, sizeof *rows);
    struct fetch_request_fetch_topic topic = {
        .topic = slice_text(job->topic),
        .partitions = { .items = rows, .count = (int32_t)job->partitions }
    };
    struct fetch_request request;
    struct writer writer;
    message_defaults(&fetch_request_type, &request);
    request.max_wait_ms = 500;
    request.min_bytes = 1;
    request.max_bytes = FETCH_BYTES_MAX;
    request.topics.items = &topic;
    request.topics.count = 1;
    for (int64_t i = 0; i < job->partitions; i++) {
        message_defaults(&fetch_request_fetch_partition_type, &rows[i]);
        rows[i].partition = (int32_t)i;
        rows[i].fetch_offset = offsets[i];
        rows[i].partition_max_bytes = partition_bytes_max;
    }
    ret_frame->size = 0;
    writer_init(&writer, ret_frame);
    if (request_write(&writer, api_find(FETCH), FETCH_VERSION, 1, slice_text("bench"), &request)) {
        bench_die("request", "it cannot be written");
    }
    free(rows);
}

/* Walks over the headers of whole batches. */
static void count_batches(struct slice records, int64_t *offset, struct report *report)
{
    size_t at = 0;
    while (records.size - at >= BATCH_HEADER_SIZE) {
        const uint8_t *batch = records.data + at;
        size_t size = BATCH_OVERHEAD + (size_t)load_u32(batch + sizeof(uint64_t));
        if (size > records.size - at) {
            break;
        }
        *offset = (int64_t)load_u64(batch) + load_u32(batch + LAST_DELTA_POSITION) + 1;
        report->records += load_u32(batch + RECORD_COUNT_POSITION);
        report->bytes += (int64_t)size;
        at += size;
    }
}

void fetch_request_answer(struct link *link, int64_t *offsets, struct report *report)
{
    struct fetch_response response;
    link_answer(link, api_find(FETCH), FETCH_VERSION, &response);
    for (int32_t i = 0; i < response.responses.count; i++) {
        for (int32_t j = 0; j < response.responses.items[i].partitions.count; j++) {
            const struct fetch_response_partition_data *data =
                &response.responses.items[i].partitions.items[j];
            if (data->error_code) {
                bench_die("fetch", kc_err_name((enum kc_err)data->error_code));
            }
            count_batches(data->records, &offsets[data->partition_index], report);
        }
    }
}
