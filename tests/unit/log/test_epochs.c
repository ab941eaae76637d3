/* tests: the list of leader epochs. */
#include "log/epochs.h"
#include "support/test.h"

#include "unit/log/sim_disk.h"

static void expect(const struct epochs *epochs, int32_t asked, int32_t epoch, int64_t end)
{
    int32_t got = -2;
    int64_t offset = -2;
    epochs_end_offset(epochs, asked, 100, &got, &offset);
    assert_int_equal(got, epoch);
    assert_int_equal(offset, end);
}

TEST(end_offsets)
{
    struct epochs epochs;
    epochs_init(&epochs);
    expect(&epochs, 0, -1, -1);
    assert_true(epochs_assign(&epochs, 2, 0));
    assert_true(epochs_assign(&epochs, 2, 5));
    assert_true(epochs_assign(&epochs, 4, 10));
    assert_true(epochs_assign(&epochs, 7, 30));
    assert_int_equal(epochs.count, 3);
    expect(&epochs, -1, -1, -1);
    expect(&epochs, 0, 0, 0);
    expect(&epochs, 2, 2, 10);
    expect(&epochs, 3, 2, 10);
    expect(&epochs, 6, 4, 30);
    expect(&epochs, 7, 7, 100);
    expect(&epochs, 8, -1, -1);
    assert_int_equal(epochs_of_offset(&epochs, 29), 4);
    assert_int_equal(epochs_of_offset(&epochs, 30), 7);
    epochs_truncate_end(&epochs, 30);
    assert_int_equal(epochs_latest(&epochs), 4);
    epochs_truncate_start(&epochs, 12);
    assert_int_equal(epochs.count, 1);
    assert_int_equal(epochs.entries[0].start_offset, 12);
    epochs_finish(&epochs);
}

TEST(contradictions_go)
{
    struct epochs epochs;
    epochs_init(&epochs);
    assert_true(epochs_assign(&epochs, 1, 0));
    assert_true(epochs_assign(&epochs, 5, 10));
    assert_true(epochs_assign(&epochs, 6, 10));
    assert_int_equal(epochs.count, 2);
    assert_int_equal(epochs_of_offset(&epochs, 10), 6);
    assert_true(epochs_assign(&epochs, 3, 20));
    assert_int_equal(epochs_latest(&epochs), 3);
    assert_int_equal(epochs.count, 2);
    epochs_finish(&epochs);
}

TEST(stored_and_loaded)
{
    struct sim_disk *disk = sim_disk_create("/d");
    struct epochs epochs;
    struct epochs loaded;
    epochs_init(&epochs);
    epochs_init(&loaded);
    assert_int_equal(epochs_load(&loaded, sim_disk_files(disk), "/d/e"), KC_ERR_NONE);
    assert_true(epochs_assign(&epochs, 1, 0));
    assert_true(epochs_assign(&epochs, 5, 10));
    assert_int_equal(epochs_store(&epochs, sim_disk_files(disk), "/d/e"), 0);
    assert_false(epochs.dirty);
    assert_int_equal(epochs_load(&loaded, sim_disk_files(disk), "/d/e"), KC_ERR_NONE);
    assert_int_equal(loaded.count, 2);
    assert_int_equal(epochs_of_offset(&loaded, 11), 5);
    epochs_finish(&epochs);
    epochs_finish(&loaded);
    sim_disk_destroy(disk);
}
