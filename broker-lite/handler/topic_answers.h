/* handler: answers that have the topics of the request, and in each its partitions, in the same
 * order. A topic is found by its id when the request tells one. */
#ifndef HANDLER_TOPIC_ANSWERS_H
#define HANDLER_TOPIC_ANSWERS_H

#include "handler/handler.h"

struct topic_answers {
    const char *name;   /* what request and answer call a topic's name */
    const char *wanted; /* the request's list of partitions; that of the answer is "partitions" */
    /* Answers one partition (its number, or a struct with it; topic NULL: there is none); `answer`
     * is at its defaults. False when memory is out. */
    bool (*fill)(struct call *call, const struct image_topic *topic, const void *wanted,
                 void *answer);
};

/* How many partitions the request names. */
size_t topic_answers_count(const struct call *call, const struct topic_answers *answers);

/* Makes the topics of the response, which is at its defaults. False when memory is out. */
bool topic_answers_fill(struct call *call, const struct topic_answers *answers, void *response);

/* The error of all partitions that have none yet. */
void topic_answers_blame(const struct call *call, void *response, enum kc_err err);

/* Answers the call, or fails it when memory is out. */
void topic_answers_send(struct call *call, const struct topic_answers *answers);

#endif
