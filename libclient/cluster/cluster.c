/* cluster: making and unmaking, wishes and watches. */
#include "cluster/cluster_state.h"

#include <stdio.h>
#include <stdlib.h>

void cluster_options_defaults(struct cluster_options *ret_options)
{
    *ret_options = (struct cluster_options){
        .metadata_max_age_ms = 300000,
        .request_timeout_ms = 30000,
        .retry = { 100, 1000 },
        .reconnect = { 50, 1000 },
        .setup_timeout_ms = 10000,
        .setup_timeout_ms_max = 30000,
        .idle_ms_max = 540000,
        .allow_auto_create = true,
        .rebootstrap = true,
        .rebootstrap_trigger_ms = 300000,
    };
}

static void on_pump(struct loop_timer *timer)
{
    struct cluster *cluster = timer->context;
    route_pump(cluster);
    refresh_tell(cluster);
}

struct cluster *cluster_create(const struct cluster_options *options)
{
    struct cluster *cluster = calloc(1, sizeof(*cluster));
    if (!cluster) {
        return NULL;
    }
    cluster->options = *options;
    random_init(&cluster->random, options->seed);
    metadata_init(&cluster->metadata, random_next(&cluster->random));
    map_init(&cluster->peers, random_next(&cluster->random));
    map_init(&cluster->wanted, random_next(&cluster->random));
    list_init(&cluster->waiting);
    list_init(&cluster->backoff);
    list_init(&cluster->sent);
    list_init(&cluster->finders);
    list_init(&cluster->watches);
    loop_timer_init(&cluster->pump_timer, options->loop, on_pump, cluster);
    refresh_init(cluster);
    size_t size = options->bootstrap.count * sizeof(*options->bootstrap.items);
    cluster->options.bootstrap.items = malloc(size + 1);
    cluster->client_id = slice_dup_text(options->client_id);
    if (!cluster->options.bootstrap.items || (!cluster->client_id && options->client_id.data)) {
        cluster_destroy(cluster);
        return NULL;
    }
    if (size > 0) {
        memcpy(cluster->options.bootstrap.items, options->bootstrap.items, size);
    }
    return cluster;
}

static void drop_wanted(struct cluster *cluster, struct wanted_topic *wanted)
{
    (void)map_remove(&cluster->wanted, wanted->name);
    refresh_drop_topic(cluster, wanted);
}

void cluster_destroy(struct cluster *cluster)
{
    if (!cluster) {
        return;
    }
    cluster->is_closing = true;
    size_t position = 0;
    void *value;
    /* Requests that were sent end with their connection. */
    while ((value = map_next(&cluster->peers, &position))) {
        peer_destroy(value);
        position = 0;
    }
    route_fail_all(cluster, KC_ERR_CLOSED, "the client is closed");
    loop_timer_finish(&cluster->pump_timer);
    refresh_finish(cluster);
    struct list *node;
    while ((node = list_first(&cluster->finders))) {
        finder_destroy(LIST_ITEM(node, struct finder, link));
    }
    while ((node = list_first(&cluster->watches))) {
        list_remove(node);
    }
    position = 0;
    while ((value = map_next(&cluster->wanted, &position))) {
        drop_wanted(cluster, value);
        position = 0;
    }
    map_finish(&cluster->peers);
    map_finish(&cluster->wanted);
    metadata_finish(&cluster->metadata);
    free(cluster->options.bootstrap.items);
    free(cluster->client_id);
    free(cluster);
}

void cluster_watch_add(struct cluster *cluster, struct cluster_watch *watch)
{
    list_append(&cluster->watches, &watch->link);
}

void cluster_watch_remove(struct cluster_watch *watch)
{
    if (watch->link.next) {
        list_remove(&watch->link);
    }
}

const struct metadata *cluster_metadata(const struct cluster *cluster)
{
    return &cluster->metadata;
}

const struct metadata_topic *cluster_topic(const struct cluster *cluster, struct slice name)
{
    return metadata_topic(&cluster->metadata, name);
}

enum kc_err cluster_want_topic(struct cluster *cluster, struct slice name)
{
    struct wanted_topic *wanted = map_get(&cluster->wanted, name);
    if (!wanted) {
        wanted = calloc(1, sizeof(*wanted));
        char *copy = slice_dup_text(name);
        if (wanted && copy) {
            list_init(&wanted->link);
            wanted->name = slice_of(copy, name.size);
        }
        if (!wanted || !copy || !map_put(&cluster->wanted, wanted->name, wanted, NULL)) {
            free(copy);
            free(wanted);
            return KC_ERR_NO_MEMORY;
        }
    }
    wanted->count++;
    if (!cluster_topic(cluster, name)) {
        refresh_fresh_topic(cluster, wanted);
    }
    return KC_ERR_NONE;
}

void cluster_unwant_topic(struct cluster *cluster, struct slice name)
{
    struct wanted_topic *wanted = map_get(&cluster->wanted, name);
    if (wanted && --wanted->count == 0) {
        drop_wanted(cluster, wanted);
        if (cluster->want_all_count == 0) {
            metadata_forget_topic(&cluster->metadata, name);
        }
    }
}

void cluster_want_all_topics(struct cluster *cluster)
{
    cluster->want_all_count++;
    cluster_refresh_metadata(cluster);
}

void cluster_unwant_all_topics(struct cluster *cluster)
{
    cluster->want_all_count -= cluster->want_all_count > 0 ? 1 : 0;
}

void cluster_hint_broker(struct cluster *cluster, int32_t id, struct slice host, int32_t port,
                         struct slice rack)
{
    char fault[ADDRESS_FAULT_MAX];
    /* Without memory the next refresh tells it. */
    if (address_check(host, port, fault) == KC_ERR_NONE) {
        (void)metadata_hint_broker(&cluster->metadata, id, host, port, rack);
    }
    route_schedule(cluster);
}

void cluster_hint_leader(struct cluster *cluster, struct slice topic, int32_t partition,
                         int32_t leader, int32_t leader_epoch)
{
    struct metadata_topic *known = metadata_topic(&cluster->metadata, topic);
    if (metadata_hint_leader(&cluster->metadata, known, partition, leader, leader_epoch)) {
        route_schedule(cluster);
    }
}

void cluster_forget_controller(struct cluster *cluster)
{
    cluster->metadata.controller_id = -1;
    cluster_refresh_metadata(cluster);
}

size_t cluster_unwritten(const struct cluster *cluster, int32_t broker_id)
{
    size_t position = 0;
    size_t count = 0;
    const struct peer *peer;
    while ((peer = map_next(&cluster->peers, &position))) {
        count += peer->broker_id == broker_id && peer->conn ? conn_unwritten(peer->conn) : 0;
    }
    return count;
}

/* Nothing has failed, yet somebody who was connected to keeps quiet: no broker, or a hanging one.
 */
static void explain_silence(const struct cluster *cluster, struct kc_error *ret_error)
{
    size_t position = 0;
    const struct peer *peer;
    while ((peer = map_next(&cluster->peers, &position))) {
        if (peer->conn && !peer->is_ready) {
            ret_error->code = KC_ERR_TIMED_OUT;
            snprintf(ret_error->text, sizeof(ret_error->text),
                     "%s:%d does not answer as a broker does (no answer to ApiVersions)",
                     peer->host, (int)peer->port);
            return;
        }
    }
}

int16_t cluster_transaction_version(const struct cluster *cluster)
{
    return cluster->transaction_version;
}

int64_t cluster_failing_us(const struct cluster *cluster, struct kc_error *ret_error)
{
    if (cluster->refresh_failing_us != 0) {
        *ret_error = cluster->refresh_error;
    }
    return cluster->refresh_failing_us;
}

void cluster_last_error(const struct cluster *cluster, struct kc_error *ret_error)
{
    struct kc_error error = cluster->last_error;
    if (error.code == KC_ERR_NONE) {
        explain_silence(cluster, &error);
    }
    *ret_error = error;
}
