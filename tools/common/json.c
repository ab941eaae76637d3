/* tools: writes JSON; strings keep their UTF-8 bytes, control characters are escaped. */
#include "common/json.h"

#include <inttypes.h>
#include <string.h>

static void separate(struct json *json)
{
    if (json->comma) {
        text_add(json->text, ",");
    }
    json->comma = true;
}

void json_open(struct json *json, char bracket)
{
    separate(json);
    text_append(json->text, &bracket, 1);
    json->comma = false;
}

void json_close(struct json *json, char bracket)
{
    text_append(json->text, &bracket, 1);
    json->comma = true;
}

static void quote(struct text *text, const char *value)
{
    text_add(text, "\"");
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;
        if (byte == '"' || byte == '\\') {
            text_format(text, "\\%c", byte);
        } else if (byte < 0x20 || byte == 0x7f) {
            text_format(text, "\\u%04x", byte);
        } else {
            text_append(text, value, 1);
        }
    }
    text_add(text, "\"");
}

void json_name(struct json *json, const char *name)
{
    separate(json);
    quote(json->text, name);
    text_add(json->text, ":");
    json->comma = false;
}

void json_string(struct json *json, const char *value)
{
    if (!value) {
        json_null(json);
        return;
    }
    separate(json);
    quote(json->text, value);
}

void json_number(struct json *json, int64_t value)
{
    separate(json);
    text_format(json->text, "%" PRId64, value);
}

void json_bool(struct json *json, bool value)
{
    separate(json);
    text_add(json->text, value ? "true" : "false");
}

void json_null(struct json *json)
{
    separate(json);
    text_add(json->text, "null");
}

void json_numbers(struct json *json, const int32_t *values, size_t count)
{
    json_open(json, '[');
    for (size_t i = 0; i < count; i++) {
        json_number(json, values[i]);
    }
    json_close(json, ']');
}
