/* tests: messages, interceptors and hooks against a broker ($BOOTSTRAP_SERVERS), through the public
 * headers alone. Ends with 0 when all is as it should be. */
#include <libclient/client.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char topic[] = "watched";

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

struct watch {
    atomic_int sent;
    atomic_int acknowledged;
    atomic_int refused;
    atomic_int consumed;
    atomic_int committed;
    atomic_int delivered;
    atomic_int connects;
    atomic_int disconnects;
    atomic_int writes;
    atomic_int reads;
    atomic_int produces;
    atomic_int fetches;
};

static bool on_send(void *context, struct kc_message *message, struct kc_scratch *scratch)
{
    struct watch *watch = context;
    watch->sent++;
    if (message->value.type == KC_OBJECT_STRING && message->value.as.bytes.size == 6 &&
        memcmp(message->value.as.bytes.data, "secret", 6) == 0) {
        return false;
    }
    struct kc_header *headers = kc_scratch_alloc(scratch, sizeof(*headers));
    CHECK(headers);
    headers->key = kc_text("trace");
    headers->value = kc_text("17");
    message->headers = headers;
    message->header_count = 1;
    return true;
}

static void on_acknowledgement(void *context, const struct kc_delivery *delivery)
{
    struct watch *watch = context;
    watch->acknowledged += delivery->err == KC_ERR_NONE && delivery->offset >= 0;
    watch->refused += delivery->err == KC_ERR_POLICY_VIOLATION;
}

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct watch *watch = context;
    CHECK(delivery->err == KC_ERR_NONE);
    watch->delivered++;
    CHECK(watch->acknowledged >= watch->delivered);
}

static bool on_consume(void *context, struct kc_record *record)
{
    struct watch *watch = context;
    watch->consumed++;
    /* What has no key is none of the application's business. */
    return record->key.data != NULL;
}

static void on_commit(void *context, enum kc_err err, const struct kc_position *positions,
                      size_t count)
{
    struct watch *watch = context;
    CHECK(err == KC_ERR_NONE && count == 1 && strcmp(positions[0].topic, topic) == 0);
    watch->committed++;
}

static void on_connect(void *context, const struct kc_peer *peer, enum kc_err err, int64_t took_us)
{
    struct watch *watch = context;
    CHECK(err == KC_ERR_NONE && took_us >= 0 && peer->port > 0 && peer->host[0] != 0);
    watch->connects++;
}

static void on_disconnect(void *context, const struct kc_peer *peer, enum kc_err err,
                          const char *text)
{
    struct watch *watch = context;
    CHECK(err == KC_ERR_NONE && text && peer->port > 0);
    watch->disconnects++;
}

static void on_write(void *context, const struct kc_peer *peer, int16_t api_key, size_t size,
                     int64_t waited_us)
{
    struct watch *watch = context;
    CHECK(peer->port > 0 && size > 12 && waited_us >= 0);
    watch->writes++;
    watch->produces += strcmp(kc_api_name(api_key), "Produce") == 0;
    watch->fetches += strcmp(kc_api_name(api_key), "Fetch") == 0;
}

static void on_read(void *context, const struct kc_peer *peer, int16_t api_key, size_t size,
                    int64_t took_us, enum kc_err err)
{
    struct watch *watch = context;
    (void)api_key;
    CHECK(peer->port > 0 && took_us >= 0 && (err != KC_ERR_NONE || size > 8));
    watch->reads += err == KC_ERR_NONE;
}

static void set(struct kc_config *config, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(config, name, value, &error) != KC_ERR_NONE) {
        (void)fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
}

static struct kc_config *make_config(struct watch *watch)
{
    const char *servers = getenv("BOOTSTRAP_SERVERS");
    struct kc_config *config = kc_config_create();
    struct kc_producer_interceptor producing = { on_send, on_acknowledgement, watch };
    struct kc_consumer_interceptor consuming = { on_consume, on_commit, watch };
    struct kc_broker_hooks hooks = { .on_connect = on_connect,
                                     .on_disconnect = on_disconnect,
                                     .on_write = on_write,
                                     .on_read = on_read,
                                     .context = watch };
    set(config, "bootstrap.servers", servers ? servers : "localhost:9092");
    set(config, "key.serializer", "org.apache.kafka.common.serialization.LongSerializer");
    set(config, "key.deserializer", "org.apache.kafka.common.serialization.LongDeserializer");
    set(config, "value.deserializer", "string");
    set(config, "group.id", "watchers");
    CHECK(kc_config_add_producer_interceptor(config, &producing, NULL) == KC_ERR_NONE);
    CHECK(kc_config_add_consumer_interceptor(config, &consuming, NULL) == KC_ERR_NONE);
    CHECK(kc_config_add_broker_hooks(config, &hooks, NULL) == KC_ERR_NONE);
    return config;
}

static void produce(const struct kc_config *config, struct watch *watch)
{
    struct kc_error error;
    struct kc_producer *producer = kc_producer_create(config, &error);
    CHECK(producer);
    struct kc_message message = { .topic = topic,
                                  .flags = KC_RECORD_PARTITION,
                                  .key = kc_object_int64(9007199254740993),
                                  .value = kc_object_string("first") };
    CHECK(kc_producer_send_message(producer, &message, on_delivery, watch, &error) == KC_ERR_NONE);
    message.value = kc_object_string("secret");
    CHECK(kc_producer_send_message(producer, &message, on_delivery, watch, &error) ==
          KC_ERR_POLICY_VIOLATION);
    CHECK(strstr(error.text, "interceptor 1 refused"));
    message.key = kc_object_int32(1);
    message.value = kc_object_string("x");
    CHECK(kc_producer_send_message(producer, &message, NULL, NULL, &error) == KC_ERR_INVALID);
    CHECK(strstr(error.text, "key: the serializer is for long, the object is integer"));
    struct kc_record record = { .topic = topic, .flags = KC_RECORD_PARTITION };
    record.value = kc_text("without key");
    CHECK(kc_producer_send(producer, &record, NULL, NULL, &error) == KC_ERR_NONE);
    record.key = kc_text("poison"); /* no long */
    CHECK(kc_producer_send_sync(producer, &record, 10000, NULL, &error) == KC_ERR_NONE);
    message.key = kc_object_null();
    message.key = kc_object_int64(-1);
    message.value = kc_object_uuid((const uint8_t *)"0123456789abcdef");
    CHECK(kc_producer_send_message(producer, &message, on_delivery, watch, &error) == KC_ERR_NONE);
    CHECK(kc_producer_flush(producer, 10000, &error) == KC_ERR_NONE);
    kc_producer_destroy(producer);
    CHECK(watch->sent == 6 && watch->acknowledged == 4 && watch->refused == 1);
    CHECK(watch->delivered == 2 && watch->produces >= 1);
}

static void check_header(const struct kc_record *record)
{
    size_t position = 0;
    struct kc_header header;
    CHECK(kc_record_next_header(record, &position, &header));
    CHECK(header.value.size == 2 && memcmp(header.value.data, "17", 2) == 0);
}

static void consume(const struct kc_config *config, struct watch *watch)
{
    struct kc_error error;
    struct kc_object key;
    struct kc_object value;
    struct kc_record record;
    struct kc_position from = { topic, 0, KC_OFFSET_EARLIEST, -1, NULL, KC_ERR_NONE };
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    CHECK(consumer && kc_consumer_assign(consumer, &from, 1, &error) == KC_ERR_NONE);
    CHECK(kc_consumer_poll_record(consumer, 10000, &record, &error) == KC_ERR_NONE);
    check_header(&record);
    CHECK(kc_consumer_deserialize(consumer, &record, NULL, &key, &value, &error) == KC_ERR_NONE);
    CHECK(key.type == KC_OBJECT_INT64 && key.as.int64 == 9007199254740993);
    CHECK(value.type == KC_OBJECT_STRING && memcmp(value.as.bytes.data, "first", 5) == 0);
    /* The one without key is left out; the poison is told and does not stop what is behind it. */
    CHECK(kc_consumer_poll_record(consumer, 10000, &record, &error) == KC_ERR_NONE);
    CHECK(record.offset == 2 && record.key.size == 6);
    CHECK(kc_consumer_deserialize(consumer, &record, NULL, &key, NULL, &error) ==
          KC_ERR_INVALID_RECORD);
    CHECK(strstr(error.text, "topic 'watched' partition 0 offset 2, key: 6 bytes"));
    CHECK(kc_consumer_poll_record(consumer, 10000, &record, &error) == KC_ERR_NONE);
    CHECK(kc_consumer_deserialize(consumer, &record, NULL, &key, &value, &error) == KC_ERR_NONE);
    CHECK(key.as.int64 == -1 && value.as.bytes.size == 36);
    CHECK(kc_consumer_commit_sync(consumer, NULL, 0, 10000, &error) == KC_ERR_NONE);
    kc_consumer_destroy(consumer);
    CHECK(watch->consumed == 4 && watch->committed == 1 && watch->fetches >= 1);
}

int main(void)
{
    static struct watch watch;
    struct kc_config *config = make_config(&watch);
    produce(config, &watch);
    consume(config, &watch);
    kc_config_destroy(config);
    CHECK(watch.connects >= 2 && watch.connects == watch.disconnects);
    CHECK(watch.writes >= watch.reads && watch.reads > 4);
    printf("good\n");
    return 0;
}
