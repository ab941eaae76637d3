/* tests: interceptors in their order, what they may change and cannot spoil; serializers of one's
 * own. */
#include "client/config.h"
#include "client/message_scratch.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

struct diary {
    char text[512];
};

static void note(struct diary *diary, const char *word)
{
    size_t size = strlen(diary->text);
    (void)snprintf(diary->text + size, sizeof(diary->text) - size, "%s ", word);
}

static bool stamp(void *context, struct kc_message *message, struct kc_scratch *scratch)
{
    char *value = kc_scratch_alloc(scratch, message->value.as.bytes.size + 2);
    note(context, "stamp");
    assert_non_null(value);
    memcpy(value, message->value.as.bytes.data, message->value.as.bytes.size);
    value[message->value.as.bytes.size] = '!';
    message->value = kc_object_string(value);
    return true;
}

static bool spoil(void *context, struct kc_message *message, struct kc_scratch *scratch)
{
    (void)scratch;
    note(context, "spoil");
    message->topic = NULL;
    message->value = kc_object_null();
    return true;
}

static bool refuse(void *context, struct kc_message *message, struct kc_scratch *scratch)
{
    (void)message;
    (void)scratch;
    note(context, "refuse");
    return false;
}

static void hear(void *context, const struct kc_delivery *delivery)
{
    note(context, delivery->topic);
}

static void keep_line(void *context, enum trace_level level, const char *room, const char *text)
{
    (void)room;
    assert_int_equal(level, TRACE_WARN);
    note(context, text);
}

TEST(interceptors_run_in_order_and_change_the_message)
{
    struct diary diary = { "" };
    struct diary warnings = { "" };
    struct trace trace = { .line = keep_line, .context = &warnings, .level = TRACE_WARN };
    struct kc_config *config = kc_config_create();
    struct kc_producer_interceptor all[] = { { stamp, NULL, &diary },
                                             { NULL, hear, &diary },
                                             { spoil, NULL, &diary },
                                             { stamp, hear, &diary } };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        assert_int_equal(kc_config_add_producer_interceptor(config, &all[i], NULL), KC_ERR_NONE);
    }
    struct kc_config *copy = kc_config_copy(config);
    kc_config_destroy(config);
    struct kc_scratch scratch;
    message_scratch_init(&scratch);
    size_t at = 99;
    struct kc_message message = { .topic = "t", .value = kc_object_string("v") };
    assert_true(plug_send(&copy->plug, &trace, &message, &scratch, &at));
    assert_string_equal(diary.text, "stamp spoil stamp ");
    assert_string_equal(message.topic, "t");
    assert_int_equal(message.value.as.bytes.size, 3);
    assert_memory_equal(message.value.as.bytes.data, "v!!", 3);
    assert_non_null(strstr(warnings.text, "number 3 left a message that cannot be sent"));
    message_scratch_finish(&scratch);
    struct kc_delivery delivery = { .topic = "heard" };
    plug_acknowledge(&copy->plug, &delivery);
    assert_string_equal(diary.text, "stamp spoil stamp heard heard ");
    kc_config_destroy(copy);
}

TEST(one_that_refuses_ends_the_chain)
{
    struct diary diary = { "" };
    struct trace trace = { 0 };
    struct kc_config *config = kc_config_create();
    struct kc_producer_interceptor refusing = { refuse, NULL, &diary };
    struct kc_producer_interceptor stamping = { stamp, NULL, &diary };
    struct kc_message message = { .topic = "t", .value = kc_object_string("v") };
    size_t at = 99;
    (void)kc_config_add_producer_interceptor(config, &refusing, NULL);
    (void)kc_config_add_producer_interceptor(config, &stamping, NULL);
    assert_false(plug_send(&config->plug, &trace, &message, NULL, &at));
    assert_int_equal(at, 0);
    assert_string_equal(diary.text, "refuse ");
    kc_config_destroy(config);
}

static bool pass_odd(void *context, struct kc_record *record)
{
    note(context, "consume");
    record->key = kc_text("seen");
    return record->offset % 2 == 1;
}

static void hear_commit(void *context, enum kc_err err, const struct kc_position *positions,
                        size_t count)
{
    assert_int_equal(count, 1);
    note(context, err ? "failed" : positions[0].topic);
}

TEST(consumer_interceptors_see_records_and_commits)
{
    struct diary diary = { "" };
    struct kc_config *config = kc_config_create();
    struct kc_consumer_interceptor all[] = { { pass_odd, hear_commit, &diary },
                                             { NULL, NULL, NULL },
                                             { pass_odd, NULL, &diary } };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        assert_int_equal(kc_config_add_consumer_interceptor(config, &all[i], NULL), KC_ERR_NONE);
    }
    struct kc_record record = { .topic = "t", .offset = 7 };
    struct kc_position position = { .topic = "topic" };
    assert_true(plug_consume(&config->plug, &record));
    assert_memory_equal(record.key.data, "seen", 4);
    record.offset = 8;
    assert_false(plug_consume(&config->plug, &record));
    plug_commit(&config->plug, KC_ERR_NONE, &position, 1);
    plug_commit(&config->plug, KC_ERR_TIMED_OUT, &position, 1);
    assert_string_equal(diary.text, "consume consume consume topic failed ");
    kc_config_destroy(config);
}

TEST(a_config_takes_so_many)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    struct kc_consumer_interceptor interceptor = { 0 };
    for (int i = 0; i < KC_INTERCEPTORS_MAX; i++) {
        assert_int_equal(kc_config_add_consumer_interceptor(config, &interceptor, &error),
                         KC_ERR_NONE);
    }
    assert_int_equal(kc_config_add_consumer_interceptor(config, &interceptor, &error),
                     KC_ERR_TOO_LARGE);
    assert_int_equal(kc_config_add_producer_interceptor(config, NULL, &error), KC_ERR_INVALID);
    assert_int_equal(kc_config_add_producer_interceptor(NULL, NULL, &error), KC_ERR_INVALID);
    kc_config_destroy(config);
}

/* A pair of numbers as "1,2". */
static enum kc_err write_pair(void *context, const struct kc_message *message,
                              const struct kc_object *object, struct kc_scratch *scratch,
                              struct kc_bytes *ret_bytes, struct kc_error *error)
{
    const int *pair = object->as.custom;
    char *text = kc_scratch_alloc(scratch, 32);
    (void)context;
    assert_string_equal(message->topic, "t");
    if (pair[0] < 0) {
        (void)snprintf(error->text, sizeof(error->text), "a pair without sign is needed");
        return KC_ERR_INVALID;
    }
    (void)snprintf(text, 32, "%d,%d", pair[0], pair[1]);
    *ret_bytes = kc_text(text);
    return KC_ERR_NONE;
}

static enum kc_err read_nothing(void *context, const struct kc_record *record,
                                struct kc_bytes bytes, struct kc_scratch *scratch,
                                struct kc_object *ret_object, struct kc_error *error)
{
    (void)record;
    (void)bytes;
    (void)scratch;
    (void)error;
    *ret_object = kc_object_custom(context);
    return KC_ERR_UNSUPPORTED;
}

TEST(serializers_of_ones_own)
{
    int pair[] = { 3, 4 };
    struct plug_coder coder = { .own = { write_pair, NULL } };
    struct plug_coder plain = { .serde = serde_find("integer") };
    struct plug_small small;
    struct kc_record record;
    struct kc_error error;
    struct kc_scratch scratch;
    struct kc_message message = { .topic = "t",
                                  .flags = KC_RECORD_PARTITION,
                                  .partition = 6,
                                  .key = kc_object_int32(5),
                                  .value = kc_object_custom(pair) };
    message_scratch_init(&scratch);
    assert_int_equal(plug_serialize(&plain, &coder, &message, &scratch, &small, &record, &error),
                     KC_ERR_NONE);
    assert_string_equal(record.value.data, "3,4");
    assert_memory_equal(record.key.data, "\0\0\0\5", 4);
    assert_int_equal(record.partition, 6);
    pair[0] = -1;
    assert_int_equal(plug_serialize(&plain, &coder, &message, &scratch, &small, &record, &error),
                     KC_ERR_INVALID);
    assert_string_equal(error.text, "topic 't', value: a pair without sign is needed");
    message.key = kc_object_string("x");
    assert_int_equal(plug_serialize(&plain, &coder, &message, &scratch, &small, &record, &error),
                     KC_ERR_INVALID);
    assert_non_null(strstr(error.text, "topic 't', key: "));
    message_scratch_finish(&scratch);
}

TEST(a_record_that_cannot_be_read_is_told_by_its_place)
{
    struct plug_decoder decoder = { .serde = serde_find("long") };
    struct kc_record record = {
        .topic = "t", .partition = 2, .offset = 41, .key = kc_text("abc"), .value = kc_text(NULL)
    };
    struct kc_object object = kc_object_int32(9);
    struct kc_error error;
    assert_int_equal(plug_deserialize(&decoder, &record, true, NULL, &object, &error),
                     KC_ERR_INVALID_RECORD);
    assert_string_equal(error.text, "topic 't' partition 2 offset 41, key: 3 bytes that are not "
                                    "a valid long");
    assert_int_equal(object.as.int32, 9);
    assert_int_equal(plug_deserialize(&decoder, &record, false, NULL, &object, &error),
                     KC_ERR_NONE);
    assert_int_equal(object.type, KC_OBJECT_NULL);
    decoder.own.deserialize = read_nothing;
    assert_int_equal(plug_deserialize(&decoder, &record, true, NULL, &object, &error),
                     KC_ERR_UNSUPPORTED);
    assert_int_equal(object.type, KC_OBJECT_NULL);
}

TEST(api_keys_have_names)
{
    assert_string_equal(kc_api_name(0), "Produce");
    assert_string_equal(kc_api_name(18), "ApiVersions");
    assert_string_equal(kc_api_name(-1), "unknown");
    assert_string_equal(kc_api_name(9999), "unknown");
}
