/* handler: what Produce answers of a batch that the log does not take: which records are at fault,
 * where it is because of single records (KIP-467). */
#ifndef HANDLER_PRODUCE_REJECTION_H
#define HANDLER_PRODUCE_REJECTION_H

#include "handler/handler.h"

/* So many records are named in one answer: a small compressed batch may hold millions of them. */
enum { PRODUCE_REJECTION_NAMED_MAX = 65536 };

struct produce_rejection {
    const struct log *log;
    const struct batch *batch;
    struct slice content;            /* its records without compression; nothing without findings */
    const struct log_append *append; /* findings NULL: the records were not come to */
};

/* Of a batch that failed with err: puts the log's start, the records that log/rejection.h rejects
 * and a sentence about them into the answer (in the call's arena), and returns the answer's error,
 * which is err or, when keys are missing and times are wrong, the one that Kafka tells of both.
 * *named counts the records named in this answer, over all its partitions. Versions below 8 cannot
 * name records, and when memory is out none is named. */
enum kc_err produce_rejection_tell(struct call *call, const struct produce_rejection *rejection,
                                   enum kc_err err, int32_t *named,
                                   struct produce_response_partition_produce_response *response);

#endif
