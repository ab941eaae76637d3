/* reliability: what the producer makes of each error code, before and after the effect, and of cut
 * answers (R36): every row of classes.tsv, which is the documentation. */
#include "class_row.h"
#include "ledger.h"

#include <stdio.h>
#include <string.h>

enum { RECORDS = 6, RECORD_SIZE = 60, FAULTS = 2, ROWS_MIN = 50 };

static struct bl_fault fault_of(const struct class_row *row, const char *topic)
{
    struct bl_fault fault = class_row_fault(row, class_row_is(row, "retry") ? FAULTS : 1);
    bool is_about_topic =
        strcmp(class_row_api(row), "Produce") == 0 || strcmp(class_row_api(row), "Metadata") == 0;
    fault.topic = is_about_topic ? topic : NULL;
    return fault;
}

static void check_class(const struct class_row *row, struct ledger *ledger, size_t refused)
{
    enum kc_err code = (enum kc_err)row->code;
    size_t failed = ledger_count(ledger, code) + refused;
    if (class_row_is(row, "retry") || class_row_is(row, "written")) {
        class_row_need(row, refused == 0, "a call failed");
        class_row_need(row, ledger_count(ledger, KC_ERR_NONE) == RECORDS,
                       "a record was not delivered");
    } else if (class_row_is(row, "abort")) {
        class_row_need(row, failed > 0, "nothing failed");
        class_row_need(row, failed < RECORDS, "all failed");
        class_row_need(row, ledger_count(ledger, KC_ERR_NONE) + failed == RECORDS, "another error");
        class_row_need(row, ledger_try(ledger, RECORD_SIZE) == KC_ERR_NONE, "no more is taken");
    } else if (class_row_is(row, "fatal")) {
        class_row_need(row, failed == RECORDS, "not all failed");
        class_row_need(row, ledger_try(ledger, RECORD_SIZE) == code, "more is taken");
    } else {
        class_row_need(row, false, "no class of this name");
    }
}

static void run_row(struct bl_broker *broker, const struct class_row *row)
{
    static const char *const settings[] = { "batch.size", "1", NULL };
    struct ledger ledger;
    char topic[LEDGER_TOPIC_MAX];
    size_t refused = 0;
    (void)snprintf(topic, sizeof(topic), "row-%d-%d", row->number, row->is_after);
    ledger_prepare(broker, topic);
    int id = ledger_fault(broker, fault_of(row, topic));
    ledger_open(&ledger, broker, topic, settings, RECORDS + 1);
    for (size_t i = 0; i < RECORDS; i++) {
        enum kc_err err = ledger_try(&ledger, RECORD_SIZE);
        class_row_need(row, err == KC_ERR_NONE || err == (enum kc_err)row->code, kc_err_name(err));
        refused += err != KC_ERR_NONE;
    }
    ledger_flush(&ledger);
    class_row_need(row, bl_fault_hits(broker, id) > 0, "the fault met nothing");
    ledger_forgive(broker, id);
    check_class(row, &ledger, refused);
    (void)ledger_close(&ledger);
}

static void run_rows(const char *api)
{
    struct class_table table;
    struct class_row row = { 0 };
    struct bl_broker *broker = ledger_broker(NULL);
    int run = 0;
    class_table_open(&table, CLASSES_TABLE);
    while (class_table_next(&table, api, &row)) {
        run_row(broker, &row);
        run++;
    }
    assert_true(run > 0);
    class_table_close(&table);
    ledger_broker_stop(broker);
}

TEST(produce)
{
    run_rows("Produce");
}

TEST(metadata)
{
    run_rows("Metadata");
}

TEST(init_producer_id)
{
    run_rows("InitProducerId");
}

TEST(api_versions)
{
    run_rows("ApiVersions");
}

/* A row that no test runs would promise in vain. */
TEST(every_row_is_of_a_tested_api)
{
    static const char *const tested[] = { "Produce", "Metadata", "InitProducerId", "ApiVersions" };
    struct class_table table;
    struct class_row row = { 0 };
    int rows = 0;
    class_table_open(&table, CLASSES_TABLE);
    while (class_table_next(&table, NULL, &row)) {
        bool is_tested = false;
        for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++) {
            is_tested |= strcmp(class_row_api(&row), tested[i]) == 0;
        }
        class_row_need(&row, is_tested, "no test runs it");
        rows++;
    }
    assert_true(rows >= ROWS_MIN);
    class_table_close(&table);
}
