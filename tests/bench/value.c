/* bench: text and JSON documents from a fixed seed. */
#include "value.h"

#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENT_SIZE_MAX = 1024, NOTE_WORDS_MAX = 40 };

/* A small generator of its own: the same bytes on every machine. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % below;
}

static const char *const events[] = { "page_view", "add_to_cart", "checkout", "payment_accepted",
                                      "login",     "logout",      "search",   "item_removed" };
static const char *const regions[] = { "eu-west-1", "eu-central-1", "us-east-1", "ap-south-1" };
static const char *const words[] = {
    "order",  "parcel", "blue",     "the",     "customer", "asked", "for",     "a",
    "refund", "after",  "delivery", "was",     "late",     "and",   "damaged", "box",
    "with",   "gift",   "wanted",   "express", "shipping", "by",    "Friday",  "please"
};
static const char *const agents[] = {
    "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148",
    "shop-android/4.18.2 (Pixel 8; Android 14)",
};
#define PICK(list, chance) (list)[(chance) % (sizeof(list) / sizeof(list)[0])]

static size_t write_document(char *text, uint64_t *state, int64_t number)
{
    uint32_t chance[14]; /* drawn one by one: the order of arguments is the compiler's */
    for (size_t i = 0; i < sizeof chance / sizeof chance[0]; i++) {
        chance[i] = draw(state, INT32_MAX);
    }
    size_t size = (size_t)snprintf(
        text, DOCUMENT_SIZE_MAX,
        "{\"id\":\"%08" PRIx32 "%08" PRIx32 "\",\"sequence\":%" PRId64
        ",\"type\":\"%s\",\"region\":\"%s\",\"time\":\"2026-03-%02" PRIu32 "T%02" PRIu32
        ":%02" PRIu32 ":%02" PRIu32 ".%03" PRIu32 "Z\",\"user\":{\"id\":%" PRIu32
        ",\"agent\":\"%s\",\"session\":\"%08" PRIx32 "\"},\"amount\":%" PRIu32 ".%02" PRIu32
        ",\"currency\":\"EUR\",\"note\":\"",
        chance[0], chance[1], number, PICK(events, chance[2]), PICK(regions, chance[3]),
        chance[4] % 28 + 1, chance[5] % 24, chance[6] % 60, chance[7] % 60, chance[8] % 1000,
        chance[9] % 5000000, PICK(agents, chance[10]), chance[11], chance[12] % 900,
        chance[13] % 100);
    for (uint32_t left = draw(state, NOTE_WORDS_MAX); left > 0; left--) {
        size += (size_t)snprintf(text + size, DOCUMENT_SIZE_MAX - size, "%s ",
                                 PICK(words, draw(state, INT32_MAX)));
    }
    return size + (size_t)snprintf(text + size, DOCUMENT_SIZE_MAX - size, "\"}");
}

void value_set_init(struct value_set *set, size_t size)
{
    uint64_t state = 20260301;
    size_t at = 0;
    set->text = bench_alloc(VALUE_COUNT, size ? size : DOCUMENT_SIZE_MAX);
    for (int64_t i = 0; i < VALUE_COUNT; i++) {
        set->starts[i] = (uint32_t)at;
        for (size_t j = 0; j < size; j++) {
            set->text[at++] = (char)('A' + draw(&state, 26));
        }
        if (size == 0) {
            at += write_document(set->text + at, &state, i);
        }
    }
    set->starts[VALUE_COUNT] = (uint32_t)at;
    for (uint32_t i = 0; i < KEY_COUNT; i++) {
        (void)snprintf(set->keys[i], sizeof set->keys[i], "user-%08" PRIx32, i * 2246822519u);
    }
}

void value_set_finish(struct value_set *set)
{
    free(set->text);
    set->text = NULL;
}
