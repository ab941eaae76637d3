/* consumer: incremental fetches from one broker (KIP-227): the broker remembers what is fetched, a
 * request names only what changed since the last one, an answer only what has news. Pure. */
#ifndef CONSUMER_FETCH_SESSION_H
#define CONSUMER_FETCH_SESSION_H

#include "base/uuid.h"
#include "consumer/position.h"

enum { FETCH_SESSION_NONE = 0, FETCH_SESSION_EPOCH_FIRST = 0, FETCH_SESSION_EPOCH_FINAL = -1 };

/* A partition that the broker remembers and that is not fetched from it any more. */
struct fetch_gone {
    struct claim *claim; /* owned: its topic and partition */
    struct uuid topic_id;
};

struct fetch_session {
    uint64_t number; /* of this session among all of the consumer; positions note it */
    int32_t id;      /* the broker's; NONE: the next request is a full one */
    int32_t epoch;   /* of the next request */
    int32_t left_id; /* of a session given up: the next full request ends it at the broker; NONE */
    bool is_opening; /* a full request is under way: its answer may open a session */
    bool by_id;      /* topics are named by id in it */
    struct fetch_gone *gone;
    size_t gone_count;
    size_t gone_room;
};

/* What a request says of a partition. */
struct fetch_told {
    struct uuid topic_id;
    int64_t offset;
    int32_t last_epoch;    /* of the record before */
    int32_t current_epoch; /* of the leader */
};

/* Starts over: the next request is a full one. */
void fetch_session_reset(struct fetch_session *session, uint64_t number);

/* The session that the broker may still have of us; NONE. */
static inline int32_t fetch_session_at_broker(const struct fetch_session *session)
{
    return session->id != FETCH_SESSION_NONE ? session->id : session->left_id;
}
void fetch_session_finish(struct fetch_session *session);

/* Notes what the coming request is to know of the position; true when it has to say it. */
bool fetch_session_tell(struct fetch_session *session, struct position *position,
                        const struct fetch_told *told);

/* The position is not fetched in this session (any more). Out of memory starts over. */
void fetch_session_leave(struct fetch_session *session, struct position *position);

/* The request with all that is on its way: what is gone has been said. */
void fetch_session_sent(struct fetch_session *session);

/* The broker's answer to it carried this id; false: it keeps no session, the next is full again. */
bool fetch_session_on_answer(struct fetch_session *session, int32_t id);

#endif
