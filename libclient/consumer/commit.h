/* consumer: commits of offsets: a list of positions on its way to the coordinator and back. They
 * are sent one after the other, so that their order is the order of the calls. */
#ifndef CONSUMER_COMMIT_H
#define CONSUMER_COMMIT_H

#include "consumer/news.h"

#include <libclient/consumer.h>

struct consumer;
struct commit;

/* A commit, or a question for what is committed. Made on the polling thread, posted to the I/O
 * thread, and given back to the polling thread as news (NEWS_COMMITTED) or through `done`. */
struct commit {
    struct news news;
    struct consumer *consumer;     /* set by consumer_commit and consumer_ask_committed */
    struct kc_position *positions; /* one block with the topics' texts */
    size_t count;
    /* The polling thread waits for the outcome and holds all partitions of it meanwhile, so that
     * nobody else can have them: each try names the newest generation or epoch of the member. A
     * commit that nobody waits for keeps its first one: tried again under a newer, it could
     * overwrite what the next owner of a partition has committed. */
    bool is_held;
    bool is_sent;        /* the answer is awaited */
    int64_t deadline_us; /* INT64_MAX: by default.api.timeout.ms of the consumer */
    struct kc_error error;
    /* Not NULL: called on the I/O thread with the outcome, instead of news; the struct is then the
     * callee's. */
    void (*done)(struct commit *commit);
    void *done_context;
    kc_commit_callback *callback; /* run by the polling thread when the news arrive */
    void *context;
};

/* Copies the positions; NULL when memory is out. */
struct commit *commit_create(const struct kc_position *positions, size_t count);
void commit_destroy(struct commit *commit);

/* A copy of positions as the public list, in one block; NULL when memory is out. */
struct kc_positions *commit_positions_copy(const struct kc_position *positions, size_t count);

#endif
