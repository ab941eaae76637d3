/* embed: what the files of an embedded broker share and nobody else sees. */
#ifndef EMBED_EMBED_PARTS_H
#define EMBED_EMBED_PARTS_H

#include "base/list.h"
#include "base/lock.h"
#include "base/trace.h"
#include "handler/fault.h"
#include "net/loop.h"
#include "server/broker.h"

#include <broker-lite/broker.h>
#include <limits.h>

/* A question of another thread, answered on the broker's. On the asker's stack. */
struct embed_ask {
    struct list link; /* under the lock */
    void (*answer)(struct bl_broker *broker, struct embed_ask *ask);
    bool is_done; /* under the lock */
    const struct fault *fault;
    int id;
    enum kc_err err;
};

/* How many requests a fault met, for whoever waits; of the newest faults, by id. */
enum { EMBED_HITS_MAX = 4096 };
struct embed_hits {
    int id;
    unsigned count;
};

struct bl_broker {
    struct node_config config;
    struct trace trace;
    void (*log)(void *context, int level, const char *line);
    void *log_context;
    char directory[PATH_MAX];
    bool is_temporary;
    char address[32];
    int port;
    struct broker *broker;
    struct fault_script faults; /* the broker's thread's */
    struct loop_wakeup wakeup;
    pthread_t thread;
    bool has_thread;
    struct lock lock;
    struct signal changed; /* anything under the lock is */
    struct list asks;      /* under the lock, as are the following */
    bool is_ready;
    bool is_ended;
    struct kc_error end; /* why */
    struct embed_hits hits[EMBED_HITS_MAX];
};

/* Has the question answered on the broker's thread. KC_ERR_CLOSED when it has ended. */
enum kc_err embed_ask(struct bl_broker *broker, struct embed_ask *ask);

/* A new folder for the broker's log, below $TMPDIR; and its end, with all that lies in it. 0, or an
 * errno. */
int scratch_make(char ret_path[PATH_MAX]);
int scratch_remove(const char *path);

/* embed_fault.c: a fault met a request, on the broker's thread. */
void embed_fault_told(void *context, int id, uint32_t hits);

#endif
