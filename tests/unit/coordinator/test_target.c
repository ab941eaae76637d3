/* tests: server-side assignors against what Kafka 4.3's UniformAssignor and RangeAssignor answered.
 * A line of targets.tsv is an assignor, the partition counts of topics 0, 1, ..., and for each
 * member its id, instance id, topics, what it had, and what it is to have. "." is nothing. */
#include "coordinator/target.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMBERS_MAX = 16, TOPICS_MAX = 16, LINE_SIZE = 8192 };

struct scene {
    struct target_group group;
    struct target_member members[MEMBERS_MAX];
    struct target_topic topics[TOPICS_MAX];
    int32_t places[MEMBERS_MAX][TOPICS_MAX];
    struct holding before[MEMBERS_MAX];
    const char *expected[MEMBERS_MAX];
    const char *assignor;
};

static struct uuid topic_id(int32_t topic)
{
    struct uuid id = { { 0 } };
    id.bytes[15] = (uint8_t)(topic + 2);
    return id;
}

static void read_holding(const char *text, struct holding *holding)
{
    while (*text && *text != '.') {
        char *end;
        struct uuid id = topic_id((int32_t)strtol(text, &end, 10));
        int32_t partition = (int32_t)strtol(end + 1, &end, 10);
        assert_true(holding_add(holding, &id, partition, 0));
        text = *end == ',' ? end + 1 : end;
    }
    holding_sort(holding);
}

static int32_t read_numbers(const char *text, int32_t *numbers)
{
    int32_t count = 0;
    while (*text && *text != '.') {
        char *end;
        numbers[count++] = (int32_t)strtol(text, &end, 10);
        text = *end == ',' ? end + 1 : end;
    }
    return count;
}

static void read_member(struct scene *scene, char *text)
{
    int32_t m = scene->group.member_count++;
    struct target_member *member = &scene->members[m];
    char *rest = text;
    member->id = slice_text(strsep(&rest, " "));
    const char *instance = strsep(&rest, " ");
    member->instance_id = strcmp(instance, ".") == 0 ? SLICE_NULL : slice_text(instance);
    member->topics = scene->places[m];
    member->topic_count = read_numbers(strsep(&rest, " "), scene->places[m]);
    read_holding(strsep(&rest, " "), &scene->before[m]);
    member->before = &scene->before[m];
    scene->expected[m] = rest;
}

static void read_scene(char *line, struct scene *scene)
{
    int32_t counts[TOPICS_MAX];
    char *rest = line;
    line[strcspn(line, "\n")] = 0;
    *scene = (struct scene){ .assignor = strsep(&rest, "\t") };
    scene->group.topic_count = read_numbers(strsep(&rest, "\t"), counts);
    for (int32_t i = 0; i < scene->group.topic_count; i++) {
        scene->topics[i] = (struct target_topic){ topic_id(i), counts[i] };
    }
    scene->group.members = scene->members;
    scene->group.topics = scene->topics;
    while (rest) {
        read_member(scene, strsep(&rest, "\t"));
    }
}

TEST(targets_are_those_of_kafka)
{
    char line[LINE_SIZE];
    int count = 0;
    FILE *file = fopen(TARGETS_TSV, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        struct scene scene;
        count++;
        read_scene(line, &scene);
        assert_int_equal(target_find(slice_text(scene.assignor))(&scene.group), KC_ERR_NONE);
        for (int32_t m = 0; m < scene.group.member_count; m++) {
            struct holding expected = { 0 };
            read_holding(scene.expected[m], &expected);
            if (!holding_equal(&scene.members[m].after, &expected)) {
                fail_msg("targets.tsv:%d: member %d", count, m);
            }
            holding_finish(&expected);
            holding_finish(&scene.members[m].after);
            holding_finish(&scene.before[m]);
        }
    }
    (void)fclose(file);
    assert_true(count > 200);
}

TEST(an_unknown_assignor_is_none)
{
    assert_null(target_find(slice_text("sticky")));
}

TEST(a_group_without_topics_gets_nothing)
{
    struct holding nothing = { 0 };
    struct target_member member = { .id = slice_text("m"), .before = &nothing };
    struct target_group group = { .members = &member, .member_count = 1 };
    assert_int_equal(target_uniform(&group), KC_ERR_NONE);
    assert_int_equal(target_range(&group), KC_ERR_NONE);
    assert_int_equal(member.after.count, 0);
}
