/* reliability: records that lie (S09, S10, S11) and answers to Fetch that leave out, repeat or turn
 * back (S34): nothing is given twice, nothing hangs, and a bomb takes no more than its cap. */
#include "hostage.h"

#include "base/attr.h"
#include "base/crc32c.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { PEAK_MIB_MAX = 400, BOMB_MIB = 1024, STORM_MAX = 150 };

static struct fetch_response_partition_data *data_of(void *response)
{
    struct fetch_response *fetch = response;
    return fetch->responses.count > 0 ? fetch->responses.items[0].partitions.items : NULL;
}

/* The batch with `size` bytes at `position` replaced; the checksum fits again, unless it is what
 * was replaced. */
static void patch(void *response, struct arena *arena, size_t position, int64_t value, size_t size)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (!data || data->records.size == 0) {
        return;
    }
    struct slice copy = arena_copy(arena, data->records);
    uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
    for (size_t i = 0; i < size; i++) {
        bytes[position + i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    }
    if (position >= BATCH_CRC_START) {
        store_u32(bytes + BATCH_MAGIC_POSITION + 1,
                  crc32c(0, bytes + BATCH_CRC_START, copy.size - BATCH_CRC_START));
    }
    data->records = copy;
}

static void twist_i32(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    patch(response, arena, (size_t)lie->more, lie->value, 4);
}

static void twist_i8(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    patch(response, arena, (size_t)lie->more, lie->value, 1);
}

static void twist_i64(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    patch(response, arena, (size_t)lie->more, lie->value, 8);
}

enum { AT_BASE = 0, AT_LENGTH = 8, AT_MAGIC = 16, AT_CRC = 17, AT_ATTRIBUTES = 22, AT_DELTA = 23 };
enum { AT_COUNT = 57, AT_RECORD = 61 };

/* Each lie once or twice, as damage on the way; what was asked anew comes whole. */
static const struct hostage_case records_that_lie_once_are_read_in_the_end[] = {
    { "batch length -1",
      { API_FETCH, 0, 2, twist_i32, NULL, -1, AT_LENGTH },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "batch length 0",
      { API_FETCH, 0, 2, twist_i32, NULL, 0, AT_LENGTH },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "batch length 2^31-1",
      { API_FETCH, 0, 2, twist_i32, NULL, INT32_MAX, AT_LENGTH },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "magic 9", { API_FETCH, 0, 2, twist_i8, NULL, 9, AT_MAGIC }, HOSTAGE_READS, 0, NULL, 0 },
    { "magic -1", { API_FETCH, 0, 2, twist_i8, NULL, -1, AT_MAGIC }, HOSTAGE_READS, 0, NULL, 0 },
    { "checksum", { API_FETCH, 0, 2, twist_i32, NULL, 1, AT_CRC }, HOSTAGE_READS, 0, NULL, 0 },
    { "record count -1",
      { API_FETCH, 0, 2, twist_i32, NULL, -1, AT_COUNT },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "record count 2^31-1",
      { API_FETCH, 0, 2, twist_i32, NULL, INT32_MAX, AT_COUNT },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "last offset -1",
      { API_FETCH, 0, 2, twist_i32, NULL, -1, AT_DELTA },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "codec 7", { API_FETCH, 0, 2, twist_i8, NULL, 7, AT_ATTRIBUTES }, HOSTAGE_READS, 0, NULL, 0 },
    { "not compressed, says zstd",
      { API_FETCH, 0, 2, twist_i8, NULL, 4, AT_ATTRIBUTES },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "record length -1",
      { API_FETCH, 0, 2, twist_i8, NULL, 1, AT_RECORD },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "record length without end",
      { API_FETCH, 0, 2, twist_i64, NULL, -1, AT_RECORD },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "base offset -1",
      { API_FETCH, 0, 2, twist_i64, NULL, -1, AT_BASE },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
};

TEST(records_that_lie_once_are_read_in_the_end)
{
    hostage_run(records_that_lie_once_are_read_in_the_end,
                ARRAY_COUNT(records_that_lie_once_are_read_in_the_end));
}

TEST(records_that_always_lie_are_told)
{
    const struct hostage_case cases[] = {
        { "batch length -1",
          { API_FETCH, 0, 0, twist_i32, NULL, -1, AT_LENGTH },
          HOSTAGE_TELLS,
          KC_ERR_CORRUPT_MESSAGE,
          NULL,
          STORM_MAX },
        { "magic 9",
          { API_FETCH, 0, 0, twist_i8, NULL, 9, AT_MAGIC },
          HOSTAGE_TELLS,
          KC_ERR_CORRUPT_MESSAGE,
          NULL,
          STORM_MAX },
        { "checksum",
          { API_FETCH, 0, 0, twist_i32, NULL, 1, AT_CRC },
          HOSTAGE_TELLS,
          KC_ERR_CORRUPT_MESSAGE,
          NULL,
          STORM_MAX },
        { "record count -1",
          { API_FETCH, 0, 0, twist_i32, NULL, -1, AT_COUNT },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          STORM_MAX },
        { "record count 2^31-1",
          { API_FETCH, 0, 0, twist_i32, NULL, INT32_MAX, AT_COUNT },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          STORM_MAX },
        /* The whole batch can never come: Java says so, too. */
        { "batch length 2^31-1",
          { API_FETCH, 0, 0, twist_i32, NULL, INT32_MAX, AT_LENGTH },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          STORM_MAX },
    };
    hostage_run(cases, ARRAY_COUNT(cases));
}

/* ---- bombs ---- */

/* A batch with `value`'s codec whose records are BOMB_MIB of zeros. Made once a codec. */
static struct slice bomb_of(int codec)
{
    static struct bytes bombs[COMPRESSION_COUNT];
    struct bytes *bomb = &bombs[codec];
    if (bomb->size > 0) {
        return bytes_slice(bomb);
    }
    uint8_t *zeros = calloc(1, 1 << 20);
    struct slice *parts = calloc(BOMB_MIB, sizeof(*parts));
    struct compressor *compressor =
        compressor_create((enum compression)codec, COMPRESSION_LEVEL_DEFAULT);
    uint8_t header[BATCH_HEADER_SIZE] = { 0 };
    imposter_need(zeros && parts && compressor, "memory");
    for (size_t i = 0; i < BOMB_MIB; i++) {
        parts[i] = slice_of(zeros, 1 << 20);
    }
    bytes_init(bomb, (size_t)1 << 30);
    imposter_need(bytes_append(bomb, header, sizeof(header)), "memory");
    imposter_need(!compressor_run(compressor, parts, BOMB_MIB, bomb), "a bomb");
    store_u32(bomb->data + AT_LENGTH, (uint32_t)bomb->size - BATCH_OVERHEAD);
    store_u32(bomb->data + 12, IMPOSTER_EPOCH);
    bomb->data[AT_MAGIC] = 2;
    bomb->data[AT_ATTRIBUTES] = (uint8_t)codec;
    store_u32(bomb->data + AT_COUNT, 1);
    memset(bomb->data + 43, 0xff, 14); /* no producer */
    store_u32(bomb->data + AT_CRC,
              crc32c(0, bomb->data + BATCH_CRC_START, bomb->size - BATCH_CRC_START));
    compressor_destroy(compressor);
    free(parts);
    free(zeros);
    return bytes_slice(bomb);
}

static void twist_bomb(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (data && data->records.size > 0) {
        data->records = bomb_of((int)lie->value);
    }
}

TEST(bombs_do_not_go_off)
{
    const struct hostage_case cases[] = {
        { "gzip bomb",
          { API_FETCH, 0, 1, twist_bomb, NULL, COMPRESSION_GZIP, 0 },
          HOSTAGE_READS,
          0,
          NULL,
          0 },
        { "lz4 bomb",
          { API_FETCH, 0, 1, twist_bomb, NULL, COMPRESSION_LZ4, 0 },
          HOSTAGE_READS,
          0,
          NULL,
          0 },
        { "zstd bomb",
          { API_FETCH, 0, 1, twist_bomb, NULL, COMPRESSION_ZSTD, 0 },
          HOSTAGE_READS,
          0,
          NULL,
          0 },
        { "zstd bomb",
          { API_FETCH, 0, 0, twist_bomb, NULL, COMPRESSION_ZSTD, 0 },
          HOSTAGE_TELLS_ANY,
          0,
          NULL,
          STORM_MAX },
    };
    for (int codec = COMPRESSION_GZIP; codec < COMPRESSION_COUNT; codec++) {
        if (codec != COMPRESSION_SNAPPY) {
            (void)bomb_of(codec);
        }
    }
    long before_mib = hostage_peak_mib();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) { /* the bound is of one consumer */
        hostage_run(&cases[i], 1);
    }
    assert_in_range(hostage_peak_mib() - before_mib, 0, PEAK_MIB_MAX);
}

/* ---- the answer around them ---- */

static void twist_nothing_there(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct fetch_response *)response)->responses.count = 0;
}

static void twist_other_partition(void *response, struct arena *arena,
                                  const struct imposter_lie *lie)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (data) {
        data->partition_index = (int32_t)lie->value;
    }
}

static void twist_repeat(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response *fetch = response;
    struct fetch_response_partition_data *data = data_of(response);
    if (!data) {
        return;
    }
    struct fetch_response_partition_data *twice = arena_alloc_array(arena, 2, sizeof(*twice));
    struct fetch_response_fetchable_topic_response *topics =
        arena_alloc_array(arena, 2, sizeof(*topics));
    twice[0] = twice[1] = *data;
    topics[0] = fetch->responses.items[0];
    topics[0].partitions.items = twice;
    topics[0].partitions.count = 2;
    topics[1] = topics[0];
    fetch->responses.items = topics;
    fetch->responses.count = 2;
}

/* Records from the start again, although they were read. */
static void twist_rewind(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    static uint8_t buffer[256];
    struct fetch_response_partition_data *data = data_of(response);
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = IMPOSTER_EPOCH,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };
    if (!data || data->records.size > 0) {
        return;
    }
    batch_writer_init(&writer, buffer, sizeof(buffer));
    (void)batch_writer_append(&writer, 1, SLICE_NULL, slice_text("again"), NULL, 0);
    imposter_need(!batch_writer_close(&writer, &close, NULL, NULL, &data->records), "a batch");
}

static void twist_watermark(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (data) {
        data->high_watermark = lie->value;
        data->last_stable_offset = lie->more;
        data->log_start_offset = lie->value;
    }
}

static void twist_throttle(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct fetch_response *)response)->throttle_time_ms = (int32_t)lie->value;
}

static void twist_replica(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (data) {
        data->preferred_read_replica = (int32_t)lie->value;
        data->records = SLICE_EMPTY;
    }
}

static void twist_session(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response *fetch = response;
    fetch->session_id = (int32_t)lie->value;
    fetch->error_code = (int16_t)lie->more;
}

static void twist_divergence(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct fetch_response_partition_data *data = data_of(response);
    if (data) {
        data->diverging_epoch.epoch = (int32_t)lie->value;
        data->diverging_epoch.end_offset = lie->more;
    }
}

static const struct hostage_case answers_that_leave_out_repeat_or_turn_back[] = {
    { "no partition",
      { API_FETCH, 0, 3, twist_nothing_there, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "never a partition",
      { API_FETCH, 0, 0, twist_nothing_there, NULL, 0, 0 },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
    { "another partition",
      { API_FETCH, 0, 3, twist_other_partition, NULL, 5, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "partition -1",
      { API_FETCH, 0, 3, twist_other_partition, NULL, -1, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "everything four times",
      { API_FETCH, 0, 0, twist_repeat, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "back to the start",
      { API_FETCH, 0, 0, twist_rewind, NULL, 0, 0 },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
    { "watermark -5",
      { API_FETCH, 0, 0, twist_watermark, NULL, -5, -5 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "watermark 2^63-1",
      { API_FETCH, 0, 0, twist_watermark, NULL, INT64_MAX, INT64_MAX },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "throttle -1", { API_FETCH, 0, 0, twist_throttle, NULL, -1, 0 }, HOSTAGE_READS, 0, NULL, 0 },
    { "a replica that is not there",
      { API_FETCH, 0, 3, twist_replica, NULL, 99, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "always a replica that is not there",
      { API_FETCH, 0, 0, twist_replica, NULL, 99, 0 },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
    { "a session of its own making",
      { API_FETCH, 0, 0, twist_session, NULL, -9, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "no such session",
      { API_FETCH, 0, 0, twist_session, NULL, 0, KC_ERR_FETCH_SESSION_ID_NOT_FOUND },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
    { "divergence at 0",
      { API_FETCH, 0, 2, twist_divergence, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "always divergence at 0",
      { API_FETCH, 0, 0, twist_divergence, NULL, 0, 0 },
      HOSTAGE_NOTHING,
      0,
      NULL,
      STORM_MAX },
};

TEST(answers_that_leave_out_repeat_or_turn_back)
{
    hostage_run(answers_that_leave_out_repeat_or_turn_back,
                ARRAY_COUNT(answers_that_leave_out_repeat_or_turn_back));
}

/* ---- offsets ---- */

static void twist_no_offsets(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct list_offsets_response *)response)->topics.count = 0;
}

static void twist_offset(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct list_offsets_response *)response)->topics.items[0].partitions.items[0].offset =
        lie->value;
}

static void twist_no_commits(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct offset_fetch_response *)response)->groups.items[0].topics.count = 0;
}

static void twist_no_groups(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct offset_fetch_response *)response)->groups.count = 0;
}

static void twist_committed(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct offset_fetch_response *)response)
        ->groups.items[0]
        .topics.items[0]
        .partitions.items[0]
        .committed_offset = lie->value;
}

static const struct hostage_case offsets_that_lie[] = {
    { "no offsets",
      { API_LIST_OFFSETS, 0, 2, twist_no_offsets, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "never offsets",
      { API_LIST_OFFSETS, 0, 0, twist_no_offsets, NULL, 0, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "offset -7",
      { API_LIST_OFFSETS, 0, 2, twist_offset, NULL, -7, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "offset 2^63-1",
      { API_LIST_OFFSETS, 0, 2, twist_offset, NULL, INT64_MAX, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "no commits",
      { API_OFFSET_FETCH, 0, 2, twist_no_commits, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "never commits",
      { API_OFFSET_FETCH, 0, 0, twist_no_commits, NULL, 0, 0 },
      HOSTAGE_TELLS,
      KC_ERR_MALFORMED,
      NULL,
      STORM_MAX },
    { "no group",
      { API_OFFSET_FETCH, 0, 2, twist_no_groups, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "committed -7",
      { API_OFFSET_FETCH, 0, 2, twist_committed, NULL, -7, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "committed 2^63-1",
      { API_OFFSET_FETCH, 0, 0, twist_committed, NULL, INT64_MAX, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
};

TEST(offsets_that_lie)
{
    hostage_run(offsets_that_lie, ARRAY_COUNT(offsets_that_lie));
}
