/* cluster: the client's dealings with all brokers: who they are, connections to them, requests that
 * find the right one. Runs on the loop's thread; callbacks come from the loop. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "cluster/metadata.h"
#include "cluster/retry.h"
#include "net/address.h"
#include "net/conn.h"

struct cluster;
struct observer; /* cluster/observer.h */

struct cluster_options {
    struct loop *loop;
    const struct trace *trace;
    uint64_t seed;                 /* of jitter and of the order of brokers */
    struct address_list bootstrap; /* copied */
    /* KIP-919: bootstrap names controllers. They are the brokers of this cluster then; a request to
     * any goes to the active one, and what only brokers serve ends with
     * KC_ERR_UNSUPPORTED_ENDPOINT_TYPE. */
    bool of_controllers;
    struct slice client_id;        /* copied */
    int64_t metadata_max_age_ms;   /* metadata.max.age.ms */
    int64_t request_timeout_ms;    /* request.timeout.ms: one try */
    struct retry_policy retry;     /* retry.backoff(.max).ms */
    struct retry_policy reconnect; /* reconnect.backoff(.max).ms */
    int64_t setup_timeout_ms;      /* socket.connection.setup.timeout.ms */
    int64_t setup_timeout_ms_max;
    int64_t idle_ms_max; /* connections.max.idle.ms */
    size_t response_size_max;
    int send_buffer_size; /* as conn_options has them */
    int receive_buffer_size;
    size_t in_flight_max;           /* of one connection */
    bool allow_auto_create;         /* allow.auto.create.topics in Metadata requests */
    bool rebootstrap;               /* metadata.recovery.strategy=rebootstrap (KIP-899) */
    int64_t rebootstrap_trigger_ms; /* KIP-1102 */
    struct stream_wrap security;
    const struct credential *credential; /* NULL: no login; must outlive the cluster */
    const struct observer *observer;     /* NULL: nobody; must outlive the cluster */
};

/* The Java client's defaults. */
void cluster_options_defaults(struct cluster_options *ret_options);

/* NULL when memory is out. Connects when something is asked for. */
struct cluster *cluster_create(const struct cluster_options *options);

/* Pending requests are done with KC_ERR_CLOSED before it returns. NULL is fine. Not inside a
 * callback of the cluster. */
void cluster_destroy(struct cluster *cluster);

/* A broker's connections by use. It handles one request of each at a time, so what may take long
 * there (a long poll, a JoinGroup that waits for others, a commit that waits for replicas) must not
 * stand before what may not: a member whose heartbeats wait is put out. */
enum cluster_use {
    CLUSTER_USE_GENERAL,
    CLUSTER_USE_PRODUCE,
    CLUSTER_USE_FETCH,
    CLUSTER_USE_COORDINATOR,
    CLUSTER_USE_HEARTBEAT,
    CLUSTER_USE_COUNT
};

enum cluster_target {
    CLUSTER_ANY,
    CLUSTER_CONTROLLER,
    CLUSTER_BROKER, /* broker_id */
    CLUSTER_GROUP,  /* coordinator of the group `key` */
    CLUSTER_TXN     /* coordinator of the transactional id `key` */
};

/* A request that finds its broker, connects on demand and waits for it. The caller owns the struct
 * and what it points at until done; zero it first. */
struct cluster_request {
    enum cluster_target target;
    enum cluster_use use;
    int32_t broker_id;
    struct slice key;
    int16_t api_key;
    int16_t version_min;
    int16_t version_max; /* 0: no cap (set limit_version to cap at 0) */
    bool limit_version;
    bool is_idempotent;  /* sent again when the connection is lost before the answer */
    const void *message; /* until done: bytes values of at least CONN_SPLICE_MIN are not copied */
    int64_t timeout_ms;  /* for all of it; 0: request_timeout_ms */
    int64_t try_timeout_ms; /* for one try on a connection; 0: request_timeout_ms (at most what is
                               left of timeout_ms); longer for long polls */
    /* May be NULL. Called before each encoding with the version that will be spoken; may change
     * `message`. An error ends the request with it. */
    enum kc_err (*prepare)(struct cluster_request *request, int16_t version);
    /* Called once, never before cluster_request returns. reply->err is the transport's error, with
     * the last cause in text ("cannot connect to 127.0.0.1:1 (Connection refused)"): also when time
     * ran out. The struct is the caller's again. */
    void (*done)(struct cluster_request *request, const struct conn_reply *reply);
    void *context;
    int32_t node_id; /* told: the broker that answered; below 0: a bootstrap address */

    struct list link; /* the cluster's own, as are the following */
    struct cluster *cluster;
    struct conn *conn; /* sent on it */
    struct loop_timer timer;
    int64_t deadline_us;
    int failures;
    int state;
    bool is_released;
};

void cluster_request(struct cluster *cluster, struct cluster_request *request);

/* In done: the answer said to try again. Waits the backoff and sends it again within the first
 * call's timeout; false when there is no time left (the caller then reports the error). */
bool cluster_request_again(struct cluster *cluster, struct cluster_request *request);

/* done is not called any more; the struct is the caller's again. Harmless when it is not pending.
 * Message bytes that were not copied may still be in a socket's queue: the connection is then
 * closed. */
void cluster_request_cancel(struct cluster *cluster, struct cluster_request *request);

/* The answer said NOT_COORDINATOR or COORDINATOR_NOT_AVAILABLE: looks it up anew next time. */
void cluster_forget_coordinator(struct cluster *cluster, enum cluster_target target,
                                struct slice key);

/* The answer said NOT_CONTROLLER. */
void cluster_forget_controller(struct cluster *cluster);

/* Wishes to hear of changes. Owned by the caller; callbacks may be NULL. */
struct cluster_watch {
    /* Topics, leaders or brokers changed, or topic errors were told. */
    void (*on_metadata)(struct cluster_watch *watch);
    /* Metadata was asked for and is as it was; for who waits to know that. */
    void (*on_confirmed)(struct cluster_watch *watch);
    /* A connection that cluster_broker_conn was asked for is ready (err 0), or could not be made or
     * is lost (err and text; its requests were failed before). */
    void (*on_conn)(struct cluster_watch *watch, int32_t broker_id, enum cluster_use use,
                    enum kc_err err, const char *text);
    /* A request on the connection was completed, or its throttle time passed. */
    void (*on_drain)(struct cluster_watch *watch, int32_t broker_id, enum cluster_use use);
    void *context;
    struct list link;
};

void cluster_watch_add(struct cluster *cluster, struct cluster_watch *watch);
void cluster_watch_remove(struct cluster_watch *watch);

/* The ready connection to a broker for conn_send, conn_version and conn_in_flight; NULL: not now.
 * Connecting is then under way (on_conn tells), waits for its backoff, or the broker is throttled
 * (on_drain tells). Use it at once, never keep it; never destroy it. */
struct conn *cluster_broker_conn(struct cluster *cluster, int32_t broker_id, enum cluster_use use);

/* Requests that were handed to the broker's connections and that the kernel has not taken yet. */
size_t cluster_unwritten(const struct cluster *cluster, int32_t broker_id);

/* KIP-219: the answer told a throttle time; nothing is sent there until it has passed. For users of
 * cluster_broker_conn and for done callbacks. */
void cluster_throttle(struct cluster *cluster, int32_t broker_id, enum cluster_use use,
                      int32_t throttle_time_ms);

/* The view; see metadata.h. Changed by the cluster only (hints below). */
const struct metadata *cluster_metadata(const struct cluster *cluster);
const struct metadata_topic *cluster_topic(const struct cluster *cluster, struct slice name);

/* Topics whose metadata is kept fresh; counted: as many unwants as wants. Asks soon for a topic
 * that is not known yet. KC_ERR_NO_MEMORY. */
enum kc_err cluster_want_topic(struct cluster *cluster, struct slice name);
void cluster_unwant_topic(struct cluster *cluster, struct slice name);
/* All topics (patterns); counted likewise. */
void cluster_want_all_topics(struct cluster *cluster);
void cluster_unwant_all_topics(struct cluster *cluster);

/* Asks again soon (at once, or after the retry backoff since the last answer; calls coalesce). */
void cluster_refresh_metadata(struct cluster *cluster);

/* KIP-951 hints from produce and fetch responses; watches hear of it. Hint brokers first. */
void cluster_hint_broker(struct cluster *cluster, int32_t id, struct slice host, int32_t port,
                         struct slice rack);
void cluster_hint_leader(struct cluster *cluster, struct slice topic, int32_t partition,
                         int32_t leader, int32_t leader_epoch);

/* The finalized feature transaction.version as brokers told it last (KIP-890); 0 before any did. */
int16_t cluster_transaction_version(const struct cluster *cluster);

/* Why nothing could be reached lately; code 0 when the last try went well. For texts of calls that
 * time out waiting. */
void cluster_last_error(const struct cluster *cluster, struct kc_error *ret_error);

/* True when brokers let nobody in: the last connection failed by its credentials (the login, TLS),
 * or every address speaks another protocol than ours, and no connection is there. Requests then
 * fail at once with that error; the login is tried again at most every ten seconds, and only while
 * something is asked for. */
bool cluster_refusal(const struct cluster *cluster, struct kc_error *ret_error);

/* The same of one broker's connection for a use, whatever others do; broker_id below 0: as above.
 */
bool cluster_broker_refusal(const struct cluster *cluster, int32_t broker_id, enum cluster_use use,
                            struct kc_error *ret_error);

/* Since when, in the loop's time, no answer about metadata was had that could be used, and why;
 * 0: the last one could (ret_error is untouched). */
int64_t cluster_failing_us(const struct cluster *cluster, struct kc_error *ret_error);

#endif
