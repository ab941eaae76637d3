/* libclient: error codes. One channel for every failure: Kafka's own codes with their wire values,
 * this library's below -1000. */
#ifndef LIBCLIENT_ERROR_H
#define LIBCLIENT_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kc_err {
    /* This library's own. */
    KC_ERR_INVALID = -1000,        /* A caller's argument or setting is not valid. */
    KC_ERR_NO_MEMORY = -1001,      /* Out of memory, or a byte budget is exhausted. */
    KC_ERR_TIMED_OUT = -1002,      /* The call's deadline passed. */
    KC_ERR_RESOLVE = -1003,        /* A host name could not be resolved. */
    KC_ERR_CONNECT = -1004,        /* A connection could not be opened. */
    KC_ERR_DISCONNECTED = -1005,   /* The connection ended before the answer came. */
    KC_ERR_NO_BROKER = -1006,      /* No broker of the cluster can be reached. */
    KC_ERR_MALFORMED = -1007,      /* A peer's bytes do not follow the protocol. */
    KC_ERR_TOO_LARGE = -1008,      /* Something is larger than its limit allows. */
    KC_ERR_QUEUE_FULL = -1009,     /* buffer.memory is used up. */
    KC_ERR_CLOSED = -1010,         /* The handle is closed or closing. */
    KC_ERR_WRONG_STATE = -1011,    /* The call does not fit the handle's state. */
    KC_ERR_UNSUPPORTED = -1012,    /* The peer or this build does not support it. */
    KC_ERR_IO = -1013,             /* A file or disk operation failed. */
    KC_ERR_CORRUPT_FILE = -1014,   /* A stored file is damaged or foreign. */
    KC_ERR_NO_OFFSET = -1015,      /* No committed offset, and auto.offset.reset is none. */
    KC_ERR_PURGED = -1016,         /* Given up before it was sent. */
    KC_ERR_MAYBE_WRITTEN = -1017,  /* Given up after it was sent: it may have been written. */
    KC_ERR_WOULD_BLOCK = -1018,    /* Nothing can be done without waiting. */
    KC_ERR_SSL = -1019,            /* The TLS handshake or the stream failed. */
    KC_ERR_WAKEUP = -1020,         /* Woken up by another thread. */
    KC_ERR_TXN_ABORTED = -1021,    /* Given up, as its transaction was aborted. */
    KC_ERR_LOG_TRUNCATED = -1022,  /* The log was cut back below what was read (KIP-320). */
    KC_ERR_WRONG_PROTOCOL = -1023, /* The other end does not speak what security.protocol says. */
    KC_ERR_OTHER_RECORD_INVALID = -1024, /* Not written, as another record of its batch was refused
                                            (KIP-467). */

    /* Kafka's, as on the wire (org.apache.kafka.common.protocol.Errors, 4.3). */
    KC_ERR_UNKNOWN_SERVER_ERROR = -1,
    KC_ERR_NONE = 0,
    KC_ERR_OFFSET_OUT_OF_RANGE = 1,
    KC_ERR_CORRUPT_MESSAGE = 2,
    KC_ERR_UNKNOWN_TOPIC_OR_PARTITION = 3,
    KC_ERR_INVALID_FETCH_SIZE = 4,
    KC_ERR_LEADER_NOT_AVAILABLE = 5,
    KC_ERR_NOT_LEADER_OR_FOLLOWER = 6,
    KC_ERR_REQUEST_TIMED_OUT = 7,
    KC_ERR_BROKER_NOT_AVAILABLE = 8,
    KC_ERR_REPLICA_NOT_AVAILABLE = 9,
    KC_ERR_MESSAGE_TOO_LARGE = 10,
    KC_ERR_STALE_CONTROLLER_EPOCH = 11,
    KC_ERR_OFFSET_METADATA_TOO_LARGE = 12,
    KC_ERR_NETWORK_EXCEPTION = 13,
    KC_ERR_COORDINATOR_LOAD_IN_PROGRESS = 14,
    KC_ERR_COORDINATOR_NOT_AVAILABLE = 15,
    KC_ERR_NOT_COORDINATOR = 16,
    KC_ERR_INVALID_TOPIC_EXCEPTION = 17,
    KC_ERR_RECORD_LIST_TOO_LARGE = 18,
    KC_ERR_NOT_ENOUGH_REPLICAS = 19,
    KC_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND = 20,
    KC_ERR_INVALID_REQUIRED_ACKS = 21,
    KC_ERR_ILLEGAL_GENERATION = 22,
    KC_ERR_INCONSISTENT_GROUP_PROTOCOL = 23,
    KC_ERR_INVALID_GROUP_ID = 24,
    KC_ERR_UNKNOWN_MEMBER_ID = 25,
    KC_ERR_INVALID_SESSION_TIMEOUT = 26,
    KC_ERR_REBALANCE_IN_PROGRESS = 27,
    KC_ERR_INVALID_COMMIT_OFFSET_SIZE = 28,
    KC_ERR_TOPIC_AUTHORIZATION_FAILED = 29,
    KC_ERR_GROUP_AUTHORIZATION_FAILED = 30,
    KC_ERR_CLUSTER_AUTHORIZATION_FAILED = 31,
    KC_ERR_INVALID_TIMESTAMP = 32,
    KC_ERR_UNSUPPORTED_SASL_MECHANISM = 33,
    KC_ERR_ILLEGAL_SASL_STATE = 34,
    KC_ERR_UNSUPPORTED_VERSION = 35,
    KC_ERR_TOPIC_ALREADY_EXISTS = 36,
    KC_ERR_INVALID_PARTITIONS = 37,
    KC_ERR_INVALID_REPLICATION_FACTOR = 38,
    KC_ERR_INVALID_REPLICA_ASSIGNMENT = 39,
    KC_ERR_INVALID_CONFIG = 40,
    KC_ERR_NOT_CONTROLLER = 41,
    KC_ERR_INVALID_REQUEST = 42,
    KC_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT = 43,
    KC_ERR_POLICY_VIOLATION = 44,
    KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER = 45,
    KC_ERR_DUPLICATE_SEQUENCE_NUMBER = 46,
    KC_ERR_INVALID_PRODUCER_EPOCH = 47,
    KC_ERR_INVALID_TXN_STATE = 48,
    KC_ERR_INVALID_PRODUCER_ID_MAPPING = 49,
    KC_ERR_INVALID_TRANSACTION_TIMEOUT = 50,
    KC_ERR_CONCURRENT_TRANSACTIONS = 51,
    KC_ERR_TRANSACTION_COORDINATOR_FENCED = 52,
    KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED = 53,
    KC_ERR_SECURITY_DISABLED = 54,
    KC_ERR_OPERATION_NOT_ATTEMPTED = 55,
    KC_ERR_KAFKA_STORAGE_ERROR = 56,
    KC_ERR_LOG_DIR_NOT_FOUND = 57,
    KC_ERR_SASL_AUTHENTICATION_FAILED = 58,
    KC_ERR_UNKNOWN_PRODUCER_ID = 59,
    KC_ERR_REASSIGNMENT_IN_PROGRESS = 60,
    KC_ERR_DELEGATION_TOKEN_AUTH_DISABLED = 61,
    KC_ERR_DELEGATION_TOKEN_NOT_FOUND = 62,
    KC_ERR_DELEGATION_TOKEN_OWNER_MISMATCH = 63,
    KC_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED = 64,
    KC_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED = 65,
    KC_ERR_DELEGATION_TOKEN_EXPIRED = 66,
    KC_ERR_INVALID_PRINCIPAL_TYPE = 67,
    KC_ERR_NON_EMPTY_GROUP = 68,
    KC_ERR_GROUP_ID_NOT_FOUND = 69,
    KC_ERR_FETCH_SESSION_ID_NOT_FOUND = 70,
    KC_ERR_INVALID_FETCH_SESSION_EPOCH = 71,
    KC_ERR_LISTENER_NOT_FOUND = 72,
    KC_ERR_TOPIC_DELETION_DISABLED = 73,
    KC_ERR_FENCED_LEADER_EPOCH = 74,
    KC_ERR_UNKNOWN_LEADER_EPOCH = 75,
    KC_ERR_UNSUPPORTED_COMPRESSION_TYPE = 76,
    KC_ERR_STALE_BROKER_EPOCH = 77,
    KC_ERR_OFFSET_NOT_AVAILABLE = 78,
    KC_ERR_MEMBER_ID_REQUIRED = 79,
    KC_ERR_PREFERRED_LEADER_NOT_AVAILABLE = 80,
    KC_ERR_GROUP_MAX_SIZE_REACHED = 81,
    KC_ERR_FENCED_INSTANCE_ID = 82,
    KC_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE = 83,
    KC_ERR_ELECTION_NOT_NEEDED = 84,
    KC_ERR_NO_REASSIGNMENT_IN_PROGRESS = 85,
    KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC = 86,
    KC_ERR_INVALID_RECORD = 87,
    KC_ERR_UNSTABLE_OFFSET_COMMIT = 88,
    KC_ERR_THROTTLING_QUOTA_EXCEEDED = 89,
    KC_ERR_PRODUCER_FENCED = 90,
    KC_ERR_RESOURCE_NOT_FOUND = 91,
    KC_ERR_DUPLICATE_RESOURCE = 92,
    KC_ERR_UNACCEPTABLE_CREDENTIAL = 93,
    KC_ERR_INCONSISTENT_VOTER_SET = 94,
    KC_ERR_INVALID_UPDATE_VERSION = 95,
    KC_ERR_FEATURE_UPDATE_FAILED = 96,
    KC_ERR_PRINCIPAL_DESERIALIZATION_FAILURE = 97,
    KC_ERR_SNAPSHOT_NOT_FOUND = 98,
    KC_ERR_POSITION_OUT_OF_RANGE = 99,
    KC_ERR_UNKNOWN_TOPIC_ID = 100,
    KC_ERR_DUPLICATE_BROKER_REGISTRATION = 101,
    KC_ERR_BROKER_ID_NOT_REGISTERED = 102,
    KC_ERR_INCONSISTENT_TOPIC_ID = 103,
    KC_ERR_INCONSISTENT_CLUSTER_ID = 104,
    KC_ERR_TRANSACTIONAL_ID_NOT_FOUND = 105,
    KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR = 106,
    KC_ERR_INELIGIBLE_REPLICA = 107,
    KC_ERR_NEW_LEADER_ELECTED = 108,
    KC_ERR_OFFSET_MOVED_TO_TIERED_STORAGE = 109,
    KC_ERR_FENCED_MEMBER_EPOCH = 110,
    KC_ERR_UNRELEASED_INSTANCE_ID = 111,
    KC_ERR_UNSUPPORTED_ASSIGNOR = 112,
    KC_ERR_STALE_MEMBER_EPOCH = 113,
    KC_ERR_MISMATCHED_ENDPOINT_TYPE = 114,
    KC_ERR_UNSUPPORTED_ENDPOINT_TYPE = 115,
    KC_ERR_UNKNOWN_CONTROLLER_ID = 116,
    KC_ERR_UNKNOWN_SUBSCRIPTION_ID = 117,
    KC_ERR_TELEMETRY_TOO_LARGE = 118,
    KC_ERR_INVALID_REGISTRATION = 119,
    KC_ERR_TRANSACTION_ABORTABLE = 120,
    KC_ERR_INVALID_RECORD_STATE = 121,
    KC_ERR_SHARE_SESSION_NOT_FOUND = 122,
    KC_ERR_INVALID_SHARE_SESSION_EPOCH = 123,
    KC_ERR_FENCED_STATE_EPOCH = 124,
    KC_ERR_INVALID_VOTER_KEY = 125,
    KC_ERR_DUPLICATE_VOTER = 126,
    KC_ERR_VOTER_NOT_FOUND = 127,
    KC_ERR_INVALID_REGULAR_EXPRESSION = 128,
    KC_ERR_REBOOTSTRAP_REQUIRED = 129,
    KC_ERR_STREAMS_INVALID_TOPOLOGY = 130,
    KC_ERR_STREAMS_INVALID_TOPOLOGY_EPOCH = 131,
    KC_ERR_STREAMS_TOPOLOGY_FENCED = 132,
    KC_ERR_SHARE_SESSION_LIMIT_REACHED = 133
};

/* What a program does about an error. */
enum kc_error_kind {
    KC_KIND_PLAIN,     /* This call failed; the same call would fail again. */
    KC_KIND_RETRIABLE, /* The same call may succeed if it is made again. */
    KC_KIND_ABORTABLE, /* The transaction is lost: abort it, and the producer goes on. */
    KC_KIND_FATAL      /* The producer is of no use any more: destroy it. A consumer is out of its
                          group for good (fenced, refused), unless it subscribes again. */
};

/* An error with one human sentence that names the thing and the cause. Filled by the call that
 * takes it as its last argument; that argument may be NULL everywhere. */
struct kc_error {
    enum kc_err code;
    enum kc_error_kind kind; /* KC_KIND_PLAIN when code is KC_ERR_NONE */
    char text[384];
};

/* "NOT_LEADER_OR_FOLLOWER", "TIMED_OUT"; "UNKNOWN(n)" is never returned: a code outside the table
 * gives "UNKNOWN". Static. */
const char *kc_err_name(enum kc_err code);

/* One sentence of what the code means, without a final full stop. Static. */
const char *kc_err_text(enum kc_err code);

/* True when the same call may succeed if it is made again later. */
bool kc_err_is_retriable(enum kc_err code);

#ifdef __cplusplus
}
#endif

#endif
