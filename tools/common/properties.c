/* tools: reads settings as java.util.Properties does. */
#include "common/properties.h"

#include "common/memory.h"
#include "common/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FILE_BYTES_MAX = 4 * 1024 * 1024 };

void properties_set(struct properties *properties, const char *name, const char *value)
{
    for (size_t i = 0; i < properties->count; i++) {
        if (strcmp(properties->entries[i].name, name) == 0) {
            free(properties->entries[i].value);
            properties->entries[i].value = memory_copy(value, strlen(value));
            return;
        }
    }
    properties->entries =
        memory_grow(properties->entries, properties->count + 1, sizeof *properties->entries);
    properties->entries[properties->count++] =
        (struct properties_entry){ memory_copy(name, strlen(name)),
                                   memory_copy(value, strlen(value)) };
}

const char *properties_get(const struct properties *properties, const char *name)
{
    for (size_t i = 0; i < properties->count; i++) {
        if (strcmp(properties->entries[i].name, name) == 0) {
            return properties->entries[i].value;
        }
    }
    return NULL;
}

bool properties_is_true(const struct properties *properties, const char *name)
{
    const char *value = properties_get(properties, name);
    if (!value) {
        return false;
    }
    value += strspn(value, " \t\r\n");
    return strncasecmp(value, "true", 4) == 0 && value[4 + strspn(value + 4, " \t\r\n")] == '\0';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\f';
}

/* One logical line: continuations joined, its escapes still in. Returns the position after it. */
static size_t join_line(const char *text, size_t size, size_t position, struct text *line)
{
    bool escaped = false;
    while (position < size) {
        char byte = text[position++];
        if (byte == '\n' || byte == '\r') {
            if (byte == '\r' && position < size && text[position] == '\n') {
                position++;
            }
            if (!escaped) {
                break;
            }
            line->size--; /* the backslash */
            escaped = false;
            while (position < size && is_blank(text[position])) {
                position++;
            }
            continue;
        }
        escaped = byte == '\\' && !escaped;
        text_append(line, &byte, 1);
    }
    return position;
}

static void add_code_point(struct text *word, unsigned code)
{
    char bytes[3];
    if (code < 0x80) {
        bytes[0] = (char)code;
        text_append(word, bytes, 1);
    } else if (code < 0x800) {
        bytes[0] = (char)(0xc0 | code >> 6);
        bytes[1] = (char)(0x80 | (code & 0x3f));
        text_append(word, bytes, 2);
    } else {
        bytes[0] = (char)(0xe0 | code >> 12);
        bytes[1] = (char)(0x80 | (code >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (code & 0x3f));
        text_append(word, bytes, 3);
    }
}

/* The escape after a backslash; returns the position after it. */
static size_t unescape(const char *line, size_t size, size_t position, struct text *word)
{
    char byte = line[position++];
    if (byte == 'u' && size - position >= 4) {
        char digits[5] = { 0 };
        memcpy(digits, line + position, 4);
        char *end = NULL;
        unsigned long code = strtoul(digits, &end, 16);
        if (*end == '\0') {
            add_code_point(word, (unsigned)code);
            return position + 4;
        }
    }
    const char *const from = "tnrf";
    const char *const to = "\t\n\r\f";
    const char *found = byte != '\0' ? strchr(from, byte) : NULL;
    text_append(word, found ? &to[found - from] : &byte, 1);
    return position;
}

/* Reads a word of a logical line until an unescaped separator (or its end). */
static size_t read_word(const struct text *line, size_t position, bool is_key, struct text *word)
{
    while (position < line->size) {
        char byte = line->data[position];
        if (is_key && (is_blank(byte) || byte == '=' || byte == ':')) {
            break;
        }
        position++;
        if (byte == '\\') {
            if (position < line->size) {
                position = unescape(line->data, line->size, position, word);
            }
        } else {
            text_append(word, &byte, 1);
        }
    }
    return position;
}

static void parse_line(struct properties *properties, const struct text *line)
{
    struct text name = { 0 };
    struct text value = { 0 };
    size_t position = read_word(line, 0, true, &name);
    bool separated = false;
    while (position < line->size) {
        char byte = line->data[position];
        bool separator = (byte == '=' || byte == ':') && !separated;
        if (!separator && !is_blank(byte)) {
            break;
        }
        separated = separated || separator;
        position++;
    }
    read_word(line, position, false, &value);
    properties_set(properties, text_view(&name), text_view(&value));
    text_finish(&name);
    text_finish(&value);
}

void properties_parse(struct properties *properties, const char *text, size_t size)
{
    struct text line = { 0 };
    size_t position = 0;
    while (position < size) {
        while (position < size &&
               (is_blank(text[position]) || text[position] == '\n' || text[position] == '\r')) {
            position++;
        }
        if (position >= size) {
            break;
        }
        if (text[position] == '#' || text[position] == '!') {
            while (position < size && text[position] != '\n' && text[position] != '\r') {
                position++;
            }
            continue;
        }
        line.size = 0;
        position = join_line(text, size, position, &line);
        parse_line(properties, &line);
    }
    text_finish(&line);
}

void properties_argument(struct properties *properties, const char *argument)
{
    size_t size = strcspn(argument, "=");
    char *name = memory_copy(argument, size);
    properties_set(properties, name, argument[size] == '=' ? argument + size + 1 : "");
    free(name);
}

void properties_add_option(struct properties *properties, const struct options *options,
                           const char *name)
{
    for (size_t i = 0; i < options_count(options, name); i++) {
        properties_argument(properties, options_at(options, name, i));
    }
}

void properties_add_file(struct properties *properties, const struct options *options,
                         const char *name)
{
    const char *path = options_value(options, name);
    if (!path) {
        return;
    }
    FILE *file = fopen(path, "r");
    if (!file) {
        options_fail(options, "%s: %s", path, strerror(errno));
    }
    struct text text = { 0 };
    char part[4096];
    size_t size = 0;
    while ((size = fread(part, 1, sizeof part, file)) > 0 && text.size <= FILE_BYTES_MAX) {
        text_append(&text, part, size);
    }
    if (ferror(file) || text.size > FILE_BYTES_MAX) {
        options_fail(options, "%s: %s", path, ferror(file) ? strerror(errno) : "too large");
    }
    fclose(file);
    properties_parse(properties, text_view(&text), text.size);
    text_finish(&text);
}

void properties_finish(struct properties *properties)
{
    for (size_t i = 0; i < properties->count; i++) {
        free(properties->entries[i].name);
        free(properties->entries[i].value);
    }
    free(properties->entries);
    *properties = (struct properties){ 0 };
}
