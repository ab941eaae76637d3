/* unit: topic patterns match whole names, and bad ones are explained. */
#include "consumer/topic_pattern.h"
#include "support/test.h"

TEST(whole_names_match)
{
    struct kc_error error = { 0 };
    struct topic_pattern *pattern = topic_pattern_create("^orders-(a|b)+", &error);
    assert_non_null(pattern);
    assert_true(topic_pattern_matches(pattern, slice_text("orders-abab")));
    assert_false(topic_pattern_matches(pattern, slice_text("orders-abc")));
    assert_false(topic_pattern_matches(pattern, slice_text("my-orders-a")));
    assert_false(topic_pattern_matches(pattern, slice_text("orders-\xff")));
    topic_pattern_destroy(pattern);
}

TEST(a_bad_one_is_explained)
{
    struct kc_error error = { 0 };
    assert_null(topic_pattern_create("orders-(", &error));
    assert_int_equal(error.code, KC_ERR_INVALID_REGULAR_EXPRESSION);
    assert_non_null(strstr(error.text, "orders-("));
    assert_non_null(strstr(error.text, "position 8"));
}

TEST(one_that_never_ends_does_not_match)
{
    struct kc_error error = { 0 };
    struct topic_pattern *pattern = topic_pattern_create("(a+)+(a+)+b", &error);
    assert_non_null(pattern);
    assert_false(
        topic_pattern_matches(pattern, slice_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac")));
    topic_pattern_destroy(pattern);
}
