/* log: what the files of struct log share: its fields and the steps below the calls of log.h.
 * Inside the room only. */
#ifndef LOG_LOG_CORE_H
#define LOG_LOG_CORE_H

#include "log/log.h"
#include "log/segment.h"

/* A closed segment whose files wait as .deleted. */
struct log_deleted {
    int64_t base_offset;
    int64_t remove_ms;
};

struct log {
    struct log_dir *dir;
    const struct file_system *files;
    char *directory; /* DIR/TOPIC-PARTITION */
    char *name;      /* points into directory */
    size_t topic_size;
    int32_t partition;
    struct uuid topic_id;
    struct log_options options;
    struct random random;
    struct segment **segments; /* rising base offsets; the last one is active; never empty */
    size_t segment_count;
    size_t segment_capacity;
    struct log_deleted *deleted;
    size_t deleted_count;
    size_t deleted_capacity;
    struct producers producers;
    struct epochs epochs;
    int64_t start_offset;
    int64_t high_watermark;
    int64_t recovery_point;
    int64_t snapshot_offset;     /* of the newest producer snapshot, -1: none */
    int64_t unflushed_since_ms;  /* when the first unflushed append came */
    uint64_t generation;         /* counts truncations */
    int64_t compacted_offset;    /* all below was compacted; 0: nothing */
    int64_t checkpointed_offset; /* the recovery point that a checkpoint on disk has */
    bool directory_dirty;        /* names changed since the last sync */
    bool parent_dirty;           /* its own name is new */
    int64_t parent_mark;         /* which new name it was in its log directory; 0: not counted */
    bool is_new;                 /* made just now: nothing is in its directory */
    bool no_snapshots;           /* there is no .snapshot file: known without looking */
    bool flushing;
    int64_t compact_after_ms; /* no round before then; 0: at any time */
    bool compacting;          /* a round is out: closed segments stay where they are */
    bool uncompactable;       /* a batch could not be read in an earlier round */
    bool half_cut; /* a truncation failed half way: nothing may be written before one succeeds */
    bool gone;     /* deleted: only destroy is allowed */
};

static inline struct segment *log_active(const struct log *log)
{
    return log->segments[log->segment_count - 1];
}

/* KC_ERR_KAFKA_STORAGE_ERROR when the directory is offline, the log deleted or half cut. */
enum kc_err log_usable(const struct log *log);

/* Reports errno for a file of the log; 0 is KC_ERR_NONE. */
enum kc_err log_report(struct log *log, const char *what, const char *path, int system_error);

/* The index of the segment that holds the offset (the last one with a base at or below it). */
size_t log_floor(const struct log *log, int64_t offset);

/* Adds an empty segment at the end; 0 or errno. The data file is made and emptied. */
int log_add_segment(struct log *log, int64_t base_offset, int64_t now_ms);

/* Gives back what preallocate reserved behind the end of the active segment. */
void log_release_space(struct log *log);

/* Takes the segments from `first` on out of the list and removes their files, newest first: 0 or
 * errno. */
int log_drop_segments(struct log *log, size_t first);

/* Takes segment i out of the list; its files become .deleted and go when file.delete.delay.ms is
 * over: 0 or errno. */
int log_retire(struct log *log, size_t i, int64_t now_ms);
/* Memory for so many; false: there is none. */
bool log_reserve_retired(struct log *log, size_t count);

/* log_topic_id.c: takes the topic id from partition.metadata, if there is one; writes it there: 0
 * or errno. */
int log_read_topic_id(struct log *log);
int log_write_topic_id(struct log *log, const struct uuid *topic_id);

/* Why a log cannot be opened, as a sentence (`error` may be NULL): KC_ERR_NO_MEMORY when something
 * is short (file_is_shortage), else KC_ERR_IO. */
enum kc_err log_explain(struct kc_error *error, const char *path, int system_error);

/* BASE.snapshot at the log's end, unless it is there: 0 or errno. */
int log_write_snapshot(struct log *log);

/* Removes producer snapshots that are ahead of the log: 0 or errno. One that stayed would be
 * believed when the log has grown past it again. */
int log_remove_snapshots_above(struct log *log, int64_t offset);

/* Producer state as of the end of the first segment_count segments, from the newest snapshot in
 * range and the batches after it. With `epochs` the leader epochs are made anew from all batches as
 * well. */
enum kc_err log_rebuild_state(struct log *log, size_t segment_count, bool epochs,
                              int *ret_system_error);

/* Writes an ended, aborted transaction to the segment's txnindex: 0 or errno. */
int log_note_aborted(struct log *log, struct segment *segment, const struct producer_txn *txn);

/* Drops the txnindex entries of the segment at or above the offset: 0 or errno. */
int log_truncate_aborted(struct log *log, struct segment *segment, int64_t offset);

/* False when the segment's txnindex is damaged, or cannot be read. end_offset: where the next
 * segment begins. */
bool log_aborted_is_sane(const struct log *log, struct segment *segment, int64_t end_offset);

/* PATH of a file in the log's directory. */
void log_file_path(const struct log *log, const char *name, char ret_path[FILE_PATH_MAX]);

/* log_recovery.c: fills segments, state and offsets of a half-made log. */
enum kc_err log_recover(struct log *log, const struct log_open *open, struct log_opened *ret_opened,
                        struct kc_error *error);

#endif
