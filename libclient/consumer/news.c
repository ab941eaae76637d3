/* consumer: the items that the I/O thread hands to the polling thread. */
#include "consumer/news.h"

#include "consumer/commit.h"
#include "consumer/fetched.h"

#include <stdio.h>
#include <stdlib.h>

static void *news_alloc(enum news_kind kind, size_t size)
{
    struct news *news = calloc(1, size);

    if (news) {
        list_init(&news->link);
        news->kind = kind;
    }
    return news;
}

struct news_error *news_error_create(struct claim *claim, uint32_t generation, enum kc_err err,
                                     const char *text)
{
    struct news_error *item = news_alloc(NEWS_ERROR, sizeof(*item));

    if (item) {
        if (claim) {
            claim_take(claim);
        }
        item->claim = claim;
        item->generation = generation;
        item->error.code = err;
        (void)snprintf(item->error.text, sizeof(item->error.text), "%s",
                       text ? text : kc_err_text(err));
    }
    return item;
}

struct news_placed *news_placed_create(struct claim *claim, uint32_t generation, int64_t offset,
                                       int32_t leader_epoch)
{
    struct news_placed *item = news_alloc(NEWS_PLACED, sizeof(*item));

    if (item) {
        claim_take(claim);
        item->claim = claim;
        item->generation = generation;
        item->offset = offset;
        item->leader_epoch = leader_epoch;
    }
    return item;
}

struct news_assigned *news_assigned_create(enum news_kind kind, struct claim *const *claims,
                                           size_t count)
{
    struct news_assigned *item = news_alloc(kind, sizeof(*item) + count * sizeof(struct claim *));

    if (item) {
        for (size_t i = 0; i < count; i++) {
            claim_take(claims[i]);
            item->claims[i] = claims[i];
        }
        item->count = count;
    }
    return item;
}

void news_destroy(struct news *news)
{
    if (!news) {
        return;
    }
    switch (news->kind) {
    case NEWS_FETCHED:
        fetched_destroy(LIST_ITEM(news, struct fetched, news));
        return;
    case NEWS_COMMITTED:
        commit_destroy(LIST_ITEM(news, struct commit, news));
        return;
    case NEWS_ERROR:
        claim_drop(LIST_ITEM(news, struct news_error, news)->claim);
        break;
    case NEWS_PLACED:
        claim_drop(LIST_ITEM(news, struct news_placed, news)->claim);
        break;
    case NEWS_ASSIGNED:
    case NEWS_REVOKED:
    case NEWS_LOST: {
        struct news_assigned *item = LIST_ITEM(news, struct news_assigned, news);
        for (size_t i = 0; i < item->count; i++) {
            claim_drop(item->claims[i]);
        }
        break;
    }
    }
    free(news);
}
