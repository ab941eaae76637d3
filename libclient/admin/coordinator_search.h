/* admin: the stage in which items that are groups or transactional ids look for their
 * coordinators. */
#ifndef ADMIN_COORDINATOR_SEARCH_H
#define ADMIN_COORDINATOR_SEARCH_H

#include "admin/fanout.h"
#include "admin/roll.h"

struct coordinator_search {
    const char *const *group_ids; /* one an item, in the fanout's arena */
    int8_t key_type;              /* 0: groups; 1: transactional ids */
    uint8_t stage;                /* looking */
    uint8_t found_stage;          /* and where it goes when node is known */
    bool one_by_one;              /* the cluster has no FindCoordinator v4 (KIP-699) */
};

/* Copies the names. NULL when memory is out, with the call's error set. */
const char *const *coordinator_search_copy(struct fanout *fanout, const char *const *group_ids,
                                           size_t count);

/* In plan: branches for the items in search->stage. The fanout's state must begin with the
 * search. */
void coordinator_search_plan(struct fanout *fanout);

/* What a coordinator says of an item: true when it is a passing error, and the item was sent back
 * to look again. */
bool coordinator_search_again(struct fanout *fanout, size_t item, enum kc_err err);

/* For branches to coordinators that may be gone. */
bool coordinator_search_refused(struct fanout_branch *branch, const struct conn_reply *reply);

/* The items of the branch with this group id, as slices, in the branch's arena. */
struct slice *coordinator_search_names(struct fanout_branch *branch);

/* The branch's items of this group: *position starts at 0; SIZE_MAX when there are no more. */
size_t coordinator_search_next(const struct fanout_branch *branch, struct slice group_id,
                               size_t *position);

#endif
