/* tests: messages from JSON. */
#include "support/test.h"
#include "wire/messages.h"
#include "wire/parse.h"

#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static char why[200];

static enum kc_err parse(const struct message_type *type, const char *text, void *ret_message)
{
    arena_finish(&arena);
    arena_init(&arena, 0);
    return parse_message(type, slice_text(text), &arena, ret_message, why, sizeof(why));
}

/* Text -> message -> text. */
static void check_round(const struct message_type *type, int16_t version, const char *text)
{
    uint8_t room[4096];
    struct bytes out;
    assert_true(message_struct_size(type) <= sizeof(room));
    bytes_init(&out, 1 << 16);
    assert_int_equal(parse(type, text, room), KC_ERR_NONE);
    assert_true(message_show(type, version, room, &out));
    assert_true(slice_is(bytes_slice(&out), text));
    bytes_finish(&out);
    arena_finish(&arena);
}

TEST(parse_reads_what_show_writes)
{
    check_round(&delete_records_request_type, 2,
                "{\"topics\":[{\"name\":\"t\\\"\\\\\\n\",\"partitions\":[{\"partitionIndex\":-1,"
                "\"offset\":9223372036854775807},{\"partitionIndex\":2147483647,"
                "\"offset\":-9223372036854775808}]}],\"timeoutMs\":5}");
    check_round(&create_delegation_token_request_type, 3,
                "{\"ownerPrincipalType\":null,\"ownerPrincipalName\":\"\","
                "\"renewers\":[],\"maxLifetimeMs\":-1}");
    check_round(&renew_delegation_token_request_type, 2,
                "{\"hmac\":\"AAECAw==\",\"renewPeriodMs\":1}");
    check_round(&describe_client_quotas_response_type, 1,
                "{\"throttleTimeMs\":0,\"errorCode\":0,\"errorMessage\":null,\"entries\":"
                "[{\"entity\":[{\"entityType\":\"user\",\"entityName\":null}],\"values\":"
                "[{\"key\":\"k\",\"value\":1024.5}]}]}");
    check_round(&add_raft_voter_request_type, 1,
                "{\"clusterId\":null,\"timeoutMs\":1,\"voterId\":2,\"voterDirectoryId\":"
                "\"AQIDBAUGBwgJCgsMDQ4PEA\",\"listeners\":[{\"name\":\"C\",\"host\":\"h\","
                "\"port\":65535}],\"ackWhenCommitted\":true}");
    check_round(&streams_group_describe_response_type, 0,
                "{\"throttleTimeMs\":0,\"groups\":[{\"errorCode\":0,\"errorMessage\":null,"
                "\"groupId\":\"g\",\"groupState\":\"s\",\"groupEpoch\":1,\"assignmentEpoch\":1,"
                "\"topology\":{\"epoch\":7,\"subtopologies\":null},\"members\":[],"
                "\"authorizedOperations\":0}]}");
}

TEST(parse_gives_defaults_and_takes_blanks_and_any_order)
{
    struct create_topics_request request;
    assert_int_equal(
        parse(&create_topics_request_type,
              " { \"validateOnly\" : true ,\n\t\"topics\" : [ { } , {\"name\":\"b\"} ] } ",
              &request),
        KC_ERR_NONE);
    assert_int_equal(request.timeout_ms, 60000);
    assert_true(request.validate_only);
    assert_int_equal(request.topics.count, 2);
    assert_true(slice_is(request.topics.items[1].name, "b"));
    arena_finish(&arena);
}

TEST(parse_reads_escapes)
{
    struct describe_acls_request request;
    assert_int_equal(parse(&describe_acls_request_type,
                           "{\"principalFilter\":\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\/\\b\"}",
                           &request),
                     KC_ERR_NONE);
    assert_true(slice_is(request.principal_filter, "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80/\b"));
    arena_finish(&arena);
}

static void check_bad(const char *text, const char *sentence)
{
    struct create_topics_request request;
    assert_int_equal(parse(&create_topics_request_type, text, &request), KC_ERR_INVALID);
    if (!strstr(why, sentence)) {
        fail_msg("%s: '%s' does not say '%s'", text, why, sentence);
    }
    arena_finish(&arena);
}

TEST(parse_names_the_place_of_a_slip)
{
    check_bad("", "'{' is missing at the end");
    check_bad("[]", "'{' is expected before '['");
    check_bad("{} x", "something follows the object");
    check_bad("{\"topic\":1}", "there is no field 'topic'");
    check_bad("{\"timeoutMs\":2147483648}", "timeoutMs: 2147483648 does not fit int32");
    check_bad("{\"timeoutMs\":1.5}", "timeoutMs: 1.5 is no whole number");
    check_bad("{\"timeoutMs\":99999999999999999999}", "does not fit int32");
    check_bad("{\"timeoutMs\":null}", "timeoutMs: null is not possible here");
    check_bad("{\"timeoutMs\":\"5\"}", "timeoutMs: a number is expected");
    check_bad("{\"validateOnly\":1}", "validateOnly: true or false is expected");
    check_bad("{\"topics\":[{},{\"replicationFactor\":70000}]}",
              "topics[1].replicationFactor: 70000 does not fit int16");
    check_bad("{\"topics\":[{\"name\":\"x}]}", "topics[0].name: a string has no end");
    check_bad("{\"topics\":[{\"name\":\"\\x\"}]}", "a backslash starts no escape");
    check_bad("{\"topics\":[{\"name\":\"\\ud800\"}]}", "half a surrogate pair");
    check_bad("{\"topics\":[{\"name\":\"\\u12\"}]}", "four hexadecimal digits");
    check_bad("{\"topics\":[{\"name\":\"a\nb\"}]}", "a control character");
    check_bad("{\"topics\":[{\"assignments\":[{\"brokerIds\":[1,2,x]}]}]}",
              "topics[0].assignments[0].brokerIds[2]: a number is expected");
    check_bad("{\"topics\":[{\"name\":\"a\"}", "']' is missing at the end");
}

TEST(parse_refuses_bad_bytes_and_uuids)
{
    struct renew_delegation_token_request token;
    struct remove_raft_voter_request voter;
    const char *const bad[] = { "AAA", "AA=A", "A===", "AAAA====", "*AAA" };
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        char text[60];
        (void)snprintf(text, sizeof(text), "{\"hmac\":\"%s\"}", bad[i]);
        assert_int_equal(parse(&renew_delegation_token_request_type, text, &token), KC_ERR_INVALID);
        assert_string_equal(why, "hmac: no base64");
    }
    assert_int_equal(parse(&remove_raft_voter_request_type, "{\"voterDirectoryId\":\"x\"}", &voter),
                     KC_ERR_INVALID);
    assert_non_null(strstr(why, "no uuid"));
    arena_finish(&arena);
}

TEST(parse_stops_at_every_cut)
{
    static const char whole[] =
        "{\"topics\":[{\"name\":\"t\\u0041\",\"configs\":[{\"name\":\"a\",\"value\":null}]}],"
        "\"timeoutMs\":-12,\"validateOnly\":false}";
    struct create_topics_request request;
    for (size_t size = 0; size < sizeof(whole) - 1; size++) {
        char *text = malloc(size + 1);
        assert_non_null(text);
        memcpy(text, whole, size);
        arena_finish(&arena);
        arena_init(&arena, 0);
        assert_int_equal(parse_message(&create_topics_request_type, slice_of(text, size), &arena,
                                       &request, why, sizeof(why)),
                         KC_ERR_INVALID);
        free(text);
    }
    arena_finish(&arena);
}
