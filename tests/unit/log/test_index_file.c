/* tests: offset indexes searched through the block that was read last. */
#include "sim_disk.h"

#include "log/index_file.h"

#include "base/attr.h"
#include "base/bytes.h"
#include "base/random.h"
#include "support/test.h"

enum { ENTRIES = 5000, STEP = 7 };

struct shelf {
    struct sim_disk *disk;
    struct file_system files; /* the disk's, with opens and reads counted */
    struct index_file index;
    size_t opens;
    size_t reads;
};

static int counted_open(void *context, const char *path, int flags, int *ret_file)
{
    struct shelf *shelf = context;
    const struct file_system *files = sim_disk_files(shelf->disk);
    shelf->opens++;
    return files->open(files->context, path, flags, ret_file);
}

static void counted_close(void *context, int file)
{
    const struct file_system *files = sim_disk_files(((struct shelf *)context)->disk);
    files->close(files->context, file);
}

static int counted_read(void *context, int file, void *data, size_t size, int64_t position,
                        size_t *ret_size)
{
    struct shelf *shelf = context;
    const struct file_system *files = sim_disk_files(shelf->disk);
    shelf->reads++;
    return files->read(files->context, file, data, size, position, ret_size);
}

/* Entry i: key STEP * i + 1, position 100 * i. */
static void add(struct shelf *shelf, uint32_t first, uint32_t count)
{
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
    for (uint32_t i = first; i < first + count; i++) {
        store_u32(entry, STEP * i + 1);
        store_u32(entry + 4, 100 * i);
        if (index_file_tail_is_full(&shelf->index)) {
            assert_int_equal(index_file_store(&shelf->index, sim_disk_files(shelf->disk), "/d/i"),
                             0);
        }
        index_file_add(&shelf->index, entry);
    }
}

static void shelf_open(struct shelf *shelf)
{
    *shelf = (struct shelf){ .disk = sim_disk_create("/d") };
    shelf->files = (struct file_system){
        .open = counted_open, .close = counted_close, .read = counted_read, .context = shelf
    };
    index_file_init(&shelf->index, INDEX_FILE_OFFSET_ENTRY, 1 << 20);
}

static void shelf_close(struct shelf *shelf)
{
    assert_int_equal(sim_disk_open_files(shelf->disk), 0);
    index_file_finish(&shelf->index);
    sim_disk_destroy(shelf->disk);
}

/* As a segment does it: errno when the file has to be read and cannot be. */
static int search_near(struct shelf *shelf, struct index_block *block, int64_t key,
                       uint32_t *ret_count, uint8_t *ret_entry)
{
    if (index_file_search_block(&shelf->index, block, key, ret_count, ret_entry)) {
        return 0;
    }
    int err = index_file_fill_block(&shelf->index, &shelf->files, "/d/i", key, block);
    if (err == 0) {
        assert_true(index_file_search_block(&shelf->index, block, key, ret_count, ret_entry));
    }
    return err;
}

/* What the block finds is what is there. */
static void look(struct shelf *shelf, struct index_block *block, int64_t key)
{
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY] = { 0 };
    uint32_t count = 99;
    uint32_t total = index_file_count(&shelf->index);
    uint32_t expected = key < 1 ? 0 : (uint32_t)MIN_OF((key - 1) / STEP + 1, (int64_t)total);
    assert_int_equal(search_near(shelf, block, key, &count, entry), 0);
    assert_int_equal(count, expected);
    if (count > 0) {
        assert_int_equal(load_u32(entry), STEP * (count - 1) + 1);
        assert_int_equal(load_u32(entry + 4), 100 * (count - 1));
    }
    /* So is the entry after it, where it is at hand. */
    if (index_file_peek(&shelf->index, block, count, entry)) {
        assert_in_range(count, 0, total - 1);
        assert_int_equal(load_u32(entry + 4), 100 * count);
    } else {
        assert_true(count == total || count == shelf->index.stored_count ||
                    count == block->first + block->count);
    }
    assert_int_equal(index_file_search(&shelf->index, &shelf->files, "/d/i", key, &count, entry),
                     0);
    assert_int_equal(count, expected);
}

TEST(a_block_finds_what_a_search_finds)
{
    struct shelf shelf;
    struct index_block block = { 0 };
    struct random random;
    shelf_open(&shelf);
    random_init(&random, 3);
    look(&shelf, &block, 0);
    look(&shelf, &block, 100);
    for (uint32_t count = 0; count < ENTRIES; count += 250) {
        add(&shelf, count, 250);
        for (int i = 0; i < 200; i++) {
            look(&shelf, &block, (int64_t)random_below(&random, STEP * (count + 300)));
        }
    }
    look(&shelf, &block, INT64_MAX);
    shelf_close(&shelf);
}

TEST(who_reads_on_opens_the_file_once_a_block)
{
    struct shelf shelf;
    struct index_block block = { 0 };
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
    uint32_t count;
    shelf_open(&shelf);
    add(&shelf, 0, ENTRIES);
    for (int64_t key = 0; key < STEP * ENTRIES; key += 3) {
        assert_int_equal(search_near(&shelf, &block, key, &count, entry), 0);
    }
    assert_in_range(shelf.opens, 1, ENTRIES / INDEX_BLOCK_MAX + 2);
    assert_int_equal(shelf.reads, shelf.opens);
    shelf_close(&shelf);
}

TEST(a_file_that_is_not_there_leaves_the_block_empty)
{
    struct shelf shelf;
    struct index_block block = { 0 };
    uint8_t entry[INDEX_FILE_OFFSET_ENTRY];
    uint32_t count;
    shelf_open(&shelf);
    add(&shelf, 0, 200);
    look(&shelf, &block, 50);
    assert_true(block.count > 0);
    assert_int_equal(file_remove(sim_disk_files(shelf.disk), "/d/i"), 0);
    assert_int_equal(search_near(&shelf, &block, 50, &count, entry), 0); /* known still */
    block.count = 0;
    assert_int_not_equal(search_near(&shelf, &block, 50, &count, entry), 0);
    assert_int_equal(block.count, 0);
    shelf_close(&shelf);
}
