/* log: the list of open data files of one log directory, least recently used first. */
#include "log/file_cache.h"

#include <errno.h>
#include <stdlib.h>

void file_cache_init(struct file_cache *cache, size_t count_max)
{
    list_init(&cache->open);
    cache->count = 0;
    cache->count_max = count_max > 0 ? count_max : 1;
}

static void cached_file_close(struct cached_file *cached)
{
    file_close(cached->files, cached->file);
    free(cached->index_block);
    free(cached);
}

void file_cache_evict(struct file_cache *cache, struct cached_file **home)
{
    struct cached_file *cached = *home;
    if (!cached) {
        return;
    }
    *home = NULL;
    cached->home = NULL;
    list_remove(&cached->node);
    cache->count--;
    if (cached->users == 0) {
        cached_file_close(cached);
    }
}

void file_cache_finish(struct file_cache *cache)
{
    if (!cache->open.next) {
        return;
    }
    while (!list_is_empty(&cache->open)) {
        struct cached_file *first = LIST_ITEM(list_first(&cache->open), struct cached_file, node);
        file_cache_evict(cache, first->home);
    }
}

void file_cache_touch(struct file_cache *cache, struct cached_file *cached)
{
    list_remove(&cached->node);
    list_append(&cache->open, &cached->node);
}

int file_cache_open(struct file_cache *cache, const struct file_system *files, const char *path,
                    struct cached_file **home)
{
    struct cached_file *cached = *home;
    if (cached) {
        file_cache_touch(cache, cached);
        return 0;
    }
    cached = calloc(1, sizeof(*cached));
    if (!cached) {
        return ENOMEM;
    }
    while (cache->count >= cache->count_max) {
        struct cached_file *first = LIST_ITEM(list_first(&cache->open), struct cached_file, node);
        file_cache_evict(cache, first->home);
    }
    int err = file_open(files, path, FILE_WRITE, &cached->file);
    if (err != 0) {
        free(cached);
        return err;
    }
    cached->files = files;
    cached->home = home;
    list_append(&cache->open, &cached->node);
    cache->count++;
    *home = cached;
    return 0;
}

void cached_file_take(struct cached_file *cached)
{
    cached->users++;
}

void cached_file_drop(struct cached_file *cached)
{
    if (cached && --cached->users == 0 && !cached->home) {
        cached_file_close(cached);
    }
}
