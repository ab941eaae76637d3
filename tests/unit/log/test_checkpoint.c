/* tests: checkpoint files. */
#include "log/checkpoint.h"
#include "support/test.h"

#include "unit/log/sim_disk.h"

#include <stdlib.h>

TEST(round_trip)
{
    struct sim_disk *disk = sim_disk_create("/d");
    struct checkpoint out = { 0 };
    struct checkpoint in = { 0 };
    assert_true(checkpoint_add(&out, slice_text("a-b.c"), 0, 0));
    assert_true(checkpoint_add(&out, slice_text("z"), INT32_MAX, INT64_MAX));
    const struct file_system *files = sim_disk_files(disk);
    assert_int_equal(checkpoint_read(files, "/d/c", &in), KC_ERR_NONE);
    assert_int_equal(in.count, 0);
    assert_int_equal(checkpoint_write(files, "/d/c", &out), 0);
    assert_int_equal(sim_disk_size(disk, "/d/c.tmp"), -1);
    assert_int_equal(checkpoint_read(files, "/d/c", &in), KC_ERR_NONE);
    assert_int_equal(in.count, 2);
    assert_int_equal(checkpoint_find(&in, slice_text("a-b.c"), 0), 0);
    assert_true(checkpoint_find(&in, slice_text("z"), INT32_MAX) == INT64_MAX);
    assert_int_equal(checkpoint_find(&in, slice_text("z"), 1), -1);
    checkpoint_finish(&in);
    checkpoint_finish(&out);
    sim_disk_destroy(disk);
}

TEST(text_is_kafkas)
{
    struct bytes out;
    struct checkpoint_epoch epochs[] = { { 0, 0 }, { 3, 120 } };
    bytes_init(&out, 1024);
    assert_true(checkpoint_show_epochs(epochs, 2, &out));
    assert_true(slice_is(bytes_slice(&out), "0\n2\n0 0\n3 120\n"));
    bytes_finish(&out);
}

TEST(damage_is_seen)
{
    static const char good[] = "0\n2\ntopic 0 5\nother 12 700\n";
    static const char *const bad[] = { "",
                                       "0\n",
                                       "1\n0\n",
                                       "0\n1\n",
                                       "0\n2\na 0 1\n",
                                       "0\n1\na 0 1\nb 0 1\n",
                                       "0\n1\na 0\n",
                                       "0\n1\na 0 -1\n",
                                       "0\n1\na -1 1\n",
                                       "0\n1\na 0 99999999999999999999\n",
                                       "0\n1\na 2147483648 1\n",
                                       "0\n999999999\na 0 1\n",
                                       "0\n1\n 0 1\n",
                                       "0\n1\na 0 1 \n",
                                       "0\n1\na 0 1x\n",
                                       "0\n-1\n",
                                       "x\n0\n" };
    struct checkpoint checkpoint = { 0 };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(checkpoint_parse(slice_text(bad[i]), &checkpoint), KC_ERR_CORRUPT_FILE);
    }
    for (size_t size = 0; size < sizeof(good) - 1; size++) {
        assert_int_equal(checkpoint_parse(slice_of(good, size), &checkpoint), KC_ERR_CORRUPT_FILE);
    }
    assert_int_equal(checkpoint_parse(slice_text(good), &checkpoint), KC_ERR_NONE);
    assert_int_equal(checkpoint_find(&checkpoint, slice_text("other"), 12), 700);
    checkpoint_finish(&checkpoint);
}
