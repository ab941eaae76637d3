/* libclient: the finer points of being a consumer: how it parts from its group. */
#ifndef LIBCLIENT_SUBSCRIPTION_H
#define LIBCLIENT_SUBSCRIPTION_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

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
