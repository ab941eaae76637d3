/* consumer: the way of a classic member into a generation: answers to JoinGroup and SyncGroup; and
 * what it has in common with the rest of member_classic.c. Pure. */
#ifndef CONSUMER_CLASSIC_ENTRY_H
#define CONSUMER_CLASSIC_ENTRY_H

#include "consumer/member.h"

/* An answer, or why there is none. KC_ERR_NO_MEMORY leaves the member as it was. */
enum kc_err classic_on_join(struct member *member, const struct member_event *event,
                            struct member_update *update);
void classic_on_sync(struct member *member, const struct member_event *event,
                     struct member_update *update);

/* member_classic.c. Joins now, or when the time is over. */
void classic_join(struct member *member, int64_t delay_us, const struct member_event *event,
                  struct member_update *update);
/* What was assigned is given back (or is gone); what comes next waits for MEMBER_RELEASED. */
void classic_release(struct member *member, bool lost, const struct member_event *event,
                     struct member_update *update);
/* For good, until another subscription comes. */
void classic_fail(struct member *member, enum kc_err err, struct member_update *update);

#endif
