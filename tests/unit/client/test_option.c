/* tests: the option table against Kafka 4.3's own: names, scopes, types, defaults, ranges. What
 * differs is written down here with its reason. */
#include "client/config.h"
#include "client/option.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { COLUMNS = 5, ROWS_MAX = 512 };

struct fact {
    const char *scope;
    const char *name;
    const char *type;
    const char *value;
    const char *range;
};

struct facts {
    char *text;
    size_t count;
    struct fact rows[ROWS_MAX];
};

/* On purpose different; ended by a row without name. */
struct difference {
    const char *name;
    const char *why;
};

static const struct difference other_defaults[] = {
    { "bootstrap.servers", "the handle asks for it, so that a config can be filled in any order" },
    { "receive.buffer.bytes", "the kernel sizes sockets better than a fixed number" },
    { "send.buffer.bytes", "the same" },
    { "connections.max.idle.ms", "one config makes every handle: admin has no default of its own" },
    { "enable.metrics.push", "the same" },
    { NULL, NULL },
};

static const struct difference other_ranges[] = {
    { "connections.max.idle.ms", "Java takes any number, all below 0 mean never" },
    { "socket.connection.setup.timeout.ms", "Java takes negative numbers: no time at all" },
    { "socket.connection.setup.timeout.max.ms", "the same" },
    { "heartbeat.interval.ms", "Java takes negative numbers and fails later" },
    { "session.timeout.ms", "the same" },
    { "transaction.timeout.ms", "the same" },
    { NULL, NULL },
};

static struct facts *read_facts(void)
{
    struct facts *facts = calloc(1, sizeof(*facts));
    assert_non_null(facts);
    size_t size;
    facts->text = test_read_file(JAVA_OPTIONS, &size);
    for (char *line = facts->text; *line != 0;) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = 0;
        const char *columns[COLUMNS];
        for (size_t i = 0; i < COLUMNS; i++) {
            columns[i] = line;
            line = strchr(line, '\t');
            if (i + 1 < COLUMNS) {
                assert_non_null(line);
                *line++ = 0;
            }
        }
        assert_true(facts->count < ROWS_MAX);
        facts->rows[facts->count++] =
            (struct fact){ columns[0], columns[1], columns[2], columns[3], columns[4] };
        line = end + 1;
    }
    assert_true(facts->count > 300);
    return facts;
}

static void free_facts(struct facts *facts)
{
    free(facts->text);
    free(facts);
}

static unsigned scope_of(const char *name)
{
    return strcmp(name, "producer") == 0   ? KC_OPTION_PRODUCER
           : strcmp(name, "consumer") == 0 ? KC_OPTION_CONSUMER
                                           : KC_OPTION_ADMIN;
}

/* Classes are texts here. */
static const char *type_of(const char *type)
{
    return strcmp(type, "class") == 0 ? "string" : type;
}

static bool is_listed(const struct difference *list, const char *name)
{
    while (list->name && strcmp(list->name, name) != 0) {
        list++;
    }
    return list->name != NULL;
}

static void check_default(const struct fact *fact, const struct option *option)
{
    const char *ours = option->row.default_value ? option->row.default_value : "";
    const char *theirs = fact->value[0] == '<' ? "" : fact->value;
    bool fold = option->type == OPTION_FOLD;
    if ((fold ? strcasecmp(ours, theirs) : strcmp(ours, theirs)) != 0 &&
        !is_listed(other_defaults, fact->name)) {
        fail_msg("%s %s: default '%s', Java's is '%s'", fact->scope, fact->name, ours, theirs);
    }
}

/* "[0,...]", "[0,...,9]" or "[1,...,9] or -1". */
static void check_range(const struct fact *fact, const struct option *option)
{
    int64_t type_max = option->type == OPTION_INT ? INT32_MAX : INT64_MAX;
    if (is_listed(other_ranges, fact->name)) {
        return;
    }
    if (fact->range[0] == 0 && option->min != option->max) {
        fail_msg("%s: range %s, Java has none", fact->name, option->row.range);
    }
    if (fact->range[0] == 0) {
        return;
    }
    char *end;
    assert_int_equal(fact->range[0], '[');
    long long min = strtoll(fact->range + 1, &end, 10);
    assert_int_equal(strncmp(end, ",...", 4), 0);
    long long max = end[4] == ',' ? strtoll(end + 5, &end, 10) : type_max;
    min = strstr(fact->range, " or -1") ? -1 : min;
    if (option->min != min || option->max != max) {
        fail_msg("%s: range %s, Java's is %s", fact->name, option->row.range, fact->range);
    }
}

/* Each of Java's words is one of ours and the other way round. */
static void check_words(const struct fact *fact, const struct option *option)
{
    char text[256];
    size_t count = 0;
    const char *open = strchr(fact->range, '[');
    if (!open) {
        return;
    }
    (void)snprintf(text, sizeof(text), "%s", open + 1);
    for (char *word = text; word; count++) {
        char *next = strpbrk(word, ",]");
        assert_non_null(next);
        bool is_last = *next == ']';
        *next = 0;
        struct kc_error error;
        if (option_check(option, word, &error) == KC_ERR_INVALID) {
            fail_msg("Java takes %s=%s: %s", fact->name, word, error.text);
        }
        word = is_last ? NULL : next + 2;
    }
    for (const char *at = option->row.range; at; at = strchr(at + 1, '|')) {
        count--;
    }
    assert_int_equal(count, 0);
}

TEST(every_option_of_java_is_here_with_its_type_default_and_range)
{
    struct facts *facts = read_facts();
    for (size_t i = 0; i < facts->count; i++) {
        const struct fact *fact = &facts->rows[i];
        const struct option *option = option_find(slice_text(fact->name));
        if (!option || !(option->row.scope & scope_of(fact->scope)) ||
            option->use == OPTION_ALIAS) {
            fail_msg("%s of the %s is missing", fact->name, fact->scope);
        }
        if (option->use == OPTION_JAVA) {
            continue; /* nothing here reads it as what it is in Java */
        }
        if (strcmp(type_of(fact->type), option->row.type) != 0) {
            fail_msg("%s: type %s, Java's is %s", fact->name, option->row.type, fact->type);
        }
        check_default(fact, option);
        if (option->type == OPTION_INT || option->type == OPTION_LONG ||
            option->type == OPTION_SHORT) {
            check_range(fact, option);
        } else if (option->type == OPTION_CHOICE || option->type == OPTION_FOLD) {
            check_words(fact, option);
        }
    }
    free_facts(facts);
}

/* librdkafka's, and what Java's client had once. */
static bool is_ours(const struct option *option)
{
    static const char *const names[] = {
        "auto.include.jmx.reporter", /* of Kafka 3 */
        "queued.max.messages.kbytes",
        "enable.auto.offset.store", /* librdkafka's from here on */
        "statistics.interval.ms",
        "sasl.password",
        "sasl.username",
        "ssl.ca.location",
        "ssl.ca.pem",
        "ssl.certificate.location",
        "ssl.certificate.pem",
        "ssl.key.location",
        "ssl.key.pem",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(names[i], option->row.name) == 0) {
            return true;
        }
    }
    return option->use == OPTION_ALIAS;
}

TEST(no_row_claims_to_be_java_s_and_is_not)
{
    struct facts *facts = read_facts();
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        unsigned scope = 0;
        for (size_t j = 0; j < facts->count; j++) {
            if (strcmp(facts->rows[j].name, option->row.name) == 0) {
                scope |= scope_of(facts->rows[j].scope);
            }
        }
        if (is_ours(option) ? scope != 0 : scope != option->row.scope) {
            fail_msg("%s: scope %u, Java's is %u", option->row.name, option->row.scope, scope);
        }
    }
    free_facts(facts);
}

TEST(other_names_lead_to_real_rows_of_the_same_scope)
{
    for (size_t i = 0; i < option_count; i++) {
        if (option_table[i].use == OPTION_ALIAS) {
            const struct option *real = option_find(slice_text(option_table[i].other));
            assert_non_null(real);
            assert_true(real->use != OPTION_ALIAS && real->use != OPTION_JAVA);
            assert_int_equal(option_table[i].row.scope & ~real->row.scope, 0);
        }
    }
}
