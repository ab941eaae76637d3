/* tests: Produce requests of one connection that wait for the disk together: their answers come in
 * order whatever ends first, and mistakes among them cost what they cost alone. */
#include "order.h"
#include "served.h"
#include "versions.h"

#include "support/test.h"

#include <stdlib.h>
#include <string.h>

struct ahead {
    struct served served;
    struct line line;
    struct bytes out; /* requests that leave at once */
    int32_t correlation_id;
};

static void ahead_open(struct ahead *ahead)
{
    const char *const settings[] = { "log.flush.interval.messages", "1", NULL };
    served_init(&ahead->served);
    served_start(&ahead->served, settings);
    line_open(&ahead->line, &ahead->served);
    (void)line_create_topic(&ahead->line, "t", 2);
    bytes_init(&ahead->out, 1 << 24);
    ahead->correlation_id = 0;
}

static void ahead_close(struct ahead *ahead)
{
    bytes_finish(&ahead->out);
    line_close(&ahead->line);
    served_stop(&ahead->served);
}

static void put(struct ahead *ahead, int16_t key, const void *request)
{
    struct writer writer;
    writer_init(&writer, &ahead->out);
    assert_int_equal(request_write(&writer, api_find(key), 9, ++ahead->correlation_id,
                                   slice_text("unit-test"), request),
                     0);
}

static void put_produce(struct ahead *ahead, int32_t partition, int16_t acks)
{
    uint8_t memory[256];
    struct order_produce order;
    order_produce(&order, partition, versions_batch(memory), acks);
    put(ahead, 0, &order.request);
}

static void put_metadata(struct ahead *ahead)
{
    struct metadata_request request;
    message_defaults(&metadata_request_type, &request);
    request.topics.count = 0;
    put(ahead, 3, &request);
}

/* A request whose header is good and whose body ends early. */
static void put_cut_produce(struct ahead *ahead)
{
    size_t start = ahead->out.size;
    put_produce(ahead, 0, -1);
    ahead->out.size -= 50;
    store_u32(ahead->out.data + start, (uint32_t)(ahead->out.size - start - 4));
}

static void send_all(struct ahead *ahead, struct line *line)
{
    line_send_raw(line, bytes_slice(&ahead->out));
    ahead->out.size = 0;
}

/* The offset, or the error. */
static int64_t receive_produce(struct line *line)
{
    struct produce_response response;
    line_receive(line, 0, 9, &response);
    const struct produce_response_partition_produce_response *partition =
        &response.responses.items[0].partition_responses.items[0];
    return partition->error_code ? partition->error_code : partition->base_offset;
}

static void receive_metadata(struct line *line)
{
    struct metadata_response response;
    line_receive(line, 3, 9, &response);
    assert_int_equal(response.brokers.count, 1);
}

TEST(answers_come_in_the_order_of_the_requests)
{
    enum { ROUNDS = 30 };
    struct ahead ahead;
    ahead_open(&ahead);
    for (int i = 0; i < ROUNDS; i++) {
        put_produce(&ahead, 0, -1);
        put_produce(&ahead, 9, -1); /* has its answer at once, and waits for those before it */
        put_produce(&ahead, 1, -1);
        put_produce(&ahead, 0, 0); /* has none */
        put_produce(&ahead, 0, 1);
        put_metadata(&ahead); /* waits for all of them */
    }
    send_all(&ahead, &ahead.line);
    for (int i = 0; i < ROUNDS; i++) {
        assert_int_equal(receive_produce(&ahead.line), 3 * i);
        assert_int_equal(receive_produce(&ahead.line), KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
        assert_int_equal(receive_produce(&ahead.line), i);
        assert_int_equal(receive_produce(&ahead.line), 3 * i + 2);
        receive_metadata(&ahead.line);
    }
    ahead_close(&ahead);
}

/* What came before it is answered, what came after it is not. */
static void check_mistake(struct ahead *ahead, void (*put_mistake)(struct ahead *ahead))
{
    struct line line;
    line_open(&line, &ahead->served);
    put_produce(ahead, 1, -1);
    put_produce(ahead, 1, -1);
    put_mistake(ahead);
    put_produce(ahead, 1, -1);
    send_all(ahead, &line);
    int64_t first = receive_produce(&line);
    assert_true(first >= 0);
    assert_int_equal(receive_produce(&line), first + 1);
    assert_true(line_is_closed(&line));
    line_close(&line);
}

static void put_unanswerable(struct ahead *ahead)
{
    put_produce(ahead, 9, 0);
}

TEST(a_mistake_waits_for_its_turn_and_closes)
{
    struct ahead ahead;
    ahead_open(&ahead);
    for (int i = 0; i < 5; i++) {
        check_mistake(&ahead, put_cut_produce);
        check_mistake(&ahead, put_unanswerable);
    }
    ahead_close(&ahead);
}

TEST(clients_vanish_with_requests_ahead)
{
    struct ahead ahead;
    ahead_open(&ahead);
    for (int i = 0; i < 40; i++) {
        struct line gone;
        line_open(&gone, &ahead.served);
        for (int j = 0; j < 8; j++) {
            put_produce(&ahead, j % 3 == 0 ? 9 : j % 2, -1);
        }
        send_all(&ahead, &gone);
        if (i % 2) {
            (void)receive_produce(&gone);
        }
        line_close(&gone);
    }
    put_produce(&ahead, 0, -1);
    send_all(&ahead, &ahead.line);
    assert_true(receive_produce(&ahead.line) >= 0);
    ahead_close(&ahead);
}

TEST(a_broker_stops_with_requests_ahead)
{
    struct ahead ahead;
    struct line line;
    ahead_open(&ahead);
    line_open(&line, &ahead.served);
    for (int i = 0; i < 200; i++) {
        put_produce(&ahead, i % 2, -1);
    }
    send_all(&ahead, &line);
    assert_int_equal(receive_produce(&line), 0);
    ahead_close(&ahead);
    line_close(&line);
}

/* What was answered is there after kill -9, with the offsets that were told. */
TEST(what_was_answered_is_there_again)
{
    enum { COUNT = 100, ANSWERED = 40 };
    const char *const settings[] = { "log.flush.interval.messages", "1", NULL };
    struct ahead ahead;
    ahead_open(&ahead);
    for (int i = 0; i < COUNT; i++) {
        put_produce(&ahead, 0, -1);
    }
    send_all(&ahead, &ahead.line);
    for (int i = 0; i < ANSWERED; i++) {
        assert_int_equal(receive_produce(&ahead.line), i);
    }
    served_kill(&ahead.served);
    line_close(&ahead.line);
    served_start(&ahead.served, settings);
    line_open(&ahead.line, &ahead.served);
    put_produce(&ahead, 0, -1);
    send_all(&ahead, &ahead.line);
    int64_t next = receive_produce(&ahead.line);
    assert_true(next >= ANSWERED && next <= COUNT);
    ahead_close(&ahead);
}
