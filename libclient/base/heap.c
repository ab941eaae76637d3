/* base: a binary heap of pointers to intrusive nodes, each of which knows its place. */
#include "base/heap.h"

#include <assert.h>
#include <stdlib.h>

enum { HEAP_CAPACITY_MIN = 16 };

void heap_init(struct heap *heap)
{
    *heap = (struct heap){ 0 };
}

void heap_finish(struct heap *heap)
{
    if (!heap) {
        return;
    }
    free(heap->nodes);
    heap_init(heap);
}

static void place(struct heap *heap, size_t position, struct heap_node *node)
{
    heap->nodes[position - 1] = node;
    node->position = position;
}

static void rise(struct heap *heap, struct heap_node *node)
{
    size_t position = node->position;

    while (position > 1 && heap->nodes[position / 2 - 1]->key > node->key) {
        place(heap, position, heap->nodes[position / 2 - 1]);
        position /= 2;
    }
    place(heap, position, node);
}

static void sink(struct heap *heap, struct heap_node *node)
{
    size_t position = node->position;

    while (position * 2 <= heap->count) {
        size_t child = position * 2;
        if (child < heap->count && heap->nodes[child]->key < heap->nodes[child - 1]->key) {
            child++;
        }
        if (heap->nodes[child - 1]->key >= node->key) {
            break;
        }
        place(heap, position, heap->nodes[child - 1]);
        position = child;
    }
    place(heap, position, node);
}

static bool grow(struct heap *heap)
{
    size_t capacity = heap->capacity ? heap->capacity * 2 : HEAP_CAPACITY_MIN;

    if (capacity > SIZE_MAX / 2 / sizeof(*heap->nodes)) {
        return false;
    }
    struct heap_node **nodes = realloc(heap->nodes, capacity * sizeof(*nodes));
    if (!nodes) {
        return false;
    }
    heap->nodes = nodes;
    heap->capacity = capacity;
    return true;
}

bool heap_insert(struct heap *heap, struct heap_node *node, int64_t key)
{
    assert(node->position == 0);
    if (heap->count == heap->capacity && !grow(heap)) {
        return false;
    }
    node->key = key;
    heap->count++;
    place(heap, heap->count, node);
    rise(heap, node);
    return true;
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (node->position == 0) {
        return;
    }
    assert(node->position <= heap->count && heap->nodes[node->position - 1] == node);
    struct heap_node *last = heap->nodes[heap->count - 1];
    heap->count--;
    if (last != node) {
        place(heap, node->position, last);
        rise(heap, last);
        sink(heap, last);
    }
    node->position = 0;
}

void heap_update(struct heap *heap, struct heap_node *node, int64_t key)
{
    assert(node->position != 0 && heap->nodes[node->position - 1] == node);
    node->key = key;
    rise(heap, node);
    sink(heap, node);
}

struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}
