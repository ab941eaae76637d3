/* producer-perf-test: payloads of random letters, from a file, or counted. */
#include "producer-perf-test/payload.h"

#include "common/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LETTERS = 26, NUMBER_SIZE_MAX = 24 };

/* xorshift64*: one multiplication for eight letters. */
static uint64_t draw(struct payload *payload)
{
    payload->state ^= payload->state >> 12;
    payload->state ^= payload->state << 25;
    payload->state ^= payload->state >> 27;
    return payload->state * 2685821657736338717u;
}

void payload_random(struct payload *payload, size_t size)
{
    payload->state = 1;
    payload->size = size;
    payload->text = memory_alloc(size);
}

void payload_monotonic(struct payload *payload)
{
    payload->text = memory_alloc(NUMBER_SIZE_MAX);
}

static void add_line(struct payload *payload, const char *start, size_t size, size_t *capacity)
{
    if (payload->line_count == *capacity) {
        *capacity = *capacity * 2 + 16;
        payload->lines = memory_grow(payload->lines, *capacity, sizeof *payload->lines);
    }
    payload->lines[payload->line_count++] = kc_bytes(start, size);
}

void payload_lines(struct payload *payload, char *text, size_t size, const char *delimiter)
{
    size_t gap = strlen(delimiter);
    size_t capacity = 0;
    payload->state = 1;
    payload->text = text;
    bool skips = gap > 0 && size >= gap && memcmp(text, delimiter, gap) == 0;
    for (size_t at = skips ? gap : 0; at < size;) {
        const char *found = gap ? memmem(text + at, size - at, delimiter, gap) : NULL;
        size_t end = found ? (size_t)(found - text) : size;
        add_line(payload, text + at, end - at, &capacity);
        at = found ? end + gap : size;
    }
}

static struct kc_bytes random_letters(struct payload *payload)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < payload->size; i++) {
        bits = i % 8 == 0 ? draw(payload) : bits >> 8;
        payload->text[i] = (char)('A' + (((bits & 0xff) * LETTERS) >> 8));
    }
    return kc_bytes(payload->text, payload->size);
}

struct kc_bytes payload_next(struct payload *payload, int64_t i)
{
    if (payload->line_count > 0) {
        return payload->lines[draw(payload) % payload->line_count];
    }
    if (payload->size > 0) {
        return random_letters(payload);
    }
    int size = snprintf(payload->text, NUMBER_SIZE_MAX, "%" PRId64, i);
    return kc_bytes(payload->text, (size_t)size);
}

void payload_finish(struct payload *payload)
{
    free(payload->text);
    free(payload->lines);
    *payload = (struct payload){ 0 };
}
