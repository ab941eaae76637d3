/* admin: one admin call under way on the I/O thread. It has items (topics, groups, brokers), each
 * in a stage; in rounds it sends one request (a branch) for each broker or coordinator that items
 * need, merges the answers, and goes on until every item is done or the deadline passes. Pure:
 * network and time come through the port. */
#ifndef ADMIN_FANOUT_H
#define ADMIN_FANOUT_H

#include "admin/harvest.h"
#include "cluster/cluster.h"

struct fanout;

/* How a call reaches the cluster. Owned by whoever runs the fanout. */
struct fanout_port {
    void (*send)(struct fanout_port *port, struct cluster_request *request);
    void (*cancel)(struct fanout_port *port, struct cluster_request *request);
    void (*forget_controller)(struct fanout_port *port);
    int64_t (*now_us)(struct fanout_port *port);
    /* How long to wait after so many rounds that failed. */
    int64_t (*backoff_us)(struct fanout_port *port, int failures);
    /* Calls fanout_resume after the delay, unless the fanout ends before. */
    void (*pause)(struct fanout_port *port, int64_t delay_us);
    /* Every item is done, or fanout->error says why not. The last call. */
    void (*done)(struct fanout_port *port);
    bool of_controllers; /* the cluster is that of the controllers (KIP-919) */
};

struct fanout_item {
    uint8_t stage; /* FANOUT_DONE, or the family's */
    bool is_asked; /* a branch is out for it: */
    const struct fanout_branch *branch;
    int try_count;       /* answers that said to try again */
    enum kc_err err;     /* of the last of them */
    struct kc_node node; /* which broker, when a look-up found it (id -1: not yet) */
};

enum { FANOUT_DONE = 0 };

/* One family of calls. */
struct fanout_family {
    const char *what; /* "creating topics": for texts of errors */
    /* Makes branches for the items that are not done. */
    void (*plan)(struct fanout *fanout);
    /* The item ends with an error; never called for items that are done. */
    void (*fail)(struct fanout *fanout, size_t item, enum kc_err err, const char *text);
    /* Every item is done; may be NULL. */
    void (*finish)(struct fanout *fanout);
    /* The fanout is destroyed; state may be NULL then. May be NULL. */
    void (*release)(struct fanout *fanout);
};

struct fanout {
    const struct fanout_family *family;
    struct fanout_port *port; /* from fanout_start on */
    struct arena arena;       /* copies of the arguments */
    struct harvest *harvest;  /* owned, until the caller takes it */
    struct fanout_item *items;
    size_t item_count;
    void *state; /* the family's, in the arena */
    struct list branches;
    int64_t deadline_us;
    int failures;          /* rounds after which was waited */
    bool wants_pause;      /* this round had an answer that said to try again */
    struct kc_error error; /* the call's own; ends it */
    struct kc_error last;  /* why the last connection failed */
};

/* A request under way. */
struct fanout_branch {
    struct list link;
    struct fanout *fanout;
    struct arena arena; /* of message and answer */
    void *message;      /* the request, at its defaults when made */
    size_t *items;      /* what it asks for, by position */
    size_t item_count;
    int16_t version; /* of the answer */
    /* The decoded answer, valid during the call. */
    void (*answer)(struct fanout_branch *branch, const void *response);
    /* The request failed: true when the family has dealt with it. May be NULL: then a broker's code
     * fails the items, and everything else the call. */
    bool (*refused)(struct fanout_branch *branch, const struct conn_reply *reply);
    struct cluster_request request;
};

/* A call with so many items, all in this stage; NULL when memory is out. */
struct fanout *fanout_create(const struct fanout_family *family, size_t item_count, uint8_t stage);
void fanout_destroy(struct fanout *fanout);

void fanout_start(struct fanout *fanout, struct fanout_port *port, int64_t deadline_us);
void fanout_resume(struct fanout *fanout);
/* Cancels what is under way and ends with the error; done is called. */
void fanout_abort(struct fanout *fanout, enum kc_err err, const char *text);

/* For families. */

/* Another set of items, all in this stage (the brokers that a look-up told). */
void fanout_set_items(struct fanout *fanout, size_t item_count, uint8_t stage);

/* A call that was just made, or NULL, and it destroyed, when something went wrong in it. */
struct fanout *fanout_checked(struct fanout *fanout);

/* Room in the fanout's arena; NULL, with the call's error set, when memory is out. */
void *fanout_alloc(struct fanout *fanout, size_t count, size_t size);
/* A copy there that ends with a zero; NULL for NULL. */
const char *fanout_text(struct fanout *fanout, const char *text);
/* The same from the branch's arena. */
void *fanout_branch_alloc(struct fanout_branch *branch, size_t count, size_t size);

/* A branch with room for item_count_max items; NULL, with the call's error set, when memory is
 * out. Sent when plan returns. */
struct fanout_branch *fanout_branch_create(struct fanout *fanout, enum cluster_target target,
                                           int16_t api_key, size_t item_count_max,
                                           void (*answer)(struct fanout_branch *branch,
                                                          const void *response));

/* The branch asks for the item. */
void fanout_branch_add(struct fanout_branch *branch, size_t item);

/* One branch for each broker that an item in this stage was found at (id -1: any broker); `build`
 * fills each message. */
void fanout_split(struct fanout *fanout, uint8_t stage, int16_t api_key,
                  void (*answer)(struct fanout_branch *branch, const void *response),
                  void (*build)(struct fanout_branch *branch));

/* All items in this stage in one branch, or NULL when there are none. */
struct fanout_branch *
fanout_gather(struct fanout *fanout, uint8_t stage, enum cluster_target target, int16_t api_key,
              void (*answer)(struct fanout_branch *branch, const void *response));

/* The item goes to this stage (FANOUT_DONE: it is done); what an answer does not move, fail or try
 * later fails as left out. */
void fanout_move(struct fanout *fanout, size_t item, uint8_t stage);

/* The item goes to this stage after a pause. */
void fanout_try_later(struct fanout *fanout, size_t item, uint8_t stage, enum kc_err err);

/* The item ends with this error, told to the family; text null: kc_err_text. */
void fanout_fail(struct fanout *fanout, size_t item, enum kc_err err, struct slice text);

/* For `refused` of branches to a broker that a look-up told: when it cannot be reached, looks up
 * anew. */
bool fanout_branch_look_again(struct fanout_branch *branch, const struct conn_reply *reply,
                              uint8_t stage);

/* The call as a whole ends with this; the first error stays. */
void fanout_set_error(struct fanout *fanout, enum kc_err err, const char *text);

int32_t fanout_left_ms(const struct fanout *fanout);

#endif
