/* client: an admin client, and a call of it: what the application's thread asks and waits for, what
 * the I/O thread runs. */
#ifndef CLIENT_ADMIN_HANDLE_H
#define CLIENT_ADMIN_HANDLE_H

#include "admin/admin.h"
#include "client/handle.h"

struct kc_admin {
    struct handle handle;
    struct list calls; /* I/O thread only: under way */
    struct lock lock;
    char instance_id[24]; /* under the lock: what brokers call this client (KIP-714), or "" */
};

/* Runs the call (taken; NULL means that memory was out) and waits for its end. KC_ERR_NONE: the
 * caller owns *ret_harvest. */
enum kc_err admin_handle_run(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                             struct harvest **ret_harvest, struct kc_error *error);

/* The same for public calls: ret_result is the place of a pointer to the result, one of
 * harvest->as. */
enum kc_err admin_handle_collect(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                                 void *ret_result, struct kc_error *error);

/* The same for calls whose result is nothing but success. */
enum kc_err admin_handle_succeed(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                                 struct kc_error *error);

/* The same for calls that return positions. */
enum kc_err admin_handle_run_positions(struct kc_admin *admin, struct fanout *fanout,
                                       int timeout_ms, struct kc_positions **ret_positions,
                                       struct kc_error *error);

/* What is left of a call's time for its second half: at least 1, or -1 when it has no limit. */
int admin_handle_left_ms(const struct kc_admin *admin, int64_t deadline_us);

/* KC_ERR_INVALID unless there is an admin client and a place for the result, and count is sane. */
enum kc_err admin_handle_check(const struct kc_admin *admin, const void *ret_result, size_t count,
                               struct kc_error *error);

/* KC_ERR_INVALID unless there are items when there should be. `what`: "ACLs". */
enum kc_err admin_handle_check_items(const struct kc_admin *admin, const void *ret_result,
                                     const void *items, size_t count, const char *what,
                                     struct kc_error *error);

/* The same, and every name is there and not empty. `what`: "a topic". */
enum kc_err admin_handle_check_names(const struct kc_admin *admin, const void *ret_result,
                                     const char *const *names, size_t count, const char *what,
                                     struct kc_error *error);

/* The same for items that begin as struct kc_partition does, of this size: each has a topic and a
 * number. */
enum kc_err admin_handle_check_partitions(const struct kc_admin *admin, const void *ret_result,
                                          const void *items, size_t count, size_t size,
                                          struct kc_error *error);

/* The same for texts that are uuids. `what`: "a topic id". */
enum kc_err admin_handle_check_uuids(const struct kc_admin *admin, const void *ret_result,
                                     const char *const *ids, size_t count, const char *what,
                                     struct kc_error *error);

#endif
