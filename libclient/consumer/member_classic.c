/* consumer: one member of a classic group as a pure step function. */
#include "consumer/classic_entry.h"

static bool classic_is_in(const struct member *member)
{
    return member->generation >= 0 &&
           (member->state == MEMBER_STABLE || member->state == MEMBER_REVOKING);
}

/* A leader that waits for metadata before it decides must not be put out meanwhile. Who waits in
 * JoinGroup or SyncGroup is safe. */
static bool classic_beats(const struct member *member)
{
    return member->state == MEMBER_STABLE || member->state == MEMBER_REVOKING ||
           member->state == MEMBER_LEADING;
}

static bool is_coordinator_error(enum kc_err err)
{
    return err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_NOT_COORDINATOR;
}

/* A heartbeat under way asks for the generation that ends: its answer is nobody's any more. */
static void classic_send_join(struct member *member, struct member_update *update)
{
    member->join_in_flight = true;
    member->heartbeat_in_flight = false;
    update->send_join = true;
}

void classic_join(struct member *member, int64_t delay_us, const struct member_event *event,
                  struct member_update *update)
{
    delay_us = MAX_OF(delay_us, member_pause_us(member));
    member->state = MEMBER_JOINING;
    member->is_leader = false;
    member->must_rejoin = false;
    member->retry_us = event->now_us + delay_us;
    if (delay_us == 0 && !member->join_in_flight) {
        classic_send_join(member, update);
    }
}

/* Leaves for good, or until the application polls again: then a static member keeps its place until
 * the session ends, as KIP-345 has it. */
static void classic_leave(struct member *member, enum member_state state,
                          struct member_update *update)
{
    bool may = state == MEMBER_LEAVING ? member->must_leave : !member->config.is_static;
    bool told = member->id && member->id[0] && may;

    update->send_leave = told;
    member->leave_in_flight = told;
    update->left = !told && state == MEMBER_LEAVING;
    member->state = state == MEMBER_LEAVING && !told ? MEMBER_OUT : state;
    if (state != MEMBER_LEAVING || !told) {
        member->generation = -1;
    }
}

/* What was assigned is given back (or is gone); what comes next waits for MEMBER_RELEASED. */
void classic_release(struct member *member, bool lost, const struct member_event *event,
                     struct member_update *update)
{
    if (!member->is_holding) {
        classic_join(member, 0, event, update);
        return;
    }
    member->state = MEMBER_REVOKING;
    member->is_losing = lost;
    update->revoke = !lost;
    update->lost = lost;
}

void classic_fail(struct member *member, enum kc_err err, struct member_update *update)
{
    update->lost = member->is_holding;
    update->failed = err;
    member->state = MEMBER_FAILED;
    member->generation = -1;
}

/* The group does not know us as what we are: start anew. */
static void classic_outcast(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    if (event->err == KC_ERR_UNKNOWN_MEMBER_ID) {
        member_forget_id(member);
    }
    member->stumbles++;
    member->generation = -1;
    if (member->state == MEMBER_REVOKING && (member->is_losing || !member->config.is_cooperative)) {
        return; /* being given back already; joins afterwards */
    }
    classic_release(member, true, event, update);
}

/* What a heartbeat, or a commit, was told of our membership. */
static void classic_on_verdict(struct member *member, const struct member_event *event,
                               struct member_update *update)
{
    if (!classic_beats(member)) {
        return;
    }
    member->interval_us = MIN_OF(member->interval_us * 2, member->config.heartbeat_interval_us);
    member->heartbeat_us = event->now_us + member->interval_us;
    if (member->state == MEMBER_LEADING) {
        return; /* the answer to SyncGroup says the same, and what to do then */
    }
    switch (event->err) {
    case KC_ERR_NONE:
        member->heard_us = event->now_us;
        member->stumbles = 0;
        return;
    case KC_ERR_REBALANCE_IN_PROGRESS:
        member->heard_us = event->now_us;
        if (member->state == MEMBER_STABLE) {
            classic_release(member, false, event, update);
        }
        return;
    case KC_ERR_ILLEGAL_GENERATION:
    case KC_ERR_UNKNOWN_MEMBER_ID:
        classic_outcast(member, event, update);
        return;
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
        classic_fail(member, event->err, update);
        return;
    default:
        update->forget = is_coordinator_error(event->err) || event->err < -999;
        member->heartbeat_us = event->now_us + member->config.backoff_us;
    }
}

static void classic_on_subscribed(struct member *member, const struct member_event *event,
                                  struct member_update *update)
{
    switch (member->state) {
    case MEMBER_OUT:
    case MEMBER_FAILED:
    case MEMBER_STABLE:
        classic_release(member, false, event, update);
        break;
    case MEMBER_JOINING:
    case MEMBER_LEADING:
    case MEMBER_SYNCING:
    case MEMBER_LEAVING:
        member->must_rejoin = true;
        break;
    case MEMBER_REVOKING:
    case MEMBER_IDLE:
        break; /* joins with the new subscription anyway */
    }
}

static void classic_on_unsubscribed(struct member *member, const struct member_event *event,
                                    struct member_update *update)
{
    member->must_leave = event->parting == MEMBER_PARTING_LEAVE ||
                         (event->parting == MEMBER_PARTING_DEFAULT && !member->config.is_static);
    member->is_holding = false;
    member->must_rejoin = false;
    if (member->leave_in_flight) {
        member->state = MEMBER_LEAVING;
    } else if (member->state == MEMBER_OUT || member->state == MEMBER_FAILED ||
               member->state == MEMBER_IDLE) {
        member->state = MEMBER_OUT;
        update->left = true;
    } else if (member->join_in_flight && !member->id) {
        /* KIP-394: without an id the coordinator has not taken us in yet. */
        member->join_in_flight = false;
        member->state = MEMBER_OUT;
        update->cancel_join = true;
        update->left = true;
    } else {
        /* Past a JoinGroup under way, which may wait for others for minutes: its answer is nobody's
         * then, and a coordinator that reads it later does not know the id any more. */
        update->cancel_join = member->join_in_flight;
        member->join_in_flight = false;
        classic_leave(member, MEMBER_LEAVING, update);
    }
}

/* The application polls again. Its old id was given back, except that of a static member. */
static void classic_wake(struct member *member, const struct member_event *event,
                         struct member_update *update)
{
    if (!member->config.is_static) {
        member_forget_id(member);
    }
    classic_join(member, 0, event, update);
}

static void classic_on_tick(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    if (member->state == MEMBER_JOINING && !member->join_in_flight &&
        event->now_us >= member->retry_us) {
        member->must_rejoin = false;
        classic_send_join(member, update);
    }
    if (member_may_wake(member, event)) {
        classic_wake(member, event, update);
    }
    if (!classic_beats(member)) {
        return;
    }
    if (member->state != MEMBER_LEADING &&
        event->polled_us < event->now_us - member->config.poll_interval_us) {
        update->lost = member->is_holding;
        update->failed = KC_ERR_NONE;
        classic_leave(member, MEMBER_IDLE, update);
        return;
    }
    if (!member->heartbeat_in_flight && event->now_us >= member->heartbeat_us) {
        member->heartbeat_in_flight = true;
        update->send_heartbeat = true;
    }
    if (event->now_us - member->heard_us > member->config.session_timeout_us) {
        member->heard_us = event->now_us;
        update->forget = true;
    }
}

static void classic_on_released(struct member *member, const struct member_event *event,
                                struct member_update *update)
{
    member->is_holding =
        member->config.is_cooperative && !member->is_losing && member->state == MEMBER_REVOKING;
    if (member->state == MEMBER_REVOKING) {
        member->is_losing = false;
        classic_join(member, 0, event, update);
    } else if (member_may_wake(member, event)) {
        classic_wake(member, event, update);
    }
}

static void classic_on_left(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    member->leave_in_flight = false;
    member_forget_id(member);
    if (member->state == MEMBER_LEAVING) {
        member->state = MEMBER_OUT;
        update->left = true;
        if (member->must_rejoin) {
            classic_join(member, 0, event, update);
        }
    } else if (member_may_wake(member, event)) {
        classic_wake(member, event, update);
    }
}

static enum kc_err classic_step(struct member *member, const struct member_event *event,
                                struct member_update *ret_update)
{
    switch (event->kind) {
    case MEMBER_SUBSCRIBED:
        classic_on_subscribed(member, event, ret_update);
        break;
    case MEMBER_UNSUBSCRIBED:
        classic_on_unsubscribed(member, event, ret_update);
        break;
    case MEMBER_RELEASED:
        classic_on_released(member, event, ret_update);
        break;
    case MEMBER_POLLED:
        if (member_may_wake(member, event)) {
            classic_wake(member, event, ret_update);
        }
        break;
    case MEMBER_TICK:
        classic_on_tick(member, event, ret_update);
        break;
    case MEMBER_PLANNED:
        if (member->state == MEMBER_LEADING) {
            member->state = MEMBER_SYNCING;
            member->join_in_flight = true;
            ret_update->send_sync = true;
        }
        break;
    case MEMBER_JOIN_ANSWERED:
        return classic_on_join(member, event, ret_update);
    case MEMBER_SYNC_ANSWERED:
        classic_on_sync(member, event, ret_update);
        break;
    case MEMBER_HEARTBEAT_ANSWERED:
        member->heartbeat_in_flight = false;
        classic_on_verdict(member, event, ret_update);
        break;
    case MEMBER_COMMIT_FAILED:
        classic_on_verdict(member, event, ret_update);
        break;
    case MEMBER_GIVING:
    case MEMBER_CHANGED:
        break;
    case MEMBER_LEAVE_ANSWERED:
        classic_on_left(member, event, ret_update);
        break;
    }
    return KC_ERR_NONE;
}

static int64_t classic_next_us(const struct member *member, int64_t polled_us)
{
    int64_t next = INT64_MAX;

    if (member->state == MEMBER_JOINING && !member->join_in_flight) {
        next = member->retry_us;
    }
    if (classic_beats(member)) {
        if (!member->heartbeat_in_flight) {
            next = member->heartbeat_us;
        }
        if (member->state != MEMBER_LEADING &&
            polled_us < INT64_MAX - member->config.poll_interval_us) {
            next = MIN_OF(next, polled_us + member->config.poll_interval_us + 1);
        }
    }
    return next;
}

const struct member_kind member_classic = { classic_step, classic_next_us, classic_is_in };
