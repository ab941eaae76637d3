/* consumer: the two blobs that members of a classic group exchange through their coordinator:
 * subscription and assignment, an int16 version in front. A newer version than ours is read as
 * ours, what it has more is left alone. Pure. */
#ifndef CONSUMER_BLOB_H
#define CONSUMER_BLOB_H

#include "consumer/assignor.h"
#include "wire/codec.h"
#include "wire/messages.h"

enum { BLOB_VERSION = 3 };

/* Topics, owned partitions (by topic), generation, rack and user data of the member; the null slice
 * when memory is out. */
struct slice blob_write_subscription(const struct assign_member *member, struct arena *arena);

/* What the member was assigned, and what its strategy tells it. */
struct slice blob_write_assignment(const struct assign_member *member, struct arena *arena);

/* Fills topics, owned, generation, rack and user data; id and instance_id stay. KC_ERR_MALFORMED,
 * KC_ERR_NO_MEMORY. */
enum kc_err blob_read_subscription(struct slice blob, struct arena *arena,
                                   struct assign_member *ret_member);

/* An empty blob is an empty assignment. */
enum kc_err blob_read_assignment(struct slice blob, struct arena *arena,
                                 struct consumer_protocol_assignment *ret_assignment);

#endif
