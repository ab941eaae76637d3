/* server: what the files of the broker share and nobody else sees. */
#ifndef SERVER_BROKER_PARTS_H
#define SERVER_BROKER_PARTS_H

#include "controller/image_check.h"
#include "coordinator/producer_ids.h"
#include "handler/handler.h"
#include "net/listener.h"
#include "net/loop_load.h"
#include "replica/compactor.h"
#include "server/broker.h"
#include "server/monitor.h"
#include "server/storage.h"

struct group_offset; /* coordinator/group_classic.h */

struct broker {
    const struct node_config *config;
    const struct trace *trace;
    struct broker_events events;
    struct loop *loop;
    struct random random;
    struct storage storage;
    struct image image;
    struct image_check check;
    struct quorum *quorum;
    struct partitions *partitions;
    struct producer_ids producer_ids;
    struct compactor *compactor; /* NULL: log.cleaner.enable=false */
    struct node node;
    struct listener *listeners[NODE_LISTENERS_MAX];
    struct monitor *monitor; /* NULL: metrics.listener is not set */
    struct loop_load *load;  /* NULL: the same */
    struct loop_signal *signals[3];
    struct loop_wakeup stop_wakeup;
    struct loop_timer tick;
    struct loop_timer upkeep;
    struct loop_timer drain; /* waits for jobs while stopping */
    int64_t started_ms;      /* monotonic */
    int64_t next_checkpoint_ms;
    int64_t next_retention_ms;
    bool is_leader;
    bool is_registering;
    bool is_assigning; /* directories of partitions are being told */
    bool is_ready;
    bool is_stopping;
    bool is_closed; /* the quorum is */
    enum kc_err result;
    char result_text[384];
};

/* broker_build.c: storage, rooms, quorum, listeners, in this order. What was built before a failure
 * is left to broker_destroy. */
enum kc_err broker_build(struct broker *broker, struct kc_error *error);

/* broker_quorum.c: starts the quorum; what it commits goes to the image. */
enum kc_err broker_quorum_start(struct broker *broker, struct kc_error *error);

/* Follows the image as it stands, and from here on as it changes. */
enum kc_err broker_quorum_follow(struct broker *broker, struct kc_error *error);

/* Tells the cluster that this broker is there; when that is committed, it is ready. */
void broker_quorum_register(struct broker *broker);

/* broker_dirs.c: what follows from the state of the log directories: partitions of failed ones
 * answer so, the broker ends when it cannot go on without them, and the cluster is told which
 * directory each partition lies in. Called with every tick. */
void broker_follow_dirs(struct broker *broker);
/* What a partition keeps is read when it has found room, and forgotten when its directory fails.
 * The context is the broker. */
void broker_partition_turned(void *context, const struct image_topic *topic, int32_t index);

/* broker_settings.c: obeys the settings as they stand now. */
void broker_follow_settings(struct broker *broker);

/* broker_build.c: a property's number as a limit; 0: none. */
size_t broker_limit_of(int64_t value);

/* broker_metrics.c: Prometheus' text; false when memory is out or the page is larger than out may
 * be. */
bool broker_metrics(const struct broker *broker, struct bytes *out);
/* Records that the group has yet to read; -1: no such partition here. */
int64_t broker_lag(const struct broker *broker, const struct group_offset *offset);
int64_t broker_resident_bytes(void); /* 0: not known */

/* broker_status.c: JSON of several lines, to be freed by the caller; NULL when memory is out. */
char *broker_status(const struct broker *broker);

/* broker_watch.c: opens metrics.listener, if it is set. */
enum kc_err broker_watch(struct broker *broker, struct kc_error *error);
/* Writes the state to the log, line by line. */
void broker_dump(const struct broker *broker);

/* broker.c: the first failure is the broker's result. */
void broker_fail(struct broker *broker, enum kc_err err, const char *text);

#endif
