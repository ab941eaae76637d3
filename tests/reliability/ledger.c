/* tests: what was sent, what was reported, and what the log has. */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_SIZE = 8, VALUE_SIZE_MAX = 4 << 20 };

struct bl_broker *ledger_broker(const char *const *settings)
{
    struct kc_error error;
    struct bl_config config = { .settings = settings };
    struct bl_broker *broker = bl_start(&config, &error);
    if (!broker) {
        fail_msg("bl_start: %s", error.text);
    }
    return broker;
}

void ledger_broker_stop(struct bl_broker *broker)
{
    struct kc_error error;
    if (bl_stop(broker, &error)) {
        fail_msg("bl_stop: %s", error.text);
    }
}

int ledger_fault(struct bl_broker *broker, struct bl_fault fault)
{
    struct kc_error error;
    int id = 0;
    if (bl_fault_add(broker, &fault, &id, &error)) {
        fail_msg("bl_fault_add: %s", error.text);
    }
    return id;
}

void ledger_forgive(struct bl_broker *broker, int id)
{
    assert_int_equal(bl_fault_remove(broker, id, NULL), 0);
}

static struct kc_config *configure(const char *address, const char *const *settings)
{
    static const char *const defaults[] = { "retry.backoff.ms",
                                            "5",
                                            "retry.backoff.max.ms",
                                            "20",
                                            "reconnect.backoff.ms",
                                            "5",
                                            "reconnect.backoff.max.ms",
                                            "20",
                                            "delivery.timeout.ms",
                                            "60000",
                                            "linger.ms",
                                            "0",
                                            NULL };
    struct kc_config *config = kc_config_create();
    assert_int_equal(kc_config_set(config, "bootstrap.servers", address, NULL), 0);
    for (int table = 0; table < 2; table++) {
        for (const char *const *row = table ? settings : defaults; row && row[0]; row += 2) {
            struct kc_error error;
            if (kc_config_set(config, row[0], row[1], &error)) {
                fail_msg("%s: %s", row[0], error.text);
            }
        }
    }
    return config;
}

void ledger_prepare(struct bl_broker *broker, const char *topic)
{
    struct kc_error error;
    struct kc_config *config = configure(bl_address(broker), NULL);
    struct kc_admin *admin = kc_admin_create(config, &error);
    struct kc_new_topic wanted = { .name = topic, .partition_count = 1, .replication_factor = 1 };
    struct kc_item_results *results;
    if (!admin ||
        kc_admin_create_topics(admin, &wanted, 1, false, LEDGER_PATIENCE_MS, &results, &error)) {
        fail_msg("topic %s: %s", topic, error.text);
    }
    assert_int_equal(results->items[0].err, 0);
    kc_item_results_destroy(results);
    kc_admin_destroy(admin);
    kc_config_destroy(config);
}

struct kc_producer *ledger_producer(const char *address, const char *const *settings)
{
    struct kc_error error;
    struct kc_config *config = configure(address, settings);
    struct kc_producer *producer = kc_producer_create(config, &error);
    kc_config_destroy(config);
    if (!producer) {
        fail_msg("producer: %s", error.text);
    }
    return producer;
}

struct kc_consumer *ledger_consumer(const char *address, const char *topic,
                                    const char *const *settings)
{
    struct kc_error error;
    struct kc_config *config = configure(address, settings);
    struct kc_position from = { .topic = topic, .offset = 0, .leader_epoch = -1 };
    struct kc_consumer *consumer = kc_consumer_create(config, &error);
    kc_config_destroy(config);
    if (!consumer || kc_consumer_assign(consumer, &from, 1, &error)) {
        fail_msg("consumer: %s", error.text);
    }
    return consumer;
}

int64_t ledger_group_offset(const char *address, const char *group)
{
    struct kc_error error;
    struct kc_config *config = configure(address, NULL);
    struct kc_admin *admin = kc_admin_create(config, &error);
    struct kc_positions *positions;
    if (!admin ||
        kc_admin_list_group_offsets(admin, group, LEDGER_PATIENCE_MS, &positions, &error)) {
        fail_msg("offsets of %s: %s", group, error.text);
    }
    int64_t offset = positions->count > 0 ? positions->items[0].offset : -1;
    kc_positions_destroy(positions);
    kc_admin_destroy(admin);
    kc_config_destroy(config);
    return offset;
}

void ledger_open(struct ledger *ledger, struct bl_broker *broker, const char *topic,
                 const char *const *settings, size_t capacity)
{
    memset(ledger, 0, sizeof(*ledger));
    ledger->broker = broker;
    (void)snprintf(ledger->address, sizeof(ledger->address), "%s", bl_address(broker));
    (void)snprintf(ledger->topic, sizeof(ledger->topic), "%s", topic);
    ledger->capacity = capacity;
    ledger->entries = calloc(capacity, sizeof(*ledger->entries));
    assert_non_null(ledger->entries);
    ledger->producer = ledger_producer(ledger->address, settings);
}

static void fill(uint8_t *value, size_t size, uint64_t number)
{
    memcpy(value, &number, NUMBER_SIZE);
    for (size_t i = NUMBER_SIZE; i < size; i++) {
        value[i] = (uint8_t)(number * 131 + i * 7);
    }
}

static void on_report(void *context, const struct kc_delivery *delivery)
{
    struct ledger_entry *entry = context;
    entry->reports++;
    entry->fate = *delivery;
    entry->fate.topic = NULL;
}

enum kc_err ledger_try(struct ledger *ledger, size_t value_size)
{
    struct kc_error error;
    assert_true(ledger->count < ledger->capacity);
    assert_in_range(value_size, NUMBER_SIZE, VALUE_SIZE_MAX);
    struct ledger_entry *entry = &ledger->entries[ledger->count];
    uint8_t *value = malloc(value_size);
    assert_non_null(value);
    fill(value, value_size, ledger->count);
    struct kc_record record = { .topic = ledger->topic, .value = kc_bytes(value, value_size) };
    entry->ledger = ledger;
    entry->value_size = value_size;
    enum kc_err err = kc_producer_send(ledger->producer, &record, on_report, entry, &error);
    free(value);
    if (!err) {
        ledger->count++;
    }
    return err;
}

void ledger_send(struct ledger *ledger, size_t value_size)
{
    enum kc_err err = ledger_try(ledger, value_size);
    if (err) {
        fail_msg("record %zu was not taken: %s", ledger->count, kc_err_name(err));
    }
}

void ledger_flush(struct ledger *ledger)
{
    struct kc_error error;
    if (kc_producer_flush(ledger->producer, LEDGER_PATIENCE_MS, &error)) {
        fail_msg("flush: %s", error.text);
    }
}

size_t ledger_count(const struct ledger *ledger, enum kc_err err)
{
    size_t count = 0;
    for (size_t i = 0; i < ledger->count; i++) {
        count += ledger->entries[i].reports > 0 && ledger->entries[i].fate.err == err;
    }
    return count;
}

/* ---- the log ---- */

static int64_t log_end(const struct ledger *ledger)
{
    struct kc_error error;
    struct kc_config *config = configure(ledger->address, NULL);
    struct kc_admin *admin = kc_admin_create(config, &error);
    struct kc_position position = { .topic = ledger->topic, .offset = KC_OFFSET_LATEST };
    struct kc_positions *positions;
    if (!admin ||
        kc_admin_list_offsets(admin, &position, 1, LEDGER_PATIENCE_MS, &positions, &error)) {
        fail_msg("end of %s: %s", ledger->topic, error.text);
    }
    assert_int_equal(positions->items[0].err, 0);
    int64_t end = positions->items[0].offset;
    kc_positions_destroy(positions);
    kc_admin_destroy(admin);
    kc_config_destroy(config);
    return end;
}

/* The number that the record says it is, every byte checked. */
static size_t check_record(const struct ledger *ledger, const struct kc_record *record)
{
    uint64_t number;
    assert_true(record->value.size >= NUMBER_SIZE);
    memcpy(&number, record->value.data, NUMBER_SIZE);
    if (number >= ledger->count) {
        fail_msg("offset %lld: a record that was never sent", (long long)record->offset);
    }
    size_t size = ledger->entries[number].value_size;
    uint8_t *wanted = malloc(size);
    assert_non_null(wanted);
    fill(wanted, size, number);
    if (record->value.size != size || memcmp(record->value.data, wanted, size) != 0) {
        fail_msg("record %zu: other bytes in the log than were sent", (size_t)number);
    }
    free(wanted);
    return (size_t)number;
}

static void check_fate(const struct ledger *ledger, size_t i, int64_t offset)
{
    const struct kc_delivery *fate = &ledger->entries[i].fate;
    if ((fate->status == KC_WRITTEN) != (fate->err == KC_ERR_NONE)) {
        fail_msg("record %zu: status %d with %s", i, (int)fate->status, kc_err_name(fate->err));
    }
    if (fate->status == KC_WRITTEN && offset < 0) {
        fail_msg("record %zu was acknowledged, and is not in the log", i);
    }
    if (fate->status == KC_WRITTEN && fate->offset >= 0 && fate->offset != offset) {
        fail_msg("record %zu is at %lld, and was said to be at %lld", i, (long long)offset,
                 (long long)fate->offset);
    }
    if (fate->status == KC_NOT_WRITTEN && offset >= 0) {
        fail_msg("record %zu was said not to be written (%s), and is at %lld", i,
                 kc_err_name(fate->err), (long long)offset);
    }
}

static void check_log(const struct ledger *ledger, int64_t end, int64_t *offsets)
{
    struct kc_error error;
    struct kc_consumer *consumer = ledger_consumer(ledger->address, ledger->topic, NULL);
    int64_t last = -1;
    for (int64_t offset = 0; offset < end; offset++) {
        struct kc_record record;
        if (kc_consumer_poll_record(consumer, LEDGER_PATIENCE_MS, &record, &error)) {
            fail_msg("record at %lld: %s", (long long)offset, error.text);
        }
        assert_int_equal(record.offset, offset);
        size_t number = check_record(ledger, &record);
        if (offsets[number] >= 0) {
            fail_msg("record %zu is there twice, at %lld and %lld", number,
                     (long long)offsets[number], (long long)offset);
        }
        offsets[number] = offset;
        if ((int64_t)number < last) {
            fail_msg("record %zu comes after record %lld", number, (long long)last);
        }
        last = (int64_t)number;
    }
    kc_consumer_destroy(consumer);
}

static void check_reports(const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        if (ledger->entries[i].reports != 1) {
            fail_msg("record %zu was reported %d times", i, ledger->entries[i].reports);
        }
    }
}

void ledger_drop(struct ledger *ledger)
{
    (void)kc_producer_close(ledger->producer, LEDGER_PATIENCE_MS, NULL);
    kc_producer_destroy(ledger->producer);
    check_reports(ledger);
    free(ledger->entries);
}

size_t ledger_close(struct ledger *ledger)
{
    (void)kc_producer_close(ledger->producer, LEDGER_PATIENCE_MS, NULL);
    kc_producer_destroy(ledger->producer);
    check_reports(ledger);
    int64_t end = log_end(ledger);
    int64_t *offsets = malloc((ledger->count + 1) * sizeof(*offsets));
    assert_non_null(offsets);
    for (size_t i = 0; i < ledger->count; i++) {
        offsets[i] = -1;
    }
    check_log(ledger, end, offsets);
    for (size_t i = 0; i < ledger->count; i++) {
        check_fate(ledger, i, offsets[i]);
    }
    free(offsets);
    free(ledger->entries);
    return (size_t)end;
}
