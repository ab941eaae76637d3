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
    struct list appends; /* struct io_append, oldest first; the first one's job is running */
    bool stopped;        /* after a failure: nothing reaches the engine any more */
    raft_io_tick_cb tick;
    raft_io_recv_cb receive;
    raft_io_close_cb close;
    struct raft_entry *loaded; /* between opening and the engine's load */
    size_t loaded_count;
    size_t loaded_capacity;
};

/* Opens log and vote. On failure everything is closed and `error` filled. */
enum kc_err quorum_io_open(struct quorum_io *io, const struct quorum_options *options,
                           struct kc_error *error);

/* After the engine has closed it. */
void quorum_io_finish(struct quorum_io *io);

/* Stops for good and calls options.failed (once). */
void quorum_io_fail(struct quorum_io *io, const char *what, const char *path, int system_error);

/* Padded as the engine's buffers must be. NULL when memory is out. */
void *quorum_io_copy(struct slice batch, size_t *ret_padded);

#endif
