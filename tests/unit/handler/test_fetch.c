/* tests: fetches as a consumer sends them: sessions, limits, what waits and what does not. */
#include "order.h"
#include "served.h"
#include "versions.h"

#include "base/random.h"
#include "record/batch.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BATCH_SIZE = 70, VERSION_BY_NAME = 12, VERSION_BY_ID = 17, PARTITIONS = 4 };

struct fetching {
    struct served served;
    struct line line;
    struct uuid topic;
    struct fetch_request request;
    struct fetch_request_fetch_topic topics[2];
    struct fetch_request_fetch_partition partitions[2][PARTITIONS];
    struct fetch_response response;
};

static void fetching_open(struct fetching *fetching, const char *const *settings)
{
    *fetching = (struct fetching){ 0 };
    served_init(&fetching->served);
    served_start(&fetching->served, settings);
    line_open(&fetching->line, &fetching->served);
    fetching->topic = line_create_topic(&fetching->line, "t", PARTITIONS);
    message_defaults(&fetch_request_type, &fetching->request);
    fetching->request.topics.items = fetching->topics;
    fetching->request.topics.count = 1;
    fetching->request.max_bytes = 1 << 20;
    for (size_t i = 0; i < 2; i++) {
        message_defaults(&fetch_request_fetch_topic_type, &fetching->topics[i]);
        fetching->topics[i].topic = slice_text(i == 0 ? "t" : "none");
        fetching->topics[i].topic_id = i == 0 ? fetching->topic : (struct uuid){ { 7 } };
        fetching->topics[i].partitions.items = fetching->partitions[i];
        fetching->topics[i].partitions.count = i == 0 ? PARTITIONS : 1;
        for (int32_t j = 0; j < PARTITIONS; j++) {
            message_defaults(&fetch_request_fetch_partition_type, &fetching->partitions[i][j]);
            fetching->partitions[i][j].partition = j;
            fetching->partitions[i][j].partition_max_bytes = 1 << 20;
        }
    }
}

static void fetching_close(struct fetching *fetching)
{
    line_close(&fetching->line);
    served_stop(&fetching->served);
}

static void produce_batch(struct fetching *fetching, int32_t partition, struct slice batch)
{
    struct order_produce order;
    struct produce_response response;
    order_produce(&order, partition, batch, 1);
    line_ask(&fetching->line, 0, 9, &order.request, &response);
    assert_int_equal(response.responses.items[0].partition_responses.items[0].error_code, 0);
}

static void produce(struct fetching *fetching, int32_t partition, int count)
{
    for (int i = 0; i < count; i++) {
        uint8_t memory[256];
        produce_batch(fetching, partition, versions_batch(memory));
    }
}

enum { LARGE = 200000 };

/* One record of so many bytes of chance. */
static void produce_large(struct fetching *fetching, int32_t partition, uint64_t seed)
{
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    uint8_t *memory = malloc(LARGE + 256);
    uint8_t *value = malloc(LARGE);
    struct batch_writer writer;
    struct random random;
    struct slice batch;
    random_init(&random, seed);
    random_fill(&random, value, LARGE);
    batch_writer_init(&writer, memory, LARGE + 256);
    assert_true(
        batch_writer_append(&writer, 1700000000000, SLICE_NULL, slice_of(value, LARGE), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), 0);
    produce_batch(fetching, partition, batch);
    free(memory);
    free(value);
}

/* Whole batches with right checksums, as many as said. */
static void check_batches(struct slice records, int count)
{
    for (int i = 0; i < count; i++) {
        struct batch batch;
        assert_int_equal(batch_read(records, &batch), 0);
        assert_int_equal(batch.base_offset, i);
        assert_int_equal(batch_check_crc(&batch), 0);
        records = slice_of(records.data + batch.bytes.size, records.size - batch.bytes.size);
    }
    assert_int_equal(records.size, 0);
}

/* The error of the whole answer. */
static int16_t ask(struct fetching *fetching, int16_t version, int32_t session, int32_t epoch)
{
    fetching->request.session_id = session;
    fetching->request.session_epoch = epoch;
    line_ask(&fetching->line, 1, version, &fetching->request, &fetching->response);
    return fetching->response.error_code;
}

static const struct fetch_response_partition_data *answered(const struct fetching *fetching,
                                                            int32_t topic, int32_t partition)
{
    assert_true(topic < fetching->response.responses.count);
    assert_true(partition < fetching->response.responses.items[topic].partitions.count);
    return &fetching->response.responses.items[topic].partitions.items[partition];
}

static void goes_on(int16_t version)
{
    struct fetching fetching;
    fetching_open(&fetching, NULL);
    assert_int_equal(ask(&fetching, version, 0, 0), 0);
    int32_t session = fetching.response.session_id;
    assert_true(session > 0);
    assert_int_equal(fetching.response.responses.items[0].partitions.count, PARTITIONS);
    fetching.request.topics.count = 0;
    assert_int_equal(ask(&fetching, version, session, 1), 0);
    assert_int_equal(fetching.response.session_id, session);
    assert_int_equal(fetching.response.responses.count, 0); /* nothing new */
    produce(&fetching, 2, 1);
    assert_int_equal(ask(&fetching, version, session, 2), 0);
    assert_int_equal(fetching.response.responses.items[0].partitions.count, 1);
    assert_int_equal(answered(&fetching, 0, 0)->partition_index, 2);
    assert_int_equal(answered(&fetching, 0, 0)->records.size, BATCH_SIZE);
    assert_int_equal(answered(&fetching, 0, 0)->high_watermark, 1);
    if (version >= 13) {
        assert_true(uuid_equal(&fetching.response.responses.items[0].topic_id, &fetching.topic));
    } else {
        assert_true(slice_is(fetching.response.responses.items[0].topic, "t"));
    }
    /* Read on: partition 2 from its end, partition 3 no more. */
    struct fetch_request_forgotten_topic forgotten;
    int32_t last = 3;
    message_defaults(&fetch_request_forgotten_topic_type, &forgotten);
    forgotten.topic = slice_text("t");
    forgotten.topic_id = fetching.topic;
    forgotten.partitions.items = &last;
    forgotten.partitions.count = 1;
    fetching.request.topics.count = 1;
    fetching.topics[0].partitions.count = 1;
    fetching.partitions[0][0].partition = 2;
    fetching.partitions[0][0].fetch_offset = 1;
    fetching.request.forgotten_topics_data.items = &forgotten;
    fetching.request.forgotten_topics_data.count = 1;
    assert_int_equal(ask(&fetching, version, session, 3), 0);
    assert_int_equal(fetching.response.responses.count, 0);
    fetching.request.topics.count = 0;
    fetching.request.forgotten_topics_data.count = 0;
    produce(&fetching, 3, 1);
    produce(&fetching, 0, 1);
    assert_int_equal(ask(&fetching, version, session, 4), 0);
    assert_int_equal(fetching.response.responses.items[0].partitions.count, 1);
    assert_int_equal(answered(&fetching, 0, 0)->partition_index, 0);
    fetching_close(&fetching);
}

TEST(a_session_tells_what_is_new_by_id)
{
    goes_on(VERSION_BY_ID);
}

TEST(a_session_tells_what_is_new_by_name)
{
    goes_on(VERSION_BY_NAME);
}

TEST(a_session_that_is_not_right_is_told_so)
{
    struct fetching fetching;
    fetching_open(&fetching, NULL);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 0), 0);
    int32_t session = fetching.response.session_id;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 2), KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    assert_int_equal(fetching.response.responses.count, 0);
    assert_int_equal(fetching.response.session_id, 0);
    assert_int_equal(ask(&fetching, VERSION_BY_NAME, session, 1),
                     KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session ^ 1, 1),
                     KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 1), KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, -1, -2), KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 1), 0); /* it is as it was */
    /* A full fetch that names it ends it, and begins another. */
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 0), 0);
    assert_int_not_equal(fetching.response.session_id, session);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 2), KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, -1), 0); /* without a session */
    assert_int_equal(fetching.response.session_id, 0);
    fetching_close(&fetching);
}

TEST(a_session_without_partitions_ends)
{
    struct fetching fetching;
    struct fetch_request_forgotten_topic forgotten;
    int32_t all[PARTITIONS] = { 0, 1, 2, 3 };
    fetching_open(&fetching, NULL);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 0), 0);
    int32_t session = fetching.response.session_id;
    message_defaults(&fetch_request_forgotten_topic_type, &forgotten);
    forgotten.topic_id = fetching.topic;
    forgotten.partitions.items = all;
    forgotten.partitions.count = PARTITIONS;
    fetching.request.topics.count = 0;
    fetching.request.forgotten_topics_data.items = &forgotten;
    fetching.request.forgotten_topics_data.count = 1;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 1), 0);
    assert_int_equal(fetching.response.session_id, 0);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, session, 2), KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    fetching_close(&fetching);
}

TEST(without_slots_everything_is_told_each_time)
{
    struct fetching fetching;
    const char *const settings[] = { "max.incremental.fetch.session.cache.slots", "0", NULL };
    fetching_open(&fetching, settings);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 0), 0);
        assert_int_equal(fetching.response.session_id, 0);
        assert_int_equal(fetching.response.responses.items[0].partitions.count, PARTITIONS);
    }
    fetching_close(&fetching);
}

/* The session goes on over another connection while a fetch of it waits: that one has nothing to
 * say any more. */
TEST(a_fetch_whose_session_went_on_is_told_so)
{
    struct fetching fetching;
    struct line other;
    struct fetch_response late;
    fetching_open(&fetching, NULL);
    line_open(&other, &fetching.served);
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 0), 0);
    int32_t session = fetching.response.session_id;
    fetching.request.topics.count = 0;
    fetching.request.session_id = session;
    fetching.request.session_epoch = 1;
    fetching.request.min_bytes = 1;
    fetching.request.max_wait_ms = 60000;
    line_send(&other, 1, VERSION_BY_ID, &fetching.request);
    fetching.request.max_wait_ms = 0;
    /* It has been taken when its epoch is over. */
    while (ask(&fetching, VERSION_BY_ID, session, 2)) {
        assert_int_equal(fetching.response.error_code, KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    }
    produce(&fetching, 0, 1);
    line_receive(&other, 1, VERSION_BY_ID, &late);
    assert_int_equal(late.error_code, KC_ERR_INVALID_FETCH_SESSION_EPOCH);
    assert_int_equal(late.responses.count, 0);
    line_close(&other);
    fetching_close(&fetching);
}

/* A consumer with one topic that is gone is not answered over and over for it. */
TEST(an_unknown_topic_among_others_does_not_cut_the_wait)
{
    struct fetching fetching;
    fetching_open(&fetching, NULL);
    fetching.request.topics.count = 2;
    fetching.request.min_bytes = 1;
    fetching.request.max_wait_ms = 60000;
    fetching.request.session_epoch = -1;
    line_send(&fetching.line, 1, VERSION_BY_ID, &fetching.request);
    struct line other;
    struct line first = fetching.line;
    line_open(&other, &fetching.served);
    fetching.line = other;
    struct pollfd quiet = { .fd = first.socket, .events = POLLIN };
    assert_int_equal(poll(&quiet, 1, 20), 0);
    produce(&fetching, 1, 1);
    line_receive(&first, 1, VERSION_BY_ID, &fetching.response);
    assert_int_equal(answered(&fetching, 0, 1)->records.size, BATCH_SIZE);
    assert_int_equal(answered(&fetching, 1, 0)->error_code, KC_ERR_UNKNOWN_TOPIC_ID);
    line_close(&first);
    /* Alone it is told at once. */
    fetching.topics[0] = fetching.topics[1];
    fetching.request.topics.count = 1;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, -1), 0);
    assert_int_equal(answered(&fetching, 0, 0)->error_code, KC_ERR_UNKNOWN_TOPIC_ID);
    fetching_close(&fetching);
}

/* KIP-74: the first batch comes whole, whatever the limits say; after it only what fits, and no
 * piece of a batch that nobody could read. */
TEST(limits_are_kept_but_for_the_first_batch)
{
    struct fetching fetching;
    fetching_open(&fetching, NULL);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        produce(&fetching, i, 2);
    }
    fetching.request.max_bytes = 1;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, -1), 0);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        assert_int_equal(answered(&fetching, 0, i)->records.size, i == 0 ? BATCH_SIZE : 0);
        assert_int_equal(answered(&fetching, 0, i)->high_watermark, 2);
    }
    fetching.request.max_bytes = 1 << 20;
    fetching.partitions[0][1].partition_max_bytes = BATCH_SIZE - 1;
    fetching.partitions[0][2].partition_max_bytes = BATCH_SIZE + 1;
    fetching.partitions[0][3].partition_max_bytes = 0;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, -1), 0);
    assert_int_equal(answered(&fetching, 0, 0)->records.size, 2 * BATCH_SIZE);
    assert_int_equal(answered(&fetching, 0, 1)->records.size, 0);
    assert_int_equal(answered(&fetching, 0, 2)->records.size, BATCH_SIZE + 1); /* as Kafka: cut */
    assert_int_equal(answered(&fetching, 0, 3)->records.size, 0);
    /* More than there may be in one answer is not waited for. */
    fetching.request.max_bytes = BATCH_SIZE;
    fetching.request.min_bytes = 1 << 20;
    fetching.request.max_wait_ms = 60000;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, -1), 0);
    assert_int_equal(answered(&fetching, 0, 0)->records.size, BATCH_SIZE);
    fetching_close(&fetching);
}

/* With a session the partitions take turns at being first. */
TEST(partitions_take_turns_in_a_session)
{
    struct fetching fetching;
    int32_t firsts[PARTITIONS];
    fetching_open(&fetching, NULL);
    for (int32_t i = 0; i < PARTITIONS; i++) {
        produce(&fetching, i, 1);
    }
    fetching.request.max_bytes = 1;
    assert_int_equal(ask(&fetching, VERSION_BY_ID, 0, 0), 0);
    int32_t session = fetching.response.session_id;
    fetching.request.topics.count = 0;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        assert_int_equal(ask(&fetching, VERSION_BY_ID, session, i + 1), 0);
        assert_int_equal(fetching.response.responses.items[0].partitions.count, 1);
        firsts[i] = answered(&fetching, 0, 0)->partition_index;
        for (int32_t j = 0; j < i; j++) {
            assert_int_not_equal(firsts[i], firsts[j]);
        }
    }
    fetching_close(&fetching);
}

/* Sent from the log's files, between partitions that are copied and one that is empty. */
static void fetch_large(struct fetching *fetching, int8_t isolation_level)
{
    enum { EACH = 10 };
    fetching->request.max_bytes = 50 << 20;
    fetching->request.isolation_level = isolation_level;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        fetching->partitions[0][i].partition_max_bytes = 10 << 20;
    }
    assert_int_equal(ask(fetching, VERSION_BY_ID, 0, -1), 0);
    check_batches(answered(fetching, 0, 0)->records, EACH);
    check_batches(answered(fetching, 0, 1)->records, 1);
    check_batches(answered(fetching, 0, 2)->records, EACH);
    check_batches(answered(fetching, 0, 3)->records, 0);
}

static void fill_large(struct fetching *fetching)
{
    for (uint64_t i = 0; i < 10; i++) {
        produce_large(fetching, 0, i);
        produce_large(fetching, 2, 100 + i);
    }
    produce(fetching, 1, 1);
}

TEST(large_answers_come_from_the_files)
{
    struct fetching fetching;
    fetching_open(&fetching, NULL);
    fill_large(&fetching);
    fetch_large(&fetching, 0);
    fetch_large(&fetching, 1);
    fetching_close(&fetching);
}

/* What the page cache has let go of is read on a pool thread first. */
TEST(cold_files_are_read_before_they_are_sent)
{
    struct fetching fetching;
    char path[PATH_MAX + 64];
    fetching_open(&fetching, NULL);
    fill_large(&fetching);
    for (int i = 0; i <= 2; i += 2) {
        (void)snprintf(path, sizeof(path), "%s/t-%d/00000000000000000000.log",
                       fetching.served.directory, i);
        int file = open(path, O_RDWR);
        assert_true(file >= 0);
        assert_int_equal(fsync(file), 0);
        assert_int_equal(posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
        (void)close(file);
    }
    fetch_large(&fetching, 0);
    fetching_close(&fetching);
}

/* Readers that never read, and go: the broker holds no answer of theirs in memory, and lives. */
TEST(readers_that_do_not_read_go_without_harm)
{
    enum { READERS = 20 };
    struct fetching fetching;
    struct line readers[READERS];
    fetching_open(&fetching, NULL);
    fill_large(&fetching);
    fetching.request.max_bytes = 50 << 20;
    fetching.request.session_epoch = -1;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        fetching.partitions[0][i].partition_max_bytes = 10 << 20;
    }
    for (int i = 0; i < READERS; i++) {
        line_open(&readers[i], &fetching.served);
        line_send(&readers[i], 1, VERSION_BY_ID, &fetching.request);
        line_send(&readers[i], 1, VERSION_BY_ID, &fetching.request);
    }
    fetch_large(&fetching, 0);
    for (int i = 0; i < READERS; i++) {
        line_close(&readers[i]);
    }
    fetch_large(&fetching, 0);
    fetching_close(&fetching);
}
