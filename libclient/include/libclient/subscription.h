/* libclient: the finer points of what a consumer reads: topic patterns, partitions by hand one by
 * one, a rebalance on demand, how it parts from its group. One thread, the one that polls. */
#ifndef LIBCLIENT_SUBSCRIPTION_H
#define LIBCLIENT_SUBSCRIPTION_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Joins the group for all topics whose whole name matches, as they come and go
 * (metadata.max.age.ms). group.protocol=classic: a PCRE2 expression, matched here; internal topics
 * only with exclude.internal.topics=false. group.protocol=consumer: an RE2 expression, matched by
 * the broker. Otherwise as kc_consumer_subscribe. KC_ERR_INVALID_REGULAR_EXPRESSION, from this call
 * or (RE2) a later poll. */
enum kc_err kc_consumer_subscribe_pattern(struct kc_consumer *consumer, const char *pattern,
                                          const struct kc_rebalance_listener *listener,
                                          struct kc_error *error);

/* Asks the group to rebalance, as when what its assignor decides by has changed; takes effect in
 * the next polls. Has no effect while a rebalance is under way, nor in a KIP-848 group.
 * KC_ERR_WRONG_STATE when not subscribed. */
enum kc_err kc_consumer_rejoin(struct kc_consumer *consumer, struct kc_error *error);

/* Takes more partitions by hand, beside what kc_consumer_assign or this call gave; starts as there.
 * KC_ERR_WRONG_STATE when subscribed or when one is assigned already: nothing is taken then. */
enum kc_err kc_consumer_assign_more(struct kc_consumer *consumer,
                                    const struct kc_position *positions, size_t count,
                                    struct kc_error *error);

/* Gives some of them back; what was fetched for them is dropped, the others go on. With
 * enable.auto.commit their positions are committed first. KC_ERR_WRONG_STATE when subscribed or
 * when one is not assigned: nothing is given back then. */
enum kc_err kc_consumer_unassign(struct kc_consumer *consumer,
                                 const struct kc_partition *partitions, size_t count,
                                 struct kc_error *error);

/* What a closing consumer tells its group (KIP-1092). */
enum kc_parting {
    KC_PARTING_DEFAULT, /* a dynamic member leaves; a static one (group.instance.id) keeps its place
                           until session.timeout.ms has passed */
    KC_PARTING_LEAVE,   /* leaves, static or not: others take over at once */
    KC_PARTING_REMAIN   /* says nothing: for a restart within session.timeout.ms */
};

/* kc_consumer_close with a choice. KC_ERR_INVALID for another value; the rest as there. */
enum kc_err kc_consumer_close_as(struct kc_consumer *consumer, enum kc_parting parting,
                                 int timeout_ms, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
