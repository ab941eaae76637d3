/* handler: fetchers, that is fetch sessions (KIP-227): what a consumer fetches is remembered, so
 * that its requests name only what changes and the answers hold only what has changed. Pure: the
 * time comes in. Owner thread. Partitions are told apart by topic id, or by name in sessions of
 * versions below 13. */
#ifndef HANDLER_FETCHER_H
#define HANDLER_FETCHER_H

#include "base/random.h"
#include "base/slice.h"
#include "base/uuid.h"

#include <libclient/error.h>

struct fetcher;
struct fetcher_cache;

/* A request's session epoch that asks for all that it names: to begin a session, or without one. */
enum { FETCHER_FIRST_EPOCH = 0, FETCHER_NO_EPOCH = -1 };

/* What is asked of one partition. */
struct fetcher_want {
    struct slice topic;   /* empty when topics come by id */
    struct uuid topic_id; /* zero when they come by name */
    int32_t partition;
    int32_t leader_epoch; /* -1: not known */
    int32_t bytes_max;
    int64_t offset;
};

/* What an answer told of one partition. */
struct fetcher_seen {
    int64_t high_watermark;
    int64_t log_start_offset;
    bool has_records;
    bool has_error;
};

struct fetcher_options {
    size_t count_max;      /* max.incremental.fetch.session.cache.slots */
    size_t bytes_max;      /* memory of all sessions; one that does not fit is not made */
    int64_t stale_ms;      /* unused for longer: any new session may take its place */
    struct random *random; /* for ids */
};

/* NULL when memory is out. NULL is fine for destroy. */
struct fetcher_cache *fetcher_cache_create(const struct fetcher_options *options);
void fetcher_cache_destroy(struct fetcher_cache *cache);
size_t fetcher_count(const struct fetcher_cache *cache);

/* A new session, to be given `count` partitions by fetcher_put; its next request has epoch 1.
 * Without room one that is stale goes, else the smallest that was used again when older than
 * stale_ms, if that has fewer partitions. NULL: no room, or no memory; the client then does
 * without. */
struct fetcher *fetcher_create(struct fetcher_cache *cache, bool by_id, size_t count,
                               int64_t now_ms);
void fetcher_remove(struct fetcher_cache *cache, struct fetcher *session);

/* The session of an incremental request. KC_ERR_FETCH_SESSION_ID_NOT_FOUND,
 * KC_ERR_INVALID_FETCH_SESSION_EPOCH, KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR (begun by names, goes on
 * by ids, or the other way). */
enum kc_err fetcher_find(const struct fetcher_cache *cache, int32_t id, int32_t epoch, bool by_id,
                         struct fetcher **ret_session);

/* NULL: there is none. */
struct fetcher *fetcher_get(const struct fetcher_cache *cache, int32_t id);

/* A request was taken: the next one has the next epoch. */
void fetcher_touch(struct fetcher_cache *cache, struct fetcher *session, int64_t now_ms);

/* Adds a partition at the end, or changes what is asked of it. Copies. False: no memory, or past
 * the cache's. */
bool fetcher_put(struct fetcher_cache *cache, struct fetcher *session,
                 const struct fetcher_want *want);
/* Only the names in want count. Nothing when it is not there. */
void fetcher_forget(struct fetcher_cache *cache, struct fetcher *session,
                    const struct fetcher_want *want);

/* Is there anything new to tell of the partition? Remembers it as told. A partition with records
 * goes to the end, so that the next answer begins with others. */
bool fetcher_see(struct fetcher *session, const struct fetcher_want *want,
                 const struct fetcher_seen *seen);

int32_t fetcher_id(const struct fetcher *session);
int32_t fetcher_epoch(const struct fetcher *session); /* of the next request */
size_t fetcher_size(const struct fetcher *session);   /* partitions */

/* Copies what is asked of all partitions, in the order of the answer; wants has room for
 * fetcher_size. Topics point into the session: good until it changes. */
void fetcher_wants(const struct fetcher *session, struct fetcher_want *ret_wants);

#endif
