/* log: open data files, counted and few: idle segments have none. A file that a fetch still sends
 * from stays open though it was evicted, rolled or deleted. Owner thread. */
#ifndef LOG_FILE_CACHE_H
#define LOG_FILE_CACHE_H

#include "log/file.h"

#include "base/list.h"

struct index_block;

struct file_cache {
    struct list open; /* of struct cached_file, most recently used last */
    size_t count;
    size_t count_max;
};

struct cached_file {
    struct list node;                /* in the cache, or alone */
    const struct file_system *files; /* to close it */
    int file;                        /* the descriptor, for pread and sendfile */
    int users;                       /* ranges, jobs; the cache itself is not counted */
    struct index_block *index_block; /* of the segment's offset index, as long as the file is open;
                                        NULL: none yet */
    struct cached_file **home;       /* the segment's pointer, cleared on eviction; NULL: orphan */
};

void file_cache_init(struct file_cache *cache, size_t count_max);

/* Evicts all; files in use close with their last user. */
void file_cache_finish(struct file_cache *cache);

/* The open file of *home, opening path when *home is NULL. errno otherwise. */
int file_cache_open(struct file_cache *cache, const struct file_system *files, const char *path,
                    struct cached_file **home);

/* An open file is used again: it is evicted after the others. */
void file_cache_touch(struct file_cache *cache, struct cached_file *cached);

/* Marks it used and holds it for a range or job. */
void cached_file_take(struct cached_file *cached);
void cached_file_drop(struct cached_file *cached);

/* Takes it out of the cache (the segment goes away). *home becomes NULL; NULL there is fine. */
void file_cache_evict(struct file_cache *cache, struct cached_file **home);

#endif
