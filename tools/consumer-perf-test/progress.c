/* consumer-perf-test: Kafka's columns. */
#include "consumer-perf-test/progress.h"

#include "consumer-perf-test/date_format.h"

#include <inttypes.h>

static const double mebibyte = 1024.0 * 1024.0;

void progress_init(struct progress *progress, const char *date_format, int64_t now_ms)
{
    *progress = (struct progress){
        .date_format = date_format, .start_ms = now_ms, .lost_at_ms = now_ms, .line_ms = now_ms
    };
}

void progress_header(bool detailed, struct text *text)
{
    text_format(text,
                "%s, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, "
                "rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n",
                detailed ? "time, threadId" : "start.time, end.time");
}

void progress_assigned(struct progress *progress, int64_t count, int64_t now_ms)
{
    if (count > 0 && progress->assigned == 0) {
        progress->join_ms += now_ms - progress->lost_at_ms;
        progress->line_join_ms += now_ms - progress->lost_at_ms;
    }
    progress->assigned += count;
    if (count < 0 && progress->assigned == 0) {
        progress->lost_at_ms = now_ms;
    }
}

static void add_time(const struct progress *progress, int64_t time_ms, struct text *text)
{
    char error[128];
    (void)date_format_write(progress->date_format, time_ms, text, error, sizeof error);
}

/* Java prints what a division by zero gives as NaN and Infinity. */
static void add_rate(struct text *text, double amount, int64_t ms)
{
    if (ms == 0) {
        text_add(text, amount == 0 ? "NaN" : "Infinity");
    } else {
        text_format(text, "%.4f", amount * 1000.0 / (double)ms);
    }
}

void progress_line(struct progress *progress, int64_t now_ms, struct text *text)
{
    int64_t elapsed_ms = now_ms - progress->line_ms;
    int64_t fetch_ms = elapsed_ms - progress->line_join_ms;
    int64_t count = progress->count - progress->line_count;
    double bytes = (double)(progress->bytes - progress->line_bytes) / mebibyte;
    if (count == 0) {
        return;
    }
    add_time(progress, now_ms, text);
    text_format(text, ", 0, %.4f, ", (double)progress->bytes / mebibyte);
    add_rate(text, bytes, elapsed_ms);
    text_format(text, ", %" PRId64 ", ", progress->count);
    add_rate(text, (double)count, elapsed_ms);
    text_format(text, ", %" PRId64 ", %" PRId64 ", ", progress->line_join_ms, fetch_ms);
    /* Kafka's tool shuns the division here, and only here. */
    add_rate(text, fetch_ms > 0 ? bytes : 0, fetch_ms > 0 ? fetch_ms : 1);
    text_add(text, ", ");
    add_rate(text, fetch_ms > 0 ? (double)count : 0, fetch_ms > 0 ? fetch_ms : 1);
    text_add(text, "\n");
    progress->line_ms = now_ms;
    progress->line_count = progress->count;
    progress->line_bytes = progress->bytes;
    progress->line_join_ms = 0;
}

void progress_total(const struct progress *progress, int64_t now_ms, struct text *text)
{
    int64_t elapsed_ms = now_ms - progress->start_ms;
    int64_t fetch_ms = elapsed_ms - progress->join_ms;
    double bytes = (double)progress->bytes / mebibyte;
    add_time(progress, progress->start_ms, text);
    text_add(text, ", ");
    add_time(progress, now_ms, text);
    text_format(text, ", %.4f, ", bytes);
    add_rate(text, bytes, elapsed_ms);
    text_format(text, ", %" PRId64 ", ", progress->count);
    add_rate(text, (double)progress->count, elapsed_ms);
    text_format(text, ", %" PRId64 ", %" PRId64 ", ", progress->join_ms, fetch_ms);
    add_rate(text, bytes, fetch_ms);
    text_add(text, ", ");
    add_rate(text, (double)progress->count, fetch_ms);
    text_add(text, "\n");
}
