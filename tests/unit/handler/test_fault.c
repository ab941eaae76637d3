/* tests: handler/fault: which requests a script meets, and what it plans for them. */
#include "support/test.h"

#include "handler/fault.h"

#include <string.h>

static bool names(void *context, const char *topic, struct refusal_topic *ret_topic)
{
    ret_topic->name = slice_text(topic);
    return strcmp(context, topic) == 0;
}

static bool meet(struct fault_script *script, int16_t api_key, const char *topic,
                 struct fault_plan *ret_plan)
{
    struct fault_request request = { .api_key = api_key,
                                     .names = names,
                                     .context = (void *)(uintptr_t)topic };
    return fault_script_meet(script, &request, ret_plan);
}

static int add(struct fault_script *script, struct fault fault)
{
    int id = 0;
    fault.chance = fault.chance > 0 ? fault.chance : 1;
    assert_int_equal(fault_script_add(script, &fault, &id), 0);
    assert_true(id > 0);
    return id;
}

TEST(meets_by_api_and_topic)
{
    struct fault_script script;
    struct fault_plan plan;
    fault_script_init(&script);
    assert_false(meet(&script, 0, "t", &plan));
    (void)add(&script, (struct fault){ .api_key = 0,
                                       .topic = (char[]){ "t" },
                                       .deed = FAULT_ERROR,
                                       .value = 6,
                                       .is_after = true });
    assert_false(meet(&script, 1, "t", &plan));
    assert_false(meet(&script, 0, "other", &plan));
    assert_true(meet(&script, 0, "t", &plan));
    assert_int_equal(plan.errors[0], 0);
    assert_int_equal(plan.errors[1], 6);
    assert_true(slice_is(plan.topics[1].name, "t"));
    assert_int_equal(plan.cut_bytes, -1);
    assert_int_equal(plan.throttle_ms, -1);
    fault_script_finish(&script);
}

TEST(skips_then_counts_then_rests)
{
    struct fault_script script;
    struct fault_plan plan;
    fault_script_init(&script);
    (void)add(
        &script,
        (struct fault){
            .api_key = FAULT_ANY_API, .skip = 2, .count = 3, .deed = FAULT_DELAY, .value = 7 });
    for (int i = 0; i < 10; i++) {
        assert_int_equal(meet(&script, (int16_t)i, "t", &plan), i >= 2 && i < 5);
    }
    fault_script_finish(&script);
}

TEST(chance_repeats_under_its_seed)
{
    bool first[200];
    int met = 0;
    for (int round = 0; round < 2; round++) {
        struct fault_script script;
        struct fault_plan plan;
        fault_script_init(&script);
        (void)add(
            &script,
            (struct fault){ .api_key = 0, .chance = 0.25, .seed = 42, .deed = FAULT_DROP_REPLY });
        for (int i = 0; i < 200; i++) {
            bool is_met = meet(&script, 0, "t", &plan);
            assert_true(round == 0 || is_met == first[i]);
            first[i] = is_met;
            met += is_met;
        }
        fault_script_finish(&script);
    }
    assert_in_range(met, 2 * 25, 2 * 75);
}

TEST(deeds_add_up_and_the_later_of_two_alike_counts)
{
    struct fault_script script;
    struct fault_plan plan;
    fault_script_init(&script);
    (void)add(&script, (struct fault){ .deed = FAULT_THROTTLE, .value = 10 });
    (void)add(&script, (struct fault){ .deed = FAULT_THROTTLE, .value = 20 });
    (void)add(&script, (struct fault){ .deed = FAULT_CUT_REPLY, .value = 5 });
    (void)add(&script, (struct fault){ .deed = FAULT_CLOSE });
    int hold = add(&script, (struct fault){ .deed = FAULT_HOLD, .is_after = true });
    assert_true(meet(&script, 0, "t", &plan));
    assert_int_equal(plan.throttle_ms, 20);
    assert_int_equal(plan.cut_bytes, 5);
    assert_true(plan.closes[0] && !plan.closes[1]);
    assert_int_equal(plan.holds[0], 0);
    assert_int_equal(plan.holds[1], hold);
    fault_script_finish(&script);
}

static void told(void *context, int id, uint32_t hits)
{
    uint32_t *counts = context;
    counts[id] = hits;
}

TEST(tells_of_hits_and_forgets_what_is_removed)
{
    struct fault_script script;
    struct fault_plan plan;
    uint32_t counts[3] = { 0 };
    fault_script_init(&script);
    script.told = told;
    script.context = counts;
    int watch = add(&script, (struct fault){ .deed = FAULT_WATCH });
    assert_true(meet(&script, 0, "t", &plan));
    assert_true(meet(&script, 0, "t", &plan));
    assert_int_equal(counts[watch], 2);
    assert_true(fault_script_remove(&script, watch));
    assert_false(fault_script_remove(&script, watch));
    assert_false(meet(&script, 0, "t", &plan));
    fault_script_finish(&script);
}

TEST(is_bounded)
{
    struct fault_script script;
    struct fault fault = { .chance = 1 };
    int id;
    fault_script_init(&script);
    for (int i = 0; i < FAULT_COUNT_MAX; i++) {
        assert_int_equal(fault_script_add(&script, &fault, &id), 0);
    }
    assert_int_equal(fault_script_add(&script, &fault, &id), KC_ERR_QUEUE_FULL);
    fault_script_finish(&script);
}
