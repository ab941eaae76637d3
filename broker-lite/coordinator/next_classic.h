/* coordinator: what a member of a consumer group (KIP-848) has besides when it speaks the classic
 * protocol: while a group changes from one to the other, both kinds are in it. Pure. */
#ifndef COORDINATOR_NEXT_CLASSIC_H
#define COORDINATOR_NEXT_CLASSIC_H

#include "base/attr.h"
#include "base/slice.h"
#include "wire/messages.h"

#include <libclient/error.h>

struct group_member;
struct group_protocol;

struct next_classic {
    int32_t session_ms;
    struct group_protocol *protocols; /* owned, in the order of preference */
    int32_t protocol_count;           /* at least 1 */
};

/* NULL when memory is out. */
struct next_classic *next_classic_of_join(const struct join_group_request *request);
struct next_classic *next_classic_of_member(const struct group_member *member);
struct next_classic *next_classic_of_record(
    const struct consumer_group_member_metadata_value_classic_member_metadata *stored);

void next_classic_destroy(struct next_classic *classic);

/* NULL has the copy NULL. False when memory is out. */
bool next_classic_copy(const struct next_classic *classic, struct next_classic **ret_copy);

/* The same session timeout and protocols; or none both. */
bool next_classic_equal(const struct next_classic *a, const struct next_classic *b);

size_t next_classic_bytes(const struct next_classic *classic);

bool next_classic_offers(const struct next_classic *classic, struct slice protocol);

/* The protocol that it is told of: the first it offers. */
struct slice next_classic_protocol(const struct next_classic *classic);

/* The version in which it knows assignments. */
int16_t next_classic_version(const struct next_classic *classic);

#endif
