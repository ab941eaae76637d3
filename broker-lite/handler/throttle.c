/* handler: what clients have used of their quotas. */
#include "handler/throttle.h"

#include "base/attr.h"
#include "base/bytes.h"
#include "base/list.h"
#include "handler/token_bucket.h"

#include <float.h>
#include <stdlib.h>

enum { IDLE_MS_MAX = 3600 * 1000, KEY_BYTES_MAX = 2 * QUOTA_NAME_MAX + 8 };

/* What one client, or all of a user or of a client id, has used of one quota. */
struct throttle_sensor {
    struct list link; /* the longest silent one first */
    int64_t used_ms;
    size_t size;
    struct slice key; /* behind the rate */
    struct token_bucket bucket;
    struct rate *rate; /* behind this */
};

struct throttle {
    struct throttle_options options;
    struct map sensors;
    struct list by_use;
    size_t bytes;
    struct throttle_total totals[QUOTA_KEY_COUNT];
};

struct throttle *throttle_create(const struct throttle_options *options)
{
    struct throttle *throttle = calloc(1, sizeof(*throttle));
    if (throttle) {
        throttle->options = *options;
        map_init(&throttle->sensors, options->seed);
        list_init(&throttle->by_use);
    }
    return throttle;
}

static void sensor_remove(struct throttle *throttle, struct throttle_sensor *sensor)
{
    (void)map_remove(&throttle->sensors, sensor->key);
    list_remove(&sensor->link);
    throttle->bytes -= sensor->size;
    free(sensor);
}

void throttle_destroy(struct throttle *throttle)
{
    struct list *link;
    if (!throttle) {
        return;
    }
    while ((link = list_first(&throttle->by_use))) {
        sensor_remove(throttle, LIST_ITEM(link, struct throttle_sensor, link));
    }
    map_finish(&throttle->sensors);
    free(throttle);
}

/* ---- sensors ---- */

static const struct rate_window *window_of(const struct throttle *throttle, enum quota_key key)
{
    return key == QUOTA_CONTROLLER_MUTATION_RATE ? &throttle->options.mutation_window
                                                 : &throttle->options.window;
}

static struct token_flow flow_of(const struct throttle *throttle, double limit)
{
    const struct rate_window *window = &throttle->options.mutation_window;
    double seconds = (double)window->samples * (double)window->sample_ms / 1000;
    return (struct token_flow){ .rate = limit, .burst = limit * seconds };
}

static void make_room(struct throttle *throttle, size_t wanted, int64_t now_ms)
{
    struct list *link;
    while ((link = list_first(&throttle->by_use))) {
        struct throttle_sensor *sensor = LIST_ITEM(link, struct throttle_sensor, link);
        if (throttle->bytes + wanted <= throttle->options.bytes_max &&
            now_ms - sensor->used_ms < IDLE_MS_MAX) {
            return;
        }
        sensor_remove(throttle, sensor);
    }
}

/* The map's slots are counted with a guess. */
enum { SLOT_BYTES = 64 };

static struct throttle_sensor *sensor_create(struct throttle *throttle, enum quota_key key,
                                             struct slice name, double limit, int64_t now_ms)
{
    size_t rate_bytes = rate_size(window_of(throttle, key));
    size_t size = sizeof(struct throttle_sensor) + rate_bytes + name.size;
    make_room(throttle, size + SLOT_BYTES, now_ms);
    struct throttle_sensor *sensor = calloc(1, size);
    if (!sensor) {
        return NULL;
    }
    uint8_t *place = (uint8_t *)(sensor + 1) + rate_bytes;
    memcpy(place, name.data, name.size);
    sensor->key = slice_of(place, name.size);
    sensor->rate = (struct rate *)(void *)(sensor + 1);
    sensor->size = size + SLOT_BYTES;
    if (!map_put(&throttle->sensors, sensor->key, sensor, NULL)) {
        free(sensor);
        return NULL;
    }
    struct token_flow flow = flow_of(throttle, limit);
    rate_init(sensor->rate, now_ms);
    token_bucket_init(&sensor->bucket, &flow, now_ms);
    list_append(&throttle->by_use, &sensor->link);
    throttle->bytes += sensor->size;
    return sensor;
}

static struct throttle_sensor *sensor_of(struct throttle *throttle, enum quota_key key,
                                         struct slice name, double limit, int64_t now_ms)
{
    struct throttle_sensor *sensor = map_get(&throttle->sensors, name);
    if (!sensor) {
        sensor = sensor_create(throttle, key, name, limit, now_ms);
    }
    if (sensor) {
        sensor->used_ms = now_ms;
        list_remove(&sensor->link);
        list_append(&throttle->by_use, &sensor->link);
    }
    return sensor;
}

static size_t put_name(uint8_t *place, struct slice name)
{
    size_t size = MIN_OF(name.size, (size_t)QUOTA_NAME_MAX);
    store_u16(place, (uint16_t)size);
    if (size > 0) {
        memcpy(place + 2, name.data, size);
    }
    return size + 2;
}

/* NULL: the client has no such quota, or memory is out. Clients that share a value are told apart
 * by that which the value was found by. */
static struct throttle_sensor *sensor_of_client(struct throttle *throttle, enum quota_key key,
                                                const struct throttle_client *client,
                                                int64_t now_ms, double *ret_limit)
{
    uint8_t name[KEY_BYTES_MAX];
    enum quota_level level;
    *ret_limit =
        quota_table_find(throttle->options.quotas, key, client->user, client->client_id, &level);
    if (!(*ret_limit > 0)) {
        return NULL;
    }
    size_t size = 0;
    name[size++] = (uint8_t)key;
    name[size++] = (uint8_t)level;
    if (level != QUOTA_OF_CLIENT_ID) {
        size += put_name(name + size, client->user);
    }
    if (level != QUOTA_OF_USER) {
        size += put_name(name + size, client->client_id);
    }
    return sensor_of(throttle, key, slice_of(name, size), *ret_limit, now_ms);
}

/* ---- what is used ---- */

int32_t throttle_charge(struct throttle *throttle, enum quota_key key,
                        const struct throttle_client *client, double amount, int64_t now_ms)
{
    const struct rate_window *window = &throttle->options.window;
    double limit;
    struct throttle_sensor *sensor = sensor_of_client(throttle, key, client, now_ms, &limit);
    if (!sensor) {
        return 0;
    }
    rate_add(sensor->rate, window, amount, now_ms);
    int32_t ms = rate_excess_ms(sensor->rate, window, limit, now_ms);
    return key == QUOTA_REQUEST_PERCENTAGE ? (int32_t)MIN_OF((int64_t)ms, window->sample_ms) : ms;
}

void throttle_note(struct throttle *throttle, enum quota_key key,
                   const struct throttle_client *client, double amount, int64_t now_ms)
{
    double limit;
    struct throttle_sensor *sensor = sensor_of_client(throttle, key, client, now_ms, &limit);
    if (sensor) {
        rate_add(sensor->rate, &throttle->options.window, amount, now_ms);
    }
}

int32_t throttle_give(struct throttle *throttle, const struct throttle_client *client, double bytes,
                      int64_t now_ms)
{
    const struct rate_window *window = &throttle->options.window;
    double limit;
    struct throttle_sensor *sensor =
        sensor_of_client(throttle, QUOTA_CONSUMER_BYTE_RATE, client, now_ms, &limit);
    if (!sensor) {
        return 0;
    }
    bool was_silent = !(rate_measure(sensor->rate, window, now_ms) > 0);
    rate_add(sensor->rate, window, bytes, now_ms);
    int32_t ms = rate_excess_ms(sensor->rate, window, limit, now_ms);
    if (ms == 0 || was_silent) {
        return 0;
    }
    rate_add(sensor->rate, window, -bytes, now_ms);
    return ms;
}

double throttle_room(struct throttle *throttle, const struct throttle_client *client)
{
    const struct rate_window *window = &throttle->options.window;
    enum quota_level level;
    double limit = quota_table_find(throttle->options.quotas, QUOTA_CONSUMER_BYTE_RATE,
                                    client->user, client->client_id, &level);
    double seconds = (double)(window->samples - 1) * (double)window->sample_ms / 1000;
    return limit > 0 ? limit * seconds : DBL_MAX;
}

bool throttle_permit(struct throttle *throttle, const struct throttle_client *client, double count,
                     bool strict, int64_t now_ms, int32_t *ret_ms)
{
    double limit;
    struct throttle_sensor *sensor =
        sensor_of_client(throttle, QUOTA_CONTROLLER_MUTATION_RATE, client, now_ms, &limit);
    *ret_ms = 0;
    if (!sensor) {
        return true;
    }
    struct token_flow flow = flow_of(throttle, limit);
    if (strict) {
        *ret_ms = token_bucket_debt_ms(&sensor->bucket, &flow, now_ms);
        if (*ret_ms > 0) {
            return false;
        }
    }
    token_bucket_take(&sensor->bucket, &flow, count, now_ms);
    *ret_ms = strict ? 0 : token_bucket_debt_ms(&sensor->bucket, &flow, now_ms);
    return true;
}

int32_t throttle_connect(struct throttle *throttle, const uint8_t *address, int64_t now_ms)
{
    const struct rate_window *window = &throttle->options.window;
    double limit = quota_table_of_address(throttle->options.quotas, address);
    uint8_t name[17] = { QUOTA_CONNECTION_CREATION_RATE };
    if (!(limit > 0)) {
        return 0;
    }
    memcpy(name + 1, address, 16);
    struct throttle_sensor *sensor = sensor_of(throttle, QUOTA_CONNECTION_CREATION_RATE,
                                               slice_of(name, sizeof(name)), limit, now_ms);
    if (!sensor) {
        return 0;
    }
    rate_add(sensor->rate, window, 1, now_ms);
    int32_t ms = rate_excess_ms(sensor->rate, window, limit, now_ms);
    if (ms > 0) {
        rate_add(sensor->rate, window, -1, now_ms);
    }
    return (int32_t)MIN_OF((int64_t)ms, window->sample_ms);
}

/* ---- for whom watches ---- */

void throttle_tell(struct throttle *throttle, enum quota_key key, int32_t ms)
{
    throttle->totals[key].count++;
    throttle->totals[key].ms += ms;
}

const struct throttle_total *throttle_totals(const struct throttle *throttle)
{
    return throttle->totals;
}

size_t throttle_clients(const struct throttle *throttle)
{
    return throttle->sensors.count;
}
