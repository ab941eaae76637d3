/* log: one round of compaction as a pure job: reads closed segments, keeps of each key what is
 * newest, and leaves the outcome as .swap files beside them. The log itself changes only in
 * log_compaction_end. Inside the room only; the job touches nothing that the log may change. */
#ifndef LOG_COMPACTION_H
#define LOG_COMPACTION_H

#include "log/batch_filter.h"
#include "log/cleaned_txns.h"
#include "log/log_compaction.h"
#include "log/offset_map.h"
#include "log/segment.h"

/* A closed segment to be read. */
struct compaction_source {
    int64_t base_offset;
    int64_t next_offset;
    int64_t size;
    int64_t created_ms;
};

/* The last batch of an active producer, which stays at least as a header: its sequence is there. */
struct compaction_producer {
    int64_t producer_id;
    int64_t last_offset; /* of its newest data batch; -1: only markers are left */
    int16_t epoch;
};

/* For qsort and bsearch: by id. */
int compaction_compare_producers(const void *a, const void *b);

/* What replaces some of the sources, which lie behind each other. */
struct compaction_group {
    struct segment *segment; /* its files are .swap */
    size_t first_source;
    size_t source_count;
};

struct log_compaction {
    /* In: filled by log_compaction_begin. */
    const struct file_system *files;
    const struct trace *trace;
    char *directory;
    uint64_t generation; /* of the log */
    struct log_options options;
    struct compaction_source *sources; /* from the log's start to the first that may not change */
    size_t source_count;
    struct compaction_producer *producers; /* by id */
    size_t producer_count;
    int64_t dirty_offset; /* what is below was compacted before */
    int64_t now_ms;
    size_t map_bytes_max;
    uint64_t seed;

    /* While it runs. */
    struct offset_map map;
    struct batch_filter filter;
    struct cleaned_txns txns; /* of the copying, from group to group */

    /* Out. */
    struct compaction_group *groups;
    size_t group_count;
    int64_t end_offset; /* all below is compacted now */
    int64_t bytes_before;
    int64_t bytes_after;
    enum kc_err err;
    int system_error;   /* errno of err, 0: none */
    int64_t err_offset; /* of the batch that could not be read */
};

/* compaction_map.c: fills map with the newest offsets of the keys from dirty_offset on, as far as
 * it goes, and sets end_offset. KC_ERR_NONE, or err as in the struct. */
enum kc_err compaction_map(struct log_compaction *job);

/* compaction_copy.c: writes the segment that replaces the group's sources; on an error its files
 * are gone. */
enum kc_err compaction_copy(struct log_compaction *job, struct compaction_group *group);

/* Opens a source's data file. */
enum kc_err compaction_open(struct log_compaction *job, const struct compaction_source *source,
                            int *ret_file);
/* Notes errno and gives the code. */
enum kc_err compaction_failed(struct log_compaction *job, int system_error);
/* What a walk's end means: KC_ERR_NONE for a whole file, else noted. */
enum kc_err compaction_walked(struct log_compaction *job, const struct compaction_source *source,
                              int system_error, enum kc_err err);
/* Adds the aborted transactions of all sources that end at or above the offset, and sorts. */
enum kc_err compaction_read_aborted(struct log_compaction *job, int64_t offset,
                                    struct cleaned_txns *txns);

#endif
