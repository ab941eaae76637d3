/* cluster: the inside of the cluster, shared by its files. */
#ifndef CLUSTER_CLUSTER_STATE_H
#define CLUSTER_CLUSTER_STATE_H

#include "base/attr.h"
#include "cluster/cluster.h"
#include "cluster/observer.h"
#include "cluster/outage.h"

/* One connection's place: a broker by use, or a bootstrap address (broker_id below 0). */
struct peer {
    int64_t key; /* of broker_id and use, for the map */
    struct cluster *cluster;
    int32_t broker_id;
    enum cluster_use use;
    char host[ADDRESS_HOST_MAX + 1];
    int32_t port;
    struct conn *conn; /* NULL: none */
    bool is_ready;
    int failures;            /* in a row */
    int spurned_count;       /* connections in a row that ended at their first request */
    int64_t connect_at_us;   /* not before: backoff */
    int64_t wanted_until_us; /* somebody asked; connect by ourselves until then */
    int64_t throttled_until_us;
    struct loop_timer timer; /* end of backoff or throttling */
    int64_t opened_us;       /* when connecting began */
    void *memo;              /* the observer's */
    struct kc_error error;   /* of the last failure; code 0 after a success */
};

/* Who coordinates a group or transactional id. */
struct finder {
    struct list link;
    struct cluster *cluster;
    enum cluster_target target;
    struct slice key;  /* owned */
    int32_t broker_id; /* -1: not known */
    bool is_asking;
    int failures;
    int64_t ask_at_us;
    struct cluster_request request;
    struct find_coordinator_request message;
    struct slice keys[1];
};

struct wanted_topic {
    struct list link;  /* in the cluster's fresh or unwanted ones, or alone */
    struct slice name; /* owned */
    size_t count;
};

enum request_state { REQUEST_IDLE, REQUEST_WAITING, REQUEST_BACKOFF, REQUEST_SENT };

struct cluster {
    struct cluster_options options;
    char *client_id;
    struct random random;
    struct metadata metadata;
    struct map peers;
    struct list waiting; /* requests without a connection yet */
    struct list backoff;
    struct list sent;
    struct list finders;
    struct list watches;
    struct loop_timer pump_timer;
    struct kc_error last_error;
    struct outage outage;
    enum kc_err refusal_told; /* the last one that was logged as an error */
    int64_t refusal_told_us;
    bool is_closing;
    int64_t features_epoch; /* the newest that a broker told */
    int16_t transaction_version;

    struct map wanted; /* name -> struct wanted_topic */
    size_t want_all_count;
    bool is_refreshing;
    bool wants_refresh;
    bool is_asking_fresh; /* the request that is out asks for fresh topics only */
    struct list fresh;    /* wanted topics that were never asked for */
    struct list unwanted; /* not wanted any more, named in the request that is out */
    bool asked_all;       /* by the request under way */
    int refresh_failures;
    int64_t refresh_at_us;         /* not before; fresh topics do not wait for it */
    int64_t refresh_old_us;        /* metadata.max.age.ms: again at this time in any case */
    int64_t refresh_failing_us;    /* since then nothing was heard; 0: fine */
    struct kc_error refresh_error; /* why, last time */
    struct loop_timer refresh_timer;
    struct cluster_request refresh_request;
    struct metadata_request refresh_message;
    struct describe_cluster_request controllers_message; /* of_controllers: asked instead */
    uint64_t told_change_count;
};

/* peer.c */
/* Only if it is there. */
struct peer *peer_find(const struct cluster *cluster, int32_t broker_id, enum cluster_use use);
struct peer *peer_get(struct cluster *cluster, int32_t broker_id, enum cluster_use use);
/* The same; or the bootstrap connection to the same address, when that one is there already. */
struct peer *peer_for_request(struct cluster *cluster, int32_t broker_id, enum cluster_use use);
struct peer *peer_bootstrap(struct cluster *cluster, size_t position);
/* Its ready connection that is not throttled, or NULL after having started to connect. */
struct conn *peer_conn(struct peer *peer);
/* Ready, connecting or free to connect. */
bool peer_is_hopeful(const struct peer *peer, int64_t now_us);
/* peer_refusal.c. Its last failure was one of credentials or protocols: waiting does not mend it.
 */
bool peer_is_refused(const struct peer *peer);
/* What the end of this connection with err means for the place: the same, or a refusal. */
enum kc_err peer_refusal_judge(struct peer *peer, const struct conn *conn, enum kc_err err);
/* Remembers a failure, with what can be done about it, and logs it. */
void peer_refusal_note(struct peer *peer, enum kc_err err, const char *text);

/* peer.c */
void peer_close(struct peer *peer);
void peer_destroy(struct peer *peer);
/* After a metadata change: drops peers of brokers that are gone or moved. */
void peer_check_all(struct cluster *cluster);

/* peer_observe.c: tells the observer, if there is one. */
void peer_observe_connect(struct peer *peer, enum kc_err err);
void peer_observe_disconnect(struct peer *peer, enum kc_err err, const char *text);
/* A conn_handler's on_traffic; its context is the peer. */
void peer_observe_traffic(void *context, struct conn *conn, const struct conn_traffic *traffic);
/* A request that was tried before goes out on it. */
void peer_observe_retry(struct peer *peer);
void peer_observe_throttle(struct peer *peer, int32_t throttle_time_ms);

/* route.c */
void route_schedule(struct cluster *cluster);
void route_schedule_at(struct cluster *cluster, int64_t at_us);
void route_pump(struct cluster *cluster);
void route_fail_all(struct cluster *cluster, enum kc_err err, const char *text);
/* Fails the waiting requests to the coordinator. */
void route_fail_finder(struct cluster *cluster, const struct finder *finder, enum kc_err err,
                       const char *text);
/* Every known way to the cluster fails for a reason that waiting does not mend. */
void route_check_fatal(struct cluster *cluster);

/* route_place.c: the place that a request is to go to; NULL: not known yet, and something is under
 * way that will tell. */
struct peer *route_place(struct cluster *cluster, struct cluster_request *request);
/* That of a request to any broker; NULL: there is none now. */
struct peer *route_any(struct cluster *cluster);

/* finder.c */
struct finder *finder_get(struct cluster *cluster, enum cluster_target target, struct slice key);
/* Asks, unless it is asking or waiting for its backoff. */
void finder_ask(struct finder *finder);
void finder_destroy(struct finder *finder);

/* controllers.c: of_controllers. The question that takes the place of Metadata; the answer as if
 * it were one: no topics. */
void controllers_ask(struct cluster *cluster);
enum kc_err controllers_read(const struct conn_reply *reply, struct arena *arena,
                             struct metadata_response *ret_metadata);
/* Asking again, or another of the addresses, does not mend it. */
bool controllers_is_fatal(enum kc_err err);

/* refresh.c */
void refresh_init(struct cluster *cluster);
void refresh_finish(struct cluster *cluster);
/* Asks for a new wanted topic, at once: who sends to it waits. */
void refresh_fresh_topic(struct cluster *cluster, struct wanted_topic *wanted);
/* Takes a topic that left the map; freed when no request names it. */
void refresh_drop_topic(struct cluster *cluster, struct wanted_topic *wanted);
void refresh_rebootstrap(struct cluster *cluster);
/* Tells the watches if something changed since they were told. */
void refresh_tell(struct cluster *cluster);

#endif
