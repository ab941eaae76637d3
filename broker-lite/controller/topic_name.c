/* controller: topic name rules. */
#include "controller/topic_name.h"

#include <stdio.h>

static bool is_legal(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

/* The name for a message: readable, bounded. UTF-8 passes, control characters do not. */
static void show_name(struct slice name, char *out, size_t out_size)
{
    size_t count = name.size < out_size - 1 ? name.size : out_size - 1;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = name.data[i];
        out[i] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
    }
    out[count] = 0;
}

bool topic_name_is_valid(struct slice name, char *ret_text)
{
    char shown[320];
    show_name(name, shown, sizeof(shown));
    if (name.size == 0) {
        (void)snprintf(ret_text, TOPIC_NAME_TEXT_SIZE,
                       "Topic name is invalid: the empty string is not allowed");
        return false;
    }
    if (slice_is(name, ".") || slice_is(name, "..")) {
        (void)snprintf(ret_text, TOPIC_NAME_TEXT_SIZE, "Topic name is invalid: '%s' is not allowed",
                       shown);
        return false;
    }
    if (name.size > TOPIC_NAME_SIZE_MAX) {
        (void)snprintf(ret_text, TOPIC_NAME_TEXT_SIZE,
                       "Topic name is invalid: the length of '%s' is longer than the max allowed "
                       "length %d",
                       shown, TOPIC_NAME_SIZE_MAX);
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        if (!is_legal(name.data[i])) {
            (void)snprintf(ret_text, TOPIC_NAME_TEXT_SIZE,
                           "Topic name is invalid: '%s' contains one or more characters other "
                           "than ASCII alphanumerics, '.', '_' and '-'",
                           shown);
            return false;
        }
    }
    return true;
}

bool topic_name_fold(struct slice name, char *out)
{
    bool may_collide = false;
    for (size_t i = 0; i < name.size; i++) {
        out[i] = (char)(name.data[i] == '.' ? '_' : name.data[i]);
        may_collide |= out[i] == '_';
    }
    return may_collide;
}

bool topic_name_is_internal(struct slice name)
{
    return slice_is(name, "__consumer_offsets") || slice_is(name, "__transaction_state") ||
           slice_is(name, "__share_group_state");
}
