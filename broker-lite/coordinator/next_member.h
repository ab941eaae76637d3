/* coordinator: one member of a consumer group (KIP-848), and its way from what it has to what it is
 * to have: nothing is given to it before it has let go of what it must, nor before the one who had
 * it has. Pure. */
#ifndef COORDINATOR_NEXT_MEMBER_H
#define COORDINATOR_NEXT_MEMBER_H

#include "coordinator/holding.h"
#include "coordinator/next_classic.h"
#include "coordinator/topic_names.h"
#include "wire/messages.h"

#include <libclient/error.h>

/* As in CurrentMemberAssignment records. */
enum next_member_state {
    NEXT_MEMBER_STABLE = 0,
    NEXT_MEMBER_UNREVOKED = 1,  /* it is asked to give something back */
    NEXT_MEMBER_UNRELEASED = 2, /* it waits for what others have not given back */
    NEXT_MEMBER_UNKNOWN = 127
};

enum {
    NEXT_EPOCH_LEAVES = -1,
    NEXT_EPOCH_RESTS = -2 /* a static member that will be back */
};

struct next_member {
    char *id;
    char *instance_id; /* NULL: dynamic */
    char *rack_id;     /* NULL: none */
    char *client_id;
    char *client_host;
    char *regex;    /* "": none */
    char *assignor; /* NULL: any */
    struct topic_names topics;
    int32_t rebalance_ms;
    int32_t epoch;
    int32_t previous_epoch;
    enum next_member_state state;
    struct holding assigned; /* with the epochs in which they were */
    struct holding revoking;
    struct holding target;
    bool is_aimed;      /* its target is stored, if only as an empty one */
    int64_t expires_ms; /* without a heartbeat until then it is out */
    /* INT64_MAX: no hurry. Unrevoked: by then it must have given back; a classic one: have asked
     * for its assignment, or joined again. */
    int64_t owes_by_ms;
    struct next_classic *classic; /* owned; NULL: it speaks KIP-848 */
};

/* NULL when memory is out. */
struct next_member *next_member_create(struct slice id);
struct next_member *next_member_copy(const struct next_member *member, struct slice id);
void next_member_destroy(struct next_member *member);

/* Takes over what a heartbeat says of the member; what is null there stays as it is. False when
 * memory is out: the member is of no use then. */
bool next_member_update(struct next_member *member,
                        const struct consumer_group_heartbeat_request *request,
                        struct slice client_id, struct slice client_host);

/* What stands in its MemberMetadata record is the same; the same subscription. */
bool next_member_equal(const struct next_member *a, const struct next_member *b);
bool next_member_subscribes_alike(const struct next_member *a, const struct next_member *b);

/* Its own, or that of all members that speak KIP-848. */
int32_t next_member_session_ms(const struct next_member *member, int32_t session_ms);

/* What it says of itself. */
size_t next_member_bytes(const struct next_member *member);

bool next_member_has_regex(const struct next_member *member);
bool next_member_is_settled(const struct next_member *member, int32_t target_epoch);

/* What the group says of a member's way. */
struct next_member_guide {
    int32_t target_epoch;
    /* All members of the group, to see whether somebody else has a partition. */
    struct next_member *const *peers;
    size_t peer_count;
    /* Does the member subscribe to the topic now? Targets may be older than that. */
    bool (*wants)(const void *context, const struct next_member *member, const struct uuid *topic);
    const void *context;
    bool has_changed; /* what it subscribes to, with this heartbeat */
};

/* One step towards the target, and away from topics that it no longer subscribes to. What the
 * member has, the request says (or does not). KC_ERR_NO_MEMORY: the member is of no use then. */
enum kc_err next_member_reconcile(struct next_member *member,
                                  const struct consumer_group_heartbeat_request *request,
                                  const struct next_member_guide *guide);

#endif
