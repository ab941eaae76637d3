/* consumer: one member of a KIP-848 group as a pure step function. The group decides what the
 * member gets and tells it in answers to heartbeats; the member gives back and takes, and says what
 * it holds. Its id is its own for as long as it lives; the epoch is the group's word for where it
 * stands: 0 asks to join, -1 leaves, -2 leaves for a while (static members). */
#include "consumer/member.h"

enum { NEXT_EPOCH_JOIN = 0 };

static bool next_is_in(const struct member *member)
{
    return member->generation > NEXT_EPOCH_JOIN && !member->is_losing &&
           (member->state == MEMBER_STABLE || member->state == MEMBER_REVOKING);
}

static bool next_beats(const struct member *member)
{
    return member->state == MEMBER_JOINING || member->state == MEMBER_STABLE ||
           (member->state == MEMBER_REVOKING && !member->is_losing);
}

static void next_send(struct member *member, int64_t now_us, struct member_update *update)
{
    if (!next_beats(member) || member->heartbeat_in_flight || now_us < member->retry_us) {
        return;
    }
    member->must_hurry = false;
    member->heartbeat_in_flight = true;
    update->send_heartbeat = true;
    /* What is being given back is the application's until it lets go of it; the group would take
     * a word without it for that. So nothing is told meanwhile, not even after a failure. */
    if (member->state != MEMBER_REVOKING) {
        update->tell_all = member->must_tell;
        update->tell_owned = member->must_tell || member->must_tell_owned;
        member->must_tell = member->must_tell_owned = false;
    }
}

static void next_hurry(struct member *member, const struct member_event *event,
                       struct member_update *update)
{
    member->must_hurry = true;
    next_send(member, event->now_us, update);
}

static void next_join(struct member *member, const struct member_event *event,
                      struct member_update *update)
{
    member->state = MEMBER_JOINING;
    member->generation = NEXT_EPOCH_JOIN;
    member->is_losing = false;
    member->must_rejoin = false;
    member->must_tell = true;
    member->heard_us = event->now_us;
    next_hurry(member, event, update);
}

/* The group has put us out: what we hold is somebody else's now. */
static void next_outcast(struct member *member, const struct member_event *event,
                         struct member_update *update)
{
    bool is_new = member->state == MEMBER_JOINING && event->err == KC_ERR_UNKNOWN_MEMBER_ID;

    member->stumbles++;
    member->generation = NEXT_EPOCH_JOIN;
    member->retry_us =
        event->now_us + (is_new ? member->config.backoff_us : member_pause_us(member));
    if (!member->is_holding) {
        next_join(member, event, update);
        return;
    }
    member->state = MEMBER_REVOKING;
    member->is_losing = true;
    update->lost = true;
}

static void next_fail(struct member *member, enum kc_err err, struct member_update *update)
{
    update->lost = member->is_holding;
    update->failed = err;
    member->state = MEMBER_FAILED;
    member->generation = -1;
}

static bool next_is_fatal(enum kc_err err)
{
    switch (err) {
    case KC_ERR_UNRELEASED_INSTANCE_ID:
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_INVALID_REQUEST:
    case KC_ERR_INVALID_GROUP_ID:
    case KC_ERR_GROUP_ID_NOT_FOUND:
    case KC_ERR_GROUP_MAX_SIZE_REACHED:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
    case KC_ERR_UNSUPPORTED_ASSIGNOR:
    case KC_ERR_UNSUPPORTED_VERSION:
    case KC_ERR_UNSUPPORTED:
    case KC_ERR_INVALID_REGULAR_EXPRESSION:
        return true;
    default:
        return false;
    }
}

static void next_on_welcome(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    member->generation = event->epoch;
    member->heard_us = event->now_us;
    member->retry_us = event->now_us;
    if (event->interval_us > 0) {
        member->interval_us = event->interval_us;
    }
    member->heartbeat_us = event->now_us + member->interval_us;
    if (member->state == MEMBER_JOINING) {
        member->state = MEMBER_STABLE;
        member->is_holding = true;
    } else {
        member->stumbles = 0;
    }
    update->assigned = true; /* if it brought an assignment */
    if (member->must_hurry) {
        next_send(member, event->now_us, update);
    }
}

static void next_on_heartbeat(struct member *member, const struct member_event *event,
                              struct member_update *update)
{
    member->heartbeat_in_flight = false;
    if (!next_beats(member)) {
        return;
    }
    if (event->err == KC_ERR_NONE && event->epoch > NEXT_EPOCH_JOIN) {
        next_on_welcome(member, event, update);
        return;
    }
    enum kc_err err = event->err ? event->err : KC_ERR_MALFORMED; /* an epoch of nobody */
    /* What the group took of it nobody knows. */
    member->must_tell = true;
    if (err == KC_ERR_FENCED_MEMBER_EPOCH || err == KC_ERR_UNKNOWN_MEMBER_ID) {
        next_outcast(member, event, update);
        return;
    }
    if (next_is_fatal(err)) {
        next_fail(member, err, update);
        return;
    }
    update->forget = err != KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
    member->stumbles++;
    update->failed = kc_err_is_retriable(err) && !member_is_stuck(member, err) ? KC_ERR_NONE : err;
    member->retry_us = event->now_us + member->config.backoff_us;
    member->must_hurry = true;
}

static void next_on_subscribed(struct member *member, const struct member_event *event,
                               struct member_update *update)
{
    member->must_tell = true;
    switch (member->state) {
    case MEMBER_OUT:
    case MEMBER_FAILED:
        next_join(member, event, update);
        break;
    case MEMBER_LEAVING:
        member->must_rejoin = true;
        break;
    case MEMBER_JOINING:
    case MEMBER_STABLE:
    case MEMBER_REVOKING:
        next_hurry(member, event, update);
        break;
    default:
        break; /* joins with the new subscription anyway */
    }
}

static void next_leave(struct member *member, enum member_state state, struct member_update *update)
{
    update->cancel_join = member->heartbeat_in_flight;
    member->heartbeat_in_flight = false;
    update->send_leave = true;
    member->leave_in_flight = true;
    member->state = state;
}

static void next_on_unsubscribed(struct member *member, const struct member_event *event,
                                 struct member_update *update)
{
    bool remains = event->parting == MEMBER_PARTING_REMAIN;

    member->is_holding = false;
    member->is_losing = false;
    member->must_rejoin = false;
    /* A static member always tells: "for a while", or for good when it is to leave. */
    member->must_leave = event->parting == MEMBER_PARTING_LEAVE || !member->config.is_static;
    if (member->leave_in_flight) {
        member->state = MEMBER_LEAVING;
        return;
    }
    if (!next_beats(member) || (remains && !member->config.is_static)) {
        update->cancel_join = member->heartbeat_in_flight;
        member->heartbeat_in_flight = false;
        member->state = MEMBER_OUT;
        member->generation = -1;
        update->left = true;
        return;
    }
    next_leave(member, MEMBER_LEAVING, update);
}

static bool next_polls(const struct member *member, const struct member_event *event)
{
    return event->polled_us >= event->now_us - member->config.poll_interval_us;
}

static void next_on_tick(struct member *member, const struct member_event *event,
                         struct member_update *update)
{
    if (member_may_wake(member, event)) {
        next_join(member, event, update);
        return;
    }
    if (!next_beats(member)) {
        return;
    }
    if (!next_polls(member, event)) {
        update->lost = member->is_holding;
        member->must_leave = !member->config.is_static;
        next_leave(member, MEMBER_IDLE, update);
        return;
    }
    if (member->must_hurry || event->now_us >= member->heartbeat_us) {
        next_send(member, event->now_us, update);
    }
    if (event->now_us - member->heard_us > member->config.session_timeout_us) {
        member->heard_us = event->now_us;
        update->forget = true;
    }
}

static void next_on_released(struct member *member, const struct member_event *event,
                             struct member_update *update)
{
    if (member->state == MEMBER_REVOKING && member->is_losing) {
        member->is_holding = false;
        next_join(member, event, update);
    } else if (member->state == MEMBER_REVOKING) {
        member->state = MEMBER_STABLE;
        member->must_tell_owned = true;
        next_hurry(member, event, update);
    } else {
        member->is_holding = false;
        if (member_may_wake(member, event)) {
            next_join(member, event, update);
        }
    }
}

static void next_on_left(struct member *member, const struct member_event *event,
                         struct member_update *update)
{
    member->leave_in_flight = false;
    if (member_may_wake(member, event)) {
        next_join(member, event, update);
    }
    if (member->state != MEMBER_LEAVING) {
        return;
    }
    member->state = MEMBER_OUT;
    member->generation = -1;
    update->left = true;
    if (member->must_rejoin) {
        next_join(member, event, update);
    }
}

static enum kc_err next_step(struct member *member, const struct member_event *event,
                             struct member_update *ret_update)
{
    switch (event->kind) {
    case MEMBER_SUBSCRIBED:
        next_on_subscribed(member, event, ret_update);
        break;
    case MEMBER_UNSUBSCRIBED:
        next_on_unsubscribed(member, event, ret_update);
        break;
    case MEMBER_RELEASED:
        next_on_released(member, event, ret_update);
        break;
    case MEMBER_GIVING:
        if (member->state == MEMBER_STABLE) {
            member->state = MEMBER_REVOKING;
        }
        break;
    case MEMBER_CHANGED:
        member->must_tell_owned = true;
        next_hurry(member, event, ret_update);
        break;
    case MEMBER_POLLED:
    case MEMBER_TICK:
        next_on_tick(member, event, ret_update);
        break;
    case MEMBER_HEARTBEAT_ANSWERED:
        next_on_heartbeat(member, event, ret_update);
        break;
    case MEMBER_COMMIT_FAILED:
        next_hurry(member, event, ret_update); /* the answer tells how we stand */
        break;
    case MEMBER_LEAVE_ANSWERED:
        next_on_left(member, event, ret_update);
        break;
    case MEMBER_PLANNED:
    case MEMBER_JOIN_ANSWERED:
    case MEMBER_SYNC_ANSWERED:
        break;
    }
    return KC_ERR_NONE;
}

static int64_t next_next_us(const struct member *member, int64_t polled_us)
{
    int64_t next = INT64_MAX;

    if (!next_beats(member)) {
        return next;
    }
    if (!member->heartbeat_in_flight) {
        next = MAX_OF(member->retry_us, member->must_hurry ? INT64_MIN : member->heartbeat_us);
    }
    if (polled_us < INT64_MAX - member->config.poll_interval_us) {
        next = MIN_OF(next, polled_us + member->config.poll_interval_us + 1);
    }
    return next;
}

const struct member_kind member_next = { next_step, next_next_us, next_is_in };
