/* admin: the stage in which items that are partitions look for their leaders. Metadata tells who
 * leads; a leader that is none any more sends its partitions back to that stage. */
#ifndef ADMIN_LEADER_SEARCH_H
#define ADMIN_LEADER_SEARCH_H

#include "admin/fanout.h"
#include "admin/roll.h"

struct leader_search {
    const struct kc_partition *partitions; /* one an item, living as long as the fanout */
    struct roll topics;                    /* topic -> items */
    uint8_t stage;                         /* looking */
    uint8_t found_stage;                   /* and where it goes when node is known */
};

/* The fanout's state must begin with the search; its partitions and stages are set. False when
 * memory is out; to be finished in any case. */
bool leader_search_init(struct leader_search *search, size_t count);
void leader_search_finish(struct leader_search *search);

/* In plan: the branch for the items in search->stage. */
void leader_search_plan(struct fanout *fanout);

/* What a leader says of an item: sends it back to look again, or fails it when that would not
 * help. */
void leader_search_again(struct fanout *fanout, size_t item, enum kc_err err, struct slice text);

/* For branches to leaders that may be gone. */
bool leader_search_refused(struct fanout_branch *branch, const struct conn_reply *reply);

#endif
