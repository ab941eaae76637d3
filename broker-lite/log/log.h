/* log: the log of one partition: segments of record batches v2 in Kafka's file format, their
 * indexes, producer state and leader epochs. One owner thread makes every call, except where
 * another is named (jobs). Time comes in as wall-clock milliseconds (`now_ms`).
 *
 * Any call that writes gives KC_ERR_KAFKA_STORAGE_ERROR once the log's directory has failed; a full
 * disk gives the same error for that call alone, and later calls work again when there is room. */
#ifndef LOG_LOG_H
#define LOG_LOG_H

#include "log/epochs.h"
#include "log/log_dir.h"
#include "log/log_options.h"
#include "log/producers.h"

struct log;

/* TOPIC-PARTITION, the name of a log's directory. */
enum { LOG_TOPIC_MAX = 249, LOG_NAME_MAX = 249 + 12 };

/* Kafka's rule for topic names: 1 to 249 of a-z A-Z 0-9 . _ -, not "." or "..". */
bool log_topic_is_valid(struct slice topic);

/* -------- opening and closing -------- */

struct log_open {
    struct log_dir *dir; /* borrowed for the log's life */
    struct slice topic;  /* a valid name; copied */
    int32_t partition;
    const char *name;           /* of the log's directory; NULL: TOPIC-PARTITION */
    struct uuid topic_id;       /* written to partition.metadata when new; zero: unknown */
    struct log_options options; /* copied */
    bool create;                /* make the directory when it is not there */
    bool clean;                 /* the broker was shut down cleanly */
    int64_t recovery_point;     /* everything below is known to be on disk; 0: nothing is */
    bool synced_unknown;        /* the checkpoint that tells it is lost: a bad batch in a closed
                                   segment may be damage as well as a torn end, and is not cut */
    int64_t log_start_offset;   /* of the checkpoint; 0 or -1: the first segment's base */
    int64_t compacted_offset;   /* compaction may have left gaps below it; 0: none */
    int64_t high_watermark;     /* of the checkpoint; -1: the log's start */
    int64_t now_ms;
    uint64_t seed; /* roll jitter and hash seeds */
};

/* What opening found. */
struct log_opened {
    int64_t truncated_bytes; /* torn tail that was cut off */
    int64_t scanned_bytes;   /* read by recovery */
    int32_t segments_recovered;
};

/* Opens or creates a log and recovers it: leftovers of unfinished work are completed or removed;
 * without `clean`, segments from the recovery point on are checked batch by batch, the first bad
 * batch at or above the recovery point cuts the log there, and indexes and producer state are made
 * anew. Damage below the recovery point is never cut: KC_ERR_CORRUPT_FILE, `error` naming file and
 * position, the data files untouched. KC_ERR_NO_MEMORY: memory, room on the disk or files to open
 * are short, and it may work later; KC_ERR_IO, KC_ERR_INCONSISTENT_TOPIC_ID. A directory that it
 * made is taken away again when the rest fails.
 * Opening again after a crash inside gives the same log. May run on a worker thread while nobody
 * else uses `dir` for writing: it does not touch dir's cache or failed flag. ret_opened, error may
 * be NULL.
 */
enum kc_err log_open(const struct log_open *open, struct log **ret_log,
                     struct log_opened *ret_opened, struct kc_error *error);

/* Clean end: flushes, trims indexes, writes the producer snapshot. Does not free. Owner thread or a
 * job while nobody else uses the log. */
enum kc_err log_close(struct log *log);

/* Frees without writing; ranges and flush jobs taken from it must be released before. NULL is
 * fine. */
void log_destroy(struct log *log);

/* -------- what it is -------- */

const char *log_name(const struct log *log); /* "TOPIC-PARTITION" */
struct slice log_topic(const struct log *log);
int32_t log_partition(const struct log *log);
struct uuid log_topic_id(const struct log *log); /* zero: not known */
/* Sets the id of a log that has none, and writes partition.metadata.
 * KC_ERR_INCONSISTENT_TOPIC_ID when it has another. */
enum kc_err log_set_topic_id(struct log *log, const struct uuid *topic_id);
struct log_dir *log_directory(const struct log *log);
const struct log_options *log_settings(const struct log *log);
void log_set_options(struct log *log, const struct log_options *options);

int64_t log_start_offset(const struct log *log);
int64_t log_end_offset(const struct log *log); /* the offset that the next record gets */
int64_t log_high_watermark(const struct log *log);
int64_t log_last_stable_offset(const struct log *log);
int64_t log_recovery_point(const struct log *log);
int64_t log_size(const struct log *log); /* bytes of all .log files */
size_t log_segment_count(const struct log *log);
int32_t log_latest_epoch(const struct log *log); /* -1: none */
bool log_is_failed(const struct log *log);
const struct producers *log_producers(const struct log *log);

/* Kept within [start, end]; may fall (a new leader's view). Returns what it became. */
int64_t log_set_high_watermark(struct log *log, int64_t high_watermark);

/* -------- appending -------- */

enum log_origin {
    LOG_ORIGIN_CLIENT,      /* offsets assigned, everything checked, control batches refused */
    LOG_ORIGIN_COORDINATOR, /* the same, control batches (markers) allowed */
    LOG_ORIGIN_REPLICA      /* offsets and epochs as they are; must rise from the log's end on */
};

struct log_append {
    uint8_t *data; /* one or more whole v2 batches; written in place (offset, epoch, time) */
    size_t size;
    enum log_origin origin;
    int32_t leader_epoch; /* put into the batches; ignored for replicas */
    int64_t now_ms;
    int8_t transaction_version; /* of a marker: see struct producers_origin */
    bool checked; /* the caller has run batch_check (or batch_check_crc) over every batch; without,
       the CRC of each is checked here */
    const struct batch_findings *findings; /* of the one batch of a client: what the topic rejects
       of single records is looked for (log/rejection.h). NULL: it takes them all */
};

struct log_appended {
    int64_t base_offset; /* of the first batch */
    int64_t last_offset;
    int64_t log_append_time; /* -1 unless the topic uses LogAppendTime */
    int64_t log_start_offset;
    bool duplicate; /* it was there already: base_offset and last_offset tell where */
};

/* Appends all batches or none, with one write. Nothing is synced: see log_flush_is_due.
 * KC_ERR_CORRUPT_MESSAGE (framing, CRC), KC_ERR_INVALID_RECORD (control batch, more than one batch
 * with a producer id, no records), KC_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT (magic 0, 1),
 * KC_ERR_MESSAGE_TOO_LARGE (a batch above max.message.bytes), KC_ERR_RECORD_LIST_TOO_LARGE (all
 * above segment.bytes), KC_ERR_INVALID_TIMESTAMP, KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
 * KC_ERR_INVALID_PRODUCER_EPOCH, KC_ERR_INVALID_TXN_STATE, KC_ERR_TRANSACTION_COORDINATOR_FENCED,
 * KC_ERR_OFFSET_OUT_OF_RANGE (replica: not at the log's end), KC_ERR_NO_MEMORY,
 * KC_ERR_KAFKA_STORAGE_ERROR. */
enum kc_err log_append(struct log *log, const struct log_append *append,
                       struct log_appended *ret_appended);

/* -------- reading -------- */

struct log_read {
    int64_t offset;     /* the first one wanted */
    int64_t offset_max; /* only batches that end below it: high watermark, last stable offset or
                           log end */
    size_t bytes_max;
    bool one_batch_min; /* a first batch above bytes_max is given whole (KIP-74); else nothing is */
};

/* Bytes of one segment, batches from the one that holds the offset; the last batch may be cut by
 * bytes_max, as Kafka does. The first batch may begin below the asked offset. */
struct log_range {
    struct cached_file *cached; /* held; NULL when size is 0 */
    const struct file_system *files;
    int file; /* for pread and sendfile */
    int64_t position;
    size_t size; /* 0: nothing to read now */
};

/* KC_ERR_OFFSET_OUT_OF_RANGE below the start or above the end; an offset at or past offset_max
 * gives an empty range. KC_ERR_KAFKA_STORAGE_ERROR. The range must be released (also an empty one
 * may be). */
enum kc_err log_read(struct log *log, const struct log_read *read, struct log_range *ret_range);
void log_range_release(struct log_range *range);

/* Copies a range's bytes (a blocking read; any thread while the range is held). buffer has
 * range->size bytes; *ret_size is less only when the file was truncated meanwhile. KC_ERR_IO. */
enum kc_err log_range_copy(const struct log_range *range, void *buffer, size_t *ret_size);

/* Can the bytes be sent from range->file by the system? */
bool log_range_is_sendable(const struct log_range *range);
/* Are they in memory, so that reading or sending them waits for no disk? */
bool log_range_is_cached(const struct log_range *range);

/* log_read and the copy in one, appended to out. */
enum kc_err log_read_into(struct log *log, const struct log_read *read, struct bytes *out);

/* Aborted transactions (KIP-98) that touch [offset, offset_max), for read_committed fetches; sorted
 * by their first offset: there are clients that take them in this order. */
struct log_aborted {
    int64_t producer_id;
    int64_t first_offset;
};
/* Appends struct log_aborted items to out. KC_ERR_KAFKA_STORAGE_ERROR, KC_ERR_NO_MEMORY. */
enum kc_err log_aborted_in(struct log *log, int64_t offset, int64_t offset_max, struct bytes *out);

struct log_offset {
    int64_t offset; /* -1: none */
    int64_t timestamp;
    int32_t leader_epoch; /* -1: not known */
};

/* ListOffsets' special timestamps. */
#define LOG_TIMESTAMP_LATEST ((int64_t)-1)
#define LOG_TIMESTAMP_EARLIEST ((int64_t)-2)
#define LOG_TIMESTAMP_MAX ((int64_t)-3)            /* the record with the largest one (KIP-734) */
#define LOG_TIMESTAMP_EARLIEST_LOCAL ((int64_t)-4) /* the same as earliest here (KIP-405) */
#define LOG_TIMESTAMP_LATEST_TIERED ((int64_t)-5)  /* always none */
#define LOG_TIMESTAMP_PENDING_UPLOAD ((int64_t)-6) /* ditto (KIP-1023) */

/* The first record at or above the timestamp. `latest` is what LATEST means to the asker (high
 * watermark, last stable offset, log end) and bounds the search. KC_ERR_KAFKA_STORAGE_ERROR,
 * KC_ERR_NO_MEMORY, KC_ERR_CORRUPT_MESSAGE. */
enum kc_err log_offset_for_timestamp(struct log *log, int64_t timestamp, int64_t latest,
                                     struct log_offset *ret_offset);

/* OffsetForLeaderEpoch: see epochs_end_offset. */
void log_epoch_end_offset(const struct log *log, int32_t epoch, int32_t *ret_epoch,
                          int64_t *ret_end_offset);

/* -------- changing -------- */

/* A new leader's epoch begins at the log's end. */
enum kc_err log_begin_epoch(struct log *log, int32_t epoch);

/* DeleteRecords: moves the start up; whole segments below go at the next retention pass.
 * KC_ERR_OFFSET_OUT_OF_RANGE above the high watermark. */
enum kc_err log_delete_records(struct log *log, int64_t offset);

/* Followers: follow the leader's start (no check against the high watermark). */
enum kc_err log_raise_start(struct log *log, int64_t offset);

/* Drops everything at or above the offset; nothing when it is at or past the end. One that fails
 * half way (KC_ERR_NO_MEMORY, KC_ERR_KAFKA_STORAGE_ERROR) leaves a log that refuses to be written,
 * KC_ERR_KAFKA_STORAGE_ERROR, until a truncation succeeds. */
enum kc_err log_truncate_to(struct log *log, int64_t offset);

/* Drops everything and begins at the offset; the same when it fails. */
enum kc_err log_truncate_fully(struct log *log, int64_t offset);

/* Closes the active segment now and begins a new one at the log's end (tests, shutdown of
 * compaction); nothing when it is empty. */
enum kc_err log_roll(struct log *log, int64_t now_ms);

/* Removes closed segments past retention.ms, retention.bytes or the start offset (never one that
 * holds the high watermark); files become .deleted at once and go when file.delete.delay.ms is over
 * (log_remove_deleted). *ret_count: how many; may be NULL. */
enum kc_err log_delete_old_segments(struct log *log, int64_t now_ms, size_t *ret_count);

/* Removes .deleted files whose delay is over. */
void log_remove_deleted(struct log *log, int64_t now_ms);

/* Expires producers. Call now and then. Segments roll by time when something is appended, as in
 * Kafka. */
enum kc_err log_tick(struct log *log, int64_t now_ms);

/* Renames the directory to TOPIC-PARTITION.UUID-delete; the log then can only be destroyed, after
 * which the caller syncs the log directory (one sync is for all that were deleted) and only then
 * removes ret_path (FILE_PATH_MAX bytes) with file_remove_tree, in a job. */
enum kc_err log_delete(struct log *log, struct random *random, char *ret_path);

/* -------- syncing -------- */

/* Records appended above the recovery point, and whether flush.messages or flush.ms ask to sync. */
int64_t log_unflushed(const struct log *log);
bool log_flush_is_due(const struct log *log, int64_t now_ms);

enum { LOG_FLUSH_FILES_MAX = 16 };

/* The slow part of a flush as a pure job: begin on the owner thread, run on any, end on the owner
 * thread. One job a log at a time. */
struct log_flush {
    struct log *log;
    const struct file_system *files;
    struct cached_file *held[LOG_FLUSH_FILES_MAX]; /* data files, to sync */
    int indexes[3 * LOG_FLUSH_FILES_MAX];          /* opened for the job, closed by it */
    size_t held_count;
    size_t index_count;
    char *directory;     /* to sync as well; NULL: not needed */
    char *parent;        /* the same */
    int64_t parent_mark; /* names made in it when the job began */
    char *epochs_path;   /* to replace by epochs_text; NULL: not needed */
    struct bytes epochs_text;
    int64_t recovery_point; /* what is on disk when all went well */
    int64_t indexes_below;  /* indexes of segments that begin below it are in */
    uint64_t generation;    /* a truncation meanwhile makes the result void */
    int system_error;       /* of run */
    bool full;              /* there was no room for the epochs: try again later */
};

/* Fills a job. *ret_needed false: everything is on disk already, nothing to run or end.
 * KC_ERR_WRONG_STATE when a job is out already. */
enum kc_err log_flush_begin(struct log *log, struct log_flush *ret_job, bool *ret_needed);
void log_flush_run(struct log_flush *job);
/* Moves the recovery point; an error takes the directory offline (never retried). */
enum kc_err log_flush_end(struct log *log, struct log_flush *job);

/* All three at once: returns when everything appended is on disk. */
enum kc_err log_flush(struct log *log);

#endif
