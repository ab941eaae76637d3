/* coordinator: offsets that transactions commit (KIP-98, KIP-447). Their records stand in
 * __consumer_offsets as part of the transaction; here they wait for its marker. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"

enum kc_err groups_check_txn_commit(struct groups *groups,
                                    const struct txn_offset_commit_request *request)
{
    struct group *group = groups_find(groups, request->group_id);
    if (!group) {
        return request->generation_id < 0 ? KC_ERR_NONE : KC_ERR_ILLEGAL_GENERATION;
    }
    if (group->next) {
        return groups_next_check_txn(group, request);
    }
    enum kc_err err = group_check_txn_commit(group, groups_env(groups), request);
    groups_schedule(groups, group);
    return err;
}

bool groups_put_txn_offset(struct groups *groups, struct group *group, int64_t producer_id,
                           const struct groups_offset *offset, int64_t commit_ms,
                           int64_t record_offset)
{
    if (!group_txn_put(group, producer_id, offset, commit_ms, record_offset)) {
        return false;
    }
    if (!list_is_linked(&group->txn_link)) {
        list_append(&groups->txn_groups, &group->txn_link);
    }
    return true;
}

bool groups_offset_is_unstable(const struct group *group, struct slice topic, int32_t partition)
{
    return group_txn_has(group, topic, partition);
}

void groups_commit_txn(struct groups *groups, struct slice group_id, const struct groups_txn *txn,
                       const struct groups_offset *offsets, size_t count,
                       struct groups_commit *commit)
{
    int64_t end = 0;
    memset(&commit->wait, 0, sizeof(commit->wait));
    commit->target = 0;
    if (count == 0) {
        commit->done(commit, KC_ERR_NONE);
        return;
    }
    /* The group before the records: what is in the log must have its place. */
    struct group *group = groups_make(groups, group_id);
    enum kc_err err = group ? groups_append_offsets(groups, group_id, txn, offsets, count, &end)
                            : KC_ERR_COORDINATOR_NOT_AVAILABLE;
    for (size_t i = 0; !err && i < count; i++) {
        if (!groups_put_txn_offset(groups, group, txn->producer_id, &offsets[i],
                                   groups->env.wall_ms, end - (int64_t)(count - i))) {
            err = KC_ERR_COORDINATOR_NOT_AVAILABLE;
        }
    }
    if (err) {
        commit->done(commit, err);
        return;
    }
    groups_commit_wait(groups_partition(groups, group_id), end, commit);
}

/* ---- the end of a transaction ---- */

/* Into its place, unless what is there was committed later. False when memory is out. */
static bool take_place(struct group *group, const struct group_txn_offset *item)
{
    const struct group_offset *known =
        groups_offset_of(group, slice_text(item->offset.topic), item->offset.partition);
    struct groups_offset offset = { .topic = slice_text(item->offset.topic),
                                    .partition = item->offset.partition,
                                    .offset = item->offset.offset,
                                    .leader_epoch = item->offset.leader_epoch,
                                    .metadata = slice_text(item->offset.metadata),
                                    .expire_ms = item->offset.expire_ms };
    return (known && known->record_offset > item->offset.record_offset) ||
           group_put_offset(group, &offset, item->offset.commit_ms, item->offset.record_offset);
}

/* Those that wait for nothing more find their place. */
static void settle(struct groups *groups, struct group *group)
{
    LIST_EACH_SAFE(link, &group->txn_offsets)
    {
        struct group_txn_offset *item = LIST_ITEM(link, struct group_txn_offset, link);
        if (!item->is_committed) {
            continue;
        }
        if (take_place(group, item)) {
            group_txn_offset_destroy(item);
        } else {
            groups->owes_txn = true;
        }
    }
    if (list_is_empty(&group->txn_offsets)) {
        list_remove(&group->txn_link);
    }
}

void groups_complete_txn(struct groups *groups, int32_t partition, int64_t producer_id, bool commit)
{
    const struct image_topic *topic = groups->is_beside ? NULL : groups_topic(groups);
    LIST_EACH_SAFE(group_link, &groups->txn_groups)
    {
        struct group *group = LIST_ITEM(group_link, struct group, txn_link);
        if (topic ? journal_partition_of(slice_text(group->id), topic->partition_count) != partition
                  : !groups->is_beside) {
            continue;
        }
        LIST_EACH_SAFE(link, &group->txn_offsets)
        {
            struct group_txn_offset *item = LIST_ITEM(link, struct group_txn_offset, link);
            if (item->producer_id == producer_id && !item->is_committed) {
                item->is_committed = commit;
                if (!commit) {
                    group_txn_offset_destroy(item);
                }
            }
        }
        settle(groups, group);
    }
}

void groups_txn_again(struct groups *groups)
{
    groups->owes_txn = false;
    LIST_EACH_SAFE(link, &groups->txn_groups)
    {
        settle(groups, LIST_ITEM(link, struct group, txn_link));
    }
}
