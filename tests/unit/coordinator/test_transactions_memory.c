/* tests: the transactions of a broker when memory runs out: each request is served or refused
 * whole, and what is read back is what was served. */
#include "support/heap.h"
#include "support/test.h"
#include "txn_story.h"

/* Asks until there is memory. */
#define INSIST(story, ask)                    \
    do {                                      \
        enum kc_err asked = (ask);            \
        if (asked) {                          \
            assert_true(heap_failed());       \
            (story)->stage->failures++;       \
            asked = (ask);                    \
        }                                     \
        assert_int_equal(asked, KC_ERR_NONE); \
    } while (0)

static void settle(struct coordinator_stage *stage, enum txn_state wanted)
{
    for (int i = 0; i < 5 && story_state(stage) != wanted; i++) {
        stage->failures++;
        stage_turn(stage);
    }
    assert_int_equal(story_state(stage), wanted);
}

static enum kc_err end_of(struct coordinator_stage *stage)
{
    int failures = stage->failures;
    heap_pause();
    coordinator_stage_finish(stage);
    heap_resume();
    return failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
}

static void open_stage(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    heap_pause();
    coordinator_stage_init(stage, disk);
    stage_make_topic(stage, "a", 2);
    heap_resume();
}

static enum kc_err serve(void *context)
{
    struct coordinator_stage stage;
    struct txn_story story;
    open_stage(&stage, context);
    txn_story_init(&story, &stage);
    if (!stage_start_groups(&stage) || !stage_start_transactions(&stage)) {
        stage.failures++;
        return end_of(&stage);
    }
    INSIST(&story, story_begin(&story));
    for (int round = 0; round < 2; round++) {
        INSIST(&story, story_add(&story, "a", 0));
        INSIST(&story, story_add(&story, "a", 1));
        INSIST(&story, story_write(&story, "a", 0, 0));
        INSIST(&story, story_add(&story, "__consumer_offsets", 0));
        INSIST(&story, story_commit_offset(&story, 10 + round));
        INSIST(&story, story_end(&story, round == 0));
        settle(&stage, round == 0 ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT);
    }
    for (int i = 0; i < 5 && story_committed(&stage) != 10; i++) {
        assert_true(heap_failed());
        stage_turn(&stage);
    }
    assert_int_equal(story_committed(&stage), 10);
    return end_of(&stage);
}

TEST(serving)
{
    struct scratch_disk disk;
    coordinator_stage_share();
    scratch_disk_init(&disk);
    heap_each(serve, &disk);
}

static enum kc_err load(void *context)
{
    struct coordinator_stage stage;
    struct txn_story story;
    open_stage(&stage, context);
    heap_pause();
    txn_story_init(&story, &stage);
    assert_true(stage_start_groups(&stage) && stage_start_transactions(&stage));
    assert_int_equal(story_begin(&story), 0);
    assert_int_equal(story_add(&story, "a", 0), 0);
    assert_int_equal(story_add(&story, "__consumer_offsets", 0), 0);
    assert_int_equal(story_commit_offset(&story, 10), 0);
    stage_forget(&stage);
    heap_resume();
    if (stage_start_groups(&stage) && stage_start_transactions(&stage)) {
        const struct txn_entry *entry = transactions_find(stage.transactions, slice_text("id"));
        assert_non_null(entry);
        assert_int_equal(entry->partition_count, 2);
        assert_int_equal(entry->now.state, TXN_ONGOING);
        INSIST(&story, story_end(&story, true));
        settle(&stage, TXN_COMPLETE_COMMIT);
    } else {
        stage.failures++;
    }
    return end_of(&stage);
}

TEST(loading)
{
    struct scratch_disk disk;
    coordinator_stage_share();
    scratch_disk_init(&disk);
    heap_each(load, &disk);
}
