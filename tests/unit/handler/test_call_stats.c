/* tests: what the calls of one API have come to. */
#include "handler/call_stats.h"

#include "support/test.h"
#include "wire/messages.h"

#include <stdlib.h>

TEST(calls_are_counted)
{
    struct call_stats *stats = call_stats_create(api_find(12));
    struct heartbeat_response response;
    message_defaults(&heartbeat_response_type, &response);
    call_stats_add(stats, 100, 2000, &response);
    response.error_code = KC_ERR_REBALANCE_IN_PROGRESS;
    call_stats_add(stats, 50, 4000, &response);
    call_stats_add(stats, 50, 6000, &response);
    call_stats_add(stats, 1, 0, NULL);
    assert_int_equal(stats->requests, 4);
    assert_int_equal(stats->bytes_in, 201);
    assert_int_equal(stats->latency_us.sum, 12000);
    assert_int_equal(stats->error_count, 1);
    assert_int_equal(stats->errors[0].code, KC_ERR_REBALANCE_IN_PROGRESS);
    assert_int_equal(call_stats_error_total(stats), 2);
    free(stats);
}

TEST(kinds_of_errors_are_bounded)
{
    struct call_stats *stats = call_stats_create(api_find(12));
    struct heartbeat_response response;
    message_defaults(&heartbeat_response_type, &response);
    for (int16_t code = 1; code <= 100; code++) {
        response.error_code = code;
        call_stats_add(stats, 1, 1, &response);
    }
    assert_int_equal(stats->error_count, CALL_STATS_ERRORS_MAX);
    assert_int_equal(stats->errors_other, 100 - CALL_STATS_ERRORS_MAX);
    assert_int_equal(call_stats_error_total(stats), 100);
    free(stats);
}
