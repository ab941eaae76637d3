/* tools: memory, or the end of the tool. */
#include "common/memory.h"

#include "common/fail.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *memory_alloc(size_t size)
{
    void *data = calloc(1, size > 0 ? size : 1);
    if (!data) {
        fail("out of memory");
    }
    return data;
}

void *memory_grow(void *data, size_t count, size_t size)
{
    void *grown = count <= SIZE_MAX / size ? realloc(data, count * size) : NULL;
    if (!grown) {
        fail("out of memory");
    }
    return grown;
}

char *memory_copy(const char *text, size_t size)
{
    char *copy = memory_alloc(size + 1);
    memcpy(copy, text, size);
    return copy;
}
