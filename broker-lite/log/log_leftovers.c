/* log: a partition's directory as it was found. */
#include "log/log_leftovers.h"

#include "log/batch_walk.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LEFTOVER_NAME_MAX = 48, LEFTOVER_UNKNOWN_MAX = 300 };

enum leftover_kind { LEFTOVER_PLAIN, LEFTOVER_DELETED, LEFTOVER_CLEANED, LEFTOVER_SWAP };

struct leftover {
    int64_t base;
    enum leftover_kind kind;
    char suffix[12]; /* "log" */
    char name[LEFTOVER_NAME_MAX];
};

struct listing {
    struct leftover *items;
    size_t count;
    size_t capacity;
    char unknown[LEFTOVER_UNKNOWN_MAX]; /* names, for one warning */
    size_t unknown_count;
};

static const char *const leftover_suffixes[] = { "log", "index", "timeindex", "txnindex",
                                                 "snapshot" };
static const char *const leftover_kinds[] = { "", ".deleted", ".cleaned", ".swap" };
static const char *const leftover_known[] = { "leader-epoch-checkpoint", "partition.metadata" };

/* BASE.SUFFIX[.KIND], BASE being 20 digits. */
static bool parse_name(const char *name, struct leftover *ret_leftover)
{
    int64_t base = 0;
    for (size_t i = 0; i < 20; i++) {
        int digit = name[i] - '0';
        if (digit < 0 || digit > 9 || base > (INT64_MAX - digit) / 10) {
            return false;
        }
        base = base * 10 + digit;
    }
    if (name[20] != '.' || strlen(name) >= LEFTOVER_NAME_MAX) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_COUNT(leftover_suffixes); i++) {
        size_t size = strlen(leftover_suffixes[i]);
        if (strncmp(name + 21, leftover_suffixes[i], size) != 0) {
            continue;
        }
        for (size_t k = 0; k < ARRAY_COUNT(leftover_kinds); k++) {
            if (strcmp(name + 21 + size, leftover_kinds[k]) == 0) {
                memset(ret_leftover, 0, sizeof(*ret_leftover));
                ret_leftover->base = base;
                ret_leftover->kind = (enum leftover_kind)k;
                memcpy(ret_leftover->suffix, leftover_suffixes[i], size);
                memcpy(ret_leftover->name, name, strlen(name));
                return true;
            }
        }
    }
    return false;
}

static bool is_known(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(leftover_known); i++) {
        size_t size = strlen(leftover_known[i]);
        if (strncmp(name, leftover_known[i], size) == 0 &&
            (name[size] == '\0' || strcmp(name + size, ".tmp") == 0)) {
            return true;
        }
    }
    return false;
}

static int visit(void *visitor, const char *name, enum file_kind kind)
{
    struct listing *listing = visitor;
    struct leftover leftover;
    if (kind == FILE_KIND_REGULAR && is_known(name)) {
        return 0;
    }
    if (kind != FILE_KIND_REGULAR || !parse_name(name, &leftover)) {
        size_t used = strlen(listing->unknown);
        listing->unknown_count++;
        (void)snprintf(listing->unknown + used, sizeof(listing->unknown) - used, "%s%s",
                       used > 0 ? " " : "", name);
        return 0;
    }
    if (listing->count == listing->capacity) {
        size_t capacity = MAX_OF(listing->capacity * 2, (size_t)16);
        void *items = realloc(listing->items, capacity * sizeof(*listing->items));
        if (!items) {
            return ENOMEM;
        }
        listing->items = items;
        listing->capacity = capacity;
    }
    listing->items[listing->count++] = leftover;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct leftover *left = a;
    const struct leftover *right = b;
    return left->base < right->base ? -1 : left->base > right->base;
}

static int list_names(struct log *log, struct listing *listing)
{
    free(listing->items);
    memset(listing, 0, sizeof(*listing));
    int err = log->files->list(log->files->context, log->directory, visit, listing);
    if (err == 0 && listing->count > 0) {
        qsort(listing->items, listing->count, sizeof(*listing->items), compare);
    }
    return err;
}

static int remove_name(struct log *log, const char *name)
{
    char path[FILE_PATH_MAX];
    log_file_path(log, name, path);
    return file_remove(log->files, path);
}

static bool has_data(const struct listing *listing, int64_t base, enum leftover_kind kind)
{
    for (size_t i = 0; i < listing->count; i++) {
        const struct leftover *item = &listing->items[i];
        if (item->base == base && item->kind == kind && strcmp(item->suffix, "log") == 0) {
            return true;
        }
    }
    return false;
}

/* The offset after the last batch of a swap file, its base when it has none. */
static int swap_end(struct log *log, const struct leftover *swap, int64_t *ret_end)
{
    struct batch_walk walk;
    struct batch batch;
    char path[FILE_PATH_MAX];
    int64_t size = 0;
    int file = -1;
    log_file_path(log, swap->name, path);
    int err = file_open(log->files, path, FILE_READ, &file);
    if (err != 0) {
        return err;
    }
    err = file_size(log->files, file, &size);
    *ret_end = swap->base;
    batch_walk_init(&walk, log->files, file, 0, size, 64 * 1024);
    while (err == 0 && batch_walk_next(&walk, false, &batch) == KC_ERR_NONE) {
        *ret_end = batch_last_offset(&batch) + 1;
    }
    err = err != 0 ? err : walk.system_error;
    batch_walk_finish(&walk);
    file_close(log->files, file);
    return err;
}

/* A swap file is whole and synced (compaction renames .cleaned to .swap only then): it replaces the
 * segments whose range it covers. */
static int complete_swap(struct log *log, const struct listing *listing,
                         const struct leftover *swap)
{
    int64_t end = 0;
    int err = swap_end(log, swap, &end);
    for (size_t i = 0; i < listing->count && err == 0; i++) {
        const struct leftover *item = &listing->items[i];
        if (item->kind == LEFTOVER_PLAIN && item->base > swap->base && item->base < end &&
            strcmp(item->suffix, "log") == 0 && !has_data(listing, item->base, LEFTOVER_SWAP)) {
            err = remove_name(log, item->name);
        }
    }
    return err;
}

static int rename_swap(struct log *log, const struct leftover *swap)
{
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    char name[LEFTOVER_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%020" PRId64 ".%s", swap->base, swap->suffix);
    log_file_path(log, swap->name, from);
    log_file_path(log, name, to);
    return file_rename(log->files, from, to);
}

/* Segments that were being split have both .cleaned and .swap files: the split did not finish, and
 * what it made goes, from the first .cleaned on. */
static int tidy_unfinished(struct log *log, const struct listing *listing)
{
    int64_t cleaned = INT64_MAX;
    int err = 0;
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->items[i].kind == LEFTOVER_CLEANED) {
            cleaned = MIN_OF(cleaned, listing->items[i].base);
        }
    }
    for (size_t i = 0; i < listing->count && err == 0; i++) {
        const struct leftover *item = &listing->items[i];
        if (item->kind == LEFTOVER_DELETED || item->kind == LEFTOVER_CLEANED ||
            (item->kind == LEFTOVER_SWAP && item->base >= cleaned)) {
            err = remove_name(log, item->name);
        } else if (item->kind == LEFTOVER_SWAP && strcmp(item->suffix, "log") == 0) {
            err = complete_swap(log, listing, item);
        }
    }
    for (size_t i = 0; i < listing->count && err == 0; i++) {
        const struct leftover *item = &listing->items[i];
        if (item->kind == LEFTOVER_SWAP && item->base < cleaned) {
            err = rename_swap(log, item);
        }
    }
    return err;
}

static bool is_unfinished(const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->items[i].kind != LEFTOVER_PLAIN) {
            return true;
        }
    }
    return false;
}

/* Data files into the list; indexes without data go (they are of a roll or removal cut short). */
static int take_names(struct log *log, const struct listing *listing,
                      struct log_leftovers *ret_found)
{
    int err = 0;
    ret_found->bases = calloc(listing->count + 1, sizeof(*ret_found->bases));
    if (!ret_found->bases) {
        return ENOMEM;
    }
    for (size_t i = 0; i < listing->count && err == 0; i++) {
        const struct leftover *item = &listing->items[i];
        if (strcmp(item->suffix, "log") == 0) {
            ret_found->bases[ret_found->count++] = item->base;
        } else if (strcmp(item->suffix, "snapshot") == 0) {
            ret_found->snapshot_count++;
        } else if (!has_data(listing, item->base, LEFTOVER_PLAIN)) {
            err = remove_name(log, item->name);
        }
    }
    return err;
}

int log_leftovers_tidy(struct log *log, struct log_leftovers *ret_found)
{
    struct listing listing = { 0 };
    memset(ret_found, 0, sizeof(*ret_found));
    int err = list_names(log, &listing);
    if (err == 0 && listing.unknown_count > 0) {
        trace_log(log->dir->trace, TRACE_WARN, "log", "%s: %zu unknown names left alone: %s",
                  log->directory, listing.unknown_count, listing.unknown);
    }
    if (err == 0 && is_unfinished(&listing)) {
        err = tidy_unfinished(log, &listing);
        err = err != 0 ? err : list_names(log, &listing);
    }
    if (err == 0) {
        err = take_names(log, &listing, ret_found);
    }
    free(listing.items);
    return err;
}

void log_leftovers_finish(struct log_leftovers *found)
{
    free(found->bases);
    found->bases = NULL;
}
