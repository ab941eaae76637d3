/* base: a growable byte buffer with a stated maximum. */
#include "base/bytes.h"

#include "base/attr.h"

#include <stdlib.h>

enum { BYTES_CAPACITY_MIN = 64 };

void bytes_init(struct bytes *bytes, size_t size_max)
{
    *bytes = (struct bytes){ .size_max = size_max };
}

void bytes_finish(struct bytes *bytes)
{
    if (!bytes) {
        return;
    }
    free(bytes->data);
    bytes_init(bytes, bytes->size_max);
}

bool bytes_reserve(struct bytes *bytes, size_t more)
{
    if (more <= bytes->capacity - bytes->size && bytes->size + more <= bytes->size_max) {
        return true;
    }
    if (bytes->size > bytes->size_max || more > bytes->size_max - bytes->size) {
        return false;
    }
    size_t needed = bytes->size + more;
    size_t wanted = bytes->capacity > SIZE_MAX / 2 ? SIZE_MAX : bytes->capacity * 2;
    wanted = MAX_OF(wanted, (size_t)BYTES_CAPACITY_MIN);
    wanted = MIN_OF(wanted, bytes->size_max);
    wanted = MAX_OF(wanted, needed);
    uint8_t *data = realloc(bytes->data, wanted);
    if (!data) {
        return false;
    }
    bytes->data = data;
    bytes->capacity = wanted;
    return true;
}

bool bytes_append(struct bytes *bytes, const void *data, size_t size)
{
    if (size == 0) {
        return true;
    }
    if (!bytes_reserve(bytes, size)) {
        return false;
    }
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
    return true;
}

void bytes_wipe(struct bytes *bytes)
{
    if (bytes->data) {
        explicit_bzero(bytes->data, bytes->capacity);
    }
    bytes->size = 0;
}
