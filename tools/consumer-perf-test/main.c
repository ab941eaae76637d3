/* consumer-perf-test: reads records in a group, as fast as it goes, and tells how fast that was. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/metrics.h"
#include "common/now.h"
#include "common/stop.h"
#include "common/usage.h"
#include "consumer-perf-test/consuming.h"

#include <libclient/client.h>
#include <stdio.h>

enum { CLOSE_MS = 10000, METRIC_COUNT = 4 };

/* Runs in the signal handler. */
static void wake(void *context)
{
    kc_consumer_wakeup(context);
}

/* What this tool counts itself, under Kafka's names. */
static void print_metrics(const struct progress *progress, int64_t end_ms, const char *client_id)
{
    static const char *const names[] = { "bytes-consumed-rate", "bytes-consumed-total",
                                         "records-consumed-rate", "records-consumed-total" };
    double seconds = (double)(end_ms > progress->start_ms ? end_ms - progress->start_ms : 1) / 1000;
    const double values[] = { (double)progress->bytes / seconds, (double)progress->bytes,
                              (double)progress->count / seconds, (double)progress->count };
    struct text texts[METRIC_COUNT] = { 0 };
    struct metrics_row rows[METRIC_COUNT];
    struct text text = { 0 };
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        text_format(&texts[i], "consumer-fetch-manager-metrics:%s:{client-id=%s}", names[i],
                    client_id);
        rows[i] = (struct metrics_row){ text_view(&texts[i]), values[i] };
    }
    metrics_write(rows, METRIC_COUNT, &text);
    fputs(text_view(&text), stdout);
    text_finish(&text);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        text_finish(&texts[i]);
    }
}

static void print_header(const struct read_wish *wish)
{
    struct text text = { 0 };
    if (!wish->hide_header) {
        progress_header(wish->detailed, &text);
        fputs(text_view(&text), stdout);
        fflush(stdout);
    }
    text_finish(&text);
}

static void print_total(const struct consuming *consuming, int64_t end_ms)
{
    struct text text = { 0 };
    if (!consuming->wish->detailed && !consuming->failed) {
        progress_total(&consuming->progress, end_ms, &text);
        fputs(text_view(&text), stdout);
    }
    text_finish(&text);
}

int main(int argc, char **argv)
{
    struct options options;
    struct properties settings = { 0 };
    struct kc_error error;
    usage_start(&options, &consumer_perf_test_tool, kc_version(), argc, argv);
    struct read_wish wish = read_options_read(&options);
    read_options_settings(&options, &settings);
    struct kc_config *config = connect_config(&options, &settings);
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    if (!consumer) {
        options_fail(&options, "%s", error.text);
    }
    stop_install(wake, consumer);
    struct consuming consuming = {
        .options = &options, .wish = &wish, .config = config, .consumer = consumer
    };
    consuming_start(&consuming);
    print_header(&wish);
    consuming_run(&consuming);
    int64_t end_ms = now_wall_ms();
    (void)kc_consumer_close(consumer, CLOSE_MS, &error);
    print_total(&consuming, end_ms);
    if (wish.print_metrics) {
        print_metrics(&consuming.progress, end_ms, kc_config_get(config, "client.id"));
    }
    stop_forget();
    kc_consumer_destroy(consumer);
    kc_config_destroy(config);
    properties_finish(&settings);
    options_finish(&options);
    fail_or_exit(consuming.failed ? 1 : stop_signal() ? 128 + stop_signal() : 0);
}
