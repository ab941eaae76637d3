/* base: per-message memory, carved from blocks that double, each entry padded to 16 bytes. */
#include "base/arena.h"

#include "base/attr.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { ARENA_ALIGN = 16, ARENA_BLOCK_SIZE_MIN = 4096 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* bytes after this header */
};

_Static_assert(sizeof(struct arena_block) % ARENA_ALIGN == 0, "block data must be aligned");

void arena_init(struct arena *arena, size_t bytes_max)
{
    *arena = (struct arena){ .bytes_max = bytes_max };
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_finish(struct arena *arena)
{
    if (!arena) {
        return;
    }
    free_blocks(arena->blocks);
    arena_init(arena, arena->bytes_max);
}

void arena_reset(struct arena *arena)
{
    struct arena_block *newest = arena->blocks;

    arena->used = 0;
    if (!newest) {
        return;
    }
    /* The newest is the largest, or was made for one large entry: both serve the next message. */
    free_blocks(newest->next);
    newest->next = NULL;
    arena->cursor = (uint8_t *)(newest + 1);
    arena->end = arena->cursor + newest->size;
}

/* Opens a block with room for `size` bytes, without asking for more than the limit leaves. */
static bool open_block(struct arena *arena, size_t size)
{
    size_t wanted = arena->blocks ? arena->blocks->size : ARENA_BLOCK_SIZE_MIN / 2;

    wanted = wanted > SIZE_MAX / 4 ? wanted : wanted * 2;
    if (arena->bytes_max != 0) {
        wanted = MIN_OF(wanted, arena->bytes_max - arena->used);
    }
    wanted = MAX_OF(wanted, size);
    struct arena_block *block = malloc(sizeof(*block) + wanted);
    if (!block) {
        return false;
    }
    *block = (struct arena_block){ .next = arena->blocks, .size = wanted };
    arena->blocks = block;
    arena->cursor = (uint8_t *)(block + 1);
    arena->end = arena->cursor + wanted;
    return true;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 4) {
        return NULL;
    }
    size = size == 0 ? ARENA_ALIGN : (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (arena->bytes_max != 0 && size > arena->bytes_max - arena->used) {
        return NULL;
    }
    if (!arena->cursor || size > (size_t)(arena->end - arena->cursor)) {
        if (!open_block(arena, size)) {
            return NULL;
        }
    }
    void *memory = arena->cursor;
    arena->cursor += size;
    arena->used += size;
    return memset(memory, 0, size);
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return arena_alloc(arena, count * size);
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    if (slice_is_null(bytes) || bytes.size > SIZE_MAX / 4) {
        return SLICE_NULL;
    }
    uint8_t *copy = arena_alloc(arena, bytes.size + 1);
    if (!copy) {
        return SLICE_NULL;
    }
    if (bytes.size > 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    return (struct slice){ copy, bytes.size };
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return NULL;
    }
    char *text = arena_alloc(arena, (size_t)size + 1);
    if (!text) {
        return NULL;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)size + 1, format, arguments);
    va_end(arguments);
    return text;
}
