/* tests: one transaction on a coordinator stage. */
#include "txn_story.h"

#include "record/batch_writer.h"
#include "support/test.h"

static void answered(struct transactions_answer *answer, enum kc_err err, int64_t producer_id,
                     int16_t epoch)
{
    struct txn_story *story = CONTAINER_OF(answer, struct txn_story, answer);
    assert_false(story->is_answered);
    story->is_answered = true;
    story->err = err;
    if (!err) {
        story->claim = (struct txn_claim){ producer_id, epoch };
    }
}

void txn_story_init(struct txn_story *story, struct coordinator_stage *stage)
{
    *story = (struct txn_story){ .stage = stage, .claim = { -1, -1 } };
    story->answer.done = answered;
}

static enum kc_err told(const struct txn_story *story)
{
    assert_true(story->is_answered);
    return story->err;
}

enum kc_err story_begin(struct txn_story *story)
{
    const struct txn_claim nobody = { -1, -1 };
    story->is_answered = false;
    transactions_begin(story->stage->transactions, slice_text("id"), 60000, &nobody,
                       producer_ids_take(&story->stage->ids), &story->answer);
    return told(story);
}

enum kc_err story_add(struct txn_story *story, const char *topic, int32_t index)
{
    const struct transactions_partition partition = { .topic = slice_text(topic), .index = index };
    story->is_answered = false;
    transactions_add(story->stage->transactions, slice_text("id"), &story->claim, 2, &partition, 1,
                     &story->answer);
    return told(story);
}

enum kc_err story_end(struct txn_story *story, bool commit)
{
    story->is_answered = false;
    transactions_end(story->stage->transactions, slice_text("id"), &story->claim, commit, 2,
                     &story->answer);
    return told(story);
}

enum kc_err story_write(struct txn_story *story, const char *topic, int32_t index, int32_t sequence)
{
    uint8_t memory[256];
    struct partition *partition = stage_partition(story->stage, topic, index);
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .transactional = true,
                                 .producer_id = story->claim.producer_id,
                                 .producer_epoch = story->claim.epoch,
                                 .base_sequence = sequence };
    struct slice batch;
    struct log_appended appended;
    int64_t wall_ms = clock_wall_ms(&story->stage->clock);
    batch_writer_init(&writer, memory, sizeof(memory));
    assert_true(batch_writer_append(&writer, wall_ms, SLICE_NULL, slice_text("v"), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), 0);
    struct log_append append = { .data = memory,
                                 .size = batch.size,
                                 .origin = LOG_ORIGIN_CLIENT,
                                 .leader_epoch = partition->leader_epoch,
                                 .now_ms = wall_ms };
    return partition_append(partition, &append, &appended);
}

static void stored(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

enum kc_err story_commit_offset(struct txn_story *story, int64_t offset)
{
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit commit = { .done = stored, .context = &err };
    const struct groups_txn txn = { story->claim.producer_id, story->claim.epoch };
    const struct groups_offset wanted = { .topic = slice_text("a"), .offset = offset };
    groups_commit_txn(story->stage->groups, slice_text("g"), &txn, &wanted, 1, &commit);
    return err;
}

int64_t story_committed(const struct coordinator_stage *stage)
{
    const struct group *group = groups_find(stage->groups, slice_text("g"));
    const struct group_offset *offset = group ? groups_offset_of(group, slice_text("a"), 0) : NULL;
    return offset ? offset->offset : -1;
}

enum txn_state story_state(const struct coordinator_stage *stage)
{
    const struct txn_entry *entry = transactions_find(stage->transactions, slice_text("id"));
    assert_non_null(entry);
    return entry->now.state;
}
