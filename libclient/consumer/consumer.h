/* consumer: a consumer's state on the I/O thread: what is assigned, where each partition stands,
 * the brokers it is fetched from, the group. All functions run on the loop's thread and never wait;
 * what the application is to know goes out as news, in order. */
#ifndef CONSUMER_CONSUMER_H
#define CONSUMER_CONSUMER_H

#include "base/clock.h"
#include "cluster/cluster.h"
#include "consumer/assignor.h"
#include "consumer/budget.h"
#include "consumer/commit.h"
#include "consumer/member.h"
#include "consumer/position.h"
#include "consumer/topic_pattern.h"
#include "net/loop.h"

#include <libclient/stall.h>

enum { CONSUMER_ASSIGNORS_MAX = 8 };

struct consumer_options {
    struct slice group_id;    /* null: none; copied, as are the next two */
    struct slice instance_id; /* group.instance.id; null: dynamic member */
    struct slice rack;        /* client.rack; empty: none */
    enum member_protocol protocol;
    struct slice remote_assignor; /* group.remote.assignor; null: the group's choice; copied */
    const struct assignor *assignors[CONSUMER_ASSIGNORS_MAX];
    size_t assignor_count;
    int32_t session_timeout_ms;
    int32_t heartbeat_interval_ms;
    int32_t max_poll_interval_ms;
    int32_t fetch_min_bytes;
    int32_t fetch_max_bytes;
    int32_t fetch_max_wait_ms;
    int32_t max_partition_fetch_bytes;
    bool partition_fetch_may_grow; /* max.partition.fetch.bytes was not set */
    int32_t request_timeout_ms;
    int32_t default_api_timeout_ms;
    bool check_crcs;
    bool read_committed;
    bool exclude_internal_topics; /* from what patterns match */
    struct position_policy policy;
};

struct consumer_host {
    struct cluster *cluster;
    struct loop *loop;
    const struct trace *trace;
    const struct clock *clock; /* wall_ms only; deadlines come from the loop */
    struct budget *budget;     /* taken */
    /* Takes over the list of news (struct news.link) and leaves it empty. */
    void (*deliver)(void *context, struct list *news);
    /* The group took these offsets. May be NULL. */
    void (*committed)(void *context, const struct kc_position *positions, size_t count);
    /* When the application polled last; INT64_MAX while it is in poll. */
    int64_t (*polled_us)(void *context);
    void *context;
    uint64_t seed;
};

struct consumer;

/* The membership, for statistics. Times are of the loop, 0: never. */
struct consumer_membership {
    enum member_state state;
    bool is_in;
    int64_t state_us;     /* since when */
    int64_t rebalance_us; /* of the last assignment or revocation */
    int64_t rebalance_count;
    const char *rebalance_reason; /* why the last one began; never NULL */
    size_t assigned_count;
};

/* NULL when memory is out. */
struct consumer *consumer_create(const struct consumer_options *options,
                                 const struct consumer_host *host);

/* Drops everything without a word to the group; commits not done yet are done with KC_ERR_CLOSED.
 * NULL is fine. */
void consumer_destroy(struct consumer *consumer);

/* Takes these partitions by hand: claims[i] from offsets[i]; `more`: besides what was assigned,
 * else instead of it. */
enum kc_err consumer_assign(struct consumer *consumer, struct claim *const *claims,
                            const int64_t *offsets, const int32_t *leader_epochs, size_t count,
                            bool more);

/* Gives one of them back. */
void consumer_unassign(struct consumer *consumer, struct claim *claim);

/* Joins the group for these topics, or changes them. Copied. */
enum kc_err consumer_subscribe(struct consumer *consumer, const struct slice *topics, size_t count);

/* Joins the group for all topics that match, as they come and go: by the pattern (taken on success)
 * here, or with `regex` by the group (KIP-848). */
enum kc_err consumer_subscribe_pattern(struct consumer *consumer, struct topic_pattern *pattern,
                                       const char *regex);

/* Asks for a rebalance. */
void consumer_rejoin(struct consumer *consumer);

/* Drops the assignment and leaves the group; `left` (may be NULL) is called when the group knows,
 * at once when there is nothing to tell. */
void consumer_unsubscribe(struct consumer *consumer, enum member_parting parting,
                          void (*left)(void *context), void *context);

/* The polling thread has handled NEWS_REVOKED and NEWS_LOST up to this number of theirs. */
void consumer_released(struct consumer *consumer, uint64_t rebalance);

/* The application polls again after the group was left because it did not. */
void consumer_polled(struct consumer *consumer);

/* The budget has room again. */
void consumer_refill(struct consumer *consumer);

/* Reads on from `offset` or KC_OFFSET_*; what is under way is stale. With `delay` as after an
 * error: not before the backoff. A claim that is not assigned any more is left alone. */
void consumer_seek(struct consumer *consumer, struct claim *claim, int64_t offset,
                   int32_t leader_epoch, uint32_t generation, bool delay);

/* Reads on from the first record of this time. */
void consumer_seek_time(struct consumer *consumer, struct claim *claim, int64_t timestamp_ms,
                        uint32_t generation);

/* What keeps the partition from bringing records, as far as this side knows. */
void consumer_stall(struct consumer *consumer, struct claim *claim, struct kc_stall *ret_stall);

void consumer_pause(struct consumer *consumer, struct claim *claim, bool is_paused);

/* Takes the commit; done in the order of the calls. */
void consumer_commit(struct consumer *consumer, struct commit *commit);

/* The member id of the group and its generation, while the group knows us; else empty and -1.
 * Borrowed until the loop goes on. */
struct slice consumer_member_id(const struct consumer *consumer, int32_t *ret_generation);

/* Fills in the positions of `commit` with what the group committed. */
void consumer_ask_committed(struct consumer *consumer, struct commit *commit);

/* Shows all that is assigned, and the broker that each is fetched from (-1: none). */
void consumer_show(const struct consumer *consumer,
                   void (*see)(void *context, const struct position *position, int32_t broker_id),
                   void *context);
void consumer_show_membership(const struct consumer *consumer,
                              struct consumer_membership *ret_membership);

#endif
