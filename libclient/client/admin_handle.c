/* client: runs admin calls on the I/O thread. */
#include "client/admin_handle.h"

#include "base/random.h"
#include "client/config_rules.h"
#include "consumer/commit.h"
#include "net/loop.h"

#include <stdlib.h>

/* The call ends by itself at its deadline and says why; the asker leaves this much later only when
 * the I/O thread is too busy for that. */
enum { GRACE_MS = 1000, ITEM_COUNT_MAX = 1 << 24 };

struct admin_call {
    struct ask ask;
    struct list link; /* of the admin client's calls */
    struct kc_admin *admin;
    struct fanout *fanout; /* owned */
    struct fanout_port port;
    struct loop_timer timer;
    struct random random;
    int64_t deadline_us;
};

static struct admin_call *call_of(struct fanout_port *port)
{
    return CONTAINER_OF(port, struct admin_call, port);
}

static void port_send(struct fanout_port *port, struct cluster_request *request)
{
    cluster_request(call_of(port)->admin->handle.cluster, request);
}

static void port_cancel(struct fanout_port *port, struct cluster_request *request)
{
    cluster_request_cancel(call_of(port)->admin->handle.cluster, request);
}

static void port_forget_controller(struct fanout_port *port)
{
    cluster_forget_controller(call_of(port)->admin->handle.cluster);
}

static int64_t port_now_us(struct fanout_port *port)
{
    return loop_now_us(thread_loop(call_of(port)->admin->handle.thread));
}

static int64_t port_backoff_us(struct fanout_port *port, int failures)
{
    struct admin_call *call = call_of(port);
    const struct kc_config *config = call->admin->handle.config;
    const struct retry_policy policy = { config_ms(config, "retry.backoff.ms"),
                                         config_ms(config, "retry.backoff.max.ms") };
    return retry_delay_ms(&policy, failures, &call->random) * 1000;
}

static void port_pause(struct fanout_port *port, int64_t delay_us)
{
    loop_timer_start(&call_of(port)->timer, delay_us);
}

static void port_done(struct fanout_port *port)
{
    struct admin_call *call = call_of(port);
    const struct kc_error *error = &call->fanout->error;
    loop_timer_finish(&call->timer);
    list_remove(&call->link);
    ask_done(&call->ask, error->code, error->text);
}

static void on_timer(struct loop_timer *timer)
{
    struct admin_call *call = timer->context;
    fanout_resume(call->fanout);
}

static void run_call(void *context)
{
    struct admin_call *call = CONTAINER_OF((struct ask *)context, struct admin_call, ask);
    loop_timer_init(&call->timer, thread_loop(call->admin->handle.thread), on_timer, call);
    list_append(&call->admin->calls, &call->link);
    fanout_start(call->fanout, &call->port, call->deadline_us);
}

static void free_call(struct ask *ask)
{
    struct admin_call *call = CONTAINER_OF(ask, struct admin_call, ask);
    ask_finish(ask);
    fanout_destroy(call->fanout);
    free(call);
}

static struct admin_call *call_create(struct kc_admin *admin, struct fanout *fanout, int timeout_ms)
{
    struct admin_call *call = calloc(1, sizeof(*call));
    if (!call) {
        return NULL;
    }
    ask_init(&call->ask, run_call, free_call);
    list_init(&call->link);
    call->admin = admin;
    call->fanout = fanout;
    random_init(&call->random, random_seed());
    call->deadline_us = handle_deadline_us(&admin->handle, timeout_ms);
    call->port = (struct fanout_port){
        .send = port_send,
        .cancel = port_cancel,
        .forget_controller = port_forget_controller,
        .now_us = port_now_us,
        .backoff_us = port_backoff_us,
        .pause = port_pause,
        .done = port_done,
        .of_controllers = config_rules_of_controllers(admin->handle.config, KC_OPTION_ADMIN),
    };
    return call;
}

enum kc_err admin_handle_run(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                             struct harvest **ret_harvest, struct kc_error *error)
{
    struct admin_call *call = fanout ? call_create(admin, fanout, timeout_ms) : NULL;
    if (!call) {
        fanout_destroy(fanout);
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    int wait_ms = timeout_ms < 0 ? -1 : MIN_OF(timeout_ms, INT32_MAX - GRACE_MS) + GRACE_MS;
    enum kc_err err =
        ask_wait(&call->ask, admin->handle.thread, wait_ms, fanout->family->what, error);
    if (!err) {
        *ret_harvest = fanout->harvest;
        fanout->harvest = NULL;
    }
    ask_drop(&call->ask);
    return err;
}

enum kc_err admin_handle_collect(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                                 void *ret_result, struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_run(admin, fanout, timeout_ms, &harvest, error);
    if (!err) {
        void *result = &harvest->as;
        memcpy(ret_result, &result, sizeof(result));
    }
    return err;
}

enum kc_err admin_handle_succeed(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                                 struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_run(admin, fanout, timeout_ms, &harvest, error);
    harvest_destroy(harvest);
    return err;
}

enum kc_err admin_handle_run_positions(struct kc_admin *admin, struct fanout *fanout,
                                       int timeout_ms, struct kc_positions **ret_positions,
                                       struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_run(admin, fanout, timeout_ms, &harvest, error);
    if (err) {
        return err;
    }
    const struct kc_positions *positions = &harvest->as.positions;
    struct kc_positions *copy = commit_positions_copy(positions->items, positions->count);
    harvest_destroy(harvest);
    if (!copy) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    *ret_positions = copy;
    return KC_ERR_NONE;
}

int admin_handle_left_ms(const struct kc_admin *admin, int64_t deadline_us)
{
    int64_t left_ms = (deadline_us - clock_now_us(admin->handle.clock)) / 1000;
    return deadline_us == INT64_MAX ? -1
                                    : (int)MIN_OF(MAX_OF(left_ms, (int64_t)1), (int64_t)INT32_MAX);
}

enum kc_err admin_handle_check(const struct kc_admin *admin, const void *ret_result, size_t count,
                               struct kc_error *error)
{
    if (!admin || !ret_result) {
        return reason_set(error, KC_ERR_INVALID,
                          "an admin client and a place for the result are "
                          "needed");
    }
    if (count > ITEM_COUNT_MAX) {
        return reason_set(error, KC_ERR_INVALID, "too many items for one call: %zu", count);
    }
    return KC_ERR_NONE;
}

enum kc_err admin_handle_check_names(const struct kc_admin *admin, const void *ret_result,
                                     const char *const *names, size_t count, const char *what,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_result, count, error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!names || !names[i]) {
            err = reason_set(error, KC_ERR_INVALID, "%s needs a name", what);
        }
    }
    return err;
}

enum kc_err admin_handle_check_items(const struct kc_admin *admin, const void *ret_result,
                                     const void *items, size_t count, const char *what,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_result, count, error);
    return err || items || count == 0
               ? err
               : reason_set(error, KC_ERR_INVALID, "%zu %s are told, but not where", count, what);
}

enum kc_err admin_handle_check_partitions(const struct kc_admin *admin, const void *ret_result,
                                          const void *items, size_t count, size_t size,
                                          struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_result, items, count, "partitions", error);
    for (size_t i = 0; i < count && !err; i++) {
        const struct kc_partition *partition = (const void *)((const uint8_t *)items + i * size);
        if (!partition->topic || !partition->topic[0] || partition->partition < 0) {
            err = reason_set(error, KC_ERR_INVALID, "a partition needs a topic and a number");
        }
    }
    return err;
}

enum kc_err admin_handle_check_uuids(const struct kc_admin *admin, const void *ret_result,
                                     const char *const *ids, size_t count, const char *what,
                                     struct kc_error *error)
{
    struct uuid uuid;
    enum kc_err err = admin_handle_check_names(admin, ret_result, ids, count, what, error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!uuid_parse(slice_text(ids[i]), &uuid) || uuid_is_zero(&uuid)) {
            err = reason_set(error, KC_ERR_INVALID, "'%s' is not %s", ids[i], what);
        }
    }
    return err;
}

static void abort_calls(void *context)
{
    struct kc_admin *admin = context;
    LIST_EACH_SAFE(node, &admin->calls)
    {
        struct admin_call *call = LIST_ITEM(node, struct admin_call, link);
        fanout_abort(call->fanout, KC_ERR_CLOSED, NULL);
    }
}

struct kc_admin *kc_admin_create(const struct kc_config *config, struct kc_error *error)
{
    struct kc_admin *admin = calloc(1, sizeof(*admin));
    if (!admin) {
        (void)reason_plain(error, KC_ERR_NO_MEMORY);
        return NULL;
    }
    list_init(&admin->calls);
    lock_init(&admin->lock);
    if (handle_init(&admin->handle, config, KC_OPTION_ADMIN, error) != KC_ERR_NONE) {
        lock_finish(&admin->lock);
        free(admin);
        return NULL;
    }
    return admin;
}

void kc_admin_destroy(struct kc_admin *admin)
{
    if (admin) {
        thread_call_sync(admin->handle.thread, abort_calls, admin);
        handle_finish(&admin->handle);
        lock_finish(&admin->lock);
        free(admin);
    }
}
