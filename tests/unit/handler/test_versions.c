/* tests: every row of handler_table in every version that it announces. */
#include "versions.h"

#include "handler/handler.h"
#include "support/test.h"

#include <stdio.h>

static const struct versions_row *find_row(int16_t key)
{
    const struct versions_row *const tables[] = { versions_of_records, versions_of_groups,
                                                  versions_of_topics,  versions_of_txn,
                                                  versions_of_configs, versions_of_next,
                                                  versions_of_quotas,  versions_of_cluster };
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        for (const struct versions_row *row = tables[i]; row->key >= 0; row++) {
            if (row->key == key) {
                return row;
            }
        }
    }
    return NULL;
}

static void open_all(struct versions *v)
{
    const char *const settings[] = { "auto.create.topics.enable", "false", NULL };
    served_init(&v->served);
    served_start(&v->served, settings);
    line_open(&v->line, &v->served);
    v->there = line_create_topic(&v->line, "there", 2);
    v->nowhere = v->there;
    v->nowhere.bytes[0] ^= 0x55;
    line_await_coordinator(&v->line, "any");
}

TEST(every_api_in_every_announced_version)
{
    struct versions v;
    open_all(&v);
    for (size_t i = 0; i < handler_count; i++) {
        const struct handler *handler = &handler_table[i];
        const struct versions_row *row = find_row(handler->key);
        const struct api *api = api_find(handler->key);
        if (!row) {
            fail_msg("%s is served and not tested", api->name);
            return;
        }
        /* Nothing is offered that the tables cannot encode. */
        assert_true(handler->version_min >= 0 && handler->version_max <= api->version_max);
        for (v.version = handler->version_min; v.version <= handler->version_max; v.version++) {
            (void)snprintf(v.group, sizeof(v.group), "group-%d-%d", handler->key, v.version);
            row->ask(&v);
        }
    }
    line_close(&v.line);
    served_stop(&v.served);
}

TEST(rows_are_in_key_order)
{
    for (size_t i = 1; i < handler_count; i++) {
        assert_true(handler_table[i - 1].key < handler_table[i].key);
    }
}

/* KIP-511: a client newer than the broker learns what the broker has. */
TEST(unknown_version_of_api_versions_is_answered_in_version_0)
{
    struct versions v;
    struct api_versions_response response;
    uint8_t raw[] = { 0, 0, 0, 12, 0, 18, 0, 99, 0, 0, 0, 1, 0, 0, 0, 0 };
    open_all(&v);
    line_send_raw(&v.line, slice_of(raw, sizeof(raw)));
    line_receive(&v.line, 18, 0, &response);
    assert_int_equal(response.error_code, KC_ERR_UNSUPPORTED_VERSION);
    assert_int_equal(response.api_keys.count, 1);
    assert_int_equal(response.api_keys.items[0].api_key, 18);
    assert_int_equal(response.api_keys.items[0].max_version, 4);
    line_close(&v.line);
    served_stop(&v.served);
}

/* An API, a version or a body that is not served closes that connection, and no other. */
TEST(what_is_not_served_closes_the_connection)
{
    struct versions v;
    uint8_t unknown_key[] = { 0, 0, 0, 10, 3, 231, 0, 0, 0, 0, 0, 1, 0, 0 };
    uint8_t unknown_version[] = { 0, 0, 0, 10, 0, 3, 0, 99, 0, 0, 0, 1, 0, 0 };
    uint8_t cut_body[] = { 0, 0, 0, 12, 0, 3, 0, 0, 0, 0, 0, 1, 0, 0, 9, 9 };
    const struct slice frames[] = { slice_of(unknown_key, sizeof(unknown_key)),
                                    slice_of(unknown_version, sizeof(unknown_version)),
                                    slice_of(cut_body, sizeof(cut_body)) };
    open_all(&v);
    for (size_t i = 0; i < 3; i++) {
        struct line other;
        line_open(&other, &v.served);
        line_send_raw(&other, frames[i]);
        assert_true(line_is_closed(&other));
        line_close(&other);
    }
    line_await_coordinator(&v.line, "still here");
    line_close(&v.line);
    served_stop(&v.served);
}

/* As in Kafka: librdkafka 2.16 asks for all topics with three bytes more than Metadata has. */
TEST(bytes_after_a_body_are_passed_over)
{
    struct versions v;
    struct metadata_response response;
    uint8_t raw[] = { 0, 0, 0, 18, 0, 3, 0, 13, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 };
    open_all(&v);
    for (int i = 0; i < 2; i++) { /* the second: the frame ends where its size says */
        line_send_raw(&v.line, slice_of(raw, sizeof(raw)));
        line_receive(&v.line, 3, 13, &response);
        assert_int_equal(response.error_code, 0);
        assert_true(response.topics.count >= 1);
    }
    line_close(&v.line);
    served_stop(&v.served);
}
