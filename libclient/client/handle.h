/* client: what producer, consumer and admin handles have in common: their own copy of the settings,
 * a claim on the I/O thread, the log, and the cluster as this client knows it. */
#ifndef CLIENT_HANDLE_H
#define CLIENT_HANDLE_H

#include "base/clock.h"
#include "base/trace.h"
#include "client/ask.h"
#include "client/config.h"
#include "client/meter.h"
#include "client/reason.h"
#include "client/tally.h"
#include "client/thread.h"
#include "cluster/cluster.h"

struct statistics_gauges; /* client/statistics.h */

enum { HANDLE_CLIENT_ID_SIZE = 512 };

struct handle {
    struct kc_config *config;      /* own copy, does not change: any thread reads it */
    struct credential *credential; /* NULL: no login */
    struct thread *thread;
    const struct clock *clock;
    struct trace trace; /* to config's log callback; any thread */
    char client_id[HANDLE_CLIENT_ID_SIZE];
    struct meter *meter; /* I/O thread only, as all that follows */
    struct cluster *cluster;
    struct tally tally;
    struct loop_timer statistics_timer;
    bool has_statistics_timer;
    void (*gauge)(struct handle *handle, struct statistics_gauges *ret_gauges);
};

/* Checks the settings for this scope, copies them, takes the thread and makes the cluster on it
 * (bootstrap.servers resolved; connecting goes on in the background). Warns once of Java-only
 * names. KC_ERR_INVALID, KC_ERR_UNSUPPORTED, KC_ERR_RESOLVE, KC_ERR_NO_MEMORY with `error` filled;
 * the handle is then as before (zeroed). */
enum kc_err handle_init(struct handle *handle, const struct kc_config *config,
                        enum kc_option_scope scope, struct kc_error *error);

/* Ends the cluster on the I/O thread ahead of handle_finish, for owners whose state hears of the
 * end of its requests. */
void handle_end_cluster(struct handle *handle);

/* Ends the cluster on the I/O thread (pending requests answer KC_ERR_CLOSED before that), gives the
 * thread back, frees the rest. The owner's own state on the I/O thread must be gone before.
 * Accepts a zeroed handle. Waits for the I/O thread, except when called on it. */
void handle_finish(struct handle *handle);

/* The microseconds of clock_system at which a call of timeout_ms ends; INT64_MAX for -1. */
int64_t handle_deadline_us(const struct handle *handle, int timeout_ms);
/* What is left until then, for a call inside; 0 when it is over, -1 for INT64_MAX. */
int handle_left_ms(const struct handle *handle, int64_t deadline_us);

/* A topic's name as the application gave it, before it gets into a question that is asked for other
 * topics, too: KC_ERR_INVALID without one, KC_ERR_INVALID_TOPIC_EXCEPTION when it is longer than
 * Kafka allows, with `error` filled. */
enum kc_err handle_check_topic(const char *topic, struct kc_error *error);

#endif
