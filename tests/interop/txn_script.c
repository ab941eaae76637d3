/* interop: requests of transactional producers, right and wrong ones, to the broker at a port of
 * this machine; each answer is printed. What it prints at Apache Kafka it must print at
 * broker-lite.
 */
#include "support/test.h"
#include "unit/handler/txn_line.h"

#include <poll.h>
#include <stdio.h>

enum { PATIENCE = 600 };

struct script {
    struct line line;
};

static void tell(const struct txn_line *txn, const char *what, enum kc_err err)
{
    (void)printf("| %-12s %-34s %d epoch %d\n", txn->id, what, (int)err, txn->epoch);
}

/* A broker may still be loading, or writing the markers of the transaction before. */
static bool is_for_later(enum kc_err err)
{
    return err == KC_ERR_CONCURRENT_TRANSACTIONS || err == KC_ERR_NOT_COORDINATOR ||
           err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS || err == KC_ERR_COORDINATOR_NOT_AVAILABLE;
}

static enum kc_err patiently(struct txn_line *txn, enum kc_err (*ask)(struct txn_line *txn))
{
    enum kc_err err = ask(txn);
    for (int i = 0; i < PATIENCE && is_for_later(err); i++) {
        (void)poll(NULL, 0, 20);
        err = ask(txn);
    }
    return err;
}

static void await(struct txn_line *txn, const char *state)
{
    char now[32] = "";
    for (int i = 0; i < PATIENCE && strcmp(now, state) != 0; i++) {
        txn_state(txn, now);
        if (strcmp(now, state) != 0) {
            (void)poll(NULL, 0, 20);
        }
    }
    (void)printf("| %-12s is %s\n", txn->id, now);
}

static void start(struct script *script, struct txn_line *txn, const char *id, bool old)
{
    txn_line_init(txn, &script->line, id);
    txn->old = old;
    tell(txn, "init", patiently(txn, txn_begin));
}

static void show_log(struct script *script, const char *topic)
{
    struct txn_view view;
    txn_fetch(&script->line, topic, 0, true, &view);
    (void)printf("| %s: hw %d lso %d aborted %d batches %d\n", topic, (int)view.high_watermark,
                 (int)view.last_stable_offset, view.aborted_count, view.batch_count);
}

/* Clients of before KIP-890. */
static void old_client(struct script *script)
{
    struct txn_line txn;
    start(script, &txn, "old", true);
    tell(&txn, "end, nothing begun", txn_end(&txn, true));
    tell(&txn, "abort, nothing begun", txn_end(&txn, false));
    tell(&txn, "produce, not added", txn_produce(&txn, "old", 0));
    txn.version = 10;
    tell(&txn, "produce 10, not added", txn_produce(&txn, "old", 0));
    txn.version = -1;
    tell(&txn, "add", txn_add(&txn, "old", 0));
    tell(&txn, "add again", txn_add(&txn, "old", 0));
    await(&txn, "Ongoing");
    tell(&txn, "produce", txn_produce(&txn, "old", 0));
    tell(&txn, "produce", txn_produce(&txn, "old", 0));
    tell(&txn, "commit", txn_end(&txn, true));
    await(&txn, "CompleteCommit");
    tell(&txn, "commit again", txn_end(&txn, true));
    tell(&txn, "abort after commit", txn_end(&txn, false));
    tell(&txn, "add", txn_add(&txn, "old", 0));
    tell(&txn, "produce", txn_produce(&txn, "old", 0));
    tell(&txn, "abort", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    tell(&txn, "abort again", txn_end(&txn, false));
    tell(&txn, "commit after abort", txn_end(&txn, true));
    tell(&txn, "begin again", txn_begin_again(&txn));
    await(&txn, "Empty");
    show_log(script, "old");
}

/* KIP-890: partitions come with the records, epochs go up. */
static void new_client(struct script *script)
{
    struct txn_line txn;
    start(script, &txn, "new", false);
    tell(&txn, "commit, nothing begun", txn_end(&txn, true));
    tell(&txn, "abort, nothing begun", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    tell(&txn, "produce", txn_produce(&txn, "new", 0));
    await(&txn, "Ongoing");
    tell(&txn, "produce", txn_produce(&txn, "new", 0));
    tell(&txn, "commit", txn_end(&txn, true));
    await(&txn, "CompleteCommit");
    txn.epoch--;
    tell(&txn, "commit again", txn_end(&txn, true));
    txn.epoch--;
    tell(&txn, "abort after commit", txn_end(&txn, false));
    txn.epoch--;
    tell(&txn, "commit, older epoch", txn_end(&txn, true));
    txn.epoch += 2;
    tell(&txn, "commit, nothing new", txn_end(&txn, true));
    txn.sequence = 5;
    tell(&txn, "produce, wrong sequence", txn_produce(&txn, "new", 0));
    txn.sequence = 0;
    tell(&txn, "produce", txn_produce(&txn, "new", 0));
    tell(&txn, "abort", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    tell(&txn, "abort, nothing new", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    txn.epoch--;
    tell(&txn, "produce, old epoch", txn_produce(&txn, "new", 0));
    show_log(script, "new");
}

static void fencing(struct script *script)
{
    struct txn_line first;
    struct txn_line second;
    start(script, &first, "fenced", false);
    tell(&first, "produce", txn_produce(&first, "fenced", 0));
    second = first;
    tell(&second, "init while it is open", txn_begin(&second));
    tell(&second, "init", patiently(&second, txn_begin));
    await(&second, "Empty");
    tell(&first, "produce, fenced", txn_produce(&first, "fenced", 0));
    tell(&first, "commit, fenced", txn_end(&first, true));
    tell(&first, "add, fenced", txn_add(&first, "fenced", 0));
    tell(&first, "add offsets, fenced", txn_add_offsets(&first, "group"));
    tell(&first, "begin again, fenced", txn_begin_again(&first));
    first.version = 3;
    tell(&first, "begin again 3, fenced", txn_begin_again(&first));
    first.version = 1;
    tell(&first, "commit 1, fenced", txn_end(&first, true));
    tell(&first, "add 1, fenced", txn_add(&first, "fenced", 0));
    tell(&second, "begin again", txn_begin_again(&second));
    second.epoch--;
    tell(&second, "begin again, answer lost", txn_begin_again(&second));
    second.producer_id += 1000;
    tell(&second, "begin again, other id", txn_begin_again(&second));
    tell(&second, "commit, other id", txn_end(&second, true));
    tell(&second, "add, other id", txn_add(&second, "fenced", 0));
    show_log(script, "fenced");
}

static void offsets(struct script *script)
{
    struct txn_line txn;
    start(script, &txn, "offsets", true);
    tell(&txn, "commit offset, not added", txn_commit_offset(&txn, "g-old", "old", 1));
    txn.version = 4;
    tell(&txn, "commit offset 4, not added", txn_commit_offset(&txn, "g-old", "old", 1));
    txn.version = -1;
    tell(&txn, "add offsets", txn_add_offsets(&txn, "g-old"));
    tell(&txn, "commit offset", txn_commit_offset(&txn, "g-old", "old", 7));
    (void)printf("| committed %d\n", (int)txn_committed(&script->line, "g-old", "old", false));
    (void)printf("| stable %d\n", (int)txn_committed(&script->line, "g-old", "old", true));
    tell(&txn, "commit", txn_end(&txn, true));
    await(&txn, "CompleteCommit");
    (void)printf("| committed %d\n", (int)txn_committed(&script->line, "g-old", "old", true));
    start(script, &txn, "offsets-new", false);
    tell(&txn, "commit offset", txn_commit_offset(&txn, "g-old", "old", 9));
    await(&txn, "Ongoing");
    tell(&txn, "abort", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    (void)printf("| committed %d\n", (int)txn_committed(&script->line, "g-old", "old", true));
    txn.epoch--;
    tell(&txn, "commit offset, old epoch", txn_commit_offset(&txn, "g-old", "old", 9));
}

static void wrong(struct script *script)
{
    struct txn_line txn;
    txn_line_init(&txn, &script->line, "wrong");
    tell(&txn, "commit, unknown", txn_end(&txn, true));
    tell(&txn, "add, unknown", txn_add(&txn, "old", 0));
    tell(&txn, "verify, unknown", txn_verify(&txn, "old", 0));
    tell(&txn, "produce, unknown",
         (txn.producer_id = 5, txn.epoch = 0, txn_produce(&txn, "old", 0)));
    txn.timeout_ms = 900001;
    tell(&txn, "init, long timeout", txn_begin(&txn));
    txn.timeout_ms = 0;
    tell(&txn, "init, no timeout", txn_begin(&txn));
    txn.timeout_ms = 60000;
    txn.producer_id = 5;
    txn.epoch = -1;
    tell(&txn, "init, id without epoch", txn_begin_again(&txn));
    txn.epoch = 3;
    tell(&txn, "init, claims an id", (txn_begin_again(&txn)));
    tell(&txn, "verify, nothing begun", txn_verify(&txn, "old", 0));
    txn.version = 4;
    tell(&txn, "verify 4, nothing begun", txn_verify(&txn, "old", 0));
    txn.version = -1;
    tell(&txn, "add, no such topic", txn_add(&txn, "nowhere", 0));
    tell(&txn, "add, no such partition", txn_add(&txn, "old", 99));
    tell(&txn, "add", txn_add(&txn, "old", 0));
    tell(&txn, "verify", txn_verify(&txn, "old", 0));
    tell(&txn, "abort", txn_end(&txn, false));
    await(&txn, "CompleteAbort");
    struct txn_line empty = txn;
    empty.id = "";
    tell(&empty, "init, empty id", txn_begin(&empty));
    tell(&empty, "commit, empty id", txn_end(&empty, true));
    tell(&empty, "add, empty id", txn_add(&empty, "old", 0));
}

static void make_topic(struct script *script, const char *name)
{
    (void)line_create_topic(&script->line, name, 1);
}

/* TXN_PORT: the broker's port on 127.0.0.1. */
TEST(script)
{
    struct script script;
    txn_connect(&script.line);
    line_await_coordinator(&script.line, "g-old");
    make_topic(&script, "old");
    make_topic(&script, "new");
    make_topic(&script, "fenced");
    old_client(&script);
    new_client(&script);
    fencing(&script);
    offsets(&script);
    wrong(&script);
    line_close(&script.line);
}
