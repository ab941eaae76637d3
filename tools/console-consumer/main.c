/* console-consumer: records of topics become lines of standard output. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/stop.h"
#include "common/usage.h"
#include "console-consumer/reading.h"

#include <inttypes.h>
#include <libclient/client.h>
#include <stdio.h>

enum { CLOSE_MS = 10000 };

/* Runs in the signal handler. */
static void wake(void *context)
{
    kc_consumer_wakeup(context);
}

static int read_all(const struct options *options, const struct wish *wish, struct format *format,
                    const struct kc_config *config)
{
    struct kc_error error;
    struct subscription subscription = { 0 };
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    if (!consumer) {
        options_fail(options, "%s", error.text);
    }
    subscription_start(&subscription, options, wish, config, consumer);
    stop_install(wake, consumer);

    struct reading reading = {
        .wish = wish, .format = format, .subscription = &subscription, .consumer = consumer
    };
    reading_run(&reading);

    if (!reading.unwritten && kc_consumer_close(consumer, CLOSE_MS, &error) && !reading.failed) {
        fprintf(stderr, "ERROR %s\n", error.text);
        reading.failed = true;
    }
    fprintf(stderr, "Processed a total of %" PRIu64 " messages\n", reading.count);
    if (wish->events) {
        puts("shutdown_complete");
    }
    text_finish(&reading.output);
    subscription_finish(&subscription);
    stop_forget(); /* from here on a signal kills */
    kc_consumer_destroy(consumer);
    return reading.failed ? 1 : stop_signal() ? 128 + stop_signal() : 0;
}

int main(int argc, char **argv)
{
    struct options options;
    usage_start(&options, &console_consumer_tool, kc_version(), argc, argv);
    struct wish wish = consumer_options_read(&options);

    struct properties settings = { 0 };
    struct properties formatter = { 0 };
    struct format format;
    consumer_options_settings(&options, &wish, &settings);
    consumer_options_formatter(&options, &formatter);
    if (!format_init(&format, options_value(&options, "formatter"), &formatter)) {
        options_fail(&options, "%s", format.error);
    }
    struct kc_config *config = connect_config(&options, &settings);
    int status = read_all(&options, &wish, &format, config);

    kc_config_destroy(config);
    properties_finish(&settings);
    properties_finish(&formatter);
    options_finish(&options);
    fail_or_exit(status);
}
