/* consumer: finds offsets by time for any partitions. */
#include "consumer/offset_search.h"

#include "consumer/state.h"

#include <stdlib.h>

enum { SEARCH_PAUSE_US = 100000 };

/* What is known of one moment. */
enum search_state { SEARCH_OPEN, SEARCH_ASKED, SEARCH_TOLD };

struct offset_search {
    struct list link; /* of the consumer's */
    struct consumer *consumer;
    struct kc_moment *moments;
    enum search_state *states;
    size_t count;
    size_t open; /* not told */
    int64_t deadline_us;
    int64_t retry_us;
    void (*done)(void *context, enum kc_err err);
    void *context;
};

/* One request: which moments it asks, by topic. */
struct search_ask {
    struct offset_search *search;
    size_t *numbers;
    size_t count;
    struct list_offsets_request message;
};

static void search_end(struct offset_search *search, enum kc_err err)
{
    LIST_EACH_SAFE(node, &search->consumer->inquiries)
    {
        struct inquiry *inquiry = LIST_ITEM(node, struct inquiry, link);
        if (inquiry->owner == search) {
            inquiry_destroy(inquiry);
        }
    }
    for (size_t i = 0; i < search->count; i++) {
        cluster_unwant_topic(search->consumer->host.cluster, slice_text(search->moments[i].topic));
        if (search->states[i] != SEARCH_TOLD) {
            search->moments[i].err = err;
        } else if (!err) {
            err = search->moments[i].err;
        }
    }
    list_remove(&search->link);
    search->done(search->context, err);
    free(search->states);
    free(search);
}

void offset_search_start(struct consumer *consumer, struct kc_moment *moments, size_t count,
                         int64_t deadline_us, void (*done)(void *context, enum kc_err err),
                         void *context)
{
    struct offset_search *search = calloc(1, sizeof(*search));
    enum search_state *states = calloc(count + 1, sizeof(*states));
    size_t wanted = 0;

    while (search && states && wanted < count &&
           !cluster_want_topic(consumer->host.cluster, slice_text(moments[wanted].topic))) {
        wanted++;
    }
    if (!search || !states || wanted < count) {
        while (wanted > 0) {
            cluster_unwant_topic(consumer->host.cluster, slice_text(moments[--wanted].topic));
        }
        free(search);
        free(states);
        done(context, KC_ERR_NO_MEMORY);
        return;
    }
    search->consumer = consumer;
    search->moments = moments;
    search->states = states;
    search->count = search->open = count;
    search->deadline_us = deadline_us;
    search->retry_us = INT64_MIN;
    search->done = done;
    search->context = context;
    list_append(&consumer->searches, &search->link);
    consumer_drive_soon(consumer);
}

static void search_tell(struct offset_search *search, size_t number, enum kc_err err)
{
    search->states[number] = SEARCH_TOLD;
    search->moments[number].err = err;
    search->open--;
}

/* Errors that pass by themselves are asked again, with fresh metadata. */
static void search_refuse(struct offset_search *search, size_t number, enum kc_err err)
{
    bool passes = err <= KC_ERR_INVALID ? err != KC_ERR_UNSUPPORTED && err != KC_ERR_CLOSED
                                        : kc_err_is_retriable(err);

    if (!passes) {
        search_tell(search, number, err);
        return;
    }
    search->states[number] = SEARCH_OPEN;
    search->moments[number].err = err;
    search->retry_us = loop_now_us(search->consumer->host.loop) + SEARCH_PAUSE_US;
    cluster_refresh_metadata(search->consumer->host.cluster);
}

static size_t search_find(const struct search_ask *ask, struct slice topic, int32_t partition)
{
    for (size_t i = 0; i < ask->count; i++) {
        const struct kc_moment *moment = &ask->search->moments[ask->numbers[i]];
        if (moment->partition == partition && slice_is(topic, moment->topic) &&
            ask->search->states[ask->numbers[i]] == SEARCH_ASKED) {
            return ask->numbers[i];
        }
    }
    return SIZE_MAX;
}

static void search_take(struct search_ask *ask, const struct list_offsets_response *response)
{
    for (int32_t i = 0; i < response->topics.count; i++) {
        for (int32_t k = 0; k < response->topics.items[i].partitions.count; k++) {
            const struct list_offsets_response_list_offsets_partition_response *told =
                &response->topics.items[i].partitions.items[k];
            size_t number = search_find(ask, response->topics.items[i].name, told->partition_index);
            if (number == SIZE_MAX) {
                continue;
            }
            if (told->error_code) {
                search_refuse(ask->search, number, (enum kc_err)told->error_code);
                continue;
            }
            struct kc_moment *moment = &ask->search->moments[number];
            moment->offset = told->offset >= 0 ? told->offset : KC_OFFSET_NONE;
            moment->timestamp_ms = told->timestamp;
            moment->leader_epoch = told->leader_epoch;
            search_tell(ask->search, number, KC_ERR_NONE);
        }
    }
}

static bool search_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct search_ask *ask = inquiry->context;
    struct offset_search *search = ask->search;
    struct list_offsets_response response;
    struct arena arena;

    arena_init(&arena, 0);
    inquiry->owner = NULL;
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (!err) {
        search_take(ask, &response);
    }
    for (size_t i = 0; i < ask->count; i++) {
        if (search->states[ask->numbers[i]] == SEARCH_ASKED) {
            /* Left out of the answer, or there was none. */
            search_refuse(search, ask->numbers[i], err ? err : KC_ERR_UNKNOWN_SERVER_ERROR);
        }
    }
    arena_finish(&arena);
    if (search->open == 0) {
        search_end(search, KC_ERR_NONE);
    }
    return false;
}

/* The leader of a moment's partition; -1: not known (yet), and *ret_err why for good. */
static int32_t search_leader(const struct offset_search *search, size_t number, int32_t *ret_epoch,
                             enum kc_err *ret_err)
{
    const struct cluster *cluster = search->consumer->host.cluster;
    struct slice name = slice_text(search->moments[number].topic);
    const struct metadata_topic *topic = cluster_topic(cluster, name);
    const struct metadata_partition *partition =
        metadata_partition(cluster_metadata(cluster), name, search->moments[number].partition);

    *ret_err = KC_ERR_NONE;
    if (topic && topic->heard_us > 0 && !partition) {
        *ret_err = topic->err ? topic->err : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        if (kc_err_is_retriable(*ret_err) && *ret_err != KC_ERR_UNKNOWN_TOPIC_OR_PARTITION) {
            *ret_err = KC_ERR_NONE;
        }
    }
    *ret_epoch = partition ? partition->leader_epoch : -1;
    return partition ? partition->leader : -1;
}

static void search_put(struct search_ask *ask, size_t number, int32_t epoch,
                       struct list_offsets_request_list_offsets_partition *slots)
{
    struct kc_moment *moment = &ask->search->moments[number];
    struct list_offsets_request *message = &ask->message;
    struct list_offsets_request_list_offsets_topic *topic =
        &message->topics.items[message->topics.count++];

    /* A topic may stand there several times: brokers take that, and order is kept. */
    message_defaults(&list_offsets_request_list_offsets_topic_type, topic);
    topic->name = slice_text(moment->topic);
    topic->partitions.items = &slots[ask->count];
    topic->partitions.count = 1;
    message_defaults(&list_offsets_request_list_offsets_partition_type, &slots[ask->count]);
    slots[ask->count].partition_index = moment->partition;
    slots[ask->count].current_leader_epoch = epoch;
    slots[ask->count].timestamp = moment->timestamp_ms;
    ask->numbers[ask->count++] = number;
    ask->search->states[number] = SEARCH_ASKED;
}

/* A partition may stand in a request once: another time of it goes into the next. */
static bool search_has(const struct search_ask *ask, size_t number)
{
    const struct kc_moment *moments = ask->search->moments;

    for (size_t i = 0; i < ask->count; i++) {
        if (moments[ask->numbers[i]].partition == moments[number].partition &&
            strcmp(moments[ask->numbers[i]].topic, moments[number].topic) == 0) {
            return true;
        }
    }
    return false;
}

/* Asks one leader for all that is open with it. */
static bool search_send(struct offset_search *search, int32_t leader)
{
    struct inquiry *inquiry = inquiry_create(search->consumer, search_answer);
    struct arena *arena = inquiry ? &inquiry->arena : NULL;
    struct search_ask *ask = inquiry ? arena_alloc(arena, sizeof(*ask)) : NULL;
    struct list_offsets_request_list_offsets_partition *slots =
        ask ? arena_alloc_array(arena, search->count, sizeof(*slots)) : NULL;

    if (slots) {
        message_defaults(&list_offsets_request_type, &ask->message);
        ask->search = search;
        ask->numbers = arena_alloc_array(arena, search->count, sizeof(*ask->numbers));
        ask->message.topics.items =
            arena_alloc_array(arena, search->count, sizeof(*ask->message.topics.items));
    }
    if (!slots || !ask->numbers || !ask->message.topics.items) {
        inquiry_destroy(inquiry);
        return false;
    }
    ask->message.replica_id = -1;
    ask->message.isolation_level = search->consumer->options.read_committed;
    ask->message.timeout_ms = search->consumer->options.request_timeout_ms;
    for (size_t i = 0; i < search->count; i++) {
        enum kc_err err;
        int32_t epoch;
        if (search->states[i] == SEARCH_OPEN && !search_has(ask, i) &&
            search_leader(search, i, &epoch, &err) == leader) {
            search_put(ask, i, epoch, slots);
        }
    }
    inquiry->context = ask;
    inquiry->owner = search;
    inquiry->request.target = CLUSTER_BROKER;
    inquiry->request.use = CLUSTER_USE_GENERAL;
    inquiry->request.broker_id = leader;
    inquiry->request.api_key = API_LIST_OFFSETS;
    inquiry->request.message = &ask->message;
    inquiry_send(inquiry);
    return true;
}

static void search_drive(struct offset_search *search, int64_t now_us)
{
    bool waits = false;

    if (now_us >= search->deadline_us) {
        search_end(search, KC_ERR_TIMED_OUT);
        return;
    }
    for (size_t i = 0; i < search->count && search->retry_us <= now_us; i++) {
        enum kc_err err;
        int32_t epoch;
        if (search->states[i] != SEARCH_OPEN) {
            continue;
        }
        int32_t leader = search_leader(search, i, &epoch, &err);
        if (leader >= 0) {
            waits |= !search_send(search, leader);
        } else if (err) {
            search_tell(search, i, err);
        } else {
            waits = true;
        }
    }
    if (search->open == 0) {
        search_end(search, KC_ERR_NONE);
    } else if (waits) {
        search->retry_us = now_us + SEARCH_PAUSE_US;
        cluster_refresh_metadata(search->consumer->host.cluster);
    }
}

void offset_search_drive(struct consumer *consumer, int64_t now_us)
{
    LIST_EACH_SAFE(node, &consumer->searches)
    {
        search_drive(LIST_ITEM(node, struct offset_search, link), now_us);
    }
}

int64_t offset_search_next_us(const struct consumer *consumer)
{
    int64_t next = INT64_MAX;

    LIST_EACH(node, &consumer->searches)
    {
        const struct offset_search *search = LIST_ITEM(node, struct offset_search, link);
        next = MIN_OF(next, search->deadline_us);
        if (search->retry_us > loop_now_us(consumer->host.loop)) {
            next = MIN_OF(next, search->retry_us);
        }
    }
    return next;
}

void offset_search_abort(struct consumer *consumer)
{
    while (!list_is_empty(&consumer->searches)) {
        search_end(LIST_ITEM(consumer->searches.next, struct offset_search, link), KC_ERR_CLOSED);
    }
}
