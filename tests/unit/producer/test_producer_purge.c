/* tests: purged records are reported once, as what they are, and what comes later is in order. */
#include "unit/producer/rig.h"

static int done_count;

static void on_done(struct producer_purge *purge)
{
    done_count++;
}

static size_t purge(struct rig *rig, unsigned what)
{
    struct producer_purge purge = { .done = on_done };
    int before = done_count;
    producer_purge(rig->producer, what, &purge);
    assert_int_equal(done_count, before + 1);
    return purge.record_count;
}

static void check_purged(const struct rig *rig, int number, enum kc_delivery_status status)
{
    assert_int_equal(rig->reports[number], 1);
    assert_int_equal(rig->last[number].err, KC_ERR_PURGED);
    assert_int_equal(rig->last[number].status, status);
}

/* Everything from this record on is written, in order, once. */
static void check_goes_on(struct rig *rig, int from)
{
    int64_t end = rig->log_end;
    for (int i = from; i < from + 3; i++) {
        rig_put_batch(rig, i, 1);
    }
    rig_serve_all(rig);
    assert_int_equal(rig->log_end, end + 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(rig->log[end + i], from + i);
        assert_int_equal(rig->reports[from + i], 1);
        assert_int_equal(rig->last[from + i].err, KC_ERR_NONE);
    }
}

TEST(queued_records_go_and_leave_no_trace)
{
    struct rig *rig = rig_start_settled();
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    assert_int_equal(rig_put(rig, 2), KC_ERR_NONE);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED), 2);
    check_purged(rig, 1, KC_NOT_WRITTEN);
    check_purged(rig, 2, KC_NOT_WRITTEN);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED | KC_PURGE_IN_FLIGHT), 0);
    check_goes_on(rig, 3);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(what_is_in_flight_stays_when_only_the_queue_is_purged)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 1);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(rig_put(rig, 2), KC_ERR_NONE);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED), 1);
    assert_int_equal(rig->reports[1], 0);
    check_purged(rig, 2, KC_NOT_WRITTEN);
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->last[1].status, KC_WRITTEN);
    check_goes_on(rig, 3);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(purged_in_flight_may_be_written_and_keeps_its_numbers)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 2);
    assert_int_equal(purge(rig, KC_PURGE_IN_FLIGHT), 2);
    check_purged(rig, 1, KC_MAYBE_WRITTEN);
    check_purged(rig, 2, KC_MAYBE_WRITTEN);
    /* The broker has taken it: the next number is the one behind. */
    rig_serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->reports[1], 1);
    check_goes_on(rig, 3);
    assert_int_equal(rig->epoch, 0);
    rig_finish(rig);
}

TEST(purged_in_flight_that_is_refused_starts_a_new_epoch)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 2);
    assert_int_equal(purge(rig, KC_PURGE_IN_FLIGHT), 2);
    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    check_goes_on(rig, 3);
    assert_int_equal(rig->epoch, 1);
    rig_finish(rig);
}

TEST(a_batch_that_waits_for_its_next_try_is_queued)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 1);
    rig_put_batch(rig, 2, 1);
    rig_serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED), 1);
    check_purged(rig, 1, KC_NOT_WRITTEN);
    /* Its number is a gap now: the batch behind it goes again under a new epoch. */
    rig_serve_all(rig);
    assert_int_equal(rig->last[2].err, KC_ERR_NONE);
    check_goes_on(rig, 3);
    assert_int_equal(rig->epoch, 1);
    rig_finish(rig);
}

TEST(a_lost_batch_in_the_queue_may_be_written)
{
    struct rig *rig = rig_start_settled();
    rig_put_batch(rig, 1, 1);
    rig_lose(rig, true);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED), 1);
    check_purged(rig, 1, KC_MAYBE_WRITTEN);
    check_goes_on(rig, 2);
    rig_finish(rig);
}

TEST(a_batch_that_is_being_packed_goes_when_it_is_done)
{
    struct rig *rig = rig_start_settled();
    struct buffer *buffer = rig_buffer(rig, 0);
    struct producer_purge purge = { .done = on_done };
    int before = done_count;
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    struct bundle *bundle = buffer_seal(buffer);
    bundle->is_packing = true;
    assert_int_equal(rig_put(rig, 2), KC_ERR_NONE);
    producer_purge(rig->producer, KC_PURGE_QUEUED, &purge);
    check_purged(rig, 2, KC_NOT_WRITTEN);
    assert_int_equal(rig->reports[1], 0);
    assert_int_equal(done_count, before);
    assert_int_equal(purge.record_count, 2);
    bundle->is_packing = false;
    producer_settle(rig->producer, buffer, rig->now_us);
    check_purged(rig, 1, KC_NOT_WRITTEN);
    assert_int_equal(done_count, before + 1);
    check_goes_on(rig, 3);
    rig_finish(rig);
}

static void on_flushed(struct producer_ticket *ticket)
{
    *(bool *)ticket->context = true;
}

TEST(a_flush_ends_with_what_was_purged)
{
    struct rig *rig = rig_start_settled();
    bool is_flushed = false;
    struct producer_ticket ticket = { .done = on_flushed, .context = &is_flushed };
    rig->refuses = 1;
    assert_int_equal(rig_put(rig, 1), KC_ERR_NONE);
    producer_flush(rig->producer, &ticket);
    assert_false(is_flushed);
    assert_int_equal(purge(rig, KC_PURGE_QUEUED), 1);
    assert_true(is_flushed);
    rig_finish(rig);
}

/* It goes while the flush is still counting what to wait for. */
TEST(a_flush_waits_for_others_although_something_purged_ends_in_it)
{
    struct producer_settings settings = rig_defaults();
    settings.is_idempotent = false;
    struct rig *rig = rig_start_with(&settings, 2);
    struct buffer *buffer = rig_buffer(rig, 0);
    struct kc_record record = { .topic = "t", .value = kc_text("x"), .flags = KC_RECORD_PARTITION };
    struct producer_purge purge = { .done = on_done };
    bool is_flushed = false;
    struct producer_ticket ticket = { .done = on_flushed, .context = &is_flushed };
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    struct bundle *bundle = buffer_seal(buffer);
    bundle->is_packing = true;
    producer_purge(rig->producer, KC_PURGE_QUEUED, &purge);
    bundle->is_packing = false;
    record.partition = 1;
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_NONE);
    producer_flush(rig->producer, &ticket);
    assert_int_equal(rig->sent_count, 1);
    assert_false(is_flushed);
    rig_finish(rig);
    assert_true(is_flushed);
}
