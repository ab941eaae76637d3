/* log: one segment: a data file and its indexes. It holds no file open by itself: the directory's
 * cache does. Inside the room only; owner thread. */
#ifndef LOG_SEGMENT_H
#define LOG_SEGMENT_H

#include "log/file_cache.h"
#include "log/index_file.h"

#include "record/batch.h"

/* FIND: some headers of small batches; what lies between large ones is not read. LARGE_GAP: places
 * of an index with Kafka's index.interval.bytes are that far apart only behind a large batch. */
enum {
    SEGMENT_RECENT = 4,
    SEGMENT_WALK_CHUNK = 8192,
    SEGMENT_FIND_CHUNK = 512,
    SEGMENT_LARGE_GAP = 8192,
};

/* Where a batch lies. */
struct segment_place {
    int64_t base_offset;
    int64_t next_offset; /* after its last record */
    int64_t position;
    int64_t size;
};

struct segment {
    const struct file_system *files;
    const char *directory; /* the partition's, borrowed */
    const char *kind;      /* behind the names of its files: "", or ".cleaned", ".swap" (static) */
    int64_t base_offset;
    int64_t next_offset;       /* after the last record */
    int64_t size;              /* bytes of the data file */
    int64_t first_timestamp;   /* of the first batch, -1: none; for rolling by time */
    int64_t largest_timestamp; /* -1: none */
    int64_t largest_offset;    /* last offset of the batch that has it */
    int64_t created_ms;        /* when made or last written, for rolling and retention */
    int64_t jitter_ms;
    int64_t bytes_since_index;
    int64_t time_index_last; /* timestamp of the newest time entry, -1: none */
    struct index_file offsets;
    struct index_file times;
    struct cached_file *cached;
    struct segment_place recent[SEGMENT_RECENT];
    uint8_t recent_next;
    bool closed;          /* no more appends; the indexes are trimmed */
    bool indexes_synced;  /* of a closed one */
    bool nothing_aborted; /* there is no txnindex: known without looking */
    bool is_settled;      /* its files on disk are those of a closed one: nothing came since it was
                             opened */
};

/* NULL when memory is out. No file is touched. */
struct segment *segment_create(const struct file_system *files, const char *directory,
                               int64_t base_offset, int32_t index_bytes_max);
void segment_destroy(struct segment *segment, struct file_cache *cache);

/* DIRECTORY/BASE.SUFFIX; the path always fits (checked when the log was opened). */
void segment_path(const struct segment *segment, const char *suffix, char ret_path[FILE_PATH_MAX]);

/* Opens the data file for reading and writing through the cache: 0 or errno. */
int segment_open(struct segment *segment, struct file_cache *cache);

/* Takes a batch that now lies at position: sizes, timestamps, indexes (no file is touched but when
 * an index tail is full: errno then, ENOSPC leaves the tail as it is). */
int segment_note(struct segment *segment, const struct batch *batch, int64_t position,
                 int32_t index_interval_bytes);

/* True when the segment must be closed before `size` bytes up to last_offset come in. */
bool segment_is_full(const struct segment *segment, int64_t size, int64_t last_offset,
                     int32_t segment_bytes);

/* Adds the final time entry and trims the index files: 0 or errno. */
int segment_close(struct segment *segment);

/* Syncs all files of a closed segment that is not in a log yet: 0 or errno. */
int segment_sync(struct segment *segment);

/* Gives the files the names of another kind, the data file last: 0 or errno (the segment is then of
 * the old kind, its files maybe of both). */
int segment_rename(struct segment *segment, const char *kind);

/* Writes index tails: 0 or errno. */
int segment_store_indexes(struct segment *segment);

/* The first batch that ends above the offset. KC_ERR_NONE; KC_ERR_WOULD_BLOCK: none in this
 * segment; KC_ERR_IO with *ret_system_error; KC_ERR_CORRUPT_MESSAGE; KC_ERR_NO_MEMORY. The data
 * file must be open. */
enum kc_err segment_find(struct segment *segment, int64_t offset, struct segment_place *ret_place,
                         int *ret_system_error);

/* The byte to begin at when a batch that holds the offset, or one after it, is looked for: the
 * place that the index gives, if a fitting batch is there; else 0, for an index only saves time.
 * The data file must be open. */
int64_t segment_start(const struct segment *segment, int64_t offset);

/* Cuts data and indexes to what lies below position and offset (a batch's begin). 0 or errno. */
int segment_truncate(struct segment *segment, int64_t offset, int64_t position);

/* Takes what the closed index files say: false when they are damaged or missing. */
bool segment_load_indexes(struct segment *segment);

/* Empties indexes and statistics before a scan makes them anew: 0 or errno. */
int segment_reset(struct segment *segment);

/* Renames every file of the segment to FILE.deleted, or removes them: 0 or errno. */
int segment_rename_deleted(const struct segment *segment);
int segment_remove_deleted(const char *directory, const struct file_system *files,
                           int64_t base_offset);
int segment_remove(const struct segment *segment);

#endif
