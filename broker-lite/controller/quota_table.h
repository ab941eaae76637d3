/* controller: the quotas in force (KIP-13, KIP-55, KIP-546, KIP-599, KIP-612): whom a value is for,
 * and which value holds for a client. Pure; one thread at a time. */
#ifndef CONTROLLER_QUOTA_TABLE_H
#define CONTROLLER_QUOTA_TABLE_H

#include "base/map.h"

#include <libclient/error.h>

enum quota_key {
    QUOTA_CONNECTION_CREATION_RATE, /* of an address; connections a second */
    QUOTA_CONSUMER_BYTE_RATE,
    QUOTA_CONTROLLER_MUTATION_RATE, /* partitions made or deleted a second */
    QUOTA_PRODUCER_BYTE_RATE,
    QUOTA_REQUEST_PERCENTAGE, /* of the one thread's time */
    QUOTA_KEY_COUNT
};

/* Kafka's name: "producer_byte_rate". */
const char *quota_key_name(enum quota_key key);
bool quota_key_find(struct slice name, enum quota_key *ret_key);

/* What kinds of part an entity may have, in the order in which Kafka tells them. */
enum quota_part { QUOTA_CLIENT_ID, QUOTA_USER, QUOTA_IP, QUOTA_PART_COUNT };
const char *quota_part_name(enum quota_part part); /* "client-id" */
bool quota_part_find(struct slice name, enum quota_part *ret_part);

/* A name that is longer stands in no entity, and is cut where clients are told apart. */
enum { QUOTA_NAME_MAX = 1024 };

/* Whom a quota is for. */
struct quota_entity {
    bool has[QUOTA_PART_COUNT];
    struct slice names[QUOTA_PART_COUNT]; /* null: the default of its kind */
};

/* An entity as bytes: equal ones have equal bytes. Returns their count; 0 when a name is too long.
 */
enum { QUOTA_ENTITY_BYTES_MAX = QUOTA_PART_COUNT * (QUOTA_NAME_MAX + 4) };
size_t quota_entity_pack(const struct quota_entity *entity, uint8_t *ret_bytes);

/* An entity that has values. */
struct quota_row {
    struct quota_entity entity;     /* names lie in the row */
    double values[QUOTA_KEY_COUNT]; /* 0: none */
    uint8_t address[16];            /* of a named ip */
    size_t packed_size;
    uint8_t packed[];
};

/* Which parts decide; also how clients are told apart that share a value: those of a user, those of
 * a client id, or each pair alone. */
enum quota_level {
    QUOTA_OF_PAIR, /* user, client-id */
    QUOTA_OF_USER,
    QUOTA_OF_CLIENT_ID,
    QUOTA_LEVEL_COUNT
};

struct quota_table {
    struct map rows;                /* packed entity -> struct quota_row */
    struct map addresses;           /* 16 bytes -> struct quota_row, of named ips */
    size_t counts[QUOTA_KEY_COUNT]; /* rows that have a value */
    size_t level_counts[QUOTA_KEY_COUNT][QUOTA_LEVEL_COUNT];
};

void quota_table_init(struct quota_table *table, uint64_t seed);
void quota_table_finish(struct quota_table *table);

/* Sets a value, or with 0 takes it away. KC_ERR_INVALID for an entity with a name that is too long,
 * without parts, or of an ip that is none; KC_ERR_NO_MEMORY. Then nothing has changed. */
enum kc_err quota_table_put(struct quota_table *table, const struct quota_entity *entity,
                            enum quota_key key, double value);

/* The entity's own row; NULL: it has no values. */
const struct quota_row *quota_table_row(const struct quota_table *table,
                                        const struct quota_entity *entity);

/* Is any value of this kind set? What costs when none is. */
static inline bool quota_table_has(const struct quota_table *table, enum quota_key key)
{
    return table->counts[key] > 0;
}

/* The value that holds for a client, the most specific one, as in Kafka: user and client id, user
 * and any client id, user, any user and client id, any of both, any user, client id, any client id.
 * 0: none. An empty client id is like none. */
double quota_table_find(const struct quota_table *table, enum quota_key key, struct slice user,
                        struct slice client_id, enum quota_level *ret_level);

/* The connection rate of an address (16 bytes, IPv4 mapped into IPv6); 0: none. */
double quota_table_of_address(const struct quota_table *table, const uint8_t *address);

/* "127.0.0.1", "::1" or "localhost" as 16 bytes. Names are not looked up: the one thread would wait
 * for the answer. */
bool quota_address_parse(struct slice text, uint8_t *ret_address);

#endif
