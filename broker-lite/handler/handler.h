/* handler: what a request's handler gets, and how it answers. A handler is one function in a file
 * of its own, NN_name.c; handler/table.c has one row each. All on the broker's one thread. A call
 * that cannot be answered at once keeps itself (a parked fetch, a join) and is answered later,
 * exactly once. */
#ifndef HANDLER_HANDLER_H
#define HANDLER_HANDLER_H

#include "base/arena.h"
#include "controller/image.h"
#include "controller/quorum.h"
#include "handler/call_stats.h"
#include "net/session.h"
#include "replica/partitions.h"
#include "wire/messages.h"

struct groups;       /* coordinator/groups.h */
struct transactions; /* coordinator/transactions.h */
struct producer_ids; /* coordinator/producer_ids.h */
struct log_manager;  /* log/log_manager.h */
struct fault_script; /* handler/fault.h */
struct fault_plan;
struct fetcher_cache; /* handler/fetcher.h */
struct recompressor;
struct throttle; /* handler/throttle.h */
struct call;

/* The broker's settings that handlers obey, read once at start. */
struct node_settings {
    int32_t num_partitions;
    int16_t default_replication_factor;
    int32_t partitions_max; /* of one topic */
    bool auto_create_topics;
    bool delete_topics;
    int32_t offsets_topic_partitions; /* offsets.topic.num.partitions */
    int32_t offsets_topic_segment_bytes;
    int32_t transactions_topic_partitions; /* transaction.state.log.num.partitions */
    int32_t transactions_topic_segment_bytes;
    int32_t transactions_topic_min_isr;
    bool verify_transactions;      /* transaction.partition.verification.enable */
    size_t fetch_bytes_max;        /* fetch.max.bytes: cap of one fetch answer */
    const char *const *properties; /* name, value, ... as set in the file; NULL-terminated */
};

/* The broker as its handlers see it. */
struct node {
    int32_t id;
    const char *host; /* advertised */
    int32_t port;
    const char *rack; /* NULL: none */
    struct loop *loop;
    const struct clock *clock;
    struct random *random;
    const struct trace *trace;
    struct node_settings settings;
    struct image *image;
    struct quorum *quorum;
    struct partitions *partitions;
    struct log_manager *logs;
    struct uuid voter_directory; /* directory.id beside the metadata log (KIP-853) */
    struct groups *groups;
    struct transactions *transactions;
    struct producer_ids *producer_ids;
    struct batch_checker *checker;
    struct recompressor *recompressor; /* handler/recompressor.h */
    struct fetcher_cache *fetchers;
    struct throttle *throttle;
    int64_t charged_us; /* time of the thread, of calls whose clients have a quota of it */
    struct list free_calls;
    struct list creations; /* topics being made by auto.create.topics.enable */
    int64_t broker_epoch;
    struct call_stats *stats[CALL_STATS_KEYS]; /* by API key; NULL: never asked for */
    int64_t refused_calls; /* ended with their connection: unknown, malformed, not answerable */
    struct fault_script *faults; /* borrowed; NULL: none, as in every broker that no test embeds */
};

struct handler {
    int16_t key;
    int16_t version_min;
    int16_t version_max;
    /* The request was decoded into call->message. */
    void (*handle)(struct call *call);
    /* May the decoded request begin while others of its connection wait? NULL: never. What handle
     * then does goes through ahead_call_wait before it answers. */
    bool (*may_go_ahead)(const struct call *call);
};

/* One request in process. */
struct call {
    struct list link; /* free list of the node, or what faults make wait */
    struct node *node;
    struct session *session;
    const struct handler *handler;
    int16_t version;
    int64_t begun_us;       /* 0: counted already */
    struct slice client_id; /* borrowed from the frame */
    struct arena arena;     /* of the decoded request; for the answer too */
    const void *message;    /* the decoded request */
    /* The connection is gone while the call is parked: drop everything and call call_drop. NULL:
     * the call is never parked. */
    void (*cancel)(struct call *call);
    void *context; /* of whoever set cancel */
    void *parked;  /* the handler's own, usually in the arena */
    struct loop_timer later;
    void (*run)(struct call *call);                        /* of call_later */
    struct bytes reply;                                    /* of call_answer_copied */
    void (*committed)(struct call *call, enum kc_err err); /* of call_propose, with err */
    enum kc_err err;
    /* handler/ahead_call.h */
    struct call *next; /* the one behind it on its connection; NULL: none */
    bool has_turn;     /* all before it are answered */
    bool is_due;       /* run waits for the turn */
    /* handler/throttle_call.h */
    int64_t step_us; /* when its step on the thread began; 0: not counted */
    int64_t used_us; /* by earlier steps */
    bool is_charged;
    int64_t silent_until_ms; /* 0: the client used no more than it may */
    enum quota_key silent_key;
    /* handler/fault_call.h */
    struct fault_plan *plan; /* NULL: no fault meets it */
    bool is_answered;        /* the answer waits, no more the request */
    bool is_without_answer;
    bool *ret_gone; /* set when the call is freed */
};

/* Takes a request from a session: decodes it and calls its handler. Unknown keys, versions and
 * malformed bodies are dealt with here. */
void call_begin(struct node *node, struct session *session, const struct session_request *request);

/* The session was lost: parked calls are cancelled. */
void call_session_closed(struct session *session);

/* Ends a park: `run` is called from the loop, soon, and answers. To be used wherever a parked call
 * may go on, instead of answering there: an answer hands out the connection's next request, which
 * may change or free what the caller of the caller still works on. The call is no longer parked
 * elsewhere; when the connection is lost before, it is dropped. */
void call_later(struct call *call, void (*run)(struct call *call));

/* Memory of the call's arena for the answer; the process has none left when it is NULL,
 * call_fail(call) then. */
void *call_alloc(struct call *call, size_t count, size_t size);

/* Answers with the response message of the API, whose throttle time is set here, and frees the
 * call. release (may be NULL) is called
 * once when the bytes of large values that the message points at are not needed any more. */
void call_answer(struct call *call, void *response, void (*release)(void *context), void *context);

/* The same with values that lie in files: see session_answer_files. Not for calls with a plan. */
struct outgoing_file;
void call_answer_files(struct call *call, void *response, const struct outgoing_file *files,
                       size_t file_count, void (*release)(void *context), void *context);

/* Ends a park with an answer that lies in memory which may change or go at any time (a group's): it
 * is encoded now and sent from the loop. */
void call_answer_copied(struct call *call, void *response);

/* Acks=0. Frees the call. */
void call_answer_nothing(struct call *call);

/* Cannot be answered in the protocol: closes the connection, saying why in the log. Frees the call.
 */
void call_fail(struct call *call, const char *reason);

/* Ends a cancelled call without an answer. */
void call_drop(struct call *call);

/* This room's: a call of the request, NULL when memory is out; its body decoded into call->message;
 * and its end. */
struct call *call_create(struct node *node, struct session *session,
                         const struct session_request *request, const struct handler *handler);
enum kc_err call_decode(struct call *call, const struct session_request *request);
void call_free(struct call *call);

/* This room's: runs a step of the call. False: it was freed by it. Else it is parked, and what its
 * client has used of the thread stands still. */
bool call_run(struct call *call, void (*run)(struct call *call));

/* This room's: sends call->reply, or no more than so many bytes of it and then closes with the
 * reason. Both free the call. */
void call_send_reply(struct call *call);
void call_cut_reply(struct call *call, size_t size_max, const char *reason);

/* "127.0.0.1" of the peer, as Kafka shows it: "/127.0.0.1". In the arena. */
const char *call_host(struct call *call);

/* The rows, in key order. */
extern const struct handler handler_table[];
extern const size_t handler_count;

/* NULL: not served. */
const struct handler *handler_find(int16_t key);

/* Frees the calls kept for reuse. */
void node_finish(struct node *node);

#endif
