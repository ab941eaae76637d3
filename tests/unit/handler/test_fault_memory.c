/* tests: handler/fault when memory runs out: no half of a fault is left. */
#include "support/heap.h"
#include "support/test.h"

#include "handler/fault.h"

static enum kc_err add_and_remove(void *context)
{
    struct fault fault = { .topic = context, .chance = 1, .deed = FAULT_WATCH };
    struct fault_script script;
    int id = 0;
    fault_script_init(&script);
    enum kc_err err = fault_script_add(&script, &fault, &id);
    assert_int_equal(script.fault_count, err ? 0 : 1);
    assert_int_equal(list_is_empty(&script.faults), err != 0);
    if (!err) {
        assert_true(fault_script_remove(&script, id));
    }
    fault_script_finish(&script);
    return err;
}

TEST(a_fault_with_a_topic)
{
    char topic[] = "t";
    heap_each(add_and_remove, topic);
}
