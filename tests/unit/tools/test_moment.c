/* tools: times and durations. */
#include "consumer-groups/moment.h"
#include "support/test.h"

static void at(const char *text, int64_t wanted)
{
    int64_t ms = -77;
    char error[200] = "";
    assert_true(moment_parse(text, &ms, error, sizeof error));
    assert_true(ms == wanted);
}

static void bad(const char *text, const char *wanted)
{
    int64_t ms = -77;
    char error[200] = "";
    assert_false(moment_parse(text, &ms, error, sizeof error));
    assert_string_equal(error, wanted);
    assert_true(ms == -77);
}

TEST(moments)
{
    at("1970-01-01T00:00:00.000", 0);
    at("2024-01-01T00:00:00.000", INT64_C(1704067200000));
    at("2024-02-29T23:59:59.999", INT64_C(1709251199999));
    at("2024-01-01T01:30:00.000Z", INT64_C(1704072600000));
    at("2024-01-01T03:30:00.000+02:00", INT64_C(1704072600000));
    at("2024-01-01T03:30:00.000+0200", INT64_C(1704072600000));
    at("2023-12-31T23:30:00.000-02", INT64_C(1704072600000));
    at("1969-12-31T23:59:59.999", -1);
    at("2000-03-01T00:00:00.000", INT64_C(951868800000));
    at("2100-01-01T00:00:00.000", INT64_C(4102444800000));
}

TEST(malformed_moments)
{
    const char *no_t =
        "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format";
    bad("yesterday", no_t);
    bad("2024-01-01", no_t);
    bad("2024-01-01T01:30:00", "Unparseable date: \"2024-01-01T01:30:00Z\"");
    bad("2023-02-29T00:00:00.000", "Unparseable date: \"2023-02-29T00:00:00.000Z\"");
    bad("2024-13-01T00:00:00.000Z", "Unparseable date: \"2024-13-01T00:00:00.000Z\"");
    bad("2024-01-01T24:00:00.000Z", "Unparseable date: \"2024-01-01T24:00:00.000Z\"");
    bad("2024-01-01T00:00:00.000Zx", "Unparseable date: \"2024-01-01T00:00:00.000Zx\"");
    bad("2024-01-01T00:00:00.000+1", "Unparseable date: \"2024-01-01T00:00:00.000+1\"");
}

static void lasts(const char *text, int64_t wanted)
{
    int64_t ms = -77;
    assert_true(moment_parse_duration(text, &ms));
    assert_true(ms == wanted);
}

static void no_duration(const char *text)
{
    int64_t ms = -77;
    assert_false(moment_parse_duration(text, &ms));
    assert_true(ms == -77);
}

TEST(durations)
{
    lasts("PT1H", 3600000);
    lasts("P1D", 86400000);
    lasts("P9999D", INT64_C(863913600000));
    lasts("P2DT3H4M5.6S", INT64_C(183845600));
    lasts("PT0.001S", 1);
    lasts("PT-1H30M", -1800000);
    lasts("-PT1H", -3600000);
    lasts("pt15m", 900000);
    lasts("PT0S", 0);
}

TEST(malformed_durations)
{
    no_duration("1h");
    no_duration("");
    no_duration("P");
    no_duration("PT");
    no_duration("P1DT");
    no_duration("P1H");
    no_duration("PT1D");
    no_duration("PT1M1H");
    no_duration("PT1.5H");
    no_duration("PT1");
    no_duration("PT1Hx");
    no_duration("P99999999999999999999D");
}
