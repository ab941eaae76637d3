/* log: batches that a topic rejects because of single records, and which ones (what Kafka's
 * LogValidator finds, in its words): no key where the topic is compacted, a time out of
 * message.timestamp.before/after.max.ms, a time that claims to be the broker's. Pure. */
#ifndef LOG_REJECTION_H
#define LOG_REJECTION_H

#include "log/log_options.h"
#include "record/record.h"

/* Is there a record to reject? By the batch's findings alone, so that the batches that are taken
 * cost nothing. KC_ERR_INVALID_RECORD or KC_ERR_INVALID_TIMESTAMP; where both may be, the walk
 * tells. Unlike Kafka, a batch that claims log append time is rejected by topics with CreateTime
 * too. */
enum kc_err rejection_check(const struct log_options *options, const struct batch *batch,
                            const struct batch_findings *findings, int64_t now_ms);

/* The walk over the records of a batch that batch_check let in; borrows what it is given. */
struct rejection {
    const struct log_options *options;
    int64_t now_ms;
    bool claims_append_time;
    struct batch_reader reader;
    int32_t next_index;
};

struct rejected_record {
    int32_t index; /* in the batch */
    enum kc_err err;
    struct record record;
};

/* content: the records without compression. */
void rejection_begin(struct rejection *rejection, const struct log_options *options,
                     const struct batch *batch, struct slice content, int64_t now_ms);

/* The next record that is rejected; false when there is none left. */
bool rejection_next(struct rejection *rejection, struct rejected_record *ret_rejected);

/* Room for what is said of one record. */
enum { REJECTION_TEXT_MAX = 512 };

/* Why, for the client. log_name: TOPIC-PARTITION. */
void rejection_text(const struct rejection *rejection, const struct rejected_record *rejected,
                    const char *log_name, char text[REJECTION_TEXT_MAX]);

#endif
