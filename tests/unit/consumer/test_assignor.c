/* unit: assignment strategies against what Kafka's own classes decided. */
#include "consumer/assignor.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS_MAX = 32, TOPICS_MAX = 8, PARTITIONS_MAX = 64, RACKS_MAX = 4 };

struct story {
    struct assign_topic topics[TOPICS_MAX];
    size_t topic_count;
    struct assign_member members[MEMBERS_MAX];
    struct slice wanted[MEMBERS_MAX][TOPICS_MAX];
    struct assign_partition owned[MEMBERS_MAX][PARTITIONS_MAX];
    struct assign_racks racks[TOPICS_MAX][PARTITIONS_MAX];
    struct slice rack_names[TOPICS_MAX][PARTITIONS_MAX][RACKS_MAX];
    size_t member_count;
};

static int topic_compare(const void *a, const void *b)
{
    return slice_compare(((const struct assign_topic *)a)->name,
                         ((const struct assign_topic *)b)->name);
}

/* "ab|b|": a letter is a rack. */
static void read_racks(struct story *story, size_t topic, char *text)
{
    size_t p = 0;
    for (char *item; (item = strsep(&text, "|")); p++) {
        assert_true(p < PARTITIONS_MAX && strlen(item) <= RACKS_MAX);
        story->racks[topic][p].items = story->rack_names[topic][p];
        for (size_t i = 0; item[i]; i++) {
            story->rack_names[topic][p][i] = slice_of(&item[i], 1);
            story->racks[topic][p].count++;
        }
    }
    story->topics[topic].racks = story->racks[topic];
}

static void read_topics(struct story *story, char *text)
{
    for (char *item; (item = strsep(&text, ","));) {
        char *count = strchr(item, '=');
        assert_non_null(count);
        *count++ = 0;
        assert_true(story->topic_count < TOPICS_MAX);
        char *racks = strchr(count, '@');
        if (racks) {
            *racks++ = 0;
            read_racks(story, story->topic_count, racks);
        }
        story->topics[story->topic_count].name = slice_text(item);
        story->topics[story->topic_count++].partition_count = (int32_t)strtol(count, NULL, 10);
    }
    qsort(story->topics, story->topic_count, sizeof(story->topics[0]), topic_compare);
}

static void read_owned(struct story *story, size_t at, char *text)
{
    struct assign_member *member = &story->members[at];
    member->owned = story->owned[at];
    for (char *item; (item = strsep(&text, ",")) && item[0];) {
        char *dash = strrchr(item, '-');
        assert_true(dash && member->owned_count < PARTITIONS_MAX);
        *dash++ = 0;
        story->owned[at][member->owned_count++] =
            (struct assign_partition){ slice_text(item), (int32_t)strtol(dash, NULL, 10) };
    }
}

/* The sticky strategy is eager: what a member had is in its user data only. */
static void tell_by_user_data(struct story *story, struct arena *arena)
{
    for (size_t i = 0; i < story->member_count; i++) {
        struct assign_member *member = &story->members[i];
        if (member->generation >= 0) {
            struct assign_telling telling = { .last = member->owned,
                                              .last_count = member->owned_count,
                                              .generation = member->generation };
            member->user_data = assign_sticky_data(&telling, arena);
            assert_false(slice_is_null(member->user_data));
        }
        member->owned_count = 0;
    }
}

static void read_members(struct story *story, char *text)
{
    for (char *item; (item = strsep(&text, " "));) {
        assert_true(story->member_count < MEMBERS_MAX);
        size_t at = story->member_count++;
        struct assign_member *member = &story->members[at];
        char *fields = item;
        member->id = slice_text(strsep(&fields, "/"));
        char *instance = strsep(&fields, "/");
        member->instance_id = instance[0] ? slice_text(instance) : SLICE_NULL;
        char *topics = strsep(&fields, "/");
        for (char *topic; (topic = strsep(&topics, ","));) {
            story->wanted[at][member->topic_count++] = slice_text(topic);
        }
        member->topics = story->wanted[at];
        member->rack = slice_text(strsep(&fields, "/"));
        member->generation = (int32_t)strtol(strsep(&fields, "/"), NULL, 10);
        read_owned(story, at, fields);
    }
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "t0-0,t0-1": the member's partitions, sorted as text. */
static void show(const struct assign_member *member, struct arena *arena, char *out, size_t size)
{
    char **names = arena_alloc_array(arena, member->assigned_count, sizeof(*names));
    assert_non_null(names);
    for (size_t i = 0; i < member->assigned_count; i++) {
        names[i] = arena_printf(arena, "%.*s-%d", SLICE_ARGS(member->assigned[i].topic),
                                member->assigned[i].partition);
        assert_non_null(names[i]);
    }
    qsort(names, member->assigned_count, sizeof(*names), text_compare);
    out[0] = 0;
    for (size_t i = 0; i < member->assigned_count; i++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s%s", i ? "," : "", names[i]);
    }
}

static size_t compare(struct story *story, char *expected, struct arena *arena)
{
    size_t seen = 0;
    for (char *item; (item = strsep(&expected, " "));) {
        char *fields = item;
        char *id = strsep(&fields, "/");
        char text[4096];
        for (size_t i = 0; i < story->member_count; i++) {
            if (slice_is(story->members[i].id, id)) {
                show(&story->members[i], arena, text, sizeof(text));
                assert_string_equal(text, fields ? fields : "");
                seen++;
            }
        }
    }
    return seen;
}

TEST(strategies_decide_as_kafka)
{
    size_t size;
    char *text = test_read_file(ASSIGNOR_VECTORS, &size);
    char *rest = text;
    int lines = 0;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] == '#' || !line[0]) {
            continue;
        }
        struct story story = { 0 };
        struct arena arena;
        char *fields = line;
        const struct assignor *assignor = assignor_find(slice_text(strsep(&fields, ";")));
        assert_non_null(assignor);
        read_topics(&story, strsep(&fields, ";"));
        read_members(&story, strsep(&fields, ";"));
        arena_init(&arena, 0);
        if (strcmp(assignor->name, "sticky") == 0) {
            tell_by_user_data(&story, &arena);
        }
        struct assign_group group = { story.members, story.member_count,
                                      story.topics,  story.topic_count,
                                      &arena,        NULL };
        assert_int_equal(assignor->assign(&group), KC_ERR_NONE);
        assert_int_equal(compare(&story, fields, &arena), story.member_count);
        arena_finish(&arena);
        lines++;
    }
    assert_int_equal(lines, 640);
    free(text);
}

TEST(strategies_are_found_by_both_names)
{
    assert_string_equal(
        assignor_find(slice_text("org.apache.kafka.clients.consumer.RangeAssignor"))->name,
        "range");
    assert_string_equal(assignor_find(slice_text("roundrobin"))->name, "roundrobin");
    assert_true(assignor_find(slice_text("cooperative-sticky"))->is_cooperative);
    assert_null(assignor_find(slice_text("uniform")));
    assert_null(assignor_find(SLICE_NULL));
}

TEST(nobody_to_assign_to)
{
    struct assign_topic topic = { slice_text("t"), 3, NULL };
    struct arena arena;
    arena_init(&arena, 0);
    for (size_t i = 0; i < assignor_count; i++) {
        struct assign_group group = { NULL, 0, &topic, 1, &arena, NULL };
        assert_int_equal(assignor_table[i].assign(&group), KC_ERR_NONE);
    }
    arena_finish(&arena);
}
