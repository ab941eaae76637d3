/* server: the broker's state as metrics. Names follow Prometheus' conventions; rates are for
 * the reader to make of the counters. Read on the loop, between two events. */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "coordinator/groups.h"
#include "handler/throttle.h"
#include "server/exposition.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* One page's rows of partitions and of groups' offsets, at most: what is past them is left out, and
 * only the sums still count it. */
enum { ROWS_MAX = 20000, PARTITION_TEXT = 16 };

/* ---- calls ---- */

static void write_errors(struct exposition *page, const struct call_stats *stats, const char *api)
{
    struct exposition_label labels[] = { { "api", slice_text(api) }, { "error", SLICE_NULL } };
    for (size_t i = 0; i < stats->error_count; i++) {
        labels[1].value = slice_text(kc_err_name((enum kc_err)stats->errors[i].code));
        exposition_number(page, labels, 2, stats->errors[i].count);
    }
    if (stats->errors_other > 0) {
        labels[1].value = slice_text("other");
        exposition_number(page, labels, 2, stats->errors_other);
    }
}

enum call_family { CALL_REQUESTS, CALL_BYTES, CALL_ERRORS, CALL_SECONDS, CALL_FAMILIES };

static void write_calls(struct exposition *page, const struct node *node, enum call_family family)
{
    for (int16_t key = 0; key < CALL_STATS_KEYS; key++) {
        const struct call_stats *stats = node->stats[key];
        const struct api *api = stats ? api_find(key) : NULL;
        if (!api) {
            continue;
        }
        const struct exposition_label label = { "api", slice_text(api->name) };
        if (family == CALL_ERRORS) {
            write_errors(page, stats, api->name);
        } else if (family == CALL_SECONDS) {
            exposition_histogram(page, &label, 1, &stats->latency_us);
        } else {
            exposition_number(page, &label, 1,
                              family == CALL_REQUESTS ? stats->requests : stats->bytes_in);
        }
    }
}

static void write_all_calls(struct exposition *page, const struct node *node)
{
    exposition_family(page, "broker_lite_requests_total", "counter", "Requests answered, by API.");
    write_calls(page, node, CALL_REQUESTS);
    exposition_family(page, "broker_lite_request_bytes_total", "counter",
                      "Bytes of the requests answered, by API.");
    write_calls(page, node, CALL_BYTES);
    exposition_family(page, "broker_lite_request_errors_total", "counter",
                      "Error codes in answers, by API and error; an answer may have several.");
    write_calls(page, node, CALL_ERRORS);
    exposition_family(page, "broker_lite_request_duration_seconds", "histogram",
                      "From a request in process to its answer, waiting on purpose included.");
    write_calls(page, node, CALL_SECONDS);
    exposition_family(page, "broker_lite_requests_refused_total", "counter",
                      "Requests that ended their connection: unknown, malformed, not answerable.");
    exposition_number(page, NULL, 0, node->refused_calls);
}

/* ---- quotas ---- */

static void write_throttled(struct exposition *page, const struct node *node, bool is_time)
{
    const struct throttle_total *totals = throttle_totals(node->throttle);
    for (int key = 0; key < QUOTA_KEY_COUNT; key++) {
        const struct exposition_label label = { "quota",
                                                slice_text(quota_key_name((enum quota_key)key)) };
        if (is_time) {
            exposition_real(page, &label, 1, (double)totals[key].ms / 1000);
        } else {
            exposition_number(page, &label, 1, totals[key].count);
        }
    }
}

static void write_quotas(struct exposition *page, const struct node *node)
{
    exposition_family(
        page, "broker_lite_throttled_total", "counter",
        "How often a client had to be silent, or a connection was refused, by quota.");
    write_throttled(page, node, false);
    exposition_family(page, "broker_lite_throttled_seconds_total", "counter",
                      "For how long in all, by quota.");
    write_throttled(page, node, true);
    exposition_family(page, "broker_lite_quota_clients", "gauge",
                      "Clients whose use of their quotas is remembered.");
    exposition_number(page, NULL, 0, (int64_t)throttle_clients(node->throttle));
}

/* ---- listeners ---- */

static const struct {
    const char *name;
    const char *type;
    const char *help;
} listener_families[] = {
    { "broker_lite_connections", "gauge", "Open connections, by listener." },
    { "broker_lite_connections_accepted_total", "counter", "Connections taken." },
    { "broker_lite_connections_refused_total", "counter", "Connections closed for a limit." },
    { "broker_lite_received_bytes_total", "counter", "Bytes received." },
    { "broker_lite_sent_bytes_total", "counter", "Bytes of answers sent." },
    { "broker_lite_buffered_request_bytes", "gauge", "Requests received and not yet answered." },
};

static int64_t listener_value(const struct listener *listener, size_t family)
{
    const struct listener_totals *totals = listener_totals(listener);
    const int64_t values[] = { (int64_t)listener_session_count(listener),
                               totals->accepted,
                               totals->refused,
                               totals->bytes_in,
                               totals->bytes_out,
                               (int64_t)listener_buffered_bytes(listener) };
    return values[family];
}

static void write_listeners(struct exposition *page, const struct broker *broker)
{
    for (size_t family = 0; family < ARRAY_COUNT(listener_families); family++) {
        exposition_family(page, listener_families[family].name, listener_families[family].type,
                          listener_families[family].help);
        for (size_t i = 0; i < NODE_LISTENERS_MAX; i++) {
            if (broker->listeners[i]) {
                const struct exposition_label label = {
                    "listener", slice_text(broker->config->listeners[i].name)
                };
                exposition_number(page, &label, 1, listener_value(broker->listeners[i], family));
            }
        }
    }
}

/* ---- logs ---- */

static const struct {
    const char *name;
    const char *help;
    int64_t (*value)(const struct log *log);
} log_families[] = {
    { "broker_lite_log_size_bytes", "Bytes of a partition's log.", log_size },
    { "broker_lite_log_start_offset", "First offset of a partition.", log_start_offset },
    { "broker_lite_log_end_offset", "Offset that the next record gets.", log_end_offset },
    { "broker_lite_log_high_watermark", "Offset up to which a partition can be read.",
      log_high_watermark },
};

static void write_logs(struct exposition *page, const struct log_manager *logs)
{
    char partition[PARTITION_TEXT];
    const struct log *log;
    int64_t bytes = 0;
    for (size_t position = 0; (log = log_manager_next(logs, &position));) {
        bytes += log_size(log);
    }
    exposition_family(page, "broker_lite_partitions", "gauge", "Partitions with a log here.");
    exposition_number(page, NULL, 0, (int64_t)log_manager_count(logs));
    exposition_family(page, "broker_lite_logs_bytes", "gauge", "Bytes of all logs.");
    exposition_number(page, NULL, 0, bytes);
    for (size_t i = 0; i < ARRAY_COUNT(log_families); i++) {
        size_t rows = 0;
        exposition_family(page, log_families[i].name, "gauge", log_families[i].help);
        for (size_t position = 0; rows < ROWS_MAX && (log = log_manager_next(logs, &position));
             rows++) {
            (void)snprintf(partition, sizeof(partition), "%d", log_partition(log));
            const struct exposition_label labels[] = { { "topic", log_topic(log) },
                                                       { "partition", slice_text(partition) } };
            exposition_number(page, labels, 2, log_families[i].value(log));
        }
    }
}

/* ---- groups ---- */

int64_t broker_lag(const struct broker *broker, const struct group_offset *offset)
{
    const struct log *log =
        log_manager_find(broker->storage.logs, slice_text(offset->topic), offset->partition);
    return log ? MAX_OF(log_high_watermark(log) - offset->offset, 0) : -1;
}

static void write_lags(struct exposition *page, const struct broker *broker,
                       const struct group *group, size_t *rows)
{
    char partition[PARTITION_TEXT];
    const struct group_offset *offset;
    for (size_t position = 0;
         *rows < ROWS_MAX && (offset = map_next(&group->offsets, &position));) {
        int64_t lag = broker_lag(broker, offset);
        (void)snprintf(partition, sizeof(partition), "%d", offset->partition);
        const struct exposition_label labels[] = { { "group", slice_text(group->id) },
                                                   { "topic", slice_text(offset->topic) },
                                                   { "partition", slice_text(partition) } };
        if (lag >= 0) {
            exposition_number(page, labels, 3, lag);
            (*rows)++;
        }
    }
}

static bool write_groups(struct exposition *page, const struct broker *broker)
{
    size_t count;
    size_t rows = 0;
    int64_t by_state[GROUP_DEAD + 1] = { 0 };
    struct group **groups = groups_sorted(broker->node.groups, &count);
    if (!groups) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        by_state[groups[i]->state]++;
    }
    exposition_family(page, "broker_lite_groups", "gauge", "Groups coordinated here, by state.");
    for (int state = 0; state < GROUP_DEAD; state++) {
        const struct exposition_label label = { "state", slice_text(group_state_name(
                                                             (enum group_state)state)) };
        exposition_number(page, &label, 1, by_state[state]);
    }
    exposition_family(page, "broker_lite_group_members", "gauge", "Members of a group.");
    for (size_t i = 0; i < count && i < ROWS_MAX; i++) {
        const struct exposition_label label = { "group", slice_text(groups[i]->id) };
        exposition_number(page, &label, 1, groups[i]->member_count);
    }
    exposition_family(page, "broker_lite_group_lag_records", "gauge",
                      "Records between a group's committed offset and the high watermark.");
    for (size_t i = 0; i < count; i++) {
        write_lags(page, broker, groups[i], &rows);
    }
    free(groups);
    return true;
}

/* ---- the process ---- */

int64_t broker_resident_bytes(void)
{
    long pages = 0;
    long resident = 0;
    char text[128] = "";
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file) {
        return 0;
    }
    if (fgets(text, sizeof(text), file)) {
        char *end = text;
        pages = strtol(text, &end, 10);
        resident = strtol(end, NULL, 10);
    }
    (void)fclose(file);
    return pages > 0 ? (int64_t)resident * sysconf(_SC_PAGESIZE) : 0;
}

static void write_process(struct exposition *page, const struct broker *broker)
{
    struct timespec cpu = { 0 };
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    exposition_family(page, "broker_lite_info", "gauge", "1; who this is, in the labels.");
    const struct exposition_label labels[] = {
        { "cluster_id", slice_text(broker->image.cluster_id) },
        { "version", slice_text(BROKER_LITE_VERSION) },
    };
    exposition_number(page, labels, 2, 1);
    exposition_family(page, "broker_lite_ready", "gauge", "1 when it serves.");
    exposition_number(page, NULL, 0, broker->is_ready);
    exposition_family(page, "broker_lite_controller", "gauge", "1 when it leads the quorum.");
    exposition_number(page, NULL, 0, broker->is_leader);
    exposition_family(page, "broker_lite_topics", "gauge", "Topics of the cluster.");
    exposition_number(page, NULL, 0, (int64_t)broker->image.topics.count);
    exposition_family(page, "broker_lite_loop_busy_seconds", "histogram",
                      "How long the loop was at work before it looked at its sockets again.");
    exposition_histogram(page, NULL, 0, loop_load_rounds(broker->load));
    exposition_family(page, "broker_lite_loop_stall_max_seconds", "gauge",
                      "The longest of these since the start.");
    exposition_real(page, NULL, 0, (double)loop_load_rounds(broker->load)->max / 1e6);
    exposition_family(page, "broker_lite_uptime_seconds", "gauge", "Since the start.");
    exposition_real(page, NULL, 0,
                    (double)(clock_now_ms(&clock_system) - broker->started_ms) / 1e3);
    exposition_family(page, "process_resident_memory_bytes", "gauge", "Resident memory.");
    exposition_number(page, NULL, 0, broker_resident_bytes());
    exposition_family(page, "process_cpu_seconds_total", "counter", "CPU time, all threads.");
    exposition_real(page, NULL, 0, (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9);
}

bool broker_metrics(const struct broker *broker, struct bytes *out)
{
    struct exposition page;
    exposition_init(&page, out);
    write_process(&page, broker);
    write_all_calls(&page, &broker->node);
    write_quotas(&page, &broker->node);
    write_listeners(&page, broker);
    write_logs(&page, broker->storage.logs);
    bool is_whole = write_groups(&page, broker);
    return is_whole && !page.is_failed;
}
