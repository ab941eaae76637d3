/* tests: the quotas in force: which value holds for whom, in Kafka's order, and what becomes of the
 * table when memory runs out. */
#include "controller/quota_table.h"

#include "support/heap.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

/* NULL: absent. "": the default. */
static struct quota_entity entity_of(const char *user, const char *client_id)
{
    struct quota_entity entity = { .has = { [QUOTA_USER] = user, [QUOTA_CLIENT_ID] = client_id } };
    entity.names[QUOTA_USER] = user && user[0] ? slice_text(user) : SLICE_NULL;
    entity.names[QUOTA_CLIENT_ID] = client_id && client_id[0] ? slice_text(client_id) : SLICE_NULL;
    return entity;
}

static struct quota_entity entity_of_ip(const char *ip)
{
    struct quota_entity entity = { .has = { [QUOTA_IP] = true } };
    entity.names[QUOTA_IP] = ip ? slice_text(ip) : SLICE_NULL;
    return entity;
}

static void put(struct quota_table *table, const char *user, const char *client_id, double value)
{
    struct quota_entity entity = entity_of(user, client_id);
    assert_int_equal(quota_table_put(table, &entity, QUOTA_PRODUCER_BYTE_RATE, value), 0);
}

/* The value as a whole number; its level, when there is one. */
static int found(const struct quota_table *table, const char *user, const char *client_id,
                 enum quota_level *ret_level)
{
    return (int)quota_table_find(table, QUOTA_PRODUCER_BYTE_RATE, slice_text(user),
                                 slice_text(client_id), ret_level);
}

/* Kafka's eight, the weakest first. */
static const struct {
    const char *user;
    const char *client_id;
    enum quota_level level;
} ladder[] = {
    { NULL, "", QUOTA_OF_CLIENT_ID }, { NULL, "c", QUOTA_OF_CLIENT_ID },
    { "", NULL, QUOTA_OF_USER },      { "", "", QUOTA_OF_PAIR },
    { "", "c", QUOTA_OF_PAIR },       { "u", NULL, QUOTA_OF_USER },
    { "u", "", QUOTA_OF_PAIR },       { "u", "c", QUOTA_OF_PAIR },
};

TEST(the_most_specific_of_eight_holds)
{
    /* Every subset of the eight. */
    for (unsigned set = 0; set < 256; set++) {
        struct quota_table table;
        enum quota_level level = QUOTA_LEVEL_COUNT;
        int wanted = 0;
        quota_table_init(&table, set);
        for (int i = 0; i < 8; i++) {
            if (set & (1U << i)) {
                put(&table, ladder[i].user, ladder[i].client_id, i + 1);
                wanted = i + 1;
            }
        }
        assert_int_equal(found(&table, "u", "c", &level), wanted);
        assert_int_equal(level, wanted ? ladder[wanted - 1].level : QUOTA_LEVEL_COUNT);
        assert_int_equal(quota_table_has(&table, QUOTA_PRODUCER_BYTE_RATE), wanted > 0);
        assert_false(quota_table_has(&table, QUOTA_CONSUMER_BYTE_RATE));
        quota_table_finish(&table);
    }
}

/* Rungs of the ladder that another client stands on; -1: none. */
TEST(others_get_what_is_theirs)
{
    static const struct {
        const char *user;
        const char *client_id;
        int wanted;
    } rows[] = {
        { "u", "c", 8 }, { "u", "d", 7 }, { "v", "c", 5 },
        { "v", "d", 4 }, { "u", "", 6 }, /* without a client id: as if no row named one */
        { "v", "", 3 },
    };
    struct quota_table table;
    enum quota_level level;
    quota_table_init(&table, 1);
    for (int i = 0; i < 8; i++) {
        put(&table, ladder[i].user, ladder[i].client_id, i + 1);
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(found(&table, rows[i].user, rows[i].client_id, &level), rows[i].wanted);
    }
    /* An empty client id is not the default's either. */
    put(&table, "u", NULL, 0);
    put(&table, "", NULL, 0);
    assert_int_equal(found(&table, "u", "", &level), 0);
    quota_table_finish(&table);
}

TEST(values_come_and_go)
{
    struct quota_table table;
    struct quota_entity entity = entity_of("u", NULL);
    struct quota_entity other = entity_of("", NULL);
    quota_table_init(&table, 1);
    assert_int_equal(quota_table_put(&table, &entity, QUOTA_REQUEST_PERCENTAGE, 0), 0);
    assert_int_equal(table.rows.count, 0);
    put(&table, "u", NULL, 10);
    put(&table, "u", NULL, 20);
    assert_int_equal(quota_table_put(&table, &entity, QUOTA_REQUEST_PERCENTAGE, 50.5), 0);
    assert_int_equal(table.rows.count, 1);
    assert_int_equal(table.counts[QUOTA_PRODUCER_BYTE_RATE], 1);
    assert_true(quota_table_row(&table, &entity)->values[QUOTA_REQUEST_PERCENTAGE] == 50.5);
    assert_null(quota_table_row(&table, &other)); /* the default user is another one */
    put(&table, "u", NULL, 0);
    assert_false(quota_table_has(&table, QUOTA_PRODUCER_BYTE_RATE));
    assert_true(quota_table_has(&table, QUOTA_REQUEST_PERCENTAGE));
    assert_int_equal(quota_table_put(&table, &entity, QUOTA_REQUEST_PERCENTAGE, 0), 0);
    assert_int_equal(table.rows.count, 0);
    quota_table_finish(&table);
}

TEST(names_have_a_limit)
{
    struct quota_table table;
    char name[QUOTA_NAME_MAX + 2];
    enum quota_level level;
    quota_table_init(&table, 1);
    (void)memset(name, 'n', sizeof(name));
    name[QUOTA_NAME_MAX] = '\0';
    put(&table, NULL, name, 5);
    assert_int_equal(found(&table, "u", name, &level), 5);
    name[QUOTA_NAME_MAX] = 'n';
    name[QUOTA_NAME_MAX + 1] = '\0';
    struct quota_entity entity = entity_of(NULL, name);
    assert_int_equal(quota_table_put(&table, &entity, QUOTA_PRODUCER_BYTE_RATE, 5), KC_ERR_INVALID);
    assert_int_equal(found(&table, "u", name, &level), 0);
    put(&table, NULL, "", 6); /* the default holds for whatever length */
    assert_int_equal(found(&table, "u", name, &level), 6);
    entity = (struct quota_entity){ .has = { false } };
    assert_int_equal(quota_table_put(&table, &entity, QUOTA_PRODUCER_BYTE_RATE, 5), KC_ERR_INVALID);
    quota_table_finish(&table);
}

static int rate_of(const struct quota_table *table, const char *ip)
{
    uint8_t address[16];
    assert_true(quota_address_parse(slice_text(ip), address));
    return (int)quota_table_of_address(table, address);
}

TEST(addresses_are_known_however_they_are_spelt)
{
    const char *const spellings[] = { "10.0.0.1", "fe80::1", "localhost", NULL };
    struct quota_table table;
    uint8_t address[16];
    quota_table_init(&table, 1);
    assert_int_equal(rate_of(&table, "10.0.0.1"), 0);
    for (int i = 0; i < 4; i++) {
        struct quota_entity entity = entity_of_ip(spellings[i]);
        assert_int_equal(quota_table_put(&table, &entity, QUOTA_CONNECTION_CREATION_RATE, 11 + i),
                         0);
    }
    assert_int_equal(rate_of(&table, "10.0.0.1"), 11);
    assert_int_equal(rate_of(&table, "::ffff:10.0.0.1"), 11);
    assert_int_equal(rate_of(&table, "fe80:0:0:0:0:0:0:1"), 12);
    assert_int_equal(rate_of(&table, "127.0.0.1"), 13);
    assert_int_equal(rate_of(&table, "10.0.0.2"), 14);
    struct quota_entity gone = entity_of_ip("10.0.0.1");
    assert_int_equal(quota_table_put(&table, &gone, QUOTA_CONNECTION_CREATION_RATE, 0), 0);
    assert_int_equal(rate_of(&table, "10.0.0.1"), 14);
    struct quota_entity wrong = entity_of_ip("some.host");
    assert_int_equal(quota_table_put(&table, &wrong, QUOTA_CONNECTION_CREATION_RATE, 5),
                     KC_ERR_INVALID);
    assert_false(quota_address_parse(slice_text("1.2.3"), address));
    assert_false(quota_address_parse(SLICE_NULL, address));
    quota_table_finish(&table);
}

static enum kc_err fill(void *context)
{
    struct quota_table table;
    struct quota_entity pair = entity_of("u", "c");
    struct quota_entity ip = entity_of_ip("10.0.0.1");
    (void)context;
    quota_table_init(&table, 7);
    enum kc_err err = quota_table_put(&table, &pair, QUOTA_PRODUCER_BYTE_RATE, 5);
    err = err ? err : quota_table_put(&table, &ip, QUOTA_CONNECTION_CREATION_RATE, 6);
    if (err) {
        /* What failed left nothing behind, and can be done now. */
        bool has_pair = quota_table_row(&table, &pair) != NULL;
        assert_int_equal(table.rows.count, has_pair);
        assert_int_equal(table.counts[QUOTA_PRODUCER_BYTE_RATE], has_pair);
        assert_int_equal(rate_of(&table, "10.0.0.1"), 0);
        assert_int_equal(quota_table_put(&table, &ip, QUOTA_CONNECTION_CREATION_RATE, 6), 0);
    }
    assert_int_equal(rate_of(&table, "10.0.0.1"), 6);
    quota_table_finish(&table);
    return err;
}

TEST(a_table_without_memory)
{
    heap_each(fill, NULL);
}
