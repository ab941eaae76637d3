/* server: the broker as a whole: builds the rooms, ticks them, and takes them down in order. One
 * loop, one thread. */
#ifndef SERVER_BROKER_H
#define SERVER_BROKER_H

#include "base/trace.h"
#include "server/node_config.h"

struct broker;
struct fault_script; /* handler/fault.h */
struct loop;         /* net/loop.h */

struct broker_events {
    /* Serving: registered, listening. port is the first listener's, also when 0 was asked for. */
    void (*ready)(void *context, int32_t node_id, const char *host, int32_t port);
    /* Ended: broker_run returns after this. err 0: as asked. */
    void (*stopped)(void *context, enum kc_err err, const char *text);
    void *context;
};

/* Locks and reads the directories, recovers the logs, starts the quorum. config, trace and events
 * are borrowed for the broker's life. KC_ERR_* with the text naming the thing. */
enum kc_err broker_create(const struct node_config *config, const struct trace *trace,
                          const struct broker_events *events, struct broker **ret_broker,
                          struct kc_error *error);

/* SIGTERM and SIGINT of the process stop it, SIGUSR1 writes its state to the log: for a program
 * that is a broker. Before broker_run. */
void broker_obey_signals(struct broker *broker);

/* Requests meet its faults. Borrowed for the broker's life. Before broker_run. */
void broker_use_faults(struct broker *broker, struct fault_script *faults);

/* For wake-ups of the owner's own. */
struct loop *broker_loop(struct broker *broker);

/* Runs until it is stopped by a signal, broker_stop or a failure; the result says which:
 * KC_ERR_NONE for a clean stop. */
enum kc_err broker_run(struct broker *broker);

/* Asks for a clean stop; any thread. */
void broker_stop(struct broker *broker);

/* NULL is fine. Not while it runs. */
void broker_destroy(struct broker *broker);

#endif
