/* base: Kafka's uuid: 16 bytes, shown as 22 characters of URL-safe base64 without padding. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/random.h"
#include "base/slice.h"

struct uuid {
    uint8_t bytes[16];
};

enum { UUID_TEXT_SIZE = 23 }; /* with the terminating zero */

static inline bool uuid_is_zero(const struct uuid *uuid)
{
    static const struct uuid zero;
    return memcmp(uuid, &zero, sizeof(zero)) == 0;
}

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* A version 4 uuid; never one that starts with '-' in text form and never one of Kafka's reserved
 * values (as Java's Uuid.randomUuid). */
void uuid_random(struct random *random, struct uuid *ret_uuid);

void uuid_show(const struct uuid *uuid, char ret_text[UUID_TEXT_SIZE]);

/* False when the text is not a uuid (Java's rules: reference vectors/primitives/uuid.jsonl). */
bool uuid_parse(struct slice text, struct uuid *ret_uuid);

#endif
