/* tests/wire: a JSON reader that keeps numbers as their text. */
#include "wire/jsontree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH_MAX = 64 };

struct parser {
    const uint8_t *data;
    const uint8_t *end;
    struct arena *arena;
    bool failed;
};

static void skip_space(struct parser *parser)
{
    while (parser->data < parser->end && strchr(" \t\r\n", *parser->data) && *parser->data) {
        parser->data++;
    }
}

static bool take(struct parser *parser, char c)
{
    skip_space(parser);
    if (parser->data < parser->end && *parser->data == (uint8_t)c) {
        parser->data++;
        return true;
    }
    return false;
}

static uint32_t hex4(struct parser *parser)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef";
        int c = parser->data < parser->end ? *parser->data++ | 0x20 : 0;
        const char *found = c ? strchr(digits, c) : NULL;
        if (!found) {
            parser->failed = true;
            return 0;
        }
        value = value << 4 | (uint32_t)(found - digits);
    }
    return value;
}

static uint8_t *put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        *out++ = (uint8_t)c;
    } else if (c < 0x800) {
        *out++ = (uint8_t)(0xc0 | c >> 6);
        *out++ = (uint8_t)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *out++ = (uint8_t)(0xe0 | c >> 12);
        *out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        *out++ = (uint8_t)(0x80 | (c & 0x3f));
    } else {
        *out++ = (uint8_t)(0xf0 | c >> 18);
        *out++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
        *out++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        *out++ = (uint8_t)(0x80 | (c & 0x3f));
    }
    return out;
}

static uint8_t *put_escape(struct parser *parser, uint8_t *out)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    char c = parser->data < parser->end ? (char)*parser->data++ : 0;
    const char *found = c ? strchr(from, c) : NULL;
    if (found) {
        *out++ = (uint8_t)to[found - from];
        return out;
    }
    uint32_t point = hex4(parser);
    if (point >= 0xd800 && point < 0xdc00 && parser->end - parser->data >= 6) {
        parser->data += 2;
        point = 0x10000 + ((point - 0xd800) << 10) + (hex4(parser) - 0xdc00);
    }
    parser->failed = parser->failed || c != 'u';
    return put_utf8(out, point);
}

static struct slice parse_string(struct parser *parser)
{
    const uint8_t *end = parser->data;
    while (end < parser->end && *end != '"') {
        end += *end == '\\' ? 2 : 1;
    }
    if (end >= parser->end) {
        parser->failed = true;
        return SLICE_EMPTY;
    }
    uint8_t *text = arena_alloc(parser->arena, (size_t)(end - parser->data) + 1);
    uint8_t *out = text;
    while (parser->data < end && !parser->failed) {
        uint8_t c = *parser->data++;
        if (c == '\\') {
            out = put_escape(parser, out);
        } else {
            *out++ = c;
        }
    }
    parser->data = end + 1;
    return slice_of(text, (size_t)(out - text));
}

static struct jsontree *parse_value(struct parser *parser, int depth);

static void parse_members(struct parser *parser, struct jsontree *tree, char close, int depth)
{
    const struct jsontree **place = &tree->first;
    if (take(parser, close)) {
        return;
    }
    do {
        struct slice name = SLICE_NULL;
        if (close == '}') {
            if (!take(parser, '"')) {
                parser->failed = true;
                return;
            }
            name = parse_string(parser);
            parser->failed = parser->failed || !take(parser, ':');
        }
        struct jsontree *member = parse_value(parser, depth + 1);
        if (parser->failed) {
            return;
        }
        member->name = name;
        *place = member;
        place = &member->next;
        tree->count++;
    } while (take(parser, ','));
    parser->failed = parser->failed || !take(parser, close);
}

static void parse_word(struct parser *parser, struct jsontree *tree)
{
    const uint8_t *start = parser->data;
    while (parser->data < parser->end && *parser->data &&
           strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", *parser->data)) {
        parser->data++;
    }
    tree->text = slice_of(start, (size_t)(parser->data - start));
    tree->kind = slice_is(tree->text, "null")    ? JSONTREE_NULL
                 : slice_is(tree->text, "true")  ? JSONTREE_TRUE
                 : slice_is(tree->text, "false") ? JSONTREE_FALSE
                                                 : JSONTREE_NUMBER;
    parser->failed = parser->failed || tree->text.size == 0;
}

static struct jsontree *parse_value(struct parser *parser, int depth)
{
    struct jsontree *tree = arena_alloc(parser->arena, sizeof(*tree));
    if (depth > DEPTH_MAX || !tree) {
        parser->failed = true;
    } else if (take(parser, '{')) {
        tree->kind = JSONTREE_OBJECT;
        parse_members(parser, tree, '}', depth);
    } else if (take(parser, '[')) {
        tree->kind = JSONTREE_ARRAY;
        parse_members(parser, tree, ']', depth);
    } else if (take(parser, '"')) {
        tree->kind = JSONTREE_STRING;
        tree->text = parse_string(parser);
    } else {
        parse_word(parser, tree);
    }
    return tree;
}

const struct jsontree *jsontree_parse(struct slice text, struct arena *arena)
{
    struct parser parser = { .data = text.data, .end = text.data + text.size, .arena = arena };
    const struct jsontree *tree = parse_value(&parser, 0);
    skip_space(&parser);
    return parser.failed || parser.data != parser.end ? NULL : tree;
}

static const struct jsontree *find(const struct jsontree *tree, struct slice name)
{
    if (!tree || tree->kind != JSONTREE_OBJECT) {
        return NULL;
    }
    for (const struct jsontree *member = tree->first; member; member = member->next) {
        if (slice_equal(member->name, name)) {
            return member;
        }
    }
    return NULL;
}

const struct jsontree *jsontree_get(const struct jsontree *tree, const char *name)
{
    return find(tree, slice_text(name));
}

bool jsontree_number(const struct jsontree *tree, const char *name, int64_t *ret_value)
{
    const struct jsontree *member = jsontree_get(tree, name);
    char text[32];
    char *end;
    if (!member || member->kind != JSONTREE_NUMBER || member->text.size >= sizeof(text)) {
        return false;
    }
    (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARGS(member->text));
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool jsontree_string(const struct jsontree *tree, const char *name, struct slice *ret_value)
{
    const struct jsontree *member = jsontree_get(tree, name);
    if (!member || member->kind != JSONTREE_STRING) {
        return false;
    }
    *ret_value = member->text;
    return true;
}

static bool equal_numbers(struct slice a, struct slice b)
{
    char left[64];
    char right[64];
    if (slice_equal(a, b)) {
        return true;
    }
    (void)snprintf(left, sizeof(left), "%.*s", SLICE_ARGS(a));
    (void)snprintf(right, sizeof(right), "%.*s", SLICE_ARGS(b));
    bool real = strpbrk(left, ".eE") && strpbrk(right, ".eE");
    return real && strtod(left, NULL) == strtod(right, NULL);
}

static bool differ(char *path, size_t size, const char *what)
{
    (void)snprintf(path, size, "%s", what);
    return false;
}

/* Puts the name or place of the member in front of the path. */
static bool differ_at(char *path, size_t size, const struct jsontree *member, size_t place)
{
    char inner[256];
    (void)snprintf(inner, sizeof(inner), "%s", path);
    if (slice_is_null(member->name)) {
        (void)snprintf(path, size, "[%zu]%.200s", place, inner);
    } else {
        (void)snprintf(path, size, ".%.*s%.200s", SLICE_ARGS(member->name), inner);
    }
    return false;
}

static bool equal_members(const struct jsontree *a, const struct jsontree *b, char *path,
                          size_t size)
{
    const struct jsontree *other = b->first;
    size_t place = 0;
    for (const struct jsontree *member = a->first; member; member = member->next, place++) {
        if (a->kind == JSONTREE_OBJECT) {
            other = find(b, member->name);
        }
        if (!other) {
            (void)differ(path, size, " is missing");
            return differ_at(path, size, member, place);
        }
        if (!jsontree_equal(member, other, path, size)) {
            return differ_at(path, size, member, place);
        }
        other = other->next;
    }
    return a->count == b->count || differ(path, size, " has more members");
}

bool jsontree_equal(const struct jsontree *a, const struct jsontree *b, char *ret_path, size_t size)
{
    if (a->kind != b->kind) {
        return differ(ret_path, size, " is of another kind");
    }
    switch (a->kind) {
    case JSONTREE_NUMBER:
        return equal_numbers(a->text, b->text) || differ(ret_path, size, " is another number");
    case JSONTREE_STRING:
        return slice_equal(a->text, b->text) || differ(ret_path, size, " is another string");
    case JSONTREE_ARRAY:
    case JSONTREE_OBJECT:
        return equal_members(a, b, ret_path, size);
    default:
        return true;
    }
}
