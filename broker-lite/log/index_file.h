/* log: an index file of a segment: fixed-size entries with rising keys (.index: int32 relative
 * offset, int32 position; .timeindex: int64 timestamp, int32 relative offset). New entries wait in
 * a short memory tail; the file is opened only to write or search it. Inside the room only. */
#ifndef LOG_INDEX_FILE_H
#define LOG_INDEX_FILE_H

#include "log/file.h"

enum {
    INDEX_FILE_OFFSET_ENTRY = 8,
    INDEX_FILE_TIME_ENTRY = 12,
    INDEX_FILE_TAIL_MAX = 64, /* entries */
};

struct index_file {
    uint8_t *tail; /* entries after those in the file; NULL: none yet */
    uint32_t tail_count;
    uint32_t stored_count;
    uint32_t count_max; /* from segment.index.bytes */
    uint8_t entry_size;
    bool preallocated; /* the file has its full, sparse size */
};

void index_file_init(struct index_file *index, uint8_t entry_size, int32_t bytes_max);
void index_file_finish(struct index_file *index);

static inline uint32_t index_file_count(const struct index_file *index)
{
    return index->stored_count + index->tail_count;
}

static inline bool index_file_is_full(const struct index_file *index)
{
    return index_file_count(index) >= index->count_max;
}

/* Adds to the tail, when there is room: an index is sparse, so that a lost entry costs time only.
 */
void index_file_add(struct index_file *index, const uint8_t *entry);
bool index_file_tail_is_full(const struct index_file *index);

/* Writes the tail to the file (made and given its full size at the first time). errno; the tail
 * then stays. */
int index_file_store(struct index_file *index, const struct file_system *files, const char *path);

/* store, then cuts the file to its entries: the segment is closed. */
int index_file_trim(struct index_file *index, const struct file_system *files, const char *path);

/* Empties file and tail. */
int index_file_reset(struct index_file *index, const struct file_system *files, const char *path);

/* Keeps the first count entries. */
int index_file_keep(struct index_file *index, const struct file_system *files, const char *path,
                    uint32_t count);

/* Takes the entries of a trimmed file; false when there is none or its size is no multiple. */
bool index_file_load(struct index_file *index, const struct file_system *files, const char *path);

/* The number of entries with a key at most `key` (a key is the first 4 or 8 bytes), and the last of
 * them. 0: none; ret_entry then is untouched. */
int index_file_search(const struct index_file *index, const struct file_system *files,
                      const char *path, int64_t key, uint32_t *ret_count, uint8_t *ret_entry);

/* Entries read last, kept so that who reads on finds the next places here. Entries in the file
 * never change before the index is cut or emptied: the block must go then. */
enum { INDEX_BLOCK_MAX = 512 };
struct index_block {
    uint32_t first;
    uint32_t count; /* 0: nothing was read yet */
    uint8_t entries[INDEX_BLOCK_MAX * INDEX_FILE_OFFSET_ENTRY];
};

/* The same search of an offset index where tail and block (NULL: none) can tell; false: they
 * cannot. */
bool index_file_search_block(const struct index_file *index, const struct index_block *block,
                             int64_t key, uint32_t *ret_count, uint8_t *ret_entry);

/* Reads the entries around the key into the block, so that it can: 0 or errno. */
int index_file_fill_block(const struct index_file *index, const struct file_system *files,
                          const char *path, int64_t key, struct index_block *block);

/* Entry `number`, counted from 0; false when neither tail nor block (NULL: none) has it. */
bool index_file_peek(const struct index_file *index, const struct index_block *block,
                     uint32_t number, uint8_t *ret_entry);

/* The last entry; false when there is none or it cannot be read. */
bool index_file_last(const struct index_file *index, const struct file_system *files,
                     const char *path, uint8_t *ret_entry);

#endif
