/* cluster: looking up and remembering coordinators of groups and transactional ids. */
#include "cluster/cluster_state.h"

#include <stdio.h>
#include <stdlib.h>

enum { FINDER_ARENA_MAX = 1 << 20, KEYS_SINCE = 4 /* KIP-699: a list of keys */ };

static int64_t finder_now_us(const struct finder *finder)
{
    return loop_now_us(finder->cluster->options.loop);
}

static enum kc_err on_prepare(struct cluster_request *request, int16_t version)
{
    struct finder *finder = request->context;
    struct find_coordinator_request *message = &finder->message;
    message_defaults(&find_coordinator_request_type, message);
    message->key_type = finder->target == CLUSTER_TXN ? 1 : 0;
    if (version >= KEYS_SINCE) {
        finder->keys[0] = finder->key;
        message->coordinator_keys.items = finder->keys;
        message->coordinator_keys.count = 1;
    } else {
        message->key = finder->key;
    }
    return KC_ERR_NONE;
}

static void finder_failed(struct finder *finder, enum kc_err err, struct slice text)
{
    struct cluster *cluster = finder->cluster;
    finder->failures++;
    finder->ask_at_us =
        finder_now_us(finder) +
        retry_delay_ms(&cluster->options.retry, finder->failures, &cluster->random) * 1000;
    if (!kc_err_is_retriable(err)) {
        char message[384];
        snprintf(message, sizeof(message), "cannot find the coordinator of '%.*s' (%.*s)",
                 (int)MIN_OF(finder->key.size, (size_t)128), (const char *)finder->key.data,
                 SLICE_ARGS(text));
        route_fail_finder(cluster, finder, err, message);
    }
}

static void finder_take(struct finder *finder, const struct find_coordinator_response *response,
                        int16_t version)
{
    struct find_coordinator_response_coordinator found = {
        .node_id = response->node_id,
        .host = response->host,
        .port = response->port,
        .error_code = response->error_code,
        .error_message = response->error_message,
    };
    if (version >= KEYS_SINCE) {
        if (response->coordinators.count != 1) {
            finder_failed(finder, KC_ERR_MALFORMED, slice_text("no answer for the key"));
            return;
        }
        found = response->coordinators.items[0];
    }
    char fault[ADDRESS_FAULT_MAX] = "";
    enum kc_err err = (enum kc_err)found.error_code;
    if (err == KC_ERR_NONE && found.node_id < 0) {
        (void)snprintf(fault, sizeof(fault), "its node id is %d", found.node_id);
        err = KC_ERR_MALFORMED;
    } else if (err == KC_ERR_NONE) {
        err = address_check(found.host, found.port, fault);
    }
    if (fault[0]) {
        finder_failed(finder, err, slice_text(fault));
        return;
    }
    if (err == KC_ERR_NONE) {
        err = metadata_hint_broker(&finder->cluster->metadata, found.node_id, found.host,
                                   found.port, SLICE_NULL);
    }
    if (err != KC_ERR_NONE) {
        bool has_text = found.error_message.size > 0;
        finder_failed(finder, err, has_text ? found.error_message : slice_text(kc_err_text(err)));
        return;
    }
    finder->failures = 0;
    finder->broker_id = found.node_id;
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct finder *finder = request->context;
    struct cluster *cluster = finder->cluster;
    finder->is_asking = false;
    if (cluster->is_closing) {
        return;
    }
    struct arena arena;
    arena_init(&arena, FINDER_ARENA_MAX);
    struct find_coordinator_response response;
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (err == KC_ERR_NONE) {
        finder_take(finder, &response, reply->version);
    } else if (reply->err == KC_ERR_NONE) {
        finder_failed(finder, err, slice_text(kc_err_text(err)));
    } else {
        /* Requests wait on; their own deadline tells the cause. */
        finder->failures++;
        finder->ask_at_us =
            finder_now_us(finder) +
            retry_delay_ms(&cluster->options.retry, finder->failures, &cluster->random) * 1000;
    }
    arena_finish(&arena);
    route_schedule(cluster);
}

static struct finder *finder_find(struct cluster *cluster, enum cluster_target target,
                                  struct slice key)
{
    LIST_EACH(node, &cluster->finders)
    {
        struct finder *finder = LIST_ITEM(node, struct finder, link);
        if (finder->target == target && slice_equal(finder->key, key)) {
            return finder;
        }
    }
    return NULL;
}

struct finder *finder_get(struct cluster *cluster, enum cluster_target target, struct slice key)
{
    struct finder *finder = finder_find(cluster, target, key);
    if (finder) {
        return finder;
    }
    finder = calloc(1, sizeof(*finder));
    char *copy = slice_dup_text(key);
    if (!finder || !copy) {
        free(finder);
        free(copy);
        return NULL;
    }
    finder->cluster = cluster;
    finder->target = target;
    finder->key = slice_of(copy, key.size);
    finder->broker_id = -1;
    list_append(&cluster->finders, &finder->link);
    return finder;
}

void finder_ask(struct finder *finder)
{
    struct cluster *cluster = finder->cluster;
    if (finder->is_asking) {
        return;
    }
    if (finder_now_us(finder) < finder->ask_at_us) {
        route_schedule_at(cluster, finder->ask_at_us);
        return;
    }
    finder->is_asking = true;
    finder->request = (struct cluster_request){
        .target = CLUSTER_ANY,
        .api_key = API_FIND_COORDINATOR,
        .version_min = finder->target == CLUSTER_TXN ? 1 : 0,
        .is_idempotent = true,
        .message = &finder->message,
        .prepare = on_prepare,
        .done = on_done,
        .context = finder,
    };
    cluster_request(cluster, &finder->request);
}

void finder_destroy(struct finder *finder)
{
    list_remove(&finder->link);
    free((void *)(uintptr_t)finder->key.data);
    free(finder);
}

void cluster_forget_coordinator(struct cluster *cluster, enum cluster_target target,
                                struct slice key)
{
    struct finder *finder = finder_find(cluster, target, key);
    if (finder) {
        finder->broker_id = -1;
    }
}
