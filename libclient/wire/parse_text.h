/* wire: the tokens of JSON, for parse.c. */
#ifndef WIRE_PARSE_TEXT_H
#define WIRE_PARSE_TEXT_H

#include "base/arena.h"

#include <libclient/error.h>

struct parse_text {
    const uint8_t *at;
    const uint8_t *end;
    struct arena *arena;
    enum kc_err err; /* the first; everything is over then */
    char *why;
    size_t why_size;
    char path[160]; /* where we are: "topics[0].name"; cut when it is long */
    size_t path_size;
};

/* KC_ERR_INVALID, with the path and this sentence; nothing when there is an error already. */
void parse_text_fail(struct parse_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Skips blanks; the next character, or 0 at the end. */
uint8_t parse_text_peek(struct parse_text *text);

/* Takes the character when it comes next. */
bool parse_text_take(struct parse_text *text, char c);
/* Fails unless it does. */
void parse_text_expect(struct parse_text *text, char c);
/* Takes a word (null, true, false) when it comes next. */
bool parse_text_word(struct parse_text *text, const char *word);

/* A string, unescaped, in the arena. */
struct slice parse_text_string(struct parse_text *text);

/* A whole number between the bounds. `kind` is for the sentence: "int16". */
int64_t parse_text_integer(struct parse_text *text, int64_t min, int64_t max, const char *kind);
double parse_text_double(struct parse_text *text);

/* A string of base64, decoded. */
struct slice parse_text_base64(struct parse_text *text);

#endif
