/* controller: the parsed form of settings. */
#include "controller/config_shown.h"

#include "base/attr.h"
#include "controller/word_set.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_MAX = 17 };

void config_shown_whole(int64_t number, char out[CONFIG_SHOWN_NUMBER_SIZE])
{
    (void)snprintf(out, CONFIG_SHOWN_NUMBER_SIZE, "%" PRId64, number);
}

/* The fewest digits that read back as the number, and the place of the first: 0 for ones. */
static int shortest(double number, char digits[DIGITS_MAX + 1], int *ret_exponent)
{
    char text[CONFIG_SHOWN_NUMBER_SIZE];
    int count = 0;
    do {
        (void)snprintf(text, sizeof(text), "%.*e", count++, number);
    } while (count < DIGITS_MAX && strtod(text, NULL) != number);
    count = 0;
    const char *c = text;
    for (; *c != 'e'; c++) {
        if (*c >= '0' && *c <= '9') {
            digits[count++] = *c;
        }
    }
    digits[count] = 0;
    *ret_exponent = (int)strtol(c + 1, NULL, 10);
    return count;
}

void config_shown_double(double number, char out[CONFIG_SHOWN_NUMBER_SIZE])
{
    char digits[DIGITS_MAX + 1];
    int exponent;
    const char *sign = signbit(number) ? "-" : "";
    double size = fabs(number);
    if (size == 0 || !isfinite(size)) {
        (void)snprintf(out, CONFIG_SHOWN_NUMBER_SIZE, "%s%s", isnan(size) ? "" : sign,
                       size == 0     ? "0.0"
                       : isnan(size) ? "NaN"
                                     : "Infinity");
        return;
    }
    int count = shortest(size, digits, &exponent);
    if (size < 1e-3 || size >= 1e7) {
        (void)snprintf(out, CONFIG_SHOWN_NUMBER_SIZE, "%s%c.%sE%d", sign, digits[0],
                       count > 1 ? digits + 1 : "0", exponent);
        return;
    }
    int decimals = MAX_OF(count - 1 - exponent, 1);
    (void)snprintf(out, CONFIG_SHOWN_NUMBER_SIZE, "%s%.*f", sign, decimals, size);
}

/* Each word once, where it came first. */
static const char *shown_list(struct slice value, struct arena *arena)
{
    char *out = arena_alloc(arena, value.size + 1);
    struct word_set words;
    struct slice rest = value;
    struct slice word;
    size_t size = 0;
    if (!out || !word_set_init(&words, value, arena)) {
        return NULL;
    }
    while (!slice_is_null(word = config_next_word(&rest))) {
        if (word_set_find(&words, word).data != word.data) {
            continue;
        }
        if (size > 0) {
            out[size++] = ',';
        }
        memcpy(out + size, word.data, word.size);
        size += word.size;
    }
    out[size] = 0;
    return out;
}

const char *config_shown(enum config_kind kind, const char *value, struct arena *arena)
{
    char number[CONFIG_SHOWN_NUMBER_SIZE];
    const char *shown = NULL;
    if (!value) {
        return NULL;
    }
    struct slice trimmed = config_trim(slice_text(value));
    switch (kind) {
    case CONFIG_INT:
    case CONFIG_LONG:
        config_shown_whole(strtoll(value, NULL, 10), number);
        shown = trimmed.size > 0 ? arena_printf(arena, "%s", number) : value;
        break;
    case CONFIG_DOUBLE:
        config_shown_double(strtod(value, NULL), number);
        shown = arena_printf(arena, "%s", number);
        break;
    case CONFIG_BOOLEAN:
        shown = config_is_true(trimmed) ? "true" : "false";
        break;
    case CONFIG_LIST:
        shown = shown_list(trimmed, arena);
        break;
    default:
        shown = arena_printf(arena, "%.*s", SLICE_ARGS(trimmed));
        break;
    }
    return shown ? shown : value;
}
