/* handler: what the calls of one API have come to. */
#include "handler/call_stats.h"

#include <stdlib.h>

struct call_stats *call_stats_create(const struct api *api)
{
    struct call_stats *stats = calloc(1, sizeof(*stats));
    if (stats) {
        error_path_init(&stats->path, api->response);
    }
    return stats;
}

static void count_error(void *context, int16_t code)
{
    struct call_stats *stats = context;
    for (size_t i = 0; i < stats->error_count; i++) {
        if (stats->errors[i].code == code) {
            stats->errors[i].count++;
            return;
        }
    }
    if (stats->error_count == CALL_STATS_ERRORS_MAX) {
        stats->errors_other++;
        return;
    }
    stats->errors[stats->error_count].code = code;
    stats->errors[stats->error_count++].count = 1;
}

void call_stats_add(struct call_stats *stats, size_t frame_size, int64_t took_us,
                    const void *response)
{
    stats->requests++;
    stats->bytes_in += (int64_t)frame_size;
    histogram_record(&stats->latency_us, took_us);
    if (response) {
        error_path_walk(&stats->path, response, count_error, stats);
    }
}

int64_t call_stats_error_total(const struct call_stats *stats)
{
    int64_t total = stats->errors_other;
    for (size_t i = 0; i < stats->error_count; i++) {
        total += stats->errors[i].count;
    }
    return total;
}
