/* handler: what the calls of one API have come to. Plain counts, made when the API is first asked
 * for; whoever shows them reads them on the loop. */
#ifndef HANDLER_CALL_STATS_H
#define HANDLER_CALL_STATS_H

#include "base/histogram.h"
#include "wire/api.h"
#include "wire/error_path.h"

enum { CALL_STATS_KEYS = 128, CALL_STATS_ERRORS_MAX = 16 };

struct call_stats {
    int64_t requests;            /* answered, or done where no answer is wanted */
    int64_t bytes_in;            /* their frames, without the size prefix */
    struct histogram latency_us; /* from the whole frame in process to the answer handed out; waits
                                    (a parked fetch, a join) are part of it */
    struct {
        int16_t code;
        int64_t count;
    } errors[CALL_STATS_ERRORS_MAX]; /* codes in answers, each place counted; in the order in which
                                        they were first seen */
    size_t error_count;
    int64_t errors_other; /* of codes that found no room above */
    struct error_path path;
};

/* NULL when memory is out. Freed with free(). */
struct call_stats *call_stats_create(const struct api *api);

/* One call has ended. response NULL: it had none that could be looked into. */
void call_stats_add(struct call_stats *stats, size_t frame_size, int64_t took_us,
                    const void *response);

int64_t call_stats_error_total(const struct call_stats *stats);

#endif
