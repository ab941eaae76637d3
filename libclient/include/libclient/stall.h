/* libclient: why a consumer has nothing to return, and how to wait for it in an event loop. */
#ifndef LIBCLIENT_STALL_H
#define LIBCLIENT_STALL_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kc_stall_reason {
    KC_STALL_NONE,        /* records are here, or on their way */
    KC_STALL_PAUSED,      /* kc_consumer_pause */
    KC_STALL_POSITION,    /* where to begin is being asked: of the group or of the leader */
    KC_STALL_NEEDS_SEEK,  /* an error that only a seek ends: auto.offset.reset=none, truncation */
    KC_STALL_LEADER,      /* no leader is known */
    KC_STALL_UNREACHABLE, /* its broker cannot be reached */
    KC_STALL_ERROR,       /* the broker refused: not authorized, no such partition, ... */
    KC_STALL_THROTTLED,   /* the broker asked us to wait (quotas) */
    KC_STALL_NO_ROOM,     /* prefetched records of other partitions fill the budget
                             (queued.max.messages.kbytes), or of this one its share */
    KC_STALL_END          /* everything that is visible was read */
};

struct kc_stall {
    enum kc_stall_reason reason;
    enum kc_err err;    /* KC_STALL_ERROR, _UNREACHABLE, _NEEDS_SEEK: what was the matter last */
    int32_t broker_id;  /* that it is fetched from; -1: none */
    int64_t offset;     /* the next to be fetched; -1: unknown */
    int64_t end_offset; /* as the last fetch saw it; -1: unknown */
    char text[256];     /* the same as a sentence: "t-0: paused" */
};

/* What keeps an assigned partition from bringing records now. Never waits for the network.
 * KC_ERR_WRONG_STATE when it is not assigned. In the thread that polls. */
enum kc_err kc_consumer_stall(struct kc_consumer *consumer, const char *topic, int32_t partition,
                              struct kc_stall *ret_stall, struct kc_error *error);

/* A file descriptor that is readable when kc_consumer_poll with timeout 0 has something to do
 * (records, an error, a rebalance, callbacks of commits); for poll, epoll and event loops. Poll
 * until it returns nothing, and in any case every max.poll.interval.ms and auto.commit.interval.ms.
 * Do not read, write or close it: it is the consumer's, until kc_consumer_destroy. -1 with `error`
 * filled when the system has none left. In the thread that polls; the first call makes it. */
int kc_consumer_fd(struct kc_consumer *consumer, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
