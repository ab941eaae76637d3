/* handler: what clients have used of their quotas, and how long who used too much must be silent,
 * as Kafka counts it. Pure: time comes from outside (milliseconds, never backwards). What is
 * remembered of clients is bounded: who was silent for an hour is forgotten, and when it becomes
 * too much, who was silent longest. Out of memory a client goes free. */
#ifndef HANDLER_THROTTLE_H
#define HANDLER_THROTTLE_H

#include "controller/quota_table.h"
#include "handler/rate.h"

struct throttle;

struct throttle_options {
    const struct quota_table *quotas;   /* borrowed; may change between calls */
    struct rate_window window;          /* quota.window.num, quota.window.size.seconds */
    struct rate_window mutation_window; /* controller.quota.window.* */
    size_t bytes_max;                   /* of what is remembered */
    uint64_t seed;
};

/* NULL: no memory. */
struct throttle *throttle_create(const struct throttle_options *options);
void throttle_destroy(struct throttle *throttle); /* NULL is fine */

struct throttle_client {
    struct slice user;
    struct slice client_id; /* null or empty: none */
};

/* The client has used an amount of what the key limits by a rate. Returns for how many ms it must
 * be silent; 0: it is within its quota, or has none. Of a request's time no more than one sample of
 * the window. */
int32_t throttle_charge(struct throttle *throttle, enum quota_key key,
                        const struct throttle_client *client, double amount, int64_t now_ms);

/* Only adds it to what counts the next time. */
void throttle_note(struct throttle *throttle, enum quota_key key,
                   const struct throttle_client *client, double amount, int64_t now_ms);

/* The client is to be given so many bytes. When the answer is not 0 it must not be given them, and
 * they were not counted. One difference from Kafka: who was given nothing in the whole window is
 * given even what is more than a window's worth (one large batch), and waits afterwards; in Kafka
 * it would never be given it. */
int32_t throttle_give(struct throttle *throttle, const struct throttle_client *client, double bytes,
                      int64_t now_ms);

/* The most that may be given at once, lest it be too much even after a long silence. */
double throttle_room(struct throttle *throttle, const struct throttle_client *client);

/* Partitions are to be made or deleted. strict: false when the client owes some from before, and
 * then they are not counted; else they are counted, and true. *ret_ms is how long it must be silent
 * because of what it owes. */
bool throttle_permit(struct throttle *throttle, const struct throttle_client *client, double count,
                     bool strict, int64_t now_ms, int32_t *ret_ms);

/* A connection from an address (16 bytes, see quota_table_of_address). Not 0: it must not be taken,
 * was not counted, and should be closed after so many ms. */
int32_t throttle_connect(struct throttle *throttle, const uint8_t *address, int64_t now_ms);

/* For whom watches: how often and for how long somebody was made silent. */
struct throttle_total {
    int64_t count;
    int64_t ms;
};
void throttle_tell(struct throttle *throttle, enum quota_key key, int32_t ms);
const struct throttle_total *throttle_totals(const struct throttle *throttle); /* by quota_key */
size_t throttle_clients(const struct throttle *throttle);                      /* remembered */

#endif
