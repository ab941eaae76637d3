/* wire: reads the tokens of JSON. */
#include "wire/parse_text.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_SIZE_MAX = 64 };

void parse_text_fail(struct parse_text *text, const char *format, ...)
{
    if (text->err) {
        return;
    }
    text->err = KC_ERR_INVALID;
    int used = snprintf(text->why, text->why_size, "%.*s%s", (int)text->path_size, text->path,
                        text->path_size > 0 ? ": " : "");
    if (used >= 0 && (size_t)used < text->why_size) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(text->why + used, text->why_size - (size_t)used, format, args);
        va_end(args);
    }
}

uint8_t parse_text_peek(struct parse_text *text)
{
    while (text->at < text->end &&
           (*text->at == ' ' || *text->at == '\t' || *text->at == '\n' || *text->at == '\r')) {
        text->at++;
    }
    return text->at < text->end && !text->err ? *text->at : 0;
}

bool parse_text_take(struct parse_text *text, char c)
{
    bool is_next = parse_text_peek(text) == (uint8_t)c;
    text->at += is_next;
    return is_next;
}

void parse_text_expect(struct parse_text *text, char c)
{
    uint8_t next = parse_text_peek(text);
    if (next == (uint8_t)c) {
        text->at++;
    } else if (next == 0) {
        parse_text_fail(text, "'%c' is missing at the end", c);
    } else {
        parse_text_fail(text, "'%c' is expected before '%.12s'", c,
                        next < 0x20 || next > 0x7e ? "?" : (const char[]){ (char)next, 0 });
    }
}

bool parse_text_word(struct parse_text *text, const char *word)
{
    size_t size = strlen(word);
    (void)parse_text_peek(text);
    if (text->err || (size_t)(text->end - text->at) < size || memcmp(text->at, word, size) != 0) {
        return false;
    }
    text->at += size;
    return true;
}

static uint32_t hex4(struct parse_text *text)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, text->at++) {
        uint8_t c = text->at < text->end ? *text->at : 0;
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16) {
            parse_text_fail(text, "four hexadecimal digits belong after \\u");
            return 0;
        }
        value = value << 4 | digit;
    }
    return value;
}

static size_t put_utf8(uint8_t *out, uint32_t code)
{
    if (code < 0x80) {
        out[0] = (uint8_t)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = size - 1; i > 0; i--, code >>= 6) {
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
    }
    out[0] = (uint8_t)(marks[size] | code);
    return size;
}

static size_t unescape(struct parse_text *text, uint8_t *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = text->at < text->end ? (char)*text->at++ : 0;
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        out[0] = (uint8_t)to[known - from];
        return 1;
    }
    if (c != 'u') {
        parse_text_fail(text, "a backslash starts no escape that JSON knows");
        return 0;
    }
    uint32_t code = hex4(text);
    if (code >= 0xd800 && code < 0xdc00 && text->end - text->at >= 2 && text->at[0] == '\\' &&
        text->at[1] == 'u') {
        text->at += 2;
        uint32_t low = hex4(text);
        bool is_pair = low >= 0xdc00 && low < 0xe000;
        code = is_pair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xd800;
    }
    if (code >= 0xd800 && code < 0xe000) {
        parse_text_fail(text, "half a surrogate pair is no character");
        return 0;
    }
    return put_utf8(out, code);
}

struct slice parse_text_string(struct parse_text *text)
{
    parse_text_expect(text, '"');
    const uint8_t *close = text->at;
    while (!text->err && close < text->end && *close != '"') {
        close += *close == '\\' && close + 1 < text->end ? 2 : 1;
    }
    if (!text->err && close >= text->end) {
        parse_text_fail(text, "a string has no end");
    }
    /* An escape is never shorter than what it stands for. */
    uint8_t *out = text->err ? NULL : arena_alloc(text->arena, (size_t)(close - text->at) + 1);
    if (!out) {
        text->err = text->err ? text->err : KC_ERR_NO_MEMORY;
        return SLICE_EMPTY;
    }
    size_t size = 0;
    while (!text->err && text->at < close) {
        uint8_t c = *text->at++;
        if (c < 0x20) {
            parse_text_fail(text, "a control character stands in a string");
        } else if (c == '\\') {
            size += unescape(text, out + size);
        } else {
            out[size++] = c;
        }
    }
    text->at = close + 1;
    return slice_of(out, size);
}

/* The characters of a number, zero-terminated. */
static bool number_text(struct parse_text *text, char ret_number[NUMBER_SIZE_MAX])
{
    size_t size = 0;
    (void)parse_text_peek(text);
    while (!text->err && text->at + size < text->end && strchr("+-.0123456789eE", text->at[size]) &&
           text->at[size]) {
        size++;
    }
    if (size == 0 || size >= NUMBER_SIZE_MAX) {
        parse_text_fail(text, size == 0 ? "a number is expected" : "a number is too long");
        return false;
    }
    memcpy(ret_number, text->at, size);
    ret_number[size] = 0;
    text->at += size;
    return true;
}

int64_t parse_text_integer(struct parse_text *text, int64_t min, int64_t max, const char *kind)
{
    char number[NUMBER_SIZE_MAX];
    if (!number_text(text, number)) {
        return 0;
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(number, &end, 10);
    if (*end || number[0] == '+') {
        parse_text_fail(text, "%s is no whole number", number);
    } else if (errno == ERANGE || value < min || value > max) {
        parse_text_fail(text, "%s does not fit %s", number, kind);
    }
    return value;
}

double parse_text_double(struct parse_text *text)
{
    char number[NUMBER_SIZE_MAX];
    if (parse_text_word(text, "\"NaN\"")) {
        return (double)NAN;
    }
    if (parse_text_word(text, "\"Infinity\"")) {
        return (double)INFINITY;
    }
    if (parse_text_word(text, "\"-Infinity\"")) {
        return (double)-INFINITY;
    }
    if (!number_text(text, number)) {
        return 0;
    }
    char *end = NULL;
    double value = strtod(number, &end);
    if (*end == '.') {
        *end = ','; /* some locales have a decimal comma */
        value = strtod(number, &end);
    }
    if (*end) {
        parse_text_fail(text, "%s is no number", number);
    }
    return value;
}

static int base64_digit(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

struct slice parse_text_base64(struct parse_text *text)
{
    struct slice coded = parse_text_string(text);
    size_t digits = coded.size;
    while (digits > 0 && coded.size - digits < 2 && coded.data[digits - 1] == '=') {
        digits--;
    }
    uint8_t *out = text->err ? NULL : arena_alloc(text->arena, digits * 3 / 4 + 1);
    if (!out) {
        text->err = text->err ? text->err : KC_ERR_NO_MEMORY;
        return SLICE_EMPTY;
    }
    bool is_good = coded.size % 4 == 0;
    uint32_t bits = 0;
    size_t size = 0;
    for (size_t i = 0; is_good && i < digits; i++) {
        int digit = base64_digit(coded.data[i]);
        is_good = digit >= 0;
        bits = bits << 6 | (uint32_t)(digit & 63);
        if (i % 4 != 0) {
            out[size++] = (uint8_t)(bits >> (6 - i % 4 * 2));
        }
    }
    if (!is_good) {
        parse_text_fail(text, "no base64");
    }
    return slice_of(out, size);
}
