/* console-consumer: Kafka's deserializers, as far as bytes can be printed without Java. */
#ifndef CONSOLE_CONSUMER_DECODER_H
#define CONSOLE_CONSUMER_DECODER_H

#include "common/text.h"

#include <libclient/record.h>
#include <stdbool.h>

struct decoder;

/* By Java's class name, with or without its package; NULL when it is none of ours. */
const struct decoder *decoder_find(const char *class_name);

/* All class names, separated by blanks. */
void decoder_names(struct text *text);

/* Appends the bytes (never null) as Java prints them. False when the bytes do not fit the type:
 * ret_error gets Kafka's message, the text may have grown. */
bool decoder_write(const struct decoder *decoder, struct kc_bytes bytes, struct text *text,
                   char *ret_error, size_t error_size);

#endif
