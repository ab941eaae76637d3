/* producer-perf-test: the loop, and the deliveries. */
#include "producer-perf-test/sending.h"

#include "common/now.h"
#include "common/stop.h"

#include <inttypes.h>
#include <libclient/transaction.h>
#include <stdio.h>
#include <time.h>

enum { PAUSE_MS_MAX = 100, INIT_MS = 60000 };

static bool count_failure(struct sending *sending)
{
    return atomic_fetch_add(&sending->failed_count, 1) < SENDING_SHOWN_MAX;
}

static void print_text(struct text *text)
{
    if (text->size > 0) {
        fputs(text_view(text), stdout);
        fflush(stdout);
        text->size = 0;
    }
}

/* Runs on the library's I/O thread. */
static void delivered(void *context, const struct kc_delivery *delivery)
{
    struct tick *tick = context;
    struct sending *sending = tick->owner;
    if (delivery->err) {
        if (count_failure(sending)) {
            fprintf(stderr, "ERROR %s%s\n", kc_err_text(delivery->err),
                    delivery->status == KC_MAYBE_WRITTEN ? " (it may have been written)" : "");
        }
    } else {
        int64_t now_ms = now_wall_ms();
        int64_t latency_ms = now_ms - tick->start_ms;
        bool warm = atomic_load_explicit(&sending->warm, memory_order_relaxed);
        stats_record(&sending->stats, latency_ms, (int64_t)tick->bytes, now_ms, warm,
                     &sending->text);
        if (tick->steady) {
            stats_record(&sending->steady, latency_ms, (int64_t)tick->bytes, now_ms, false,
                         &sending->text);
        }
        print_text(&sending->text);
    }
    tick_deliver(tick);
}

/* False when no later record would fare better. */
static bool send_one(struct sending *sending, const struct kc_record *record, int64_t now_ms,
                     bool steady)
{
    struct tick *tick = sending->tick;
    if (!tick || tick->start_ms != now_ms || tick->bytes != record->value.size ||
        tick->steady != steady) {
        tick_retire(tick);
        tick = tick_create(sending, now_ms, record->value.size, steady);
        sending->tick = tick;
    }
    struct kc_error error;
    enum kc_err err = kc_producer_send(sending->producer, record, delivered, tick, &error);
    if (!err) {
        tick->sent++;
        return true;
    }
    if (count_failure(sending)) {
        fprintf(stderr, "ERROR %s\n", error.text);
    }
    return err == KC_ERR_TOO_LARGE;
}

/* Waits until record i is due; in short steps, as a signal may come. */
static void keep_rate(const struct sending *sending, int64_t i, int64_t start_ms)
{
    double due_ms = (double)start_ms + 1000.0 * (double)i / sending->wish->rate;
    while (!stop_signal()) {
        double left_ms = due_ms - (double)now_wall_ms();
        if (left_ms < 1) {
            return;
        }
        double pause_ms = left_ms < PAUSE_MS_MAX ? left_ms : PAUSE_MS_MAX;
        struct timespec pause = { .tv_nsec = (long)(pause_ms * 1e6) };
        (void)nanosleep(&pause, NULL);
    }
}

/* A transaction is begun with its first record. */
struct open_transaction {
    bool is_open;
    int64_t start_ms;
};

static bool survives(struct sending *sending, enum kc_err err, const struct kc_error *error)
{
    if (err && count_failure(sending)) {
        fprintf(stderr, "ERROR %s\n", error->text);
    }
    return !err;
}

static bool begin(struct sending *sending, struct open_transaction *transaction, int64_t now_ms)
{
    struct kc_error error;
    if (sending->wish->transaction_ms == 0 || transaction->is_open) {
        return true;
    }
    *transaction = (struct open_transaction){ true, now_ms };
    return survives(sending, kc_producer_begin_transaction(sending->producer, &error), &error);
}

static bool commit(struct sending *sending, struct open_transaction *transaction)
{
    struct kc_error error;
    if (!transaction->is_open) {
        return true;
    }
    transaction->is_open = false;
    return survives(sending, kc_producer_commit_transaction(sending->producer, -1, &error), &error);
}

static bool is_due(const struct sending *sending, const struct open_transaction *transaction,
                   int64_t now_ms)
{
    return transaction->is_open && sending->wish->transaction_ms <= now_ms - transaction->start_ms;
}

static void send_all(struct sending *sending)
{
    const struct send_wish *wish = sending->wish;
    int64_t start_ms = now_wall_ms();
    struct kc_record record = { .topic = wish->topic };
    struct open_transaction transaction = { 0 };
    for (int64_t i = 0; i < wish->count && !stop_signal(); i++) {
        record.value = payload_next(sending->payload, i);
        int64_t now_ms = now_wall_ms();
        if (wish->warmup_count > 0 && i == wish->warmup_count) {
            stats_init(&sending->steady, wish->count - i, wish->interval_ms, true, now_ms);
            atomic_store(&sending->warm, true);
        }
        bool steady = wish->warmup_count > 0 && i >= wish->warmup_count;
        if (!begin(sending, &transaction, now_ms) || !send_one(sending, &record, now_ms, steady) ||
            (is_due(sending, &transaction, now_ms) && !commit(sending, &transaction))) {
            return;
        }
        if (wish->rate >= 0) {
            keep_rate(sending, i + 1, start_ms);
        }
    }
    (void)commit(sending, &transaction);
}

void sending_run(struct sending *sending)
{
    const struct send_wish *wish = sending->wish;
    if (wish->warmup_count > 0) {
        printf("Warmup first %" PRId64 " records. Steady state results will print after the "
               "complete test summary.\n",
               wish->warmup_count);
        fflush(stdout);
    }
    struct kc_error error;
    stats_init(&sending->stats, wish->count, wish->interval_ms, false, now_wall_ms());
    if (wish->transaction_ms == 0 ||
        survives(sending, kc_producer_init_transactions(sending->producer, INIT_MS, &error),
                 &error)) {
        sending->stats.total.start_ms = now_wall_ms();
        sending->stats.window.start_ms = sending->stats.total.start_ms;
        send_all(sending);
    }
    tick_retire(sending->tick);
    sending->tick = NULL;
    (void)survives(sending, kc_producer_flush(sending->producer, -1, &error), &error);
    int64_t now_ms = now_wall_ms();
    stats_total(&sending->stats, now_ms, &sending->text);
    if (sending->steady.samples) {
        stats_total(&sending->steady, now_ms, &sending->text);
    }
    print_text(&sending->text);
    uint64_t failed = atomic_load(&sending->failed_count);
    if (failed > SENDING_SHOWN_MAX) {
        fprintf(stderr, "ERROR %" PRIu64 " records were not written\n", failed);
    }
}

void sending_finish(struct sending *sending)
{
    stats_finish(&sending->stats);
    stats_finish(&sending->steady);
    text_finish(&sending->text);
}
