/* replica: the end of deleted logs. */
#include "replica/removals.h"

#include "base/bytes.h"
#include "base/list.h"

#include <stdlib.h>

enum { REMOVALS_DIRS_MAX = 16, REMOVALS_PATHS_BYTES_MAX = 256 << 20 };
#define REMOVALS_DELAY_MS_MAX (INT64_C(10) * 365 * 24 * 3600 * 1000)

/* What was renamed in one turn of the loop. */
struct removals_batch {
    struct list link; /* waiting */
    struct loop_job job;
    struct removals *removals;
    struct log_dir *dirs[REMOVALS_DIRS_MAX]; /* to be synced */
    int errors[REMOVALS_DIRS_MAX];
    size_t dir_count;
    const struct file_system *files;
    struct bytes paths; /* each with its zero */
    int64_t due_ms;
    int64_t delay_ms;
    size_t failed; /* directories that could not be removed */
};

struct removals {
    struct loop *loop;
    const struct clock *clock;
    const struct trace *trace;
    struct removals_batch *open; /* of this turn; NULL: none */
    struct list waiting;         /* for their delay, in order of their making */
    struct loop_timer close_timer;
    struct loop_timer due_timer;
    size_t jobs;
    bool is_stopped;
};

static void on_close(struct loop_timer *timer);
static void on_due(struct loop_timer *timer);

struct removals *removals_create(struct loop *loop, const struct clock *clock,
                                 const struct trace *trace)
{
    struct removals *removals = calloc(1, sizeof(*removals));
    if (removals) {
        removals->loop = loop;
        removals->clock = clock;
        removals->trace = trace;
        list_init(&removals->waiting);
        loop_timer_init(&removals->close_timer, loop, on_close, removals);
        loop_timer_init(&removals->due_timer, loop, on_due, removals);
    }
    return removals;
}

static void batch_free(struct removals_batch *batch)
{
    list_remove(&batch->link);
    bytes_finish(&batch->paths);
    free(batch);
}

void removals_stop(struct removals *removals)
{
    removals->is_stopped = true;
    loop_timer_finish(&removals->close_timer);
    loop_timer_finish(&removals->due_timer);
}

void removals_destroy(struct removals *removals)
{
    if (!removals) {
        return;
    }
    if (!removals->is_stopped) {
        removals_stop(removals);
    }
    if (removals->open) {
        batch_free(removals->open);
    }
    LIST_EACH_SAFE(link, &removals->waiting)
    {
        batch_free(LIST_ITEM(link, struct removals_batch, link));
    }
    free(removals);
}

bool removals_is_idle(const struct removals *removals)
{
    return removals->jobs == 0 && (!removals->open || removals->is_stopped);
}

/* ---- the two jobs of a batch ---- */

static void sync_work(struct loop_job *job)
{
    struct removals_batch *batch = CONTAINER_OF(job, struct removals_batch, job);
    for (size_t i = 0; i < batch->dir_count; i++) {
        batch->errors[i] = file_sync_directory(batch->files, batch->dirs[i]->path);
    }
}

static void remove_work(struct loop_job *job)
{
    struct removals_batch *batch = CONTAINER_OF(job, struct removals_batch, job);
    const char *path = (const char *)batch->paths.data;
    const char *end = path + batch->paths.size;
    for (; path < end; path += strlen(path) + 1) {
        batch->failed += file_remove_tree(batch->files, path) != 0;
    }
}

static void remove_done(struct loop_job *job)
{
    struct removals_batch *batch = CONTAINER_OF(job, struct removals_batch, job);
    struct removals *removals = batch->removals;
    removals->jobs--;
    if (batch->failed > 0) {
        trace_log(removals->trace, TRACE_WARN, "replica",
                  "%zu deleted logs (*-delete) could not be removed; the next start tries again",
                  batch->failed);
    }
    batch_free(batch);
}

static void begin(struct removals_batch *batch, void (*work)(struct loop_job *job),
                  void (*done)(struct loop_job *job))
{
    batch->job.work = work;
    batch->job.done = done;
    batch->removals->jobs++;
    loop_work(batch->removals->loop, &batch->job);
}

/* Batches wait in the order of their making, not of their ends: delays differ only when the setting
 * was altered in between. */
static void on_due(struct loop_timer *timer)
{
    struct removals *removals = timer->context;
    int64_t now_ms = clock_now_ms(removals->clock);
    int64_t next_ms = INT64_MAX;
    LIST_EACH_SAFE(link, &removals->waiting)
    {
        struct removals_batch *batch = LIST_ITEM(link, struct removals_batch, link);
        if (batch->due_ms <= now_ms) {
            list_remove(&batch->link);
            begin(batch, remove_work, remove_done);
        } else {
            next_ms = MIN_OF(next_ms, batch->due_ms);
        }
    }
    if (next_ms < INT64_MAX) {
        loop_timer_start(timer, (next_ms - now_ms) * 1000);
    }
}

/* Files under a name that a crash may bring back are not touched: half a log would be found. */
static void sync_done(struct loop_job *job)
{
    struct removals_batch *batch = CONTAINER_OF(job, struct removals_batch, job);
    struct removals *removals = batch->removals;
    bool good = true;
    removals->jobs--;
    for (size_t i = 0; i < batch->dir_count; i++) {
        if (batch->errors[i] != 0) {
            (void)log_dir_fail(batch->dirs[i], "sync", batch->dirs[i]->path, batch->errors[i]);
            good = false;
        }
    }
    if (!good || removals->is_stopped) {
        batch_free(batch);
    } else if (batch->delay_ms == 0) {
        begin(batch, remove_work, remove_done);
    } else {
        batch->due_ms = clock_now_ms(removals->clock) + batch->delay_ms;
        list_append(&removals->waiting, &batch->link);
        on_due(&removals->due_timer);
    }
}

static void close_batch(struct removals *removals)
{
    struct removals_batch *batch = removals->open;
    removals->open = NULL;
    if (batch) {
        begin(batch, sync_work, sync_done);
    }
}

static void on_close(struct loop_timer *timer)
{
    close_batch(timer->context);
}

/* ---- adding ---- */

static struct removals_batch *batch_create(struct removals *removals, const struct log_dir *dir,
                                           int64_t delay_ms)
{
    struct removals_batch *batch = calloc(1, sizeof(*batch));
    if (batch) {
        list_init(&batch->link);
        bytes_init(&batch->paths, REMOVALS_PATHS_BYTES_MAX);
        batch->removals = removals;
        batch->files = dir->files;
        batch->delay_ms = delay_ms;
    }
    return batch;
}

static bool add_dir(struct removals_batch *batch, struct log_dir *dir)
{
    size_t i = 0;
    while (i < batch->dir_count && batch->dirs[i] != dir) {
        i++;
    }
    if (i == REMOVALS_DIRS_MAX) {
        return false;
    }
    batch->dirs[i] = dir;
    batch->dir_count = MAX_OF(batch->dir_count, i + 1);
    return true;
}

bool removals_add(struct removals *removals, struct log_dir *dir, const char *path,
                  int64_t delay_ms)
{
    delay_ms = MIN_OF(delay_ms, REMOVALS_DELAY_MS_MAX);
    if (removals->open && removals->open->delay_ms != delay_ms) {
        close_batch(removals);
    }
    if (!removals->open) {
        removals->open = batch_create(removals, dir, delay_ms);
        if (removals->open && !removals->is_stopped) {
            loop_timer_start(&removals->close_timer, 0);
        }
    }
    return removals->open && add_dir(removals->open, dir) &&
           bytes_append(&removals->open->paths, path, strlen(path) + 1);
}
