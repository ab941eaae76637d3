/* client: the mailbox from the I/O thread to the thread that polls. A semaphore does the waking:
 * posting one is the only wake-up that POSIX allows in a signal handler. */
#include "client/inbox.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

bool inbox_init(struct inbox *inbox)
{
    if (sem_init(&inbox->semaphore, 0, 0) != 0) {
        return false;
    }
    lock_init(&inbox->lock);
    list_init(&inbox->items);
    atomic_init(&inbox->has_items, false);
    atomic_init(&inbox->is_woken, false);
    atomic_init(&inbox->is_waiting, false);
    atomic_init(&inbox->fd, -1);
    return true;
}

void inbox_finish(struct inbox *inbox)
{
    int fd = atomic_load(&inbox->fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    lock_finish(&inbox->lock);
    (void)sem_destroy(&inbox->semaphore);
}

int inbox_fd(struct inbox *inbox)
{
    int fd = atomic_load(&inbox->fd);

    if (fd < 0) {
        fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        atomic_store(&inbox->fd, fd);
        if (fd >= 0 && (atomic_load(&inbox->has_items) || atomic_load(&inbox->is_woken))) {
            inbox_signal(inbox);
        }
    }
    return fd;
}

void inbox_signal(struct inbox *inbox)
{
    int fd = atomic_load(&inbox->fd);

    if (fd >= 0) {
        (void)eventfd_write(fd, 1);
    }
}

/* Before looking inside: what is put in after the look makes it readable again. */
static void inbox_unsignal(struct inbox *inbox)
{
    int fd = atomic_load(&inbox->fd);
    eventfd_t count;

    if (fd >= 0) {
        (void)eventfd_read(fd, &count);
    }
}

/* Only who takes the note of waiting back posts, so that posts do not pile up. */
static void inbox_rouse(struct inbox *inbox)
{
    if (atomic_load(&inbox->is_waiting) && atomic_exchange(&inbox->is_waiting, false)) {
        (void)sem_post(&inbox->semaphore);
    }
}

void inbox_put(struct inbox *inbox, struct list *items)
{
    lock_hold(&inbox->lock);
    list_splice(&inbox->items, items);
    atomic_store(&inbox->has_items, true);
    lock_release(&inbox->lock);
    inbox_signal(inbox);
    inbox_rouse(inbox);
}

bool inbox_take(struct inbox *inbox, struct list *into)
{
    inbox_unsignal(inbox);
    if (!atomic_load(&inbox->has_items)) {
        return false;
    }
    lock_hold(&inbox->lock);
    list_splice(into, &inbox->items);
    atomic_store(&inbox->has_items, false);
    lock_release(&inbox->lock);
    return true;
}

bool inbox_was_woken(struct inbox *inbox)
{
    return atomic_load(&inbox->is_woken) && atomic_exchange(&inbox->is_woken, false);
}

void inbox_wake(struct inbox *inbox)
{
    atomic_store(&inbox->is_woken, true);
    inbox_signal(inbox);
    inbox_rouse(inbox);
}

static bool inbox_sleep(struct inbox *inbox, int64_t monotonic_us)
{
    struct timespec until = { .tv_sec = (time_t)(monotonic_us / 1000000),
                              .tv_nsec = (long)(monotonic_us % 1000000 * 1000) };

    if (monotonic_us == INT64_MAX) {
        return sem_wait(&inbox->semaphore) == 0 || errno == EINTR;
    }
    return sem_clockwait(&inbox->semaphore, CLOCK_MONOTONIC, &until) == 0 || errno == EINTR;
}

enum kc_err inbox_wait(struct inbox *inbox, int64_t monotonic_us)
{
    bool in_time = true;

    for (;;) {
        /* Say that we wait, then look: whoever puts something in after the look sees the note. */
        atomic_store(&inbox->is_waiting, true);
        if (atomic_load(&inbox->has_items)) {
            atomic_store(&inbox->is_waiting, false);
            return KC_ERR_NONE;
        }
        if (inbox_was_woken(inbox)) {
            atomic_store(&inbox->is_waiting, false);
            return KC_ERR_WAKEUP;
        }
        if (!in_time) {
            atomic_store(&inbox->is_waiting, false);
            return KC_ERR_TIMED_OUT;
        }
        in_time = inbox_sleep(inbox, monotonic_us);
    }
}
