/* wire: plain structs beside messages, for rooms that hand the contents of messages on under names
 * of their own. A row ties one member of the plain struct to one field of the message, by Kafka's
 * name; a table of rows copies in both directions. What a row may tie:
 *   number, bool, error code   any integer or bool (an enum is one); a double
 *   string                     const char * (null is NULL)
 *   uuid                       char[24] ("" is the zero uuid); written from const char *, too
 *   bytes                      const void * and a size_t of bytes
 *   list of numbers, strings   const T * and a size_t of items (null is NULL and 0)
 *   list of structs            T * and a size_t; the items have rows of their own
 * A row whose name is not in the message, or whose size does not fit, is a mistake of ours. */
#ifndef WIRE_MIRROR_H
#define WIRE_MIRROR_H

#include "wire/codec.h"

struct mirror_row {
    const char
        *path; /* "errorCode"; through structs with points: "topology.epoch"; NULL: the end */
    const struct mirror_row *rows; /* of the items of a list of structs */
    const char *outer;             /* flat lists: the name that all inner items get */
    const char *inner;             /* and the list in each item */
    uint16_t offset;
    uint16_t size;
    uint16_t count;     /* where the size_t beside a pointer is */
    uint16_t item_size; /* of a list's items */
};

#define MIRROR_SIZE(type, member) (sizeof(((type *)NULL)->member))
#define MIRROR(type, member, name)                                                          \
    {                                                                                       \
        .path = (name), .offset = offsetof(type, member), .size = MIRROR_SIZE(type, member) \
    }
#define MIRROR_LIST(type, member, counter, name)                                             \
    {                                                                                        \
        .path = (name), .offset = offsetof(type, member), .size = MIRROR_SIZE(type, member), \
        .count = offsetof(type, counter), .item_size = MIRROR_SIZE(type, member[0])          \
    }
#define MIRROR_BYTES(type, member, counter, name)                                            \
    {                                                                                        \
        .path = (name), .offset = offsetof(type, member), .size = MIRROR_SIZE(type, member), \
        .count = offsetof(type, counter)                                                     \
    }
#define MIRROR_EACH(type, member, counter, name, item_rows)                    \
    {                                                                          \
        .path = (name), .rows = (item_rows), .offset = offsetof(type, member), \
        .size = MIRROR_SIZE(type, member), .count = offsetof(type, counter),   \
        .item_size = MIRROR_SIZE(type, member[0])                              \
    }
/* Lists in a list (topics with partitions) as one list, whose items begin like struct kc_partition:
 * the outer item's string, then the number; item_rows (NULL when the inner items are the numbers)
 * are of the inner items. Read only. */
#define MIRROR_FLAT(type, member, counter, name, outer_name, inner_list, item_rows)        \
    {                                                                                      \
        .path = (name), .rows = (item_rows), .outer = (outer_name), .inner = (inner_list), \
        .offset = offsetof(type, member), .size = MIRROR_SIZE(type, member),               \
        .count = offsetof(type, counter), .item_size = MIRROR_SIZE(type, member[0])        \
    }
#define MIRROR_END   \
    {                \
        .path = NULL \
    }

/* Copies the fields into the plain struct, texts and lists into the arena; false when memory is
 * out. Fields inside a struct that is null leave their members alone. */
bool mirror_read(const struct message_type *type, const void *message,
                 const struct mirror_row *rows, struct arena *arena, void *plain);

/* Copies the members into the message, which has its defaults; false when memory is out. A list
 * that is NULL becomes null where the field may be null in some version, else empty. */
bool mirror_write(const struct message_type *type, const struct mirror_row *rows, const void *plain,
                  struct arena *arena, void *message);

/* A field of a message found by its path. */
struct mirror_field {
    void *place;                    /* NULL: there is none, or it is inside a struct that is null */
    const struct message_type *sub; /* structs and lists of structs */
    size_t item_size;               /* lists */
    uint8_t kind;
};
struct mirror_field mirror_find(const struct message_type *type, const void *message,
                                const char *path);

/* Lists: the items' number (0 for null and for no list), the items, and another list in place. */
int32_t mirror_count(const struct mirror_field *field);
void *mirror_item(const struct mirror_field *field, int32_t index);
void mirror_set_list(const struct mirror_field *field, void *items, int32_t count);

/* A field's value, or what stands in when there is none. */
int64_t mirror_number(const struct message_type *type, const void *message, const char *path,
                      int64_t otherwise);
struct slice mirror_text(const struct message_type *type, const void *message, const char *path);

/* The values of the fields as one key, equal for equal values whatever the widths of numbers; in
 * the arena. A list of structs counts in any order of its items (those of more than 16: in theirs);
 * it must begin with a string, and hold strings and numbers. names ends with NULL. The null slice
 * when memory is out. */
struct slice mirror_key(const struct message_type *type, const void *message,
                        const char *const *names, struct arena *arena);
/* The key of one string. */
struct slice mirror_text_key(struct slice text, struct arena *arena);

#endif
