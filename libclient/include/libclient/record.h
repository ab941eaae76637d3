/* libclient: a record, as sent and as received, and views of bytes. */
#ifndef LIBCLIENT_RECORD_H
#define LIBCLIENT_RECORD_H

#include <libclient/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes; data NULL is Kafka's null (a tombstone as value), which differs from empty. */
struct kc_bytes {
    const void *data;
    size_t size;
};

/* A zero-terminated string without its zero; NULL gives null. */
static inline struct kc_bytes kc_text(const char *text)
{
    struct kc_bytes bytes = { text, text ? strlen(text) : 0 };
    return bytes;
}

static inline struct kc_bytes kc_bytes(const void *data, size_t size)
{
    struct kc_bytes bytes = { data, size };
    return bytes;
}

struct kc_header {
    struct kc_bytes key;   /* UTF-8, never null */
    struct kc_bytes value; /* null allowed */
};

enum {
    KC_RECORD_PARTITION = 1,       /* sending: `partition` is given; else the partitioner chooses */
    KC_RECORD_TIMESTAMP = 2,       /* sending: `timestamp_ms` is given; else the time of the call */
    KC_RECORD_LOG_APPEND_TIME = 4, /* received: the broker set the timestamp */
};

/* Zero-initialise, set topic and value, and what else is wanted. A received record has
 * KC_RECORD_PARTITION and KC_RECORD_TIMESTAMP set, so it can be sent on. */
struct kc_record {
    const char *topic;
    unsigned flags; /* KC_RECORD_* */
    int32_t partition;
    int64_t offset;       /* received only */
    int32_t leader_epoch; /* received only; -1 unknown */
    int64_t timestamp_ms; /* since 1970; -1 none (received, oldest format) */
    struct kc_bytes key;
    struct kc_bytes value;
    const struct kc_header *headers; /* sending: header_count of them, or NULL */
    size_t header_count;
    struct kc_bytes encoded_headers; /* received: as on the wire; sending: used when headers is
                                        NULL, so a received record passes on as it is */
};

/* Walks the headers of a sent or received record: *position starts at 0; false at the end. Views
 * borrow from the record. */
bool kc_record_next_header(const struct kc_record *record, size_t *position,
                           struct kc_header *ret_header);

#ifdef __cplusplus
}
#endif

#endif
