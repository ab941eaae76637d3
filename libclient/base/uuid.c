/* base: Kafka's uuid and its text form. */
#include "base/uuid.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

enum { UUID_PADDED_LENGTH = 24, UUID_DASH = 62 /* of '-' in the alphabet */ };

void uuid_random(struct random *random, struct uuid *ret_uuid)
{
    struct uuid uuid;

    /* A leading dash would read as an option on a command line. The version bits alone keep clear
     * of Kafka's reserved values. */
    do {
        random_fill(random, uuid.bytes, sizeof(uuid.bytes));
        uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0f) | 0x40);
        uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3f) | 0x80);
    } while (uuid.bytes[0] >> 2 == UUID_DASH);
    *ret_uuid = uuid;
}

void uuid_show(const struct uuid *uuid, char ret_text[UUID_TEXT_SIZE])
{
    for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        size_t bit = i * 6;
        unsigned pair = (unsigned)uuid->bytes[bit / 8] << 8;
        if (bit / 8 + 1 < sizeof(uuid->bytes)) {
            pair |= uuid->bytes[bit / 8 + 1];
        }
        ret_text[i] = alphabet[pair >> (10 - bit % 8) & 0x3f];
    }
    ret_text[UUID_TEXT_SIZE - 1] = 0;
}

static int digit(uint8_t c)
{
    const char *found = c ? strchr(alphabet, c) : NULL;
    return found ? (int)(found - alphabet) : -1;
}

bool uuid_parse(struct slice text, struct uuid *ret_uuid)
{
    struct uuid uuid = { { 0 } };

    if (text.size == UUID_PADDED_LENGTH && text.data[22] == '=' && text.data[23] == '=') {
        text.size = UUID_TEXT_SIZE - 1;
    }
    if (text.size != UUID_TEXT_SIZE - 1) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        int value = digit(text.data[i]);
        if (value < 0) {
            return false;
        }
        /* As in Java, the four bits too many at the end may be anything. */
        size_t bit = i * 6;
        unsigned pair = (unsigned)value << (10 - bit % 8);
        uuid.bytes[bit / 8] |= (uint8_t)(pair >> 8);
        if (bit / 8 + 1 < sizeof(uuid.bytes)) {
            uuid.bytes[bit / 8 + 1] |= (uint8_t)pair;
        }
    }
    *ret_uuid = uuid;
    return true;
}
