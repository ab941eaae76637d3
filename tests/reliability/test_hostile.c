/* reliability: brokers whose frames lie (S01, S03, S04, S34): a typed error or a way around it, in
 * time, with little memory. */
#include "hostage.h"

#include "base/attr.h"
#include "support/test.h"

#include <stdio.h>

enum { PEAK_MIB_MAX = 256 };

/* ---- frames ---- */

static void bend_length(struct bytes *frame, const struct imposter_lie *lie)
{
    store_u32(frame->data, (uint32_t)lie->value);
}

static void bend_correlation(struct bytes *frame, const struct imposter_lie *lie)
{
    store_u32(frame->data + 4, load_u32(frame->data + 4) + (uint32_t)lie->value);
}

/* Only so many bytes, and the length says so. */
static void bend_cut(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = MIN_OF(frame->size, 4 + (size_t)lie->value);
    store_u32(frame->data, (uint32_t)frame->size - 4);
}

static void bend_trailing(struct bytes *frame, const struct imposter_lie *lie)
{
    static const uint8_t more[1000] = { 1, 2, 3 };
    imposter_need(bytes_append(frame, more, (size_t)lie->value), "memory");
    store_u32(frame->data, (uint32_t)frame->size - 4);
}

static void bend_text(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = 0;
    imposter_need(bytes_append(frame, "HTTP/1.1 400 Bad Request\r\n\r\n", 28), "memory");
}

static void bend_silence(struct bytes *frame, const struct imposter_lie *lie)
{
    frame->size = 0;
}

/* The answer, and another that nobody asked for. */
static void bend_twice(struct bytes *frame, const struct imposter_lie *lie)
{
    size_t size = frame->size;
    imposter_need(bytes_reserve(frame, size), "memory");
    imposter_need(bytes_append(frame, frame->data, size), "memory");
}

static const int16_t apis[] = { API_API_VERSIONS,     API_METADATA,
                                API_FIND_COORDINATOR, API_JOIN_GROUP,
                                API_SYNC_GROUP,       API_HEARTBEAT,
                                API_OFFSET_FETCH,     API_FETCH,
                                API_LIST_OFFSETS,     API_CONSUMER_GROUP_HEARTBEAT };

/* The lie in each API's answers, `count` times (0: for ever). */
static void everywhere(const char *name, void (*bend)(struct bytes *, const struct imposter_lie *),
                       int64_t value, unsigned count, enum hostage_end end)
{
    char texts[ARRAY_COUNT(apis)][96];
    struct hostage_case cases[ARRAY_COUNT(apis)];
    size_t some = 0;
    for (size_t i = 0; i < ARRAY_COUNT(apis); i++) {
        if (apis[i] == API_HEARTBEAT && count == 0) {
            continue; /* what was read by then is right, and nothing has to fail */
        }
        (void)snprintf(texts[i], sizeof(texts[i]), "%s (%lld) of %s", name, (long long)value,
                       api_find(apis[i])->name);
        cases[some++] = (struct hostage_case){
            .name = texts[i],
            .lie = { .api_key = apis[i], .count = count, .bend = bend, .value = value },
            .end = apis[i] == API_HEARTBEAT ? HOSTAGE_READS : end,
            .protocol = apis[i] == API_CONSUMER_GROUP_HEARTBEAT ? "consumer" : "classic"
        };
    }
    hostage_run(cases, some);
}

TEST(a_length_that_lies_once_is_survived)
{
    everywhere("length", bend_length, 0x7fffffff, 1, HOSTAGE_READS);
    everywhere("length", bend_length, -1, 1, HOSTAGE_READS);
    everywhere("length", bend_length, 0, 1, HOSTAGE_READS);
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}

TEST(a_length_that_always_lies_is_told)
{
    everywhere("length", bend_length, 0x7fffffff, 0, HOSTAGE_TELLS_ANY);
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}

/* S03: 200 MB announced, a few bytes sent. */
TEST(a_body_that_never_comes_takes_no_memory)
{
    everywhere("announced length", bend_length, 200000000, 1, HOSTAGE_READS);
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}

TEST(a_cut_answer_is_survived)
{
    everywhere("cut answer", bend_cut, 4, 1, HOSTAGE_READS);
    everywhere("cut answer", bend_cut, 5, 1, HOSTAGE_READS);
    everywhere("cut answer", bend_cut, 9, 1, HOSTAGE_READS);
}

TEST(an_answer_that_is_always_cut_is_told)
{
    everywhere("cut answer", bend_cut, 9, 0, HOSTAGE_TELLS_ANY);
}

TEST(a_wrong_correlation_id_ends_the_connection)
{
    everywhere("correlation id", bend_correlation, 1, 1, HOSTAGE_READS);
    everywhere("correlation id", bend_correlation, -1, 1, HOSTAGE_READS);
    everywhere("correlation id", bend_correlation, 7, 0, HOSTAGE_TELLS_ANY);
}

TEST(an_answer_to_nothing_ends_the_connection)
{
    everywhere("second answer", bend_twice, 0, 1, HOSTAGE_READS);
}

TEST(other_protocols_are_told)
{
    everywhere("HTTP", bend_text, 0, 1, HOSTAGE_READS);
    everywhere("HTTP", bend_text, 0, 0, HOSTAGE_TELLS_ANY);
}

TEST(silence_is_survived)
{
    everywhere("silence", bend_silence, 0, 1, HOSTAGE_READS);
}

/* As Java reads it: what follows a body is left alone. */
TEST(bytes_behind_a_body_are_left_alone)
{
    everywhere("trailing bytes", bend_trailing, 1, 0, HOSTAGE_READS);
    everywhere("trailing bytes", bend_trailing, 1000, 0, HOSTAGE_READS);
}
