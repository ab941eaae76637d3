/* replica: what the files of struct partitions share. Inside the room only. */
#ifndef REPLICA_PARTITIONS_PARTS_H
#define REPLICA_PARTITIONS_PARTS_H

#include "replica/mover.h"
#include "replica/partitions.h"
#include "replica/removals.h"

#include "base/list.h"
#include "base/map.h"

struct partitions {
    struct partitions_options options;
    struct map by_id;
    size_t removals_due; /* partitions whose removal waits for their jobs */
    struct removals *removals;
    struct mover *mover;
    struct list unmade; /* partitions whose logs are to be made */
    struct loop_timer make_timer;
    struct list refused; /* partitions that found no room, by the same link */
    struct loop_timer retry_timer;
    int64_t retry_ms;       /* until the next try but one */
    bool is_retry_due;      /* the timer runs */
    bool owes_partitions;   /* there was no memory to know one of them */
    struct list unassigned; /* partitions whose directory the cluster does not know */
    size_t failed_dirs;     /* that the partitions have heard of */
    bool has_begun;         /* what comes from here on is new */
};

/* Topic settings over broker settings over the properties. */
struct log_options partitions_options_of(const struct partitions *partitions,
                                         const struct image_topic *topic);
/* The same without a topic. */
struct log_options partitions_defaults_of(const struct partitions *partitions);

/* The role that the image gives the partition. */
void partitions_become(struct partitions *partitions, struct partition *partition,
                       const struct image_partition *state);

/* Finds the log that was loaded, or makes it. */
void partitions_open_log(struct partitions *partitions, const struct image_topic *topic,
                         struct partition *partition);

/* Makes the log of one that waits for it. */
void partitions_make(struct partitions *partitions, struct partition *partition);
/* Timers: makes logs for some milliseconds; tries those again that were refused. */
void partitions_on_make(struct loop_timer *timer);
void partitions_on_retry(struct loop_timer *timer);
void partitions_begin_making(struct partitions *partitions);
void partitions_stop_making(struct partitions *partitions);

/* It cannot be used, and is tried again when the error says that something is short. */
void partitions_refuse(struct partitions *partitions, struct partition *partition, enum kc_err err);
/* There was no memory for one of the topic's partitions: the image is followed again later. */
void partitions_owe(struct partitions *partitions, const struct image_topic *topic);
/* Who keeps something in the partition hears that it is served now, or no more. */
void partitions_tell_turn(struct partitions *partitions, const struct partition *partition);
/* Looks at every partition of the image. */
void partitions_follow_all(struct partitions *partitions);

/* Removes the partitions of a topic that goes, with their logs. */
void partitions_remove_topic(struct partitions *partitions, const struct image_topic *topic);

/* Frees it. It is in no map. */
void partitions_free_one(struct partition *partition);

struct partition *partitions_look_up(const struct partitions *partitions,
                                     const struct uuid *topic_id, int32_t index);
struct partition *partitions_take_out(struct partitions *partitions, const struct uuid *topic_id,
                                      int32_t index);

/* Makes what moves logs; false when memory is out. */
bool partitions_begin_moves(struct partitions *partitions);

/* Goes on with a move that the end of the broker interrupted. */
void partitions_resume_move(struct partitions *partitions, struct partition *partition);

/* Notes whether the cluster knows the directory of the partition's log. */
void partitions_compare_directory(struct partitions *partitions, struct partition *partition,
                                  const struct image_partition *state);

#endif
