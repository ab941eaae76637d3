/* tests: the public producer against a broker in this process, with a ledger: what was sent, what
 * was reported of it, and what the log has in the end. Records are numbered; the value of each is
 * its number and a pattern made of it, so that a borrowed byte shows. Everything fails the test
 * instead of returning. */
#ifndef RELIABILITY_LEDGER_H
#define RELIABILITY_LEDGER_H

#include "support/test.h"

#include <broker-lite/fault.h>
#include <libclient/client.h>

enum { LEDGER_PATIENCE_MS = 30000, LEDGER_TOPIC_MAX = 64 };

struct ledger_entry {
    struct ledger *ledger;
    size_t value_size;
    int reports; /* how often its fate was told */
    struct kc_delivery fate;
};

struct ledger {
    struct bl_broker *broker;
    char address[32];
    char topic[LEDGER_TOPIC_MAX];
    struct kc_producer *producer;
    struct ledger_entry *entries;
    size_t capacity;
    size_t count;
};

/* settings of the broker, name, value, ..., NULL; may be NULL. */
struct bl_broker *ledger_broker(const char *const *settings);
void ledger_broker_stop(struct bl_broker *broker);
int ledger_fault(struct bl_broker *broker, struct bl_fault fault);
void ledger_forgive(struct bl_broker *broker, int id);

/* Makes a topic of one partition. */
void ledger_prepare(struct bl_broker *broker, const char *topic);

/* Makes a producer that gives up slowly and tries again fast; settings of the producer over these.
 * The topic is there. */
void ledger_open(struct ledger *ledger, struct bl_broker *broker, const char *topic,
                 const char *const *settings, size_t capacity);

/* Handles with patience: a producer with its settings; a consumer at the start of the topic's only
 * partition; what a group committed for it, -1: nothing. */
struct kc_producer *ledger_producer(const char *address, const char *const *settings);
struct kc_consumer *ledger_consumer(const char *address, const char *topic,
                                    const char *const *settings);
int64_t ledger_group_offset(const char *address, const char *group);

/* Sends one record of this many bytes. The second returns what the call did. */
void ledger_send(struct ledger *ledger, size_t value_size);
enum kc_err ledger_try(struct ledger *ledger, size_t value_size);

/* Until everything is reported, or timeout_ms. */
void ledger_flush(struct ledger *ledger);

/* How many were reported with err so far; to be called when the producer is quiet. */
size_t ledger_count(const struct ledger *ledger, enum kc_err err);

/* Closes the producer and compares with the log, which is read back: each record was reported once;
 * what was acknowledged is there once, at its offset; what was certainly not written is not there;
 * nothing is there twice; the order is the order of the calls; every byte is as it was sent. Frees
 * the ledger. The number of records in the log. */
size_t ledger_close(struct ledger *ledger);

/* The same, the broker being gone: only the reports. */
void ledger_drop(struct ledger *ledger);

#endif
