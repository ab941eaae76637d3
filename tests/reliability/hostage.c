/* tests: consumers at the mercy of imposters. */
#include "hostage.h"

#include "support/test.h"

#include <libclient/client.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { PATIENCE_MS = 30000, CLOSE_MS = 5000, WATCH_MS = 1000, QUIET_MS = 1500, AT_ONCE_MAX = 16 };

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

/* A case under way, on a thread of its own: there a test cannot fail, so what is wrong is noted. */
struct captivity {
    const struct hostage_case *one;
    pthread_t thread;
    char complaint[1024]; /* the first; empty: none */
};

/* Always true: nothing is to be waited for any more. */
__attribute__((format(printf, 2, 3))) static bool complain(struct captivity *captivity,
                                                           const char *format, ...)
{
    if (captivity->complaint[0] == 0) {
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(captivity->complaint, sizeof(captivity->complaint), format, arguments);
        va_end(arguments);
    }
    return true;
}

/* NULL when it complained. */
static struct kc_consumer *captive(struct captivity *captivity, int port)
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
    const char *protocol = captivity->one->protocol ? captivity->one->protocol : "classic";
    const char *topic = "t";
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    char server[32];
    (void)snprintf(server, sizeof(server), "127.0.0.1:%d", port);
    kc_config_set(config, "bootstrap.servers", server, NULL);
    kc_config_set(config, "group.protocol", protocol, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(settings); i++) {
        if (kc_config_set(config, settings[i][0], settings[i][1], &error)) {
            complain(captivity, "%s", error.text);
        }
    }
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer || kc_consumer_subscribe(consumer, &topic, 1, NULL, &error) != KC_ERR_NONE) {
        complain(captivity, "%s", error.text);
        kc_consumer_destroy(consumer);
        return NULL;
    }
    return consumer;
}

/* True when the outcome is there. *next is the offset of the next record. */
static bool step(struct captivity *captivity, struct kc_consumer *consumer,
                 const struct imposter *imposter, int64_t *next, struct kc_error *error)
{
    const struct hostage_case *one = captivity->one;
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
            return complain(captivity, "offset %lld after %lld", (long long)record.offset,
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
        return complain(captivity, "an error without a sentence: %s", kc_err_name(err));
    }
    return one->end == HOSTAGE_TELLS_ANY || one->end == HOSTAGE_SURVIVES ||
           (one->end == HOSTAGE_TELLS && err == one->err &&
            (!one->says || strstr(error->text, one->says)));
}

/* Until the outcome is there. */
static void await(struct captivity *captivity, struct kc_consumer *consumer,
                  const struct imposter *imposter)
{
    const struct hostage_case *one = captivity->one;
    int64_t deadline_ms = now_ms() + patience_ms(PATIENCE_MS);
    int64_t quiet_ms = now_ms() + QUIET_MS;
    struct kc_error error = { .text = "" };
    struct kc_error last = { .text = "none" };
    int64_t next = 0;
    while (!step(captivity, consumer, imposter, &next, &error)) {
        last = error.code ? error : last;
        if (one->end == HOSTAGE_SURVIVES && imposter_lied(imposter) > 0 && now_ms() > quiet_ms) {
            break;
        }
        if (now_ms() > deadline_ms) {
            complain(captivity, "no outcome; %lld records, %u lies; last error: %s %s",
                     (long long)next, imposter_lied(imposter), kc_err_name(last.code), last.text);
            break;
        }
    }
    if (imposter_lied(imposter) == 0) {
        complain(captivity, "no lie was told");
    }
}

/* As long as the lies go on, the consumer asks with pauses between. */
static void watch(struct captivity *captivity, struct kc_consumer *consumer,
                  const struct imposter *imposter)
{
    const struct hostage_case *one = captivity->one;
    unsigned before = imposter_asked(imposter, one->lie.api_key);
    int64_t ends_ms = now_ms() + WATCH_MS;
    struct kc_record record;
    struct kc_error error;
    while (now_ms() < ends_ms) {
        (void)kc_consumer_poll_record(consumer, 20, &record, &error);
    }
    unsigned asked = imposter_asked(imposter, one->lie.api_key) - before;
    if (asked > one->asked_max) {
        complain(captivity, "%u requests in a second, more than %u", asked, one->asked_max);
    }
}

static void let_go(struct captivity *captivity, struct kc_consumer *consumer)
{
    struct kc_error error;
    int64_t started_ms = now_ms();
    (void)kc_consumer_close(consumer, CLOSE_MS, &error);
    kc_consumer_destroy(consumer);
    if (now_ms() - started_ms > patience_ms(CLOSE_MS + 1000)) {
        complain(captivity, "close took %lld ms", (long long)(now_ms() - started_ms));
    }
}

static void *suffer(void *context)
{
    struct captivity *captivity = context;
    const struct hostage_case *one = captivity->one;
    struct imposter *imposter = imposter_start(&one->lie, 1);
    struct kc_consumer *consumer = captive(captivity, imposter_port(imposter));
    if (consumer) {
        await(captivity, consumer, imposter);
        if (one->asked_max > 0) {
            watch(captivity, consumer, imposter);
        }
        if (one->never_asked && imposter_asked(imposter, one->never_asked) > 0) {
            complain(captivity, "%s reached it", api_find(one->never_asked)->name);
        }
        let_go(captivity, consumer);
    }
    imposter_stop(imposter);
    return NULL;
}

void hostage_run(const struct hostage_case *cases, size_t count)
{
    static struct captivity captivities[AT_ONCE_MAX];
    while (count > 0) {
        size_t some = MIN_OF(count, (size_t)AT_ONCE_MAX);
        for (size_t i = 0; i < some; i++) {
            captivities[i] = (struct captivity){ .one = &cases[i] };
            assert_int_equal(pthread_create(&captivities[i].thread, NULL, suffer, &captivities[i]),
                             0);
        }
        for (size_t i = 0; i < some; i++) {
            assert_int_equal(pthread_join(captivities[i].thread, NULL), 0);
        }
        for (size_t i = 0; i < some; i++) {
            if (captivities[i].complaint[0]) {
                fail_msg("%s: %s", cases[i].name, captivities[i].complaint);
            }
        }
        cases += some;
        count -= some;
    }
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
