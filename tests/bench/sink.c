/* bench: a broker that keeps nothing: it takes Produce requests, answers them, and throws the
 * records away unread, as cheaply as the other end of bytes over loopback: into one block that
 * stays in the cache. What a producer reaches into it is the producer's own limit. Every topic
 * exists, with one partition. A thread for each connection.
 *
 *   bench_sink     prints "sink: ready on 127.0.0.1:PORT", and serves until it is killed
 */
#include "bench.h"
#include "link.h"
#include "wire/messages.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PRODUCE = 0,
    METADATA = 3,
    API_VERSIONS = 18,
    INIT_PRODUCER_ID = 22,
    FRAME_BYTES_MAX = 128 << 20,
    BLOCK_BYTES = 1 << 20,
    HEAD_BYTES = 4096, /* of a frame: what stands before the records is in them */
    TAIL_BYTES = 64,   /* and what stands behind them is in these */
};

static char server[64];

struct guest {
    int socket;
    uint8_t *frame;     /* the request; of a long one head and tail only, the rest was never here */
    char *block;        /* it went here */
    struct arena arena; /* of one request */
    struct bytes answer;
    int64_t offset;
};

/* False when the guest has gone. */
static bool receive_frame(struct guest *guest, size_t *ret_size)
{
    uint8_t prefix[sizeof(uint32_t)];
    if (!link_receive(guest->socket, prefix, sizeof prefix)) {
        return false;
    }
    size_t size = load_u32(prefix);
    if (size > FRAME_BYTES_MAX) {
        bench_die("sink", "a frame is too large");
    }
    size_t head = size;
    size_t tail = 0;
    if (size > HEAD_BYTES + TAIL_BYTES) {
        head = HEAD_BYTES;
        tail = TAIL_BYTES;
    }
    bool is_whole = link_receive(guest->socket, guest->frame, head);
    for (size_t left = size - head - tail; is_whole && left > 0;) {
        size_t piece = MIN_OF(left, (size_t)BLOCK_BYTES);
        is_whole = link_receive(guest->socket, guest->block, piece);
        left -= piece;
    }
    *ret_size = size;
    return is_whole && link_receive(guest->socket, guest->frame + size - tail, tail);
}

static void answer(struct guest *guest, const struct request_head *head, const void *response)
{
    struct writer writer;
    guest->answer.size = 0;
    writer_init(&writer, &guest->answer);
    if (response_write(&writer, head->api, head->version, head->correlation_id, response)) {
        bench_die("sink", "an answer cannot be written");
    }
    link_send(guest->socket, guest->answer.data, guest->answer.size);
}

static void answer_versions(struct guest *guest, struct request_head *head)
{
    static const int16_t keys[] = { PRODUCE, METADATA, API_VERSIONS, INIT_PRODUCER_ID };
    enum { KEYS = sizeof keys / sizeof keys[0] };
    struct api_versions_response_api_version rows[KEYS];
    struct api_versions_response response;
    message_defaults(&api_versions_response_type, &response);
    for (int i = 0; i < KEYS; i++) {
        const struct api *api = api_find(keys[i]);
        rows[i] = (struct api_versions_response_api_version){ .api_key = keys[i],
                                                              .min_version = api->version_min,
                                                              .max_version = api->version_max };
    }
    response.api_keys.items = rows;
    response.api_keys.count = KEYS;
    head->version = head->version <= head->api->version_max ? head->version : 0;
    answer(guest, head, &response);
}

static void answer_metadata(struct guest *guest, const struct request_head *head,
                            const struct metadata_request *asked)
{
    struct metadata_response response;
    struct metadata_response_metadata_response_partition partition;
    const char *colon = strchr(server, ':');
    struct metadata_response_metadata_response_broker self = {
        .host = slice_of(server, (size_t)(colon - server)),
        .port = (int32_t)strtol(colon + 1, NULL, 10),
    };
    size_t count = asked->topics.count > 0 ? (size_t)asked->topics.count : 0;
    message_defaults(&metadata_response_type, &response);
    message_defaults(&metadata_response_metadata_response_partition_type, &partition);
    response.brokers.items = &self;
    response.brokers.count = 1;
    response.topics.items = bench_alloc(count + 1, sizeof *response.topics.items);
    for (size_t i = 0; i < count; i++) {
        struct metadata_response_metadata_response_topic *topic = &response.topics.items[i];
        message_defaults(&metadata_response_metadata_response_topic_type, topic);
        topic->name = asked->topics.items[i].name;
        topic->topic_id.bytes[15] = 1;
        topic->partitions.items = &partition;
        topic->partitions.count = 1;
        response.topics.count++;
    }
    answer(guest, head, &response);
    free(response.topics.items);
}

/* One topic with one partition, as this bench sends it. */
static void answer_produce(struct guest *guest, const struct request_head *head,
                           const struct produce_request *asked)
{
    struct produce_response response;
    struct produce_response_topic_produce_response topic;
    struct produce_response_partition_produce_response partition;
    message_defaults(&produce_response_type, &response);
    message_defaults(&produce_response_topic_produce_response_type, &topic);
    message_defaults(&produce_response_partition_produce_response_type, &partition);
    if (asked->acks == 0) {
        return;
    }
    if (asked->topic_data.count != 1) {
        bench_die("sink", "a request is not for one topic");
    }
    topic.name = asked->topic_data.items[0].name;
    topic.topic_id = asked->topic_data.items[0].topic_id;
    topic.partition_responses.items = &partition;
    topic.partition_responses.count = 1;
    partition.base_offset = guest->offset++;
    partition.log_append_time_ms = -1;
    response.responses.items = &topic;
    response.responses.count = 1;
    answer(guest, head, &response);
}

static void serve_request(struct guest *guest, struct request_head *head, struct reader *body)
{
    union {
        struct metadata_request metadata;
        struct produce_request produce;
        struct init_producer_id_request identity;
    } asked;
    struct init_producer_id_response identity;
    if (head->key == API_VERSIONS) {
        answer_versions(guest, head);
        return;
    }
    arena_reset(&guest->arena);
    if (message_decode(head->api->request, head->version, body, &guest->arena, &asked)) {
        bench_die("sink", "a request is malformed");
    }
    switch (head->key) {
    case PRODUCE:
        answer_produce(guest, head, &asked.produce);
        break;
    case METADATA:
        answer_metadata(guest, head, &asked.metadata);
        break;
    default:
        message_defaults(&init_producer_id_response_type, &identity);
        identity.producer_id = 1;
        identity.producer_epoch = 0;
        answer(guest, head, &identity);
    }
}

static bool is_served(const struct request_head *head)
{
    return head->key == PRODUCE || head->key == METADATA || head->key == API_VERSIONS ||
           head->key == INIT_PRODUCER_ID;
}

static void *serve(void *context)
{
    struct guest *guest = context;
    size_t size;
    while (receive_frame(guest, &size)) {
        struct reader reader;
        struct request_head head;
        reader_init(&reader, slice_of(guest->frame, size));
        if (request_head_read(&reader, &head) || !is_served(&head)) {
            bench_die("sink", "an API that this broker has not");
        }
        serve_request(guest, &head, &reader);
    }
    (void)close(guest->socket);
    arena_finish(&guest->arena);
    bytes_finish(&guest->answer);
    free(guest->frame);
    free(guest->block);
    free(guest);
    return NULL;
}

static void welcome(int socket)
{
    struct guest *guest = bench_alloc(1, sizeof *guest);
    pthread_t thread;
    guest->socket = socket;
    /* Room that costs nothing: pages that nobody touches are not there. */
    guest->frame = bench_alloc(FRAME_BYTES_MAX, 1);
    guest->block = bench_alloc(BLOCK_BYTES, 1);
    arena_init(&guest->arena, 16 << 20);
    bytes_init(&guest->answer, 1 << 20);
    if (pthread_create(&thread, NULL, serve, guest)) {
        bench_die("sink", "no thread");
    }
    (void)pthread_detach(thread);
}

int main(void)
{
    int listening = link_listen(server, sizeof server);
    printf("sink: ready on %s\n", server);
    (void)fflush(stdout);
    for (;;) {
        int socket = accept(listening, NULL, NULL);
        if (socket < 0) {
            bench_die("sink", "no further connection");
        }
        welcome(socket);
    }
}
