/* client: writes JSON. */
#include "client/json_text.h"

#include <inttypes.h>
#include <stdio.h>

enum { JSON_TEXT_SIZE_MAX = 256 << 20 };

void json_text_init(struct json_text *text)
{
    *text = (struct json_text){ 0 };
    bytes_init(&text->bytes, JSON_TEXT_SIZE_MAX);
}

void json_text_finish(struct json_text *text)
{
    bytes_finish(&text->bytes);
}

static void put(struct json_text *text, const char *piece, size_t size)
{
    text->has_failed = text->has_failed || !bytes_append(&text->bytes, piece, size);
}

static void put_string(struct json_text *text, const char *value)
{
    put(text, "\"", 1);
    for (; *value; value++) {
        char escape[8];
        unsigned char c = (unsigned char)*value;
        if (c == '"' || c == '\\') {
            put(text, "\\", 1);
            put(text, value, 1);
        } else if (c < 0x20) {
            (void)snprintf(escape, sizeof(escape), "\\u%04x", c);
            put(text, escape, 6);
        } else {
            put(text, value, 1);
        }
    }
    put(text, "\"", 1);
}

static void put_name(struct json_text *text, const char *name)
{
    if (text->needs_comma) {
        put(text, ",", 1);
    }
    if (name) {
        put_string(text, name);
        put(text, ":", 1);
    }
    text->needs_comma = true;
}

void json_text_open(struct json_text *text, const char *name)
{
    put_name(text, name);
    put(text, "{", 1);
    text->needs_comma = false;
}

void json_text_close(struct json_text *text)
{
    put(text, "}", 1);
    text->needs_comma = true;
}

void json_text_number(struct json_text *text, const char *name, int64_t value)
{
    char shown[32];
    put_name(text, name);
    put(text, shown, (size_t)snprintf(shown, sizeof(shown), "%" PRId64, value));
}

void json_text_string(struct json_text *text, const char *name, const char *value)
{
    put_name(text, name);
    put_string(text, value);
}

void json_text_bool(struct json_text *text, const char *name, bool value)
{
    put_name(text, name);
    put(text, value ? "true" : "false", value ? 4 : 5);
}

char *json_text_take(struct json_text *text)
{
    put(text, "", 1);
    char *taken = text->has_failed ? NULL : (char *)text->bytes.data;
    if (taken) {
        text->bytes.data = NULL;
        text->bytes.size = text->bytes.capacity = 0;
    }
    return taken;
}
