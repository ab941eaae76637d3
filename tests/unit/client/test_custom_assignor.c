/* unit: a strategy of the application's own, as the leader of a group runs it. */
#include "client/custom_assignor.h"

#include "client/config.h"
#include "support/heap.h"
#include "support/test.h"

/* Everything to the last member that wants it. */
static enum kc_err to_the_last(void *context, const struct kc_assign_member *members,
                               size_t member_count, const struct kc_assign_topic *topics,
                               size_t topic_count, struct kc_assignment *assignment)
{
    int *calls = context;
    (*calls)++;
    assert_string_equal(members[0].id, "a");
    assert_null(members[0].instance_id);
    assert_string_equal(members[1].instance_id, "static");
    assert_string_equal(members[1].rack, "r");
    assert_string_equal(members[1].topics[0], "t");
    assert_string_equal(members[1].owned[0].topic, "t");
    assert_int_equal(kc_assignment_give(assignment, member_count, 0, 0), KC_ERR_INVALID);
    assert_int_equal(kc_assignment_give(assignment, 0, topic_count, 0), KC_ERR_INVALID);
    assert_int_equal(kc_assignment_give(assignment, 0, 0, topics[0].partition_count),
                     KC_ERR_INVALID);
    assert_null(members[0].data.data);
    assert_int_equal(members[1].data.size, 2);
    assert_memory_equal(members[1].data.data, "w2", 2);
    assert_int_equal(kc_assignment_tell(assignment, member_count, kc_text("")), KC_ERR_INVALID);
    enum kc_err err = kc_assignment_tell(assignment, 1, kc_text("hello"));
    if (err) {
        return err;
    }
    for (int32_t p = 0; p < topics[0].partition_count; p++) {
        assert_int_equal(kc_assignment_give(assignment, member_count - 1, 0, p), KC_ERR_NONE);
        assert_int_equal(kc_assignment_give(assignment, 0, 0, p), KC_ERR_INVALID);
    }
    return KC_ERR_NONE;
}

static enum kc_err run(void *context)
{
    struct slice topic = slice_text("t");
    struct assign_topic topics = { topic, 3, NULL };
    struct assign_partition owned = { topic, 1 };
    struct assign_member members[2] = {
        { .id = slice_text("a"), .instance_id = SLICE_NULL, .topics = &topic, .topic_count = 1 },
        { .id = slice_text("b"),
          .instance_id = slice_text("static"),
          .rack = slice_text("r"),
          .topics = &topic,
          .topic_count = 1,
          .owned = &owned,
          .owned_count = 1,
          .user_data = slice_text("w2") }
    };
    int calls = 0;
    struct custom_assignor custom = { { "mine", true, to_the_last, &calls, NULL, NULL }, "mine" };
    struct assignor assignor = custom_assignor_wrap(&custom);
    struct arena arena;
    arena_init(&arena, 0);
    struct assign_group group = { members, 2, &topics, 1, &arena, assignor.context };
    enum kc_err err = assignor.assign(&group);
    if (!err) {
        assert_int_equal(calls, 1);
        assert_true(assignor.is_cooperative);
        assert_int_equal(members[0].assigned_count, 0);
        assert_int_equal(members[1].assigned_count, 3);
        assert_int_equal(members[1].assigned[2].partition, 2);
        assert_true(slice_is_null(members[0].assigned_data));
        assert_true(slice_is(members[1].assigned_data, "hello"));
    }
    arena_finish(&arena);
    return err;
}

static struct kc_bytes tell_count(void *context, const char *const *topics, size_t topic_count)
{
    assert_int_equal(topic_count, 2);
    assert_string_equal(topics[1], "u");
    return kc_text(context);
}

static void hear(void *context, const struct kc_partition *partitions, size_t count,
                 int32_t generation, struct kc_bytes data)
{
    char *heard = context;
    assert_int_equal(count, 1);
    assert_string_equal(partitions[0].topic, "t");
    assert_int_equal(partitions[0].partition, 7);
    assert_int_equal(generation, 3);
    assert_null(data.data);
    heard[0] = 'h';
}

static enum kc_err exchange(void *context)
{
    char text[] = "data";
    struct kc_assignor callback = { "mine", false, to_the_last, text, tell_count, hear };
    struct custom_assignor custom = { callback, "mine" };
    struct assignor assignor = custom_assignor_wrap(&custom);
    struct slice topics[] = { slice_text("t"), slice_text("u") };
    struct assign_telling telling = { .topics = topics,
                                      .topic_count = 2,
                                      .context = assignor.context };
    struct assign_partition partition = { topics[0], 7 };
    struct assign_result result = { &partition, 1, 3, SLICE_NULL, assignor.context };
    struct arena arena;
    arena_init(&arena, 0);
    struct slice told = assignor.user_data(&telling, &arena);
    enum kc_err err = slice_is(told, "data") ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    assignor.assigned(&result);
    if (!err && text[0] != 'h') {
        err = KC_ERR_NO_MEMORY;
    }
    arena_finish(&arena);
    return err;
}

TEST(a_member_tells_of_itself_and_is_told)
{
    assert_int_equal(exchange(NULL), KC_ERR_NONE);
    heap_each(exchange, NULL);
}

TEST(without_callbacks_nothing_is_exchanged)
{
    struct custom_assignor custom = { { .name = "mine", .assign = to_the_last }, "mine" };
    struct assignor assignor = custom_assignor_wrap(&custom);
    assert_null(assignor.user_data);
    assert_null(assignor.assigned);
}

TEST(it_decides_for_the_group)
{
    assert_int_equal(run(NULL), KC_ERR_NONE);
    heap_each(run, NULL);
}

TEST(names_are_checked)
{
    struct kc_config *config = kc_config_create();
    struct kc_error error;
    struct kc_assignor mine = { .name = "mine", .assign = to_the_last };
    assert_non_null(config);
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_NONE);
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "mine"));
    mine.name = "range";
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_INVALID);
    mine.name = "a,b";
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_INVALID);
    mine.name = "";
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_INVALID);
    mine.name = "other";
    mine.assign = NULL;
    assert_int_equal(kc_config_add_assignor(config, &mine, &error), KC_ERR_INVALID);
    struct kc_config *copy = kc_config_copy(config);
    assert_non_null(copy);
    assert_int_equal(copy->assignor_count, 1);
    assert_string_equal(copy->assignors[0].name, "mine");
    kc_config_destroy(copy);
    kc_config_destroy(config);
}
