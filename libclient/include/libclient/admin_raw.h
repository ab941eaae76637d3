/* libclient: any request of the protocol, from the admin client. */
#ifndef LIBCLIENT_ADMIN_RAW_H
#define LIBCLIENT_ADMIN_RAW_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Whom the request goes to. */
enum kc_raw_target {
    KC_RAW_ANY,        /* any broker */
    KC_RAW_CONTROLLER, /* the broker that Metadata names as controller */
    KC_RAW_BROKER,     /* broker_id */
    KC_RAW_GROUP,      /* the coordinator of the group `key` */
    KC_RAW_TXN         /* the coordinator of the transactional id `key` */
};
struct kc_raw_call {
    int16_t api_key;
    int16_t version;  /* -1: the newest that both sides speak */
    const char *body; /* JSON of the request; see below */
    enum kc_raw_target target;
    int32_t broker_id;
    const char *key;
};
struct kc_raw_answer {
    int16_t version;
    const char *body; /* JSON of the response, all fields of that version */
};
void kc_raw_answer_destroy(struct kc_raw_answer *answer);

/* Sends any request of Kafka 4.3 and tells the answer. The body is one JSON object with the names
 * of Kafka's definitions in lowerCamelCase ({"topics":[{"name":"t"}],"timeoutMs":1000}); fields
 * that are not named have Kafka's defaults. Whole numbers are read and written exactly, all 64
 * bits; bytes are base64; uuids are Kafka's text; null only where the protocol has it. A name that
 * the request lacks, a number that does not fit and every other slip is KC_ERR_INVALID with the
 * path of the place. The answer's own error codes stay where they are in its body. The request is
 * not sent again once its bytes may have reached a broker. */
enum kc_err kc_admin_call(struct kc_admin *admin, const struct kc_raw_call *call, int timeout_ms,
                          struct kc_raw_answer **ret_answer, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
