/* unit: the range strategy against the same written down plainly, and for a large group. */
#include "base/random.h"
#include "consumer/assignor.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS_MAX = 12, TOPICS_MAX = 6, PARTITIONS_MAX = 12, RACKS_MAX = 4, ROUNDS = 4000 };

struct tale {
    struct assign_member members[MEMBERS_MAX];
    char ids[MEMBERS_MAX][8];
    struct slice wanted[MEMBERS_MAX][TOPICS_MAX];
    size_t member_count;
    struct assign_topic topics[TOPICS_MAX];
    struct assign_racks racks[TOPICS_MAX][PARTITIONS_MAX];
    struct slice rack_names[TOPICS_MAX][PARTITIONS_MAX][RACKS_MAX];
    size_t topic_count;
    int taker[TOPICS_MAX][PARTITIONS_MAX]; /* expected; -1 none */
    size_t given[TOPICS_MAX][MEMBERS_MAX];
    size_t extra[TOPICS_MAX];
};

static const char *const rack_texts[RACKS_MAX] = { "a", "b", "c", "d" };
static const char *const topic_texts[TOPICS_MAX] = { "t0", "t1", "t2", "t3", "t4", "t5" };

static void invent_topic(struct tale *tale, size_t at, struct random *random, int32_t usual)
{
    struct assign_topic *topic = &tale->topics[at];
    topic->name = slice_text(topic_texts[at]);
    topic->partition_count =
        random_below(random, 3) ? usual : (int32_t)random_below(random, PARTITIONS_MAX + 1);
    topic->racks = random_below(random, 6) ? tale->racks[at] : NULL;
    for (int32_t p = 0; p < topic->partition_count; p++) {
        tale->racks[at][p].items = tale->rack_names[at][p];
        tale->racks[at][p].count = random_below(random, RACKS_MAX);
        for (size_t k = 0; k < tale->racks[at][p].count; k++) {
            tale->rack_names[at][p][k] = slice_text(rack_texts[random_below(random, RACKS_MAX)]);
        }
    }
}

static void invent(struct tale *tale, struct random *random)
{
    memset(tale, 0, sizeof(*tale));
    tale->member_count = 1 + random_below(random, MEMBERS_MAX);
    tale->topic_count = 1 + random_below(random, TOPICS_MAX);
    int32_t usual = (int32_t)random_below(random, PARTITIONS_MAX + 1);
    for (size_t i = 0; i < tale->topic_count; i++) {
        invent_topic(tale, i, random, usual);
    }
    bool all = random_below(random, 2) == 0;
    for (size_t m = 0; m < tale->member_count; m++) {
        struct assign_member *member = &tale->members[m];
        /* In order. */
        (void)snprintf(tale->ids[m], sizeof(tale->ids[m]), "m%02u", (unsigned)m % 1000);
        member->id = slice_text(tale->ids[m]);
        member->topics = tale->wanted[m];
        member->rack = random_below(random, 4)
                           ? slice_text(rack_texts[random_below(random, RACKS_MAX)])
                           : SLICE_EMPTY;
        for (size_t i = 0; i < tale->topic_count; i++) {
            if (all || random_below(random, 3)) {
                tale->wanted[m][member->topic_count++] = tale->topics[i].name;
            }
        }
    }
}

/* ---- the plain way ---- */

static bool wants(const struct tale *tale, size_t m, size_t topic)
{
    for (size_t i = 0; i < tale->members[m].topic_count; i++) {
        if (slice_equal(tale->members[m].topics[i], tale->topics[topic].name)) {
            return true;
        }
    }
    return false;
}

static size_t count_wanting(const struct tale *tale, size_t topic)
{
    size_t count = 0;
    for (size_t m = 0; m < tale->member_count; m++) {
        count += wants(tale, m, topic);
    }
    return count;
}

static bool matches(const struct tale *tale, size_t m, size_t topic, int32_t p)
{
    return tale->members[m].rack.size == 0 ||
           (tale->topics[topic].racks &&
            assign_racks_have(&tale->topics[topic].racks[p], tale->members[m].rack));
}

static size_t room_of(const struct tale *tale, size_t m, size_t topic)
{
    size_t share = (size_t)tale->topics[topic].partition_count / count_wanting(tale, topic);
    size_t most = share + (tale->extra[topic] > 0);
    return most > tale->given[topic][m] ? most - tale->given[topic][m] : 0;
}

static void settle(struct tale *tale, size_t m, size_t topic)
{
    size_t share = (size_t)tale->topics[topic].partition_count / count_wanting(tale, topic);
    tale->extra[topic] -= tale->given[topic][m] > share;
}

static void deal(struct tale *tale, size_t topic, bool by_rack)
{
    for (size_t m = 0; m < tale->member_count; m++) {
        size_t room = wants(tale, m, topic) ? room_of(tale, m, topic) : 0;
        bool any = false;
        for (int32_t p = 0; p < tale->topics[topic].partition_count && room > 0; p++) {
            if (tale->taker[topic][p] < 0 && (!by_rack || matches(tale, m, topic, p))) {
                tale->taker[topic][p] = (int)m;
                tale->given[topic][m]++;
                room--;
                any = true;
            }
        }
        if (any) {
            settle(tale, m, topic);
        }
    }
}

static bool some_rack(const struct tale *tale, size_t topic)
{
    for (size_t m = 0; m < tale->member_count; m++) {
        if (wants(tale, m, topic) && tale->members[m].rack.size > 0) {
            return true;
        }
    }
    return false;
}

static unsigned racks_of(const struct tale *tale, size_t topic, int32_t p)
{
    unsigned set = 0;
    for (size_t k = 0; k < tale->racks[topic][p].count; k++) {
        set |= 1U << (tale->rack_names[topic][p][k].data[0] - 'a');
    }
    return set;
}

static bool needs_racks(const struct tale *tale, size_t topic)
{
    bool differs = false;
    bool is_shared = false;
    for (int32_t p = 0; p < tale->topics[topic].partition_count && tale->topics[topic].racks; p++) {
        differs |= racks_of(tale, topic, p) != racks_of(tale, topic, 0);
        for (size_t m = 0; m < tale->member_count; m++) {
            is_shared |= wants(tale, m, topic) && tale->members[m].rack.size > 0 &&
                         matches(tale, m, topic, p);
        }
    }
    return differs && is_shared;
}

static bool are_alike(const struct tale *tale, size_t a, size_t b)
{
    bool alike = tale->topics[a].partition_count == tale->topics[b].partition_count &&
                 count_wanting(tale, a) > 0 && tale->topics[a].partition_count > 0;
    for (size_t m = 0; m < tale->member_count; m++) {
        alike &= wants(tale, m, a) == wants(tale, m, b);
    }
    return alike;
}

static void deal_together(struct tale *tale, const size_t *like, size_t count)
{
    for (int32_t p = 0; p < tale->topics[like[0]].partition_count; p++) {
        for (size_t m = 0; m < tale->member_count; m++) {
            bool fits = true;
            for (size_t k = 0; k < count; k++) {
                fits = fits && wants(tale, m, like[k]) && room_of(tale, m, like[k]) > 0 &&
                       matches(tale, m, like[k], p);
            }
            for (size_t k = 0; k < count && fits; k++) {
                tale->taker[like[k]][p] = (int)m;
                tale->given[like[k]][m]++;
                settle(tale, m, like[k]);
            }
            if (fits) {
                break;
            }
        }
    }
}

static void deal_by_racks(struct tale *tale)
{
    bool is_dealt[TOPICS_MAX] = { false };
    for (size_t i = 0; i < tale->topic_count; i++) {
        size_t like[TOPICS_MAX];
        size_t count = 0;
        for (size_t k = i; k < tale->topic_count && !is_dealt[i]; k++) {
            if (k == i || are_alike(tale, i, k)) {
                like[count++] = k;
            }
        }
        for (size_t k = 0; k < count; k++) {
            is_dealt[like[k]] = true;
        }
        if (count > 1 && some_rack(tale, i)) {
            deal_together(tale, like, count);
        } else if (count == 1 && needs_racks(tale, i)) {
            deal(tale, i, true);
        }
    }
}

static void expect(struct tale *tale)
{
    bool any = false;
    for (size_t i = 0; i < tale->topic_count; i++) {
        size_t count = count_wanting(tale, i);
        tale->extra[i] = count > 0 ? (size_t)tale->topics[i].partition_count % count : 0;
        any |= needs_racks(tale, i);
        for (int32_t p = 0; p < PARTITIONS_MAX; p++) {
            tale->taker[i][p] = -1;
        }
    }
    if (any) {
        deal_by_racks(tale);
    }
    for (size_t i = 0; i < tale->topic_count; i++) {
        if (count_wanting(tale, i) > 0) {
            deal(tale, i, false);
        }
    }
}

TEST(random_groups_get_what_the_plain_way_gives)
{
    static struct tale tale;
    struct random random;
    size_t by_racks = 0;
    random_init(&random, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct arena arena;
        size_t seen = 0;
        size_t wanted = 0;
        invent(&tale, &random);
        expect(&tale);
        arena_init(&arena, 0);
        struct assign_group group = { tale.members, tale.member_count,
                                      tale.topics,  tale.topic_count,
                                      &arena,       NULL };
        assert_int_equal(assign_range(&group), KC_ERR_NONE);
        for (size_t m = 0; m < tale.member_count; m++) {
            for (size_t i = 0; i < tale.members[m].assigned_count; i++) {
                const struct assign_partition *got = &tale.members[m].assigned[i];
                size_t topic = (size_t)(got->topic.data[1] - '0');
                if (tale.taker[topic][got->partition] != (int)m) {
                    fail_msg("round %d: t%zu-%d went to %zu, not to %d", round, topic,
                             (int)got->partition, m, tale.taker[topic][got->partition]);
                }
                seen++;
            }
        }
        for (size_t i = 0; i < tale.topic_count; i++) {
            wanted += count_wanting(&tale, i) > 0 ? (size_t)tale.topics[i].partition_count : 0;
            by_racks += needs_racks(&tale, i);
        }
        assert_int_equal(seen, wanted);
        arena_finish(&arena);
    }
    assert_true(by_racks > ROUNDS / 4); /* they were worth trying */
}

/* ---- a large group ---- */

enum { LARGE = 1000, LARGE_TOPICS = 20, LARGE_RACKS = 100 };

/* Each member, and each replica, in one of a hundred racks; some topics alike. Members that are
 * tried for each partition would be 2 * 10^7 here, and partitions for each member again. */
TEST(a_large_group_gets_partitions_in_its_racks)
{
    static char ids[LARGE][8];
    static char racks[LARGE_RACKS][8];
    static char names[LARGE_TOPICS][8];
    static struct slice topics[LARGE_TOPICS];
    static struct assign_topic group_topics[LARGE_TOPICS];
    static struct assign_racks of[LARGE_TOPICS][LARGE];
    static struct slice of_names[LARGE_TOPICS][LARGE];
    static struct assign_member members[LARGE];
    struct arena arena;
    for (size_t i = 0; i < LARGE_RACKS; i++) {
        (void)snprintf(racks[i], sizeof(racks[i]), "r%02zu", i);
    }
    for (size_t i = 0; i < LARGE_TOPICS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "t%02zu", i);
        topics[i] = slice_text(names[i]);
        group_topics[i] = (struct assign_topic){ topics[i], LARGE, of[i] };
        for (size_t p = 0; p < LARGE; p++) {
            /* Its last rack is that of the last members: nobody in front is a match. */
            of_names[i][p] = slice_text(racks[LARGE_RACKS - 1 - p % LARGE_RACKS]);
            of[i][p] = (struct assign_racks){ &of_names[i][p], 1 };
        }
    }
    for (size_t m = 0; m < LARGE; m++) {
        (void)snprintf(ids[m], sizeof(ids[m]), "m%03zu", m);
        members[m] = (struct assign_member){ .id = slice_text(ids[m]),
                                             .rack = slice_text(racks[m / (LARGE / LARGE_RACKS)]),
                                             .topics = topics,
                                             .topic_count = LARGE_TOPICS };
    }
    for (size_t count = 1; count <= LARGE_TOPICS; count += LARGE_TOPICS - 1) {
        for (size_t m = 0; m < LARGE; m++) {
            members[m].topic_count = count;
        }
        arena_init(&arena, 0);
        struct assign_group group = { members, LARGE, group_topics, count, &arena, NULL };
        assert_int_equal(assign_range(&group), KC_ERR_NONE);
        for (size_t m = 0; m < LARGE; m++) {
            assert_int_equal(members[m].assigned_count, count);
            for (size_t i = 0; i < count; i++) {
                int32_t p = members[m].assigned[i].partition;
                assert_true(slice_equal(of_names[i][p], members[m].rack));
            }
        }
        arena_finish(&arena);
    }
}
