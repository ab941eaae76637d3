/* client: the mailbox from the I/O thread to the thread that polls: a list of news, taken whole
 * under one short lock, and a wake-up that a signal handler may give. */
#ifndef CLIENT_INBOX_H
#define CLIENT_INBOX_H

#include "base/list.h"
#include "base/lock.h"

#include <libclient/error.h>
#include <semaphore.h>

struct inbox {
    struct lock lock;
    struct list items;     /* under the lock */
    atomic_bool has_items; /* lets an empty inbox be passed without the lock */
    atomic_bool is_woken;
    atomic_bool is_waiting; /* somebody sleeps on the semaphore, or is about to */
    sem_t semaphore;
    atomic_int fd; /* eventfd; -1: nobody asked for one */
};

/* False when the system refuses a semaphore. */
bool inbox_init(struct inbox *inbox);

/* A descriptor that is readable while something is inside or inbox_wake was called; -1 with errno
 * set. Made by the first call, closed by inbox_finish. */
int inbox_fd(struct inbox *inbox);

/* Makes it readable (again): something taken out has not been handled. */
void inbox_signal(struct inbox *inbox);

/* The owner has taken or dropped what was inside. */
void inbox_finish(struct inbox *inbox);

/* Moves the list into the inbox. Any thread. */
void inbox_put(struct inbox *inbox, struct list *items);

/* Moves all items to the end of `into`; false when there was none. Never waits for items. */
bool inbox_take(struct inbox *inbox, struct list *into);

/* Waits until something is inside (KC_ERR_NONE), inbox_wake (KC_ERR_WAKEUP, told once) or
 * monotonic_us passes (KC_ERR_TIMED_OUT); INT64_MAX: no limit. */
enum kc_err inbox_wait(struct inbox *inbox, int64_t monotonic_us);

/* Any thread, also a signal handler. */
void inbox_wake(struct inbox *inbox);

/* True, once, after inbox_wake. */
bool inbox_was_woken(struct inbox *inbox);

#endif
