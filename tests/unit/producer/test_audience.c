/* tests: callbacks and contexts of a bundle's records, in the small forms and the mixed one. */
#include "producer/audience.h"
#include "support/test.h"

static void one(void *context, const struct kc_delivery *delivery)
{
}

static void two(void *context, const struct kc_delivery *delivery)
{
}

static void add(struct audience *audience, size_t index, kc_delivery_callback *callback,
                void *context)
{
    if (!audience_is_same(audience, callback, context)) {
        assert_true(audience_reserve(audience, index, callback, context));
        audience_add(audience, index, callback, context);
    }
}

TEST(one_callback_without_contexts_takes_no_memory)
{
    struct audience audience = { 0 };
    for (size_t i = 0; i < 1000; i++) {
        add(&audience, i, one, NULL);
    }
    assert_null(audience.contexts);
    assert_null(audience.callbacks);
    assert_ptr_equal(audience_callback(&audience, 999), one);
    assert_null(audience_context(&audience, 999));
    audience_finish(&audience);
}

TEST(one_callback_with_one_context_takes_no_memory)
{
    struct audience audience = { 0 };
    int mark = 0;
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(audience_is_same(&audience, one, &mark), i > 0);
        add(&audience, i, one, &mark);
    }
    assert_null(audience.contexts);
    assert_ptr_equal(audience_callback(&audience, 999), one);
    assert_ptr_equal(audience_context(&audience, 999), &mark);
    audience_clear(&audience);
    assert_false(audience_is_same(&audience, one, &mark));
    audience_finish(&audience);
}

TEST(those_before_the_first_other_one_keep_theirs)
{
    kc_delivery_callback *const callbacks[] = { one, two, NULL };
    int marks[2];
    for (size_t other = 0; other < 6; other++) {
        struct audience audience = { 0 };
        kc_delivery_callback *callback = callbacks[other % 3];
        void *context = other < 3 ? NULL : &marks[1];
        for (size_t i = 0; i < 200; i++) {
            add(&audience, i, i == 100 ? callback : one, i == 100 ? context : &marks[0]);
        }
        for (size_t i = 0; i < 200; i++) {
            assert_ptr_equal(audience_callback(&audience, i), i == 100 ? callback : one);
            assert_ptr_equal(audience_context(&audience, i), i == 100 ? context : &marks[0]);
        }
        audience_finish(&audience);
    }
}

/* Who gets batches gets an array. */
TEST(contexts_without_a_callback_are_kept_one_by_one)
{
    struct audience audience = { 0 };
    int mark = 0;
    for (size_t i = 0; i < 100; i++) {
        add(&audience, i, NULL, &mark);
    }
    assert_int_equal(audience.count, 100);
    assert_ptr_equal(audience.contexts[99], &mark);
    audience_finish(&audience);
}

TEST(contexts_may_begin_late_and_be_absent)
{
    struct audience audience = { 0 };
    int marks[300];
    for (size_t i = 0; i < 300; i++) {
        add(&audience, i, one, i >= 100 && i % 2 == 0 ? &marks[i] : NULL);
    }
    for (size_t i = 0; i < 300; i++) {
        assert_ptr_equal(audience_context(&audience, i), i >= 100 && i % 2 == 0 ? &marks[i] : NULL);
        assert_ptr_equal(audience_callback(&audience, i), one);
    }
    audience_finish(&audience);
}

TEST(callbacks_may_differ)
{
    struct audience audience = { 0 };
    kc_delivery_callback *const all[] = { NULL, one, two };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < 300; i++) {
            add(&audience, i, i < 150 ? NULL : all[i % 3], &audience);
        }
        for (size_t i = 0; i < 300; i++) {
            assert_ptr_equal(audience_callback(&audience, i), i < 150 ? NULL : all[i % 3]);
            assert_ptr_equal(audience_context(&audience, i), &audience);
        }
        audience_clear(&audience);
        assert_null(audience_context(&audience, 0));
        assert_null(audience_callback(&audience, 200));
    }
    audience_finish(&audience);
}
