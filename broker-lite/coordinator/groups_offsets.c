/* coordinator: committed offsets: storing and forgetting. */
#include "coordinator/group_parts.h"
#include "coordinator/groups_parts.h"
#include "coordinator/next_parts.h"

#include <stdlib.h>

const struct group_offset *groups_offset_of(const struct group *group, struct slice topic,
                                            int32_t partition)
{
    return group_find_offset(group, topic, partition);
}

/* ---- committing ---- */

static void commit_woken(struct partition_wait *wait, struct partition *partition)
{
    struct groups_commit *commit = CONTAINER_OF(wait, struct groups_commit, wait);
    if (!partition->err && log_high_watermark(partition->log) < commit->target) {
        return;
    }
    partition_wait_end(wait);
    commit->done(commit, partition->err ? KC_ERR_NOT_COORDINATOR : KC_ERR_NONE);
}

void groups_commit_end(struct groups_commit *commit)
{
    partition_wait_end(&commit->wait);
}

void groups_commit_wait(struct partition *partition, int64_t end, struct groups_commit *commit)
{
    if (log_high_watermark(partition->log) >= end) {
        commit->done(commit, KC_ERR_NONE);
        return;
    }
    commit->target = end;
    commit->wait.woken = commit_woken;
    partition_wait_begin(partition, &commit->wait);
}

enum kc_err groups_check_commit(struct groups *groups, const struct offset_commit_request *request,
                                int16_t version)
{
    struct group *group = groups_find(groups, request->group_id);
    if (!group) {
        return request->generation_id_or_member_epoch < 0 ? KC_ERR_NONE : KC_ERR_ILLEGAL_GENERATION;
    }
    if (group->next) {
        return groups_next_check_commit(groups, group, request, version);
    }
    enum kc_err err = group_check_commit(group, groups_env(groups), request);
    groups_schedule(groups, group);
    return err;
}

enum kc_err groups_append_offsets(struct groups *groups, struct slice group_id,
                                  const struct groups_txn *txn, const struct groups_offset *offsets,
                                  size_t count, int64_t *ret_end)
{
    const struct group_env *env = groups_env(groups);
    struct partition *partition = groups_partition(groups, group_id);
    struct journal journal;
    journal_init(&journal);
    if (txn) {
        journal.producer_id = txn->producer_id;
        journal.producer_epoch = txn->epoch;
    }
    for (size_t i = 0; i < count; i++) {
        char *metadata =
            slice_dup_text(slice_is_null(offsets[i].metadata) ? SLICE_EMPTY : offsets[i].metadata);
        struct group_offset value = { .offset = offsets[i].offset,
                                      .leader_epoch = offsets[i].leader_epoch,
                                      .metadata = metadata,
                                      .commit_ms = env->wall_ms,
                                      .expire_ms = offsets[i].expire_ms };
        const struct image_topic *topic = image_topic(groups->options.image, offsets[i].topic);
        if (metadata) {
            journal_add_offset(&journal, group_id, offsets[i].topic, topic ? &topic->id : NULL,
                               offsets[i].partition, &value);
        } else {
            journal.err = journal.err ? journal.err : KC_ERR_NO_MEMORY;
        }
        free(metadata);
    }
    enum kc_err err = partition ? journal_append(&journal, partition, env->wall_ms, ret_end)
                                : KC_ERR_NOT_COORDINATOR;
    journal_finish(&journal);
    return err;
}

void groups_commit(struct groups *groups, struct slice group_id,
                   const struct groups_offset *offsets, size_t count, struct groups_commit *commit)
{
    int64_t end = 0;
    memset(&commit->wait, 0, sizeof(commit->wait));
    commit->target = 0;
    if (count == 0) {
        commit->done(commit, KC_ERR_NONE);
        return;
    }
    enum kc_err err = groups_append_offsets(groups, group_id, NULL, offsets, count, &end);
    struct group *group = err ? NULL : groups_make(groups, group_id);
    for (size_t i = 0; group && i < count; i++) {
        if (!group_put_offset(group, &offsets[i], groups->env.wall_ms,
                              end - (int64_t)(count - i))) {
            group = NULL;
        }
    }
    if (err || !group) {
        commit->done(commit, err ? err : KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    groups_commit_wait(groups_partition(groups, group_id), end, commit);
}

void groups_forget(struct groups *groups, struct group *group, const struct groups_offset *offsets,
                   size_t count, struct groups_commit *commit)
{
    struct partition *partition = groups_partition(groups, slice_text(group->id));
    struct journal journal;
    int64_t end = 0;
    memset(&commit->wait, 0, sizeof(commit->wait));
    commit->target = 0;
    journal_init(&journal);
    for (size_t i = 0; i < count; i++) {
        if (offsets[i].offset >= 0 &&
            group_find_offset(group, offsets[i].topic, offsets[i].partition)) {
            journal_add_offset_tombstone(&journal, slice_text(group->id), offsets[i].topic,
                                         offsets[i].partition);
        }
    }
    bool any = journal.count > 0;
    enum kc_err err = KC_ERR_NONE;
    if (any) {
        err = partition ? journal_append(&journal, partition, groups_env(groups)->wall_ms, &end)
                        : KC_ERR_NOT_COORDINATOR;
    }
    journal_finish(&journal);
    for (size_t i = 0; !err && i < count; i++) {
        if (offsets[i].offset >= 0) {
            group_drop_offset(group, offsets[i].topic, offsets[i].partition);
        }
    }
    if (err || !any) {
        commit->done(commit, err);
        return;
    }
    groups_commit_wait(partition, end, commit);
}
