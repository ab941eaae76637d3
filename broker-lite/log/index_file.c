/* log: offset and time index files. */
#include "log/index_file.h"

#include "base/attr.h"
#include "base/bytes.h"

#include <errno.h>
#include <stdlib.h>

void index_file_init(struct index_file *index, uint8_t entry_size, int32_t bytes_max)
{
    memset(index, 0, sizeof(*index));
    index->entry_size = entry_size;
    index->count_max = bytes_max > 0 ? (uint32_t)bytes_max / entry_size : 0;
}

void index_file_finish(struct index_file *index)
{
    free(index->tail);
    index->tail = NULL;
    index->tail_count = 0;
}

static int64_t key_of(const struct index_file *index, const uint8_t *entry)
{
    return index->entry_size == INDEX_FILE_OFFSET_ENTRY ? (int32_t)load_u32(entry)
                                                        : (int64_t)load_u64(entry);
}

bool index_file_tail_is_full(const struct index_file *index)
{
    return index->tail_count >= INDEX_FILE_TAIL_MAX;
}

void index_file_add(struct index_file *index, const uint8_t *entry)
{
    if (index_file_is_full(index) || index_file_tail_is_full(index)) {
        return;
    }
    if (!index->tail) {
        index->tail = malloc((size_t)INDEX_FILE_TAIL_MAX * index->entry_size);
        if (!index->tail) {
            return;
        }
    }
    memcpy(index->tail + (size_t)index->tail_count * index->entry_size, entry, index->entry_size);
    index->tail_count++;
}

int index_file_store(struct index_file *index, const struct file_system *files, const char *path)
{
    int file = -1;
    if (index->tail_count == 0 && index->preallocated) {
        return 0;
    }
    int err = file_open(files, path, FILE_WRITE | FILE_CREATE, &file);
    if (err != 0) {
        return err;
    }
    if (!index->preallocated) {
        err = file_truncate(files, file, (int64_t)index->count_max * index->entry_size);
        index->preallocated = err == 0;
    }
    struct slice part = slice_of(index->tail, (size_t)index->tail_count * index->entry_size);
    if (err == 0 && index->tail_count > 0) {
        err = file_write(files, file, &part, 1, (int64_t)index->stored_count * index->entry_size);
    }
    file_close(files, file);
    if (err == 0) {
        index->stored_count += index->tail_count;
        index->tail_count = 0;
    }
    return err;
}

int index_file_trim(struct index_file *index, const struct file_system *files, const char *path)
{
    int file = -1;
    /* An index without entries has an empty file: a missing one would look damaged. */
    int err = index->tail_count > 0 ? index_file_store(index, files, path) : 0;
    if (err == 0) {
        err = file_open(files, path, FILE_WRITE | FILE_CREATE, &file);
    }
    if (err == 0) {
        err = file_truncate(files, file, (int64_t)index->stored_count * index->entry_size);
        file_close(files, file);
    }
    if (err == 0) {
        index->preallocated = false;
        index_file_finish(index);
    }
    return err;
}

int index_file_reset(struct index_file *index, const struct file_system *files, const char *path)
{
    index->tail_count = 0;
    index->stored_count = 0;
    index->preallocated = false;
    return file_remove(files, path);
}

int index_file_keep(struct index_file *index, const struct file_system *files, const char *path,
                    uint32_t count)
{
    if (count >= index_file_count(index)) {
        return 0;
    }
    if (count >= index->stored_count) {
        index->tail_count = count - index->stored_count;
        return 0;
    }
    index->tail_count = 0;
    index->stored_count = count;
    index->preallocated = false;
    int file = -1;
    int err = file_open(files, path, FILE_WRITE | FILE_CREATE, &file);
    if (err == 0) {
        err = file_truncate(files, file, (int64_t)count * index->entry_size);
        file_close(files, file);
    }
    return err;
}

bool index_file_load(struct index_file *index, const struct file_system *files, const char *path)
{
    struct file_info info;
    if (files->info(files->context, path, &info) != 0 || info.kind != FILE_KIND_REGULAR ||
        info.size % index->entry_size != 0 || info.size / index->entry_size > UINT32_MAX) {
        return false;
    }
    index->stored_count = (uint32_t)(info.size / index->entry_size);
    index->tail_count = 0;
    index->preallocated = false;
    return true;
}

/* Entries below `count` of those in [data, data + count * entry_size) with a key at most `key`. */
static uint32_t search_block(const struct index_file *index, const uint8_t *data, uint32_t count,
                             int64_t key)
{
    uint32_t low = 0;
    while (low < count) {
        uint32_t middle = low + (count - low) / 2;
        if (key_of(index, data + (size_t)middle * index->entry_size) <= key) {
            low = middle + 1;
        } else {
            count = middle;
        }
    }
    return low;
}

/* Narrows [*low, *high), in which the last entry with a key at most `key` is, to what is read at
 * once: one entry a step. */
static int narrow(const struct index_file *index, const struct file_system *files, int file,
                  int64_t key, uint32_t *low, uint32_t *high)
{
    uint8_t entry[INDEX_FILE_TIME_ENTRY];
    while (*high - *low > INDEX_BLOCK_MAX) {
        uint32_t middle = *low + (*high - *low) / 2;
        size_t size;
        int err = file_read(files, file, entry, index->entry_size,
                            (int64_t)middle * index->entry_size, &size);
        if (err != 0 || size < index->entry_size) {
            return err != 0 ? err : EIO;
        }
        if (key_of(index, entry) <= key) {
            *low = middle;
        } else {
            *high = middle;
        }
    }
    return 0;
}

static int read_entries(const struct index_file *index, const struct file_system *files, int file,
                        uint32_t first, uint32_t count, uint8_t *entries)
{
    size_t wanted = (size_t)count * index->entry_size;
    size_t size;
    int err = file_read(files, file, entries, wanted, (int64_t)first * index->entry_size, &size);
    return err == 0 && size < wanted ? EIO : err;
}

static void take_found(const struct index_file *index, const uint8_t *entries, uint32_t first,
                       uint32_t found, uint32_t *ret_count, uint8_t *ret_entry)
{
    *ret_count = first + found;
    if (found > 0) {
        memcpy(ret_entry, entries + (size_t)(found - 1) * index->entry_size, index->entry_size);
    }
}

/* False: it has to be looked for in the file. */
static bool search_tail(const struct index_file *index, int64_t key, uint32_t *ret_count,
                        uint8_t *ret_entry)
{
    uint32_t found = search_block(index, index->tail, index->tail_count, key);
    if (found == 0 && index->stored_count > 0) {
        return false;
    }
    take_found(index, index->tail, found > 0 ? index->stored_count : 0, found, ret_count,
               ret_entry);
    return true;
}

int index_file_search(const struct index_file *index, const struct file_system *files,
                      const char *path, int64_t key, uint32_t *ret_count, uint8_t *ret_entry)
{
    uint8_t entries[INDEX_BLOCK_MAX * INDEX_FILE_TIME_ENTRY];
    uint32_t low = 0;
    uint32_t high = index->stored_count;
    int file = -1;
    if (search_tail(index, key, ret_count, ret_entry)) {
        return 0;
    }
    int err = file_open(files, path, FILE_READ, &file);
    if (err == 0) {
        err = narrow(index, files, file, key, &low, &high);
    }
    if (err == 0) {
        err = read_entries(index, files, file, low, high - low, entries);
    }
    file_close(files, file);
    if (err == 0) {
        take_found(index, entries, low, search_block(index, entries, high - low, key), ret_count,
                   ret_entry);
    }
    return err;
}

/* ---- through a block ---- */

static int64_t block_key(const struct index_file *index, const struct index_block *block,
                         uint32_t i)
{
    return key_of(index, block->entries + (size_t)i * index->entry_size);
}

/* The entry looked for is in it, and is not its last one, after which there might be a better. */
static bool block_covers(const struct index_file *index, const struct index_block *block,
                         int64_t key)
{
    return block->count > 0 && (block->first == 0 || block_key(index, block, 0) <= key) &&
           (block->first + block->count == index->stored_count ||
            block_key(index, block, block->count - 1) > key);
}

static int read_block(const struct index_file *index, const struct file_system *files, int file,
                      uint32_t first, struct index_block *block)
{
    uint32_t count = MIN_OF(index->stored_count - first, (uint32_t)INDEX_BLOCK_MAX);
    block->count = 0;
    int err = read_entries(index, files, file, first, count, block->entries);
    if (err == 0) {
        block->first = first;
        block->count = count;
    }
    return err;
}

/* Who reads on needs the entries behind the block; its last one comes along, since the key may lie
 * between the two. */
int index_file_fill_block(const struct index_file *index, const struct file_system *files,
                          const char *path, int64_t key, struct index_block *block)
{
    uint32_t low = 0;
    uint32_t high = index->stored_count;
    int file = -1;
    bool is_behind = block->count > 0 && block_key(index, block, block->count - 1) <= key;
    uint32_t next = is_behind ? block->first + block->count - 1 : 0;
    int err = file_open(files, path, FILE_READ, &file);
    if (err == 0) {
        err = read_block(index, files, file, next, block);
    }
    if (err == 0 && !block_covers(index, block, key)) {
        err = narrow(index, files, file, key, &low, &high);
        err = err == 0 ? read_block(index, files, file, low, block) : err;
    }
    file_close(files, file);
    return err;
}

bool index_file_search_block(const struct index_file *index, const struct index_block *block,
                             int64_t key, uint32_t *ret_count, uint8_t *ret_entry)
{
    if (search_tail(index, key, ret_count, ret_entry)) {
        return true;
    }
    if (!block || !block_covers(index, block, key)) {
        return false;
    }
    take_found(index, block->entries, block->first,
               search_block(index, block->entries, block->count, key), ret_count, ret_entry);
    return true;
}

bool index_file_peek(const struct index_file *index, const struct index_block *block,
                     uint32_t number, uint8_t *ret_entry)
{
    const uint8_t *entries = block ? block->entries : NULL;
    uint32_t first = block ? block->first : 0;
    uint32_t count = block ? block->count : 0;
    if (number >= index->stored_count) {
        entries = index->tail;
        first = index->stored_count;
        count = index->tail_count;
    }
    if (number < first || number - first >= count) {
        return false;
    }
    memcpy(ret_entry, entries + (size_t)(number - first) * index->entry_size, index->entry_size);
    return true;
}

bool index_file_last(const struct index_file *index, const struct file_system *files,
                     const char *path, uint8_t *ret_entry)
{
    uint32_t count = 0;
    return index_file_search(index, files, path, INT64_MAX, &count, ret_entry) == 0 && count > 0;
}
