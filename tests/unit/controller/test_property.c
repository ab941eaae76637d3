/* tests: the table of properties. */
#include "controller/property.h"

#include "controller/property_foreign.h"
#include "support/test.h"

#include <string.h>

TEST(the_table_is_sorted_and_knows_itself)
{
    size_t position = 0;
    const char *name;
    for (size_t i = 0; i < property_count; i++) {
        const struct property *row = &property_table[i];
        assert_true(i == 0 || strcmp(property_table[i - 1].name, row->name) < 0);
        assert_ptr_equal(property_find(slice_text(row->name)), row);
        assert_string_equal(property_nearest(slice_text(row->name)), row->name);
        assert_false(property_foreign_is_ignored(slice_text(row->name)));
        assert_false(property_foreign_is_refused(slice_text(row->name)));
    }
    while ((name = property_foreign_next(&position))) {
        assert_true(property_foreign_is_ignored(slice_text(name)) !=
                    property_foreign_is_refused(slice_text(name)));
    }
    /* Of both kinds together: a name that is served now is foreign no more. */
    assert_true(property_count + position >= 275);
}

TEST(kinds_of_foreign_names)
{
    assert_int_equal(property_find(slice_text("num.io.threads"))->role, PROPERTY_IDLE);
    assert_int_equal(property_find(slice_text("ssl.keystore.location"))->role, PROPERTY_REFUSED);
    assert_int_equal(property_find(slice_text("sasl.enabled.mechanisms"))->role, PROPERTY_REFUSED);
    assert_null(property_find(slice_text("sasl")));
    assert_null(property_find(SLICE_EMPTY));
    assert_null(property_find(slice_text("log.cleaner.threadz")));
}

TEST(what_sets_the_same_thing)
{
    assert_string_equal(property_synonym("log.retention.hours", 0), "log.retention.ms");
    assert_string_equal(property_synonym("log.retention.ms", 2), "log.retention.hours");
    assert_null(property_synonym("log.retention.ms", 3));
    assert_string_equal(property_synonym("log.roll.ms", 1), "log.roll.hours");
    assert_string_equal(property_synonym("node.id", 0), "node.id");
    assert_null(property_synonym("node.id", 1));
}

TEST(defaults_fit_their_own_rules)
{
    char text[CONFIG_TEXT_SIZE];
    for (size_t i = 0; i < property_count; i++) {
        const struct property *row = &property_table[i];
        if (row->default_value) {
            assert_int_equal(property_check(row, slice_text(row->default_value), text), 0);
        }
    }
}

/* Kafka's words, which its rules for single values do not have. */
TEST(what_is_required_of_all_together)
{
    static const struct {
        const char *name;
        const char *value;
        const char *text; /* NULL: good */
    } rows[] = {
        { "log.roll.jitter.ms", "-1",
          "requirement failed: log.roll.jitter.ms must be greater than or equal to 0" },
        { "log.roll.jitter.ms", "0", NULL },
        { "log.roll.jitter.ms", "x",
          "Invalid value x for configuration log.roll.jitter.ms: Not a number of type LONG" },
        { "log.roll.ms", " 0 ",
          "requirement failed: log.roll.ms must be greater than or equal to 1" },
        { "log.roll.ms", "1", NULL },
        { "log.roll.ms", "9223372036854775807", NULL },
        { "log.retention.ms", "0",
          "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal "
          "to 1" },
        { "log.retention.ms", "-1", NULL },
        { "log.retention.ms", "1", NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[CONFIG_TEXT_SIZE] = "";
        const struct property *row = property_find(slice_text(rows[i].name));
        enum kc_err err = property_check(row, slice_text(rows[i].value), text);
        assert_int_equal(err, rows[i].text ? KC_ERR_INVALID_CONFIG : KC_ERR_NONE);
        assert_string_equal(text, rows[i].text ? rows[i].text : "");
    }
}

TEST(nearest)
{
    assert_string_equal(property_nearest(slice_text("listener")), "listeners");
    assert_string_equal(property_nearest(slice_text("log.dirss")), "log.dirs");
    assert_string_equal(property_nearest(slice_text("auto.create.topic.enable")),
                        "auto.create.topics.enable");
    assert_string_equal(property_nearest(slice_text("log.cleaner.threadz")), "log.cleaner.threads");
    assert_null(property_nearest(slice_text("x")));
    assert_null(property_nearest(slice_text("something.else.entirely")));
    assert_null(property_nearest(slice_text("")));
}
