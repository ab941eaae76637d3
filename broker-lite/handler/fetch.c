/* handler: what a fetch finds. The answer's records are copied once from the page cache into one
 * block that the session sends from. */
#include "handler/fetch.h"

#include "base/frame_buffer.h"

enum {
    FETCH_BY_ID_VERSION = 13,
    FETCH_PARTITION_BYTES_DEFAULT = 1 << 20,
    FETCH_ABORTED_BYTES_MAX = 1 << 24
};

struct fetch *fetch_create(struct call *call)
{
    const struct fetch_request *request = call->message;
    struct fetch *fetch = call_alloc(call, 1, sizeof(*fetch));
    size_t count = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        count += (size_t)request->topics.items[i].partitions.count;
    }
    if (!fetch) {
        return NULL;
    }
    fetch->call = call;
    fetch->items = call_alloc(call, count, sizeof(*fetch->items));
    for (int32_t i = 0; fetch->items && i < request->topics.count; i++) {
        for (int32_t j = 0; j < request->topics.items[i].partitions.count; j++) {
            fetch->items[fetch->item_count++].wanted =
                &request->topics.items[i].partitions.items[j];
        }
    }
    return fetch->items ? fetch : NULL;
}

/* ---- looking up and reading ---- */

static enum kc_err check_partition(const struct fetch_item *item, bool by_id, bool is_topic)
{
    if (!is_topic && by_id) {
        return KC_ERR_UNKNOWN_TOPIC_ID;
    }
    return partition_check_leader(item->partition, item->wanted->current_leader_epoch);
}

static bool is_read_committed(const struct call *call)
{
    return ((const struct fetch_request *)call->message)->isolation_level == 1;
}

static size_t partition_limit(const struct fetch_request_fetch_partition *wanted)
{
    return wanted->partition_max_bytes > 0 ? (size_t)wanted->partition_max_bytes
                                           : FETCH_PARTITION_BYTES_DEFAULT;
}

static void read_item(struct fetch *fetch, struct fetch_item *item, size_t limit)
{
    size_t left = limit - MIN_OF(fetch->found_bytes, limit);
    struct log_read read = {
        .offset = item->wanted->fetch_offset,
        .offset_max = partition_readable_end(item->partition, is_read_committed(fetch->call)),
        .bytes_max = MIN_OF(partition_limit(item->wanted), left),
        /* The first batch of an answer may be larger than any limit (KIP-74). */
        .one_batch_min = fetch->found_bytes == 0,
    };
    item->err = log_read(item->partition->log, &read, &item->range);
    if (!item->err) {
        fetch->found_bytes += item->range.size;
    }
}

void fetch_read(struct fetch *fetch)
{
    const struct call *call = fetch->call;
    const struct fetch_request *request = call->message;
    bool by_id = call->version >= FETCH_BY_ID_VERSION;
    size_t limit = request->max_bytes > 0 ? (size_t)request->max_bytes : 0;
    struct fetch_item *item = fetch->items;
    limit = MIN_OF(limit, call->node->settings.fetch_bytes_max);
    fetch->found_bytes = 0;
    fetch->has_error = false;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct fetch_request_fetch_topic *wanted = &request->topics.items[i];
        const struct image_topic *topic =
            by_id ? image_topic_by_id(call->node->image, &wanted->topic_id)
                  : image_topic(call->node->image, wanted->topic);
        for (int32_t j = 0; j < wanted->partitions.count; j++, item++) {
            item->partition =
                partitions_find(call->node->partitions, topic, item->wanted->partition);
            item->err = check_partition(item, by_id, topic != NULL);
            if (!item->err) {
                read_item(fetch, item, limit);
            }
            fetch->has_error = fetch->has_error || item->err;
        }
    }
}

void fetch_drop(struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->item_count; i++) {
        if (fetch->items[i].range.size > 0) {
            log_range_release(&fetch->items[i].range);
        }
    }
}

/* ---- the answer ---- */

static enum kc_err copy_aborted(struct call *call, const struct fetch_item *item, int64_t end,
                                struct fetch_response_partition_data *data)
{
    struct bytes found;
    bytes_init(&found, FETCH_ABORTED_BYTES_MAX);
    enum kc_err err = log_aborted_in(item->partition->log, item->wanted->fetch_offset, end, &found);
    size_t count = found.size / sizeof(struct log_aborted);
    struct fetch_response_aborted_transaction *items = call_alloc(call, count, sizeof(*items));
    for (size_t i = 0; !err && items && i < count; i++) {
        struct log_aborted aborted;
        memcpy(&aborted, found.data + i * sizeof(aborted), sizeof(aborted));
        items[i].producer_id = aborted.producer_id;
        items[i].first_offset = aborted.first_offset;
    }
    bytes_finish(&found);
    if (err || !items) {
        return KC_ERR_UNKNOWN_SERVER_ERROR;
    }
    data->aborted_transactions.items = items;
    data->aborted_transactions.count = (int32_t)count;
    return KC_ERR_NONE;
}

/* The offset after the last whole batch of the answer: what was aborted behind it comes with what
 * is fetched then. */
static int64_t end_of(const struct fetch_response_partition_data *data)
{
    struct slice rest = data->records;
    struct batch batch;
    int64_t end = 0;
    while (batch_read(rest, &batch) == KC_ERR_NONE) {
        end = batch_last_offset(&batch) + 1;
        rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
    }
    return end;
}

static enum kc_err copy_range(struct fetch_item *item, struct frame_buffer *block,
                              struct fetch_response_partition_data *data)
{
    size_t got = 0;
    enum kc_err err = KC_ERR_NONE;
    if (item->range.size > 0) {
        uint8_t *place = block->data + block->size;
        err = log_range_copy(&item->range, place, &got);
        log_range_release(&item->range);
        if (!err) {
            data->records = slice_of(place, got);
            block->size += got;
        }
    }
    return err ? KC_ERR_KAFKA_STORAGE_ERROR : KC_ERR_NONE;
}

static void fill_partition(struct fetch *fetch, struct fetch_item *item, struct frame_buffer *block,
                           struct fetch_response_partition_data *data)
{
    const struct partition *partition = item->partition;
    enum kc_err err = item->err;
    message_defaults(&fetch_response_partition_data_type, data);
    data->partition_index = item->wanted->partition;
    data->records = SLICE_EMPTY;
    data->aborted_transactions.items = NULL;
    data->aborted_transactions.count = -1;
    data->high_watermark = -1;
    if (!err) {
        err = copy_range(item, block, data);
    }
    /* An offset out of range is told with the range. */
    if (partition && partition->log && (!err || err == KC_ERR_OFFSET_OUT_OF_RANGE)) {
        data->high_watermark = log_high_watermark(partition->log);
        data->last_stable_offset = log_last_stable_offset(partition->log);
        data->log_start_offset = log_start_offset(partition->log);
    }
    if (!err && is_read_committed(fetch->call)) {
        err = copy_aborted(fetch->call, item, end_of(data), data);
    }
    if (partition && (err == KC_ERR_NOT_LEADER_OR_FOLLOWER || err == KC_ERR_FENCED_LEADER_EPOCH)) {
        data->current_leader.leader_id = partition->leader;
        data->current_leader.leader_epoch = partition->leader_epoch;
    }
    data->error_code = (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
}

static bool fill_topics(struct fetch *fetch, struct frame_buffer *block)
{
    const struct fetch_request *request = fetch->call->message;
    struct fetch_response *response = &fetch->response;
    struct fetch_item *item = fetch->items;
    response->responses.items =
        call_alloc(fetch->call, (size_t)request->topics.count, sizeof(*response->responses.items));
    response->responses.count = response->responses.items ? request->topics.count : 0;
    for (int32_t i = 0; i < response->responses.count; i++) {
        const struct fetch_request_fetch_topic *wanted = &request->topics.items[i];
        struct fetch_response_fetchable_topic_response *topic = &response->responses.items[i];
        topic->topic = wanted->topic;
        topic->topic_id = wanted->topic_id;
        topic->partitions.items = call_alloc(fetch->call, (size_t)wanted->partitions.count,
                                             sizeof(*topic->partitions.items));
        topic->partitions.count = wanted->partitions.count;
        if (!topic->partitions.items) {
            return false;
        }
        for (int32_t j = 0; j < wanted->partitions.count; j++, item++) {
            fill_partition(fetch, item, block, &topic->partitions.items[j]);
        }
    }
    return response->responses.items != NULL;
}

bool fetch_fill(struct fetch *fetch, void **ret_memory)
{
    struct frame_buffer *block =
        fetch->found_bytes > 0 ? frame_buffer_create(fetch->found_bytes) : NULL;
    message_defaults(&fetch_response_type, &fetch->response);
    if ((fetch->found_bytes > 0 && !block) || !fill_topics(fetch, block)) {
        fetch_drop(fetch);
        frame_buffer_drop(block);
        return false;
    }
    *ret_memory = block;
    return true;
}

void fetch_memory_release(void *memory)
{
    frame_buffer_drop(memory);
}
