/* tests: a group that changes from one protocol to the other when memory runs out: it is either
 * what it was or what it was to be, and the log says the same. */
#include "coordinator/groups_parts.h"
#include "roller.h"
#include "support/heap.h"
#include "support/test.h"

struct changing {
    struct scratch_disk disk;
    struct coordinator_stage stage;
};

static bool is_told_of_memory(enum kc_err err)
{
    return err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_NO_MEMORY;
}

/* Asks again as clients do, once memory is there. */
static void asked(struct coordinator_stage *stage, enum kc_err err, struct roller *roller,
                  enum kc_err (*again)(struct roller *roller))
{
    if (err) {
        assert_true(heap_failed());
        assert_true(is_told_of_memory(err));
        stage->failures++;
        assert_int_equal(again(roller), KC_ERR_NONE);
    }
}

static enum kc_err begin(struct roller *roller)
{
    return roller_begin(roller, "bob");
}

static enum kc_err end(struct roller *roller)
{
    return roller_end(roller, -1);
}

/* Ann is classic; bob, who speaks KIP-848, comes and goes. */
static enum kc_err there_and_back(void *context)
{
    struct changing *changing = context;
    struct coordinator_stage *stage = &changing->stage;
    struct roller ann;
    struct roller bob;
    heap_pause();
    roller_stage_open(stage, &changing->disk);
    roller_init(&ann, stage);
    roller_init(&bob, stage);
    assert_int_equal(roller_join(&ann), KC_ERR_NONE);
    groups_tick(stage->groups);
    assert_int_equal(roller_sync(&ann), KC_ERR_NONE);
    heap_resume();
    asked(stage, begin(&bob), &bob, begin);
    assert_int_equal(roller_group(stage)->next->member_count, 2);
    assert_int_equal(roller_group(stage)->member_count, 0);
    asked(stage, roller_join(&ann), &ann, roller_join);
    asked(stage, roller_sync(&ann), &ann, roller_sync);
    asked(stage, end(&bob), &bob, end);
    assert_null(roller_group(stage)->next);
    assert_int_equal(roller_group(stage)->member_count, 1);
    heap_pause();
    stage_forget(stage);
    assert_true(stage_start_groups(stage));
    assert_null(roller_group(stage)->next);
    assert_int_equal(roller_group(stage)->member_count, 1);
    roller_finish(&ann);
    roller_finish(&bob);
    enum kc_err err = stage->failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
    coordinator_stage_finish(stage);
    heap_resume();
    return err;
}

TEST(a_change_without_memory_is_whole_or_has_not_happened)
{
    struct changing changing;
    coordinator_stage_share();
    scratch_disk_init(&changing.disk);
    heap_each(there_and_back, &changing);
}
