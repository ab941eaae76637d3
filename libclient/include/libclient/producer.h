/* libclient: the producer. Records in, every one reported exactly once. */
#ifndef LIBCLIENT_PRODUCER_H
#define LIBCLIENT_PRODUCER_H

#include <libclient/config.h>
#include <libclient/record.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_producer;

/* Makes a producer; the connection is opened in the background. NULL with `error` filled
 * (KC_ERR_INVALID, KC_ERR_RESOLVE when no host of bootstrap.servers resolves, KC_ERR_NO_MEMORY).
 * All functions of a producer may be called from any thread. In a child process after fork() the
 * parent's handles must not be used, nor destroyed: make new ones there. */
struct kc_producer *kc_producer_create(const struct kc_config *config, struct kc_error *error);

/* Gives up what is not delivered (each record is reported KC_ERR_PURGED or KC_ERR_MAYBE_WRITTEN)
 * and frees the handle. NULL is fine. Call kc_producer_close before to wait. Called in a callback
 * it only takes no more records, and does the rest when the callback has returned. */
void kc_producer_destroy(struct kc_producer *producer);

enum kc_delivery_status {
    KC_NOT_WRITTEN,   /* certainly not in the log */
    KC_MAYBE_WRITTEN, /* sent, but no answer: unknown */
    KC_WRITTEN        /* acknowledged as acks asks (acks=0: handed to the socket; offset is -1) */
};

/* What became of one record. */
struct kc_delivery {
    enum kc_err err; /* KC_ERR_OTHER_RECORD_INVALID: may be sent again, without the bad one */
    enum kc_delivery_status status;
    const char *topic;    /* valid during the callback; in a kc_future as long as that */
    int32_t partition;    /* -1 when none was chosen */
    int64_t offset;       /* -1 unknown */
    int64_t timestamp_ms; /* of the record, or the broker's with LogAppendTime */
};

/* Runs once per record, on the library's I/O thread: be quick, never wait; it may send but not
 * flush or close. */
typedef void kc_delivery_callback(void *context, const struct kc_delivery *delivery);

/* What became of a run of records of one partition, which were sent one behind the other. */
struct kc_batch_delivery {
    enum kc_err err;
    enum kc_delivery_status status;
    const char *topic; /* valid during the callback, as contexts is */
    int32_t partition;
    int64_t base_offset;    /* of the first record, the others follow by one; -1 unknown */
    int64_t append_time_ms; /* the broker's, of all records, with LogAppendTime; else -1: each
                               record keeps its own */
    size_t count;           /* of records, at least 1 */
    void *const *contexts;  /* count of them, in the order of sending; NULL: all are NULL */
};

/* As kc_delivery_callback, once for many records: much cheaper. */
typedef void kc_batch_delivery_callback(void *context, const struct kc_batch_delivery *delivery);

/* Producers made of this config report records that are sent with a NULL callback here; each of
 * them is in exactly one report, and records with a callback are in none. NULL: nobody hears of
 * them. context is kept, not owned. */
void kc_config_set_batch_delivery(struct kc_config *config, kc_batch_delivery_callback *callback,
                                  void *context);

/* Copies the record into the open batch of its partition and returns. Waits up to max.block.ms for
 * metadata of a new topic and for room in buffer.memory. On an error return the record was not
 * taken and callback will not run: KC_ERR_INVALID, KC_ERR_TOO_LARGE (the text names
 * max.request.size), KC_ERR_QUEUE_FULL, KC_ERR_TIMED_OUT (metadata),
 * KC_ERR_INVALID_TOPIC_EXCEPTION, KC_ERR_TOPIC_AUTHORIZATION_FAILED, KC_ERR_CLOSED, or the fatal
 * error of the producer. callback may be NULL. Inside a delivery callback it never waits, as
 * kc_producer_try_send. */
enum kc_err kc_producer_send(struct kc_producer *producer, const struct kc_record *record,
                             kc_delivery_callback *callback, void *context, struct kc_error *error);

/* The same, without waiting: KC_ERR_WOULD_BLOCK when metadata is missing (its fetch is started),
 * KC_ERR_QUEUE_FULL when the buffer is. */
enum kc_err kc_producer_try_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context,
                                 struct kc_error *error);

/* Sends records in order, as kc_producer_send does each, and stops at the first that cannot be
 * taken: *ret_taken (which is set even then) tells how many were, so records[*ret_taken] is the
 * first that was not; the error is its own, and the text names it. What is taken stays taken.
 * Cheaper than single sends: a run of records for one partition is taken under one lock, and
 * records without timestamp get that of the start of their run (of at most 256, some microseconds).
 * Each record has contexts[i], or `context` when contexts is NULL. max.block.ms limits the waiting
 * of the whole call. KC_ERR_INVALID without producer, records or ret_taken (which then stays as it
 * is). */
enum kc_err kc_producer_send_many(struct kc_producer *producer, const struct kc_record *records,
                                  size_t count, kc_delivery_callback *callback, void *context,
                                  void *const *contexts, size_t *ret_taken, struct kc_error *error);

/* The same, without waiting, as kc_producer_try_send. */
enum kc_err kc_producer_try_send_many(struct kc_producer *producer, const struct kc_record *records,
                                      size_t count, kc_delivery_callback *callback, void *context,
                                      void *const *contexts, size_t *ret_taken,
                                      struct kc_error *error);

/* Sends and waits for the answer, at most timeout_ms (-1: as long as delivery.timeout.ms lasts).
 * ret_delivery may be NULL; its topic is record->topic. KC_ERR_TIMED_OUT says nothing of the
 * record's fate: it stays under way. */
enum kc_err kc_producer_send_sync(struct kc_producer *producer, const struct kc_record *record,
                                  int timeout_ms, struct kc_delivery *ret_delivery,
                                  struct kc_error *error);

/* A record's fate to be waited for. */
struct kc_future;

/* As kc_producer_send; *ret_future is the caller's to destroy, waited for or not. */
enum kc_err kc_producer_send_future(struct kc_producer *producer, const struct kc_record *record,
                                    struct kc_future **ret_future, struct kc_error *error);

/* Waits at most timeout_ms (-1: without limit; 0: just looks). KC_ERR_TIMED_OUT when still open,
 * else the delivery's err; KC_ERR_WRONG_STATE when it is open and the caller is a callback of the
 * library's I/O thread, which would wait for itself. ret_delivery may be NULL. */
enum kc_err kc_future_wait(struct kc_future *future, int timeout_ms,
                           struct kc_delivery *ret_delivery);
void kc_future_destroy(struct kc_future *future);

/* Sends all that is buffered at once and waits until every record taken before the call is
 * reported, callbacks included. KC_ERR_TIMED_OUT after timeout_ms (-1: none). */
enum kc_err kc_producer_flush(struct kc_producer *producer, int timeout_ms, struct kc_error *error);

enum { KC_PURGE_QUEUED = 1, KC_PURGE_IN_FLIGHT = 2 };

/* Gives up records taken before the call: those that wait (QUEUED), those in requests (IN_FLIGHT;
 * the requests themselves go on, and their memory stays in use until they end), or both. Each is
 * reported with KC_ERR_PURGED: KC_NOT_WRITTEN, or KC_MAYBE_WRITTEN if it was ever sent. The
 * producer goes on: no sequence number is lost, what is sent later stays in order. Returns when all
 * of them are reported; *ret_count (may be NULL) tells how many. timeout_ms -1: no limit; 0:
 * returns at once, does its work soon and tells no count (the only form allowed in a callback).
 * KC_ERR_TIMED_OUT, KC_ERR_INVALID, KC_ERR_WRONG_STATE, KC_ERR_NO_MEMORY. */
enum kc_err kc_producer_purge(struct kc_producer *producer, unsigned what, int timeout_ms,
                              size_t *ret_count, struct kc_error *error);

/* Refuses new records, aborts a transaction that is open, flushes, then gives up the rest (reported
 * as such): all within timeout_ms (-1: no limit). What another thread is sending meanwhile is taken
 * and flushed, or KC_ERR_CLOSED. The handle still must be destroyed. KC_ERR_TIMED_OUT when records
 * were given up, KC_ERR_WRONG_STATE in a callback. */
enum kc_err kc_producer_close(struct kc_producer *producer, int timeout_ms, struct kc_error *error);

/* Partitions of a topic, waiting for metadata at most timeout_ms. */
enum kc_err kc_producer_partition_count(struct kc_producer *producer, const char *topic,
                                        int timeout_ms, int32_t *ret_count, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
