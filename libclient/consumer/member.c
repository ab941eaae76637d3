/* consumer: one member of a classic group as a pure step function. */
#include "consumer/member.h"

#include <stdlib.h>

void member_init(struct member *member, const struct member_config *config)
{
    memset(member, 0, sizeof(*member));
    member->config = *config;
    member->generation = -1;
    member->retry_us = INT64_MIN;
}

void member_finish(struct member *member)
{
    free(member->id);
    free(member->protocol);
    memset(member, 0, sizeof(*member));
}

bool member_is_in(const struct member *member)
{
    return member->generation >= 0 &&
           (member->state == MEMBER_STABLE || member->state == MEMBER_REVOKING ||
            member->state == MEMBER_LEAVING);
}

static void member_forget_id(struct member *member)
{
    free(member->id);
    member->id = NULL;
    member->generation = -1;
}

static bool is_coordinator_error(enum kc_err err)
{
    return err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_NOT_COORDINATOR;
}

static void member_join(struct member *member, int64_t delay_us, const struct member_event *event,
                        struct member_update *update)
{
    member->state = MEMBER_JOINING;
    member->is_leader = false;
    member->must_rejoin = false;
    member->retry_us = event->now_us + delay_us;
    if (delay_us == 0 && !member->join_in_flight) {
        member->join_in_flight = true;
        update->send_join = true;
    }
}

/* Leaves for good, or until the application polls again. A static member keeps its place until the
 * session ends, as KIP-345 has it. */
static void member_leave(struct member *member, enum member_state state,
                         struct member_update *update)
{
    bool told = member->id && member->id[0] && !member->config.is_static;

    update->send_leave = told;
    update->left = !told && state == MEMBER_LEAVING;
    member->state = state == MEMBER_LEAVING && !told ? MEMBER_OUT : state;
    if (state != MEMBER_LEAVING || !told) {
        member->generation = -1;
    }
}

/* What was assigned is given back (or is gone); what comes next waits for MEMBER_RELEASED. */
static void member_release(struct member *member, bool lost, const struct member_event *event,
                           struct member_update *update)
{
    if (!member->is_holding) {
        member_join(member, 0, event, update);
        return;
    }
    member->state = MEMBER_REVOKING;
    update->revoke = !lost;
    update->lost = lost;
}

static void member_fail(struct member *member, enum kc_err err, struct member_update *update)
{
    update->lost = member->is_holding;
    update->failed = err;
    member->state = MEMBER_FAILED;
    member->generation = -1;
}

/* The group does not know us as what we are: start anew. */
static void member_outcast(struct member *member, const struct member_event *event,
                           struct member_update *update)
{
    if (event->err == KC_ERR_UNKNOWN_MEMBER_ID) {
        member_forget_id(member);
    }
    member->generation = -1;
    if (member->state == MEMBER_REVOKING) {
        return; /* being given back already; joins afterwards */
    }
    member_release(member, true, event, update);
}

/* What a heartbeat, or a commit, was told of our membership. */
static void member_on_verdict(struct member *member, const struct member_event *event,
                              struct member_update *update)
{
    if (member->state != MEMBER_STABLE && member->state != MEMBER_REVOKING) {
        return;
    }
    member->heartbeat_us = event->now_us + member->config.heartbeat_interval_us;
    switch (event->err) {
    case KC_ERR_NONE:
        member->heard_us = event->now_us;
        return;
    case KC_ERR_REBALANCE_IN_PROGRESS:
        member->heard_us = event->now_us;
        if (member->state == MEMBER_STABLE) {
            member_release(member, false, event, update);
        }
        return;
    case KC_ERR_ILLEGAL_GENERATION:
    case KC_ERR_UNKNOWN_MEMBER_ID:
        member_outcast(member, event, update);
        return;
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
        member_fail(member, event->err, update);
        return;
    default:
        update->forget = is_coordinator_error(event->err) || event->err < -999;
        member->heartbeat_us = event->now_us + member->config.backoff_us;
    }
}

static enum kc_err member_adopt(struct member *member, const struct join_group_response *join)
{
    char *id = slice_dup_text(join->member_id);
    char *protocol = slice_is_null(join->protocol_name) ? slice_dup_text(SLICE_EMPTY)
                                                        : slice_dup_text(join->protocol_name);

    if (!id || !protocol) {
        free(id);
        free(protocol);
        return KC_ERR_NO_MEMORY;
    }
    free(member->id);
    free(member->protocol);
    member->id = id;
    member->protocol = protocol;
    return KC_ERR_NONE;
}

static enum kc_err member_joined(struct member *member, const struct member_event *event,
                                 struct member_update *update)
{
    const struct join_group_response *join = event->join;
    enum kc_err err = member_adopt(member, join);

    if (err) {
        return err;
    }
    member->generation = join->generation_id;
    member->heard_us = event->now_us;
    member->heartbeat_us = event->now_us + member->config.heartbeat_interval_us;
    member->is_leader = slice_equal(join->leader, join->member_id);
    if (member->is_leader && !join->skip_assignment) {
        member->state = MEMBER_LEADING;
        update->plan = true;
    } else {
        member->state = MEMBER_SYNCING;
        member->join_in_flight = true;
        update->send_sync = true;
    }
    return KC_ERR_NONE;
}

/* JoinGroup or SyncGroup did not lead on: again, or never. */
static void member_stumble(struct member *member, const struct member_event *event,
                           struct member_update *update)
{
    switch (event->err) {
    case KC_ERR_UNKNOWN_MEMBER_ID:
        member_forget_id(member);
        member_join(member, 0, event, update);
        return;
    case KC_ERR_ILLEGAL_GENERATION:
    case KC_ERR_REBALANCE_IN_PROGRESS:
        member->generation = -1;
        member_join(member, 0, event, update);
        return;
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case KC_ERR_INVALID_SESSION_TIMEOUT:
    case KC_ERR_INVALID_GROUP_ID:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
    case KC_ERR_GROUP_MAX_SIZE_REACHED:
    case KC_ERR_UNSUPPORTED_VERSION:
    case KC_ERR_UNSUPPORTED:
        member_fail(member, event->err, update);
        return;
    default:
        update->forget = event->err != KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
        update->failed = kc_err_is_retriable(event->err) ? KC_ERR_NONE : event->err;
        member_join(member, member->config.backoff_us, event, update);
    }
}

static enum kc_err member_on_join(struct member *member, const struct member_event *event,
                                  struct member_update *update)
{
    member->join_in_flight = false;
    if (event->err == KC_ERR_MEMBER_ID_REQUIRED && event->join) {
        enum kc_err err = member_adopt(member, event->join);
        if (err) {
            return err;
        }
    }
    if (member->is_leaving) {
        if (event->err == KC_ERR_NONE && event->join) {
            (void)member_adopt(member, event->join);
        }
        member_leave(member, MEMBER_LEAVING, update);
    } else if (event->err == KC_ERR_MEMBER_ID_REQUIRED ||
               (event->err == KC_ERR_NONE && member->must_rejoin)) {
        member_join(member, 0, event, update);
    } else if (event->err == KC_ERR_NONE) {
        return member_joined(member, event, update);
    } else {
        member_stumble(member, event, update);
    }
    return KC_ERR_NONE;
}

static void member_on_sync(struct member *member, const struct member_event *event,
                           struct member_update *update)
{
    member->join_in_flight = false;
    if (member->is_leaving) {
        member_leave(member, MEMBER_LEAVING, update);
    } else if (event->err == KC_ERR_NONE) {
        member->state = MEMBER_STABLE;
        member->is_holding = true;
        member->heard_us = event->now_us;
        update->assigned = true;
        if (member->must_rejoin) {
            member->must_rejoin = false;
            member_release(member, false, event, update);
        }
    } else {
        member_stumble(member, event, update);
    }
}

static void member_on_subscribed(struct member *member, const struct member_event *event,
                                 struct member_update *update)
{
    member->is_leaving = false;
    switch (member->state) {
    case MEMBER_OUT:
    case MEMBER_FAILED:
    case MEMBER_STABLE:
        member_release(member, false, event, update);
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

static void member_on_unsubscribed(struct member *member, struct member_update *update)
{
    member->is_holding = false;
    member->must_rejoin = false;
    if (member->state == MEMBER_OUT || member->state == MEMBER_FAILED ||
        member->state == MEMBER_IDLE) {
        member->state = MEMBER_OUT;
        update->left = true;
    } else if (member->state == MEMBER_LEAVING) {
        return;
    } else if (member->join_in_flight && !member->id) {
        /* KIP-394: without an id the coordinator has not taken us in yet. */
        member->join_in_flight = false;
        member->state = MEMBER_OUT;
        update->cancel_join = true;
        update->left = true;
    } else if (member->join_in_flight) {
        member->is_leaving = true;
    } else {
        member_leave(member, MEMBER_LEAVING, update);
    }
}

/* The application polls again. Its old id was given back, except that of a static member. */
static void member_wake(struct member *member, const struct member_event *event,
                        struct member_update *update)
{
    if (!member->config.is_static) {
        member_forget_id(member);
    }
    member_join(member, 0, event, update);
}

static void member_on_tick(struct member *member, const struct member_event *event,
                           struct member_update *update)
{
    if (member->state == MEMBER_JOINING && !member->join_in_flight &&
        event->now_us >= member->retry_us) {
        member_join(member, 0, event, update);
    }
    if (member->state == MEMBER_IDLE && !member->is_holding &&
        event->polled_us >= event->now_us - member->config.poll_interval_us) {
        member_wake(member, event, update);
    }
    if (member->state != MEMBER_STABLE && member->state != MEMBER_REVOKING) {
        return;
    }
    if (event->polled_us < event->now_us - member->config.poll_interval_us) {
        update->lost = member->is_holding;
        update->failed = KC_ERR_NONE;
        member_leave(member, MEMBER_IDLE, update);
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

static void member_on_released(struct member *member, const struct member_event *event,
                               struct member_update *update)
{
    member->is_holding = false;
    if (member->state == MEMBER_REVOKING) {
        member_join(member, 0, event, update);
    } else if (member->state == MEMBER_IDLE &&
               event->polled_us >= event->now_us - member->config.poll_interval_us) {
        member_wake(member, event, update);
    }
}

enum kc_err member_step(struct member *member, const struct member_event *event,
                        struct member_update *ret_update)
{
    memset(ret_update, 0, sizeof(*ret_update));
    switch (event->kind) {
    case MEMBER_SUBSCRIBED:
        member_on_subscribed(member, event, ret_update);
        break;
    case MEMBER_UNSUBSCRIBED:
        member_on_unsubscribed(member, ret_update);
        break;
    case MEMBER_RELEASED:
        member_on_released(member, event, ret_update);
        break;
    case MEMBER_POLLED:
        if (member->state == MEMBER_IDLE && !member->is_holding) {
            member_wake(member, event, ret_update);
        }
        break;
    case MEMBER_TICK:
        member_on_tick(member, event, ret_update);
        break;
    case MEMBER_PLANNED:
        if (member->state == MEMBER_LEADING) {
            member->state = MEMBER_SYNCING;
            member->join_in_flight = true;
            ret_update->send_sync = true;
        }
        break;
    case MEMBER_JOIN_ANSWERED:
        return member_on_join(member, event, ret_update);
    case MEMBER_SYNC_ANSWERED:
        member_on_sync(member, event, ret_update);
        break;
    case MEMBER_HEARTBEAT_ANSWERED:
        member->heartbeat_in_flight = false;
        member_on_verdict(member, event, ret_update);
        break;
    case MEMBER_COMMIT_FAILED:
        member_on_verdict(member, event, ret_update);
        break;
    case MEMBER_LEAVE_ANSWERED:
        member_forget_id(member);
        member->is_leaving = false;
        if (member->state == MEMBER_LEAVING) {
            member->state = MEMBER_OUT;
            ret_update->left = true;
            if (member->must_rejoin) {
                member_join(member, 0, event, ret_update);
            }
        }
        break;
    }
    return KC_ERR_NONE;
}

int64_t member_next_us(const struct member *member, int64_t polled_us)
{
    int64_t next = INT64_MAX;

    if (member->state == MEMBER_JOINING && !member->join_in_flight) {
        next = member->retry_us;
    }
    if (member->state == MEMBER_STABLE || member->state == MEMBER_REVOKING) {
        if (!member->heartbeat_in_flight) {
            next = member->heartbeat_us;
        }
        if (polled_us < INT64_MAX - member->config.poll_interval_us) {
            next = MIN_OF(next, polled_us + member->config.poll_interval_us + 1);
        }
    }
    return next;
}
