/* admin: the stage in which a call that every broker answers for itself learns who they are. */
#ifndef ADMIN_BROKER_SEARCH_H
#define ADMIN_BROKER_SEARCH_H

#include "admin/fanout.h"

/* The first stage of the call, which has one item, and where the brokers go. */
enum { BROKER_SEARCH_STAGE = 1, BROKER_SEARCH_FOUND_STAGE };

/* In plan: true when a branch looks for the brokers (nothing else is to be planned then). Its
 * answer replaces the items by one a broker, with its node, and empties the list in the harvest:
 * also after a broker went away, for what it told before may be told by others now. */
bool broker_search_plan(struct fanout *fanout);

/* For branches to brokers that may be gone. */
bool broker_search_refused(struct fanout_branch *branch, const struct conn_reply *reply);

#endif
