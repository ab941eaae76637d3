/* unit: assignment strategies against what Kafka's own classes decided. */
#include "consumer/assignor.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS_MAX = 16, TOPICS_MAX = 8 };

struct story {
    struct assign_topic topics[TOPICS_MAX];
    size_t topic_count;
    struct assign_member members[MEMBERS_MAX];
    struct slice wanted[MEMBERS_MAX][TOPICS_MAX];
    size_t member_count;
};

static int topic_compare(const void *a, const void *b)
{
    return slice_compare(((const struct assign_topic *)a)->name,
                         ((const struct assign_topic *)b)->name);
}

static void read_topics(struct story *story, char *text)
{
    for (char *item; (item = strsep(&text, ","));) {
        char *count = strchr(item, '=');
        assert_non_null(count);
        *count++ = 0;
        assert_true(story->topic_count < TOPICS_MAX);
        story->topics[story->topic_count].name = slice_text(item);
        story->topics[story->topic_count++].partition_count = (int32_t)strtol(count, NULL, 10);
    }
    qsort(story->topics, story->topic_count, sizeof(story->topics[0]), topic_compare);
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
        for (char *topic; (topic = strsep(&fields, ","));) {
            story->wanted[at][member->topic_count++] = slice_text(topic);
        }
        member->topics = story->wanted[at];
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
        assert_int_equal(assignor->assign(story.members, story.member_count, story.topics,
                                          story.topic_count, &arena),
                         KC_ERR_NONE);
        assert_int_equal(compare(&story, fields, &arena), story.member_count);
        arena_finish(&arena);
        lines++;
    }
    assert_int_equal(lines, 50);
    free(text);
}

TEST(strategies_are_found_by_both_names)
{
    assert_string_equal(
        assignor_find(slice_text("org.apache.kafka.clients.consumer.RangeAssignor"))->name,
        "range");
    assert_string_equal(assignor_find(slice_text("roundrobin"))->name, "roundrobin");
    assert_null(assignor_find(slice_text("cooperative-sticky")));
    assert_null(assignor_find(SLICE_NULL));
}

TEST(nobody_to_assign_to)
{
    struct assign_topic topic = { slice_text("t"), 3 };
    struct arena arena;
    arena_init(&arena, 0);
    assert_int_equal(assign_range(NULL, 0, &topic, 1, &arena), KC_ERR_NONE);
    assert_int_equal(assign_roundrobin(NULL, 0, &topic, 1, &arena), KC_ERR_NONE);
    arena_finish(&arena);
}
