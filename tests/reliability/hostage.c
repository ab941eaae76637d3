/* tests: a consumer at the mercy of an imposter. */
#include "hostage.h"

#include "support/test.h"

#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PATIENCE_MS = 30000, CLOSE_MS = 5000, WATCH_MS = 1000, QUIET_MS = 1500 };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* $KC_PATIENCE: sanitizers slow everything down. */
static int64_t patience_ms(int64_t ms)
{
    const char *factor = getenv("KC_PATIENCE");
    return ms * (factor ? strtol(factor, NULL, 10) : 1);
}

static struct kc_consumer *captive(const struct hostage_case *one, int port)
{
    static const char *const settings[][2] = {
        { "group.id", "g" },
        { "auto.offset.reset", "earliest" },
        { "heartbeat.interval.ms", "50" },
        { "session.timeout.ms", "2000" },
        { "max.poll.interval.ms", "1000" }, /* JoinGroup may take 5 s more */
        { "request.timeout.ms", "1000" },
        { "default.api.timeout.ms", "2000" },
        { "fetch.max.wait.ms", "20" },
        { "retry.backoff.ms", "20" },
        { "retry.backoff.max.ms", "100" },
        { "reconnect.backoff.ms", "20" },
        { "reconnect.backoff.max.ms", "100" },
        { "socket.connection.setup.timeout.ms", "1000" },
        { "socket.connection.setup.timeout.max.ms", "1000" },
    };
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    char server[32];
    (void)snprintf(server, sizeof(server), "127.0.0.1:%d", port);
    kc_config_set(config, "bootstrap.servers", server, NULL);
    kc_config_set(config, "group.protocol", one->protocol ? one->protocol : "classic", NULL);
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        if (kc_config_set(config, settings[i][0], settings[i][1], &error)) {
            fail_msg("%s", error.text);
        }
    }
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer) {
        fail_msg("%s: %s", one->name, error.text);
    }
    const char *topic = "t";
    assert_int_equal(kc_consumer_subscribe(consumer, &topic, 1, NULL, &error), KC_ERR_NONE);
    return consumer;
}

/* True when the outcome is there. *next is the offset of the next record. */
static bool step(const struct hostage_case *one, struct kc_consumer *consumer,
                 const struct imposter *imposter, int64_t *next, struct kc_error *error)
{
    if (one->end == HOSTAGE_NOTHING && imposter_lied(imposter) > 0) {
        return true;
    }
    struct kc_record record;
    enum kc_err err = kc_consumer_poll_record(consumer, 50, &record, error);
    if (err == KC_ERR_NONE) {
        if (one->end == HOSTAGE_NOTHING || one->end == HOSTAGE_SURVIVES) {
            return one->end == HOSTAGE_SURVIVES; /* the lie may be in the offset */
        }
        if (record.offset != *next) {
            fail_msg("%s: offset %lld after %lld", one->name, (long long)record.offset,
                     (long long)*next - 1);
        }
        ++*next;
    }
    if (one->end == HOSTAGE_READS && *next == IMPOSTER_RECORDS && imposter_lied(imposter) > 0) {
        return true;
    }
    if (err == KC_ERR_NONE) {
        return false;
    }
    if (err == KC_ERR_TIMED_OUT && error->code == KC_ERR_NONE) {
        return false;
    }
    if (error->code != err || error->text[0] == 0) {
        fail_msg("%s: an error without a sentence: %s", one->name, kc_err_name(err));
    }
    return one->end == HOSTAGE_TELLS_ANY || one->end == HOSTAGE_SURVIVES ||
           (one->end == HOSTAGE_TELLS && err == one->err &&
            (!one->says || strstr(error->text, one->says)));
}

/* As long as the lies go on, the consumer asks with pauses between. */
static void watch(const struct hostage_case *one, struct kc_consumer *consumer,
                  const struct imposter *imposter)
{
    unsigned before = imposter_asked(imposter, one->lie.api_key);
    int64_t ends_ms = now_ms() + WATCH_MS;
    struct kc_record record;
    struct kc_error error;
    while (now_ms() < ends_ms) {
        (void)kc_consumer_poll_record(consumer, 20, &record, &error);
    }
    unsigned asked = imposter_asked(imposter, one->lie.api_key) - before;
    if (asked > one->asked_max) {
        fail_msg("%s: %u requests in a second, more than %u", one->name, asked, one->asked_max);
    }
}

void hostage_run(const struct hostage_case *one)
{
    struct imposter *imposter = imposter_start(&one->lie, 1);
    struct kc_consumer *consumer = captive(one, imposter_port(imposter));
    int64_t deadline_ms = now_ms() + patience_ms(PATIENCE_MS);
    int64_t quiet_ms = now_ms() + QUIET_MS;
    struct kc_error error = { .text = "" };
    struct kc_error last = { .text = "none" };
    int64_t next = 0;
    while (!step(one, consumer, imposter, &next, &error)) {
        last = error.code ? error : last;
        if (one->end == HOSTAGE_SURVIVES && imposter_lied(imposter) > 0 && now_ms() > quiet_ms) {
            break;
        }
        if (now_ms() > deadline_ms) {
            fail_msg("%s: no outcome; %lld records, %u lies; last error: %s %s", one->name,
                     (long long)next, imposter_lied(imposter), kc_err_name(last.code), last.text);
        }
    }
    if (imposter_lied(imposter) == 0) {
        fail_msg("%s: no lie was told", one->name);
    }
    if (one->asked_max > 0) {
        watch(one, consumer, imposter);
    }
    if (one->never_asked && imposter_asked(imposter, one->never_asked) > 0) {
        fail_msg("%s: %s reached it", one->name, api_find(one->never_asked)->name);
    }
    int64_t started_ms = now_ms();
    (void)kc_consumer_close(consumer, CLOSE_MS, &error);
    kc_consumer_destroy(consumer);
    if (now_ms() - started_ms > patience_ms(CLOSE_MS + 1000)) {
        fail_msg("%s: close took %lld ms", one->name, (long long)(now_ms() - started_ms));
    }
    imposter_stop(imposter);
}

long hostage_peak_mib(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
#ifdef __SANITIZE_THREAD__
    return usage.ru_maxrss / 1024 / 2; /* what it notes of each byte takes at least one more */
#else
    return usage.ru_maxrss / 1024;
#endif
}
