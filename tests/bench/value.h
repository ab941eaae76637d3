/* bench: what the records carry, the same for every engine and in every run. */
#ifndef BENCH_VALUE_H
#define BENCH_VALUE_H

#include <stddef.h>
#include <stdint.h>

enum { VALUE_COUNT = 1024, KEY_COUNT = 4096, KEY_SIZE = 13 };

/* A round of values and of keys, used again and again. */
struct value_set {
    char *text;
    uint32_t starts[VALUE_COUNT + 1];
    char keys[KEY_COUNT][KEY_SIZE + 1];
};

/* Values of `size` bytes of text, or with size 0 JSON documents of 300 to 700 bytes, as a service
 * would log them: names repeat, ids and numbers do not. */
void value_set_init(struct value_set *set, size_t size);
void value_set_finish(struct value_set *set);

static inline const char *value_at(const struct value_set *set, int64_t i, size_t *ret_size)
{
    size_t place = (size_t)i % VALUE_COUNT;
    *ret_size = set->starts[place + 1] - set->starts[place];
    return set->text + set->starts[place];
}

static inline const char *value_key(const struct value_set *set, int64_t i)
{
    return set->keys[(uint64_t)i * 2654435761u % KEY_COUNT];
}

#endif
