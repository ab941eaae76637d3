/* consumer: what the I/O thread tells the polling thread, in order: fetched data, errors, changes
 * of the assignment, finished commits. Items are handed over with their memory. */
#ifndef CONSUMER_NEWS_H
#define CONSUMER_NEWS_H

#include "base/list.h"
#include "consumer/claim.h"

#include <libclient/error.h>

enum news_kind {
    NEWS_FETCHED,  /* struct fetched */
    NEWS_ERROR,    /* struct news_error */
    NEWS_PLACED,   /* struct news_placed: where a partition starts */
    NEWS_ASSIGNED, /* struct news_assigned, as are the next two: these come to what is assigned */
    NEWS_REVOKED,  /* these are to be given back */
    NEWS_LOST,     /* these are somebody else's already */
    NEWS_COMMITTED /* struct commit */
};

/* First member of every item. */
struct news {
    struct list link;
    enum news_kind kind;
    uint64_t rebalance; /* REVOKED, LOST: to be named when it is acknowledged */
};

struct news_error {
    struct news news;
    struct claim *claim; /* owned; NULL: not about one partition */
    uint32_t generation; /* of the claim: an older one is stale */
    struct kc_error error;
};

struct news_placed {
    struct news news;
    struct claim *claim; /* owned */
    uint32_t generation;
    int64_t offset;
    int32_t leader_epoch;
};

struct news_assigned {
    struct news news;
    size_t count;
    struct claim *claims[]; /* owned */
};

/* NULL when memory is out. The claims are taken by the item: the caller keeps its own. */
struct news_error *news_error_create(struct claim *claim, uint32_t generation, enum kc_err err,
                                     const char *text);
struct news_placed *news_placed_create(struct claim *claim, uint32_t generation, int64_t offset,
                                       int32_t leader_epoch);
struct news_assigned *news_assigned_create(enum news_kind kind, struct claim *const *claims,
                                           size_t count);

/* Frees an item of any kind (a commit's callback is not run). NULL is fine. */
void news_destroy(struct news *news);

#endif
