/* client: the public functions of transactions: check, hand over, wait. */
#include "client/producer_handle.h"

#include <libclient/transaction.h>
#include <stdlib.h>
#include <string.h>

enum { OFFSETS_WAITING_MAX = 64 };

/* A call that starts an act and waits for its end. */
struct act_ask {
    struct ask ask;
    struct kc_producer *producer;
    enum transaction_act act;
    bool is_again;
    struct transaction_wait wait;
};

static void act_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    ask_end(&CONTAINER_OF(wait, struct act_ask, wait)->ask, outcome);
}

/* Calls that timed out wait for nothing any more; else every repetition would leave one. */
static void sweep(struct transaction *transaction)
{
    struct kc_error nobody = { .code = KC_ERR_TIMED_OUT };
    LIST_EACH_SAFE(link, &transaction->waits)
    {
        struct act_ask *act = LIST_ITEM(link, struct act_ask, wait.link);
        if (ask_is_given_up(&act->ask)) {
            list_remove(link);
            ask_end(&act->ask, &nobody);
        }
    }
}

static void act_run(void *context)
{
    struct act_ask *act = CONTAINER_OF((struct ask *)context, struct act_ask, ask);
    struct kc_producer *producer = act->producer;
    struct kc_error error;
    transaction_port_learn(producer);
    sweep(&producer->core->transaction);
    act->wait.done = act_done;
    if (transaction_start(&producer->core->transaction, act->act, act->is_again, &act->wait,
                          &error) != KC_ERR_NONE) {
        ask_end(&act->ask, &error);
        return;
    }
    /* Nothing lingers in a commit. */
    producer_settle_active(producer->core, clock_now_us(producer->handle.clock));
    producer_run(producer->core);
}

static void act_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct act_ask, ask));
}

struct hold_up {
    struct kc_producer *producer;
    struct kc_error error;
};

static void get_hold_up(void *context)
{
    struct hold_up *hold_up = context;
    hold_up->error = hold_up->producer->core->transaction.cause;
    if (hold_up->error.code == KC_ERR_NONE) {
        cluster_last_error(hold_up->producer->handle.cluster, &hold_up->error);
    }
}

static enum kc_err tell_late(struct kc_producer *producer, const char *call, int timeout_ms,
                             struct kc_error *error)
{
    struct hold_up hold_up = { .producer = producer };
    thread_call_sync(producer->handle.thread, get_hold_up, &hold_up);
    bool has_cause = hold_up.error.code != KC_ERR_NONE;
    return reason_set(error, KC_ERR_TIMED_OUT,
                      "%s: not finished within %d ms%s%s%s; the same call may be made again", call,
                      timeout_ms, has_cause ? " (" : "", has_cause ? hold_up.error.text : "",
                      has_cause ? ")" : "");
}

static enum kc_err run_act(struct kc_producer *producer, enum transaction_act act, const char *call,
                           int timeout_ms, struct kc_error *error)
{
    struct kc_error outcome;
    struct act_ask *asked = producer ? calloc(1, sizeof(*asked)) : NULL;
    if (!asked) {
        return producer ? reason_plain(error, KC_ERR_NO_MEMORY)
                        : reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    if (thread_is_current(producer->handle.thread)) {
        free(asked);
        return reason_set(error, KC_ERR_WRONG_STATE, "%s: must not wait in a callback", call);
    }
    asked->producer = producer;
    asked->act = act;
    asked->is_again = atomic_load(&producer->timed_out_act) == (int)act;
    ask_init(&asked->ask, act_run, act_free);
    (void)ask_wait(&asked->ask, producer->handle.thread, timeout_ms, call, &outcome);
    bool is_late = ask_is_given_up(&asked->ask);
    ask_drop(&asked->ask);
    if (is_late) {
        atomic_store(&producer->timed_out_act, (int)act);
        return tell_late(producer, call, timeout_ms, error);
    }
    if (outcome.code != KC_ERR_WRONG_STATE) {
        atomic_store(&producer->timed_out_act, (int)TRANSACTION_NO_ACT);
    }
    if (error) {
        *error = outcome;
    }
    return outcome.code;
}

enum kc_err kc_producer_init_transactions(struct kc_producer *producer, int timeout_ms,
                                          struct kc_error *error)
{
    return run_act(producer, TRANSACTION_INITIALIZE, "init_transactions", timeout_ms, error);
}

enum kc_err kc_producer_commit_transaction(struct kc_producer *producer, int timeout_ms,
                                           struct kc_error *error)
{
    return run_act(producer, TRANSACTION_COMMIT, "commit_transaction", timeout_ms, error);
}

enum kc_err kc_producer_abort_transaction(struct kc_producer *producer, int timeout_ms,
                                          struct kc_error *error)
{
    return run_act(producer, TRANSACTION_ABORT, "abort_transaction", timeout_ms, error);
}

struct begin_call {
    struct kc_producer *producer;
    struct kc_error error;
};

static void begin_run(void *context)
{
    struct begin_call *call = context;
    transaction_port_learn(call->producer);
    (void)reason_clear(&call->error);
    (void)transaction_begin(&call->producer->core->transaction, &call->error);
}

enum kc_err kc_producer_begin_transaction(struct kc_producer *producer, struct kc_error *error)
{
    struct begin_call call = { .producer = producer };
    if (!producer) {
        return reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    if (atomic_load(&producer->timed_out_act) != (int)TRANSACTION_NO_ACT) {
        return reason_set(error, KC_ERR_WRONG_STATE,
                          "begin_transaction: the call before timed out and its outcome is open: "
                          "make it again");
    }
    thread_call_sync(producer->handle.thread, begin_run, &call);
    if (error) {
        *error = call.error;
    }
    return call.error.code;
}

static void offsets_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    ask_end(&CONTAINER_OF(wait, struct transaction_port_offsets, offsets.wait)->ask, outcome);
}

static void offsets_run(void *context)
{
    struct transaction_port_offsets *offsets =
        CONTAINER_OF((struct ask *)context, struct transaction_port_offsets, ask);
    struct kc_producer *producer = offsets->producer;
    struct transaction *transaction = &producer->core->transaction;
    struct kc_error error;
    size_t waiting = 0;
    LIST_EACH(link, &transaction->offsets)
    {
        waiting++;
    }
    offsets->offsets.wait.done = offsets_done;
    if (waiting >= OFFSETS_WAITING_MAX) {
        (void)reason_set(&error, KC_ERR_QUEUE_FULL,
                         "send_offsets_to_transaction: %zu such calls wait already", waiting);
        ask_end(&offsets->ask, &error);
        return;
    }
    if (transaction_send_offsets(transaction, &offsets->offsets, &error) != KC_ERR_NONE) {
        ask_end(&offsets->ask, &error);
        return;
    }
    producer_run(producer->core);
}

static void offsets_free(struct ask *ask)
{
    struct transaction_port_offsets *offsets =
        CONTAINER_OF(ask, struct transaction_port_offsets, ask);
    ask_finish(ask);
    arena_finish(&offsets->arena);
    free(offsets);
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text ? arena_printf(arena, "%s", text) : NULL;
}

static bool copy_offsets(struct transaction_port_offsets *offsets,
                         const struct kc_position *positions, size_t count,
                         const struct kc_group_metadata *group)
{
    struct arena *arena = &offsets->arena;
    bool is_whole = true;
    offsets->offsets.group_id = copy_text(arena, group->group_id);
    offsets->member_id = copy_text(arena, group->member_id ? group->member_id : "");
    offsets->instance_id = copy_text(arena, group->instance_id);
    offsets->generation_id = group->generation_id;
    offsets->positions = arena_alloc_array(arena, count, sizeof(*positions));
    if (!offsets->offsets.group_id || !offsets->member_id || !offsets->positions ||
        (group->instance_id && !offsets->instance_id)) {
        return false;
    }
    for (size_t i = 0; i < count && is_whole; i++) {
        offsets->positions[i] = positions[i];
        offsets->positions[i].topic = copy_text(arena, positions[i].topic);
        offsets->positions[i].metadata = copy_text(arena, positions[i].metadata);
        is_whole = offsets->positions[i].topic &&
                   (!positions[i].metadata || offsets->positions[i].metadata);
    }
    offsets->count = count;
    return is_whole;
}

static enum kc_err check_offsets(const struct kc_producer *producer,
                                 const struct kc_position *positions, size_t count,
                                 const struct kc_group_metadata *group, struct kc_error *error)
{
    if (!producer || !group || !group->group_id || group->group_id[0] == 0) {
        return reason_set(error, KC_ERR_INVALID, "a producer and a group id are needed");
    }
    if (group->generation_id >= 0 && (!group->member_id || group->member_id[0] == 0)) {
        return reason_set(error, KC_ERR_INVALID,
                          "group '%s': a generation_id needs the member_id that belongs to it",
                          group->group_id);
    }
    for (size_t i = 0; i < count; i++) {
        if (!positions[i].topic || positions[i].topic[0] == 0 || positions[i].partition < 0 ||
            positions[i].offset < 0) {
            return reason_set(error, KC_ERR_INVALID,
                              "offsets need a topic, a partition and an offset of 0 or more");
        }
    }
    return thread_is_current(producer->handle.thread)
               ? reason_set(error, KC_ERR_WRONG_STATE,
                            "send_offsets_to_transaction: must not wait in a callback")
               : KC_ERR_NONE;
}

enum kc_err kc_producer_send_offsets_to_transaction(struct kc_producer *producer,
                                                    const struct kc_position *positions,
                                                    size_t count,
                                                    const struct kc_group_metadata *group,
                                                    int timeout_ms, struct kc_error *error)
{
    enum kc_err err = check_offsets(producer, positions, count, group, error);
    if (err != KC_ERR_NONE || count == 0) {
        return err != KC_ERR_NONE ? err : reason_clear(error);
    }
    struct transaction_port_offsets *offsets = calloc(1, sizeof(*offsets));
    if (!offsets) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    offsets->producer = producer;
    ask_init(&offsets->ask, offsets_run, offsets_free);
    arena_init(&offsets->arena, 0);
    if (!copy_offsets(offsets, positions, count, group)) {
        ask_drop(&offsets->ask);
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    err = ask_wait(&offsets->ask, producer->handle.thread, timeout_ms,
                   "send_offsets_to_transaction", error);
    if (ask_is_given_up(&offsets->ask)) {
        err = tell_late(producer, "send_offsets_to_transaction", timeout_ms, error);
    }
    ask_drop(&offsets->ask);
    return err;
}

static void get_cause(void *context)
{
    struct begin_call *call = context;
    call->error = call->producer->core->transaction.error;
}

enum kc_transaction_state kc_producer_transaction_state(struct kc_producer *producer,
                                                        struct kc_error *ret_cause)
{
    struct begin_call call = { .producer = producer };
    if (!producer) {
        (void)reason_set(ret_cause, KC_ERR_INVALID, "a producer is needed");
        return KC_TRANSACTION_UNINITIALIZED;
    }
    if (ret_cause) {
        thread_call_sync(producer->handle.thread, get_cause, &call);
        *ret_cause = call.error;
    }
    return (enum kc_transaction_state)atomic_load(&producer->core->transaction.state_told);
}

enum kc_err producer_handle_explain_transaction(struct kc_producer *producer, enum kc_err err,
                                                struct kc_error *error)
{
    struct kc_error cause;
    (void)kc_producer_transaction_state(producer, &cause);
    if (cause.code == err) {
        *error = cause;
        return err;
    }
    return reason_set(error, err,
                      "no transaction is open: with transactional.id records are sent between "
                      "kc_producer_begin_transaction and its commit or abort");
}

void producer_handle_end_transaction(struct kc_producer *producer, int timeout_ms)
{
    switch (kc_producer_transaction_state(producer, NULL)) {
    case KC_TRANSACTION_OPEN:
    case KC_TRANSACTION_ABORTABLE:
    case KC_TRANSACTION_ABORTING:
        (void)kc_producer_abort_transaction(producer, timeout_ms, NULL);
        break;
    case KC_TRANSACTION_COMMITTING:
        (void)kc_producer_commit_transaction(producer, timeout_ms, NULL);
        break;
    default:
        break;
    }
}
