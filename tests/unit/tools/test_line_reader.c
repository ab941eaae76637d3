/* tools: lines out of a stream, in bounded memory. */
#include "console-producer/line_reader.h"
#include "support/test.h"

#include <errno.h>
#include <string.h>

struct feed {
    const char *data;
    size_t size;
    size_t step;      /* bytes a read gives at most */
    uint64_t endless; /* so many 'x' after the data */
    bool fails;
};

static int64_t feed_read(void *context, void *buffer, size_t size)
{
    struct feed *feed = context;
    size_t limit = feed->step < size ? feed->step : size;
    if (feed->size > 0) {
        size_t part = feed->size < limit ? feed->size : limit;
        memcpy(buffer, feed->data, part);
        feed->data += part;
        feed->size -= part;
        return (int64_t)part;
    }
    if (feed->fails) {
        errno = EIO;
        return -1;
    }
    size_t part = feed->endless < limit ? (size_t)feed->endless : limit;
    memset(buffer, 'x', part);
    feed->endless -= part;
    return (int64_t)part;
}

static void expect(struct line_reader *reader, const char *wanted, size_t size)
{
    const char *line = NULL;
    size_t got = 0;
    assert_int_equal(line_reader_next(reader, &line, &got), LINE_READER_LINE);
    assert_int_equal(got, size);
    assert_memory_equal(line, wanted, size);
}

static enum line_reader_result next(struct line_reader *reader)
{
    const char *line = NULL;
    size_t size = 0;
    return line_reader_next(reader, &line, &size);
}

TEST(lines_whatever_the_reads)
{
    static const char data[] = "one\n\ntwo\r\nbin\0\xff\n\r\na\rb\nlast";
    for (size_t step = 1; step < sizeof data; step++) {
        struct feed feed = { data, sizeof data - 1, step, 0, false };
        struct line_reader reader;
        line_reader_init(&reader, feed_read, &feed, 100);
        expect(&reader, "one", 3);
        expect(&reader, "", 0);
        expect(&reader, "two", 3);
        expect(&reader, "bin\0\xff", 5);
        expect(&reader, "", 0);
        expect(&reader, "a\rb", 3);
        assert_int_equal(reader.number, 6);
        expect(&reader, "last", 4);
        assert_int_equal(next(&reader), LINE_READER_END);
        assert_int_equal(next(&reader), LINE_READER_END);
        line_reader_finish(&reader);
    }
}

TEST(nothing)
{
    struct feed feed = { "", 0, 10, 0, false };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, 100);
    assert_int_equal(next(&reader), LINE_READER_END);
    line_reader_finish(&reader);
}

TEST(line_as_long_as_allowed)
{
    struct feed feed = { "abcd\nabcde\nabcd\r\nz", 18, 7, 0, false };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, 4);
    expect(&reader, "abcd", 4);
    assert_int_equal(next(&reader), LINE_READER_TOO_LONG);
    assert_int_equal(reader.number, 2);
    assert_int_equal(reader.line_size, 5);
    expect(&reader, "abcd", 4);
    expect(&reader, "z", 1);
    line_reader_finish(&reader);
}

TEST(endless_line_stays_bounded)
{
    enum { LIMIT = 1048576 };
    struct feed feed = { "a\n", 2, 100000, 100u * 1024 * 1024, false };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, LIMIT);
    expect(&reader, "a", 1);
    assert_int_equal(next(&reader), LINE_READER_TOO_LONG);
    assert_int_equal(reader.number, 2);
    assert_true(reader.line_size == 100u * 1024 * 1024);
    assert_true(reader.capacity <= LIMIT + 3);
    assert_int_equal(next(&reader), LINE_READER_END);
    line_reader_finish(&reader);
}

TEST(long_line_then_others)
{
    char data[600001];
    memset(data, 'y', sizeof data);
    data[500000] = '\n';
    memcpy(data + 500001, "next\n", 5);
    struct feed feed = { data, 500006, 4096, 0, false };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, 1000);
    assert_int_equal(next(&reader), LINE_READER_TOO_LONG);
    assert_true(reader.line_size == 500000);
    expect(&reader, "next", 4);
    line_reader_finish(&reader);
}

TEST(large_line_grows_the_buffer)
{
    char data[700001];
    memset(data, 'y', sizeof data);
    data[700000] = '\n';
    struct feed feed = { data, sizeof data, 65536, 0, false };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, 1048576);
    expect(&reader, data, 700000);
    line_reader_finish(&reader);
}

TEST(failing_input)
{
    struct feed feed = { "a\nb", 3, 10, 0, true };
    struct line_reader reader;
    line_reader_init(&reader, feed_read, &feed, 100);
    expect(&reader, "a", 1);
    assert_int_equal(next(&reader), LINE_READER_FAILED);
    assert_int_equal(errno, EIO);
    line_reader_finish(&reader);
}
