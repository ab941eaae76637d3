/* reliability: what the producer makes of each error code, before and after the effect, and of cut
 * answers (R36): every row of classes.tsv, which is the documentation. */
#include "ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 6, RECORD_SIZE = 60, FAULTS = 2, COLUMNS = 4, ROWS_MIN = 50 };

struct row {
    int number; /* line of the table */
    char *columns[COLUMNS];
    int code; /* or bytes */
    bool is_cut;
    bool is_after;
};

static bool has_class(const struct row *row, const char *name)
{
    return strcmp(row->columns[3], name) == 0;
}

/* One row goes wrong: which one must be told, as the assertions cannot. */
static void need(const struct row *row, bool holds, const char *what)
{
    if (!holds) {
        fail_msg("classes.tsv:%d: %s, %s, %s should be %s: %s", row->number, row->columns[0],
                 row->columns[1], row->is_after ? "after" : row->columns[2], row->columns[3], what);
    }
}

static struct bl_fault fault_of(const struct row *row, const char *topic)
{
    bool is_about_topic =
        strcmp(row->columns[0], "Produce") == 0 || strcmp(row->columns[0], "Metadata") == 0;
    return (struct bl_fault){ .api = row->columns[0],
                              .topic = is_about_topic ? topic : NULL,
                              .count = has_class(row, "retry") ? FAULTS : 1,
                              .after = row->is_after,
                              .deed = row->is_cut ? BL_CUT_REPLY : BL_ERROR,
                              .value = row->code };
}

static void check_class(const struct row *row, struct ledger *ledger, size_t refused)
{
    enum kc_err code = (enum kc_err)row->code;
    size_t failed = ledger_count(ledger, code) + refused;
    if (has_class(row, "retry") || has_class(row, "written")) {
        need(row, refused == 0, "a call failed");
        need(row, ledger_count(ledger, KC_ERR_NONE) == RECORDS, "a record was not delivered");
    } else if (has_class(row, "abort")) {
        need(row, failed > 0, "nothing failed");
        need(row, failed < RECORDS, "all failed");
        need(row, ledger_count(ledger, KC_ERR_NONE) + failed == RECORDS, "another error");
        need(row, ledger_try(ledger, RECORD_SIZE) == KC_ERR_NONE, "no more is taken");
    } else if (has_class(row, "fatal")) {
        need(row, failed == RECORDS, "not all failed");
        need(row, ledger_try(ledger, RECORD_SIZE) == code, "more is taken");
    } else {
        need(row, false, "no class of this name");
    }
}

static void run_row(struct bl_broker *broker, const struct row *row)
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
        need(row, err == KC_ERR_NONE || err == (enum kc_err)row->code, kc_err_name(err));
        refused += err != KC_ERR_NONE;
    }
    ledger_flush(&ledger);
    need(row, bl_fault_hits(broker, id) > 0, "the fault met nothing");
    ledger_forgive(broker, id);
    check_class(row, &ledger, refused);
    (void)ledger_close(&ledger);
}

/* False: no row, but a comment. */
static bool parse(char *line, int number, struct row *ret_row)
{
    *ret_row = (struct row){ .number = number };
    if (line[0] == '#' || line[0] == '\0') {
        return false;
    }
    for (int i = 0; i < COLUMNS; i++) {
        ret_row->columns[i] = strsep(&line, "\t");
        assert_non_null(ret_row->columns[i]);
    }
    char *rest;
    ret_row->code = (int)strtol(ret_row->columns[1], &rest, 10);
    ret_row->is_cut = strcmp(ret_row->columns[2], "cut") == 0;
    ret_row->is_after = strcmp(ret_row->columns[2], "after") == 0;
    assert_true(*rest == ' ');
    need(ret_row, ret_row->is_cut || strcmp(rest + 1, kc_err_name((enum kc_err)ret_row->code)) == 0,
         "the code has another name");
    return true;
}

static void run_rows(const char *api)
{
    size_t size;
    char *text = test_read_file(CLASSES_TABLE, &size);
    struct bl_broker *broker = ledger_broker(NULL);
    int number = 0;
    int run = 0;
    char *next = text;
    for (char *line = strsep(&next, "\n"); line; line = strsep(&next, "\n")) {
        struct row row;
        if (!parse(line, ++number, &row) || strcmp(row.columns[0], api) != 0) {
            continue;
        }
        run_row(broker, &row);
        run++;
        if (strcmp(row.columns[2], "both") == 0) {
            row.is_after = true;
            run_row(broker, &row);
        }
    }
    assert_true(run > 0);
    ledger_broker_stop(broker);
    free(text);
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
    size_t size;
    char *text = test_read_file(CLASSES_TABLE, &size);
    char *next = text;
    int number = 0;
    int rows = 0;
    for (char *line = strsep(&next, "\n"); line; line = strsep(&next, "\n")) {
        struct row row;
        bool is_tested = false;
        if (!parse(line, ++number, &row)) {
            continue;
        }
        for (size_t i = 0; i < sizeof(tested) / sizeof(tested[0]); i++) {
            is_tested |= strcmp(row.columns[0], tested[i]) == 0;
        }
        need(&row, is_tested, "no test runs it");
        rows++;
    }
    assert_true(rows >= ROWS_MIN);
    free(text);
}
