/* tests: embed/embed_fault: each fault as the client on the other end sees it, and what is in the
 * log afterwards. */
#include "guest.h"
#include "unit/handler/order.h"

#include "base/clock.h"
#include "support/test.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

static bool answers_within(struct line *line, int ms)
{
    struct pollfd poll_for = { .fd = line->socket, .events = POLLIN };
    return poll(&poll_for, 1, ms) == 1;
}

TEST(an_error_before_the_effect_writes_nothing)
{
    struct guest guest;
    guest_start(&guest, NULL);
    int id = guest_fault(&guest, (struct bl_fault){ .api = "Produce",
                                                    .deed = BL_ERROR,
                                                    .value = KC_ERR_NOT_LEADER_OR_FOLLOWER,
                                                    .skip = 1,
                                                    .count = 1 });
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    assert_int_equal(guest_produce(&guest.line, "t"), KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    assert_int_equal(guest_end(&guest.line, "t"), 2);
    assert_int_equal(bl_fault_hits(guest.broker, id), 1);
    guest_stop(&guest);
}

TEST(an_error_after_the_effect_denies_what_is_written)
{
    struct guest guest;
    guest_start(&guest, NULL);
    int id = guest_fault(&guest, (struct bl_fault){ .api = "Produce",
                                                    .after = true,
                                                    .deed = BL_ERROR,
                                                    .value = KC_ERR_REQUEST_TIMED_OUT });
    assert_int_equal(guest_produce(&guest.line, "t"), KC_ERR_REQUEST_TIMED_OUT);
    assert_int_equal(guest_end(&guest.line, "t"), 1);
    assert_int_equal(bl_fault_remove(guest.broker, id, NULL), 0);
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    guest_stop(&guest);
}

TEST(a_topic_alone_is_met)
{
    struct guest guest;
    guest_start(&guest, NULL);
    (void)line_create_topic(&guest.line, "other", 1);
    (void)guest_fault(&guest, (struct bl_fault){ .api = "Produce",
                                                 .topic = "other",
                                                 .deed = BL_ERROR,
                                                 .value = KC_ERR_INVALID_RECORD });
    assert_int_equal(guest_produce(&guest.line, "t"), 0);
    assert_int_equal(guest_produce(&guest.line, "other"), KC_ERR_INVALID_RECORD);
    assert_int_equal(guest_end(&guest.line, "other"), 0);
    guest_stop(&guest);
}

/* Asked about all topics: only one is hidden, and the brokers are told. */
TEST(metadata_may_forget_a_topic)
{
    struct guest guest;
    struct metadata_request request;
    struct metadata_response response;
    guest_start(&guest, NULL);
    (void)line_create_topic(&guest.line, "other", 1);
    (void)guest_fault(&guest, (struct bl_fault){ .api = "Metadata",
                                                 .topic = "t",
                                                 .deed = BL_ERROR,
                                                 .value = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION });
    message_defaults(&metadata_request_type, &request);
    request.topics.count = -1;
    line_ask(&guest.line, 3, 12, &request, &response);
    assert_int_equal(response.brokers.count, 1);
    assert_int_equal(response.topics.count, 2);
    for (int i = 0; i < 2; i++) {
        bool is_hidden = slice_is(response.topics.items[i].name, "t");
        assert_int_equal(response.topics.items[i].error_code, is_hidden ? 3 : 0);
        assert_int_equal(response.topics.items[i].partitions.count, is_hidden ? 0 : 1);
    }
    guest_stop(&guest);
}

TEST(metadata_that_is_refused_makes_no_topic)
{
    struct guest guest;
    struct metadata_request request;
    struct metadata_request_metadata_request_topic asked = { .name = slice_text("new") };
    struct metadata_response response;
    guest_start(&guest, NULL);
    (void)guest_fault(&guest, (struct bl_fault){ .api = "Metadata",
                                                 .deed = BL_ERROR,
                                                 .value = KC_ERR_LEADER_NOT_AVAILABLE,
                                                 .count = 1 });
    message_defaults(&metadata_request_type, &request);
    request.topics.items = &asked;
    request.topics.count = 1;
    line_ask(&guest.line, 3, 12, &request, &response);
    assert_int_equal(response.topics.items[0].error_code, KC_ERR_LEADER_NOT_AVAILABLE);
    request.allow_auto_topic_creation = false;
    line_ask(&guest.line, 3, 12, &request, &response);
    assert_int_equal(response.topics.items[0].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    guest_stop(&guest);
}

TEST(a_held_request_waits_and_others_do_not)
{
    struct guest guest;
    struct line other;
    guest_start(&guest, NULL);
    guest_line(&guest, &other);
    int id =
        guest_fault(&guest, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD, .count = 1 });
    guest_produce_send(&guest.line, "t", -1);
    guest_await(&guest, id, 1);
    assert_int_equal(guest_end(&other, "t"), 0);
    assert_int_equal(guest_produce(&other, "t"), 0);
    assert_false(answers_within(&guest.line, 0));
    assert_int_equal(bl_fault_remove(guest.broker, id, NULL), 0);
    assert_int_equal(guest_produce_receive(&guest.line, NULL), 0);
    assert_int_equal(guest_end(&other, "t"), 2);
    line_close(&other);
    guest_stop(&guest);
}

TEST(a_held_answer_is_of_a_request_that_was_carried_out)
{
    struct guest guest;
    struct line other;
    guest_start(&guest, NULL);
    guest_line(&guest, &other);
    int id = guest_fault(
        &guest, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD, .after = true, .count = 1 });
    guest_produce_send(&guest.line, "t", -1);
    guest_await(&guest, id, 1);
    assert_int_equal(guest_end(&other, "t"), 1);
    assert_false(answers_within(&guest.line, 0));
    assert_int_equal(bl_fault_remove(guest.broker, id, NULL), 0);
    assert_int_equal(guest_produce_receive(&guest.line, NULL), 0);
    line_close(&other);
    guest_stop(&guest);
}

TEST(newer_versions_alone_are_met)
{
    struct guest guest;
    struct metadata_request request;
    struct metadata_response response;
    guest_start(&guest, NULL);
    int id = guest_fault(
        &guest, (struct bl_fault){ .api = "Metadata", .min_version = 12, .deed = BL_WATCH });
    message_defaults(&metadata_request_type, &request);
    line_ask(&guest.line, 3, 11, &request, &response);
    assert_int_equal(bl_fault_hits(guest.broker, id), 0);
    line_ask(&guest.line, 3, 12, &request, &response);
    assert_int_equal(bl_fault_hits(guest.broker, id), 1);
    guest_stop(&guest);
}

/* What the client gave up on still arrives. */
TEST(a_held_request_outlives_its_connection)
{
    struct guest guest;
    struct line lost;
    guest_start(&guest, NULL);
    guest_line(&guest, &lost);
    int id =
        guest_fault(&guest, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD, .count = 1 });
    guest_produce_send(&lost, "t", -1);
    guest_await(&guest, id, 1);
    line_close(&lost);
    assert_int_equal(guest_end(&guest.line, "t"), 0);
    assert_int_equal(bl_fault_remove(guest.broker, id, NULL), 0);
    while (guest_end(&guest.line, "t") == 0) {
    }
    assert_int_equal(guest_end(&guest.line, "t"), 1);
    guest_stop(&guest);
}

TEST(a_broker_stops_while_it_holds)
{
    struct guest guest;
    struct line lost;
    struct line kept;
    guest_start(&guest, NULL);
    guest_line(&guest, &lost);
    guest_line(&guest, &kept);
    int id = guest_fault(&guest, (struct bl_fault){ .api = "Produce", .deed = BL_HOLD });
    int watch = guest_fault(&guest, (struct bl_fault){ .api = "Metadata", .deed = BL_WATCH });
    struct metadata_request request;
    struct metadata_response response;
    guest_produce_send(&lost, "t", -1);
    guest_produce_send(&kept, "t", -1);
    guest_produce_send(&kept, "t", -1);
    guest_await(&guest, id, 2);
    line_close(&lost);
    message_defaults(&metadata_request_type, &request);
    line_ask(&guest.line, 3, 12, &request, &response);
    assert_int_equal(bl_fault_hits(guest.broker, watch), 1);
    guest_stop(&guest);
    assert_true(line_is_closed(&kept));
    line_close(&kept);
}

TEST(a_delay_passes)
{
    struct guest guest;
    guest_start(&guest, NULL);
    (void)guest_fault(&guest, (struct bl_fault){ .api = "Produce", .deed = BL_DELAY, .value = 30 });
    (void)guest_fault(&guest, (struct bl_fault){
                                  .api = "Produce", .deed = BL_DELAY, .after = true, .value = 30 });
    int64_t start_us = clock_now_us(&clock_system);
    guest_produce_send(&guest.line, "t", -1);
    assert_int_equal(guest_produce_receive(&guest.line, NULL), 0);
    assert_true(clock_now_us(&clock_system) - start_us >= 58000); /* timers are of whole ms */
    assert_int_equal(guest_end(&guest.line, "t"), 1);
    guest_stop(&guest);
}

/* Time on the thread, of everybody, in percent. */
static void limit_time(struct line *line, double percentage)
{
    struct alter_client_quotas_request_entity_data part = { slice_text("client-id"), { 0 } };
    struct alter_client_quotas_request_op_data op = { slice_text("request_percentage"), percentage,
                                                      false };
    struct alter_client_quotas_request_entry_data entry = { { &part, 1 }, { &op, 1 } };
    struct alter_client_quotas_request request;
    struct alter_client_quotas_response response;
    message_defaults(&alter_client_quotas_request_type, &request);
    request.entries.items = &entry;
    request.entries.count = 1;
    line_ask(line, 49, 1, &request, &response);
    assert_int_equal(response.entries.items[0].error_code, 0);
}

/* 2 s at a stretch would be 20 % of the 10 s over which a quota is looked at. */
TEST(a_delay_costs_no_quota)
{
    struct guest guest;
    int32_t throttle_ms = -1;
    guest_start(&guest, NULL);
    limit_time(&guest.line, 10);
    (void)guest_fault(&guest,
                      (struct bl_fault){ .api = "Produce", .deed = BL_DELAY, .value = 2000 });
    guest_produce_send(&guest.line, "t", -1);
    assert_int_equal(guest_produce_receive(&guest.line, &throttle_ms), 0);
    assert_int_equal(throttle_ms, 0);
    guest_stop(&guest);
}

/* What waits for records under a fault costs no more than without one, and is charged once. */
TEST(a_park_under_a_fault_costs_no_quota)
{
    struct guest guest;
    struct order_fetch order;
    struct fetch_response response;
    guest_start(&guest, NULL);
    limit_time(&guest.line, 10);
    (void)guest_fault(&guest, (struct bl_fault){ .api = "Fetch", .deed = BL_DELAY, .value = 1000 });
    (void)guest_fault(&guest, (struct bl_fault){
                                  .api = "Fetch", .deed = BL_DELAY, .after = true, .value = 1000 });
    order_fetch(&order, 0);
    order.request.min_bytes = 1;
    order.request.max_wait_ms = 1000;
    for (int i = 0; i < 2; i++) {
        line_ask(&guest.line, 1, 11, &order.request, &response);
        assert_int_equal(response.throttle_time_ms, 0);
    }
    guest_stop(&guest);
}

TEST(a_dropped_reply_leaves_the_connection)
{
    struct guest guest;
    guest_start(&guest, NULL);
    (void)guest_fault(&guest,
                      (struct bl_fault){ .api = "Produce", .deed = BL_DROP_REPLY, .count = 1 });
    guest_produce_send(&guest.line, "t", -1);
    assert_int_equal(guest_end(&guest.line, "t"), 1);
    guest_stop(&guest);
}

static void cut(struct bl_fault fault, int64_t records, int bytes)
{
    struct guest guest;
    struct line victim;
    uint8_t begun[64];
    guest_start(&guest, NULL);
    guest_line(&guest, &victim);
    fault.api = "Produce";
    fault.count = 1;
    (void)guest_fault(&guest, fault);
    guest_produce_send(&victim, "t", -1);
    for (int i = 0; i < bytes; i++) {
        assert_int_equal(recv(victim.socket, &begun[i], 1, 0), 1);
    }
    assert_true(line_is_closed(&victim));
    assert_int_equal(guest_end(&guest.line, "t"), records);
    line_close(&victim);
    guest_stop(&guest);
}

TEST(a_connection_is_cut_before_the_effect)
{
    cut((struct bl_fault){ .deed = BL_CLOSE }, 0, 0);
}

TEST(a_connection_is_cut_after_the_effect)
{
    cut((struct bl_fault){ .deed = BL_CLOSE, .after = true }, 1, 0);
}

TEST(an_answer_is_cut_within)
{
    cut((struct bl_fault){ .deed = BL_CUT_REPLY, .value = 0 }, 1, 0);
    cut((struct bl_fault){ .deed = BL_CUT_REPLY, .value = 3 }, 1, 3);
    cut((struct bl_fault){ .deed = BL_CUT_REPLY, .value = 11 }, 1, 11);
}

TEST(an_answer_asks_to_pause)
{
    struct guest guest;
    int32_t throttle_ms;
    guest_start(&guest, NULL);
    (void)guest_fault(&guest,
                      (struct bl_fault){ .api = "Produce", .deed = BL_THROTTLE, .value = 777 });
    guest_produce_send(&guest.line, "t", -1);
    assert_int_equal(guest_produce_receive(&guest.line, &throttle_ms), 0);
    assert_int_equal(throttle_ms, 777);
    guest_stop(&guest);
}

/* As Kafka: whoever does not listen is told by the end of the connection. */
TEST(an_error_without_an_answer_closes)
{
    struct guest guest;
    struct line victim;
    guest_start(&guest, NULL);
    guest_line(&guest, &victim);
    int id = guest_fault(&guest, (struct bl_fault){ .api = "Produce",
                                                    .deed = BL_ERROR,
                                                    .value = KC_ERR_NOT_LEADER_OR_FOLLOWER,
                                                    .count = 1 });
    guest_produce_send(&victim, "t", 0);
    guest_await(&guest, id, 1);
    assert_true(line_is_closed(&victim));
    assert_int_equal(guest_end(&guest.line, "t"), 0);
    line_close(&victim);
    guest_stop(&guest);
}

/* Answers that are made elsewhere and sent from the loop (a join) pass the same gate. */
TEST(answers_of_groups_are_met_too)
{
    struct guest guest;
    struct join_group_request_join_group_request_protocol protocol = { .name = slice_text("range"),
                                                                       .metadata = SLICE_EMPTY };
    struct join_group_request request;
    struct join_group_response response;
    guest_start(&guest, NULL);
    line_await_coordinator(&guest.line, "g");
    (void)guest_fault(&guest, (struct bl_fault){ .api = "JoinGroup",
                                                 .deed = BL_ERROR,
                                                 .after = true,
                                                 .value = KC_ERR_GROUP_MAX_SIZE_REACHED });
    message_defaults(&join_group_request_type, &request);
    request.group_id = slice_text("g");
    request.session_timeout_ms = 10000;
    request.rebalance_timeout_ms = 10000;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = &protocol;
    request.protocols.count = 1;
    line_ask(&guest.line, 11, 3, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_GROUP_MAX_SIZE_REACHED);
    guest_stop(&guest);
}

static void assert_refused(struct guest *guest, struct bl_fault fault, const char *words)
{
    struct kc_error error = { 0 };
    assert_int_equal(bl_fault_add(guest->broker, &fault, NULL, &error), KC_ERR_INVALID);
    if (!strstr(error.text, words)) {
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
    }
}

TEST(a_fault_that_means_nothing_is_named)
{
    struct guest guest;
    struct kc_error error;
    guest_start(&guest, NULL);
    assert_refused(&guest, (struct bl_fault){ .api = "Produec" }, "Produec");
    assert_refused(&guest, (struct bl_fault){ .deed = BL_ERROR }, "value");
    assert_refused(&guest, (struct bl_fault){ .deed = BL_DELAY, .value = -1 }, "value");
    assert_refused(&guest, (struct bl_fault){ .chance = 1.5 }, "chance");
    assert_refused(&guest, (struct bl_fault){ .min_version = -1 }, "min_version");
    assert_refused(&guest, (struct bl_fault){ .deed = (enum bl_deed)99 }, "deed");
    assert_int_equal(bl_fault_remove(guest.broker, 99, &error), KC_ERR_INVALID);
    assert_int_equal(bl_fault_hits(guest.broker, 99), 0);
    assert_int_equal(bl_fault_await(guest.broker, 99, 1, 0, &error), KC_ERR_TIMED_OUT);
    guest_stop(&guest);
}
