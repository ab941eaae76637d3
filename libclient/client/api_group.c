/* client: a consumer's membership for transactions (KIP-447). */
#include "client/consumer_handle.h"

#include <libclient/group.h>
#include <stdlib.h>

struct membership_copy {
    struct kc_consumer *consumer;
    struct kc_group_metadata *metadata;
};

/* The zero behind it is there already. */
static void copy_text(char *to, struct slice text)
{
    if (text.size > 0) {
        memcpy(to, text.data, text.size);
    }
}

/* One block: the struct and its strings behind it. */
static struct kc_group_metadata *metadata_create(struct slice group_id, struct slice instance_id,
                                                 struct slice member_id, int32_t generation_id)
{
    size_t size = group_id.size + instance_id.size + member_id.size + 3;
    struct kc_group_metadata *metadata = calloc(1, sizeof(*metadata) + size);
    if (!metadata) {
        return NULL;
    }
    char *group = (char *)(metadata + 1);
    char *member = group + group_id.size + 1;
    char *instance = member + member_id.size + 1;
    copy_text(group, group_id);
    copy_text(member, member_id);
    copy_text(instance, instance_id);
    *metadata =
        (struct kc_group_metadata){ .group_id = group,
                                    .generation_id = generation_id,
                                    .member_id = member,
                                    .instance_id = slice_is_null(instance_id) ? NULL : instance };
    return metadata;
}

/* A member that the group lost must not commit as one that was never checked. */
static enum kc_err tell_lost(struct kc_error *error, const char *group_id)
{
    (void)reason_set(error, KC_ERR_REBALANCE_IN_PROGRESS,
                     "group '%s': the consumer is not a member at the moment; what it read may "
                     "belong to another one now",
                     group_id);
    if (error) {
        error->kind = KC_KIND_ABORTABLE;
    }
    return KC_ERR_REBALANCE_IN_PROGRESS;
}

static void copy_membership(void *context)
{
    struct membership_copy *copy = context;
    const struct kc_config *config = copy->consumer->handle.config;
    int32_t generation_id = -1;
    struct slice member_id = consumer_member_id(copy->consumer->core, &generation_id);
    copy->metadata = metadata_create(slice_text(config_string(config, "group.id")),
                                     slice_text(config_string(config, "group.instance.id")),
                                     member_id, generation_id);
}

enum kc_err kc_consumer_group_metadata(struct kc_consumer *consumer,
                                       struct kc_group_metadata **ret_metadata,
                                       struct kc_error *error)
{
    struct membership_copy copy = { .consumer = consumer };
    if (!consumer || !ret_metadata) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (!config_string(consumer->handle.config, "group.id")) {
        return reason_set(error, KC_ERR_INVALID, "group.id is needed to commit for a group");
    }
    thread_call_sync(consumer->handle.thread, copy_membership, &copy);
    if (!copy.metadata) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    if (consumer->mode == CONSUMER_IN_GROUP && copy.metadata->generation_id < 0) {
        kc_group_metadata_destroy(copy.metadata);
        return tell_lost(error, config_string(consumer->handle.config, "group.id"));
    }
    *ret_metadata = copy.metadata;
    return reason_clear(error);
}

void kc_group_metadata_destroy(struct kc_group_metadata *metadata)
{
    free(metadata);
}
