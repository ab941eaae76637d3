/* replica: logs on their way to another directory. */
#include "replica/mover.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/list.h"
#include "record/batch.h"

#include <stdlib.h>

enum {
    MOVER_PIECE_BYTES = 1 << 20,
    MOVER_BYTES_MAX = 256 << 20,  /* a single batch may be this large */
    MOVER_BUSY_US = 5000,         /* jobs of the served log are out: look again then */
    MOVER_PAUSE_US_MAX = 1000000, /* under a rate: look at the rate again then */
};

/* One partition on its way. */
struct mover_course {
    struct list link;
    struct partition *partition;
    bool is_given_up; /* its piece is out still */
};

struct mover {
    struct mover_options options;
    struct list courses; /* who is first gets the next piece */
    size_t count;
    struct loop_job job;
    struct mover_course *out; /* whose piece is being read; NULL: none */
    struct log_range range;
    enum kc_err err; /* of the reading */
    struct bytes piece;
    struct loop_timer timer;
    int64_t next_us; /* no piece before then, to keep the rate */
    bool is_stopped;
};

static void on_turn(struct loop_timer *timer);

struct mover *mover_create(const struct mover_options *options)
{
    struct mover *mover = calloc(1, sizeof(*mover));
    if (mover) {
        mover->options = *options;
        list_init(&mover->courses);
        bytes_init(&mover->piece, MOVER_BYTES_MAX);
        loop_timer_init(&mover->timer, options->loop, on_turn, mover);
    }
    return mover;
}

void mover_stop(struct mover *mover)
{
    if (mover && !mover->is_stopped) {
        mover->is_stopped = true;
        loop_timer_finish(&mover->timer);
    }
}

static void course_free(struct mover *mover, struct mover_course *course)
{
    list_remove(&course->link);
    mover->count--;
    free(course);
}

void mover_destroy(struct mover *mover)
{
    if (!mover) {
        return;
    }
    mover_stop(mover);
    LIST_EACH_SAFE(link, &mover->courses)
    {
        course_free(mover, LIST_ITEM(link, struct mover_course, link));
    }
    bytes_finish(&mover->piece);
    free(mover);
}

size_t mover_count(const struct mover *mover)
{
    return mover->count;
}

static struct mover_course *find(const struct mover *mover, const struct partition *partition)
{
    LIST_EACH(link, &mover->courses)
    {
        struct mover_course *course = LIST_ITEM(link, struct mover_course, link);
        if (course->partition == partition && !course->is_given_up) {
            return course;
        }
    }
    return NULL;
}

/* What was copied so far goes. */
static void drop_future(struct mover *mover, struct partition *partition)
{
    const struct mover_options *options = &mover->options;
    char path[FILE_PATH_MAX];
    struct log *future = future_log_find(options->logs, partition->topic, partition->index);
    struct log_dir *dir = future ? log_directory(future) : NULL;
    future_log_drop(options->logs, partition->topic, partition->index, path);
    if (path[0] != '\0') {
        (void)removals_add(options->removals, dir, path, 0);
    }
}

void mover_cancel(struct mover *mover, struct partition *partition)
{
    struct mover_course *course = find(mover, partition);
    if (!course) {
        return;
    }
    drop_future(mover, partition);
    if (mover->out == course) {
        course->is_given_up = true;
    } else {
        course_free(mover, course);
    }
}

static void give_up(struct mover *mover, struct mover_course *course, enum kc_err err)
{
    struct partition *partition = course->partition;
    trace_log(mover->options.trace, TRACE_ERROR, "replica",
              "%s-%d does not move to another directory: %s", partition->topic_name,
              partition->index, kc_err_text(err));
    mover_cancel(mover, partition);
}

enum kc_err mover_begin(struct mover *mover, struct partition *partition, struct log_dir *dir)
{
    const struct mover_options *options = &mover->options;
    const struct log *future = future_log_find(options->logs, partition->topic, partition->index);
    if (future && log_directory(future) == dir) {
        return KC_ERR_NONE;
    }
    mover_cancel(mover, partition);
    if (!partition->log || dir->failed) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (log_directory(partition->log) == dir) {
        return KC_ERR_NONE;
    }
    struct mover_course *course = calloc(1, sizeof(*course));
    if (!course) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = future_log_begin(options->logs, partition->topic, partition->index, dir,
                                       clock_wall_ms(options->clock));
    if (err) {
        free(course);
        return err;
    }
    course->partition = partition;
    list_append(&mover->courses, &course->link);
    mover->count++;
    if (!mover->out) {
        loop_timer_start(&mover->timer, 0);
    }
    return KC_ERR_NONE;
}

/* ---- pieces ---- */

static void read_work(struct loop_job *job)
{
    struct mover *mover = CONTAINER_OF(job, struct mover, job);
    size_t size = 0;
    mover->piece.size = 0;
    if (!bytes_reserve(&mover->piece, mover->range.size)) {
        mover->err = KC_ERR_NO_MEMORY;
        return;
    }
    mover->err = log_range_copy(&mover->range, mover->piece.data, &size);
    mover->piece.size = size;
}

/* The last batch of a piece may be cut: it comes whole with the next. */
static size_t whole_batches(struct slice piece)
{
    size_t size = 0;
    struct batch batch;
    while (size < piece.size &&
           !batch_read(slice_of(piece.data + size, piece.size - size), &batch)) {
        size += batch.bytes.size;
    }
    return size;
}

static enum kc_err append_piece(struct mover *mover, struct log *future)
{
    struct log_appended appended;
    struct log_append append = { .data = mover->piece.data,
                                 .size = whole_batches(bytes_slice(&mover->piece)),
                                 .origin = LOG_ORIGIN_REPLICA,
                                 .now_ms = clock_wall_ms(mover->options.clock) };
    if (mover->err) {
        return mover->err;
    }
    return append.size == 0 ? KC_ERR_CORRUPT_MESSAGE : log_append(future, &append, &appended);
}

static void keep_rate(struct mover *mover)
{
    int64_t rate = mover->options.rate(mover->options.context);
    int64_t now_us = loop_now_us(mover->options.loop);
    if (rate > 0 && rate < INT64_MAX / 2) {
        double us = (double)mover->piece.size * 1e6 / (double)rate;
        mover->next_us = now_us + (int64_t)MIN_OF(us, 3600e6);
    } else {
        mover->next_us = now_us;
    }
}

static void read_done(struct loop_job *job)
{
    struct mover *mover = CONTAINER_OF(job, struct mover, job);
    struct mover_course *course = mover->out;
    struct partition *partition = course->partition;
    struct log *future = course->is_given_up ? NULL
                                             : future_log_find(mover->options.logs,
                                                               partition->topic, partition->index);
    log_range_release(&mover->range);
    mover->out = NULL;
    if (!future) {
        course_free(mover, course);
    } else {
        enum kc_err err = append_piece(mover, future);
        keep_rate(mover);
        if (err) {
            give_up(mover, course, err);
        } else {
            list_remove(&course->link);
            list_append(&mover->courses, &course->link); /* the others have their turn */
        }
    }
    partition_unhold(partition); /* may free it */
    if (!mover->is_stopped) {
        loop_timer_start(&mover->timer, 0);
    }
}

/* Compaction took all that was left before the served log's end. */
static enum kc_err skip_to_end(struct log *future, int64_t end)
{
    return log_size(future) == 0 ? log_truncate_fully(future, end) : KC_ERR_OFFSET_OUT_OF_RANGE;
}

/* True when a job is out. */
static bool read_piece(struct mover *mover, struct mover_course *course, struct log *future)
{
    struct log *log = course->partition->log;
    struct log_read read = { .offset = log_end_offset(future),
                             .offset_max = log_end_offset(log),
                             .bytes_max = (size_t)MIN_OF(log_settings(log)->segment_bytes,
                                                         (int32_t)MOVER_PIECE_BYTES),
                             .one_batch_min = true };
    enum kc_err err = KC_ERR_NONE;
    if (read.offset < log_start_offset(log)) {
        /* Retention was faster, or this is the beginning. */
        err = log_truncate_fully(future, log_start_offset(log));
        read.offset = log_start_offset(log);
    }
    err = err ? err : log_read(log, &read, &mover->range);
    if (!err && mover->range.size == 0) {
        err = skip_to_end(future, log_end_offset(log));
    }
    if (err) {
        give_up(mover, course, err);
        return false;
    }
    if (mover->range.size == 0) {
        return false;
    }
    mover->out = course;
    mover->job.work = read_work;
    mover->job.done = read_done;
    partition_hold(course->partition);
    loop_work(mover->options.loop, &mover->job);
    return true;
}

static void take_over(struct mover *mover, struct mover_course *course)
{
    const struct mover_options *options = &mover->options;
    struct partition *partition = course->partition;
    char path[FILE_PATH_MAX];
    struct log_dir *left = NULL;
    enum kc_err err = future_log_take_over(options->logs, partition->topic, partition->index, &left,
                                           path, &partition->log);
    if (err) {
        give_up(mover, course, err);
        return;
    }
    (void)removals_add(options->removals, left, path, options->delete_delay_ms(options->context));
    trace_log(options->trace, TRACE_INFO, "replica", "%s-%d has moved to %s", partition->topic_name,
              partition->index, log_directory(partition->log)->path);
    course_free(mover, course);
    options->moved(options->context, partition);
}

/* ---- turns ---- */

/* One step of the first course. */
static void step(struct mover *mover, struct mover_course *course)
{
    struct partition *partition = course->partition;
    struct log *future = future_log_find(mover->options.logs, partition->topic, partition->index);
    if (!future || partition->err || log_is_failed(future) || log_is_failed(partition->log)) {
        give_up(mover, course, KC_ERR_KAFKA_STORAGE_ERROR);
    } else if (log_end_offset(future) != log_end_offset(partition->log)) {
        if (read_piece(mover, course, future)) {
            return;
        }
    } else if (!partition_is_busy(partition)) {
        take_over(mover, course);
    } else {
        list_remove(&course->link);
        list_append(&mover->courses, &course->link);
        loop_timer_start(&mover->timer, MOVER_BUSY_US);
        return;
    }
    loop_timer_start(&mover->timer, 0);
}

static void on_turn(struct loop_timer *timer)
{
    struct mover *mover = timer->context;
    int64_t wait_us = mover->next_us - loop_now_us(mover->options.loop);
    if (mover->out || list_is_empty(&mover->courses)) {
        return;
    }
    if (wait_us > 0) {
        loop_timer_start(timer, MIN_OF(wait_us, (int64_t)MOVER_PAUSE_US_MAX));
        return;
    }
    step(mover, LIST_ITEM(list_first(&mover->courses), struct mover_course, link));
}
