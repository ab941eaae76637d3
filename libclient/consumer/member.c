/* consumer: one member of a group: what both protocols share. */
#include "consumer/member.h"

#include <stdlib.h>

static const struct member_kind *member_kind_of(const struct member *member)
{
    return member->config.protocol == MEMBER_PROTOCOL_NEXT ? &member_next : &member_classic;
}

void member_init(struct member *member, const struct member_config *config)
{
    memset(member, 0, sizeof(*member));
    member->config = *config;
    member->generation = -1;
    member->retry_us = INT64_MIN;
    member->interval_us = config->heartbeat_interval_us;
}

void member_finish(struct member *member)
{
    free(member->id);
    free(member->protocol);
    memset(member, 0, sizeof(*member));
}

int64_t member_pause_us(const struct member *member)
{
    return member->stumbles > MEMBER_STUMBLES_FREE ? member->config.backoff_us : 0;
}

bool member_is_stuck(const struct member *member, enum kc_err err)
{
    return err <= KC_ERR_INVALID && member->stumbles % MEMBER_STUMBLES_TOLD == 0;
}

void member_forget_id(struct member *member)
{
    free(member->id);
    member->id = NULL;
    member->generation = -1;
}

enum kc_err member_step(struct member *member, const struct member_event *event,
                        struct member_update *ret_update)
{
    memset(ret_update, 0, sizeof(*ret_update));
    return member_kind_of(member)->step(member, event, ret_update);
}

int64_t member_next_us(const struct member *member, int64_t polled_us)
{
    return member_kind_of(member)->next_us(member, polled_us);
}

bool member_may_change(const struct member *member)
{
    return member->state == MEMBER_STABLE && !member->heartbeat_in_flight && !member->must_tell;
}

bool member_may_wake(const struct member *member, const struct member_event *event)
{
    return member->state == MEMBER_IDLE && !member->is_holding && !member->leave_in_flight &&
           event->polled_us >= event->now_us - member->config.poll_interval_us;
}

bool member_is_in(const struct member *member)
{
    return member_kind_of(member)->is_in(member);
}
