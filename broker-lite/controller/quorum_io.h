/* controller: our own raft_io: what C-Raft calls to store entries, terms and votes, to read the
 * clock and to talk to other voters. It never lets the engine see a disk error: it stops the quorum
 * instead (field notes: the engine does not survive them). */
#ifndef CONTROLLER_QUORUM_IO_H
#define CONTROLLER_QUORUM_IO_H

#include "base/list.h"
#include "controller/quorum.h"
#include "controller/quorum_log.h"
#include "controller/quorum_vote.h"

#include <raft.h>

struct quorum_io {
    struct raft_io io;
    struct quorum_options options;
    struct quorum_log log;
    struct quorum_vote vote;
    struct list appends; /* struct io_append, oldest first; only the first one's job may run */
    bool stopped;        /* after a failure: nothing is written and nothing reaches the engine */
    bool is_calling;     /* inside the engine: it must not be closed now */
    char failure[384];   /* why it stopped */
    void (*failed)(struct quorum_io *io); /* called once, when it stops */
    void *context;
    raft_io_tick_cb tick;
    raft_io_recv_cb receive;
    raft_io_close_cb close;
    struct raft_entry *loaded; /* between opening and the engine's load */
    size_t loaded_count;
    size_t loaded_capacity;
};

/* Opens log and vote into a zeroed io whose failed and context are set. On failure everything is
 * closed and `error` filled. */
enum kc_err quorum_io_open(struct quorum_io *io, const struct quorum_options *options,
                           struct kc_error *error);

/* After the engine has closed it. */
void quorum_io_finish(struct quorum_io *io);

/* Stops for good and calls io->failed (once). */
void quorum_io_fail(struct quorum_io *io, const char *what, const char *path, const char *cause);

/* One heartbeat of the engine. */
void quorum_io_tick(struct quorum_io *io);

/* Padded as the engine's buffers must be. NULL when memory is out. */
void *quorum_io_copy(struct slice batch, size_t *ret_padded);

#endif
