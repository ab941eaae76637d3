/* tests: what clients have used of their quotas: who shares what with whom, and how little is
 * remembered. */
#include "handler/throttle.h"

#include "support/heap.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { MEMORY = 64 << 10 };

struct desk {
    struct quota_table quotas;
    struct throttle *throttle;
};

static void desk_open(struct desk *desk)
{
    const struct throttle_options options = {
        .quotas = &desk->quotas,
        .window = { 11, 1000 },
        .mutation_window = { 11, 1000 },
        .bytes_max = MEMORY,
        .seed = 5,
    };
    quota_table_init(&desk->quotas, 5);
    desk->throttle = throttle_create(&options);
}

static void desk_close(struct desk *desk)
{
    throttle_destroy(desk->throttle);
    quota_table_finish(&desk->quotas);
}

/* NULL: absent, "": the default. */
static void set(struct desk *desk, enum quota_key key, const char *user, const char *client_id,
                double value)
{
    struct quota_entity entity = {
        .has = { [QUOTA_USER] = user, [QUOTA_CLIENT_ID] = client_id },
        .names = { [QUOTA_USER] = user && user[0] ? slice_text(user) : SLICE_NULL,
                   [QUOTA_CLIENT_ID] =
                       client_id && client_id[0] ? slice_text(client_id) : SLICE_NULL },
    };
    assert_int_equal(quota_table_put(&desk->quotas, &entity, key, value), 0);
}

static struct throttle_client client_of(const char *user, const char *client_id)
{
    return (struct throttle_client){ slice_text(user), slice_text(client_id) };
}

static int32_t produce(struct desk *desk, const char *user, const char *client_id, double bytes,
                       int64_t now_ms)
{
    struct throttle_client client = client_of(user, client_id);
    return throttle_charge(desk->throttle, QUOTA_PRODUCER_BYTE_RATE, &client, bytes, now_ms);
}

TEST(clients_of_a_user_share_what_the_user_has)
{
    struct desk desk;
    desk_open(&desk);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, "u", NULL, 100);
    assert_int_equal(produce(&desk, "u", "a", 1000, 0), 0);
    assert_int_equal(produce(&desk, "u", "b", 500, 0), 5000);
    assert_int_equal(produce(&desk, "v", "a", 1e9, 0), 0); /* has none */
    assert_int_equal(throttle_clients(desk.throttle), 1);
    desk_close(&desk);
}

TEST(users_of_a_client_id_share_what_it_has)
{
    struct desk desk;
    desk_open(&desk);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "", 100);
    assert_int_equal(produce(&desk, "u", "a", 1000, 0), 0);
    assert_int_equal(produce(&desk, "v", "a", 500, 0), 5000);
    assert_int_equal(produce(&desk, "v", "b", 1000, 0), 0); /* each client id has its own */
    desk_close(&desk);
}

TEST(pairs_have_each_their_own)
{
    struct desk desk;
    desk_open(&desk);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, "", "", 100);
    assert_int_equal(produce(&desk, "u", "a", 1000, 0), 0);
    assert_int_equal(produce(&desk, "v", "a", 1000, 0), 0);
    assert_int_equal(produce(&desk, "u", "b", 1000, 0), 0);
    assert_int_equal(produce(&desk, "u", "a", 500, 0), 5000);
    /* A value of the user is of another kind: it begins afresh, and the pair's still holds. */
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, "u", NULL, 1000);
    assert_int_equal(produce(&desk, "u", "a", 1000, 0), 0);
    desk_close(&desk);
}

TEST(a_changed_value_holds_at_once)
{
    struct desk desk;
    desk_open(&desk);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "a", 100);
    assert_int_equal(produce(&desk, "u", "a", 2000, 0), 10000);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "a", 400);
    assert_int_equal(produce(&desk, "u", "a", 0, 0), 0);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "a", 50);
    assert_int_equal(produce(&desk, "u", "a", 0, 0), 30000);
    desk_close(&desk);
}

TEST(time_on_the_thread_costs_a_second_at_most)
{
    struct desk desk;
    struct throttle_client client = client_of("u", "a");
    desk_open(&desk);
    set(&desk, QUOTA_REQUEST_PERCENTAGE, NULL, "a", 1);
    assert_int_equal(throttle_charge(desk.throttle, QUOTA_REQUEST_PERCENTAGE, &client, 10, 0), 0);
    assert_int_equal(throttle_charge(desk.throttle, QUOTA_REQUEST_PERCENTAGE, &client, 0.5, 0),
                     500);
    throttle_note(desk.throttle, QUOTA_REQUEST_PERCENTAGE, &client, 500, 0);
    assert_int_equal(throttle_charge(desk.throttle, QUOTA_REQUEST_PERCENTAGE, &client, 0, 0), 1000);
    desk_close(&desk);
}

TEST(what_is_not_given_is_not_counted)
{
    struct desk desk;
    struct throttle_client client = client_of("u", "a");
    desk_open(&desk);
    assert_true(throttle_room(desk.throttle, &client) > 1e18);
    assert_int_equal(throttle_give(desk.throttle, &client, 1e12, 0), 0);
    set(&desk, QUOTA_CONSUMER_BYTE_RATE, NULL, "a", 100);
    assert_true(throttle_room(desk.throttle, &client) == 1000);
    assert_int_equal(throttle_give(desk.throttle, &client, 1000, 0), 0);
    assert_int_equal(throttle_give(desk.throttle, &client, 1000, 0), 10000);
    assert_int_equal(throttle_give(desk.throttle, &client, 1000, 0), 10000);
    assert_int_equal(throttle_give(desk.throttle, &client, 1000, 11000), 0);
    desk_close(&desk);
}

/* One batch that no window has room for. */
TEST(a_large_batch_is_given_after_a_silence)
{
    struct desk desk;
    struct throttle_client client = client_of("u", "a");
    desk_open(&desk);
    set(&desk, QUOTA_CONSUMER_BYTE_RATE, NULL, "a", 100);
    assert_int_equal(throttle_give(desk.throttle, &client, 5000, 0), 0);
    assert_int_equal(throttle_give(desk.throttle, &client, 5000, 0), 90000);
    assert_int_equal(throttle_give(desk.throttle, &client, 5000, 12000), 0);
    desk_close(&desk);
}

TEST(partitions_are_permitted_strictly_or_not)
{
    struct desk desk;
    struct throttle_client client = client_of("u", "a");
    int32_t ms;
    desk_open(&desk);
    assert_true(throttle_permit(desk.throttle, &client, 1e9, true, 0, &ms));
    set(&desk, QUOTA_CONTROLLER_MUTATION_RATE, "u", NULL, 1); /* burst 11 */
    assert_true(throttle_permit(desk.throttle, &client, 15, true, 0, &ms));
    assert_int_equal(ms, 0);
    assert_false(throttle_permit(desk.throttle, &client, 1, true, 0, &ms));
    assert_int_equal(ms, 4000);
    assert_true(throttle_permit(desk.throttle, &client, 1, false, 0, &ms));
    assert_int_equal(ms, 5000);
    assert_true(throttle_permit(desk.throttle, &client, 1, true, 5000, &ms));
    desk_close(&desk);
}

TEST(addresses_connect_at_their_rate)
{
    struct desk desk;
    struct quota_entity any = { .has = { [QUOTA_IP] = true } };
    uint8_t one[16];
    uint8_t other[16];
    desk_open(&desk);
    assert_true(quota_address_parse(slice_text("127.0.0.1"), one));
    assert_true(quota_address_parse(slice_text("::1"), other));
    assert_int_equal(throttle_connect(desk.throttle, one, 0), 0);
    assert_int_equal(quota_table_put(&desk.quotas, &any, QUOTA_CONNECTION_CREATION_RATE, 2), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(throttle_connect(desk.throttle, one, 0), 0);
    }
    for (int i = 0; i < 3; i++) { /* who is refused is not counted */
        assert_int_equal(throttle_connect(desk.throttle, one, 0), 500);
    }
    assert_int_equal(throttle_connect(desk.throttle, other, 0), 0);
    assert_int_equal(throttle_connect(desk.throttle, one, 500), 0);
    desk_close(&desk);
}

TEST(memory_has_a_bound)
{
    struct desk desk;
    char name[3000];
    desk_open(&desk);
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "", 100);
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(name, sizeof(name), "%d%*s", i, i % 2 ? 2500 : 1, "x");
        assert_int_equal(produce(&desk, "u", name, 1000, i), 0);
    }
    size_t remembered = throttle_clients(desk.throttle);
    assert_true(remembered > 10 && remembered < MEMORY / 300);
    /* The newest are known still. */
    assert_true(produce(&desk, "u", name, 1000, 5000) > 0);
    /* After an hour of silence all are forgotten. */
    assert_int_equal(produce(&desk, "u", "z", 1, 3600 * 1000 + 5001), 0);
    assert_int_equal(throttle_clients(desk.throttle), 1);
    desk_close(&desk);
}

static enum kc_err use(void *context)
{
    struct desk desk;
    (void)context;
    desk_open(&desk);
    if (!desk.throttle) {
        quota_table_finish(&desk.quotas);
        return KC_ERR_NO_MEMORY;
    }
    heap_pause();
    set(&desk, QUOTA_PRODUCER_BYTE_RATE, NULL, "", 100);
    heap_resume();
    /* Without memory a client goes free, and is counted from the next time on. */
    int32_t first = produce(&desk, "u", "a", 2000, 0);
    assert_true(first == 10000 || (first == 0 && throttle_clients(desk.throttle) == 0));
    assert_int_equal(produce(&desk, "u", "a", 2000, 0), first ? 30000 : 10000);
    desk_close(&desk);
    return KC_ERR_NONE;
}

TEST(without_memory_a_client_goes_free)
{
    heap_each(use, NULL);
}
