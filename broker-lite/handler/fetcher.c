/* handler: fetchers, as Kafka's FetchSessionCache keeps them. */
#include "handler/fetcher.h"

#include "base/bytes.h"
#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"

#include <stdlib.h>

enum {
    PART_OVERHEAD = 2 * sizeof(struct map_slot) + 16, /* a map half empty, and malloc's own */
    TOPIC_SIZE_MAX = 249,                             /* no topic has a longer name */
    KEY_SIZE_MAX = TOPIC_SIZE_MAX + 4,
    KEY_SIZE_BY_ID = sizeof(struct uuid) + 4
};

/* One partition of a session. */
struct session_part {
    struct list link;
    struct fetcher_want want; /* topic points into key */
    int64_t high_watermark;   /* as told last; -1: tell it anew */
    int64_t log_start_offset;
    size_t key_size;
    uint8_t key[]; /* partition, then topic id or name */
};

struct fetcher {
    struct list link;      /* least recently used first */
    struct heap_node node; /* in `evictable`, by size */
    int64_t id;
    int32_t epoch;
    bool by_id;
    int64_t created_ms;
    int64_t used_ms;
    size_t bytes;
    struct map parts;
    struct list order;
};

struct fetcher_cache {
    struct fetcher_options options;
    struct map by_id;
    struct list used;
    struct heap evictable;
    size_t bytes;
};

struct fetcher_cache *fetcher_cache_create(const struct fetcher_options *options)
{
    struct fetcher_cache *cache = calloc(1, sizeof(*cache));
    if (cache) {
        cache->options = *options;
        map_init(&cache->by_id, random_next(options->random));
        list_init(&cache->used);
        heap_init(&cache->evictable);
    }
    return cache;
}

void fetcher_cache_destroy(struct fetcher_cache *cache)
{
    if (!cache) {
        return;
    }
    while (!list_is_empty(&cache->used)) {
        fetcher_remove(cache, LIST_ITEM(list_first(&cache->used), struct fetcher, link));
    }
    map_finish(&cache->by_id);
    heap_finish(&cache->evictable);
    free(cache);
}

size_t fetcher_count(const struct fetcher_cache *cache)
{
    return cache->by_id.count;
}

/* ---- room ---- */

/* Of a partition by id; one by name takes a little more or less. */
static bool fits(size_t count, size_t bytes)
{
    return count < bytes / (sizeof(struct session_part) + KEY_SIZE_BY_ID + PART_OVERHEAD);
}

static bool has_room(const struct fetcher_cache *cache, size_t count)
{
    return cache->by_id.count < cache->options.count_max &&
           fits(count, cache->options.bytes_max - cache->bytes);
}

/* Somebody who makes way for a session of so many partitions; NULL: nobody. */
static struct fetcher *find_victim(const struct fetcher_cache *cache, size_t count, int64_t now_ms)
{
    struct list *link = list_first(&cache->used);
    struct fetcher *oldest = link ? LIST_ITEM(link, struct fetcher, link) : NULL;
    struct heap_node *smallest = heap_first(&cache->evictable);
    if (oldest && now_ms - oldest->used_ms > cache->options.stale_ms) {
        return oldest;
    }
    return smallest && smallest->key < (int64_t)count ? CONTAINER_OF(smallest, struct fetcher, node)
                                                      : NULL;
}

static int64_t new_id(const struct fetcher_cache *cache)
{
    int64_t id;
    do {
        id = 1 + (int64_t)random_below(cache->options.random, INT32_MAX);
    } while (map_get(&cache->by_id, map_key_of(&id)));
    return id;
}

struct fetcher *fetcher_create(struct fetcher_cache *cache, bool by_id, size_t count,
                               int64_t now_ms)
{
    /* One that can never fit drives nobody out. */
    if (!fits(count, cache->options.bytes_max)) {
        return NULL;
    }
    while (!has_room(cache, count)) {
        struct fetcher *victim = find_victim(cache, count, now_ms);
        if (!victim) {
            return NULL;
        }
        fetcher_remove(cache, victim);
    }
    struct fetcher *session = calloc(1, sizeof(*session));
    if (!session) {
        return NULL;
    }
    session->id = new_id(cache);
    session->epoch = 1;
    session->by_id = by_id;
    session->created_ms = now_ms;
    session->used_ms = now_ms;
    session->bytes = sizeof(*session);
    map_init(&session->parts, random_next(cache->options.random));
    list_init(&session->order);
    if (!map_put(&cache->by_id, map_key_of(&session->id), session, NULL)) {
        free(session);
        return NULL;
    }
    cache->bytes += session->bytes;
    list_append(&cache->used, &session->link);
    return session;
}

void fetcher_remove(struct fetcher_cache *cache, struct fetcher *session)
{
    (void)map_remove(&cache->by_id, map_key_of(&session->id));
    heap_remove(&cache->evictable, &session->node);
    list_remove(&session->link);
    cache->bytes -= session->bytes;
    map_finish(&session->parts);
    while (!list_is_empty(&session->order)) {
        struct list *link = list_first(&session->order);
        list_remove(link);
        free(LIST_ITEM(link, struct session_part, link));
    }
    free(session);
}

/* ---- finding ---- */

struct fetcher *fetcher_get(const struct fetcher_cache *cache, int32_t id)
{
    int64_t key = id;
    return map_get(&cache->by_id, map_key_of(&key));
}

enum kc_err fetcher_find(const struct fetcher_cache *cache, int32_t id, int32_t epoch, bool by_id,
                         struct fetcher **ret_session)
{
    struct fetcher *session = fetcher_get(cache, id);
    if (!session) {
        return KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
    }
    if (session->epoch != epoch) {
        return KC_ERR_INVALID_FETCH_SESSION_EPOCH;
    }
    if (session->by_id != by_id) {
        return KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR;
    }
    *ret_session = session;
    return KC_ERR_NONE;
}

void fetcher_touch(struct fetcher_cache *cache, struct fetcher *session, int64_t now_ms)
{
    session->epoch = session->epoch == INT32_MAX ? 1 : session->epoch + 1;
    session->used_ms = now_ms;
    list_remove(&session->link);
    list_append(&cache->used, &session->link);
    /* Without memory for it the session is only safer from the others. */
    heap_remove(&cache->evictable, &session->node);
    if (now_ms - session->created_ms > cache->options.stale_ms) {
        (void)heap_insert(&cache->evictable, &session->node, (int64_t)session->parts.count);
    }
}

int32_t fetcher_id(const struct fetcher *session)
{
    return (int32_t)session->id;
}

int32_t fetcher_epoch(const struct fetcher *session)
{
    return session->epoch;
}

size_t fetcher_size(const struct fetcher *session)
{
    return session->parts.count;
}

void fetcher_wants(const struct fetcher *session, struct fetcher_want *ret_wants)
{
    size_t count = 0;
    LIST_EACH(link, &session->order)
    {
        ret_wants[count++] = LIST_ITEM(link, struct session_part, link)->want;
    }
}

/* ---- partitions ---- */

/* The slice points into the buffer; empty when no topic can have the name. */
static struct slice key_of(const struct fetcher *session, const struct fetcher_want *want,
                           uint8_t buffer[KEY_SIZE_MAX])
{
    struct slice topic =
        session->by_id ? slice_of(want->topic_id.bytes, sizeof(want->topic_id.bytes)) : want->topic;
    if (topic.size > TOPIC_SIZE_MAX) {
        return SLICE_EMPTY;
    }
    store_u32(buffer, (uint32_t)want->partition);
    if (topic.size > 0) {
        memcpy(buffer + 4, topic.data, topic.size);
    }
    return slice_of(buffer, topic.size + 4);
}

static struct session_part *find_part(const struct fetcher *session,
                                      const struct fetcher_want *want)
{
    uint8_t buffer[KEY_SIZE_MAX];
    return map_get(&session->parts, key_of(session, want, buffer));
}

static size_t part_bytes(const struct session_part *part)
{
    return sizeof(*part) + part->key_size + PART_OVERHEAD;
}

static void ask(struct session_part *part, const struct fetcher_want *want)
{
    struct slice topic = part->want.topic;
    part->want = *want;
    part->want.topic = topic;
}

static struct session_part *add_part(struct fetcher *session, struct slice key)
{
    struct session_part *part = calloc(1, sizeof(*part) + key.size);
    if (!part) {
        return NULL;
    }
    part->key_size = key.size;
    memcpy(part->key, key.data, key.size);
    part->high_watermark = -1;
    part->log_start_offset = -1;
    if (!map_put(&session->parts, slice_of(part->key, key.size), part, NULL)) {
        free(part);
        return NULL;
    }
    part->want.topic = session->by_id ? SLICE_EMPTY : slice_of(part->key + 4, key.size - 4);
    list_append(&session->order, &part->link);
    return part;
}

bool fetcher_put(struct fetcher_cache *cache, struct fetcher *session,
                 const struct fetcher_want *want)
{
    uint8_t buffer[KEY_SIZE_MAX];
    struct slice key = key_of(session, want, buffer);
    struct session_part *part = map_get(&session->parts, key);
    if (!part) {
        size_t bytes = sizeof(*part) + key.size + PART_OVERHEAD;
        bool has_place = key.size > 0 && cache->bytes + bytes <= cache->options.bytes_max;
        part = has_place ? add_part(session, key) : NULL;
        if (!part) {
            return false;
        }
        session->bytes += bytes;
        cache->bytes += bytes;
    }
    ask(part, want);
    return true;
}

void fetcher_forget(struct fetcher_cache *cache, struct fetcher *session,
                    const struct fetcher_want *want)
{
    struct session_part *part = find_part(session, want);
    if (!part) {
        return;
    }
    (void)map_remove(&session->parts, slice_of(part->key, part->key_size));
    list_remove(&part->link);
    session->bytes -= part_bytes(part);
    cache->bytes -= part_bytes(part);
    free(part);
}

bool fetcher_see(struct fetcher *session, const struct fetcher_want *want,
                 const struct fetcher_seen *seen)
{
    struct session_part *part = find_part(session, want);
    if (!part) {
        return false;
    }
    bool is_news = seen->has_records || seen->has_error ||
                   part->high_watermark != seen->high_watermark ||
                   part->log_start_offset != seen->log_start_offset;
    /* An error is told each time, and its end, too. */
    part->high_watermark = seen->has_error ? -1 : seen->high_watermark;
    part->log_start_offset = seen->log_start_offset;
    if (seen->has_records) {
        list_remove(&part->link);
        list_append(&session->order, &part->link);
    }
    return is_news;
}
