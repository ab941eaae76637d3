/* tests: trace. */
#include "base/trace.h"
#include "support/test.h"

#include <string.h>

struct heard {
    int count;
    enum trace_level level;
    char room[16];
    char text[2048];
};

static void hear(void *context, enum trace_level level, const char *room, const char *text)
{
    struct heard *heard = context;

    heard->count++;
    heard->level = level;
    assert_true(strlen(room) < sizeof(heard->room) && strlen(text) < sizeof(heard->text));
    memcpy(heard->room, room, strlen(room) + 1);
    memcpy(heard->text, text, strlen(text) + 1);
}

TEST(formats_and_filters)
{
    struct heard heard = { 0 };
    struct trace trace = { hear, &heard, TRACE_INFO };

    trace_log(&trace, TRACE_INFO, "net", "port %d", 9092);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.level, TRACE_INFO);
    assert_string_equal(heard.room, "net");
    assert_string_equal(heard.text, "port 9092");
    trace_log(&trace, TRACE_DEBUG, "net", "quiet");
    assert_int_equal(heard.count, 1);
}

TEST(drops_without_callback)
{
    struct trace trace = { NULL, NULL, TRACE_DEBUG };

    trace_log(NULL, TRACE_ERROR, "net", "nobody");
    trace_log(&trace, TRACE_ERROR, "net", "nobody");
    assert_false(trace_wants(NULL, TRACE_ERROR));
}

TEST(takes_control_characters_out)
{
    struct heard heard = { 0 };
    struct trace trace = { hear, &heard, TRACE_DEBUG };

    trace_log(&trace, TRACE_WARN, "net", "%s",
              "a\nb\x1b[2Jc\x7f\td\xc2\x9b"
              "e\xc3\xa4");
    assert_string_equal(heard.text, "a?b?[2Jc??d??e\xc3\xa4");
}

TEST(cuts_long_lines)
{
    struct heard heard = { 0 };
    struct trace trace = { hear, &heard, TRACE_DEBUG };
    char text[1500];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    trace_log(&trace, TRACE_WARN, "net", "%s", text);
    assert_int_equal(strlen(heard.text), 1023);
    assert_string_equal(heard.text + 1020, "...");
    text[1023] = 0;
    trace_log(&trace, TRACE_WARN, "net", "%s", text);
    assert_string_equal(heard.text, text);
}
