/* controller: appends of the engine to the metadata log: each is one write and sync in a job, one
 * at a time, answered in order. After a failure or while closing they are kept unanswered, nothing
 * more is written, and the engine gets them back as cancelled when it closes: it is known not to
 * survive a disk error. */
#ifndef CONTROLLER_QUORUM_APPEND_H
#define CONTROLLER_QUORUM_APPEND_H

#include "controller/quorum_io.h"

/* raft_io's append. */
int quorum_append_begin(struct raft_io *raft_io, struct raft_io_append *request,
                        const struct raft_entry entries[], unsigned n, raft_io_append_cb callback);

/* Ends the closing that waits (io->close) once no job is out and the engine is not inside a call.
 */
void quorum_append_settle(struct quorum_io *io);

#endif
