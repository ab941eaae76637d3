/* tests: control batches. */
#include "unit/record/java_batches.h"

#include "base/attr.h"
#include "record/control.h"

static const struct batch_dump_row *find_row(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(java_batches); i++) {
        if (strcmp(java_batches[i].name, name) == 0) {
            return &java_batches[i];
        }
    }
    fail_msg("no row %s", name);
    return NULL;
}

/* Offset and leader epoch are the log's to set; everything else is as Java's. */
static void marker_is_javas(const char *name, bool commit)
{
    size_t size;
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    uint8_t marker[CONTROL_MARKER_SIZE_MAX];
    uint8_t *data = test_unhex(find_row(name)->hex, &size);

    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    assert_int_equal(batch_reader_next(&reader, &record), 0);
    assert_int_equal(control_type_of(record.key), commit ? CONTROL_COMMIT : CONTROL_ABORT);
    int32_t coordinator_epoch = (int32_t)load_u32(record.value.data + 2);
    assert_int_equal(control_write_marker(marker, sizeof(marker), commit, batch.base_timestamp,
                                          batch.producer_id, batch.producer_epoch,
                                          coordinator_epoch),
                     size);
    batch_set_base_offset(marker, batch.base_offset);
    batch_set_leader_epoch(marker, batch.partition_leader_epoch);
    assert_memory_equal(marker, data, size);
    free(data);
}

TEST(markers_are_javas)
{
    marker_is_javas("magic2-none end-txn-commit", true);
    marker_is_javas("magic2-none end-txn-abort", false);
}

TEST(marker_needs_its_room)
{
    uint8_t marker[CONTROL_MARKER_SIZE_MAX];
    size_t size = control_write_marker(marker, sizeof(marker), true, INT64_MIN, INT64_MAX,
                                       INT16_MAX, INT32_MAX);

    assert_in_range(size, BATCH_HEADER_SIZE, sizeof(marker));
    assert_int_equal(control_write_marker(marker, size - 1, true, 0, 0, 0, 0), 0);
    assert_int_equal(control_write_marker(marker, 0, true, 0, 0, 0, 0), 0);
}

TEST(types_are_told_apart)
{
    static const struct {
        const char *key;
        enum control_type type;
    } rows[] = {
        { "00000000", CONTROL_ABORT },           { "00000001", CONTROL_COMMIT },
        { "00000002", CONTROL_LEADER_CHANGE },   { "00000003", CONTROL_SNAPSHOT_HEADER },
        { "00000004", CONTROL_SNAPSHOT_FOOTER }, { "00000005", CONTROL_KRAFT_VERSION },
        { "00000006", CONTROL_KRAFT_VOTERS },    { "00000007", CONTROL_UNKNOWN },
        { "0000ffff", CONTROL_UNKNOWN },         { "ffff0001", CONTROL_UNKNOWN },
        { "00010001ab", CONTROL_COMMIT }, /* a later version */
        { "000000", CONTROL_UNKNOWN },           { "", CONTROL_UNKNOWN },
    };

    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        size_t size;
        uint8_t *key = test_unhex(rows[i].key, &size);
        assert_int_equal(control_type_of(slice_of(key, size)), rows[i].type);
        free(key);
    }
    assert_int_equal(control_type_of(SLICE_NULL), CONTROL_UNKNOWN);
}
