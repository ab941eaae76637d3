/* consumer: how a member of a classic group gets into a generation, or does not. */
#include "consumer/classic_entry.h"

#include <stdlib.h>

static enum kc_err classic_adopt(struct member *member, const struct join_group_response *join)
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

static int64_t fresh_interval_us(const struct member *member)
{
    int64_t whole_us = member->config.heartbeat_interval_us;
    return MIN_OF(whole_us, MAX_OF(whole_us / MEMBER_FRESH_SHARE, (int64_t)MEMBER_FRESH_LEAST_US));
}

static enum kc_err classic_joined(struct member *member, const struct member_event *event,
                                  struct member_update *update)
{
    const struct join_group_response *join = event->join;
    enum kc_err err = classic_adopt(member, join);

    if (err) {
        return err;
    }
    member->generation = join->generation_id;
    member->heard_us = event->now_us;
    member->interval_us = fresh_interval_us(member);
    member->heartbeat_us = event->now_us + member->interval_us;
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
static void classic_stumble(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    member->stumbles++;
    switch (event->err) {
    case KC_ERR_UNKNOWN_MEMBER_ID:
        member_forget_id(member);
        classic_release(member, true, event, update);
        return;
    case KC_ERR_ILLEGAL_GENERATION:
        member->generation = -1;
        classic_release(member, true, event, update);
        return;
    case KC_ERR_REBALANCE_IN_PROGRESS:
        classic_join(member, 0, event, update);
        return;
    case KC_ERR_FENCED_INSTANCE_ID:
    case KC_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case KC_ERR_INVALID_SESSION_TIMEOUT:
    case KC_ERR_INVALID_GROUP_ID:
    case KC_ERR_GROUP_AUTHORIZATION_FAILED:
    case KC_ERR_GROUP_MAX_SIZE_REACHED:
    case KC_ERR_UNSUPPORTED_VERSION:
    case KC_ERR_UNSUPPORTED:
        classic_fail(member, event->err, update);
        return;
    default:
        update->forget = event->err != KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
        update->failed = kc_err_is_retriable(event->err) && !member_is_stuck(member, event->err)
                             ? KC_ERR_NONE
                             : event->err;
        classic_join(member, member->config.backoff_us, event, update);
    }
}

enum kc_err classic_on_join(struct member *member, const struct member_event *event,
                            struct member_update *update)
{
    member->join_in_flight = false;
    if (event->err == KC_ERR_MEMBER_ID_REQUIRED && event->join) {
        member->stumbles++;
        enum kc_err err = classic_adopt(member, event->join);
        if (err) {
            return err;
        }
    }
    if (event->err == KC_ERR_MEMBER_ID_REQUIRED ||
        (event->err == KC_ERR_NONE && member->must_rejoin)) {
        classic_join(member, 0, event, update);
    } else if (event->err == KC_ERR_NONE && event->join && event->join->generation_id < 0) {
        struct member_event senseless = *event;
        senseless.err = KC_ERR_MALFORMED;
        classic_stumble(member, &senseless, update);
    } else if (event->err == KC_ERR_NONE) {
        return classic_joined(member, event, update);
    } else {
        classic_stumble(member, event, update);
    }
    return KC_ERR_NONE;
}

void classic_on_sync(struct member *member, const struct member_event *event,
                     struct member_update *update)
{
    member->join_in_flight = false;
    if (event->err == KC_ERR_NONE) {
        member->state = MEMBER_STABLE;
        member->is_holding = true;
        member->heard_us = event->now_us;
        update->assigned = true;
        if (event->is_giving) {
            /* KIP-429: others wait for it; they get it in the rebalance that we join next. */
            member->state = MEMBER_REVOKING;
            member->is_losing = false;
        } else if (member->must_rejoin) {
            member->must_rejoin = false;
            classic_release(member, false, event, update);
        }
    } else {
        classic_stumble(member, event, update);
    }
}
