/* tools: malloc and friends that end the tool when memory is out. */
#ifndef COMMON_MEMORY_H
#define COMMON_MEMORY_H

#include <stddef.h>

/* Zeroed. */
void *memory_alloc(size_t size);
/* realloc of count things of a size. */
void *memory_grow(void *data, size_t count, size_t size);
/* A copy with a zero behind it. */
char *memory_copy(const char *text, size_t size);

#endif
