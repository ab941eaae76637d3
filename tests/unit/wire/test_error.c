/* tests: wire/error: every code has a name and a sentence of its own. */
#include "support/test.h"
#include "wire/error.h"

#include <string.h>

static void check_code(int code)
{
    const char *text = kc_err_text((enum kc_err)code);
    const char *name = kc_err_name((enum kc_err)code);
    size_t size = strlen(text);

    assert_string_not_equal(name, "UNKNOWN");
    assert_true(size >= 8 && size < 120);
    assert_int_not_equal(text[size - 1], '.');
    for (int other = -1; other < code; other++) {
        assert_string_not_equal(text, kc_err_text((enum kc_err)other));
        assert_string_not_equal(name, kc_err_name((enum kc_err)other));
    }
}

TEST(every_code_of_kafka)
{
    assert_int_equal(error_table_first, -1);
    assert_int_equal(error_table_count, KC_ERR_SHARE_SESSION_LIMIT_REACHED + 2);
    for (int code = -1; code <= KC_ERR_SHARE_SESSION_LIMIT_REACHED; code++) {
        check_code(code);
    }
}

TEST(every_code_of_our_own)
{
    for (int code = KC_ERR_INVALID; code > KC_ERR_INVALID - (int)error_table_own_count; code--) {
        check_code(code);
    }
    assert_string_equal(kc_err_name(KC_ERR_INVALID), "INVALID");
    assert_string_equal(kc_err_name(KC_ERR_WAKEUP), "WAKEUP");
}

TEST(codes_outside_the_table)
{
    static const int codes[] = {
        KC_ERR_SHARE_SESSION_LIMIT_REACHED + 1, -2, -999, -2000, 32767, -2147483647 - 1, 2147483647
    };
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_string_equal(kc_err_name((enum kc_err)codes[i]), "UNKNOWN");
        assert_true(strlen(kc_err_text((enum kc_err)codes[i])) > 8);
        assert_false(kc_err_is_retriable((enum kc_err)codes[i]));
        assert_false(error_wants_metadata((enum kc_err)codes[i]));
    }
}

TEST(kinds)
{
    assert_true(kc_err_is_retriable(KC_ERR_NOT_LEADER_OR_FOLLOWER));
    assert_true(error_wants_metadata(KC_ERR_NOT_LEADER_OR_FOLLOWER));
    assert_true(kc_err_is_retriable(KC_ERR_COORDINATOR_LOAD_IN_PROGRESS));
    assert_false(error_wants_metadata(KC_ERR_COORDINATOR_LOAD_IN_PROGRESS));
    assert_false(kc_err_is_retriable(KC_ERR_TOPIC_AUTHORIZATION_FAILED));
    assert_false(kc_err_is_retriable(KC_ERR_NONE));
}
