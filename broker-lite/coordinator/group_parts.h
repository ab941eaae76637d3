/* coordinator: what the files of the group share: members, states, the rebalance. */
#ifndef COORDINATOR_GROUP_PARTS_H
#define COORDINATOR_GROUP_PARTS_H

#include "coordinator/group_classic.h"

enum { NEW_MEMBER_JOIN_MS = 300000 };

struct group_member *member_create(struct slice id, const struct group_join *join);
void member_destroy(struct group_member *member);
void member_add(struct group *group, struct group_member *member);
void member_remove(struct group *group, struct group_member *member);
/* All that the other group has; the group has none. */
void group_take_members(struct group *group, struct group *from);

/* Takes over protocols, timeouts and client of the request; false when memory is out (nothing
 * changed). */
bool member_update(struct group_member *member, const struct group_join *join);
bool member_protocols_equal(const struct group_member *member,
                            const struct join_group_request *request);
size_t member_bytes(const struct group_member *member);
void member_alive(struct group_member *member, const struct group_env *env);
bool member_set_assignment(struct group_member *member, struct slice assignment);

/* One protocol that a member offers, and its list; copies. False when memory is out. */
bool protocol_set(struct group_protocol *protocol, struct slice name, struct slice metadata);
void protocols_destroy(struct group_protocol *protocols, int32_t count);

/* What a member of type "consumer" subscribes to: the metadata of any of its protocols. Lists are
 * taken from the arena. KC_ERR_MALFORMED, KC_ERR_NO_MEMORY. */
enum kc_err subscription_read(struct slice metadata, struct arena *arena,
                              struct consumer_protocol_subscription *ret_subscription);

void answer_join_error(struct group_answer *answer, struct slice member_id, enum kc_err err);
void answer_sync(struct group_answer **place, const struct group *group, struct slice assignment,
                 enum kc_err err);

/* The only place that changes the state. */
void group_enter(struct group *group, struct group_env *env, enum group_state state);

/* As another member asks for it: those who wait are answered with an error, all members go. */
void group_drop_members(struct group *group, enum kc_err err);

void rebalance_prepare(struct group *group, struct group_env *env);
/* Completes when all have joined, or when the deadline has passed. */
void rebalance_try_complete(struct group *group, struct group_env *env);
/* The protocol that the members would choose now; NULL when none is common to all. */
const char *rebalance_select(const struct group *group);
/* The join's answer for one member: the leader gets the members (unless skip says that it keeps its
 * assignment). */
void rebalance_answer_join(struct group *group, struct group_member *member,
                           struct group_answer *answer, bool skip_assignment);

/* The same for one that need not know the members: `leader` is said to lead. */
void rebalance_answer_follower(const struct group *group, const struct group_member *member,
                               struct slice leader, struct group_answer *answer);

struct group_pending *pending_find(const struct group *group, struct slice member_id);
/* Takes over the id. With too many of them the oldest goes. False when memory is out. */
bool pending_add(struct group *group, char *member_id, int64_t expires_ms);
void pending_remove(struct group *group, struct group_pending *pending);
void pending_clear(struct group *group);

/* topic, a zero byte, the partition: what an offset is found by. In the buffer of
 * GROUP_OFFSET_KEY_MAX bytes. */
enum { GROUP_OFFSET_KEY_MAX = 300 };
struct slice group_offset_key(struct slice topic, int32_t partition, uint8_t *buffer);

/* group_offsets.c: puts an offset into memory; false when memory is out. record_offset: of its
 * record. */
bool group_put_offset(struct group *group, const struct groups_offset *from, int64_t commit_ms,
                      int64_t record_offset);
void group_drop_offset(struct group *group, struct slice topic, int32_t partition);
struct group_offset *group_find_offset(const struct group *group, struct slice topic,
                                       int32_t partition);
/* NULL is fine. */
void group_offset_destroy(struct group_offset *offset);

/* group_txn.c: offsets of transactions under way. Adds one in place of what the producer said of
 * the partition before; false when memory is out. */
bool group_txn_put(struct group *group, int64_t producer_id, const struct groups_offset *from,
                   int64_t commit_ms, int64_t record_offset);
/* Of all producers. */
void group_txn_drop(struct group *group, struct slice topic, int32_t partition);
bool group_txn_has(const struct group *group, struct slice topic, int32_t partition);
/* Takes it out of its group. */
void group_txn_offset_destroy(struct group_txn_offset *item);

bool text_set(char **place, struct slice text);

#endif
