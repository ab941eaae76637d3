/* e2e-latency: how long a record takes from the producer to the consumer. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/now.h"
#include "common/stop.h"
#include "common/usage.h"
#include "e2e-latency/trip.h"

#include <inttypes.h>
#include <stdio.h>

enum { CLOSE_MS = 10000 };

/* Runs in the signal handler. */
static void wake(void *context)
{
    kc_consumer_wakeup(context);
}

/* What this measurement needs, before what the file says. */
static void add_settings(const struct latency_wish *wish, struct properties *settings)
{
    char group[64];
    snprintf(group, sizeof group, "test-group-%" PRId64, now_wall_ms());
    properties_set(settings, "group.id", group);
    properties_set(settings, "enable.auto.commit", "false");
    properties_set(settings, "auto.offset.reset", "latest");
    properties_set(settings, "fetch.max.wait.ms", "0");
    properties_set(settings, "linger.ms", "0");
    properties_set(settings, "acks", wish->acks);
    if (strcmp(wish->acks, "1") == 0) {
        /* On by default, and then it wants all. */
        properties_set(settings, "enable.idempotence", "false");
    }
}

int main(int argc, char **argv)
{
    struct options options;
    struct properties settings = { 0 };
    struct kc_error error;
    char *words[LATENCY_WORDS_MAX];
    fail_hold_streams();
    latency_options_name(&argc, &argv, words);
    usage_start(&options, &e2e_latency_tool, kc_version(), argc, argv);
    struct latency_wish wish = latency_options_read(&options);
    properties_add_file(&settings, &options, "command-config");
    add_settings(&wish, &settings);
    struct kc_config *config = connect_config(&options, &settings);
    struct trip trip = { .options = &options, .wish = &wish };
    trip.consumer = kc_consumer_create(config, &error);
    trip.producer = trip.consumer ? kc_producer_create(config, &error) : NULL;
    if (!trip.producer) {
        options_fail(&options, "%s", error.text);
    }
    stop_install(wake, trip.consumer);
    trip_prepare(&trip, config);
    trip_run(&trip);
    trip_finish(&trip);
    (void)kc_consumer_close(trip.consumer, CLOSE_MS, &error);
    (void)kc_producer_close(trip.producer, CLOSE_MS, &error);
    stop_forget();
    kc_consumer_destroy(trip.consumer);
    kc_producer_destroy(trip.producer);
    kc_config_destroy(config);
    properties_finish(&settings);
    options_finish(&options);
    fail_or_exit(stop_signal() ? 128 + stop_signal() : 0);
}
