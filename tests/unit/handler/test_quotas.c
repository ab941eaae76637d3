/* tests: a broker that holds its clients to their quotas: what is answered, who must wait and who
 * must not, and what is kept over a restart. */
#include "order.h"
#include "served.h"
#include "versions.h"

#include "base/clock.h"
#include "controller/quota_table.h"
#include "support/test.h"

#include <poll.h>
#include <string.h>

struct quotas {
    struct served served;
    struct line admin; /* client id "admin", which has no quota */
    struct line line;
};

/* As line_ask, of another client id than its "unit-test". */
static void ask_as(struct line *line, const char *client_id, int16_t key, int16_t version,
                   const void *request, void *ret_response)
{
    struct bytes out;
    struct writer writer;
    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    assert_int_equal(request_write(&writer, api_find(key), version, ++line->correlation_id,
                                   slice_text(client_id), request),
                     0);
    line_send_raw(line, bytes_slice(&out));
    bytes_finish(&out);
    line_receive(line, key, version, ret_response);
}

static void set_quota(struct quotas *quotas, const char *type, const char *name, const char *key,
                      double value)
{
    struct alter_client_quotas_request_entity_data part = { slice_text(type), slice_text(name) };
    struct alter_client_quotas_request_op_data op = { slice_text(key), value, value == 0 };
    struct alter_client_quotas_request_entry_data entry = { { &part, 1 }, { &op, 1 } };
    struct alter_client_quotas_request request;
    struct alter_client_quotas_response response;
    message_defaults(&alter_client_quotas_request_type, &request);
    request.entries.items = &entry;
    request.entries.count = 1;
    ask_as(&quotas->admin, "admin", 49, 1, &request, &response);
    assert_int_equal(response.entries.items[0].error_code, 0);
}

static void quotas_open(struct quotas *quotas)
{
    served_init(&quotas->served);
    served_start(&quotas->served, NULL);
    line_open(&quotas->admin, &quotas->served);
    line_open(&quotas->line, &quotas->served);
    (void)line_create_topic(&quotas->admin, "t", 1);
}

static void quotas_close(struct quotas *quotas)
{
    line_close(&quotas->line);
    line_close(&quotas->admin);
    served_stop(&quotas->served);
}

/* The throttle time of the answer. */
static int32_t produce(struct line *line)
{
    uint8_t memory[256];
    struct order_produce order;
    struct produce_response response;
    order_produce(&order, 0, versions_batch(memory), 1);
    line_ask(line, 0, 9, &order.request, &response);
    assert_int_equal(response.responses.items[0].partition_responses.items[0].error_code, 0);
    return response.throttle_time_ms;
}

static int64_t now_ms(void)
{
    return clock_now_ms(&clock_system);
}

/* Any request: when it is answered the connection is not silent any more. */
static void ping(struct line *line)
{
    struct api_versions_request request;
    struct api_versions_response response;
    message_defaults(&api_versions_request_type, &request);
    line_ask(line, 18, 2, &request, &response);
}

TEST(a_producer_is_answered_at_once_and_then_its_connection_is_silent)
{
    struct quotas quotas;
    quotas_open(&quotas);
    assert_int_equal(produce(&quotas.line), 0);
    /* A request has some 130 bytes: of two one is too much in ten seconds. */
    set_quota(&quotas, "client-id", "unit-test", "producer_byte_rate", 20);
    int64_t begun = now_ms();
    int32_t ms = produce(&quotas.line);
    if (ms == 0) {
        ms = produce(&quotas.line);
    }
    assert_true(ms > 100);
    assert_true(ms < 10000);
    set_quota(&quotas, "client-id", "unit-test", "producer_byte_rate", 1e6); /* too late for it */
    struct line other;
    line_open(&other, &quotas.served);
    assert_int_equal(produce(&other), 0); /* only the connection is silent */
    line_close(&other);
    ping(&quotas.line);
    assert_true(now_ms() - begun >= ms);
    assert_int_equal(produce(&quotas.line), 0);
    quotas_close(&quotas);
}

/* Nobody is told, but the connection is silent all the same. */
TEST(a_producer_that_wants_no_answer_waits_too)
{
    struct quotas quotas;
    struct order_produce order;
    uint8_t memory[256];
    quotas_open(&quotas);
    set_quota(&quotas, "client-id", NULL, "producer_byte_rate", 15);
    order_produce(&order, 0, versions_batch(memory), 0);
    int64_t begun = now_ms();
    line_send(&quotas.line, 0, 9, &order.request);
    line_send(&quotas.line, 0, 9, &order.request);
    ping(&quotas.line);
    /* Two of more than 100 bytes each at 15 a second, over 10 s. */
    assert_true(now_ms() - begun >= 2000);
    quotas_close(&quotas);
}

/* The lines of others are not held up by silent ones. */
TEST(others_are_not_disturbed)
{
    struct quotas quotas;
    struct line others[8];
    quotas_open(&quotas);
    set_quota(&quotas, "user", "ANONYMOUS", "producer_byte_rate", 1);
    for (int i = 0; i < 8; i++) {
        line_open(&others[i], &quotas.served);
        assert_true(produce(&others[i]) > 10000);
    }
    set_quota(&quotas, "user", "ANONYMOUS", "producer_byte_rate", 0);
    int64_t begun = now_ms();
    for (int i = 0; i < 20; i++) {
        assert_int_equal(produce(&quotas.line), 0);
    }
    assert_true(now_ms() - begun < 5000);
    for (int i = 0; i < 8; i++) {
        line_close(&others[i]); /* the broker stops without waiting for them */
    }
    quotas_close(&quotas);
}

static void fetch_in_session(struct order_fetch *order, int32_t session_id, int32_t epoch)
{
    order_fetch(order, 0);
    order->request.session_id = session_id;
    order->request.session_epoch = epoch;
    order->request.topics.count = epoch == 0 || session_id == 0 ? 1 : 0;
}

TEST(a_consumer_over_its_quota_is_given_nothing_and_its_session_stays)
{
    struct quotas quotas;
    struct order_fetch order;
    struct fetch_response response;
    quotas_open(&quotas);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(produce(&quotas.line), 0);
    }
    fetch_in_session(&order, 0, 0);
    line_ask(&quotas.line, 1, 11, &order.request, &response);
    assert_int_equal(response.responses.items[0].partitions.items[0].records.size, 700);
    int32_t session = response.session_id;
    assert_true(session != 0);
    set_quota(&quotas, "client-id", "unit-test", "consumer_byte_rate", 75);
    fetch_in_session(&order, 0, -1);
    line_ask(&quotas.line, 1, 11, &order.request, &response); /* 700 of 750 */
    assert_int_equal(response.throttle_time_ms, 0);
    assert_int_equal(response.responses.items[0].partitions.items[0].records.size, 700);
    fetch_in_session(&order, 0, -1);
    line_ask(&quotas.line, 1, 11, &order.request, &response);
    assert_true(response.throttle_time_ms > 1000);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.responses.count, 0);
    int32_t first = response.throttle_time_ms;
    set_quota(&quotas, "client-id", "unit-test", "consumer_byte_rate", 76);
    /* In its session, on another connection. */
    struct line other;
    line_open(&other, &quotas.served);
    fetch_in_session(&order, session, 1);
    line_ask(&other, 1, 11, &order.request, &response);
    if (response.throttle_time_ms == 0) { /* no records were asked for: nothing new */
        assert_int_equal(response.responses.count, 0);
    }
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.session_id, session);
    set_quota(&quotas, "client-id", "unit-test", "consumer_byte_rate", 0);
    line_close(&other);
    line_open(&other, &quotas.served);
    fetch_in_session(&order, session, 2);
    line_ask(&other, 1, 11, &order.request, &response);
    assert_int_equal(response.error_code, 0);
    assert_int_equal(response.session_id, session);
    assert_true(first < 60000);
    line_close(&other);
    quotas_close(&quotas);
}

/* As Kafka does: more than a window's worth would never be given. */
TEST(a_fetch_asks_for_no_more_than_its_window)
{
    struct quotas quotas;
    struct order_fetch order;
    struct fetch_response response;
    quotas_open(&quotas);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(produce(&quotas.line), 0);
    }
    set_quota(&quotas, "client-id", "unit-test", "consumer_byte_rate", 30);
    fetch_in_session(&order, 0, -1);
    line_ask(&quotas.line, 1, 11, &order.request, &response);
    assert_int_equal(response.throttle_time_ms, 0);
    /* Ten samples' worth of 30 bytes; the last batch is cut, as Kafka does. */
    assert_int_equal(response.responses.items[0].partitions.items[0].records.size, 300);
    quotas_close(&quotas);
}

TEST(time_on_the_thread_is_limited)
{
    struct quotas quotas;
    struct metadata_request request;
    struct metadata_response response;
    int32_t most = 0;
    quotas_open(&quotas);
    set_quota(&quotas, "client-id", "unit-test", "request_percentage", 0.001);
    message_defaults(&metadata_request_type, &request);
    for (int i = 0; i < 1000 && most == 0; i++) {
        line_ask(&quotas.line, 3, 8, &request, &response);
        most = response.throttle_time_ms;
    }
    assert_true(most > 0 && most <= 1000);
    quotas_close(&quotas);
}

static int16_t create(struct line *line, const char *name, int16_t version, int32_t *ret_ms)
{
    struct create_topics_request_creatable_topic topic;
    struct create_topics_request request;
    struct create_topics_response response;
    message_defaults(&create_topics_request_type, &request);
    message_defaults(&create_topics_request_creatable_topic_type, &topic);
    topic.name = slice_text(name);
    topic.num_partitions = 40;
    topic.replication_factor = 1;
    request.topics.items = &topic;
    request.topics.count = 1;
    request.timeout_ms = 30000;
    line_ask(line, 19, version, &request, &response);
    *ret_ms = response.throttle_time_ms;
    assert_true(slice_is_null(response.topics.items[0].error_message)); /* the code says it all */
    return response.topics.items[0].error_code;
}

TEST(topics_are_made_at_a_rate)
{
    struct quotas quotas;
    struct line line;
    int32_t ms;
    quotas_open(&quotas);
    set_quota(&quotas, "client-id", "unit-test", "controller_mutation_rate", 3); /* burst 33 */
    assert_int_equal(create(&quotas.line, "a", 7, &ms), 0); /* the last that goes over is served */
    assert_int_equal(ms, 0);
    assert_int_equal(create(&quotas.line, "b", 7, &ms), KC_ERR_THROTTLING_QUOTA_EXCEEDED);
    assert_true(ms > 1000 && ms <= 2334); /* 7 owed */
    int64_t begun = now_ms();
    line_open(&line, &quotas.served);
    /* An old version does not know the error: it is served, and silent for longer. */
    assert_int_equal(create(&line, "c", 5, &ms), 0);
    assert_true(ms > 13000 && ms <= 15667);
    line_close(&line);
    ping(&quotas.line);
    assert_true(now_ms() - begun >= 1000);
    quotas_close(&quotas);
}

TEST(partitions_are_added_and_topics_deleted_at_a_rate)
{
    struct quotas quotas;
    struct create_partitions_request_create_partitions_topic more;
    struct create_partitions_request more_request;
    struct create_partitions_response more_response;
    struct delete_topics_request_delete_topic_state gone;
    struct delete_topics_request gone_request;
    struct delete_topics_response gone_response;
    struct line line;
    quotas_open(&quotas);
    set_quota(&quotas, "client-id", NULL, "controller_mutation_rate", 1); /* burst 11 */
    message_defaults(&create_partitions_request_type, &more_request);
    message_defaults(&create_partitions_request_create_partitions_topic_type, &more);
    more.name = slice_text("t");
    more.count = 51;
    more.assignments.count = -1;
    more_request.topics.items = &more;
    more_request.topics.count = 1;
    line_ask(&quotas.line, 37, 3, &more_request, &more_response);
    assert_int_equal(more_response.results.items[0].error_code, 0);
    more.count = 52;
    line_ask(&quotas.line, 37, 3, &more_request, &more_response);
    assert_int_equal(more_response.results.items[0].error_code, KC_ERR_THROTTLING_QUOTA_EXCEEDED);
    assert_true(more_response.throttle_time_ms > 30000);
    line_open(&line, &quotas.served);
    message_defaults(&delete_topics_request_type, &gone_request);
    message_defaults(&delete_topics_request_delete_topic_state_type, &gone);
    gone.name = slice_text("t");
    gone_request.topics.items = &gone;
    gone_request.topics.count = 1;
    line_ask(&line, 20, 6, &gone_request, &gone_response);
    assert_int_equal(gone_response.responses.items[0].error_code, KC_ERR_THROTTLING_QUOTA_EXCEEDED);
    assert_true(gone_response.throttle_time_ms > 30000);
    line_close(&line);
    quotas_close(&quotas);
}

TEST(addresses_connect_at_a_rate)
{
    struct quotas quotas;
    struct line lines[13];
    int closed = 0;
    quotas_open(&quotas);
    set_quota(&quotas, "ip", "127.0.0.1", "connection_creation_rate", 1);
    for (int i = 0; i < 13; i++) {
        line_open(&lines[i], &quotas.served);
    }
    for (int i = 0; i < 10; i++) {
        ping(&lines[i]);
    }
    for (int i = 10; i < 13; i++) { /* taken off the queue, never served, closed after a while */
        closed += line_is_closed(&lines[i]);
    }
    assert_int_equal(closed, 3);
    ping(&quotas.line); /* those that are there stay */
    for (int i = 0; i < 13; i++) {
        line_close(&lines[i]);
    }
    quotas_close(&quotas);
}

TEST(quotas_outlive_the_broker)
{
    struct quotas quotas;
    struct describe_client_quotas_request request;
    struct describe_client_quotas_response response;
    quotas_open(&quotas);
    set_quota(&quotas, "client-id", "unit-test", "producer_byte_rate", 1);
    set_quota(&quotas, "user", NULL, "request_percentage", 12.5);
    set_quota(&quotas, "ip", "::1", "connection_creation_rate", 7);
    set_quota(&quotas, "ip", "::1", "connection_creation_rate", 0);
    line_close(&quotas.admin);
    line_close(&quotas.line);
    served_kill(&quotas.served);
    served_start(&quotas.served, NULL);
    line_open(&quotas.admin, &quotas.served);
    line_open(&quotas.line, &quotas.served);
    message_defaults(&describe_client_quotas_request_type, &request);
    ask_as(&quotas.admin, "admin", 48, 1, &request, &response);
    assert_int_equal(response.entries.count, 2);
    assert_true(produce(&quotas.line) > 1000); /* and hold */
    quotas_close(&quotas);
}
