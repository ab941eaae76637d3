/* admin: results and their memory. */
#include "admin/harvest.h"

#include "base/attr.h"

#include <stdlib.h>

struct harvest *harvest_create(void)
{
    struct harvest *harvest = calloc(1, sizeof(*harvest));
    if (harvest) {
        arena_init(&harvest->arena, 0);
    }
    return harvest;
}

void harvest_destroy(struct harvest *harvest)
{
    if (harvest) {
        arena_finish(&harvest->arena);
        free(harvest);
    }
}

struct harvest *harvest_of(void *result)
{
    return result ? CONTAINER_OF(result, struct harvest, as) : NULL;
}

void *harvest_array(struct harvest *harvest, size_t count, size_t size)
{
    void *items = arena_alloc_array(&harvest->arena, count, size);
    harvest->failed = harvest->failed || !items;
    return items;
}

void *harvest_grow(struct harvest *harvest, struct harvest_list *list, size_t size, size_t more,
                   size_t *capacity)
{
    size_t needed = list->count + more;
    if (more == 0) {
        return NULL;
    }
    if (needed > *capacity) {
        size_t wider = MAX_OF(needed, *capacity * 2);
        void *items = harvest_array(harvest, wider, size);
        if (!items) {
            return NULL;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * size);
        }
        list->items = items;
        *capacity = wider;
    }
    void *room = (uint8_t *)list->items + list->count * size;
    list->count = needed;
    return room;
}

const char *harvest_text(struct harvest *harvest, struct slice text)
{
    const char *copy = harvest_text_or_null(harvest, text);
    return copy ? copy : "";
}

const char *harvest_text_or_null(struct harvest *harvest, struct slice text)
{
    if (slice_is_null(text)) {
        return NULL;
    }
    struct slice copy = arena_copy(&harvest->arena, text);
    harvest->failed = harvest->failed || slice_is_null(copy);
    return (const char *)copy.data;
}

struct kc_node harvest_node(struct harvest *harvest, const struct kc_node *node)
{
    return (struct kc_node){ .id = node->id,
                             .host = harvest_text(harvest, slice_text(node->host)),
                             .port = node->port };
}
