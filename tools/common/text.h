/* tools: a text that grows. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>

/* Zero-initialise. data is zero-terminated once something was appended. */
struct text {
    char *data;
    size_t size;
    size_t capacity;
};

void text_append(struct text *text, const void *data, size_t size);
void text_add(struct text *text, const char *word);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_pad(struct text *text, size_t width);

/* The text so far, "" when empty; valid until the next change. */
const char *text_view(const struct text *text);
void text_finish(struct text *text);

#endif
