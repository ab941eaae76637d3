/* producer: records in, Produce requests out. Senders (any thread) put records into partitions'
 * buffers; everything else happens on the loop's thread, which the owner drives through a port: no
 * socket, no thread and no clock of its own. */
#ifndef PRODUCER_PRODUCER_H
#define PRODUCER_PRODUCER_H

#include "base/clock.h"
#include "base/heap.h"
#include "base/trace.h"
#include "cluster/metadata.h"
#include "cluster/retry.h"
#include "producer/bundle_pool.h"
#include "producer/compressor_shelf.h"
#include "producer/producer_topic.h"
#include "producer/transaction.h"

#include <libclient/partitioner.h>

struct exchange;

struct producer_settings {
    int16_t acks; /* -1, 0, 1 */
    bool is_idempotent;
    enum partitioner_kind partitioner;
    bool ignores_keys; /* partitioner.ignore.keys */
    bool is_adaptive;  /* partitioner.adaptive.partitioning.enable */
    int64_t availability_timeout_us;
    kc_partitioner *custom; /* asked first; NULL: none */
    void *custom_context;
    struct bundle_listener listener;
    struct slice transactional_id; /* null: none; borrowed */
    int64_t linger_us;
    int64_t delivery_timeout_us;
    int32_t request_timeout_ms;
    int retry_count_max;
    struct retry_policy retry;
    size_t in_flight_max;    /* requests to one broker */
    size_t request_size_max; /* max.request.size */
    size_t batch_size;
    size_t batch_size_max; /* batches grow up to here while the broker is slower than the senders;
                              batch_size: never */
    size_t memory_max;     /* buffer.memory */
    enum compression codec;
    int level;
};

/* How the producer reaches the world. All but the first two are called on the loop's thread. */
struct producer_port {
    void *context;
    /* Any thread: producer_run shall be called soon. */
    void (*wake)(void *context);
    /* Any thread: whether this thread may wait for the loop. */
    bool (*may_wait)(void *context);
    /* producer_run shall be called at this time; INT64_MAX: no more. */
    void (*schedule)(void *context, int64_t at_us);
    int64_t (*now_us)(void *context);
    /* True when the broker takes a request now; else producer_run is called when it does. */
    bool (*is_ready)(void *context, int32_t broker_id);
    /* Sends the exchange's request. After KC_ERR_NONE: exchange_answer once and exchange_release
     * once, in any order; with acks=0 maybe before this returns. */
    enum kc_err (*send)(void *context, int32_t broker_id, struct exchange *exchange);
    /* Metadata of the topic is wanted from now on; producer_learn tells it. */
    enum kc_err (*want_topic)(void *context, struct slice name);
    void (*refresh)(void *context);
    /* KIP-951; the port tells producer_learn what came of it. */
    void (*hint_broker)(void *context, const struct produce_response_node_endpoint *node);
    void (*hint_leader)(void *context, struct slice topic, int32_t partition, int32_t leader,
                        int32_t leader_epoch);
    void (*throttle)(void *context, int32_t broker_id, int32_t throttle_ms);
    /* May be NULL. Why the broker lets nobody in (its login is refused, ..); 0: it does, or it is
     * not known. broker_id below 0: the same of all of them. */
    enum kc_err (*refusal)(void *context, int32_t broker_id);
    /* For statistics, may be NULL: a bundle goes out; its records are about to be reported. */
    void (*on_sent)(void *context, int32_t broker_id, const struct bundle *bundle, int64_t now_us);
    void (*on_ended)(void *context, const struct bundle *bundle, enum kc_delivery_status status);
    /* InitProducerId; producer_identify once, later. */
    void (*ask_identity)(void *context);
    /* Sends the transaction's request; producer_transacted once, later. */
    void (*transact)(void *context, enum transaction_call call);
};

/* A flush that waits: the bundles it waits for carry its id. */
struct producer_ticket {
    struct list link;
    uint64_t id;
    size_t open_count;
    /* All are reported. The ticket is the caller's again. */
    void (*done)(struct producer_ticket *ticket);
    void *context;
};

/* A wish to give records up: the bundles that it dooms point at it. */
struct producer_purge {
    size_t open_count;   /* bundles not reported yet */
    size_t record_count; /* given up, once done */
    /* All are reported. The purge is the caller's again. */
    void (*done)(struct producer_purge *purge);
};

struct producer {
    struct producer_settings settings;
    struct producer_port port;
    const struct trace *trace;
    const struct clock *clock; /* of senders: record timestamps and waiting */
    struct bundle_pool pool;
    struct compressor_shelf compressors;
    struct topic_table topics;
    atomic_bool is_closed; /* takes no records any more */
    atomic_int fatal;      /* the error that ended the producer; 0: none */
    atomic_int denial;     /* why brokers let nobody in; 0: they do */
    atomic_bool lingers;   /* open bundles may be waiting for linger.ms */
    atomic_bool has_new_topics;
    atomic_bool wants_refresh;

    struct lock news_lock;
    struct list news; /* under news_lock: buffers that senders tell of */
    struct lock topic_lock;
    struct signal topic_signal; /* metadata was learnt, or the producer closed */

    struct list active; /* the loop's from here on */
    struct list sinks;
    struct heap timers;
    struct random random;
    int64_t trim_at_us; /* memory that nobody needs is freed then */
    int64_t expiry_us;  /* no bundle is older than delivery.timeout.ms before then */
    struct sequence_identity identity;
    int64_t identity_count; /* that it was given so far */
    bool is_identity_asked;
    struct transaction transaction;
    bool is_aborted;
    bool is_starved;     /* no memory for a request: nothing else may wake the producer */
    struct list tickets; /* oldest first */
    uint64_t ticket_next;
    struct list spares; /* exchanges to use again */
    size_t spare_count;
    size_t exchange_count; /* sent, and not both answered and released */
};

/* NULL when memory is out. trace and clock are borrowed. */
struct producer *producer_create(const struct producer_settings *settings,
                                 const struct producer_port *port, const struct trace *trace,
                                 const struct clock *clock, uint64_t seed);

/* After producer_abort, and after all exchanges were answered and released. */
void producer_destroy(struct producer *producer);

/* The loop's turn: news, timers, sending. */
void producer_run(struct producer *producer);

/* Metadata told of a topic (NULL: nothing of it). Unknown names are not ours: ignored. */
void producer_learn(struct producer *producer, const struct metadata_topic *topic);

/* Brokers refuse this client's login, or do so no more (err 0): whoever waits for metadata is told,
 * since waiting does not mend it. */
void producer_deny(struct producer *producer, enum kc_err err);

/* The answer to ask_identity. A fatal error ends the producer: everything is reported with it. */
void producer_identify(struct producer *producer, enum kc_err err,
                       struct sequence_identity identity);

/* The answer to `transact`. True: the port must forget who coordinates. */
bool producer_transacted(struct producer *producer, const struct transaction_answer *answer);

/* Sends what is buffered without lingering; ticket->done when all of it is reported (maybe before
 * this returns). */
void producer_flush(struct producer *producer, struct producer_ticket *ticket);

/* Reports what waits (KC_PURGE_QUEUED) and what is in requests (KC_PURGE_IN_FLIGHT) as
 * KC_ERR_PURGED; everything that is taken later goes on. purge->done is set before. */
void producer_purge(struct producer *producer, unsigned what, struct producer_purge *purge);

/* No record is taken from now on; senders that wait return KC_ERR_CLOSED. Any thread. */
void producer_refuse(struct producer *producer);

/* After producer_refuse, on the loop: when this returns no sender is inside a buffer any more. */
void producer_seal(struct producer *producer);

/* Reports everything that is under way with err; 0: as KC_ERR_PURGED, or KC_ERR_MAYBE_WRITTEN when
 * it was sent. The number of records given up. */
size_t producer_give_up(struct producer *producer, enum kc_err err);

/* The same at the end of the producer: what comes later is given up too. */
size_t producer_abort(struct producer *producer);

/* This room's: looks at everything that is under way again; takes in what senders told; reports
 * what is older than delivery.timeout.ms. */
void producer_settle_active(struct producer *producer, int64_t now_us);
void producer_hear_news(struct producer *producer, int64_t now_us);
void producer_expire(struct producer *producer, int64_t now_us);

/* Any thread, without lock: compresses as the settings say, if that was not done yet, makes header
 * and CRC, and learns the topic's ratio. As bundle_pack. */
enum kc_err producer_pack(struct producer *producer, struct bundle *bundle);

/* Loop: gives up what is out of the queue (reported with err, 0 as producer_give_up), or in
 * flight and not younger than born_us_max (the number of records); what a purge doomed and is
 * packed meanwhile; and one bundle of the purge is reported. */
void producer_report_late(struct producer *producer, struct bundle *bundle, enum kc_err err);
size_t producer_report_flights(struct producer *producer, struct buffer *buffer,
                               int64_t born_us_max, enum kc_err err);
void producer_drop_doomed(struct producer *producer, struct buffer *buffer);
void producer_purge_release(struct producer_purge *purge);
/* This room's: the transaction's turn: gives up what it does not take any more, sends its next
 * request. */
void producer_transact(struct producer *producer, int64_t now_us);

/* For sinks: finds what a buffer waits for now and puts it in the right place. */
void producer_settle(struct producer *producer, struct buffer *buffer, int64_t now_us);

/* For sinks: true when the first bundle of the buffer may go out, as far as order and sequences
 * are concerned. */
bool producer_may_send(struct producer *producer, struct buffer *buffer,
                       const struct buffer_view *view);

/* For sinks: the records' fate is known; reports them (once) and lets the memory go as soon as no
 * connection uses it. */
void producer_finish_bundle(struct producer *producer, struct bundle *bundle,
                            const struct bundle_fate *fate);

/* For sinks: "topic-3: 17 records (sequence 40 to 56, after offset 123)". */
enum { PRODUCER_BUNDLE_TEXT_SIZE = 352 };
void producer_describe_bundle(const struct bundle *bundle,
                              char ret_text[PRODUCER_BUNDLE_TEXT_SIZE]);

/* For sinks: gives the memory back if nobody uses it. */
void producer_drop_bundle(struct bundle *bundle);

#endif
