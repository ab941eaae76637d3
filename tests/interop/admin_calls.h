/* interop: every admin call against a real Kafka: what the tests of the families share. The address
 * is in $BOOTSTRAP_SERVERS, that of the listener for logins in $LOGIN_SERVERS. */
#ifndef INTEROP_ADMIN_CALLS_H
#define INTEROP_ADMIN_CALLS_H

#include "support/test.h"

#include <libclient/client.h>

#include <stdio.h>
#include <string.h>

enum { WAIT_MS = 30000 };

extern struct kc_error admin_calls_error;

/* Clients of the cluster, and of an address where nobody is. */
struct kc_admin *admin_calls_admin(void);
struct kc_admin *admin_calls_nowhere(void);
struct kc_config *admin_calls_config(void);

/* A client that logs in at the listener for that; the caller destroys it. is_token: with a
 * delegation token's id and its HMAC in base64. */
struct kc_admin *admin_calls_login(const char *mechanism, const char *name, const char *password,
                                   bool is_token);

/* What follows tells on the output what came of each call, and of the items of its result: the
 * ledger, by which test_admin.py knows that every function was seen to succeed and to fail. */

/* The call as a whole: succeeds, or fails with this code and a sentence. */
#define OK(call) admin_calls_is(KC_ERR_NONE, (call), #call)
#define FAILS(code, call) admin_calls_is((code), (call), #call)
void admin_calls_is(enum kc_err wanted, enum kc_err got, const char *call);

/* An item's error. */
#define ITEM(wanted, err, text) admin_calls_item((wanted), (err), (text), #wanted)
void admin_calls_item(enum kc_err wanted, enum kc_err got, const char *text, const char *name);

/* An item that has no sentence. */
#define CODE(wanted, err) admin_calls_item((wanted), (err), kc_err_text(err), #wanted)

/* Whatever comes of the call, or of an item. */
#define TRIED(call) admin_calls_tried((call), #call)
enum kc_err admin_calls_tried(enum kc_err got, const char *call);
enum kc_err admin_calls_told(enum kc_err err);

/* Makes the call (with the context) until it answers so: what the controller has done takes a
 * moment to get to the broker. */
void admin_calls_until(enum kc_err wanted, enum kc_err (*call)(void *context), void *context);

/* The same while the cluster denies the operation on
 * itself, and again once it allows it. */
void admin_calls_denied(int8_t operation, enum kc_err (*call)(void *context), void *context);

void admin_calls_create(const char *topic, int32_t partition_count);
void admin_calls_produce(const char *topic, int count);

/* Sends a request by its JSON to the coordinator of the group (NULL: to any broker) until the
 * answer holds this text: a coordinator takes a moment to load. */
void admin_calls_raw(int16_t api_key, const char *group_id, const char *body, const char *wanted);

#endif
