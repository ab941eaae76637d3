/* tests: values as Kafka 4.3 described them when these were set. */
#include "controller/config_shown.h"

#include "support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(as_they_were_read)
{
    static const struct {
        enum config_kind kind;
        const char *given;
        const char *shown;
    } rows[] = {
        { CONFIG_INT, "+5", "5" },
        { CONFIG_LONG, " 00012 ", "12" },
        { CONFIG_LONG, "-9223372036854775808", "-9223372036854775808" },
        { CONFIG_DOUBLE, "1", "1.0" },
        { CONFIG_DOUBLE, "0.30", "0.3" },
        { CONFIG_DOUBLE, "1e-4", "1.0E-4" },
        { CONFIG_DOUBLE, "-0.0", "-0.0" },
        { CONFIG_DOUBLE, "0.001", "0.001" },
        { CONFIG_DOUBLE, "9999999999999999999", "1.0E19" },
        { CONFIG_DOUBLE, "2147483647", "2.147483647E9" },
        { CONFIG_DOUBLE, "1048575", "1048575.0" },
        { CONFIG_BOOLEAN, " TRUE ", "true" },
        { CONFIG_BOOLEAN, "False", "false" },
        { CONFIG_STRING, " gzip ", "gzip" },
        { CONFIG_LIST, " compact , delete ", "compact,delete" },
        { CONFIG_LIST, "a,a", "a" },
        { CONFIG_LIST, " ", "" },
    };
    struct arena arena;
    arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(config_shown(rows[i].kind, rows[i].given, &arena), rows[i].shown);
    }
    assert_null(config_shown(CONFIG_LONG, NULL, &arena));
    arena_finish(&arena);
}

TEST(numbers_that_are_none)
{
    char out[CONFIG_SHOWN_NUMBER_SIZE];
    config_shown_double(-HUGE_VAL, out);
    assert_string_equal(out, "-Infinity");
    config_shown_double(nan(""), out);
    assert_string_equal(out, "NaN");
    config_shown_double(123456.7, out);
    assert_string_equal(out, "123456.7");
}

/* Each word looked for among all before it would take minutes, and everybody else would wait. */
TEST(long_lists_take_no_square_of_steps)
{
    enum { WORDS = 300000, WORD = 8 };
    struct arena arena;
    char *list = malloc((size_t)WORDS * WORD * 2 + 1);
    assert_non_null(list);
    for (int i = 0; i < 2 * WORDS; i++) {
        (void)snprintf(list + (size_t)i * WORD, WORD + 1, "%07d,", i % WORDS);
    }
    arena_init(&arena, 1 << 26);
    const char *shown = config_shown(CONFIG_LIST, list, &arena);
    list[(size_t)WORDS * WORD - 1] = 0;
    assert_string_equal(shown, list);
    arena_finish(&arena);
    free(list);
}
