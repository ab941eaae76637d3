/* libclient: who commits for a consumer group (KIP-447), so that a transaction can commit the
 * group's offsets and a member that lost its partitions is refused. */
#ifndef LIBCLIENT_GROUP_H
#define LIBCLIENT_GROUP_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A membership as it was at one moment. One can also fill it by hand: group_id alone, with
 * generation_id -1 and the rest NULL, commits without being checked against the members. */
struct kc_group_metadata {
    const char *group_id;    /* group.id */
    int32_t generation_id;   /* of the classic protocol, or the member epoch (KIP-848); -1: none */
    const char *member_id;   /* NULL or "": none */
    const char *instance_id; /* group.instance.id; NULL: none */
};

/* The membership of a consumer that subscribed, for kc_producer_send_offsets_to_transaction. Take
 * it after the poll whose records are being copied: it tells the generation in which they were
 * read. *ret_metadata is the caller's to destroy. KC_ERR_INVALID without group.id,
 * KC_ERR_REBALANCE_IN_PROGRESS (abortable) while it is subscribed and not a member,
 * KC_ERR_NO_MEMORY. In the thread that polls. */
enum kc_err kc_consumer_group_metadata(struct kc_consumer *consumer,
                                       struct kc_group_metadata **ret_metadata,
                                       struct kc_error *error);

/* Only for what kc_consumer_group_metadata gave. NULL is fine. */
void kc_group_metadata_destroy(struct kc_group_metadata *metadata);

#ifdef __cplusplus
}
#endif

#endif
