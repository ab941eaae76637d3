/* unit: what an incremental fetch has to say, and what the broker is to forget. */
#include "consumer/fetch_session.h"
#include "support/test.h"

struct stage {
    struct fetch_session session;
    struct claim *claims[2];
    struct position *positions[2];
    struct fetch_told told;
};

static void begin(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    fetch_session_reset(&stage->session, 1);
    for (int32_t i = 0; i < 2; i++) {
        stage->claims[i] = claim_create(slice_text("t"), i);
        assert_non_null(stage->claims[i]);
        stage->positions[i] = position_create(stage->claims[i]);
        assert_non_null(stage->positions[i]);
    }
}

static void end(struct stage *stage)
{
    fetch_session_finish(&stage->session);
    for (int i = 0; i < 2; i++) {
        position_destroy(stage->positions[i]);
        claim_drop(stage->claims[i]);
    }
}

static bool tell(struct stage *stage, int which, int64_t offset)
{
    stage->told.offset = offset;
    return fetch_session_tell(&stage->session, stage->positions[which], &stage->told);
}

/* Both partitions are in session 7. */
static void open_session(struct stage *stage)
{
    begin(stage);
    assert_true(tell(stage, 0, 10) && tell(stage, 1, 20));
    fetch_session_sent(&stage->session);
    assert_true(fetch_session_on_answer(&stage->session, 7));
    assert_int_equal(stage->session.epoch, 1);
}

TEST(what_did_not_change_is_not_said)
{
    struct stage stage;
    open_session(&stage);
    assert_false(tell(&stage, 0, 10));
    assert_true(tell(&stage, 1, 25));
    fetch_session_sent(&stage.session);
    assert_true(fetch_session_on_answer(&stage.session, 7));
    assert_int_equal(stage.session.epoch, 2);
    assert_false(tell(&stage, 1, 25));
    stage.told.current_epoch = 3;
    assert_true(tell(&stage, 1, 25));
    end(&stage);
}

TEST(what_left_is_to_be_forgotten_once)
{
    struct stage stage;
    open_session(&stage);
    fetch_session_leave(&stage.session, stage.positions[0]);
    fetch_session_leave(&stage.session, stage.positions[0]);
    assert_int_equal(stage.session.gone_count, 1);
    assert_ptr_equal(stage.session.gone[0].claim, stage.claims[0]);
    fetch_session_sent(&stage.session);
    assert_int_equal(stage.session.gone_count, 0);
    end(&stage);
}

/* Brokers add what is named and remove what is to be forgotten, in this order. */
TEST(what_left_and_came_back_is_not_forgotten)
{
    struct stage stage;
    open_session(&stage);
    fetch_session_leave(&stage.session, stage.positions[0]);
    assert_true(tell(&stage, 0, 10));
    assert_int_equal(stage.session.gone_count, 0);
    end(&stage);
}

/* The answer opens a session that has it still. */
TEST(what_leaves_while_the_session_opens_is_forgotten_later)
{
    struct stage stage;
    begin(&stage);
    assert_true(tell(&stage, 0, 10) && tell(&stage, 1, 20));
    fetch_session_sent(&stage.session);
    fetch_session_leave(&stage.session, stage.positions[1]);
    assert_true(fetch_session_on_answer(&stage.session, 7));
    assert_int_equal(stage.session.gone_count, 1);
    end(&stage);
}

TEST(a_broker_without_sessions_is_told_everything_each_time)
{
    struct stage stage;
    begin(&stage);
    assert_true(tell(&stage, 0, 10));
    fetch_session_sent(&stage.session);
    fetch_session_leave(&stage.session, stage.positions[0]);
    assert_false(fetch_session_on_answer(&stage.session, 0));
    assert_int_equal(stage.session.gone_count, 0);
    assert_int_equal(stage.session.epoch, 0);
    assert_true(tell(&stage, 0, 10));
    end(&stage);
}

TEST(another_session_than_ours_starts_over)
{
    struct stage stage;
    open_session(&stage);
    fetch_session_sent(&stage.session);
    assert_false(fetch_session_on_answer(&stage.session, 8));
    assert_true(tell(&stage, 0, 10));
    end(&stage);
}

TEST(epochs_wrap_to_one)
{
    struct stage stage;
    open_session(&stage);
    stage.session.epoch = INT32_MAX;
    assert_true(fetch_session_on_answer(&stage.session, 7));
    assert_int_equal(stage.session.epoch, 1);
    end(&stage);
}
