/* tests: targets are worked out once per group.consumer.assignment.interval.ms; until then the last
 * ones hold, as in Kafka 4.3. */
#include "next_story.h"

#include "support/test.h"

#include <stdio.h>

enum { INTERVAL_MS = 1000 };

struct trio {
    struct next_story story;
    struct next_client ann;
    struct next_client bob;
    struct next_client cid;
};

/* Ann has joined. */
static void trio_open(struct trio *trio)
{
    next_story_open(&trio->story);
    trio->story.env.assignment_ms = INTERVAL_MS;
    next_client_init(&trio->ann, "ann");
    next_client_init(&trio->bob, "bob");
    next_client_init(&trio->cid, "cid");
    assert_int_equal(next_client_join(&trio->story, &trio->ann), KC_ERR_NONE);
    assert_int_equal(trio->ann.held.count, 4); /* the first assignment waits for nothing */
}

static void trio_close(struct trio *trio)
{
    next_client_finish(&trio->ann);
    next_client_finish(&trio->bob);
    next_client_finish(&trio->cid);
    next_story_close(&trio->story);
}

static struct group_next *group_of(struct trio *trio)
{
    return trio->story.group->next;
}

static void check_epochs(struct trio *trio, int32_t epoch, int32_t target_epoch, const char *state)
{
    assert_int_equal(group_of(trio)->epoch, epoch);
    assert_int_equal(group_of(trio)->target_epoch, target_epoch);
    assert_string_equal(group_next_state_name(group_of(trio)), state);
}

/* Of members that subscribe to "a" only. */
static void check_settles(struct trio *trio, struct next_client *const *clients, size_t each)
{
    next_story_settle(&trio->story, clients);
    for (size_t i = 0; clients[i]; i++) {
        assert_int_equal(clients[i]->held.count, each);
    }
}

TEST(who_joins_within_the_interval_gets_nothing_yet)
{
    struct trio trio;
    struct next_client *const both[] = { &trio.ann, &trio.bob, NULL };
    trio_open(&trio);
    check_epochs(&trio, 2, 2, "Stable");
    assert_int_equal(group_of(&trio)->target_ms, trio.story.env.wall_ms);
    trio.story.env.wall_ms += INTERVAL_MS - 1;
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.epoch, 2); /* the targets' epoch, not the group's */
    assert_int_equal(trio.bob.held.count, 0);
    check_epochs(&trio, 3, 2, "Assigning");
    assert_int_equal(next_client_beat(&trio.story, &trio.ann), KC_ERR_NONE);
    assert_int_equal(trio.ann.epoch, 2);
    assert_int_equal(trio.ann.held.count, 4);
    int stored = trio.story.stored;
    assert_int_equal(next_client_beat(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.story.stored, stored); /* waiting costs no record */
    trio.story.env.wall_ms++;
    assert_int_equal(next_client_beat(&trio.story, &trio.ann), KC_ERR_NONE);
    assert_int_equal(trio.ann.held.count, 2);
    check_epochs(&trio, 3, 3, "Reconciling");
    assert_int_equal(group_of(&trio)->target_ms, trio.story.env.wall_ms);
    check_settles(&trio, both, 2);
    trio_close(&trio);
}

TEST(an_interval_of_nothing_is_over_at_once)
{
    struct trio trio;
    trio_open(&trio);
    trio.story.env.assignment_ms = 0;
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.epoch, 3);
    check_epochs(&trio, 3, 3, "Reconciling");
    trio_close(&trio);
}

TEST(a_burst_is_worked_out_once)
{
    struct trio trio;
    struct next_client *const two[] = { &trio.ann, &trio.cid, NULL };
    trio_open(&trio);
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(next_client_join(&trio.story, &trio.cid), KC_ERR_NONE);
    assert_int_equal(next_client_leave(&trio.story, &trio.bob, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    check_epochs(&trio, 5, 2, "Assigning");
    next_story_wait(&trio.story);
    assert_int_equal(next_client_beat(&trio.story, &trio.cid), KC_ERR_NONE);
    check_epochs(&trio, 5, 5, "Reconciling");
    assert_int_equal(trio.cid.epoch, 5);
    check_settles(&trio, two, 2);
    trio_close(&trio);
}

TEST(what_a_leaver_had_waits_for_the_next_targets)
{
    struct trio trio;
    struct next_client *const both[] = { &trio.ann, &trio.bob, NULL };
    trio_open(&trio);
    next_story_wait(&trio.story);
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    check_settles(&trio, both, 2);
    assert_int_equal(next_client_leave(&trio.story, &trio.ann, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_int_equal(next_client_beat(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.held.count, 2);
    next_story_wait(&trio.story);
    assert_int_equal(next_client_beat(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.held.count, 4);
    trio_close(&trio);
}

TEST(an_empty_group_keeps_its_time)
{
    struct trio trio;
    trio_open(&trio);
    assert_int_equal(next_client_leave(&trio.story, &trio.ann, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_string_equal(group_next_state_name(group_of(&trio)), "Empty");
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.epoch, 2);
    assert_int_equal(trio.bob.held.count, 0);
    check_epochs(&trio, 4, 2, "Assigning");
    next_story_wait(&trio.story);
    assert_int_equal(next_client_beat(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.epoch, 4);
    assert_int_equal(trio.bob.held.count, 4);
    trio_close(&trio);
}

TEST(a_static_member_comes_back_to_the_last_targets)
{
    struct trio trio;
    trio_open(&trio);
    trio.bob.instance = trio.cid.instance = "one";
    next_story_wait(&trio.story);
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(next_client_leave(&trio.story, &trio.ann, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
    assert_int_equal(next_client_beat(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(trio.bob.held.count, 2);
    assert_int_equal(next_client_leave(&trio.story, &trio.bob, NEXT_EPOCH_RESTS), KC_ERR_NONE);
    assert_int_equal(next_client_join(&trio.story, &trio.cid), KC_ERR_NONE);
    assert_int_equal(trio.cid.epoch, 3);
    assert_true(holding_equal(&trio.cid.held, &trio.bob.held));
    check_epochs(&trio, 4, 3, "Assigning");
    next_story_wait(&trio.story);
    assert_int_equal(next_client_beat(&trio.story, &trio.cid), KC_ERR_NONE);
    assert_int_equal(trio.cid.held.count, 4);
    trio_close(&trio);
}

/* Before the targets follow: what is not subscribed to any more is given back, and nothing comes.
 */
TEST(an_old_topic_goes_before_a_new_one_comes)
{
    struct trio trio;
    trio_open(&trio);
    trio.ann.topic = "b";
    assert_int_equal(next_client_subscribe(&trio.story, &trio.ann), KC_ERR_NONE);
    assert_int_equal(trio.ann.held.count, 0);
    assert_int_equal(trio.ann.epoch, 2);
    const struct next_member *ann = group_next_find(group_of(&trio), slice_text("ann"));
    assert_int_equal(ann->state, NEXT_MEMBER_UNREVOKED);
    assert_int_equal(ann->revoking.count, 4);
    assert_int_equal(ann->owes_by_ms, trio.story.env.now_ms + trio.ann.rebalance_ms);
    assert_int_equal(next_client_beat(&trio.story, &trio.ann), KC_ERR_NONE); /* has given back */
    ann = group_next_find(group_of(&trio), slice_text("ann"));
    assert_int_equal(ann->state, NEXT_MEMBER_STABLE);
    assert_int_equal(ann->owes_by_ms, INT64_MAX);
    assert_int_equal(trio.ann.held.count, 0);
    check_epochs(&trio, 3, 2, "Assigning");
    next_story_wait(&trio.story);
    assert_int_equal(next_client_beat(&trio.story, &trio.ann), KC_ERR_NONE);
    assert_int_equal(trio.ann.held.count, 2);
    check_epochs(&trio, 3, 3, "Stable");
    trio_close(&trio);
}

TEST(who_has_nothing_of_an_old_topic_owes_nothing)
{
    struct trio trio;
    trio_open(&trio);
    trio.ann.regex = "[ab]";
    assert_int_equal(next_client_subscribe(&trio.story, &trio.ann), KC_ERR_NONE);
    assert_int_equal(trio.ann.held.count, 4);
    trio.ann.topic = NULL;
    trio.ann.regex = "b";
    assert_int_equal(next_client_join(&trio.story, &trio.ann), KC_ERR_NONE); /* has nothing */
    assert_int_equal(trio.ann.held.count, 0);
    const struct next_member *ann = group_next_find(group_of(&trio), slice_text("ann"));
    assert_int_equal(ann->state, NEXT_MEMBER_STABLE);
    assert_int_equal(ann->assigned.count + ann->revoking.count, 0);
    trio_close(&trio);
}

TEST(who_owes_and_unsubscribes_owes_more)
{
    struct trio trio;
    struct next_client *const both[] = { &trio.ann, &trio.bob, NULL };
    trio_open(&trio);
    next_story_wait(&trio.story);
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    assert_int_equal(next_client_beat(&trio.story, &trio.ann), KC_ERR_NONE);
    const struct next_member *ann = group_next_find(group_of(&trio), slice_text("ann"));
    assert_int_equal(ann->revoking.count, 2);
    trio.ann.topic = "b";
    assert_int_equal(next_client_subscribe(&trio.story, &trio.ann), KC_ERR_NONE);
    ann = group_next_find(group_of(&trio), slice_text("ann"));
    assert_int_equal(ann->state, NEXT_MEMBER_UNREVOKED);
    assert_int_equal(ann->revoking.count, 4);
    assert_int_equal(ann->assigned.count, 0);
    next_story_wait(&trio.story);
    next_story_settle(&trio.story, both);
    assert_int_equal(trio.ann.held.count, 2);
    assert_int_equal(trio.bob.held.count, 4);
    trio_close(&trio);
}

TEST(a_clock_that_was_set_back_holds_nobody_up)
{
    struct trio trio;
    trio_open(&trio);
    trio.story.env.wall_ms -= 3600000;
    assert_int_equal(next_client_join(&trio.story, &trio.bob), KC_ERR_NONE);
    check_epochs(&trio, 3, 3, "Reconciling");
    assert_int_equal(group_of(&trio)->target_ms, trio.story.env.wall_ms);
    trio_close(&trio);
}

/* Members come, change their mind, beat and leave by chance while the clock goes on; no partition
 * ever has two (each heartbeat checks), and in the end all have what they ask for. */
TEST(by_chance_old_targets_give_no_partition_to_two)
{
    enum { CLIENTS = 5, STEPS = 4000 };
    static const char *const topics[] = { "a", "b", NULL };
    struct next_story story;
    struct next_client clients[CLIENTS];
    bool in[CLIENTS] = { false };
    struct next_client *rest[CLIENTS + 1] = { NULL };
    size_t count = 0;
    next_story_open(&story);
    story.env.assignment_ms = INTERVAL_MS;
    for (int i = 0; i < CLIENTS; i++) {
        char id[CLIENT_ID_SIZE];
        (void)snprintf(id, sizeof(id), "c%d", i);
        next_client_init(&clients[i], id);
    }
    for (int step = 0; step < STEPS; step++) {
        struct next_client *client = &clients[random_below(&story.random, CLIENTS)];
        uint64_t chance = random_below(&story.random, 20);
        bool *is_in = &in[client - clients];
        story.env.wall_ms += (int64_t)random_below(&story.random, INTERVAL_MS / 2);
        if (!*is_in || chance < 3) {
            client->topic = topics[random_below(&story.random, 3)];
            client->regex = client->topic ? NULL : "[ab]";
            enum kc_err err = *is_in && chance > 0 ? next_client_subscribe(&story, client)
                                                   : next_client_join(&story, client);
            assert_int_equal(err, KC_ERR_NONE);
            *is_in = true;
        } else if (chance == 3) {
            assert_int_equal(next_client_leave(&story, client, NEXT_EPOCH_LEAVES), KC_ERR_NONE);
            *is_in = false;
        } else {
            assert_int_equal(next_client_beat(&story, client), KC_ERR_NONE);
        }
    }
    size_t wanted = 0;
    size_t held = 0;
    bool wants_a = false;
    bool wants_b = false;
    for (int i = 0; i < CLIENTS; i++) {
        if (in[i]) {
            wants_a = wants_a || !clients[i].topic || strcmp(clients[i].topic, "a") == 0;
            wants_b = wants_b || !clients[i].topic || strcmp(clients[i].topic, "b") == 0;
            rest[count++] = &clients[i];
        }
    }
    wanted = (wants_a ? 4 : 0) + (wants_b ? 2 : 0);
    next_story_wait(&story);
    next_story_settle(&story, rest);
    for (size_t i = 0; i < count; i++) {
        held += rest[i]->held.count;
    }
    assert_int_equal(held, wanted);
    for (int i = 0; i < CLIENTS; i++) {
        next_client_finish(&clients[i]);
    }
    next_story_close(&story);
}
