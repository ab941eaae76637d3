/* coordinator: what the members of a classic group subscribe to (consumer protocol). */
#include "coordinator/group_parts.h"
#include "coordinator/topic_names.h"

#include <stdlib.h>

enum { SUBSCRIPTION_BYTES_MAX = 1 << 24, TOPICS_BYTES_MAX = 1 << 26 };

struct slice group_member_metadata(const struct group *group, const struct group_member *member)
{
    for (int32_t i = 0; group->protocol && i < member->protocol_count; i++) {
        if (strcmp(member->protocols[i].name, group->protocol) == 0) {
            return member->protocols[i].metadata;
        }
    }
    return SLICE_NULL;
}

enum kc_err subscription_read(struct slice metadata, struct arena *arena,
                              struct consumer_protocol_subscription *ret_subscription)
{
    struct reader reader;
    reader_init(&reader, metadata);
    int16_t version = read_i16(&reader);
    version = MIN_OF(version, message_version_max(&consumer_protocol_subscription_type));
    return reader.err || version < 0 ? KC_ERR_MALFORMED
                                     : message_decode(&consumer_protocol_subscription_type, version,
                                                      &reader, arena, ret_subscription);
}

static bool subscription_names(struct slice blob, struct slice topic)
{
    struct consumer_protocol_subscription subscription;
    struct arena arena;
    bool found = false;
    arena_init(&arena, SUBSCRIPTION_BYTES_MAX);
    if (!subscription_read(blob, &arena, &subscription)) {
        for (int32_t i = 0; !found && i < subscription.topics.count; i++) {
            found = slice_equal(subscription.topics.items[i], topic);
        }
    }
    arena_finish(&arena);
    return found;
}

bool group_subscribes(const struct group *group, struct slice topic)
{
    if (!group->protocol_type || strcmp(group->protocol_type, "consumer") != 0) {
        return false;
    }
    LIST_EACH(link, &group->members)
    {
        const struct group_member *member = LIST_ITEM(link, struct group_member, link);
        if (subscription_names(group_member_metadata(group, member), topic)) {
            return true;
        }
    }
    return false;
}

/* Their topics one after another; the arena keeps them. */
static bool gather(const struct group *group, struct arena *arena, struct bytes *names)
{
    LIST_EACH(link, &group->members)
    {
        const struct group_member *member = LIST_ITEM(link, struct group_member, link);
        struct consumer_protocol_subscription subscription;
        if (subscription_read(group_member_metadata(group, member), arena, &subscription) ||
            !bytes_append(names, subscription.topics.items,
                          (size_t)subscription.topics.count * sizeof(struct slice))) {
            return false;
        }
    }
    return true;
}

bool group_topics(const struct group *group, struct topic_names *ret_names)
{
    struct arena arena;
    struct bytes names;
    if (!group->protocol_type || strcmp(group->protocol_type, "consumer") != 0) {
        return false;
    }
    arena_init(&arena, TOPICS_BYTES_MAX);
    bytes_init(&names, TOPICS_BYTES_MAX);
    bool good = gather(group, &arena, &names) &&
                topic_names_make((const struct slice *)(const void *)names.data,
                                 (int32_t)(names.size / sizeof(struct slice)), ret_names);
    bytes_finish(&names);
    arena_finish(&arena);
    return good;
}
