/* tests: settings that are altered, and pages of topics. */
#include "order.h"
#include "versions.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static int16_t alter(struct line *line, int8_t type, const char *resource, int8_t operation,
                     const char *name, const char *value, bool validate_only)
{
    struct order_alter order;
    struct incremental_alter_configs_response response;
    order_alter(&order, type, resource, operation, name, value);
    order.request.validate_only = validate_only;
    line_ask(line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.count, 1);
    assert_int_equal(slice_is_null(response.responses.items[0].error_message),
                     response.responses.items[0].error_code == 0);
    return response.responses.items[0].error_code;
}

/* The value in force and where it comes from. */
static void check(struct line *line, const char *name, const char *value, int8_t source)
{
    struct slice key = slice_text(name);
    struct describe_configs_request_describe_configs_resource resource = { 2,
                                                                           slice_text("t"),
                                                                           { &key, 1 } };
    struct describe_configs_request request;
    struct describe_configs_response response;
    message_defaults(&describe_configs_request_type, &request);
    request.resources.items = &resource;
    request.resources.count = 1;
    line_ask(line, 32, 4, &request, &response);
    assert_int_equal(response.results.items[0].configs.count, 1);
    assert_true(slice_is(response.results.items[0].configs.items[0].value, value));
    assert_int_equal(response.results.items[0].configs.items[0].config_source, source);
}

enum {
    TOPIC = 2,
    BROKER = 4,
    LOGGER = 8,
    METRICS = 16,
    GROUP = 32,
    SET = 0,
    DELETE = 1,
    APPEND = 2,
    SUBTRACT = 3
};
enum { FROM_TOPIC = 1, FROM_BROKERS = 3, FROM_DEFAULT = 5 };

/* As long as a string of the protocol may be. */
TEST(long_lists_are_edited)
{
    enum { WORDS = 4095, WORD = 8 };
    static const char *const name = "leader.replication.throttled.replicas";
    struct served served;
    struct line line;
    char *list = malloc((size_t)WORDS * WORD + 1);
    assert_non_null(list);
    for (int i = 0; i < WORDS; i++) {
        (void)snprintf(list + (size_t)i * WORD, WORD + 1, "%05d:1,", i);
    }
    list[(size_t)WORDS * WORD - 1] = 0;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(alter(&line, TOPIC, "t", SET, name, list, false), 0);
    assert_int_equal(alter(&line, TOPIC, "t", APPEND, name, list, false), 0);
    check(&line, name, list, FROM_TOPIC);
    assert_int_equal(alter(&line, TOPIC, "t", SUBTRACT, name, list + WORD, false), 0);
    list[WORD - 1] = 0;
    check(&line, name, list, FROM_TOPIC);
    line_close(&line);
    served_stop(&served);
    free(list);
}

TEST(settings_are_set_and_taken_back)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(alter(&line, TOPIC, "t", SET, "retention.ms", "5000", true), 0);
    check(&line, "retention.ms", "604800000", FROM_DEFAULT); /* only looked at */
    assert_int_equal(alter(&line, TOPIC, "t", SET, "retention.ms", "5000", false), 0);
    check(&line, "retention.ms", "5000", FROM_TOPIC);
    assert_int_equal(alter(&line, TOPIC, "t", DELETE, "retention.ms", NULL, false), 0);
    check(&line, "retention.ms", "604800000", FROM_DEFAULT);
    assert_int_equal(alter(&line, TOPIC, "t", APPEND, "cleanup.policy", "compact", false), 0);
    check(&line, "cleanup.policy", "delete,compact", FROM_TOPIC);
    assert_int_equal(alter(&line, TOPIC, "t", APPEND, "cleanup.policy", "compact", false), 0);
    check(&line, "cleanup.policy", "delete,compact", FROM_TOPIC);
    assert_int_equal(alter(&line, TOPIC, "t", SUBTRACT, "cleanup.policy", "delete", false), 0);
    check(&line, "cleanup.policy", "compact", FROM_TOPIC);
    assert_int_equal(alter(&line, BROKER, "", SET, "log.retention.ms", "7000", false), 0);
    check(&line, "retention.ms", "7000", FROM_BROKERS);
    assert_int_equal(alter(&line, BROKER, "", DELETE, "log.retention.ms", NULL, false), 0);
    check(&line, "retention.ms", "604800000", FROM_DEFAULT);
    line_close(&line);
    served_stop(&served);
}

static const struct {
    int8_t type;
    const char *resource;
    int8_t operation;
    const char *name;
    const char *value;
    int16_t err;
} rows[] = {
    { TOPIC, "t", SET, "retention.ms", "soon", KC_ERR_INVALID_CONFIG },
    { TOPIC, "t", SET, "retention.ms", NULL, KC_ERR_INVALID_REQUEST },
    { TOPIC, "t", SET, "retention.sm", "1", KC_ERR_INVALID_CONFIG },
    { TOPIC, "t", APPEND, "retention.ms", "1", KC_ERR_INVALID_CONFIG },
    { TOPIC, "t", APPEND, "cleanup.policy", "shred", KC_ERR_INVALID_CONFIG },
    { TOPIC, "t", 9, "retention.ms", "1", KC_ERR_INVALID_REQUEST },
    { TOPIC, "", SET, "retention.ms", "1", KC_ERR_INVALID_REQUEST },
    { TOPIC, "nowhere", SET, "retention.ms", "1", KC_ERR_UNKNOWN_TOPIC_OR_PARTITION },
    { BROKER, "", SET, "retention.ms", "1", KC_ERR_INVALID_CONFIG },
    { BROKER, "", SET, "log.retention.ms", "x", KC_ERR_INVALID_REQUEST },
    { BROKER, "2", SET, "log.retention.ms", "1", KC_ERR_INVALID_REQUEST },
    { BROKER, "x", SET, "log.retention.ms", "1", KC_ERR_INVALID_REQUEST },
    { BROKER, "1", SET, "num.partitions", "3", KC_ERR_INVALID_REQUEST },
    { BROKER, "", SET, "ssl.keystore.location", "/x", KC_ERR_INVALID_REQUEST },
    { BROKER, "", APPEND, "log.retention.ms", "1", KC_ERR_INVALID_CONFIG },
    { TOPIC, "t", SET, "min.compaction.lag.ms", "9223372036854775807", 0 },
    { TOPIC, "t", SET, "max.compaction.lag.ms", "5", KC_ERR_INVALID_CONFIG },
    { TOPIC, "bad/name", SET, "retention.ms", "1", KC_ERR_INVALID_TOPIC_EXCEPTION },
    { LOGGER, "1", SET, "root", "INFO", KC_ERR_INVALID_REQUEST },
    { GROUP, "", SET, "consumer.session.timeout.ms", "50000", KC_ERR_INVALID_REQUEST },
    { GROUP, "g", SET, "consumer.session.timeout.ms", "1", KC_ERR_INVALID_CONFIG },
    { GROUP, "g", SET, "consumer.session.timeout.ms", "60001", KC_ERR_INVALID_CONFIG },
    { GROUP, "g", SET, "consumer.session.timeout", "50000", KC_ERR_INVALID_CONFIG },
    { METRICS, "", SET, "interval.ms", "1000", KC_ERR_INVALID_REQUEST },
    { METRICS, "m", SET, "interval.ms", "99", KC_ERR_INVALID_REQUEST },
    { METRICS, "m", SET, "interval.ms", "x", KC_ERR_INVALID_CONFIG },
    { METRICS, "m", SET, "match", "client_id=[", KC_ERR_INVALID_CONFIG },
    { METRICS, "m", APPEND, "metrics", "x", KC_ERR_INVALID_CONFIG },
    { METRICS, "m", SET, "name", "x", KC_ERR_INVALID_REQUEST },
    { 99, "t", SET, "retention.ms", "1", KC_ERR_INVALID_REQUEST },
};

TEST(senseless_settings_are_refused)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(alter(&line, rows[i].type, rows[i].resource, rows[i].operation,
                               rows[i].name, rows[i].value, false),
                         rows[i].err);
    }
    check(&line, "retention.ms", "604800000", FROM_DEFAULT);
    line_close(&line);
    served_stop(&served);
}

static int16_t produce(struct line *line)
{
    uint8_t memory[256];
    struct order_produce order;
    struct produce_response response;
    order_produce(&order, 0, versions_batch(memory), 1);
    line_ask(line, 0, 9, &order.request, &response);
    return response.responses.items[0].partition_responses.items[0].error_code;
}

TEST(logs_obey_what_was_altered_at_once)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(produce(&line), 0);
    assert_int_equal(alter(&line, BROKER, "", SET, "message.max.bytes", "20", false), 0);
    assert_int_equal(produce(&line), KC_ERR_MESSAGE_TOO_LARGE);
    assert_int_equal(alter(&line, TOPIC, "t", SET, "max.message.bytes", "2000", false), 0);
    assert_int_equal(produce(&line), 0);
    assert_int_equal(alter(&line, TOPIC, "t", DELETE, "max.message.bytes", NULL, false), 0);
    assert_int_equal(produce(&line), KC_ERR_MESSAGE_TOO_LARGE);
    assert_int_equal(alter(&line, BROKER, "", DELETE, "message.max.bytes", NULL, false), 0);
    assert_int_equal(produce(&line), 0);
    line_close(&line);
    served_stop(&served);
}

/* Reads all topics page by page; the pages together must hold each partition once, in order. */
static void read_pages(struct line *line, int32_t limit, int32_t expected)
{
    struct describe_topic_partitions_request request;
    struct describe_topic_partitions_request_cursor cursor;
    struct describe_topic_partitions_response response;
    char name[64];
    int32_t seen = 0;
    message_defaults(&describe_topic_partitions_request_type, &request);
    request.response_partition_limit = limit;
    for (;;) {
        int32_t page = 0;
        line_ask(line, 75, 0, &request, &response);
        for (int32_t i = 0; i < response.topics.count; i++) {
            assert_int_equal(response.topics.items[i].error_code, 0);
            for (int32_t j = 0; j < response.topics.items[i].partitions.count; j++) {
                int32_t index = response.topics.items[i].partitions.items[j].partition_index;
                char wanted[16];
                (void)snprintf(wanted, sizeof(wanted), "t%d", seen / 5);
                assert_true(slice_is(response.topics.items[i].name, wanted));
                assert_int_equal(index, seen % 5);
                seen++;
                page++;
            }
        }
        assert_true(page <= limit);
        if (!response.next_cursor) {
            break;
        }
        assert_int_equal(page, limit);
        (void)snprintf(name, sizeof(name), "%.*s", SLICE_ARGS(response.next_cursor->topic_name));
        cursor.topic_name = slice_text(name);
        cursor.partition_index = response.next_cursor->partition_index;
        request.cursor = &cursor;
    }
    assert_int_equal(seen, expected);
}

TEST(topics_come_in_pages)
{
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    for (int i = 0; i < 4; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "t%d", i);
        (void)line_create_topic(&line, name, 5);
    }
    for (int32_t limit = 1; limit <= 21; limit++) {
        read_pages(&line, limit, 20);
    }
    line_close(&line);
    served_stop(&served);
}

/* Bytes that the files of the partition have on disk, and their length. */
static void measure(const struct served *served, int64_t *ret_taken, int64_t *ret_size)
{
    char path[PATH_MAX + 64];
    struct stat status;
    (void)snprintf(path, sizeof(path), "%s/t-0/00000000000000000000.log", served->directory);
    assert_int_equal(stat(path, &status), 0);
    *ret_taken = (int64_t)status.st_blocks * 512;
    *ret_size = (int64_t)status.st_size;
}

TEST(space_is_reserved_and_given_back)
{
    enum { SEGMENT = 1 << 20 };
    static const char *const settings[] = { "log.preallocate", "true", "log.segment.bytes",
                                            "1048576", NULL };
    struct served served;
    struct line line;
    int64_t taken;
    int64_t size;
    served_init(&served);
    served_start(&served, settings);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    assert_int_equal(produce(&line), 0);
    measure(&served, &taken, &size);
    assert_true(size > 0 && size < 1000);
    bool can = taken >= SEGMENT; /* not every file system reserves */
    line_close(&line);
    served_stop(&served);
    measure(&served, &taken, &size);
    assert_true(size > 0 && size < 1000 && taken < SEGMENT);
    served_start(&served, NULL);
    line_open(&line, &served);
    assert_int_equal(produce(&line), 0);
    measure(&served, &taken, &size);
    assert_true(taken < SEGMENT);
    print_message("reserved: %s\n", can ? "yes" : "this file system cannot");
    line_close(&line);
    served_stop(&served);
}
