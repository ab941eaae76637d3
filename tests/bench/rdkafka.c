/* bench: dlopen and dlsym. */
#include "rdkafka.h"

#include "bench.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define FUNCTION(name)                                    \
    {                                                     \
        "rd_kafka_" #name, offsetof(struct rdkafka, name) \
    }

static const struct {
    const char *name;
    size_t place;
} functions[] = {
    FUNCTION(conf_new),
    FUNCTION(conf_set),
    FUNCTION(conf_set_dr_msg_cb),
    FUNCTION(conf_set_rebalance_cb),
    FUNCTION(conf_set_opaque),
    FUNCTION(new),
    FUNCTION(destroy),
    FUNCTION(topic_new),
    FUNCTION(topic_destroy),
    FUNCTION(metadata),
    FUNCTION(metadata_destroy),
    FUNCTION(produce),
    FUNCTION(poll),
    FUNCTION(flush),
    FUNCTION(poll_set_consumer),
    FUNCTION(queue_get_consumer),
    FUNCTION(queue_destroy),
    FUNCTION(consume_batch_queue),
    FUNCTION(consumer_poll),
    FUNCTION(message_destroy),
    FUNCTION(subscribe),
    FUNCTION(assign),
    FUNCTION(consumer_close),
    FUNCTION(topic_partition_list_new),
    FUNCTION(topic_partition_list_destroy),
    FUNCTION(topic_partition_list_add),
    FUNCTION(err2str),
};

const struct rdkafka *rdkafka_load(const char *path)
{
    struct rdkafka *loaded = bench_alloc(1, sizeof *loaded);
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        bench_die(path, dlerror());
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *function = dlsym(object, functions[i].name);
        if (!function) {
            bench_die(path, dlerror());
        }
        memcpy((char *)loaded + functions[i].place, &function, sizeof function);
    }
    return loaded;
}
