/* client: the producer's handle and its port: how the producer room reaches cluster, loop and
 * thread. */
#ifndef CLIENT_PRODUCER_HANDLE_H
#define CLIENT_PRODUCER_HANDLE_H

#include "client/handle.h"
#include "client/plug.h"
#include "client/transaction_port.h"
#include "cluster/cluster.h"
#include "net/loop.h"
#include "producer/producer.h"

struct kc_producer {
    struct handle handle;
    struct producer *core;
    struct thread_task run; /* producer_run, posted by senders */
    struct thread_task end; /* its end, posted when a callback destroys it */
    int64_t max_block_us;
    struct plug_coder key; /* of messages */
    struct plug_coder value;
    bool is_intercepted; /* by kc_producer_interceptor */

    struct cluster_watch watch; /* the loop's from here on */
    struct loop_timer timer;
    struct cluster_request identity_request;
    struct init_producer_id_request identity_message;
    struct arena arena; /* of the answer that is being read */
    bool is_asking_identity;
    bool is_open;
    struct transaction_port transaction;
    atomic_int timed_out_act; /* enum transaction_act: its outcome is still to be asked for. Any
                                 thread */
};

/* Why a record is refused with err: no transaction is open, or it (or the producer) is lost. */
enum kc_err producer_handle_explain_transaction(struct kc_producer *producer, enum kc_err err,
                                                struct kc_error *error);

/* Part of closing: aborts the transaction that is open, or waits for the one that ends; at most
 * timeout_ms. */
void producer_handle_end_transaction(struct kc_producer *producer, int timeout_ms);

/* kc_producer_send that waits for metadata and memory no longer than wait_ms_max (-1: max.block.ms,
 * which bounds it always). producer is not NULL. */
enum kc_err producer_handle_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context, int wait_ms_max,
                                 struct kc_error *error);

/* Fills `error` (may be NULL) for a record that was not taken, and returns err. */
/* What a connection failed by last; code 0 when the last try went well. Any thread. */
struct kc_error producer_handle_last_error(struct kc_producer *producer);
enum kc_err producer_handle_explain(struct kc_producer *producer, const struct kc_record *record,
                                    enum kc_err err, int64_t waited_us, struct kc_error *error);

/* The settings of a checked config. */
struct producer_settings producer_settings_of(const struct kc_config *config);

/* The same, past the interceptors; producer is not NULL. */
enum kc_err producer_handle_put(struct kc_producer *producer, const struct kc_record *record,
                                kc_delivery_callback *callback, void *context, int64_t wait_us,
                                struct kc_error *error);

/* api_message.c: the same, through the interceptors. */
enum kc_err producer_handle_intercept(struct kc_producer *producer, const struct kc_record *record,
                                      kc_delivery_callback *callback, void *context,
                                      int64_t wait_us, struct kc_error *error);

/* What the producer knows for its statistics; I/O thread. */
void producer_handle_gauge(struct handle *handle, struct statistics_gauges *ret_gauges);

/* The port for producer_create; loop thread: producer_port_open before anything runs,
 * producer_port_close before the cluster goes. */
struct producer_port producer_port_of(struct kc_producer *producer);
void producer_port_open(struct kc_producer *producer);
void producer_port_close(struct kc_producer *producer);

#endif
