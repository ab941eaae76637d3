/* libclient: the admin client itself, and what its calls have in common. */
#ifndef LIBCLIENT_ADMIN_HANDLE_H
#define LIBCLIENT_ADMIN_HANDLE_H

#include <libclient/config.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_admin;

/* Every call of the admin client, in all admin_*.h:
 * - waits for its end, at most timeout_ms (-1: without limit): KC_ERR_TIMED_OUT then;
 * - may be made from any thread but the one that callbacks run on (KC_ERR_WRONG_STATE);
 * - returns its own error (no broker, deadline, arguments: KC_ERR_INVALID), also in `error`, which
 *   may be NULL; KC_ERR_UNSUPPORTED_VERSION when the cluster is too old for it. The result is then
 *   untouched;
 * - else stores a result, which the caller destroys with the function of its type (NULL is fine
 *   there), and in which each item (topic, group, ...) has its own error and sentence. Everything a
 *   result points at lives and dies with it;
 * - copies its arguments: they are the caller's again when it returns;
 * - splits the items by broker, leader or coordinator as the protocol wants, repeats what only
 *   passing errors kept from success, and puts the answers together: when one of them cannot be
 *   reached and others have answered, only its items have failed.
 * In results, a string may be NULL where the protocol says null. Times are in ms since 1970. */

/* How a call that changes something goes about it: bits of `how`. */
enum {
    KC_VALIDATE_ONLY = 1,  /* only tells what would happen */
    KC_NO_QUOTA_RETRY = 2, /* tells KC_ERR_THROTTLING_QUOTA_EXCEEDED (KIP-599) at once; else the
                              call tries again until its time is over */
    KC_KEEP_REPLICATION_FACTOR = 4 /* refuses another number of replicas (KIP-860) */
};
/* What a description tells that it does not tell unasked: bits of `with`. */
enum {
    KC_WITH_FENCED = 1,    /* brokers that are registered and do not serve (KIP-1073) */
    KC_WITH_OPERATIONS = 2 /* `operations`: bit n says that the asker may do operation n of enum
                              kc_acl_operation (KIP-430); INT32_MIN: not asked, or not told */
};

/* NULL with `error` filled as kc_producer_create. */
struct kc_admin *kc_admin_create(const struct kc_config *config, struct kc_error *error);
/* Calls under way in other threads end with KC_ERR_CLOSED. NULL is fine. */
void kc_admin_destroy(struct kc_admin *admin);

/* What became of one named thing (topic, group) of a call. */
struct kc_item_result {
    const char *name;
    enum kc_err err;
    const char *text; /* the broker's sentence, or kc_err_text */
};
struct kc_item_results {
    size_t count;
    struct kc_item_result *items; /* as asked */
};
void kc_item_results_destroy(struct kc_item_results *results);

/* What became of one partition. */
struct kc_partition_result {
    const char *topic;
    int32_t partition;
    enum kc_err err;
    const char *text;
};
struct kc_partition_results {
    size_t count;
    struct kc_partition_result *items;
};
void kc_partition_results_destroy(struct kc_partition_results *results);

#ifdef __cplusplus
}
#endif

#endif
