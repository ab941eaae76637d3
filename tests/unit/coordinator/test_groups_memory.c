/* tests: the groups of a broker when memory runs out: commits, reading __consumer_offsets back,
 * deleting. What is in the log is what a coordinator ends up with. */
#include "coordinator/journal.h"
#include "coordinator_stage.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { GROUPS = 6, TOPICS = 5 };

/* ---- offsets ---- */

static void committed(struct groups_commit *commit, enum kc_err err)
{
    *(enum kc_err *)commit->context = err;
}

static void fill_offsets(struct groups_offset *offsets, char names[TOPICS][16], int64_t value)
{
    for (int i = 0; i < TOPICS; i++) {
        (void)snprintf(names[i], 16, "topic-%d", i);
        offsets[i] = (struct groups_offset){ .topic = slice_text(names[i]),
                                             .partition = i,
                                             .offset = value + i,
                                             .leader_epoch = 3,
                                             .metadata = slice_text("note") };
    }
}

/* Each offset is the one of before, the new one, or was never there; never anything else. */
static void check_offsets(const struct coordinator_stage *stage, const char *name, int64_t value,
                          bool is_new)
{
    const struct group *group = groups_find(stage->groups, slice_text(name));
    assert_true(group || !is_new);
    for (int i = 0; group && i < TOPICS; i++) {
        char topic[16];
        (void)snprintf(topic, sizeof(topic), "topic-%d", i);
        const struct group_offset *offset = groups_offset_of(group, slice_text(topic), i);
        assert_true(offset || !is_new);
        if (offset) {
            assert_non_null(offset->metadata);
            assert_true(offset->offset == value + i ||
                        (!is_new && offset->offset == value - 100 + i));
        }
    }
}

static void commit(struct coordinator_stage *stage, const char *name, int64_t value)
{
    struct groups_offset offsets[TOPICS];
    char names[TOPICS][16];
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };

    fill_offsets(offsets, names, value);
    groups_commit(stage->groups, slice_text(name), offsets, TOPICS, &asked);
    if (err) {
        assert_true(heap_failed());
        assert_true(err == KC_ERR_COORDINATOR_NOT_AVAILABLE || err == KC_ERR_NOT_COORDINATOR);
        stage->failures++;
        check_offsets(stage, name, value, false);
        groups_commit(stage->groups, slice_text(name), offsets, TOPICS, &asked);
        assert_int_equal(err, KC_ERR_NONE);
    }
    check_offsets(stage, name, value, true);
}

static void commit_all(struct coordinator_stage *stage)
{
    for (int i = 0; i < GROUPS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "group-%d", i);
        commit(stage, name, 100);
        commit(stage, name, 200);
    }
}

/* One of its offsets, then the whole group. */
static void forget(struct coordinator_stage *stage, const char *name)
{
    struct group *group = groups_find(stage->groups, slice_text(name));
    struct groups_offset offset = { .topic = slice_text("topic-0"), .partition = 0 };
    enum kc_err err = KC_ERR_INVALID;
    struct groups_commit asked = { .done = committed, .context = &err };

    groups_forget(stage->groups, group, &offset, 1, &asked);
    if (err) {
        stage->failures++;
        groups_forget(stage->groups, group, &offset, 1, &asked);
    }
    assert_int_equal(err, KC_ERR_NONE);
    assert_null(groups_offset_of(group, slice_text("topic-0"), 0));
    err = groups_delete(stage->groups, slice_text(name));
    if (err) {
        stage->failures++;
        err = groups_delete(stage->groups, slice_text(name));
    }
    assert_int_equal(err, KC_ERR_NONE);
    assert_null(groups_find(stage->groups, slice_text(name)));
}

/* ---- bodies ---- */

static enum kc_err end(struct coordinator_stage *stage)
{
    int failures = stage->failures;
    heap_pause();
    coordinator_stage_finish(stage);
    heap_resume();
    return failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
}

static enum kc_err commit_body(void *context)
{
    struct coordinator_stage stage;

    heap_pause();
    coordinator_stage_init(&stage, context);
    heap_resume();
    if (stage_start_groups(&stage)) {
        commit_all(&stage);
        forget(&stage, "group-2");
    } else {
        stage.failures++;
    }
    return end(&stage);
}

TEST(committing_and_forgetting)
{
    struct scratch_disk disk;

    coordinator_stage_share();
    scratch_disk_init(&disk);
    heap_each(commit_body, &disk);
}

/* A group with members, as the log keeps it. */
static void store_members(struct coordinator_stage *stage)
{
    struct group *group = group_create(slice_text("with-members"), 1);
    struct group_metadata_value_member_metadata stored;
    struct journal journal;
    int64_t last;

    message_defaults(&group_metadata_value_member_metadata_type, &stored);
    stored.member_id = slice_text("member-1");
    stored.client_id = slice_text("client");
    stored.client_host = slice_text("/host");
    stored.session_timeout = 30000;
    stored.rebalance_timeout = 30000;
    stored.subscription = slice_text("subscription");
    stored.assignment = slice_text("assignment");
    assert_non_null(group_restore_member(group, &stored, slice_text("range"), 0));
    stored.member_id = slice_text("member-2");
    stored.group_instance_id = slice_text("instance");
    assert_non_null(group_restore_member(group, &stored, slice_text("range"), 0));
    group->protocol_type = strdup("consumer");
    group->protocol = strdup("range");
    group->leader = strdup("member-1");
    group->generation = 7;
    journal_init(&journal);
    journal_add_group(&journal, group, true);
    const struct image_topic *topic = image_topic(&stage->image, slice_text("__consumer_offsets"));
    assert_int_equal(
        journal_append(&journal, partitions_find(stage->partitions, topic, 0), 1000, &last), 0);
    journal_finish(&journal);
    group_destroy(group);
}

static enum kc_err load_body(void *context)
{
    struct coordinator_stage stage;

    heap_pause();
    coordinator_stage_init(&stage, context);
    assert_true(stage_start_groups(&stage));
    commit_all(&stage);
    forget(&stage, "group-2");
    store_members(&stage);
    groups_destroy(stage.groups);
    heap_resume();
    if (stage_start_groups(&stage)) {
        for (int i = 0; i < GROUPS; i++) {
            char name[16];
            (void)snprintf(name, sizeof(name), "group-%d", i);
            if (i == 2) {
                assert_null(groups_find(stage.groups, slice_text(name)));
            } else {
                check_offsets(&stage, name, 200, true);
            }
        }
        const struct group *group = groups_find(stage.groups, slice_text("with-members"));
        assert_non_null(group);
        assert_int_equal(group->member_count, 2);
        assert_int_equal(group->generation, 7);
        assert_string_equal(group->leader, "member-1");
        assert_int_equal(group->state, GROUP_STABLE);
    } else {
        stage.failures++;
    }
    return end(&stage);
}

TEST(loading)
{
    struct scratch_disk disk;

    coordinator_stage_share();
    scratch_disk_init(&disk);
    heap_each(load_body, &disk);
}
