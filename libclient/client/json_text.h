/* client: writes JSON. Integers keep all 64 bits. Pure. */
#ifndef CLIENT_JSON_TEXT_H
#define CLIENT_JSON_TEXT_H

#include "base/bytes.h"

struct json_text {
    struct bytes bytes;
    bool has_failed;  /* memory is out: nothing more is written */
    bool needs_comma; /* before the next member */
};

void json_text_init(struct json_text *text);
void json_text_finish(struct json_text *text);

/* A member that is an object; name NULL: the outermost. */
void json_text_open(struct json_text *text, const char *name);
void json_text_close(struct json_text *text);
void json_text_number(struct json_text *text, const char *name, int64_t value);
void json_text_string(struct json_text *text, const char *name, const char *value);
void json_text_bool(struct json_text *text, const char *name, bool value);

/* The text with its terminating zero, the caller's to free; NULL when anything failed. */
char *json_text_take(struct json_text *text);

#endif
