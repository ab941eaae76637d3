/* replica: all partitions of this broker. Follows the image: makes and removes logs, takes and
 * gives up leadership. Owner thread only. */
#ifndef REPLICA_PARTITIONS_H
#define REPLICA_PARTITIONS_H

#include "controller/image.h"
#include "log/log_manager.h"
#include "replica/partition.h"

struct partitions;

struct partitions_options {
    int32_t node_id;
    struct loop *loop;
    struct log_manager *logs;           /* borrowed; loaded */
    const struct image *image;          /* borrowed */
    const struct log_options *defaults; /* the broker's; topic settings go over them */
    const struct clock *clock;
    struct random *random;
    const struct trace *trace;
    /* One is served from here on that was refused for want of room, or no more, since its directory
     * is offline. May be NULL. */
    void (*turned)(void *context, const struct image_topic *topic, int32_t index);
    void *context;
};

/* NULL when memory is out. */
struct partitions *partitions_create(const struct partitions_options *options);

/* Logs that wait to be made, or for room, are left for the next start. Before the loop goes. NULL
 * is fine. */
void partitions_stop(struct partitions *partitions);

/* Partitions must have no flush job out (partitions_is_idle). NULL is fine. */
void partitions_destroy(struct partitions *partitions);

/* False while flush jobs or removals run. */
bool partitions_is_idle(const struct partitions *partitions);

/* One change of the image (see struct image_change): to be called for each, in order. New logs are
 * made a few a turn of the loop, so that thousands do not hold it up, or when somebody looks for
 * their partition. A log that cannot be made or opened leaves its partition with err set; one for
 * which something is short (disk, files to open, memory) is tried again after 100 ms to 30 s. */
void partitions_follow(struct partitions *partitions, const struct image_change *change);

/* Logs on disk that the image does not know are left alone, with one warning that names them. Call
 * once after the image was read. */
void partitions_report_strays(struct partitions *partitions);

/* The partition, its log made if it waited for that; NULL when this broker has none such. */
struct partition *partitions_find(struct partitions *partitions, const struct image_topic *topic,
                                  int32_t index);
struct partition *partitions_find_by_id(struct partitions *partitions, const struct uuid *topic_id,
                                        int32_t index);

/* The same as it is: the log may be NULL without an error, for it is not made yet. */
const struct partition *partitions_peek(const struct partitions *partitions,
                                        const struct image_topic *topic, int32_t index);

/* Log directories that went offline since the last call: their partitions answer
 * KC_ERR_KAFKA_STORAGE_ERROR from here on. To be called often; costs nothing when none has. */
void partitions_follow_dirs(struct partitions *partitions);

/* Begins to move a partition's log to another directory of this broker (see mover_begin). */
enum kc_err partitions_move(struct partitions *partitions, struct partition *partition,
                            struct log_dir *dir);

/* Moves go no further: they begin anew at the next start. Before the wait for partitions_is_idle at
 * the end. */
void partitions_stop_moves(struct partitions *partitions);

/* The log that is to take the place of the partition's one day; NULL: none. */
const struct log *partitions_future(const struct partitions *partitions,
                                    const struct partition *partition);

/* Records for partitions whose log directory the cluster does not know, or knows wrongly (KIP-858:
 * what a broker of several directories tells with AssignReplicasToDirs); at most a thousand. False:
 * there are none. They are told anew by each call until the image has them. */
struct metadata_batch;
bool partitions_plan_directories(struct partitions *partitions, struct metadata_batch *batch);

/* Retention, flush.ms, expiry: every second or so. */
void partitions_tick(struct partitions *partitions);

/* Puts a topic's settings over the broker's defaults. Values were checked when they were set. */
void partitions_log_options(const struct image_settings *settings, struct log_options *options);

/* Puts altered settings of brokers, under their broker names, over the properties' values. */
void partitions_log_defaults(const struct image_settings *settings, struct log_options *options);

#endif
