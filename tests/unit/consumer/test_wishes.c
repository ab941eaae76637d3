/* unit: subscriptions turned round, and what that costs: comparisons of names are counted (this
 * program is linked with --wrap=slice_compare), as a clock would tell nothing certain. */
#include "consumer/wishes.h"
#include "support/test.h"

#include <stdio.h>

enum { MANY_MEMBERS = 20, MANY_TOPICS = 4096, MANY_LOG = 12 };

static size_t comparisons;

int __real_slice_compare(struct slice a, struct slice b);
int __wrap_slice_compare(struct slice a, struct slice b);
int __wrap_slice_compare(struct slice a, struct slice b)
{
    comparisons++;
    return __real_slice_compare(a, b);
}

TEST(each_topic_has_its_members_once_and_in_order)
{
    struct assign_topic topics[] = { { slice_text("a"), 1, NULL },
                                     { slice_text("b"), 2, NULL },
                                     { slice_text("c"), 0, NULL },
                                     { slice_text("d"), 1, NULL } };
    struct slice first[] = { slice_text("d"), slice_text("b"), slice_text("d"), slice_text("x") };
    struct slice second[] = { slice_text("a"), slice_text("c") };
    struct slice third[] = { slice_text("b"), slice_text("a"), slice_text("b") };
    struct assign_member members[] = { { .topics = first, .topic_count = 4 },
                                       { .topics = second, .topic_count = 2 },
                                       { .topics = third, .topic_count = 3 } };
    struct assign_member *sorted[] = { &members[0], &members[1], &members[2] };
    static const uint32_t expected[4][2] = { { 1, 2 }, { 0, 2 }, { 9, 9 }, { 0, 9 } };
    static const size_t counts[4] = { 2, 2, 0, 1 };
    struct wishes wishes;
    struct arena arena;
    arena_init(&arena, 0);
    struct assign_group group = { members, 3, topics, 4, &arena, NULL };
    assert_int_equal(wishes_read(&group, sorted, &wishes), KC_ERR_NONE);
    for (size_t i = 0; i < 4; i++) {
        size_t count;
        const uint32_t *of = wishes_of(&wishes, i, &count);
        assert_int_equal(count, counts[i]);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(of[k], expected[i][k]);
        }
    }
    arena_finish(&arena);
}

/* Twenty members of four thousand topics, that each name all: the strategies must not look through
 * every subscription for every topic, which is 10^8 and more. */
TEST(thousands_of_topics_are_not_compared_with_each_other)
{
    static char names[MANY_TOPICS][16];
    static struct slice wanted[MANY_TOPICS];
    static struct assign_topic topics[MANY_TOPICS];
    static char ids[MANY_MEMBERS][16];
    for (size_t i = 0; i < MANY_TOPICS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "t-%06zu", i);
        topics[i] = (struct assign_topic){ slice_text(names[i]), 2, NULL };
        wanted[MANY_TOPICS - 1 - i] = topics[i].name;
    }
    for (size_t s = 0; s < assignor_count; s++) {
        struct assign_member members[MANY_MEMBERS] = { 0 };
        struct arena arena;
        size_t given = 0;
        arena_init(&arena, 0);
        for (size_t m = 0; m < MANY_MEMBERS; m++) {
            (void)snprintf(ids[m], sizeof(ids[m]), "m-%02zu", m);
            members[m].id = slice_text(ids[m]);
            members[m].instance_id = SLICE_NULL;
            members[m].topics = wanted;
            members[m].topic_count = MANY_TOPICS;
            members[m].generation = -1;
        }
        struct assign_group group = { members, MANY_MEMBERS, topics, MANY_TOPICS, &arena, NULL };
        comparisons = 0;
        assert_int_equal(assignor_table[s].assign(&group), KC_ERR_NONE);
        for (size_t m = 0; m < MANY_MEMBERS; m++) {
            given += members[m].assigned_count;
        }
        (void)printf("# %s: %zu comparisons\n", assignor_table[s].name, comparisons);
        assert_int_equal(given, 2 * MANY_TOPICS);
        assert_in_range(comparisons, 1, 2 * MANY_MEMBERS * MANY_TOPICS * (MANY_LOG + 1) + 1000);
        arena_finish(&arena);
    }
}
