/* client: closing a consumer: commits, then a word to the group. */
#include "client/consumer_handle.h"

#include <libclient/subscription.h>
#include <stdlib.h>

struct leave_ask {
    struct ask ask;
    struct consumer *core;
    enum member_parting parting;
};

static void leave_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct leave_ask, ask));
}

static void leave_done(void *context)
{
    ask_done(context, KC_ERR_NONE, NULL);
}

static void leave_run(void *context)
{
    struct leave_ask *leave = CONTAINER_OF((struct ask *)context, struct leave_ask, ask);

    consumer_unsubscribe(leave->core, leave->parting, leave_done, context);
}

/* The first answer to a commit in the queue, or NULL. */
static struct news *close_answer(struct kc_consumer *consumer)
{
    LIST_EACH(node, &consumer->orders)
    {
        struct news *news = LIST_ITEM(node, struct news, link);
        if (news->kind == NEWS_COMMITTED) {
            return news;
        }
    }
    return NULL;
}

/* Callbacks of commits that are still under way run here, as no poll comes any more. They may
 * commit again, which changes the queue. */
static void close_commits(struct kc_consumer *consumer, int64_t deadline_us)
{
    struct kc_error error;
    struct news *news;

    do {
        (void)consumer_handle_receive(consumer);
        while ((news = close_answer(consumer))) {
            list_remove(&news->link);
            (void)consumer_handle_news(consumer, news, &error);
        }
    } while (consumer->commits_open > 0 &&
             inbox_wait(&consumer->inbox, deadline_us) != KC_ERR_TIMED_OUT);
}

static bool close_is_taken(const struct kc_consumer *consumer, bool only_lost)
{
    LIST_EACH(node, &consumer->orders)
    {
        enum news_kind kind = LIST_ITEM(node, struct news, link)->kind;
        if (kind == NEWS_LOST || (kind == NEWS_REVOKED && !only_lost)) {
            return true;
        }
    }
    return false;
}

void consumer_handle_tell_taken(struct kc_consumer *consumer, bool only_lost)
{
    struct kc_error error;

    (void)consumer_handle_receive(consumer);
    LIST_EACH_SAFE(node, &consumer->orders)
    {
        struct news *news = LIST_ITEM(node, struct news, link);
        if (news->kind != NEWS_COMMITTED && close_is_taken(consumer, only_lost)) {
            list_remove(node);
            (void)consumer_handle_news(consumer, news, &error);
        }
    }
}

static int close_left_ms(const struct kc_consumer *consumer, int64_t deadline_us)
{
    if (deadline_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = deadline_us - clock_now_us(consumer->handle.clock);
    return (int)MAX_OF(0, left_us / 1000);
}

static enum kc_err close_leave(struct kc_consumer *consumer, enum member_parting parting,
                               int timeout_ms, struct kc_error *error)
{
    struct leave_ask *leave = calloc(1, sizeof(*leave));

    if (!leave) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_init(&leave->ask, leave_run, leave_free);
    leave->core = consumer->core;
    leave->parting = parting;
    enum kc_err err =
        ask_wait(&leave->ask, consumer->handle.thread, timeout_ms, "leaving the group", error);
    ask_drop(&leave->ask);
    return err;
}

enum kc_err kc_consumer_close(struct kc_consumer *consumer, int timeout_ms, struct kc_error *error)
{
    return kc_consumer_close_as(consumer, KC_PARTING_DEFAULT, timeout_ms, error);
}

/* Commits, and hears what is left to be heard. The outcome is that of the commit. */
static enum kc_err close_assignment(struct kc_consumer *consumer, int64_t deadline_us)
{
    enum kc_err err = KC_ERR_NONE;

    consumer_handle_tell_taken(consumer, false);
    if (consumer->auto_commit && !list_is_empty(&consumer->claims)) {
        int left_ms = close_left_ms(consumer, deadline_us);
        err = consumer_handle_auto_commit(consumer, left_ms == 0 ? 1 : left_ms);
    }
    close_commits(consumer, deadline_us);
    consumer_handle_tell_taken(consumer, false);
    if (consumer->mode == CONSUMER_IN_GROUP && !list_is_empty(&consumer->claims)) {
        consumer_handle_listen(consumer, consumer->listener.revoked);
    }
    return err;
}

enum kc_err kc_consumer_close_as(struct kc_consumer *consumer, enum kc_parting parting,
                                 int timeout_ms, struct kc_error *error)
{
    static const enum member_parting partings[] = { MEMBER_PARTING_DEFAULT, MEMBER_PARTING_LEAVE,
                                                    MEMBER_PARTING_REMAIN };

    if (!consumer || parting > KC_PARTING_REMAIN) {
        return reason_set(error, KC_ERR_INVALID, "a consumer and a KC_PARTING_* are needed");
    }
    if (consumer->is_rebalancing) {
        return reason_plain(error, KC_ERR_WRONG_STATE);
    }
    if (consumer->is_closed || consumer->is_closing) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    int64_t deadline_us = handle_deadline_us(&consumer->handle, timeout_ms);
    consumer->is_closing = true;
    enum kc_err err = close_assignment(consumer, deadline_us);
    consumer->is_closed = true;
    (void)reason_clear(error);
    enum kc_err leave_err =
        close_leave(consumer, partings[parting], close_left_ms(consumer, deadline_us), error);
    close_commits(consumer, 0);
    consumer_handle_purge(consumer);
    consumer_handle_clear(consumer);
    if (!leave_err && err) {
        return reason_set(error, err, "the last positions were not committed: %s",
                          kc_err_text(err));
    }
    return leave_err;
}
