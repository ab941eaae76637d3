/* tests: the transactions of a broker: a crash between any two appends, whatever is in memory lost,
 * ends with each transaction ended once, everywhere, one way. */
#include "log/log_core.h"
#include "support/test.h"
#include "txn_story.h"

enum { LOGS = 4, POINTS_MAX = 24 };

static const struct {
    const char *topic;
    int32_t index;
} places[LOGS] = {
    { "__transaction_state", 0 }, { "__consumer_offsets", 0 }, { "a", 0 }, { "a", 1 }
};

/* The ends of all logs. */
struct point {
    int64_t ends[LOGS];
};

static struct point point_of(struct coordinator_stage *stage)
{
    struct point point;
    for (int i = 0; i < LOGS; i++) {
        point.ends[i] =
            log_end_offset(stage_partition(stage, places[i].topic, places[i].index)->log);
    }
    return point;
}

static void open_stage(struct coordinator_stage *stage, struct scratch_disk *disk)
{
    coordinator_stage_init(stage, disk);
    stage_make_topic(stage, "a", 2);
    assert_true(stage_start_groups(stage) && stage_start_transactions(stage));
}

/* Everything up to the end; tells where it stood after each append. */
static int tell(struct txn_story *story, bool commit, struct point points[POINTS_MAX])
{
    struct coordinator_stage *stage = story->stage;
    int count = 0;
    assert_int_equal(story_begin(story), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_add(story, "a", 0), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_write(story, "a", 0, 0), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_add(story, "a", 1), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_write(story, "a", 1, 0), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_add(story, "__consumer_offsets", 0), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_commit_offset(story, 42), 0);
    points[count++] = point_of(stage);
    assert_int_equal(story_end(story, commit), 0);
    return count;
}

/* The points within EndTxn: the decision, a marker each in the order of the names, and the note
 * that all are out. */
static int add_inner_points(struct point points[POINTS_MAX], int count)
{
    static const int order[] = { 0, 1, 2, 3, 0 };
    for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++, count++) {
        points[count] = points[count - 1];
        points[count].ends[order[i]]++;
    }
    return count;
}

/* What is in the logs after the point is lost, and everything in memory; then a new broker. */
static void crash_back_to(struct coordinator_stage *stage, const struct point *point)
{
    stage_forget(stage);
    for (int i = 0; i < LOGS; i++) {
        struct log *log = stage_partition(stage, places[i].topic, places[i].index)->log;
        assert_int_equal(log_truncate_to(log, point->ends[i]), 0);
        (void)log_set_high_watermark(log, log_end_offset(log));
    }
    assert_true(stage_start_groups(stage) && stage_start_transactions(stage));
    stage_turn(stage);
}

static void check_ended(struct coordinator_stage *stage, bool commit)
{
    assert_int_equal(story_state(stage), commit ? TXN_COMPLETE_COMMIT : TXN_COMPLETE_ABORT);
    assert_int_equal(story_committed(stage), commit ? 42 : -1);
    for (int i = 0; i < LOGS; i++) {
        const struct log *log = stage_partition(stage, places[i].topic, places[i].index)->log;
        assert_int_equal(log_last_stable_offset(log), log_end_offset(log));
    }
    for (int32_t i = 0; i < 2; i++) {
        struct bytes aborted;
        struct log *log = stage_partition(stage, "a", i)->log;
        bytes_init(&aborted, 4096);
        assert_int_equal(log_aborted_in(log, 0, INT64_MAX, &aborted), 0);
        assert_int_equal(aborted.size / sizeof(struct log_aborted), commit ? 0 : 1);
        bytes_finish(&aborted);
    }
    const struct group *group = groups_find(stage->groups, slice_text("g"));
    assert_true(!group || !groups_offset_is_unstable(group, slice_text("a"), 0));
}

static void crash_everywhere(struct scratch_disk *disk, bool commit)
{
    struct point points[POINTS_MAX];
    int decided = 0;
    int count = 1;
    for (int i = 0; i < count; i++) {
        struct coordinator_stage stage;
        struct txn_story story;
        open_stage(&stage, disk);
        txn_story_init(&story, &stage);
        decided = tell(&story, commit, points);
        struct txn_claim claim = { story.claim.producer_id, (int16_t)(story.claim.epoch - 1) };
        count = add_inner_points(points, decided);
        assert_memory_equal(points[count - 1].ends, point_of(&stage).ends, sizeof(points[0].ends));
        check_ended(&stage, commit);
        crash_back_to(&stage, &points[i]);
        if (i < decided) {
            /* Not decided: its client decides, and may have to write again what was lost. */
            assert_int_equal(story_state(&stage), i == 0 ? TXN_EMPTY : TXN_ONGOING);
            story.claim = claim;
            assert_int_equal(story_end(&story, false), 0);
            assert_int_equal(story_state(&stage), TXN_COMPLETE_ABORT);
            assert_int_equal(story_committed(&stage), -1);
        } else {
            check_ended(&stage, commit);
            /* The answer was lost: asked again, told again. */
            story.claim = claim;
            assert_int_equal(story_end(&story, commit), 0);
            assert_int_equal(story.claim.epoch, claim.epoch + 1);
        }
        for (int k = 0; k < LOGS; k++) {
            const struct log *log = stage_partition(&stage, places[k].topic, places[k].index)->log;
            assert_int_equal(log_last_stable_offset(log), log_end_offset(log));
        }
        coordinator_stage_finish(&stage);
    }
    assert_int_equal(count, decided + 5);
}

TEST(a_crash_anywhere_ends_it_once)
{
    struct scratch_disk disk;
    scratch_disk_init(&disk);
    crash_everywhere(&disk, true);
    crash_everywhere(&disk, false);
}

/* The disk takes nothing while markers are due: they are written when it does again. */
TEST(markers_are_tried_again)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct txn_story story;
    scratch_disk_init(&disk);
    open_stage(&stage, &disk);
    txn_story_init(&story, &stage);
    assert_int_equal(story_begin(&story), 0);
    assert_int_equal(story_add(&story, "a", 0), 0);
    assert_int_equal(story_write(&story, "a", 0, 0), 0);
    struct partition *partition = stage_partition(&stage, "a", 0);
    partition->is_leader = false; /* it is being moved */
    assert_int_equal(story_end(&story, true), 0);
    assert_int_equal(story_state(&stage), TXN_PREPARE_COMMIT);
    assert_int_equal(story_add(&story, "a", 1), KC_ERR_CONCURRENT_TRANSACTIONS);
    stage_turn(&stage);
    assert_int_equal(story_state(&stage), TXN_PREPARE_COMMIT);
    partition->is_leader = true;
    stage_turn(&stage);
    assert_int_equal(story_state(&stage), TXN_COMPLETE_COMMIT);
    assert_int_equal(story_add(&story, "a", 1), 0);
    coordinator_stage_finish(&stage);
}

TEST(time_ends_transactions_and_ids)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct txn_story story;
    scratch_disk_init(&disk);
    open_stage(&stage, &disk);
    txn_story_init(&story, &stage);
    assert_int_equal(story_begin(&story), 0);
    assert_int_equal(story_add(&story, "a", 0), 0);
    stage.now_ms += 60000;
    stage_turn(&stage);
    assert_int_equal(story_state(&stage), TXN_ONGOING);
    stage.now_ms += 101;
    stage_turn(&stage);
    assert_int_equal(story_state(&stage), TXN_COMPLETE_ABORT);
    assert_int_equal(story_add(&story, "a", 0), KC_ERR_PRODUCER_FENCED);
    stage.now_ms += 3600000;
    stage_turn(&stage);
    assert_null(transactions_find(stage.transactions, slice_text("id")));
    struct point point = point_of(&stage);
    crash_back_to(&stage, &point);
    assert_null(transactions_find(stage.transactions, slice_text("id")));
    coordinator_stage_finish(&stage);
}

/* An id that no record can hold, and one whose record the disk refuses, leave nothing behind. */
TEST(an_id_that_is_not_stored_is_not_known)
{
    static uint8_t name[INT16_MAX + 1];
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct txn_story story;
    const struct txn_claim nobody = { -1, -1 };
    scratch_disk_init(&disk);
    open_stage(&stage, &disk);
    txn_story_init(&story, &stage);
    memset(name, 'x', sizeof(name));
    transactions_begin(stage.transactions, slice_of(name, sizeof(name)), 60000, &nobody, 1,
                       &story.answer);
    assert_int_equal(story.err, KC_ERR_INVALID_REQUEST);
    stage_partition(&stage, "__transaction_state", 0)->log->dir->failed = true;
    assert_int_equal(story_begin(&story), KC_ERR_NOT_COORDINATOR);
    assert_null(transactions_find(stage.transactions, slice_text("id")));
    coordinator_stage_finish(&stage);
}

/* The later record counts, whichever transaction ends first. */
TEST(a_later_offset_is_not_overwritten)
{
    struct scratch_disk disk;
    struct coordinator_stage stage;
    struct txn_story story;
    scratch_disk_init(&disk);
    open_stage(&stage, &disk);
    txn_story_init(&story, &stage);
    assert_int_equal(story_begin(&story), 0);
    assert_int_equal(story_add(&story, "__consumer_offsets", 0), 0);
    assert_int_equal(story_commit_offset(&story, 42), 0);
    assert_int_equal(story_commit_offset(&story, 43), 0);
    assert_int_equal(story_end(&story, true), 0);
    assert_int_equal(story_committed(&stage), 43);
    assert_int_equal(story_add(&story, "__consumer_offsets", 0), 0);
    assert_int_equal(story_commit_offset(&story, 50), 0);
    /* The group is deleted meanwhile: its transaction's offsets go with it. */
    assert_int_equal(groups_delete(stage.groups, slice_text("g")), 0);
    assert_int_equal(story_end(&story, true), 0);
    assert_int_equal(story_committed(&stage), -1);
    struct point point = point_of(&stage);
    crash_back_to(&stage, &point);
    assert_int_equal(story_committed(&stage), -1);
    coordinator_stage_finish(&stage);
}
