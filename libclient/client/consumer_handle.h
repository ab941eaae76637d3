/* client: a consumer as the polling thread holds it. Everything is that thread's own, except what
 * is marked; the files api_consumer*.c share it. */
#ifndef CLIENT_CONSUMER_HANDLE_H
#define CLIENT_CONSUMER_HANDLE_H

#include "client/handle.h"
#include "client/inbox.h"
#include "client/plug.h"
#include "client/sieve.h"
#include "consumer/consumer.h"
#include "consumer/fetched.h"

enum consumer_mode { CONSUMER_FREE, CONSUMER_BY_HAND, CONSUMER_IN_GROUP };

struct kc_consumer {
    struct handle handle;
    struct consumer *core; /* I/O thread only */
    struct list counts;    /* I/O thread only: open questions for partition counts */
    struct budget *budget; /* shared */
    struct inbox inbox;    /* shared */
    bool has_inbox;
    _Atomic int64_t polled_us; /* shared: INT64_MAX while in poll */
    struct thread_task refill;
    struct thread_task release;
    struct assignor assignors[KC_ASSIGNORS_MAX]; /* the application's own; for the I/O thread */
    enum consumer_mode mode;
    struct list claims;        /* assigned now */
    struct list ready;         /* fetched data and errors, taken out of the inbox */
    struct list orders;        /* other news, which do not wait behind data */
    _Atomic uint64_t released; /* shared: the last revocation or loss that was handled */
    struct decompressor *decompressor;
    struct sieve *sieve; /* on_consume of interceptors; NULL: none */
    struct plug_decoder key;
    struct plug_decoder value;
    struct kc_batch *open; /* kc_consumer_poll_record is inside it */
    struct claim *last;    /* of the batch returned last; owned */
    struct kc_rebalance_listener listener;
    bool auto_commit;
    bool keeps_stored; /* enable.auto.offset.store=false: what is stored is committed */
    bool is_closing;   /* inside close */
    bool is_closed;
    bool is_rebalancing; /* inside a callback of the listener */
    int32_t records_max; /* of one poll */
    int64_t auto_commit_interval_us;
    int64_t auto_commit_us; /* the next is due */
    size_t commits_open;    /* asynchronous ones whose callback has not run */
};

/* KC_ERR_INVALID, KC_ERR_CLOSED, or KC_ERR_WRONG_STATE in this mode or inside a rebalance callback.
 */
enum kc_err consumer_handle_check_mode(const struct kc_consumer *consumer, enum consumer_mode wrong,
                                       struct kc_error *error);

/* The claim on a partition that is assigned now, or NULL. */
struct claim *consumer_handle_claim(struct kc_consumer *consumer, const char *topic,
                                    int32_t partition);

/* The same with its reason: KC_ERR_INVALID (no consumer or topic), KC_ERR_CLOSED,
 * KC_ERR_WRONG_STATE. */
enum kc_err consumer_handle_find(struct kc_consumer *consumer, const char *topic, int32_t partition,
                                 struct claim **ret_claim, struct kc_error *error);

/* Makes the claims the assignment; taken. */
void consumer_handle_install(struct kc_consumer *consumer, struct claim *const *claims,
                             size_t count);

/* One partition is not assigned any more. */
void consumer_handle_let_go(struct kc_consumer *consumer, struct claim *claim);

/* Takes what the I/O thread told out of the inbox; false when there was nothing. */
bool consumer_handle_receive(struct kc_consumer *consumer);

/* Makes the descriptor readable when something that was taken out waits for a poll. */
void consumer_handle_signal(struct kc_consumer *consumer);

/* Drops the assignment and all that was fetched for it. */
void consumer_handle_clear(struct kc_consumer *consumer);

/* After the I/O thread dropped an assignment: what it said of it before counts no more. */
void consumer_handle_purge(struct kc_consumer *consumer);

/* What the consumer knows for its statistics, and counting what arrives for them; I/O thread. */
void consumer_handle_gauge(struct handle *handle, struct statistics_gauges *ret_gauges);
void consumer_handle_count(struct kc_consumer *consumer, const struct list *items);
void consumer_handle_committed(void *context, const struct kc_position *positions, size_t count);

/* Gives an item's bytes back and frees it. */
void consumer_handle_discard(struct kc_consumer *consumer, struct news *news);

/* The positions after all that polls returned, as the public list; NULL when memory is out. With
 * only_new: those that auto commit has not sent yet, which then count as sent. */
struct kc_positions *consumer_handle_positions(struct kc_consumer *consumer, bool only_new);

/* Sends what auto commit is to send; waits for it when timeout_ms is above 0. */
enum kc_err consumer_handle_auto_commit(struct kc_consumer *consumer, int timeout_ms);

/* Commits positions of partitions that are held (commit.h), and waits. */
enum kc_err consumer_handle_commit_held(struct kc_consumer *consumer,
                                        const struct kc_positions *positions, int timeout_ms,
                                        struct kc_error *error);

/* Queues a commit whose callback (may be NULL) runs in a later poll or close. */
enum kc_err consumer_handle_commit_async(struct kc_consumer *consumer,
                                         const struct kc_position *positions, size_t count,
                                         kc_commit_callback *callback, void *context);

/* Runs the listener's callback `which` (assigned, revoked or lost; may be NULL) about all that is
 * assigned. */
void consumer_handle_listen(struct kc_consumer *consumer,
                            void (*which)(void *, struct kc_consumer *, const struct kc_partition *,
                                          size_t));

/* Handles one item that is not fetched data: true when poll must return (error filled). */
bool consumer_handle_news(struct kc_consumer *consumer, struct news *news, struct kc_error *error);

/* Reads on from offset on both sides; what was fetched before is stale. */
void consumer_handle_seek(struct kc_consumer *consumer, struct claim *claim, int64_t offset,
                          int32_t leader_epoch, bool delay);

/* What was fetched of it before is stale, its position unknown. */
void consumer_handle_forget_fetched(struct kc_consumer *consumer, struct claim *claim);

/* Tells what the group took before, which waits in the queue for polls that do not come any more:
 * with only_lost when some of it was lost, so that only the rest is given back. */
void consumer_handle_tell_taken(struct kc_consumer *consumer, bool only_lost);

/* Runs on the I/O thread when the consumer ends: open questions for partition counts. */
void consumer_handle_end_counts(struct kc_consumer *consumer);

#endif
