/* consumer: the inbox from one broker: the partitions fetched from it, one Fetch request in flight.
 * Building requests and taking answers apart are pure, for tests. */
#ifndef CONSUMER_SOURCE_H
#define CONSUMER_SOURCE_H

#include "cluster/cluster.h"
#include "consumer/fetch_session.h"
#include "consumer/fetched.h"
#include "consumer/position.h"

/* What one request asked of a partition. */
struct source_ask {
    struct position *position; /* NULL: not assigned any more */
    struct slice topic;        /* in the claim; valid as long as position */
    struct uuid topic_id;
    int32_t partition;
    uint32_t generation;
    int64_t offset;
    bool is_answered;
    bool is_said; /* the request names it; else the broker's session has it as it is */
};

struct source {
    struct list link;
    struct consumer *consumer;
    int32_t broker_id;
    struct list positions; /* in the order of their turn */
    struct cluster_request request;
    struct fetch_request message;
    struct arena arena; /* of message and asks */
    struct source_ask *asks;
    size_t ask_count;
    struct fetch_session session;
    bool is_full; /* the request under way is: every partition is answered */
    bool is_in_flight;
    bool is_old;         /* its Fetch does not tell of truncation: proof.c asks */
    bool is_unproven;    /* the request was not sent for that */
    bool knows_ids;      /* every topic asked for has an id: version 13 and up will do */
    size_t piece_bytes;  /* asked for at once, see source_piece */
    int32_t share_bytes; /* of it for each partition of the request under way */
    int64_t sent_us;
    int64_t retry_us;
    int64_t throttled_us; /* the broker asked for silence until then */
    int failures;
    enum kc_err last_err; /* of the last request as a whole */
};

/* NULL when memory is out. */
struct source *source_create(struct consumer *consumer, int32_t broker_id);
void source_destroy(struct source *source);
/* Destroys it with a word to the broker, which need not keep the session then. */
void source_end(struct source *source);

/* Moves the position to this source (NULL: to none). */
void source_adopt(struct source *source, struct position *position);

/* The position goes away: answers about it find nobody. */
void source_forget(struct source *source, struct position *position);

/* Whether more may be fetched of it; false notes that the budget is to wake us. */
bool source_has_room(const struct source *source, const struct position *position);

/* Sends a request if there is something to ask and none is under way. */
void source_drive(struct source *source, int64_t now_us);

/* How many bytes to ask for next, when so many were asked for, came, and took so long. Pure. */
size_t source_piece(size_t piece_bytes, size_t got_bytes, int64_t took_us);

/* Fills message and asks with what may be fetched now, at most `room` bytes of it; false when there
 * is nothing. */
bool source_build(struct source *source, size_t room, int64_t now_us);

/* What each of so many partitions may bring. Pure. */
int32_t source_share(const struct consumer_options *options, size_t piece_bytes, size_t count);

/* The request's done: takes the answer apart into news and positions. */
void source_on_answer(struct cluster_request *request, const struct conn_reply *reply);

/* Finds what was asked about a partition of the answer; each is found once: a partition that is
 * named twice, or that was not asked for, gives NULL. *hint speeds up answers in order: starts at
 * 0. */
struct source_ask *source_find(struct source *source, struct slice topic,
                               const struct uuid *topic_id, bool by_id, int32_t partition,
                               size_t *hint);

#endif
