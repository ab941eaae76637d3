/* handler: the answer to a fetch. Large ranges of the log go from the page cache into the socket
 * (sendfile), small ones are copied once into a block that the session sends from. */
#include "handler/fetch.h"

#include "base/frame_buffer.h"
#include "net/outgoing.h"

#include <stdlib.h>

enum { FETCH_ABORTED_BYTES_MAX = 1 << 24 };

static enum kc_err copy_aborted(struct call *call, const struct fetch_item *item, int64_t end,
                                struct fetch_response_partition_data *data)
{
    struct bytes found;
    bytes_init(&found, FETCH_ABORTED_BYTES_MAX);
    enum kc_err err = log_aborted_in(item->partition->log, item->wanted.offset, end, &found);
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

/* What an answer is sent from; lives until it is sent. */
struct fetch_memory {
    struct frame_buffer *block; /* NULL: nothing is copied */
    size_t file_count;
    struct log_range ranges[]; /* held */
};

static void memory_release(void *context)
{
    struct fetch_memory *memory = context;
    for (size_t i = 0; i < memory->file_count; i++) {
        log_range_release(&memory->ranges[i]);
    }
    frame_buffer_drop(memory->block);
    free(memory);
}

/* Aborted transactions are told up to the last offset of the answer, which only a copy shows. */
static bool may_have_aborted(const struct fetch *fetch, const struct fetch_item *item)
{
    struct bytes found;
    if (!fetch_is_committed(fetch)) {
        return false;
    }
    bytes_init(&found, FETCH_ABORTED_BYTES_MAX);
    enum kc_err err = log_aborted_in(item->partition->log, item->wanted.offset,
                                     partition_readable_end(item->partition, true), &found);
    bool may_have = err || found.size > 0;
    bytes_finish(&found);
    return may_have;
}

/* Decides what is sent from files. NULL: memory is out. */
static struct fetch_memory *plan_memory(struct fetch *fetch)
{
    size_t file_count = 0;
    size_t copied = 0;
    for (size_t i = 0; i < fetch->item_count; i++) {
        struct fetch_item *item = &fetch->items[i];
        item->is_sent = item->range.size >= SESSION_FILE_MIN && file_count < SESSION_FILES_MAX &&
                        !fetch->call->plan && log_range_is_sendable(&item->range) &&
                        !may_have_aborted(fetch, item);
        file_count += item->is_sent;
        copied += item->is_sent ? 0 : item->range.size;
    }
    struct fetch_memory *memory =
        calloc(1, sizeof(*memory) + file_count * sizeof(memory->ranges[0]));
    fetch->files = call_alloc(fetch->call, file_count, sizeof(*fetch->files));
    if (memory && copied > 0) {
        memory->block = frame_buffer_create(copied);
    }
    if (memory && (!fetch->files || (copied > 0 && !memory->block))) {
        memory_release(memory);
        memory = NULL;
    }
    return memory;
}

/* The file's bytes take the place of the records; their data only names the range. */
static void send_range(struct fetch *fetch, struct fetch_item *item, struct fetch_memory *memory,
                       struct fetch_response_partition_data *data)
{
    fetch->files[memory->file_count] = (struct outgoing_file){
        .tag = item, .file = { .descriptor = item->range.file, .position = item->range.position }
    };
    data->records = slice_of(item, item->range.size);
    memory->ranges[memory->file_count++] = item->range;
    item->range.cached = NULL;
    item->range.size = 0;
}

static enum kc_err copy_range(struct fetch_item *item, struct frame_buffer *block,
                              struct fetch_response_partition_data *data)
{
    size_t got = 0;
    uint8_t *place = block->data + block->size;
    enum kc_err err = log_range_copy(&item->range, place, &got);
    log_range_release(&item->range);
    if (err) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    data->records = slice_of(place, got);
    block->size += got;
    return KC_ERR_NONE;
}

static enum kc_err take_range(struct fetch *fetch, struct fetch_item *item,
                              struct fetch_memory *memory,
                              struct fetch_response_partition_data *data)
{
    if (item->is_sent) {
        send_range(fetch, item, memory, data);
        return KC_ERR_NONE;
    }
    return item->range.size > 0 ? copy_range(item, memory->block, data) : KC_ERR_NONE;
}

static void fill_partition(struct fetch *fetch, struct fetch_item *item,
                           struct fetch_memory *memory, struct fetch_response_partition_data *data)
{
    const struct partition *partition = item->partition;
    enum kc_err err = item->err;
    message_defaults(&fetch_response_partition_data_type, data);
    data->partition_index = item->wanted.partition;
    data->records = SLICE_EMPTY;
    data->aborted_transactions.items = NULL;
    data->aborted_transactions.count = -1;
    data->high_watermark = -1;
    if (!err) {
        err = take_range(fetch, item, memory, data);
    }
    /* An offset out of range is told with the range. */
    if (partition && partition->log && (!err || err == KC_ERR_OFFSET_OUT_OF_RANGE)) {
        data->high_watermark = log_high_watermark(partition->log);
        data->last_stable_offset = log_last_stable_offset(partition->log);
        data->log_start_offset = log_start_offset(partition->log);
    }
    if (!err && fetch_is_committed(fetch)) {
        data->aborted_transactions.count = 0;
    }
    if (!err && fetch_is_committed(fetch) && data->records.size > 0 && !item->is_sent) {
        err = copy_aborted(fetch->call, item, end_of(data), data);
    }
    if (partition && (err == KC_ERR_NOT_LEADER_OR_FOLLOWER || err == KC_ERR_FENCED_LEADER_EPOCH)) {
        data->current_leader.leader_id = partition->leader;
        data->current_leader.leader_epoch = partition->leader_epoch;
    }
    data->error_code = (int16_t)(err == KC_ERR_NO_MEMORY ? KC_ERR_UNKNOWN_SERVER_ERROR : err);
}

/* What the client is told of a partition, for its session. */
static bool is_news(struct fetcher *session, const struct fetch_item *item,
                    const struct fetch_response_partition_data *data)
{
    struct fetcher_seen seen = {
        .high_watermark = data->high_watermark,
        .log_start_offset = data->log_start_offset,
        .has_records = data->records.size > 0,
        .has_error = data->error_code != KC_ERR_NONE,
    };
    return fetcher_see(session, &item->wanted, &seen);
}

/* Puts a partition that stands at the end of the answer's into its topic. */
static void add_to_topic(struct fetch *fetch, const struct fetch_item *item,
                         struct fetch_response_partition_data *data)
{
    struct fetch_response *response = &fetch->response;
    struct fetch_response_fetchable_topic_response *topic =
        &response->responses.items[response->responses.count - 1];
    if (response->responses.count == 0 || !uuid_equal(&topic->topic_id, &item->wanted.topic_id) ||
        !slice_equal(topic->topic, item->wanted.topic)) {
        topic = &response->responses.items[response->responses.count++];
        topic->topic = item->wanted.topic;
        topic->topic_id = item->wanted.topic_id;
        topic->partitions.items = data;
        topic->partitions.count = 0;
    }
    topic->partitions.count++;
}

/* With a session only what is new. */
static bool fill_topics(struct fetch *fetch, struct fetch_memory *memory, struct fetcher *session)
{
    struct fetch_response *response = &fetch->response;
    struct fetch_response_partition_data *data =
        call_alloc(fetch->call, fetch->item_count, sizeof(*data));
    response->responses.items =
        call_alloc(fetch->call, fetch->item_count, sizeof(*response->responses.items));
    response->responses.count = 0;
    if (!data || !response->responses.items) {
        return false;
    }
    for (size_t i = 0; i < fetch->item_count; i++) {
        fill_partition(fetch, &fetch->items[i], memory, data);
        if (!session || is_news(session, &fetch->items[i], data)) {
            add_to_topic(fetch, &fetch->items[i], data++);
        }
    }
    return true;
}

/* A new session has all of the answer: whoever asked is told everything. */
static struct fetcher *begin_session(struct fetch *fetch)
{
    const struct node *node = fetch->call->node;
    struct fetcher *session = fetcher_create(node->fetchers, fetch->by_id, fetch->item_count,
                                             loop_now_us(node->loop) / 1000);
    for (size_t i = 0; session && i < fetch->item_count; i++) {
        if (!fetcher_put(node->fetchers, session, &fetch->items[i].wanted)) {
            fetcher_remove(node->fetchers, session);
            session = NULL;
        }
    }
    return session;
}

enum kc_err fetch_session_error(const struct fetch *fetch, const struct fetcher *session)
{
    return !session                                         ? KC_ERR_FETCH_SESSION_ID_NOT_FOUND
           : fetcher_epoch(session) != fetch->session_epoch ? KC_ERR_INVALID_FETCH_SESSION_EPOCH
                                                            : KC_ERR_NONE;
}

/* False: memory is out. */
static bool fill(struct fetch *fetch, struct fetch_memory *memory)
{
    struct fetcher_cache *cache = fetch->call->node->fetchers;
    struct fetch_response *response = &fetch->response;
    struct fetcher *session = fetcher_get(cache, fetch->session_id);
    message_defaults(&fetch_response_type, response);
    if (fetch->session_id != 0 && fetch_session_error(fetch, session)) {
        response->error_code = (int16_t)fetch_session_error(fetch, session);
        return true;
    }
    if (fetch->begins_session) {
        session = begin_session(fetch);
    }
    response->session_id = session ? fetcher_id(session) : 0;
    return fill_topics(fetch, memory, session);
}

void fetch_answer(struct fetch *fetch)
{
    if (fetch_is_refused(fetch)) {
        return;
    }
    struct fetch_memory *memory = plan_memory(fetch);
    bool is_filled = memory && fill(fetch, memory);
    fetch_drop(fetch);
    if (!is_filled) {
        if (memory) {
            memory_release(memory);
        }
        call_fail(fetch->call, "out of memory for a fetch");
    } else if (memory->file_count > 0) {
        call_answer_files(fetch->call, &fetch->response, fetch->files, memory->file_count,
                          memory_release, memory);
    } else {
        call_answer(fetch->call, &fetch->response, memory_release, memory);
    }
}
