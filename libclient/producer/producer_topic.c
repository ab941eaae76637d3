/* producer: the topics that were sent to, found without a lock. */
#include "producer/producer_topic.h"

#include "producer/ratio.h"

#include <assert.h>
#include <stdlib.h>

struct topic_slots {
    size_t capacity; /* a power of two */
    size_t count;    /* under the table's lock */
    _Atomic(struct producer_topic *) items[];
};

enum { CAPACITY_FIRST = 16 };

void topic_table_init(struct topic_table *table, uint64_t seed)
{
    lock_init(&table->lock);
    atomic_init(&table->slots, NULL);
    atomic_init(&table->last, NULL);
    table->outgrown_count = 0;
    table->seed = seed;
}

static void topic_destroy(struct producer_topic *topic)
{
    struct buffer **buffers = atomic_load(&topic->buffers);
    for (int32_t i = 0; i < topic->buffer_count; i++) {
        buffer_finish(buffers[i]);
        free(buffers[i]);
    }
    free(buffers);
    for (size_t i = 0; i < topic->retired_count; i++) {
        free(topic->retired[i]);
    }
    free(topic->retired);
    free(topic);
}

void topic_table_finish(struct topic_table *table)
{
    size_t position = 0;
    struct producer_topic *topic;
    while ((topic = topic_table_next(table, &position)) != NULL) {
        topic_destroy(topic);
    }
    for (size_t i = 0; i < table->outgrown_count; i++) {
        free(table->outgrown[i]);
    }
    free(atomic_load(&table->slots));
    lock_finish(&table->lock);
}

static struct producer_topic *find(struct topic_table *table, struct slice name, uint64_t hash)
{
    struct topic_slots *slots = atomic_load_explicit(&table->slots, memory_order_acquire);
    if (!slots) {
        return NULL;
    }
    for (size_t i = hash & (slots->capacity - 1);; i = (i + 1) & (slots->capacity - 1)) {
        struct producer_topic *topic = atomic_load_explicit(&slots->items[i], memory_order_acquire);
        if (!topic || (topic->hash == hash && slice_equal(topic->name, name))) {
            return topic;
        }
    }
}

struct producer_topic *topic_table_find(struct topic_table *table, const char *name)
{
    struct producer_topic *topic = topic_table_last(table, name);
    if (BASE_LIKELY(topic != NULL)) {
        return topic;
    }
    topic = find(table, slice_text(name), slice_hash(slice_text(name), table->seed));
    if (topic) {
        atomic_store_explicit(&table->last, topic, memory_order_release);
    }
    return topic;
}

static void place(struct topic_slots *slots, struct producer_topic *topic)
{
    size_t i = topic->hash & (slots->capacity - 1);
    while (atomic_load_explicit(&slots->items[i], memory_order_relaxed)) {
        i = (i + 1) & (slots->capacity - 1);
    }
    atomic_store_explicit(&slots->items[i], topic, memory_order_release);
    slots->count++;
}

/* Under the lock: room for one more; at most half full. */
static bool reserve(struct topic_table *table)
{
    struct topic_slots *old = atomic_load(&table->slots);
    if (old && (old->count + 1) * 2 <= old->capacity) {
        return true;
    }
    if (table->outgrown_count == TOPIC_TABLE_GENERATIONS) {
        return false;
    }
    size_t capacity = old ? old->capacity * 2 : CAPACITY_FIRST;
    struct topic_slots *slots = calloc(1, sizeof(*slots) + capacity * sizeof(slots->items[0]));
    if (!slots) {
        return false;
    }
    slots->capacity = capacity;
    for (size_t i = 0; old && i < old->capacity; i++) {
        struct producer_topic *topic = atomic_load(&old->items[i]);
        if (topic) {
            place(slots, topic);
        }
    }
    if (old) {
        table->outgrown[table->outgrown_count++] = old;
    }
    atomic_store_explicit(&table->slots, slots, memory_order_release);
    return true;
}

static struct producer_topic *topic_create(struct producer *producer, struct slice name,
                                           uint64_t hash)
{
    struct producer_topic *topic = calloc(1, sizeof(*topic) + name.size + 1);
    if (!topic) {
        return NULL;
    }
    topic->producer = producer;
    topic->hash = hash;
    partitioner_init(&topic->partitioner, hash);
    atomic_init(&topic->ratio, RATIO_NONE);
    memcpy(topic + 1, name.data, name.size);
    topic->name = slice_of(topic + 1, name.size);
    return topic;
}

struct producer_topic *topic_table_add(struct topic_table *table, struct producer *producer,
                                       const char *name, bool *ret_is_new)
{
    uint64_t hash = slice_hash(slice_text(name), table->seed);
    lock_hold(&table->lock);
    struct producer_topic *topic = find(table, slice_text(name), hash);
    bool is_new = !topic && reserve(table);
    if (is_new) {
        topic = topic_create(producer, slice_text(name), hash);
        is_new = topic != NULL;
    }
    if (is_new) {
        place(atomic_load(&table->slots), topic);
    }
    lock_release(&table->lock);
    *ret_is_new = is_new;
    return topic;
}

struct producer_topic *topic_table_next(struct topic_table *table, size_t *position)
{
    struct topic_slots *slots = atomic_load_explicit(&table->slots, memory_order_acquire);
    while (slots && *position < slots->capacity) {
        struct producer_topic *topic =
            atomic_load_explicit(&slots->items[(*position)++], memory_order_acquire);
        if (topic) {
            return topic;
        }
    }
    return NULL;
}

/* The array that senders may be reading stays until the end. */
static bool retire(struct producer_topic *topic, struct buffer **old)
{
    if (old) {
        struct buffer ***retired =
            realloc(topic->retired, (topic->retired_count + 1) * sizeof(*retired));
        if (!retired) {
            return false;
        }
        topic->retired = retired;
        topic->retired[topic->retired_count++] = old;
    }
    return true;
}

bool producer_topic_grow(struct producer_topic *topic, int32_t count, size_t capacity,
                         size_t capacity_max)
{
    int32_t old_count = topic->buffer_count;
    struct buffer **old = atomic_load(&topic->buffers);
    if (count <= old_count) {
        atomic_store_explicit(&topic->partition_count, count, memory_order_release);
        return true;
    }
    struct buffer **buffers = calloc((size_t)count, sizeof(struct buffer *));
    int32_t made = old_count;
    while (buffers && made < count && (buffers[made] = calloc(1, sizeof(struct buffer)))) {
        buffer_init(buffers[made], topic, made, capacity, capacity_max);
        made++;
    }
    if (!buffers || made < count || !retire(topic, old)) {
        while (made-- > old_count) {
            buffer_finish(buffers[made]);
            free(buffers[made]);
        }
        free(buffers);
        return false;
    }
    for (int32_t i = 0; i < old_count; i++) {
        buffers[i] = old[i];
    }
    topic->buffer_count = count;
    atomic_store_explicit(&topic->buffers, buffers, memory_order_release);
    atomic_store_explicit(&topic->partition_count, count, memory_order_release);
    return true;
}
