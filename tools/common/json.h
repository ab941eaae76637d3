/* tools: JSON output. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Writes into a text; commas come by themselves. Zero-initialise with the text set. */
struct json {
    struct text *text;
    bool comma;
};

void json_open(struct json *json, char bracket);
void json_close(struct json *json, char bracket);

/* The name of the next value. */
void json_name(struct json *json, const char *name);
/* NULL gives null. */
void json_string(struct json *json, const char *value);
void json_number(struct json *json, int64_t value);
void json_bool(struct json *json, bool value);
void json_null(struct json *json);
void json_numbers(struct json *json, const int32_t *values, size_t count);

#endif
