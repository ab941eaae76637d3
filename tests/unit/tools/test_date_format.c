/* consumer-perf-test: times as SimpleDateFormat prints them (seen with Java 17, UTC). */
#include "consumer-perf-test/date_format.h"
#include "support/test.h"

#include <stdlib.h>
#include <time.h>

static void check(const char *zone, const char *pattern, int64_t time_ms, const char *wanted)
{
    struct text text = { 0 };
    char error[128] = "";
    setenv("TZ", zone, 1);
    tzset();
    assert_true(date_format_write(pattern, time_ms, &text, error, sizeof error));
    assert_string_equal(text_view(&text), wanted);
    text_finish(&text);
}

static void refuse(const char *pattern, const char *wanted)
{
    struct text text = { 0 };
    char error[128] = "";
    assert_false(date_format_write(pattern, 0, &text, error, sizeof error));
    assert_string_equal(error, wanted);
    text_finish(&text);
}

TEST(fields)
{
    const int64_t time_ms = 1795879382005; /* 2026-11-28 15:23:02.005 */
    check("UTC", "yyyy-MM-dd HH:mm:ss:SSS", time_ms, "2026-11-28 15:23:02:005");
    check("UTC", "yy/M/d H:m:s.S", time_ms, "26/11/28 15:23:2.5");
    check("UTC", "'at' EEE d MMM yyyy h:mm a", time_ms, "at Sat 28 Nov 2026 3:23 PM");
    check("UTC", "EEEE MMMM D", time_ms, "Saturday November 332");
    check("UTC", "kk KK hh", 0, "24 00 12");
    check("UTC", "''yyyy'o''clock'", 0, "'1970o'clock");
    check("UTC", "", 0, "");
}

TEST(zones)
{
    check("UTC",
          "Z X XX"
          "X z",
          0, "+0000 Z Z UTC");
    check("XYZ-05:30",
          "HH:mm Z X XX"
          " XX"
          "X z",
          0, "05:30 +0530 +05 +0530 +05:30 XYZ");
    check("ABC+03", "HH Z", 0, "21 -0300");
}

TEST(what_is_no_pattern)
{
    refuse("bbb", "Illegal pattern character 'b'");
    refuse("yyyy 'open", "Unterminated quote");
}
