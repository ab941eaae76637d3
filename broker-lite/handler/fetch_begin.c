/* handler: what a fetch asks for: what the request names, or what its session remembers. */
#include "handler/fetch.h"

enum { FETCH_BY_ID_VERSION = 13 };

static struct fetcher_want want_of(const struct fetch *fetch,
                                   const struct fetch_request_fetch_topic *topic,
                                   const struct fetch_request_fetch_partition *partition)
{
    return (struct fetcher_want){
        .topic = fetch->by_id ? SLICE_EMPTY : topic->topic,
        .topic_id = topic->topic_id,
        .partition = partition->partition,
        .leader_epoch = partition->current_leader_epoch,
        .bytes_max = partition->partition_max_bytes,
        .offset = partition->fetch_offset,
    };
}

static enum kc_err make_items(struct fetch *fetch, size_t count)
{
    fetch->items = call_alloc(fetch->call, count, sizeof(*fetch->items));
    fetch->item_count = fetch->items ? count : 0;
    return fetch->items ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static enum kc_err take_request(struct fetch *fetch)
{
    const struct fetch_request *request = fetch->call->message;
    size_t count = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        count += (size_t)request->topics.items[i].partitions.count;
    }
    enum kc_err err = make_items(fetch, count);
    struct fetch_item *item = fetch->items;
    for (int32_t i = 0; !err && i < request->topics.count; i++) {
        const struct fetch_request_fetch_topic *topic = &request->topics.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++, item++) {
            item->wanted = want_of(fetch, topic, &topic->partitions.items[j]);
        }
    }
    return err;
}

/* Copies: the session may change, or go, while the fetch waits. */
static enum kc_err take_session(struct fetch *fetch, const struct fetcher *session)
{
    size_t count = fetcher_size(session);
    struct fetcher_want *wants = call_alloc(fetch->call, count, sizeof(*wants));
    enum kc_err err = wants ? make_items(fetch, count) : KC_ERR_NO_MEMORY;
    if (err) {
        return err;
    }
    fetcher_wants(session, wants);
    struct slice copied = SLICE_EMPTY;
    for (size_t i = 0; i < count; i++) {
        if (!slice_equal(wants[i].topic, copied)) {
            copied = arena_copy(&fetch->call->arena, wants[i].topic);
            if (slice_is_null(copied)) {
                return KC_ERR_NO_MEMORY;
            }
        }
        fetch->items[i].wanted = wants[i];
        fetch->items[i].wanted.topic = copied;
    }
    return KC_ERR_NONE;
}

/* First what is asked for, then what is not any more: as Kafka does when both name a partition. */
static bool update_session(struct fetch *fetch, struct fetcher *session)
{
    const struct fetch_request *request = fetch->call->message;
    struct fetcher_cache *cache = fetch->call->node->fetchers;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct fetch_request_fetch_topic *topic = &request->topics.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            struct fetcher_want want = want_of(fetch, topic, &topic->partitions.items[j]);
            if (!fetcher_put(cache, session, &want)) {
                return false;
            }
        }
    }
    for (int32_t i = 0; i < request->forgotten_topics_data.count; i++) {
        const struct fetch_request_forgotten_topic *topic =
            &request->forgotten_topics_data.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            struct fetcher_want want = { .topic = topic->topic,
                                         .topic_id = topic->topic_id,
                                         .partition = topic->partitions.items[j] };
            fetcher_forget(cache, session, &want);
        }
    }
    return fetcher_size(session) <= FETCH_PARTITIONS_MAX;
}

static enum kc_err go_on(struct fetch *fetch)
{
    const struct fetch_request *request = fetch->call->message;
    struct node *node = fetch->call->node;
    struct fetcher_cache *cache = node->fetchers;
    struct fetcher *session;
    enum kc_err err =
        fetcher_find(cache, request->session_id, request->session_epoch, fetch->by_id, &session);
    if (err) {
        return err;
    }
    if (!update_session(fetch, session)) {
        fetcher_remove(cache, session);
        return KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
    }
    if (fetcher_size(session) == 0) {
        fetcher_remove(cache, session);
        return take_request(fetch);
    }
    fetcher_touch(cache, session, loop_now_us(node->loop) / 1000);
    fetch->session_id = fetcher_id(session);
    fetch->session_epoch = fetcher_epoch(session);
    return take_session(fetch, session);
}

/* A full fetch ends the session that it names. */
static enum kc_err begin(struct fetch *fetch)
{
    const struct fetch_request *request = fetch->call->message;
    struct fetcher_cache *cache = fetch->call->node->fetchers;
    struct fetcher *session = fetcher_get(cache, request->session_id);
    if (session) {
        fetcher_remove(cache, session);
    }
    fetch->begins_session = request->session_epoch == FETCHER_FIRST_EPOCH;
    return take_request(fetch);
}

enum kc_err fetch_create(struct call *call, struct fetch **ret_fetch)
{
    const struct fetch_request *request = call->message;
    struct fetch *fetch = call_alloc(call, 1, sizeof(*fetch));
    if (!fetch) {
        return KC_ERR_NO_MEMORY;
    }
    fetch->call = call;
    fetch->limit = fetch_limit(call);
    fetch->by_id = call->version >= FETCH_BY_ID_VERSION;
    bool is_full =
        request->session_epoch == FETCHER_FIRST_EPOCH || request->session_epoch == FETCHER_NO_EPOCH;
    enum kc_err err = is_full ? begin(fetch) : go_on(fetch);
    if (!err) {
        *ret_fetch = fetch;
    }
    return err;
}
