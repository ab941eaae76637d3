/* tests: a member of a group and its time. */
#include "story.h"

#include "support/test.h"

void story_begin(struct story *story, const struct member_config *config)
{
    struct member_config full = *config;
    full.session_timeout_us = 45 * SECOND;
    full.heartbeat_interval_us =
        config->heartbeat_interval_us ? config->heartbeat_interval_us : 3 * SECOND;
    full.poll_interval_us = 300 * SECOND;
    full.backoff_us = SECOND / 10;
    memset(story, 0, sizeof(*story));
    story->now_us = 1000 * SECOND;
    story->polled_us = INT64_MAX;
    member_init(&story->member, &full);
}

void story_step(struct story *story, const struct member_event *event)
{
    struct member_event timed = *event;
    timed.now_us = story->now_us;
    timed.polled_us = story->polled_us;
    assert_int_equal(member_step(&story->member, &timed, &story->update), KC_ERR_NONE);
}

void story_happen(struct story *story, enum member_event_kind kind)
{
    story_answer(story, kind, KC_ERR_NONE);
}

void story_answer(struct story *story, enum member_event_kind kind, enum kc_err err)
{
    struct member_event event = { .kind = kind, .err = err };
    story_step(story, &event);
}

void story_pass(struct story *story, int64_t time_us)
{
    story->now_us += time_us;
    story_happen(story, MEMBER_TICK);
}
