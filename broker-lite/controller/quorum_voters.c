/* controller: voters as VotersRecord control batches. */
#include "controller/quorum_voters.h"

#include "record/control.h"
#include "record/record.h"
#include "wire/codec.h"
#include "wire/messages.h"

#include <stdio.h>

static enum kc_err encode(const struct raft_configuration *configuration,
                          const struct quorum_options *options, struct bytes *out)
{
    struct voters_record_voter voters[QUORUM_VOTERS_MAX];
    struct voters_record_endpoint endpoints[QUORUM_VOTERS_MAX];
    if (configuration->n > ARRAY_COUNT(voters)) {
        return KC_ERR_INVALID;
    }
    for (unsigned i = 0; i < configuration->n; i++) {
        message_defaults(&voters_record_voter_type, &voters[i]);
        message_defaults(&voters_record_endpoint_type, &endpoints[i]);
        endpoints[i].name = slice_text("CONTROLLER");
        endpoints[i].host = slice_text(options->host);
        endpoints[i].port = (uint16_t)options->port;
        voters[i].voter_id = quorum_voters_node(configuration->servers[i].id);
        voters[i].voter_directory_id = options->directory_id;
        voters[i].endpoints.items = &endpoints[i];
        voters[i].endpoints.count = 1;
    }
    struct voters_record record;
    message_defaults(&voters_record_type, &record);
    record.voters.items = voters;
    record.voters.count = (int32_t)configuration->n;
    struct writer writer;
    writer_init(&writer, out);
    return message_encode(&voters_record_type, 0, &record, &writer);
}

enum kc_err quorum_voters_write(const struct raft_configuration *configuration,
                                const struct quorum_options *options,
                                uint8_t buffer[QUORUM_VOTERS_BYTES_MAX], struct slice *ret_batch)
{
    uint8_t key[4] = { 0, 0, 0, CONTROL_KRAFT_VOTERS };
    struct bytes value;
    struct batch_writer writer;
    bytes_init(&value, QUORUM_VOTERS_BYTES_MAX);
    batch_writer_init(&writer, buffer, QUORUM_VOTERS_BYTES_MAX);
    enum kc_err err = encode(configuration, options, &value);
    if (!err && !batch_writer_append(&writer, clock_wall_ms(options->clock),
                                     slice_of(key, sizeof(key)), bytes_slice(&value), NULL, 0)) {
        err = KC_ERR_TOO_LARGE;
    }
    bytes_finish(&value);
    if (err) {
        return err;
    }
    struct batch_close close = { .control = true,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    return batch_writer_close(&writer, &close, NULL, NULL, ret_batch);
}

static enum kc_err decode(struct slice value, struct raft_buffer *ret_buffer)
{
    struct voters_record voters;
    struct arena arena;
    struct raft_configuration configuration;
    arena_init(&arena, 1 << 20);
    raft_configuration_init(&configuration);
    enum kc_err err = message_decode_all(&voters_record_type, 0, value, &arena, &voters);
    int failure = 0;
    for (int32_t i = 0; !err && !failure && i < voters.voters.count; i++) {
        char address[32];
        if (voters.voters.items[i].voter_id < 0) {
            err = KC_ERR_CORRUPT_FILE;
            break;
        }
        (void)snprintf(address, sizeof(address), "node-%d", voters.voters.items[i].voter_id);
        failure = raft_configuration_add(
            &configuration, quorum_voters_id(voters.voters.items[i].voter_id), address, RAFT_VOTER);
    }
    if (!err && !failure) {
        failure = raft_configuration_encode(&configuration, ret_buffer);
    }
    raft_configuration_close(&configuration);
    arena_finish(&arena);
    return err || failure ? KC_ERR_CORRUPT_FILE : KC_ERR_NONE;
}

enum kc_err quorum_voters_read(const struct batch *batch, struct raft_buffer *ret_buffer)
{
    struct batch_reader reader;
    struct record record;
    if (batch_reader_init(&reader, batch, NULL, NULL) || batch_reader_next(&reader, &record) ||
        control_type_of(record.key) != CONTROL_KRAFT_VOTERS) {
        return KC_ERR_CORRUPT_FILE;
    }
    return decode(record.value, ret_buffer);
}
