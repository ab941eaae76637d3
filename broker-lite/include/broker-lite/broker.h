/* libbroker-lite: a real broker-lite inside a program, for tests of Kafka clients: a real log on a
 * real disk behind a real port, with faults where a test wants them (broker-lite/fault.h).
 *
 *   struct bl_broker *broker = bl_start(NULL, &error);
 *   kc_config_set(config, "bootstrap.servers", bl_address(broker), NULL);
 *   ...
 *   bl_stop(broker, NULL);
 *
 * Several may run in one process; they share nothing but the name of the process. Each has a thread
 * of its own. All functions may be called from any thread, but bl_stop only once and last. */
#ifndef BROKER_LITE_BROKER_H
#define BROKER_LITE_BROKER_H

#include <libclient/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bl_broker;

/* Zeroed: all defaults. */
struct bl_config {
    /* Where the log lies, made when it is not there. It stays, and a later bl_start with the same
     * one finds the records again. NULL: a new one under $TMPDIR (else /tmp), removed by bl_stop.
     */
    const char *directory;
    /* On 127.0.0.1. 0: any free one. */
    int port;
    /* Kafka's property names: name, value, ..., NULL. May be NULL. Not listeners and log.dirs.
     * Defaults here: 1 partition in __consumer_offsets and in __transaction_state, and no initial
     * rebalance delay, so that tests need not wait. */
    const char *const *settings;
    /* What it logs, a line at a time, on its thread; the level as in syslog. NULL: nothing. */
    void (*log)(void *context, int level, const char *line);
    void *log_context;
};

/* Returns when clients are served. config may be NULL, and is not used afterwards. NULL with error
 * filled (it may be NULL): KC_ERR_INVALID for a setting (the text names it), KC_ERR_CONNECT for a
 * port in use, KC_ERR_IO or KC_ERR_WRONG_STATE for a directory (another broker has it),
 * KC_ERR_NO_MEMORY. */
struct bl_broker *bl_start(const struct bl_config *config, struct kc_error *error);

/* "127.0.0.1:PORT", for bootstrap.servers. Valid until bl_stop. */
const char *bl_address(const struct bl_broker *broker);
int bl_port(const struct bl_broker *broker);

/* The directory of its log. Valid until bl_stop. */
const char *bl_directory(const struct bl_broker *broker);

/* Stops cleanly: open requests are dropped, logs are closed. Frees the broker in any case. The
 * error when it had ended by itself before, or could not close its logs; KC_ERR_IO when its
 * temporary directory could not be removed. NULL is fine. */
enum kc_err bl_stop(struct bl_broker *broker, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
