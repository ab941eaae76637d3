/* tests: partitions over the real disk and an image. */
#ifndef REPLICA_PARTITIONS_STAGE_H
#define REPLICA_PARTITIONS_STAGE_H

#include "replica/partitions.h"
#include "unit/controller/image_stage.h"

#include <limits.h>
#include <semaphore.h>
#include <stdatomic.h>

/* The real disk, whose syncs of data files can be held back or made to fail, and which can be full.
 */
struct slow_disk {
    struct file_system files;
    int no_room;  /* errno of files made in directories of partitions; 0: there is room */
    int no_file;  /* errno of any file opened there */
    int refusals; /* by the two */
    sem_t gate;
    atomic_int is_held;
    atomic_int failure; /* errno; 0: none */
    atomic_int syncs;
};

struct partitions_stage {
    struct slow_disk disk;
    char path[PATH_MAX];
    struct loop *loop;
    struct random random;
    struct image_stage image;
    struct log_options defaults;
    struct log_manager *logs;
    struct partitions *partitions;
    struct trace trace;
    char last_error[512]; /* line of the trace */
    int error_count;
    int came_back_count; /* partitions that are served again */
    int lost_count;      /* those that are not any more */
};

/* flush_messages: after so many records a sync is due. */
void partitions_stage_init(struct partitions_stage *stage, int64_t flush_messages);
void partitions_stage_finish(struct partitions_stage *stage);

/* An end of the broker, and its next start over the same image. */
void partitions_stage_close(struct partitions_stage *stage);
void partitions_stage_open(struct partitions_stage *stage);

/* Until no job is out. */
void partitions_stage_settle(struct partitions_stage *stage);

struct partition *partitions_stage_find(struct partitions_stage *stage, const char *topic,
                                        int32_t index);

/* One record. */
enum kc_err partitions_stage_append(struct partition *partition);

/* Names in the log directory that contain the part. */
int partitions_stage_count(const struct partitions_stage *stage, const char *part);

struct partitions_waiter {
    struct partition_wait wait;
    int woken;
    enum kc_err err;
    int64_t high_watermark;
    int64_t first_high_watermark;
};

/* Counts how often it is woken, until the partition has an error. */
void partitions_stage_wait(struct partition *partition, struct partitions_waiter *waiter);

#endif
