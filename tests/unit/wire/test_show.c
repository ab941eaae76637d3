/* tests: wire/show: messages as JSON. */
#include "support/test.h"
#include "wire/codec.h"
#include "wire/messages.h"

#include <math.h>
#include <stdio.h>

static void check_shown(const struct message_type *type, int16_t version, const void *message,
                        const char *expected)
{
    struct bytes out;
    bytes_init(&out, 4096);
    assert_true(message_show(type, version, message, &out));
    assert_true(bytes_append(&out, "", 1));
    assert_string_equal((const char *)out.data, expected);
    bytes_finish(&out);
}

TEST(fields_of_the_version_only)
{
    struct heartbeat_request request;

    message_defaults(&heartbeat_request_type, &request);
    request.group_id = slice_text("g");
    check_shown(&heartbeat_request_type, 0, &request,
                "{\"groupId\":\"g\",\"generationId\":0,\"memberId\":\"\"}");
    check_shown(
        &heartbeat_request_type, 4, &request,
        "{\"groupId\":\"g\",\"generationId\":0,\"memberId\":\"\",\"groupInstanceId\":null}");
}

TEST(text_is_escaped_and_always_utf8)
{
    static const char group[] = "\"\\\n\r\t\x01\x7f\xc3\xa9\xf0\x9f\x98\x80 \xff\xc3 \xed\xa0\x80"
                                "\xc0\xaf\xe0\x80\x80\xf5";
    struct heartbeat_request request;

    message_defaults(&heartbeat_request_type, &request);
    request.group_id = slice_text(group);
    check_shown(&heartbeat_request_type, 0, &request,
                "{\"groupId\":\"\\\"\\\\\\n\\r\\t\\u0001\\u007f\xc3\xa9\xf0\x9f\x98\x80 "
                "\\ufffd\\ufffd \\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\","
                "\"generationId\":0,\"memberId\":\"\"}");
}

TEST(bytes_in_base64)
{
    static const char *const expected[] = { "", "AA==", "AAE=", "AAEC", "AAECAw==" };
    static const uint8_t data[] = { 0, 1, 2, 3 };
    struct sasl_authenticate_request request;
    char text[64];

    message_defaults(&sasl_authenticate_request_type, &request);
    for (size_t size = 0; size <= sizeof(data); size++) {
        request.auth_bytes = slice_of(data, size);
        (void)snprintf(text, sizeof(text), "{\"authBytes\":\"%s\"}", expected[size]);
        check_shown(&sasl_authenticate_request_type, 0, &request, text);
    }
}

TEST(tagged_fields_with_defaults_are_absent)
{
    struct partition_change_record record;
    int32_t isr[] = { 1, 2 };

    message_defaults(&partition_change_record_type, &record);
    check_shown(&partition_change_record_type, 0, &record,
                "{\"partitionId\":-1,\"topicId\":\"AAAAAAAAAAAAAAAAAAAAAA\"}");
    record.isr.items = isr;
    record.isr.count = 2;
    record.leader = 1;
    check_shown(&partition_change_record_type, 0, &record,
                "{\"partitionId\":-1,\"topicId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"isr\":[1,2],"
                "\"leader\":1}");
}

TEST(real_numbers)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = { { 0, "0.0" },
                  { -1.5, "-1.5" },
                  { 0.1, "0.1" },
                  { 1e300, "1e+300" },
                  { 1048576, "1048576.0" },
                  { 0.1 + 0.2, "0.30000000000000004" },
                  { NAN, "\"NaN\"" },
                  { INFINITY, "\"Infinity\"" },
                  { -INFINITY, "\"-Infinity\"" } };
    struct client_quota_record record;
    char text[128];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        message_defaults(&client_quota_record_type, &record);
        record.value = cases[i].value;
        (void)snprintf(text, sizeof(text),
                       "{\"entity\":[],\"key\":\"\",\"value\":%s,\"remove\":false}", cases[i].text);
        check_shown(&client_quota_record_type, 0, &record, text);
    }
}

TEST(full_buffer)
{
    struct heartbeat_request request;
    struct bytes out;

    message_defaults(&heartbeat_request_type, &request);
    bytes_init(&out, 10);
    assert_false(message_show(&heartbeat_request_type, 0, &request, &out));
    bytes_finish(&out);
}
