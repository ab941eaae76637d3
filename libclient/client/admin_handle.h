/* client: an admin client, and a call of it: what the application's thread asks and waits for, what
 * the I/O thread runs. */
#ifndef CLIENT_ADMIN_HANDLE_H
#define CLIENT_ADMIN_HANDLE_H

#include "admin/admin.h"
#include "client/handle.h"

struct kc_admin {
    struct handle handle;
    struct list calls; /* I/O thread only: under way */
};

/* Runs the call (taken; NULL means that memory was out) and waits for its end. KC_ERR_NONE: the
 * caller owns *ret_harvest. */
enum kc_err admin_handle_run(struct kc_admin *admin, struct fanout *fanout, int timeout_ms,
                             struct harvest **ret_harvest, struct kc_error *error);

/* The same for calls that return positions. */
enum kc_err admin_handle_run_positions(struct kc_admin *admin, struct fanout *fanout,
                                       int timeout_ms, struct kc_positions **ret_positions,
                                       struct kc_error *error);

/* KC_ERR_INVALID unless there is an admin client and a place for the result, and count is sane. */
enum kc_err admin_handle_check(const struct kc_admin *admin, const void *ret_result, size_t count,
                               struct kc_error *error);

/* The same, and every name is there and not empty. `what`: "a topic". */
enum kc_err admin_handle_check_names(const struct kc_admin *admin, const void *ret_result,
                                     const char *const *names, size_t count, const char *what,
                                     struct kc_error *error);

#endif
