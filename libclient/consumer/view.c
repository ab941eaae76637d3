/* consumer: what statistics want to know. */
#include "consumer/state.h"

void consumer_show(const struct consumer *consumer,
                   void (*see)(void *context, const struct position *position, int32_t broker_id),
                   void *context)
{
    LIST_EACH(node, &consumer->positions)
    {
        const struct position *position = LIST_ITEM(node, struct position, link);
        see(context, position, position->source ? position->source->broker_id : -1);
    }
}

void consumer_show_membership(const struct consumer *consumer,
                              struct consumer_membership *ret_membership)
{
    struct consumer_membership shown = consumer->membership;

    shown.state = consumer->member.state;
    shown.is_in = member_is_in(&consumer->member);
    shown.assigned_count = 0;
    LIST_EACH(node, &consumer->positions)
    {
        shown.assigned_count++;
    }
    *ret_membership = shown;
}

void consumer_note_rebalance(struct consumer *consumer)
{
    consumer->membership.rebalance_count++;
    consumer->membership.rebalance_us = loop_now_us(consumer->host.loop);
}

static const char *state_name(enum member_state state)
{
    static const char *const names[] = {
        [MEMBER_OUT] = "out",         [MEMBER_REVOKING] = "giving back",
        [MEMBER_JOINING] = "joining", [MEMBER_LEADING] = "leading",
        [MEMBER_SYNCING] = "syncing", [MEMBER_STABLE] = "stable",
        [MEMBER_IDLE] = "idle",       [MEMBER_LEAVING] = "leaving",
        [MEMBER_FAILED] = "failed"
    };
    return names[state];
}

static const char *reason_of(const struct member_event *event)
{
    switch (event->kind) {
    case MEMBER_SUBSCRIBED:
        return "subscription or partitions of topics changed";
    case MEMBER_UNSUBSCRIBED:
        return "unsubscribed";
    case MEMBER_GIVING:
        return "the group took partitions away";
    case MEMBER_TICK:
        return "the application does not poll, or the group was not heard for too long";
    default:
        return event->err ? kc_err_text(event->err) : "";
    }
}

void consumer_note_state(struct consumer *consumer, enum member_state before,
                         const struct member_event *event)
{
    enum member_state state = consumer->member.state;

    if (state == before) {
        return;
    }
    trace_log(consumer->host.trace, TRACE_DEBUG, "consumer", "group '%s': %s, was %s; epoch %d; %s",
              consumer->group_id, state_name(state), state_name(before),
              consumer->member.generation, event->err ? kc_err_name(event->err) : "no error");
    consumer->membership.state_us = loop_now_us(consumer->host.loop);
    if (before == MEMBER_STABLE || before == MEMBER_OUT) {
        consumer->membership.rebalance_reason = reason_of(event);
    }
}
