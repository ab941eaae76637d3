/* tests: frames whose pieces lie partly in files, through a socket whose other end reads late. */
#include "net/outgoing.h"

#include "support/stage.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FILE_SIZE = 3 << 20, HEAD_SIZE = 11, TAIL_SIZE = 7, SKIPPED = 1000 };

struct way {
    struct stage stage;
    struct stream *stream;
    struct outgoing outgoing;
    FILE *file;
    int peer;
    uint8_t *expected;
    uint8_t *got;
    size_t got_size;
    size_t wanted;
    bool is_done;
    bool is_ended;
    enum kc_err err;
};

static void on_open(void *context)
{
    (void)context;
}

static void on_space(void *context, uint8_t **ret_data, size_t *ret_size)
{
    struct way *way = context;
    *ret_data = loop_scratch(way->stage.loop);
    *ret_size = LOOP_SCRATCH_SIZE;
}

static void on_read(void *context, size_t size)
{
    (void)context;
    (void)size;
    fail_msg("nothing was said");
}

static void on_end(void *context, enum kc_err err, const char *text)
{
    (void)text;
    struct way *way = context;
    way->is_ended = true;
    assert_int_not_equal(err, 0);
}

static const struct stream_handler way_calls = { on_open, on_space, on_read, on_end };

static void on_done(struct stream_write *write, enum kc_err err)
{
    struct way *way = CONTAINER_OF(write, struct way, outgoing.write);
    assert_false(way->is_done);
    way->is_done = true;
    way->err = err;
}

static void way_open(struct way *way)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int small = 65536;
    int rc = UV_EAGAIN;
    *way = (struct way){ 0 };
    stage_init(&way->stage);
    int listening = tcp_listen((struct sockaddr *)&address, 1);
    assert_true(listening >= 0);
    address.sin_port = htons(tcp_listen_port(listening));
    way->peer = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(way->peer, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    assert_int_equal(connect(way->peer, (struct sockaddr *)&address, sizeof(address)), 0);
    while (!way->stream && rc == UV_EAGAIN) {
        way->stream = tcp_accept(way->stage.loop, listening, &rc);
    }
    assert_non_null(way->stream);
    tcp_listen_close(listening);
    stream_listen(way->stream, &way_calls, way);
    outgoing_init(&way->outgoing, 1 << 20);
    way->outgoing.write.done = on_done;
    way->file = tmpfile();
    way->expected = malloc(2 * FILE_SIZE);
    way->got = malloc(2 * FILE_SIZE);
    for (size_t i = 0; i < FILE_SIZE; i++) {
        way->expected[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(fwrite(way->expected, 1, FILE_SIZE, way->file), FILE_SIZE);
    assert_int_equal(fflush(way->file), 0);
}

static void way_close(struct way *way)
{
    stream_destroy(way->stream, true);
    outgoing_finish(&way->outgoing);
    (void)close(way->peer);
    (void)fclose(way->file);
    free(way->expected);
    free(way->got);
    stage_finish(&way->stage);
}

/* Head, a piece of the file, middle, the same piece, tail. */
static enum kc_err seal(struct way *way, size_t size)
{
    const char tags[2] = "ab";
    const struct splice splices[] = { { HEAD_SIZE, slice_of(&tags[0], size) },
                                      { 2 * HEAD_SIZE, slice_of(&tags[1], size) } };
    const struct outgoing_file files[] = { { &tags[0], { fileno(way->file), SKIPPED } },
                                           { &tags[1], { fileno(way->file), SKIPPED } } };
    uint8_t own[2 * HEAD_SIZE + TAIL_SIZE];
    memset(own, 'm', sizeof(own));
    outgoing_reset(&way->outgoing);
    assert_true(bytes_append(&way->outgoing.bytes, own, sizeof(own)));
    way->wanted = sizeof(own) + 2 * size;
    return outgoing_seal(&way->outgoing, splices, ARRAY_COUNT(splices), files, ARRAY_COUNT(files));
}

static bool is_sent_slowly(void *context)
{
    struct way *way = context;
    ssize_t got = recv(way->peer, way->got + way->got_size, 300000, MSG_DONTWAIT);
    way->got_size += got > 0 ? (size_t)got : 0;
    return way->got_size == way->wanted && way->is_done;
}

static bool is_over(void *context)
{
    struct way *way = context;
    (void)is_sent_slowly(context);
    return way->is_done && way->is_ended;
}

TEST(pieces_of_files_are_sent_between_those_in_memory)
{
    enum { SIZE = FILE_SIZE - 5000 };
    struct way way;
    way_open(&way);
    assert_int_equal(seal(&way, SIZE), 0);
    assert_int_equal(way.outgoing.size, way.wanted);
    stream_write(way.stream, &way.outgoing.write);
    assert_false(way.is_done); /* more than the socket takes */
    stage_run(&way.stage, is_sent_slowly, &way);
    assert_int_equal(way.err, 0);
    for (size_t i = 0; i < HEAD_SIZE; i++) {
        assert_int_equal(way.got[i], 'm');
        assert_int_equal(way.got[HEAD_SIZE + SIZE + i], 'm');
    }
    assert_memory_equal(way.got + HEAD_SIZE, way.expected + SKIPPED, SIZE);
    assert_memory_equal(way.got + 2 * HEAD_SIZE + SIZE, way.expected + SKIPPED, SIZE);
    assert_int_equal(way.got[way.wanted - 1], 'm');
    way_close(&way);
}

/* What was announced cannot be sent any more: the connection ends, nothing else takes its place. */
TEST(a_file_that_was_cut_meanwhile_ends_the_connection)
{
    struct way way;
    way_open(&way);
    assert_int_equal(seal(&way, FILE_SIZE - 5000), 0);
    assert_int_equal(ftruncate(fileno(way.file), FILE_SIZE / 2), 0);
    stream_read_start(way.stream);
    stream_write(way.stream, &way.outgoing.write);
    stage_run(&way.stage, is_over, &way);
    assert_int_equal(way.err, KC_ERR_DISCONNECTED);
    assert_in_range(way.got_size, HEAD_SIZE, HEAD_SIZE + FILE_SIZE / 2 - SKIPPED);
    assert_memory_equal(way.got + HEAD_SIZE, way.expected + SKIPPED, way.got_size - HEAD_SIZE);
    way_close(&way);
}

TEST(a_file_that_is_in_no_splice_is_a_mistake)
{
    struct way way;
    const char tag = 'a';
    const struct outgoing_file file = { &tag, { 0, 0 } };
    way_open(&way);
    assert_int_equal(outgoing_seal(&way.outgoing, NULL, 0, &file, 1), KC_ERR_INVALID);
    way_close(&way);
}
