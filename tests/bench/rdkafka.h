/* bench: librdkafka's functions, looked up in whatever shared object is named, so that several
 * versions can be measured by one program. Only what the engine uses is declared: its ABI is stable
 * (the two structs since 0.9). */
#ifndef BENCH_RDKAFKA_H
#define BENCH_RDKAFKA_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    RDKAFKA_PRODUCER = 0,
    RDKAFKA_CONSUMER = 1,
    RDKAFKA_CONF_OK = 0,
    RDKAFKA_MSG_F_COPY = 2,
    RDKAFKA_PARTITION_UA = -1,
    RDKAFKA_OFFSET_END = -1,
    RDKAFKA_ERR_ASSIGN_PARTITIONS = -175,
    RDKAFKA_ERR_PARTITION_EOF = -191,
};

struct rdkafka_message {
    int err;
    void *topic;
    int32_t partition;
    void *payload;
    size_t len;
    void *key;
    size_t key_len;
    int64_t offset;
    void *opaque;
};

struct rdkafka_partition {
    char *topic;
    int32_t partition;
    int64_t offset;
    void *metadata;
    size_t metadata_size;
    void *opaque;
    int err;
    void *hidden;
};

struct rdkafka_partition_list {
    int count;
    int size;
    struct rdkafka_partition *items;
};

typedef void rdkafka_delivery(void *handle, const struct rdkafka_message *message, void *opaque);
typedef void rdkafka_rebalance(void *handle, int err, struct rdkafka_partition_list *partitions,
                               void *opaque);

/* Handles are void pointers here. */
struct rdkafka {
    void *(*conf_new)(void);
    int (*conf_set)(void *conf, const char *name, const char *value, char *text, size_t size);
    void (*conf_set_dr_msg_cb)(void *conf, rdkafka_delivery *callback);
    void (*conf_set_rebalance_cb)(void *conf, rdkafka_rebalance *callback);
    void (*conf_set_opaque)(void *conf, void *opaque);
    void *(*new)(int type, void *conf, char *text, size_t size);
    void (*destroy)(void *handle);
    void *(*topic_new)(void *handle, const char *name, void *conf);
    void (*topic_destroy)(void *topic);
    int (*metadata)(void *handle, int all, void *topic, const void **ret_metadata, int timeout_ms);
    void (*metadata_destroy)(const void *metadata);
    int (*produce)(void *topic, int32_t partition, int flags, void *payload, size_t size,
                   const void *key, size_t key_size, void *opaque);
    int (*poll)(void *handle, int timeout_ms);
    int (*flush)(void *handle, int timeout_ms);
    int (*poll_set_consumer)(void *handle);
    void *(*queue_get_consumer)(void *handle);
    void (*queue_destroy)(void *queue);
    ssize_t (*consume_batch_queue)(void *queue, int timeout_ms, struct rdkafka_message **messages,
                                   size_t count_max);
    struct rdkafka_message *(*consumer_poll)(void *handle, int timeout_ms);
    void (*message_destroy)(struct rdkafka_message *message);
    int (*subscribe)(void *handle, const struct rdkafka_partition_list *topics);
    int (*assign)(void *handle, const struct rdkafka_partition_list *partitions);
    int (*consumer_close)(void *handle);
    struct rdkafka_partition_list *(*topic_partition_list_new)(int size);
    void (*topic_partition_list_destroy)(struct rdkafka_partition_list *list);
    struct rdkafka_partition *(*topic_partition_list_add)(struct rdkafka_partition_list *list,
                                                          const char *topic, int32_t partition);
    const char *(*err2str)(int err);
};

/* Loads the object; a missing function ends the process. */
const struct rdkafka *rdkafka_load(const char *path);

#endif
