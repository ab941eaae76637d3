/* tests: heap. */
#include "base/heap.h"
#include "base/random.h"
#include "support/test.h"

enum { NODES = 500 };

static void check(const struct heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        assert_int_equal(heap->nodes[i]->position, i + 1);
        if (i > 0) {
            assert_true(heap->nodes[(i + 1) / 2 - 1]->key <= heap->nodes[i]->key);
        }
    }
}

TEST(gives_keys_in_order)
{
    struct heap heap;
    struct heap_node nodes[NODES] = { 0 };
    struct random random;

    heap_init(&heap);
    random_init(&random, 1);
    assert_null(heap_first(&heap));
    for (int i = 0; i < NODES; i++) {
        assert_true(heap_insert(&heap, &nodes[i], (int64_t)random_below(&random, 1000) - 500));
    }
    check(&heap);
    int64_t last = INT64_MIN;
    for (int i = 0; i < NODES; i++) {
        struct heap_node *first = heap_first(&heap);
        assert_true(first->key >= last);
        last = first->key;
        heap_remove(&heap, first);
        assert_int_equal(first->position, 0);
    }
    assert_null(heap_first(&heap));
    heap_finish(&heap);
}

TEST(survives_any_mix_of_calls)
{
    struct heap heap;
    struct heap_node nodes[NODES] = { 0 };
    struct random random;
    size_t in = 0;

    heap_init(&heap);
    random_init(&random, 2);
    for (int round = 0; round < 20000; round++) {
        struct heap_node *node = &nodes[random_below(&random, NODES)];
        int64_t key = (int64_t)random_below(&random, 100);
        if (node->position == 0) {
            assert_true(heap_insert(&heap, node, key));
            in++;
        } else if (random_below(&random, 2) == 0) {
            heap_update(&heap, node, key);
        } else {
            heap_remove(&heap, node);
            heap_remove(&heap, node);
            in--;
        }
        assert_int_equal(heap.count, in);
        if (round % 100 == 0) {
            check(&heap);
        }
    }
    heap_finish(&heap);
    heap_finish(NULL);
}
