/* tests: a broker in this process, and a line to it. */
#include "guest.h"

#include "record/batch_writer.h"
#include "support/test.h"

void guest_line(const struct guest *guest, struct line *line)
{
    struct served served = { .port = bl_port(guest->broker) };
    line_open(line, &served);
}

void guest_start(struct guest *guest, const struct bl_config *config)
{
    struct kc_error error;
    guest->broker = bl_start(config, &error);
    if (!guest->broker) {
        fail_msg("bl_start: %s", error.text);
    }
    guest_line(guest, &guest->line);
    (void)line_create_topic(&guest->line, "t", 1);
}

void guest_stop(struct guest *guest)
{
    struct kc_error error;
    line_close(&guest->line);
    if (bl_stop(guest->broker, &error)) {
        fail_msg("bl_stop: %s", error.text);
    }
}

int guest_fault(struct guest *guest, struct bl_fault fault)
{
    struct kc_error error;
    int id = 0;
    if (bl_fault_add(guest->broker, &fault, &id, &error)) {
        fail_msg("bl_fault_add: %s", error.text);
    }
    return id;
}

void guest_await(struct guest *guest, int id, unsigned hits)
{
    struct kc_error error;
    if (bl_fault_await(guest->broker, id, hits, GUEST_PATIENCE_MS, &error)) {
        fail_msg("bl_fault_await: %s", error.text);
    }
}

void guest_produce_send(struct line *line, const char *topic, int16_t acks)
{
    uint8_t memory[256];
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    struct produce_request_partition_produce_data data = { 0 };
    struct produce_request_topic_produce_data about = { slice_text(topic),
                                                        { { 0 } },
                                                        { &data, 1 } };
    struct produce_request request;
    batch_writer_init(&writer, memory, sizeof(memory));
    assert_true(
        batch_writer_append(&writer, 1700000000000, slice_text("k"), slice_text("v"), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &data.records), 0);
    message_defaults(&produce_request_type, &request);
    request.acks = acks;
    request.timeout_ms = 30000;
    request.topic_data.items = &about;
    request.topic_data.count = 1;
    line_send(line, 0, 9, &request);
}

enum kc_err guest_produce_receive(struct line *line, int32_t *ret_throttle_ms)
{
    struct produce_response response;
    line_receive(line, 0, 9, &response);
    assert_int_equal(response.responses.count, 1);
    assert_int_equal(response.responses.items[0].partition_responses.count, 1);
    if (ret_throttle_ms) {
        *ret_throttle_ms = response.throttle_time_ms;
    }
    return (enum kc_err)response.responses.items[0].partition_responses.items[0].error_code;
}

enum kc_err guest_produce(struct line *line, const char *topic)
{
    guest_produce_send(line, topic, -1);
    return guest_produce_receive(line, NULL);
}

int64_t guest_end(struct line *line, const char *topic)
{
    struct list_offsets_request_list_offsets_partition partition;
    struct list_offsets_request_list_offsets_topic about;
    struct list_offsets_request request;
    struct list_offsets_response response;
    message_defaults(&list_offsets_request_type, &request);
    message_defaults(&list_offsets_request_list_offsets_topic_type, &about);
    message_defaults(&list_offsets_request_list_offsets_partition_type, &partition);
    partition.timestamp = -1;
    about.name = slice_text(topic);
    about.partitions.items = &partition;
    about.partitions.count = 1;
    request.replica_id = -1;
    request.topics.items = &about;
    request.topics.count = 1;
    line_ask(line, 2, 7, &request, &response);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code, 0);
    return response.topics.items[0].partitions.items[0].offset;
}
