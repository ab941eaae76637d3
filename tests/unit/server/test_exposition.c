/* tests: Prometheus' text format. */
#include "server/exposition.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

static void check_text(const struct bytes *out, const char *wanted)
{
    assert_int_equal(out->size, strlen(wanted));
    assert_memory_equal(out->data, wanted, out->size);
}

TEST(a_family_and_its_samples)
{
    struct bytes out;
    struct exposition page;
    bytes_init(&out, 1000);
    exposition_init(&page, &out);
    const struct exposition_label labels[] = { { "topic", slice_text("t") },
                                               { "partition", slice_text("0") } };
    exposition_family(&page, "x_bytes", "gauge", "Some bytes.");
    exposition_number(&page, NULL, 0, INT64_MIN);
    exposition_number(&page, labels, 2, 7);
    exposition_real(&page, labels, 1, 0.25);
    assert_false(page.is_failed);
    check_text(&out, "# HELP x_bytes Some bytes.\n# TYPE x_bytes gauge\n"
                     "x_bytes -9223372036854775808\n"
                     "x_bytes{topic=\"t\",partition=\"0\"} 7\n"
                     "x_bytes{topic=\"t\"} 0.25\n");
    bytes_finish(&out);
}

static void check_label(struct slice value, const char *wanted)
{
    struct bytes out;
    struct exposition page;
    char line[200];
    bytes_init(&out, 1000);
    exposition_init(&page, &out);
    const struct exposition_label label = { "l", value };
    page.family = "x";
    exposition_number(&page, &label, 1, 1);
    (void)snprintf(line, sizeof(line), "x{l=\"%s\"} 1\n", wanted);
    check_text(&out, line);
    bytes_finish(&out);
}

/* A group's name is its client's: it may hold any bytes, and must not forge a line. */
TEST(labels_are_escaped)
{
    check_label(slice_text("a\"b\\c\nd 1"), "a\\\"b\\\\c\\nd 1");
    check_label(slice_text("gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80"),
                "gr\xc3\xbc\xc3\x9f\xe2\x82\xac\xf0\x9f\x98\x80");
    check_label(slice_text("\xff\xc3 \xe2\x82"), "?? ??");
    check_label(slice_text("\xc0\xaf"), "??");
    check_label(SLICE_NULL, "");
}

TEST(a_histogram_in_seconds)
{
    struct bytes out;
    struct exposition page;
    struct histogram micros = { 0 };
    bytes_init(&out, 10000);
    exposition_init(&page, &out);
    histogram_record(&micros, 63);
    histogram_record(&micros, 64);
    histogram_record(&micros, 2000000);
    histogram_record(&micros, 100000000);
    exposition_family(&page, "x_seconds", "histogram", "Time.");
    exposition_histogram(&page, NULL, 0, &micros);
    assert_true(bytes_append(&out, "", 1));
    const char *text = (const char *)out.data;
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"6.4e-05\"} 1\n"));
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"0.000128\"} 2\n"));
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"1.048576\"} 2\n"));
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"2.097152\"} 3\n"));
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"33.554432\"} 3\n"));
    assert_non_null(strstr(text, "x_seconds_bucket{le=\"+Inf\"} 4\n"
                                 "x_seconds_sum 102.000127\nx_seconds_count 4\n"));
    bytes_finish(&out);
}

TEST(a_full_page_is_failed_for_good)
{
    struct bytes out;
    struct exposition page;
    bytes_init(&out, 10);
    exposition_init(&page, &out);
    exposition_family(&page, "x_total", "counter", "Too long for it.");
    assert_true(page.is_failed);
    size_t size = out.size;
    exposition_number(&page, NULL, 0, 1);
    assert_int_equal(out.size, size);
    bytes_finish(&out);
}
