/* unit: durations, as Java's Duration.parse takes them. */
#include "client/duration.h"

#include "base/attr.h"
#include "support/test.h"

TEST(what_java_takes)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = { { "P1D", 86400000 },
                  { "PT15M", 900000 },
                  { "PT10H", 36000000 },
                  { "P2DT3H4M", 183840000 },
                  { "PT20.345S", 20345 },
                  { "pt0.0005s", 0 },
                  { "PT1,5S", 1500 },
                  { "PT0S", 0 },
                  { "P106751991167D", INT64_C(9223372036828800000) } };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t ms = -1;
        assert_true(duration_parse(slice_text(cases[i].text), &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

TEST(what_it_refuses)
{
    static const char *const cases[] = { "",
                                         "P",
                                         "PT",
                                         "P1",
                                         "1D",
                                         "P1H",
                                         "PT1D",
                                         "PT1M1H",
                                         "P1.5D",
                                         "PT1.H",
                                         "P1DT",
                                         "PT1H1H",
                                         "-P1D",
                                         "P-1D",
                                         "PTS",
                                         "P1Y",
                                         "PT1S x",
                                         "PT.5S",
                                         "P99999999999999999999D" };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        int64_t ms = -1;
        if (duration_parse(slice_text(cases[i]), &ms)) {
            fail_msg("'%s' was taken", cases[i]);
        }
        assert_int_equal(ms, -1);
    }
}
