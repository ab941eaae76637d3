/* handler: what a fetch finds. The answer's records are copied once from the page cache into one
 * block that the session sends from. */
#include "handler/fetch.h"

#include "base/frame_buffer.h"

#include <stdlib.h>

enum { FETCH_BY_ID_VERSION = 13, FETCH_PARTITION_BYTES_DEFAULT = 1 << 20 };

/* A partition of the request, looked up. */
struct found {
    const struct image_topic *topic;
    struct partition *partition;
    const struct fetch_request_fetch_partition *wanted;
    enum kc_err err;
};

static const struct image_topic *find_topic(const struct call *call,
                                            const struct fetch_request_fetch_topic *topic)
{
    return call->version >= FETCH_BY_ID_VERSION
               ? image_topic_by_id(call->node->image, &topic->topic_id)
               : image_topic(call->node->image, topic->topic);
}

static enum kc_err check_epoch(const struct partition *partition, int32_t epoch)
{
    if (epoch < 0 || epoch == partition->leader_epoch) {
        return KC_ERR_NONE;
    }
    return epoch < partition->leader_epoch ? KC_ERR_FENCED_LEADER_EPOCH
                                           : KC_ERR_UNKNOWN_LEADER_EPOCH;
}

static struct found find_partition(const struct call *call, const struct image_topic *topic,
                                   const struct fetch_request_fetch_partition *wanted)
{
    struct found found = { .topic = topic, .wanted = wanted };
    found.partition = partitions_find(call->node->partitions, topic, wanted->partition);
    if (!topic && call->version >= FETCH_BY_ID_VERSION) {
        found.err = KC_ERR_UNKNOWN_TOPIC_ID;
    } else if (!found.partition) {
        found.err = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    } else if (found.partition->err) {
        found.err = found.partition->err;
    } else if (!found.partition->is_leader) {
        found.err = KC_ERR_NOT_LEADER_OR_FOLLOWER;
    } else {
        found.err = check_epoch(found.partition, wanted->current_leader_epoch);
    }
    return found;
}

static bool is_read_committed(const struct call *call)
{
    return ((const struct fetch_request *)call->message)->isolation_level == 1;
}

static enum kc_err read_range(const struct call *call, const struct found *found, size_t bytes_max,
                              bool one_batch_min, struct log_range *ret_range)
{
    struct log_read read = {
        .offset = found->wanted->fetch_offset,
        .offset_max = partition_readable_end(found->partition, is_read_committed(call)),
        .bytes_max = bytes_max,
        .one_batch_min = one_batch_min,
    };
    return log_read(found->partition->log, &read, ret_range);
}

static size_t partition_limit(const struct fetch_request_fetch_partition *wanted)
{
    return wanted->partition_max_bytes > 0 ? (size_t)wanted->partition_max_bytes
                                           : FETCH_PARTITION_BYTES_DEFAULT;
}

bool fetch_is_satisfied(struct call *call, int32_t min_bytes)
{
    const struct fetch_request *request = call->message;
    size_t wanted = min_bytes > 0 ? (size_t)min_bytes : 0;
    size_t have = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct image_topic *topic = find_topic(call, &request->topics.items[i]);
        for (int32_t j = 0; j < request->topics.items[i].partitions.count; j++) {
            struct found found =
                find_partition(call, topic, &request->topics.items[i].partitions.items[j]);
            struct log_range range = { 0 };
            enum kc_err err = found.err;
            if (!err) {
                err = read_range(call, &found, partition_limit(found.wanted), true, &range);
            }
            if (err) {
                return true;
            }
            have += range.size;
            log_range_release(&range);
            if (have >= wanted) {
                return true;
            }
        }
    }
    return have >= wanted;
}

/* ---- the answer ---- */

struct answer_work {
    struct call *call;
    struct fetch_answer *answer;
    struct frame_buffer *block;
    size_t left;   /* bytes that the answer may still take */
    bool is_first; /* nothing was read yet: the first batch may be too large (KIP-74) */
};

static bool copy_aborted(struct call *call, const struct found *found, int64_t end,
                         struct fetch_response_partition_data *data)
{
    struct bytes found_bytes;
    bytes_init(&found_bytes, 1 << 24);
    enum kc_err err =
        log_aborted_in(found->partition->log, found->wanted->fetch_offset, end, &found_bytes);
    size_t count = found_bytes.size / sizeof(struct log_aborted);
    data->aborted_transactions.items =
        call_alloc(call, count, sizeof(*data->aborted_transactions.items));
    data->aborted_transactions.count = (int32_t)count;
    for (size_t i = 0; !err && data->aborted_transactions.items && i < count; i++) {
        struct log_aborted aborted;
        memcpy(&aborted, found_bytes.data + i * sizeof(aborted), sizeof(aborted));
        data->aborted_transactions.items[i].producer_id = aborted.producer_id;
        data->aborted_transactions.items[i].first_offset = aborted.first_offset;
    }
    bytes_finish(&found_bytes);
    return !err && data->aborted_transactions.items;
}

static enum kc_err copy_range(struct answer_work *work, const struct log_range *range,
                              struct fetch_response_partition_data *data)
{
    size_t got = 0;
    uint8_t *place = work->block->data + work->block->size;
    enum kc_err err = log_range_copy(range, place, &got);
    if (!err) {
        data->records = slice_of(place, got);
        work->block->size += got;
        work->left -= MIN_OF(got, work->left);
        work->is_first = work->is_first && got == 0;
    }
    return err;
}

/* A block that outgrows its room is not moved, since records point into it: a partition that does
 * not fit is left for the next fetch. */
static enum kc_err answer_records(struct answer_work *work, const struct found *found,
                                  struct fetch_response_partition_data *data)
{
    struct log_range range = { 0 };
    size_t limit = MIN_OF(partition_limit(found->wanted), work->left);
    enum kc_err err = read_range(work->call, found, limit, work->is_first, &range);
    if (err) {
        return err;
    }
    data->records = SLICE_EMPTY;
    if (range.size > 0 && !work->block) {
        work->block = frame_buffer_create(MAX_OF(work->left, range.size));
        err = work->block ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    if (!err && range.size > 0 && range.size <= work->block->capacity - work->block->size) {
        err = copy_range(work, &range, data);
    }
    log_range_release(&range);
    return err;
}

static void answer_partition(struct answer_work *work, const struct found *found,
                             struct fetch_response_partition_data *data)
{
    enum kc_err err = found->err;
    data->partition_index = found->wanted->partition;
    data->records = SLICE_EMPTY;
    data->aborted_transactions.items = NULL;
    data->aborted_transactions.count = -1;
    data->high_watermark = -1;
    if (!err) {
        err = answer_records(work, found, data);
    }
    if (found->partition && found->partition->log && !found->err) {
        data->high_watermark = log_high_watermark(found->partition->log);
        data->last_stable_offset = log_last_stable_offset(found->partition->log);
        data->log_start_offset = log_start_offset(found->partition->log);
    }
    if (!err && is_read_committed(work->call) &&
        !copy_aborted(work->call, found, data->last_stable_offset, data)) {
        err = KC_ERR_UNKNOWN_SERVER_ERROR;
    }
    if (found->partition &&
        (err == KC_ERR_NOT_LEADER_OR_FOLLOWER || err == KC_ERR_FENCED_LEADER_EPOCH)) {
        data->current_leader.leader_id = found->partition->leader;
        data->current_leader.leader_epoch = found->partition->leader_epoch;
    }
    data->error_code = (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
}

static bool answer_topic(struct answer_work *work, const struct fetch_request_fetch_topic *wanted,
                         struct fetch_response_fetchable_topic_response *response)
{
    const struct image_topic *topic = find_topic(work->call, wanted);
    message_defaults(&fetch_response_fetchable_topic_response_type, response);
    response->topic = wanted->topic;
    response->topic_id = wanted->topic_id;
    response->partitions.items = call_alloc(work->call, (size_t)wanted->partitions.count,
                                            sizeof(*response->partitions.items));
    response->partitions.count = wanted->partitions.count;
    for (int32_t i = 0; response->partitions.items && i < wanted->partitions.count; i++) {
        struct found found = find_partition(work->call, topic, &wanted->partitions.items[i]);
        message_defaults(&fetch_response_partition_data_type, &response->partitions.items[i]);
        answer_partition(work, &found, &response->partitions.items[i]);
    }
    return response->partitions.items != NULL;
}

/* Bytes that are there to be read, so that the block is no larger than needed. */
static size_t readable(struct call *call, size_t limit)
{
    const struct fetch_request *request = call->message;
    size_t sum = 0;
    for (int32_t i = 0; i < request->topics.count && sum < limit; i++) {
        const struct image_topic *topic = find_topic(call, &request->topics.items[i]);
        for (int32_t j = 0; j < request->topics.items[i].partitions.count && sum < limit; j++) {
            struct found found =
                find_partition(call, topic, &request->topics.items[i].partitions.items[j]);
            struct log_range range = { 0 };
            if (!found.err &&
                !read_range(call, &found, partition_limit(found.wanted), sum == 0, &range)) {
                sum += range.size;
                log_range_release(&range);
            }
        }
    }
    return MIN_OF(sum, limit);
}

struct fetch_answer *fetch_answer_create(struct call *call)
{
    const struct fetch_request *request = call->message;
    size_t limit = request->max_bytes > 0 ? (size_t)request->max_bytes : 0;
    limit = MIN_OF(limit, call->node->settings.fetch_bytes_max);
    struct fetch_answer *answer = call_alloc(call, 1, sizeof(*answer));
    struct answer_work work = {
        .call = call, .answer = answer, .left = readable(call, limit), .is_first = true
    };
    if (!answer) {
        return NULL;
    }
    message_defaults(&fetch_response_type, &answer->response);
    answer->response.responses.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*answer->response.responses.items));
    answer->response.responses.count = request->topics.count;
    bool good = answer->response.responses.items != NULL;
    for (int32_t i = 0; good && i < request->topics.count; i++) {
        good = answer_topic(&work, &request->topics.items[i], &answer->response.responses.items[i]);
    }
    answer->memory = work.block;
    if (!good) {
        fetch_answer_release(work.block);
        return NULL;
    }
    return answer;
}

void fetch_answer_release(void *memory)
{
    frame_buffer_drop(memory);
}
