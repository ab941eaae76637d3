/* producer-perf-test: payloads. */
#include "producer-perf-test/payload.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

TEST(random_letters_are_the_same_in_every_run)
{
    struct payload one = { 0 };
    struct payload two = { 0 };
    char first[100];
    payload_random(&one, 100);
    payload_random(&two, 100);
    struct kc_bytes a = payload_next(&one, 0);
    struct kc_bytes b = payload_next(&two, 0);
    assert_int_equal(a.size, 100);
    assert_memory_equal(a.data, b.data, 100);
    memcpy(first, a.data, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_true(first[i] >= 'A' && first[i] <= 'Z');
    }
    assert_memory_not_equal(payload_next(&one, 1).data, first, 100);
    payload_finish(&one);
    payload_finish(&two);
}

TEST(monotonic_counts)
{
    struct payload payload = { 0 };
    payload_monotonic(&payload);
    struct kc_bytes value = payload_next(&payload, 0);
    assert_int_equal(value.size, 1);
    assert_memory_equal(value.data, "0", 1);
    value = payload_next(&payload, INT64_MAX);
    assert_int_equal(value.size, 19);
    assert_memory_equal(value.data, "9223372036854775807", 19);
    payload_finish(&payload);
}

static void check_lines(const char *text, const char *delimiter, const char *const *wanted,
                        size_t count)
{
    struct payload payload = { 0 };
    payload_lines(&payload, strdup(text), strlen(text), delimiter);
    assert_int_equal(payload.line_count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(payload.lines[i].size, strlen(wanted[i]));
        assert_memory_equal(payload.lines[i].data, wanted[i], strlen(wanted[i]));
    }
    for (int i = 0; i < 20; i++) {
        size_t size = payload_next(&payload, i).size;
        assert_true(size <= strlen(text));
    }
    payload_finish(&payload);
}

TEST(lines_of_a_file)
{
    check_lines("one\ntwo\nthree\n", "\n", (const char *const[]){ "one", "two", "three" }, 3);
    check_lines("one\ntwo", "\n", (const char *const[]){ "one", "two" }, 2);
    check_lines("\none\n\n\ntwo\n\n", "\n", (const char *const[]){ "one", "", "", "two", "" }, 5);
    check_lines("one, two, , three, ", ", ", (const char *const[]){ "one", "two", "", "three" }, 4);
    check_lines("whole", "", (const char *const[]){ "whole" }, 1);
}
