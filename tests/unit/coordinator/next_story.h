/* tests: one consumer group (KIP-848) and its members as their clients are: they beat, hold what
 * they are told, and give back what they are not told any more. Topics "a" (4 partitions) and "b"
 * (2) are there. */
#ifndef COORDINATOR_NEXT_STORY_H
#define COORDINATOR_NEXT_STORY_H

#include "coordinator/next_parts.h"
#include "unit/controller/image_stage.h"

enum { CLIENT_ID_SIZE = 32, NEXT_SESSION_MS = 45000 };

struct next_client {
    char id[CLIENT_ID_SIZE];
    const char *instance; /* NULL: dynamic */
    const char *topic;    /* NULL: by regular expression only */
    const char *regex;    /* NULL: none */
    const char *assignor; /* NULL: any */
    int32_t rebalance_ms;
    int32_t epoch;
    struct holding held; /* what it has */
    bool must_tell;      /* what it has, with the next heartbeat */
    char message[256];   /* of the last error */
};

struct next_story {
    struct image_stage stage;
    struct random random;
    struct next_env env;
    struct group_env classic;
    struct group *group;
    int stored; /* batches of records */
    enum kc_err store_err;
};

void next_story_open(struct next_story *story);
void next_story_close(struct next_story *story);

/* Dynamic, of topic "a", rebalance timeout 60 s. */
void next_client_init(struct next_client *client, const char *id);
void next_client_finish(struct next_client *client);

/* With what the client is; takes the answer. */
enum kc_err next_client_join(struct next_story *story, struct next_client *client);
/* Tells what it subscribes to, and nothing of what it has. */
enum kc_err next_client_subscribe(struct next_story *story, struct next_client *client);
enum kc_err next_client_beat(struct next_story *story, struct next_client *client);
/* epoch -1 or -2. */
enum kc_err next_client_leave(struct next_story *story, struct next_client *client, int32_t epoch);
/* Any epoch; says that it has nothing when `owned` is set. */
enum kc_err next_client_claim(struct next_story *story, struct next_client *client, int32_t epoch,
                              bool owned);

/* Targets are old enough to be worked out anew. */
void next_story_wait(struct next_story *story);
/* All beat until nothing more happens. */
void next_story_settle(struct next_story *story, struct next_client *const *clients);

/* No partition has two members. */
void next_story_check(const struct next_story *story);

#endif
