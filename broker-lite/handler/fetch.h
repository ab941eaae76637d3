/* handler: what a fetch finds: its partitions looked up and read once, and the answer made of that.
 */
#ifndef HANDLER_FETCH_H
#define HANDLER_FETCH_H

#include "handler/fetcher.h"
#include "handler/handler.h"

enum {
    FETCH_PARTITIONS_MAX = 100000, /* of one fetch */
    /* Of one answer, in ranges that are not sent from their files; about. */
    FETCH_COPIED_BYTES_MAX = 2 << 20
};

/* A partition that is fetched. */
struct fetch_item {
    struct fetcher_want wanted;
    struct partition *partition; /* NULL: there is none; good until the loop goes on */
    struct log_range range;      /* what the answer will hold; not read yet */
    bool is_sent;                /* from its file; else copied */
    enum kc_err err;
};

/* A fetch under way; lies in the call's arena, as its response does. */
struct fetch {
    struct call *call;
    struct fetch_item *items; /* in the order of the request, or of its session */
    size_t item_count;
    size_t limit;         /* of all records of the answer, but for the first batch */
    size_t found_bytes;   /* of all ranges */
    size_t copied_bytes;  /* of those that cannot be sent from their files */
    size_t large_count;   /* those that can, if there are not too many */
    size_t unknown_count; /* partitions that the cluster does not have: no reason to answer soon */
    bool has_error;       /* some other partition has something to tell at once */
    bool by_id;           /* topics come by id, not by name */
    bool begins_session;
    int32_t session_id; /* goes on with this one; 0: none */
    int32_t session_epoch;
    struct fetch_response response;
    struct outgoing_file *files; /* of the answer */
};

/* What is asked for, by the request or by its session, which goes on; nothing is looked up yet.
 * KC_ERR_NO_MEMORY; the errors of fetcher_find, to be told for the whole request (NOT_FOUND
 * also when the session outgrew its limits: the client then begins a new one). */
enum kc_err fetch_create(struct call *call, struct fetch **ret_fetch);

static inline bool fetch_is_committed(const struct fetch *fetch)
{
    return ((const struct fetch_request *)fetch->call->message)->isolation_level == 1;
}

/* fetch_read.c: looks the partitions up and reads what there is within the request's limits. What
 * an earlier read found must have been dropped. */
void fetch_read(struct fetch *fetch);
void fetch_drop(struct fetch *fetch);

/* Enough is found, or there is something to tell: no reason to wait. */
bool fetch_is_satisfied(const struct fetch *fetch);

/* Is all that was found in the page cache? */
bool fetch_is_cached(const struct fetch *fetch);

/* Answers with what was found, and frees the call: large ranges are sent from their files, others
 * are copied. The session learns what is told. */
void fetch_answer(struct fetch *fetch);

/* What the request, the settings and the client's quota (what a window has room for) allow. */
size_t fetch_limit(const struct call *call);

/* The client has used up its quota of bytes or of time: it was answered without any records, and
 * the fetch is gone. */
bool fetch_is_refused(struct fetch *fetch);

/* The session went on, or went away (NULL), while the fetch waited: another request speaks for it.
 */
enum kc_err fetch_session_error(const struct fetch *fetch, const struct fetcher *session);

#endif
