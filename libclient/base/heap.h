/* base: a binary heap of deadlines (timers). Nodes are intrusive; the heap stores pointers only. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    int64_t key;     /* smallest first; ties in insertion order are not promised */
    size_t position; /* 1-based place in the heap; 0: not in it */
};

struct heap {
    struct heap_node **nodes;
    size_t count;
    size_t capacity;
};

void heap_init(struct heap *heap);
void heap_finish(struct heap *heap);

/* Adds a node that is in no heap; false when memory is out. */
bool heap_insert(struct heap *heap, struct heap_node *node, int64_t key);

/* Removes a node; harmless when it is not in the heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

/* Changes the key of a node that is in the heap. */
void heap_update(struct heap *heap, struct heap_node *node, int64_t key);

/* The node with the smallest key, or NULL. */
struct heap_node *heap_first(const struct heap *heap);

#endif
