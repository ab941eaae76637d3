/* bench: a broker that keeps nothing: it takes Produce requests, answers them, and throws the
 * records away unread. What a producer reaches into it is the producer's own limit, to be held
 * against bytes over loopback. Every topic exists, with one partition.
 *
 *   bench_sink     prints "sink: ready on 127.0.0.1:PORT"; SIGTERM ends it
 */
#include "net/listener.h"
#include "wire/messages.h"

#include <signal.h>
#include <stdio.h>

struct sink_broker {
    struct loop *loop;
    struct listener *listener;
    struct arena arena; /* of one request */
    int64_t offset;
};

static void answer(struct session *session, int16_t version, const void *message)
{
    (void)session_answer_in(session, version, message, NULL, NULL);
}

static void answer_versions(struct session *session, int16_t version)
{
    enum { KEYS = 4 };
    static const int16_t keys[KEYS] = { 0, 3, 18, 22 };
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
    answer(session, version, &response);
}

static void answer_metadata(struct sink_broker *broker, struct session *session,
                            const struct session_request *request)
{
    struct metadata_request asked;
    struct metadata_response response;
    struct metadata_response_metadata_response_partition partition;
    struct metadata_response_metadata_response_broker self = {
        .host = slice_text("127.0.0.1"), .port = listener_port(broker->listener)
    };
    struct reader body = request->body;
    message_defaults(&metadata_response_type, &response);
    message_defaults(&metadata_response_metadata_response_partition_type, &partition);
    if (message_decode(&metadata_request_type, request->head.version, &body, &broker->arena,
                       &asked)) {
        session_close(session, "malformed");
        return;
    }
    size_t count = asked.topics.count > 0 ? (size_t)asked.topics.count : 0;
    response.brokers.items = &self;
    response.brokers.count = 1;
    response.topics.items =
        arena_alloc_array(&broker->arena, count + 1, sizeof(*response.topics.items));
    for (size_t i = 0; i < count && response.topics.items; i++) {
        struct metadata_response_metadata_response_topic *topic = &response.topics.items[i];
        message_defaults(&metadata_response_metadata_response_topic_type, topic);
        topic->name = asked.topics.items[i].name;
        topic->topic_id.bytes[15] = 1;
        topic->partitions.items = &partition;
        topic->partitions.count = 1;
        response.topics.count++;
    }
    answer(session, request->head.version, &response);
}

/* One topic with one partition, as this bench sends it. */
static void answer_produce(struct sink_broker *broker, struct session *session,
                           const struct session_request *request)
{
    struct produce_request asked;
    struct produce_response response;
    struct produce_response_topic_produce_response topic;
    struct produce_response_partition_produce_response partition;
    struct reader body = request->body;
    message_defaults(&produce_response_type, &response);
    message_defaults(&produce_response_topic_produce_response_type, &topic);
    message_defaults(&produce_response_partition_produce_response_type, &partition);
    if (message_decode(&produce_request_type, request->head.version, &body, &broker->arena,
                       &asked) ||
        asked.topic_data.count != 1) {
        session_close(session, "not what this broker takes");
        return;
    }
    if (asked.acks == 0) {
        session_no_reply(session);
        return;
    }
    topic.name = asked.topic_data.items[0].name;
    topic.topic_id = asked.topic_data.items[0].topic_id;
    topic.partition_responses.items = &partition;
    topic.partition_responses.count = 1;
    partition.base_offset = broker->offset++;
    partition.log_append_time_ms = -1;
    response.responses.items = &topic;
    response.responses.count = 1;
    answer(session, request->head.version, &response);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct sink_broker *broker = context;
    struct init_producer_id_response identity;
    arena_reset(&broker->arena);
    switch (request->head.key) {
    case 0:
        answer_produce(broker, session, request);
        break;
    case 3:
        answer_metadata(broker, session, request);
        break;
    case 18:
        answer_versions(session, request->head.version <= 4 ? request->head.version : 0);
        break;
    case 22:
        message_defaults(&init_producer_id_response_type, &identity);
        identity.producer_id = 1;
        identity.producer_epoch = 0;
        answer(session, request->head.version, &identity);
        break;
    default:
        session_close(session, "an API that this broker has not");
    }
}

static void on_signal(void *context, int number)
{
    (void)number;
    loop_stop(((struct sink_broker *)context)->loop);
}

int main(void)
{
    static const struct listener_handler handler = { .on_request = on_request };
    struct kc_error error = { 0 };
    struct sink_broker broker = { .loop = loop_create() };
    const struct listener_options options = { .loop = broker.loop, .host = "127.0.0.1" };
    arena_init(&broker.arena, 16 << 20);
    if (listener_open(&options, &handler, &broker, &broker.listener, &error)) {
        (void)fprintf(stderr, "sink: %s\n", error.text);
        return 1;
    }
    struct loop_signal *end = loop_signal_create(broker.loop, SIGTERM, on_signal, &broker);
    printf("sink: ready on 127.0.0.1:%u\n", (unsigned)listener_port(broker.listener));
    (void)fflush(stdout);
    loop_run(broker.loop);
    loop_signal_destroy(end);
    listener_destroy(broker.listener);
    loop_destroy(broker.loop);
    arena_finish(&broker.arena);
    return 0;
}
