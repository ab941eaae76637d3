/* tools: a growing text; the tool ends when memory is out. */
#include "common/text.h"

#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(struct text *text, size_t more)
{
    if (text->capacity - text->size > more) {
        return;
    }
    size_t capacity = text->capacity > 0 ? text->capacity : 128;
    while (capacity - text->size <= more) {
        capacity *= 2;
    }
    text->data = memory_grow(text->data, capacity, 1);
    text->capacity = capacity;
}

void text_append(struct text *text, const void *data, size_t size)
{
    reserve(text, size);
    if (size > 0) {
        memcpy(text->data + text->size, data, size);
    }
    text->size += size;
    text->data[text->size] = '\0';
}

void text_add(struct text *text, const char *word)
{
    text_append(text, word, strlen(word));
}

void text_format(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return;
    }
    reserve(text, (size_t)size);
    va_start(arguments, format);
    vsnprintf(text->data + text->size, (size_t)size + 1, format, arguments);
    va_end(arguments);
    text->size += (size_t)size;
}

void text_pad(struct text *text, size_t width)
{
    reserve(text, width);
    memset(text->data + text->size, ' ', width);
    text->size += width;
    text->data[text->size] = '\0';
}

const char *text_view(const struct text *text)
{
    return text->data ? text->data : "";
}

void text_finish(struct text *text)
{
    free(text->data);
    *text = (struct text){ 0 };
}
