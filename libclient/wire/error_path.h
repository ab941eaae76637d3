/* wire: where an answer has its error codes, found once by the tables, so that looking for errors
 * in many answers costs a load a place and no more. Pure. */
#ifndef WIRE_ERROR_PATH_H
#define WIRE_ERROR_PATH_H

#include "wire/codec.h"

enum { ERROR_PATH_STEPS_MAX = 8 };

/* The message itself, or the items of a list that stand below the step before it that encloses
 * them. */
struct error_path_step {
    uint32_t list_offset; /* in the enclosing struct; the first step has none */
    uint32_t item_size;
    int32_t error_offset; /* in the item; -1: the item has none, what is below it has */
    uint8_t end;          /* the first step that is not below this one */
};

struct error_path {
    struct error_path_step steps[ERROR_PATH_STEPS_MAX];
    uint8_t count; /* 0: the message has no error code anywhere */
};

/* The fields named errorCode of the type and of the lists in it, of whatever version: a field that
 * a version lacks has its default, no error. What does not fit into the steps is left out. */
void error_path_init(struct error_path *path, const struct message_type *type);

/* Calls found once for each code in the message that is not KC_ERR_NONE. */
void error_path_walk(const struct error_path *path, const void *message,
                     void (*found)(void *context, int16_t code), void *context);

#endif
