/* producer-perf-test: sends records as fast as it goes, or at a rate, and tells how that went. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/metrics.h"
#include "common/now.h"
#include "common/number.h"
#include "common/stop.h"
#include "common/usage.h"
#include "producer-perf-test/payload_file.h"
#include "producer-perf-test/sending.h"

#include <libclient/client.h>
#include <stdio.h>

enum { CLOSE_MS = 10000 };

static void notice(void *context)
{
    (void)context; /* the loop looks at stop_signal */
}

/* What this tool counts itself, under Kafka's names. */
static void print_metrics(const struct sending *sending, const char *client_id)
{
    static const char *const names[] = { "record-error-total", "record-send-rate",
                                         "record-send-total", "record-size-avg" };
    const struct stats_sum *sum = &sending->stats.total;
    double seconds = (double)(now_wall_ms() - sum->start_ms) / 1000.0;
    const double values[] = { (double)atomic_load(&sending->failed_count),
                              (double)sum->count / (seconds > 0 ? seconds : 1), (double)sum->count,
                              sum->count ? (double)sum->bytes / (double)sum->count : 0 };
    struct text texts[4] = { 0 };
    struct metrics_row rows[4];
    struct text text = { 0 };
    for (size_t i = 0; i < 4; i++) {
        text_format(&texts[i], "producer-metrics:%s:{client-id=%s}", names[i], client_id);
        rows[i] = (struct metrics_row){ text_view(&texts[i]), values[i] };
    }
    metrics_write(rows, 4, &text);
    fputs(text_view(&text), stdout);
    text_finish(&text);
    for (size_t i = 0; i < 4; i++) {
        text_finish(&texts[i]);
    }
}

static void open_payload(const struct options *options, const struct send_wish *wish,
                         struct payload *payload)
{
    if (wish->payload_file) {
        payload_file_read(payload, options, wish->payload_file, wish->payload_delimiter);
    } else if (wish->monotonic) {
        payload_monotonic(payload);
    } else {
        payload_random(payload, (size_t)wish->record_size);
    }
}

/* Looks once at the cluster, so that an address that nobody answers ends the tool at once. */
static void look(const struct options *options, struct kc_producer *producer,
                 const struct kc_config *config, const char *topic)
{
    struct kc_error error;
    int64_t timeout_ms = 60000;
    int32_t partitions;
    const char *text = kc_config_get(config, "max.block.ms");
    if (text) {
        number_parse(text, 0, INT32_MAX, &timeout_ms);
    }
    if (kc_producer_partition_count(producer, topic, (int)timeout_ms, &partitions, &error)) {
        options_fail(options, "%s", error.text);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct properties settings = { 0 };
    struct payload payload = { 0 };
    struct kc_error error;
    usage_start(&options, &producer_perf_test_tool, kc_version(), argc, argv);
    struct send_wish wish = send_options_read(&options);
    open_payload(&options, &wish, &payload);
    send_options_settings(&options, &wish, &settings);
    struct kc_config *config = connect_config(&options, &settings);
    struct kc_producer *producer = kc_producer_create(config, &error);
    if (!producer) {
        options_fail(&options, "%s", error.text);
    }
    stop_install(notice, NULL);
    look(&options, producer, config, wish.topic);
    struct sending sending = { .wish = &wish, .producer = producer, .payload = &payload };
    sending_run(&sending);
    if (wish.print_metrics) {
        print_metrics(&sending, kc_config_get(config, "client.id"));
    }
    (void)kc_producer_close(producer, CLOSE_MS, &error);
    stop_forget();
    kc_producer_destroy(producer);
    bool failed = atomic_load(&sending.failed_count) > 0;
    sending_finish(&sending);
    payload_finish(&payload);
    kc_config_destroy(config);
    properties_finish(&settings);
    options_finish(&options);
    fail_or_exit(failed ? 1 : stop_signal() ? 128 + stop_signal() : 0);
}
