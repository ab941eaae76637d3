/* tools: the table of --print-metrics. */
#include "common/metrics.h"
#include "support/test.h"

#include <math.h>

TEST(names_are_padded_to_the_longest)
{
    struct text text = { 0 };
    const struct metrics_row rows[] = { { "a:b:{c=d}", 1.0 / 3 },
                                        { "producer-metrics:x:{client-id=y}", NAN } };
    metrics_write(rows, 2, &text);
    assert_string_equal(text_view(&text), "\nMetric Name                        Value\n"
                                          "a:b:{c=d}                        : 0.333\n"
                                          "producer-metrics:x:{client-id=y} : NaN\n");
    text_finish(&text);
}
