/* tests: a member of a group and its time, for stories with a scripted coordinator. */
#ifndef TESTS_CONSUMER_STORY_H
#define TESTS_CONSUMER_STORY_H

#include "consumer/member.h"

#define SECOND INT64_C(1000000)

struct story {
    struct member member;
    int64_t now_us;
    int64_t polled_us;
    struct member_update update; /* of the last step */
};

/* The application polls all the time until polled_us says otherwise. */
void story_begin(struct story *story, const struct member_config *config);
void story_step(struct story *story, const struct member_event *event);
void story_happen(struct story *story, enum member_event_kind kind);
void story_answer(struct story *story, enum member_event_kind kind, enum kc_err err);
/* Lets time pass, then ticks. */
void story_pass(struct story *story, int64_t time_us);

#endif
