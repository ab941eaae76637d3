/* tests: calls that wait: what wakes them, what becomes of them when the client or the broker goes,
 * and what a connection full of requests does meanwhile. */
#include "order.h"
#include "served.h"
#include "versions.h"

#include "support/test.h"

#include <poll.h>
#include <string.h>

struct parked {
    struct served served;
    struct line line; /* for everything else */
    struct uuid topic;
};

static void parked_open(struct parked *parked, const char *const *settings)
{
    served_init(&parked->served);
    served_start(&parked->served, settings);
    line_open(&parked->line, &parked->served);
    parked->topic = line_create_topic(&parked->line, "t", 1);
    line_await_coordinator(&parked->line, "group");
}

static void parked_close(struct parked *parked)
{
    line_close(&parked->line);
    served_stop(&parked->served);
}

static void send_fetch(struct line *line, int64_t offset, int32_t min_bytes, int32_t wait_ms)
{
    struct order_fetch order;
    order_fetch(&order, offset);
    order.request.min_bytes = min_bytes;
    order.request.max_wait_ms = wait_ms;
    line_send(line, 1, 11, &order.request);
}

/* Returns the size of the records. */
static size_t receive_fetch(struct line *line)
{
    struct fetch_response response;
    line_receive(line, 1, 11, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.responses.items[0].partitions.items[0].error_code, 0);
    return response.responses.items[0].partitions.items[0].records.size;
}

static void send_produce(struct line *line, int16_t acks)
{
    uint8_t memory[256];
    struct order_produce order;
    order_produce(&order, 0, versions_batch(memory), acks);
    line_send(line, 0, 9, &order.request);
}

static int64_t receive_produce(struct line *line)
{
    struct produce_response response;
    line_receive(line, 0, 9, &response);
    assert_int_equal(response.responses.items[0].partition_responses.items[0].error_code, 0);
    return response.responses.items[0].partition_responses.items[0].base_offset;
}

TEST(a_fetch_waits_for_min_bytes)
{
    struct parked parked;
    struct line fetcher;
    parked_open(&parked, NULL);
    line_open(&fetcher, &parked.served);
    send_fetch(&fetcher, 0, 150, 60000);
    for (int i = 0; i < 3; i++) { /* each batch has 70 bytes */
        struct pollfd quiet = { .fd = fetcher.socket, .events = POLLIN };
        assert_int_equal(poll(&quiet, 1, 0), 0);
        send_produce(&parked.line, 1);
        assert_int_equal(receive_produce(&parked.line), i);
    }
    assert_int_equal(receive_fetch(&fetcher), 210);
    send_fetch(&fetcher, 3, 1, 20); /* nothing comes: answered when its time is over */
    assert_int_equal(receive_fetch(&fetcher), 0);
    line_close(&fetcher);
    parked_close(&parked);
}

TEST(a_parked_fetch_is_told_that_its_topic_is_gone)
{
    struct parked parked;
    struct line fetcher;
    struct fetch_response fetched;
    struct slice name = slice_text("t");
    struct delete_topics_request request;
    struct delete_topics_response response;
    parked_open(&parked, NULL);
    line_open(&fetcher, &parked.served);
    send_fetch(&fetcher, 0, 1, 60000);
    message_defaults(&delete_topics_request_type, &request);
    request.topic_names.items = &name;
    request.topic_names.count = 1;
    line_ask(&parked.line, 20, 5, &request, &response);
    assert_int_equal(response.responses.items[0].error_code, 0);
    line_receive(&fetcher, 1, 11, &fetched);
    assert_int_equal(fetched.responses.items[0].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    line_close(&fetcher);
    parked_close(&parked);
}

TEST(a_client_that_vanishes_takes_its_parked_fetch_along)
{
    struct parked parked;
    parked_open(&parked, NULL);
    for (int i = 0; i < 20; i++) {
        struct line fetcher;
        line_open(&fetcher, &parked.served);
        send_fetch(&fetcher, i, 1, 60000);
        send_fetch(&fetcher, i, 1, 60000); /* and one that has not begun */
        line_close(&fetcher);
        send_produce(&parked.line, 1);
        (void)receive_produce(&parked.line);
    }
    parked_close(&parked);
}

static void join_request(struct join_group_request *request,
                         struct join_group_request_join_group_request_protocol *protocol,
                         struct slice metadata)
{
    message_defaults(&join_group_request_type, request);
    *protocol =
        (struct join_group_request_join_group_request_protocol){ slice_text("range"), metadata };
    request->group_id = slice_text("group");
    request->session_timeout_ms = 30000;
    request->rebalance_timeout_ms = 30000;
    request->protocol_type = slice_text("consumer");
    request->protocols.items = protocol;
    request->protocols.count = 1;
}

/* A member leaves on the heels of its sync, both already sent, while the leader's assignment is
 * handed round: what the answers set off may not disturb that. */
TEST(requests_behind_a_parked_sync_come_after_it)
{
    enum { FOLLOWERS = 8 };
    struct parked parked;
    struct line followers[FOLLOWERS];
    struct join_group_request_join_group_request_protocol protocol;
    struct join_group_request join;
    struct join_group_response joined;
    struct sync_group_request sync;
    struct sync_group_response synced;
    struct leave_group_request leave;
    struct leave_group_response left;
    char ids[FOLLOWERS + 1][128];
    const char *const settings[] = { "group.initial.rebalance.delay.ms", "300", NULL };
    parked_open(&parked, settings);
    join_request(&join, &protocol, slice_text("m"));
    line_send(&parked.line, 11, 3, &join);
    for (int i = 0; i < FOLLOWERS; i++) {
        line_open(&followers[i], &parked.served);
        line_send(&followers[i], 11, 3, &join);
    }
    for (int i = 0; i <= FOLLOWERS; i++) {
        line_receive(i == FOLLOWERS ? &parked.line : &followers[i], 11, 3, &joined);
        assert_int_equal(joined.error_code, 0);
        assert_int_equal(slice_equal(joined.leader, joined.member_id), i == FOLLOWERS);
        (void)memcpy(ids[i], joined.member_id.data, joined.member_id.size);
        ids[i][joined.member_id.size] = 0;
    }
    message_defaults(&sync_group_request_type, &sync);
    message_defaults(&leave_group_request_type, &leave);
    sync.group_id = slice_text("group");
    sync.generation_id = joined.generation_id;
    leave.group_id = slice_text("group");
    for (int i = 0; i < FOLLOWERS; i++) {
        sync.member_id = slice_text(ids[i]);
        leave.member_id = slice_text(ids[i]);
        line_send(&followers[i], 14, 2, &sync);
        line_send(&followers[i], 13, 2, &leave);
    }
    sync.member_id = slice_text(ids[FOLLOWERS]);
    line_ask(&parked.line, 14, 2, &sync, &synced);
    assert_int_equal(synced.error_code, 0);
    for (int i = 0; i < FOLLOWERS; i++) {
        line_receive(&followers[i], 14, 2, &synced);
        /* A follower whose sync was read after another had left is told so. */
        assert_true(synced.error_code == 0 || synced.error_code == KC_ERR_REBALANCE_IN_PROGRESS);
        line_receive(&followers[i], 13, 2, &left);
        assert_int_equal(left.error_code, 0);
        line_close(&followers[i]);
    }
    parked_close(&parked);
}

/* The leader's answer lists everybody's metadata: it must hold although the peer reads late, and
 * the group is another one by then. */
TEST(a_large_answer_is_not_disturbed_by_the_group)
{
    enum { SIZE = 900000 };
    struct parked parked;
    struct line other;
    static uint8_t metadata[SIZE];
    struct join_group_request_join_group_request_protocol protocol;
    struct join_group_request join;
    struct join_group_response joined;
    struct leave_group_request leave;
    struct leave_group_response left;
    char id[128];
    parked_open(&parked, NULL);
    (void)memset(metadata, 'm', SIZE);
    join_request(&join, &protocol, slice_of(metadata, SIZE));
    line_ask(&parked.line, 11, 3, &join, &joined);
    (void)memcpy(id, joined.member_id.data, joined.member_id.size);
    join.member_id = slice_of(id, joined.member_id.size);
    for (int i = 0; i < 8; i++) { /* more than the socket takes */
        line_send(&parked.line, 11, 3, &join);
    }
    line_open(&other, &parked.served);
    message_defaults(&leave_group_request_type, &leave);
    leave.group_id = slice_text("group");
    leave.member_id = join.member_id;
    line_ask(&other, 13, 2, &leave, &left);
    assert_int_equal(left.error_code, 0);
    for (int i = 0; i < 8; i++) {
        line_receive(&parked.line, 11, 3, &joined);
        if (joined.error_code == 0) {
            assert_int_equal(joined.members.items[0].metadata.size, SIZE);
            assert_memory_equal(joined.members.items[0].metadata.data, metadata, SIZE);
        }
    }
    line_close(&other);
    parked_close(&parked);
}

TEST(clients_that_vanish_while_joining_and_syncing)
{
    struct parked parked;
    struct join_group_request_join_group_request_protocol protocol;
    struct join_group_request join;
    struct join_group_response joined;
    const char *const settings[] = { "group.initial.rebalance.delay.ms", "50", NULL };
    parked_open(&parked, settings);
    join_request(&join, &protocol, slice_text("m"));
    join.session_timeout_ms = 100;
    join.rebalance_timeout_ms = 1000;
    for (int i = 0; i < 10; i++) {
        struct line gone;
        line_open(&gone, &parked.served);
        line_send(&gone, 11, 3, &join);
        if (i % 2) {
            struct pollfd answered = { .fd = gone.socket, .events = POLLIN };
            (void)poll(&answered, 1, 200);
        }
        line_close(&gone);
    }
    /* All that are left have silent clients: one that stays gets the group to itself. */
    join.rebalance_timeout_ms = 20000;
    join.session_timeout_ms = 20000;
    line_ask(&parked.line, 11, 3, &join, &joined);
    assert_int_equal(joined.error_code, 0);
    parked_close(&parked);
}

TEST(ten_thousand_requests_on_one_connection)
{
    enum { REQUESTS = 10000 };
    struct parked parked;
    struct line flood;
    struct metadata_request request;
    struct metadata_response response;
    struct bytes out;
    struct writer writer;
    parked_open(&parked, NULL);
    line_open(&flood, &parked.served);
    message_defaults(&metadata_request_type, &request);
    request.topics.count = 0;
    bytes_init(&out, 1 << 24);
    writer_init(&writer, &out);
    for (int32_t i = 0; i < REQUESTS; i++) {
        assert_int_equal(request_write(&writer, api_find(3), 9, i, slice_text("flood"), &request),
                         0);
    }
    /* Answered while they are read: neither side may wait for the other. */
    for (size_t sent = 0, received = 0; received < REQUESTS;) {
        size_t step = MIN_OF(out.size - sent, (size_t)16384);
        line_send_raw(&flood, slice_of(out.data + sent, step));
        sent += step;
        struct pollfd answered = { .fd = flood.socket, .events = POLLIN };
        while (received < REQUESTS && (sent == out.size || poll(&answered, 1, 0) == 1)) {
            line_receive(&flood, 3, 9, &response);
            assert_int_equal(response.brokers.count, 1);
            received++;
        }
    }
    bytes_finish(&out);
    line_close(&flood);
    parked_close(&parked);
}

TEST(acks_0_is_not_answered_and_a_mistake_closes)
{
    struct parked parked;
    parked_open(&parked, NULL);
    for (int i = 0; i < 100; i++) {
        send_produce(&parked.line, 0);
    }
    send_produce(&parked.line, 1);
    assert_int_equal(receive_produce(&parked.line), 100);
    uint8_t memory[256];
    struct produce_request_partition_produce_data data = { 9, versions_batch(memory) };
    struct produce_request_topic_produce_data topic = { slice_text("t"), { { 0 } }, { &data, 1 } };
    struct produce_request request;
    struct line other;
    line_open(&other, &parked.served);
    message_defaults(&produce_request_type, &request);
    request.acks = 0;
    request.topic_data.items = &topic;
    request.topic_data.count = 1;
    line_send(&other, 0, 9, &request);
    assert_true(line_is_closed(&other));
    line_close(&other);
    parked_close(&parked);
}

/* flush.messages=1: every append waits for the disk, on a pool thread. */
TEST(produce_waits_for_the_disk_when_asked_to)
{
    enum { LINES = 8, EACH = 20 };
    struct parked parked;
    struct line lines[LINES];
    const char *const settings[] = { "log.flush.interval.messages", "1", NULL };
    parked_open(&parked, settings);
    for (int i = 0; i < LINES; i++) {
        line_open(&lines[i], &parked.served);
        for (int j = 0; j < EACH; j++) {
            send_produce(&lines[i], -1);
        }
    }
    for (int i = 0; i < LINES; i++) {
        int64_t last = -1;
        for (int j = 0; j < (i == 0 ? 1 : EACH); j++) {
            int64_t offset = receive_produce(&lines[i]);
            assert_true(offset > last);
            last = offset;
        }
        line_close(&lines[i]); /* the first one with calls under way */
    }
    parked_close(&parked);
}

TEST(a_broker_stops_with_parked_calls)
{
    struct parked parked;
    struct line waiting[4];
    struct join_group_request_join_group_request_protocol protocol;
    struct join_group_request join;
    const char *const settings[] = { "group.initial.rebalance.delay.ms", "30000", NULL };
    parked_open(&parked, settings);
    for (int i = 0; i < 4; i++) {
        line_open(&waiting[i], &parked.served);
    }
    send_fetch(&waiting[0], 0, 1, 60000);
    send_fetch(&waiting[1], 0, 1, 60000);
    send_produce(&waiting[1], 1);
    join_request(&join, &protocol, slice_text("m"));
    line_send(&waiting[2], 11, 3, &join);
    line_send(&waiting[3], 11, 3, &join);
    line_await_coordinator(&parked.line, "group"); /* by now all of them have been read */
    parked_close(&parked);
    for (int i = 0; i < 4; i++) {
        assert_true(line_is_closed(&waiting[i]));
        line_close(&waiting[i]);
    }
}
