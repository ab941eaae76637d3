/* tests: a broker in a child process, and a line to it. */
#include "served.h"

#include "server/broker.h"
#include "support/test.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 60000, ANSWER_BYTES_MAX = 256 << 20, TRIES_MAX = 1000 };

/* ---- the child ---- */

static void told_ready(void *context, int32_t node_id, const char *host, int32_t port)
{
    const int *pipe_end = context;
    (void)node_id;
    (void)host;
    if (write(*pipe_end, &port, sizeof(port)) != (ssize_t)sizeof(port)) {
        _exit(3);
    }
}

static void told_stopped(void *context, enum kc_err err, const char *text)
{
    (void)context;
    if (err) {
        (void)fprintf(stderr, "# broker: %s\n", text);
    }
}

static void told_trace(void *context, enum trace_level level, const char *room, const char *text)
{
    (void)context;
    if (level <= TRACE_WARN || getenv("SERVED_TRACE")) {
        (void)fprintf(stderr, "# broker: %s: %s\n", room, text);
    }
}

static void put(struct node_config *config, const char *name, const char *value)
{
    struct kc_error error;
    if (node_config_put(config, slice_text(name), slice_text(value), &error)) {
        (void)fprintf(stderr, "# broker: %s\n", error.text);
        exit(3);
    }
}

static void run_child(const struct served *served, const char *const *settings, int pipe_end)
{
    struct node_config config;
    struct kc_error error;
    struct broker *broker;
    struct trace trace = { .line = told_trace, .level = TRACE_INFO };
    struct broker_events events = { .ready = told_ready,
                                    .stopped = told_stopped,
                                    .context = &pipe_end };
    node_config_init(&config);
    put(&config, "listeners", "PLAINTEXT://127.0.0.1:0");
    put(&config, "log.dirs", served->directory);
    put(&config, "offsets.topic.num.partitions", "3");
    put(&config, "group.initial.rebalance.delay.ms", "0");
    put(&config, "group.min.session.timeout.ms", "10");
    for (const char *const *row = settings; row && row[0]; row += 2) {
        put(&config, row[0], row[1]);
    }
    if (node_config_resolve(&config, &error) ||
        broker_create(&config, &trace, &events, &broker, &error)) {
        (void)fprintf(stderr, "# broker: %s\n", error.text);
        exit(3);
    }
    broker_obey_signals(broker);
    /* As its main does. */
    (void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    enum kc_err err = broker_run(broker);
    broker_destroy(broker);
    node_config_finish(&config);
    /* What the test framework allocated before the fork is not the broker's leak, but is still
     * reachable: exit() lets the leak check look at the rest. */
    exit(err ? 4 : 0);
}

void served_init(struct served *served)
{
    test_directory(served->directory);
    served->child = 0;
}

void served_start(struct served *served, const char *const *settings)
{
    int ends[2];
    int32_t port;
    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    served->child = fork();
    assert_true(served->child >= 0);
    if (served->child == 0) {
        /* A test that fails leaves without ado: its broker goes with it. */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)close(ends[0]);
        run_child(served, settings, ends[1]);
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &port, sizeof(port)), sizeof(port));
    (void)close(ends[0]);
    served->port = port;
}

void served_stop(struct served *served)
{
    int status;
    assert_int_equal(kill(served->child, SIGTERM), 0);
    assert_int_equal(waitpid(served->child, &status, 0), served->child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

void served_kill(struct served *served)
{
    int status;
    assert_int_equal(kill(served->child, SIGKILL), 0);
    assert_int_equal(waitpid(served->child, &status, 0), served->child);
}

/* ---- the line ---- */

void line_open(struct line *line, const struct served *served)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)served->port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    line->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(line->socket >= 0);
    assert_int_equal(connect(line->socket, (struct sockaddr *)&address, sizeof(address)), 0);
    line->correlation_id = 0;
    arena_init(&line->arena, ANSWER_BYTES_MAX);
    bytes_init(&line->frame, ANSWER_BYTES_MAX);
}

void line_close(struct line *line)
{
    (void)close(line->socket);
    arena_finish(&line->arena);
    bytes_finish(&line->frame);
}

void line_send_raw(struct line *line, struct slice bytes)
{
    for (size_t sent = 0; sent < bytes.size;) {
        ssize_t count = send(line->socket, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);
        assert_true(count > 0);
        sent += (size_t)count;
    }
}

void line_send(struct line *line, int16_t key, int16_t version, const void *request)
{
    struct bytes out;
    struct writer writer;
    bytes_init(&out, ANSWER_BYTES_MAX);
    writer_init(&writer, &out);
    enum kc_err err = request_write(&writer, api_find(key), version, ++line->correlation_id,
                                    slice_text("unit-test"), request);
    if (err) {
        fail_msg("%s version %d: request: %s", api_find(key)->name, version, kc_err_text(err));
    }
    line_send_raw(line, bytes_slice(&out));
    bytes_finish(&out);
}

/* False at the end of the stream. */
static bool read_all(int socket, uint8_t *data, size_t size)
{
    for (size_t got = 0; got < size;) {
        struct pollfd poll_for = { .fd = socket, .events = POLLIN };
        if (poll(&poll_for, 1, PATIENCE_MS) != 1) {
            fail_msg("no answer after %d ms", PATIENCE_MS);
        }
        ssize_t count = read(socket, data + got, size - got);
        if (count <= 0) {
            return false;
        }
        got += (size_t)count;
    }
    return true;
}

bool line_is_closed(struct line *line)
{
    uint8_t byte;
    return !read_all(line->socket, &byte, 1);
}

void line_receive(struct line *line, int16_t key, int16_t version, void *ret_response)
{
    const struct api *api = api_find(key);
    uint8_t prefix[4];
    int32_t correlation_id;
    struct reader reader;
    if (!read_all(line->socket, prefix, sizeof(prefix))) {
        fail_msg("%s version %d: closed instead of answered", api->name, version);
    }
    size_t size = load_u32(prefix);
    assert_true(size < ANSWER_BYTES_MAX);
    line->frame.size = 0;
    assert_true(bytes_reserve(&line->frame, size));
    assert_true(read_all(line->socket, line->frame.data, size));
    line->frame.size = size;
    arena_reset(&line->arena);
    reader_init(&reader, bytes_slice(&line->frame));
    assert_int_equal(response_head_read(&reader, api, version, &correlation_id), 0);
    enum kc_err err = message_decode(api->response, version, &reader, &line->arena, ret_response);
    if (err || reader_left(&reader) > 0) {
        fail_msg("%s version %d: answer: %s, %zu bytes left", api->name, version, kc_err_text(err),
                 reader_left(&reader));
    }
}

void line_ask(struct line *line, int16_t key, int16_t version, const void *request,
              void *ret_response)
{
    line_send(line, key, version, request);
    line_receive(line, key, version, ret_response);
}

/* ---- ready-made ---- */

struct uuid line_create_topic(struct line *line, const char *name, int32_t partitions)
{
    struct create_topics_request request;
    struct create_topics_request_creatable_topic topic;
    struct create_topics_response response;
    message_defaults(&create_topics_request_type, &request);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text(name);
    topic.num_partitions = partitions;
    topic.replication_factor = 1;
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(line, 19, 7, &request, &response);
    assert_int_equal(response.topics.count, 1);
    assert_int_equal(response.topics.items[0].error_code, 0);
    return response.topics.items[0].topic_id;
}

void line_await_coordinator(struct line *line, const char *group)
{
    struct find_coordinator_request request;
    struct find_coordinator_response response;
    message_defaults(&find_coordinator_request_type, &request);
    request.key = slice_text(group);
    for (int i = 0; i < TRIES_MAX; i++) {
        line_ask(line, 10, 2, &request, &response);
        if (response.error_code == 0) {
            return;
        }
        assert_int_equal(response.error_code, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        (void)poll(NULL, 0, 5);
    }
    fail_msg("no coordinator");
}
