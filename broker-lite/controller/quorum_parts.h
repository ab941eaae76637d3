/* controller: what the files of the quorum share and nobody else sees. */
#ifndef CONTROLLER_QUORUM_PARTS_H
#define CONTROLLER_QUORUM_PARTS_H

#include "controller/quorum_io.h"

struct quorum {
    struct raft raft;
    struct raft_fsm fsm;
    struct quorum_io io;
    struct list waiting; /* struct proposal, oldest first */
    struct list running; /* those of the apply in flight */
    struct raft_apply apply;
    bool is_applying; /* the engine has `apply` */
    bool is_proposing;
    bool is_starting;
    bool is_closing;
    bool is_closed;
    bool has_engine;
    bool was_leader;
    int64_t high_watermark;
    void (*closed)(void *context);
    void *closed_context;
};

/* quorum_propose.c: answers all proposals, those of the apply in flight too. */
void quorum_propose_fail(struct quorum *quorum, enum kc_err err);

#endif
