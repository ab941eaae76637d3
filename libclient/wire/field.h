/* wire: the rows that gen.py writes and the interpreter reads. Inside the room only. */
#ifndef WIRE_FIELD_H
#define WIRE_FIELD_H

#include "wire/codec.h"

enum field_kind {
    FIELD_BOOL,
    FIELD_INT8,
    FIELD_INT16,
    FIELD_UINT16,
    FIELD_INT32,
    FIELD_UINT32,
    FIELD_INT64,
    FIELD_FLOAT64,
    FIELD_UUID,
    FIELD_STRING,
    FIELD_BYTES,
    FIELD_RECORDS,
    FIELD_STRUCT,
    FIELD_ARRAY,
};

enum {
    FIELD_POINTER = 1,   /* a struct that is nullable in some version: the field holds a pointer */
    FIELD_IGNORABLE = 2, /* may be dropped when the version lacks it */
    FIELD_PLAIN = 4,     /* a string with an int16 length in flexible versions too */
};

struct field {
    const char *name; /* lowerCamelCase, for message_show */
    const struct message_type *sub;
    uint32_t offset;
    int16_t since; /* present in versions [since, until] */
    int16_t until;
    int16_t null_since; /* may be null in versions [null_since, null_until] */
    int16_t null_until;
    int16_t tag; /* -1: not tagged */
    uint8_t kind;
    uint8_t item; /* of an array */
    uint8_t flags;
};

struct message_type {
    const char *name;
    const void *defaults; /* a whole struct with every default */
    const struct field *fields;
    const uint8_t *tags; /* places of the tagged fields, in the order of their tags */
    const uint8_t
        *size_min; /* fewest bytes on the wire, for version_min and up (255 or more: 255) */
    uint32_t size;
    uint16_t field_count;
    uint16_t tag_count;
    int16_t version_min;
    int16_t version_max;
    int16_t flexible_since;
    int16_t key; /* api key or record type; -1: none */
};

/* How an array lies in a struct, whatever its items are. */
struct field_list {
    void *items;
    int32_t count;
};

static inline bool field_in(const struct field *field, int16_t version)
{
    return version >= field->since && version <= field->until;
}

static inline bool field_nullable(const struct field *field, int16_t version)
{
    return version >= field->null_since && version <= field->null_until;
}

static inline bool field_compact(const struct field *field, bool flexible)
{
    return flexible && !(field->flags & FIELD_PLAIN);
}

/* Bytes that one item of the kind takes in memory; for FIELD_STRUCT by value. */
size_t field_item_size(uint8_t kind, const struct message_type *sub);

/* The value of a whole number or a bool. */
int64_t field_number(uint8_t kind, const uint8_t *place);

/* True when the field of the message has its default. */
bool field_is_default(const struct message_type *type, const struct field *field,
                      const uint8_t *message);

#endif
