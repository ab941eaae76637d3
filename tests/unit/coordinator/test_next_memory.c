/* tests: a consumer group when memory runs out: a heartbeat that fails has changed nothing. */
#include "next_story.h"

#include "support/heap.h"
#include "support/test.h"

static enum kc_err told(enum kc_err err)
{
    return err == KC_ERR_COORDINATOR_NOT_AVAILABLE ? KC_ERR_NO_MEMORY : err;
}

static const struct {
    const char *member;
    int32_t epoch;
    int32_t topics; /* of "a", "b" and what is not there; -1: says nothing */
    const char *regex;
} beats[] = {
    { "ann", 0, 1, "b" },
    { "bob", 0, 2, "" },
    { "ann", 2, -1, NULL }, /* told to give back */
    { "ann", 2, 0, "b" },   /* unsubscribes, while she owes */
    { "bob", NEXT_EPOCH_LEAVES, 3, "" },
};

/* Two members join; the first changes its mind; the second leaves. The client's own memory does not
 * count. */
static enum kc_err join_both(void *context)
{
    struct next_story *story = context;
    struct consumer_group_heartbeat_response response;
    const struct next_caller caller = { slice_text("client"), slice_text("/127.0.0.1"), 1 };
    struct slice topics[] = { slice_text("a"), slice_text("b"), slice_text("none") };
    struct arena arena;
    enum kc_err err = KC_ERR_NONE;
    heap_pause();
    story->group = group_create(slice_text("g"), 1);
    story->group->next = group_next_create();
    arena_init(&arena, 1 << 20);
    heap_resume();
    for (size_t i = 0; !err && i < ARRAY_COUNT(beats); i++) {
        struct consumer_group_heartbeat_request request;
        message_defaults(&consumer_group_heartbeat_request_type, &request);
        request.group_id = slice_text("g");
        request.member_id = slice_text(beats[i].member);
        request.member_epoch = beats[i].epoch;
        request.rebalance_timeout_ms = 1000;
        request.subscribed_topic_names.items = topics;
        request.subscribed_topic_names.count = beats[i].topics;
        request.subscribed_topic_regex = slice_text(beats[i].regex);
        request.topic_partitions.count = beats[i].epoch == 0 ? 0 : -1;
        size_t before = story->group->next->member_count;
        int32_t epoch = story->group->next->epoch;
        err = told(
            group_next_heartbeat(story->group, &story->env, &request, &caller, &arena, &response));
        assert_true(!err || story->group->next->member_count == before);
        assert_true(!err || story->group->next->epoch == epoch);
        next_story_check(story);
    }
    heap_pause();
    arena_finish(&arena);
    group_destroy(story->group);
    story->group = NULL;
    heap_resume();
    return err;
}

TEST(a_heartbeat_without_memory_changes_nothing)
{
    struct next_story story;
    next_story_open(&story);
    group_destroy(story.group);
    story.group = NULL;
    heap_each(join_both, &story);
    next_story_close(&story);
}
