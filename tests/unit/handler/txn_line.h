/* tests: a transactional producer on a line, request by request, in the version that the test says
 * (-1: the newest). */
#ifndef HANDLER_TXN_LINE_H
#define HANDLER_TXN_LINE_H

#include "served.h"

/* A producer as its client would keep it. */
struct txn_line {
    struct line *line;
    const char *id;
    int16_t version; /* of the API that is asked next; -1: the newest */
    bool old;        /* a client of before KIP-890 */
    int64_t producer_id;
    int16_t epoch;
    int32_t sequence; /* of the next record, whatever the partition: tests write to one */
    int32_t timeout_ms;
};

/* A line to the broker at the port of 127.0.0.1 that the variable TXN_PORT names; any broker. */
void txn_connect(struct line *line);

/* Waits for the coordinator; no producer id yet, a minute's timeout. */
void txn_line_init(struct txn_line *txn, struct line *line, const char *id);

/* InitProducerId as a new producer; or with the id and epoch that it has. */
enum kc_err txn_begin(struct txn_line *txn);
enum kc_err txn_begin_again(struct txn_line *txn);

enum kc_err txn_add(struct txn_line *txn, const char *topic, int32_t partition);
enum kc_err txn_verify(struct txn_line *txn, const char *topic, int32_t partition);

/* One record of the transaction; version 12 by name, 11 for old clients. */
enum kc_err txn_produce(struct txn_line *txn, const char *topic, int32_t partition);

enum kc_err txn_add_offsets(struct txn_line *txn, const char *group);
enum kc_err txn_commit_offset(struct txn_line *txn, const char *group, const char *topic,
                              int64_t offset);

/* Takes the epoch that is told, in version 5. */
enum kc_err txn_end(struct txn_line *txn, bool commit);

/* The state's name, empty when the id is not known. */
void txn_state(struct txn_line *txn, char ret_name[32]);

/* What a read_committed fetch of partition 0 from the offset tells. */
struct txn_view {
    int64_t high_watermark;
    int64_t last_stable_offset;
    int32_t aborted_count;
    int64_t aborted_first[8];
    int32_t batch_count;
};
void txn_fetch(struct line *line, const char *topic, int64_t offset, bool read_committed,
               struct txn_view *ret_view);

/* A committed offset of topic "t", partition 0, or the error below -1000. */
int64_t txn_committed(struct line *line, const char *group, const char *topic, bool stable);

#endif
