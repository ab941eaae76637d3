/* tests: a producer with a fake clock and a scripted broker behind its port. */
#ifndef PRODUCER_RIG_H
#define PRODUCER_RIG_H

#include "producer/exchange.h"
#include "producer/intake.h"
#include "support/test.h"

enum { RECORDS_MAX = 4096, SENT_MAX = 64, PARTITIONS_MAX = 16 };

/* What the broker knows of the one partition; numbers as Kafka checks them. */
struct rig {
    struct producer *producer;
    struct clock clock;
    int64_t now_us;
    int64_t scheduled_us;
    struct exchange *sent[SENT_MAX];
    size_t sent_count;
    int32_t leader;
    int32_t hinted_leader; /* KIP-951: that answers tell, with an epoch; 0: none */
    int hint_count;        /* brokers that were told with it */
    int32_t throttle_ms;   /* told by answers */
    int32_t culprits[4];   /* records that answers with an error blame (KIP-467) */
    int32_t culprit_count;
    int32_t partition_count; /* more than one only where nothing is served */
    int32_t leaderless;      /* a partition that has no leader; -1: none */
    int refresh_count;
    int identity_count;
    enum transaction_call call; /* of the transaction, not answered */
    struct transaction_wait act;
    int act_count; /* ends of act since it was started */
    struct kc_error outcome;
    uint8_t topic_id;
    int16_t epoch; /* of the broker's producer state; -1: none */
    int32_t next;  /* sequence that it expects */
    int64_t log_end;
    int64_t log_start;    /* as it tells it */
    int log[RECORDS_MAX]; /* the number in each record */
    int reports[RECORDS_MAX];
    struct kc_delivery last[RECORDS_MAX];
    int report_order[RECORDS_MAX];
    int report_count;
    enum kc_err refusal; /* why the broker lets nobody in */
    int refuses;         /* the answer of so many sends: not ready */
};

/* The Java client's defaults with small batches. */
struct producer_settings rig_defaults(void);
/* A producer that knows the topic "t" with one partition. */
struct rig *rig_start(const struct producer_settings *settings);
struct rig *rig_start_with(const struct producer_settings *settings, int32_t partition_count);
struct buffer *rig_buffer(struct rig *rig, int32_t partition);
/* Aborts, answers what is out, destroys. */
void rig_finish(struct rig *rig);
/* Sends the record that holds this number; its report is counted. */
enum kc_err rig_put(struct rig *rig, int number);
/* A batch of its own, sent at once. */
void rig_put_batch(struct rig *rig, int from, int count);
/* A producer with the defaults that has its id, and whose record 0 is acknowledged. */
struct rig *rig_start_settled(void);
/* Time passes. */
void rig_pass(struct rig *rig, int64_t us);
/* Answers the question for a producer id. */
void rig_identify(struct rig *rig);
/* What a Kafka broker says to the batch, and does with it. */
enum kc_err rig_broker_append(struct rig *rig, struct slice bytes, int64_t *ret_offset);
/* The oldest request that was sent. */
struct exchange *rig_take_sent(struct rig *rig);
void rig_answer_with(struct rig *rig, struct exchange *exchange, enum kc_err err, int64_t offset);
/* The oldest request reaches the broker, which answers truly, or with err instead of taking it. */
void rig_serve(struct rig *rig, enum kc_err err);
/* It reaches the broker or not; the answer is lost with the connection. */
void rig_lose(struct rig *rig, bool arrives);
/* Serves and lets time pass until nothing is left to do. */
void rig_serve_all(struct rig *rig);
/* Records 0 to count - 1 are in the log, and reported, once and in order. */
void rig_check_all_written(struct rig *rig, int count);
void rig_tell_metadata(struct rig *rig);

/* A producer with a transactional.id, of epoch 0, and an open transaction. */
struct rig *rig_start_transaction(const struct producer_settings *settings, int16_t version);
/* The application's call; rig->outcome when rig->act_count says so. The error if it is refused. */
struct kc_error rig_act(struct rig *rig, enum transaction_act act);
/* The coordinator answers rig->call; epoch -1: tells none. */
void rig_transacted(struct rig *rig, enum kc_err err, int16_t epoch);

#endif
