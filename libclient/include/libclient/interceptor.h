/* libclient: looking over the library's shoulder. Interceptors see records on their way and may
 * change them; hooks hear what passes between this client and each broker, for tracing. All are
 * added to a config before the handle is made, are copied, and run in the order of adding. */
#ifndef LIBCLIENT_INTERCEPTOR_H
#define LIBCLIENT_INTERCEPTOR_H

#include <libclient/consumer.h>
#include <libclient/serializer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { KC_INTERCEPTORS_MAX = 16 }; /* of each kind, in one config */

/* Any function may be NULL. None can break a delivery: what on_send leaves without topic, or with a
 * negative partition, is put back as it was before it, with a warning in the log. */
struct kc_producer_interceptor {
    /* In the thread that sends, before serialization and partitioning: may change the message, with
     * memory from scratch or of its own that stays until the send returns. A raw record comes as
     * objects of bytes. False refuses it: the send returns KC_ERR_POLICY_VIOLATION. */
    bool (*on_send)(void *context, struct kc_message *message, struct kc_scratch *scratch);
    /* Once for every record that on_send saw, before the delivery callback: on the I/O thread (be
     * quick, never wait); or in the thread that sends, when the send itself fails. */
    void (*on_acknowledgement)(void *context, const struct kc_delivery *delivery);
    void *context;
};

struct kc_consumer_interceptor {
    /* In the thread that takes records out of a batch, for each of them; may change what the
     * application sees (its bytes must stay until the batch is released). False leaves the record
     * out. The position moves on either way. */
    bool (*on_consume)(void *context, struct kc_record *record);
    /* In the thread that polls, after each commit (also those of enable.auto.commit), before its
     * callback. */
    void (*on_commit)(void *context, enum kc_err err, const struct kc_position *positions,
                      size_t count);
    void *context;
};

/* KC_ERR_TOO_LARGE when KC_INTERCEPTORS_MAX are there. */
enum kc_err kc_config_add_producer_interceptor(struct kc_config *config,
                                               const struct kc_producer_interceptor *interceptor,
                                               struct kc_error *error);
enum kc_err kc_config_add_consumer_interceptor(struct kc_config *config,
                                               const struct kc_consumer_interceptor *interceptor,
                                               struct kc_error *error);

/* One connection's other end; borrowed for the call. */
struct kc_peer {
    int32_t id; /* below 0: an address of bootstrap.servers */
    const char *host;
    int32_t port;
};

/* All run on the I/O thread: be quick, never wait, call nothing of the library. Any may be NULL.
 * Api keys are Kafka's; kc_api_name names them. */
struct kc_broker_hooks {
    /* A connection is ready to use (err 0, handshake included), or could not be made. */
    void (*on_connect)(void *context, const struct kc_peer *peer, enum kc_err err, int64_t took_us);
    /* A connection that was ready is gone; err 0: closed by this side, or because it was idle. */
    void (*on_disconnect)(void *context, const struct kc_peer *peer, enum kc_err err,
                          const char *text);
    /* The kernel has taken the request, `waited_us` after it was queued. size with its 4 bytes of
     * length. */
    void (*on_write)(void *context, const struct kc_peer *peer, int16_t api_key, size_t size,
                     int64_t waited_us);
    /* Its answer is here (err 0), took_us after the request was written; or will not come: then
     * size is 0. */
    void (*on_read)(void *context, const struct kc_peer *peer, int16_t api_key, size_t size,
                    int64_t took_us, enum kc_err err);
    /* The broker told to wait (KIP-219); the library does. */
    void (*on_throttle)(void *context, const struct kc_peer *peer, int32_t throttle_ms);
    void *context;
};

enum kc_err kc_config_add_broker_hooks(struct kc_config *config,
                                       const struct kc_broker_hooks *hooks, struct kc_error *error);

/* "Produce", "Fetch"; "unknown" for a key that Kafka 4.3 does not have. Static. */
const char *kc_api_name(int16_t api_key);

#ifdef __cplusplus
}
#endif

#endif
