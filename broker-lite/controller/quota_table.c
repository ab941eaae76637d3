/* controller: the quotas in force. */
#include "controller/quota_table.h"

#include "base/attr.h"
#include "base/bytes.h"

#include <arpa/inet.h>
#include <stdlib.h>

static const char *const key_names[QUOTA_KEY_COUNT] = {
    [QUOTA_CONNECTION_CREATION_RATE] = "connection_creation_rate",
    [QUOTA_CONSUMER_BYTE_RATE] = "consumer_byte_rate",
    [QUOTA_CONTROLLER_MUTATION_RATE] = "controller_mutation_rate",
    [QUOTA_PRODUCER_BYTE_RATE] = "producer_byte_rate",
    [QUOTA_REQUEST_PERCENTAGE] = "request_percentage",
};
static const char *const part_names[QUOTA_PART_COUNT] = {
    [QUOTA_CLIENT_ID] = "client-id",
    [QUOTA_USER] = "user",
    [QUOTA_IP] = "ip",
};

static bool find_name(const char *const *names, int count, struct slice name, int *ret_index)
{
    for (int i = 0; i < count; i++) {
        if (slice_is(name, names[i])) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

const char *quota_key_name(enum quota_key key)
{
    return key_names[key];
}

bool quota_key_find(struct slice name, enum quota_key *ret_key)
{
    int index;
    bool found = find_name(key_names, QUOTA_KEY_COUNT, name, &index);
    if (found) {
        *ret_key = (enum quota_key)index;
    }
    return found;
}

const char *quota_part_name(enum quota_part part)
{
    return part_names[part];
}

bool quota_part_find(struct slice name, enum quota_part *ret_part)
{
    int index;
    bool found = find_name(part_names, QUOTA_PART_COUNT, name, &index);
    if (found) {
        *ret_part = (enum quota_part)index;
    }
    return found;
}

/* A part: its kind, whether it has a name, the name's size and the name. */
size_t quota_entity_pack(const struct quota_entity *entity, uint8_t *ret_bytes)
{
    uint8_t *place = ret_bytes;
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        struct slice name = entity->names[part];
        if (!entity->has[part]) {
            continue;
        }
        if (name.size > QUOTA_NAME_MAX) {
            return 0;
        }
        *place++ = (uint8_t)part;
        *place++ = !slice_is_null(name);
        store_u16(place, (uint16_t)name.size);
        place += 2;
        if (name.size > 0) {
            memcpy(place, name.data, name.size);
            place += name.size;
        }
    }
    return (size_t)(place - ret_bytes);
}

bool quota_address_parse(struct slice text, uint8_t *ret_address)
{
    char copy[INET6_ADDRSTRLEN];
    uint8_t four[4];
    if (slice_is_null(text) || text.size >= sizeof(copy)) {
        return false;
    }
    if (slice_is(text, "localhost")) {
        text = slice_text("127.0.0.1");
    }
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    if (inet_pton(AF_INET, copy, four) == 1) {
        memset(ret_address, 0, 10);
        memset(ret_address + 10, 0xff, 2);
        memcpy(ret_address + 12, four, 4);
        return true;
    }
    return inet_pton(AF_INET6, copy, ret_address) == 1;
}

void quota_table_init(struct quota_table *table, uint64_t seed)
{
    memset(table, 0, sizeof(*table));
    map_init(&table->rows, seed);
    map_init(&table->addresses, seed);
}

void quota_table_finish(struct quota_table *table)
{
    size_t position = 0;
    void *row;
    while ((row = map_next(&table->rows, &position))) {
        free(row);
    }
    map_finish(&table->rows);
    map_finish(&table->addresses);
}

/* ---- rows ---- */

static bool has_address(const struct quota_entity *entity)
{
    return entity->has[QUOTA_IP] && !slice_is_null(entity->names[QUOTA_IP]);
}

static enum quota_level level_of(const struct quota_entity *entity)
{
    return !entity->has[QUOTA_CLIENT_ID] ? QUOTA_OF_USER
           : entity->has[QUOTA_USER]     ? QUOTA_OF_PAIR
                                         : QUOTA_OF_CLIENT_ID;
}

/* The names of the row's entity are those of its packed bytes. */
static void adopt_names(struct quota_row *row, const struct quota_entity *entity)
{
    const uint8_t *place = row->packed;
    row->entity = *entity;
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        if (entity->has[part]) {
            place += 4;
            row->entity.names[part] = slice_is_null(entity->names[part])
                                          ? SLICE_NULL
                                          : slice_of(place, entity->names[part].size);
            place += entity->names[part].size;
        }
    }
}

static struct quota_row *row_create(struct quota_table *table, const struct quota_entity *entity,
                                    struct slice packed)
{
    struct quota_row *row = calloc(1, sizeof(*row) + packed.size);
    if (!row) {
        return NULL;
    }
    memcpy(row->packed, packed.data, packed.size);
    row->packed_size = packed.size;
    adopt_names(row, entity);
    if (!map_put(&table->rows, slice_of(row->packed, packed.size), row, NULL)) {
        free(row);
        return NULL;
    }
    if (has_address(entity)) {
        (void)quota_address_parse(entity->names[QUOTA_IP], row->address);
        /* Of two spellings of an address the later one counts. */
        if (!map_put(&table->addresses, slice_of(row->address, sizeof(row->address)), row, NULL)) {
            (void)map_remove(&table->rows, packed);
            free(row);
            return NULL;
        }
    }
    return row;
}

static void row_remove(struct quota_table *table, struct quota_row *row)
{
    struct slice address = slice_of(row->address, sizeof(row->address));
    (void)map_remove(&table->rows, slice_of(row->packed, row->packed_size));
    if (map_get(&table->addresses, address) == row) {
        (void)map_remove(&table->addresses, address);
    }
    free(row);
}

static bool is_empty(const struct quota_row *row)
{
    for (int key = 0; key < QUOTA_KEY_COUNT; key++) {
        if (row->values[key] > 0) {
            return false;
        }
    }
    return true;
}

static void count(struct quota_table *table, const struct quota_row *row, enum quota_key key,
                  bool is_more)
{
    size_t *places[] = { &table->counts[key], &table->level_counts[key][level_of(&row->entity)] };
    for (size_t i = 0; i < ARRAY_COUNT(places); i++) {
        *places[i] = is_more ? *places[i] + 1 : *places[i] - 1;
    }
}

enum kc_err quota_table_put(struct quota_table *table, const struct quota_entity *entity,
                            enum quota_key key, double value)
{
    uint8_t bytes[QUOTA_ENTITY_BYTES_MAX];
    uint8_t address[16];
    struct slice packed = slice_of(bytes, quota_entity_pack(entity, bytes));
    if (packed.size == 0 ||
        (has_address(entity) && !quota_address_parse(entity->names[QUOTA_IP], address))) {
        return KC_ERR_INVALID;
    }
    struct quota_row *row = map_get(&table->rows, packed);
    if (!row && value > 0) {
        row = row_create(table, entity, packed);
        if (!row) {
            return KC_ERR_NO_MEMORY;
        }
    }
    if (!row) {
        return KC_ERR_NONE;
    }
    bool had = row->values[key] > 0;
    row->values[key] = value > 0 ? value : 0;
    if (had != (value > 0)) {
        count(table, row, key, !had);
    }
    if (is_empty(row)) {
        row_remove(table, row);
    }
    return KC_ERR_NONE;
}

const struct quota_row *quota_table_row(const struct quota_table *table,
                                        const struct quota_entity *entity)
{
    uint8_t bytes[QUOTA_ENTITY_BYTES_MAX];
    return map_get(&table->rows, slice_of(bytes, quota_entity_pack(entity, bytes)));
}

/* ---- which one holds ---- */

enum who { ABSENT, ANY, NAMED };

/* Kafka's order, the most specific first. */
static const struct {
    enum who user;
    enum who client_id;
    enum quota_level level;
} order[] = {
    { NAMED, NAMED, QUOTA_OF_PAIR },       { NAMED, ANY, QUOTA_OF_PAIR },
    { NAMED, ABSENT, QUOTA_OF_USER },      { ANY, NAMED, QUOTA_OF_PAIR },
    { ANY, ANY, QUOTA_OF_PAIR },           { ANY, ABSENT, QUOTA_OF_USER },
    { ABSENT, NAMED, QUOTA_OF_CLIENT_ID }, { ABSENT, ANY, QUOTA_OF_CLIENT_ID },
};

double quota_table_find(const struct quota_table *table, enum quota_key key, struct slice user,
                        struct slice client_id, enum quota_level *ret_level)
{
    for (size_t i = 0; i < ARRAY_COUNT(order); i++) {
        struct quota_entity entity = {
            .has = { [QUOTA_USER] = order[i].user != ABSENT,
                     [QUOTA_CLIENT_ID] = order[i].client_id != ABSENT },
            .names = { [QUOTA_USER] = order[i].user == NAMED ? user : SLICE_NULL,
                       [QUOTA_CLIENT_ID] = order[i].client_id == NAMED ? client_id : SLICE_NULL },
        };
        if (table->level_counts[key][order[i].level] == 0 ||
            (entity.has[QUOTA_CLIENT_ID] && client_id.size == 0)) {
            continue;
        }
        const struct quota_row *row = quota_table_row(table, &entity);
        if (row && row->values[key] > 0) {
            *ret_level = order[i].level;
            return row->values[key];
        }
    }
    return 0;
}

double quota_table_of_address(const struct quota_table *table, const uint8_t *address)
{
    const struct quota_row *row = map_get(&table->addresses, slice_of(address, 16));
    const struct quota_entity any = { .has = { [QUOTA_IP] = true } };
    if (!row) {
        row = quota_table_row(table, &any);
    }
    return row ? row->values[QUOTA_CONNECTION_CREATION_RATE] : 0;
}
