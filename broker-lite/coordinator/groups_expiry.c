/* coordinator: the end of committed offsets and of groups: they are deleted, their topic is, or
 * they are as old as offsets.retention.minutes allows. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"

#include <stdlib.h>

/* Which offsets of a group go. */
struct picking {
    enum { PICK_ALL, PICK_TOPIC, PICK_OLD } by;
    struct slice topic;
    int64_t now_ms;
    int64_t retention_ms;
    const struct topic_names *in_use; /* of a classic group that is stable; NULL: none */
};

/* ---- age ---- */

/* What the retention of an offset counts from, as in Kafka (KIP-211): false: it does not grow old
 * as the group is. A classic group keeps its offsets as long as it is rebalancing, and while it is
 * stable those of its topics; a consumer group, those of its topics. */
static bool ages(const struct picking *picking, const struct group *group,
                 const struct group_offset *offset, int64_t *ret_since_ms)
{
    struct slice topic = slice_text(offset->topic);
    *ret_since_ms = offset->commit_ms;
    if (group->next) {
        return !group_next_subscribes(group->next, topic);
    }
    if (!group->protocol_type) {
        return true; /* simple consumers */
    }
    if (group->state == GROUP_EMPTY) {
        /* Records of old Kafkas do not tell since when. */
        *ret_since_ms = group->state_ms >= 0 ? group->state_ms : offset->commit_ms;
        return true;
    }
    return picking->in_use && !topic_names_have(picking->in_use, topic);
}

static bool is_old(const struct picking *picking, const struct group *group,
                   const struct group_offset *offset)
{
    int64_t since_ms;
    if (!ages(picking, group, offset, &since_ms) ||
        groups_offset_is_unstable(group, slice_text(offset->topic), offset->partition)) {
        return false;
    }
    return offset->expire_ms > 0 ? picking->now_ms >= offset->expire_ms
                                 : picking->now_ms - since_ms >= picking->retention_ms;
}

static bool is_picked(const struct picking *picking, const struct group *group,
                      const struct group_offset *offset)
{
    return picking->by == PICK_ALL     ? true
           : picking->by == PICK_TOPIC ? slice_is(picking->topic, offset->topic)
                                       : is_old(picking, group, offset);
}

/* ---- tombstones ---- */

static bool is_doomed(const struct group_txn_offset *item, const struct picking *picking)
{
    return picking->by == PICK_ALL ||
           (picking->by == PICK_TOPIC && slice_is(picking->topic, item->offset.topic));
}

/* Offsets of transactions under way go too: else their markers would bring them back. */
static void add_txn_tombstones(struct journal *journal, const struct group *group,
                               const struct picking *picking)
{
    LIST_EACH(link, &group->txn_offsets)
    {
        const struct group_txn_offset *item = LIST_ITEM(link, struct group_txn_offset, link);
        if (is_doomed(item, picking)) {
            journal_add_offset_tombstone(journal, slice_text(group->id),
                                         slice_text(item->offset.topic), item->offset.partition);
        }
    }
}

static void drop_txn_offsets(struct group *group, const struct picking *picking)
{
    LIST_EACH_SAFE(link, &group->txn_offsets)
    {
        struct group_txn_offset *item = LIST_ITEM(link, struct group_txn_offset, link);
        if (is_doomed(item, picking)) {
            group_txn_offset_destroy(item);
        }
    }
}

/* Does nothing of the group stay when so many of its offsets go? */
static bool is_over(const struct picking *picking, const struct group *group, size_t count)
{
    return picking->by != PICK_TOPIC && group->state == GROUP_EMPTY && group->member_count == 0 &&
           list_is_empty(&group->pending) && count == group->offsets.count &&
           (picking->by == PICK_ALL || list_is_empty(&group->txn_offsets));
}

static enum kc_err add_tombstones(struct journal *journal, const struct group *group,
                                  const struct picking *picking, struct group_offset **doomed,
                                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        journal_add_offset_tombstone(journal, slice_text(group->id), slice_text(doomed[i]->topic),
                                     doomed[i]->partition);
    }
    add_txn_tombstones(journal, group, picking);
    if (is_over(picking, group, count) && group->next) {
        next_record_drop_group(journal, group->id, group->next);
    } else if (is_over(picking, group, count)) {
        journal_add_group_tombstone(journal, slice_text(group->id));
    }
    return journal->err;
}

/* Tombstones for offsets that are picked, and for the group itself when that leaves nothing of it.
 */
static enum kc_err forget_some(struct groups *groups, struct group *group,
                               const struct picking *picking)
{
    struct partition *partition = groups_partition(groups, slice_text(group->id));
    struct group_offset **doomed =
        malloc((group->offsets.count + 1) * sizeof(struct group_offset *));
    struct journal journal;
    size_t position = 0;
    size_t count = 0;
    int64_t end;
    struct group_offset *offset;
    if (!partition || !doomed) {
        free(doomed);
        return partition ? KC_ERR_COORDINATOR_NOT_AVAILABLE : KC_ERR_NOT_COORDINATOR;
    }
    while ((offset = map_next(&group->offsets, &position))) {
        if (is_picked(picking, group, offset)) {
            doomed[count++] = offset;
        }
    }
    bool over = is_over(picking, group, count);
    journal_init(&journal);
    enum kc_err err = add_tombstones(&journal, group, picking, doomed, count);
    if (!err && journal.count > 0) {
        err = journal_append(&journal, partition, groups_env(groups)->wall_ms, &end);
    }
    journal_finish(&journal);
    for (size_t i = 0; !err && i < count; i++) {
        group_drop_offset(group, slice_text(doomed[i]->topic), doomed[i]->partition);
    }
    free(doomed);
    if (!err) {
        drop_txn_offsets(group, picking);
    }
    if (!err && over) {
        groups_remove(groups, group);
    }
    return err;
}

enum kc_err groups_delete(struct groups *groups, struct slice group_id)
{
    struct group *group = groups_find(groups, group_id);
    if (!group) {
        return KC_ERR_GROUP_ID_NOT_FOUND;
    }
    if (group->state != GROUP_EMPTY) {
        return KC_ERR_NON_EMPTY_GROUP;
    }
    pending_clear(group);
    const struct picking picking = { .by = PICK_ALL };
    return forget_some(groups, group, &picking);
}

/* ---- expiry ---- */

static void expire(struct groups *groups, struct group *group)
{
    struct picking picking = { .by = PICK_OLD,
                               .now_ms = groups_env(groups)->wall_ms,
                               .retention_ms = groups->options.offsets_retention_ms };
    struct topic_names in_use = { 0 };
    if (!group->next && group->state == GROUP_STABLE && group_topics(group, &in_use)) {
        picking.in_use = &in_use;
    }
    (void)forget_some(groups, group, &picking);
    topic_names_finish(&in_use);
}

void groups_expire(struct groups *groups)
{
    size_t count = 0;
    struct group **sorted = groups_sorted(groups, &count);
    for (size_t i = 0; sorted && i < count; i++) {
        expire(groups, sorted[i]);
    }
    free(sorted);
}

void groups_forget_topic(struct groups *groups, struct slice topic)
{
    const struct picking picking = { .by = PICK_TOPIC, .topic = topic };
    size_t count = 0;
    struct group **sorted = groups_sorted(groups, &count);
    for (size_t i = 0; sorted && i < count; i++) {
        (void)forget_some(groups, sorted[i], &picking);
    }
    free(sorted);
}
