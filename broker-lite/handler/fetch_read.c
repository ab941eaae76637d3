/* handler: what a fetch is to hold: its partitions looked up, and a range of the log for each. */
#include "handler/fetch.h"

#include "net/outgoing.h"

/* What cannot be sent from its file lies in memory until the client has read it. */
static void count_copied(struct fetch *fetch, size_t size)
{
    bool is_sent = size >= SESSION_FILE_MIN && fetch->large_count++ < SESSION_FILES_MAX;
    fetch->copied_bytes += is_sent ? 0 : size;
}

static void read_item(struct fetch *fetch, struct fetch_item *item, size_t limit)
{
    if (fetch->copied_bytes >= FETCH_COPIED_BYTES_MAX) {
        return; /* comes with the next fetch */
    }
    size_t left = limit - MIN_OF(fetch->found_bytes, limit);
    size_t bytes_max = item->wanted.bytes_max > 0 ? (size_t)item->wanted.bytes_max : 0;
    struct log_read read = {
        .offset = item->wanted.offset,
        .offset_max = partition_readable_end(item->partition, fetch_is_committed(fetch)),
        .bytes_max = MIN_OF(bytes_max, left),
        /* The first batch of an answer may be larger than any limit (KIP-74). */
        .one_batch_min = fetch->found_bytes == 0,
    };
    item->err = log_read(item->partition->log, &read, &item->range);
    if (!item->err) {
        fetch->found_bytes += item->range.size;
        count_copied(fetch, item->range.size);
    }
}

static bool is_same_topic(const struct fetch_item *a, const struct fetch_item *b)
{
    return uuid_equal(&a->wanted.topic_id, &b->wanted.topic_id) &&
           slice_equal(a->wanted.topic, b->wanted.topic);
}

static const struct image_topic *find_topic(const struct fetch *fetch,
                                            const struct fetch_item *item)
{
    const struct image *image = fetch->call->node->image;
    return fetch->by_id ? image_topic_by_id(image, &item->wanted.topic_id)
                        : image_topic(image, item->wanted.topic);
}

/* False: the cluster has no such partition. */
static bool look_up(const struct fetch *fetch, struct fetch_item *item,
                    const struct image_topic *topic)
{
    item->partition = NULL;
    if (!image_partition(topic, item->wanted.partition)) {
        item->err =
            !topic && fetch->by_id ? KC_ERR_UNKNOWN_TOPIC_ID : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        return false;
    }
    item->partition = partitions_find(fetch->call->node->partitions, topic, item->wanted.partition);
    item->err = item->partition ? partition_check_leader(item->partition, item->wanted.leader_epoch)
                                : KC_ERR_NOT_LEADER_OR_FOLLOWER;
    return true;
}

void fetch_read(struct fetch *fetch)
{
    const struct image_topic *topic = NULL;
    size_t limit = fetch->limit;
    fetch->found_bytes = 0;
    fetch->copied_bytes = 0;
    fetch->large_count = 0;
    fetch->unknown_count = 0;
    fetch->has_error = false;
    for (size_t i = 0; i < fetch->item_count; i++) {
        struct fetch_item *item = &fetch->items[i];
        if (i == 0 || !is_same_topic(item, item - 1)) {
            topic = find_topic(fetch, item);
        }
        if (!look_up(fetch, item, topic)) {
            fetch->unknown_count++;
            continue;
        }
        if (!item->err) {
            read_item(fetch, item, limit);
        }
        fetch->has_error = fetch->has_error || item->err;
    }
}

bool fetch_is_satisfied(const struct fetch *fetch)
{
    const struct fetch_request *request = fetch->call->message;
    size_t wanted = request->min_bytes > 0 ? (size_t)request->min_bytes : 0;
    /* Nothing but unknown partitions: nothing to wait for. Among others they wait: else a client
     * that goes on asking would be answered in a tight loop. */
    return fetch->has_error || fetch->unknown_count == fetch->item_count ||
           fetch->copied_bytes >= FETCH_COPIED_BYTES_MAX ||
           fetch->found_bytes >= MIN_OF(wanted, fetch->limit);
}

void fetch_drop(struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->item_count; i++) {
        if (fetch->items[i].range.size > 0) {
            log_range_release(&fetch->items[i].range);
        }
    }
}

bool fetch_is_cached(const struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->item_count; i++) {
        if (fetch->items[i].range.size > 0 && !log_range_is_cached(&fetch->items[i].range)) {
            return false;
        }
    }
    return true;
}
