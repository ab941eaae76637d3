/* tests: what AlterClientQuotas may ask for, in Kafka 4.3's words, and the records that come of it.
 */
#include "controller/quota_plan.h"

#include "support/test.h"
#include "unit/controller/image_stage.h"

#include <math.h>
#include <string.h>

enum { PARTS_MAX = 3, OPS_MAX = 2 };

struct asked {
    const char *types[PARTS_MAX];
    const char *names[PARTS_MAX]; /* NULL: the default */
    const char *keys[OPS_MAX];
    double values[OPS_MAX]; /* -1: remove */
};

/* Plans what is asked, and applies it unless it is refused. Returns the records. */
static int ask(struct image_stage *stage, const struct asked *asked, struct quota_planned *planned)
{
    struct alter_client_quotas_request_entity_data parts[PARTS_MAX];
    struct alter_client_quotas_request_op_data ops[OPS_MAX];
    struct alter_client_quotas_request_entry_data entry = { { parts, 0 }, { ops, 0 } };
    struct metadata_batch batch;
    for (int i = 0; i < PARTS_MAX && asked->types[i]; i++) {
        parts[entry.entity.count++] =
            (struct alter_client_quotas_request_entity_data){ slice_text(asked->types[i]),
                                                              slice_text(asked->names[i]) };
    }
    for (int i = 0; i < OPS_MAX && asked->keys[i]; i++) {
        bool remove = asked->values[i] == -1;
        ops[entry.ops.count++] =
            (struct alter_client_quotas_request_op_data){ slice_text(asked->keys[i]),
                                                          remove ? 0 : asked->values[i], remove };
    }
    metadata_batch_init(&batch);
    quota_plan_alter(&stage->image.quotas, &entry, &batch, planned);
    int count = batch.count;
    if (planned->err || count == 0) {
        assert_int_equal(count, 0);
        metadata_batch_finish(&batch);
    } else {
        assert_int_equal(image_stage_apply(stage, &batch), 0);
    }
    return count;
}

TEST(what_is_refused_and_how)
{
    static const struct {
        struct asked asked;
        const char *text;
    } rows[] = {
        { { { NULL }, { NULL }, { "producer_byte_rate" }, { 1 } },
          "Invalid empty client quota entity" },
        { { { "planet" }, { "mars" }, { "producer_byte_rate" }, { 1 } },
          "Unhandled client quota entity type: planet" },
        { { { "user" }, { "" }, { "producer_byte_rate" }, { 1 } }, "Empty user not supported" },
        { { { "client-id", "user", "ip" },
            { "x", "y", "1.2.3.4" },
            { "producer_byte_rate" },
            { 1 } },
          "Invalid quota entity combination, IP entity shouldnot be combined with User or "
          "ClientId" },
        { { { "ip" }, { "bad..name" }, { "connection_creation_rate" }, { 1 } },
          "bad..name is not a valid IP or resolvable host." },
        { { { "ip" }, { "1.2.3.4" }, { "producer_byte_rate" }, { 1 } },
          "Invalid configuration key producer_byte_rate" },
        { { { "user" }, { "u" }, { "connection_creation_rate" }, { 1 } },
          "Invalid configuration key connection_creation_rate" },
        { { { "user" }, { "u" }, { "nonsense" }, { 1 } }, "Invalid configuration key nonsense" },
        { { { "ip" }, { NULL }, { "connection_creation_rate" }, { 5.5 } },
          "connection_creation_rate cannot be a fractional value." },
        { { { "ip" }, { NULL }, { "connection_creation_rate" }, { 3e9 } },
          "Proposed value for connection_creation_rate is too large for an INT." },
        { { { "user" }, { "u" }, { "producer_byte_rate" }, { 0 } },
          "Quota producer_byte_rate must be greater than 0" },
        { { { "user" }, { "u" }, { "request_percentage" }, { -7 } },
          "Quota request_percentage must be greater than 0" },
        { { { "user" }, { "u" }, { "request_percentage" }, { NAN } },
          "Quota request_percentage must be greater than 0" },
        { { { "user" }, { "u" }, { "consumer_byte_rate" }, { 1e19 } },
          "Proposed value for consumer_byte_rate is too large for a LONG." },
        { { { "user" }, { "u" }, { "consumer_byte_rate" }, { 10.5 } },
          "consumer_byte_rate cannot be a fractional value." },
        /* Of two operations the second is wrong: neither is done. */
        { { { "user" }, { "u" }, { "producer_byte_rate", "consumer_byte_rate" }, { 1, 0 } },
          "Quota consumer_byte_rate must be greater than 0" },
        { { { "user", "client-id" },
            { "u", NULL },
            { "producer_byte_rate", "producer_byte_rate" },
            { 1, 1 } },
          "Ignoring duplicate entity ClientQuotaEntity(entries={client-id=null, user=u})" },
    };
    struct image_stage stage;
    struct quota_planned planned;
    image_stage_init(&stage, 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(ask(&stage, &rows[i].asked, &planned), 0);
        assert_string_equal(planned.text, rows[i].text);
        assert_int_equal(planned.err, KC_ERR_INVALID_REQUEST);
    }
    assert_int_equal(stage.image.quotas.rows.count, 0);
    image_stage_finish(&stage);
}

TEST(a_name_may_have_1024_bytes)
{
    char name[QUOTA_NAME_MAX + 2];
    struct asked asked = { { "user" }, { name }, { "producer_byte_rate" }, { 1 } };
    struct image_stage stage;
    struct quota_planned planned;
    image_stage_init(&stage, 1);
    (void)memset(name, 'x', sizeof(name));
    name[QUOTA_NAME_MAX] = '\0';
    assert_int_equal(ask(&stage, &asked, &planned), 1);
    name[QUOTA_NAME_MAX] = 'x';
    name[QUOTA_NAME_MAX + 1] = '\0';
    assert_int_equal(ask(&stage, &asked, &planned), 0);
    assert_string_equal(planned.text, "A user of more than 1024 bytes is not supported.");
    image_stage_finish(&stage);
}

TEST(only_what_changes_is_recorded)
{
    const struct asked set = { { "user", "client-id" },
                               { "u", "c" },
                               { "producer_byte_rate", "controller_mutation_rate" },
                               { 1000, 0.5 } };
    const struct asked half = { { "client-id", "user" },
                                { "c", "u" },
                                { "producer_byte_rate", "controller_mutation_rate" },
                                { 1000, 0.75 } };
    const struct asked take = {
        { "user", "client-id" }, { "u", "c" }, { "producer_byte_rate", "nonsense" }, { -1, -1 }
    };
    struct image_stage stage;
    struct quota_planned planned;
    enum quota_level level;
    image_stage_init(&stage, 1);
    const struct quota_table *table = &stage.image.quotas;
    assert_int_equal(ask(&stage, &take, &planned), 0);
    assert_int_equal(planned.err, 0);
    assert_int_equal(ask(&stage, &set, &planned), 2);
    assert_int_equal(ask(&stage, &set, &planned), 0);
    assert_int_equal(ask(&stage, &half, &planned), 1); /* the same entity in another order */
    assert_true(quota_table_find(table, QUOTA_CONTROLLER_MUTATION_RATE, slice_text("u"),
                                 slice_text("c"), &level) == 0.75);
    assert_int_equal(ask(&stage, &take, &planned), 1);
    assert_false(quota_table_has(table, QUOTA_PRODUCER_BYTE_RATE));
    assert_int_equal(table->rows.count, 1);
    image_stage_finish(&stage);
}

/* Kafka may have written such a log: what no client here can match is passed over. */
TEST(records_of_unknown_quotas_are_passed_over)
{
    static const char *const rows[][2] = { { "planet", "producer_byte_rate" },
                                           { "user", "nonsense" },
                                           { "ip", "connection_creation_rate" } };
    struct image_stage stage;
    image_stage_init(&stage, 1);
    for (size_t i = 0; i < 3; i++) {
        struct client_quota_record record;
        struct client_quota_record_entity_data data = { slice_text(rows[i][0]),
                                                        slice_text("some.host") };
        struct metadata_batch batch;
        message_defaults(&client_quota_record_type, &record);
        record.entity.items = &data;
        record.entity.count = 1;
        record.key = slice_text(rows[i][1]);
        record.value = 5;
        metadata_batch_init(&batch);
        metadata_batch_add(&batch, &client_quota_record_type, 0, &record);
        assert_int_equal(image_stage_apply(&stage, &batch), 0);
    }
    assert_int_equal(stage.image.quotas.rows.count, 0);
    image_stage_finish(&stage);
}
