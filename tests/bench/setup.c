/* bench: makes the topics of a run, many at a time. */
#include "bench.h"

#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOPICS_AT_ONCE = 500, NAME_SIZE_MAX = 128 };

static void create(struct kc_admin *admin, const struct kc_new_topic *topics, size_t count)
{
    struct kc_error error = { 0 };
    struct kc_item_results *results = NULL;
    if (kc_admin_create_topics(admin, topics, count, false, WAIT_MS, &results, &error)) {
        bench_die("create", error.text);
    }
    for (size_t i = 0; i < results->count; i++) {
        if (results->items[i].err && results->items[i].err != KC_ERR_TOPIC_ALREADY_EXISTS) {
            bench_die(results->items[i].name, results->items[i].text);
        }
    }
    kc_item_results_destroy(results);
}

void setup_topics(const struct job *job, int64_t topics)
{
    static const struct kc_setting settings[] = { { "file.delete.delay.ms", "1000" },
                                                  { "flush.messages", "1" } };
    struct kc_error error = { 0 };
    struct kc_config *config = kc_config_create();
    struct kc_new_topic *rows = bench_alloc(TOPICS_AT_ONCE, sizeof *rows);
    char(*names)[NAME_SIZE_MAX] = bench_alloc(TOPICS_AT_ONCE, sizeof *names);
    if (!config || kc_config_set(config, "bootstrap.servers", job->servers, &error)) {
        bench_die("create", error.text);
    }
    struct kc_admin *admin = kc_admin_create(config, &error);
    if (!admin) {
        bench_die("create", error.text);
    }
    for (int64_t done = 0; done < topics;) {
        size_t count = 0;
        for (; count < TOPICS_AT_ONCE && done < topics; count++, done++) {
            if (topics == 1) {
                (void)snprintf(names[count], NAME_SIZE_MAX, "%s", job->topic);
            } else {
                (void)snprintf(names[count], NAME_SIZE_MAX, "%s-%d", job->topic, (int)done);
            }
            rows[count] = (struct kc_new_topic){ .name = names[count],
                                                 .partition_count = (int32_t)job->partitions,
                                                 .replication_factor = 1,
                                                 .settings = settings,
                                                 .setting_count = job->flush ? 2 : 1 };
        }
        create(admin, rows, count);
    }
    kc_admin_destroy(admin);
    kc_config_destroy(config);
    free(rows);
    free(names);
}
