/* console-consumer: the loop from polled batches to standard output. */
#ifndef CONSOLE_CONSUMER_READING_H
#define CONSOLE_CONSUMER_READING_H

#include "console-consumer/format.h"
#include "console-consumer/subscription.h"

struct reading {
    const struct wish *wish;
    struct format *format;
    struct subscription *subscription;
    struct kc_consumer *consumer;
    struct text output; /* records not yet written to standard output */
    uint64_t count;     /* records, printed or skipped */
    bool failed;
    bool unwritten; /* standard output refused records: what was consumed must not be committed */
};

/* Until the wish is fulfilled, the time is over, a signal came, or an error that cannot be waited
 * out (failed is set then and the error printed). All output is written. */
void reading_run(struct reading *reading);

#endif
