/* tests: host:port and lists of them. */
#include "support/test.h"

#include "net/address.h"

TEST(parses_hosts_and_ports)
{
    struct address address;
    assert_int_equal(address_parse(slice_text("localhost:9092"), &address), 0);
    assert_string_equal(address.host, "localhost");
    assert_int_equal(address.port, 9092);
    assert_int_equal(address_parse(slice_text("[::1]:1"), &address), 0);
    assert_string_equal(address.host, "::1");
    assert_int_equal(address_parse(slice_text("SASL_SSL://b-1.x:65535"), &address), 0);
    assert_string_equal(address.host, "b-1.x");
    assert_int_equal(address_parse(slice_text("PLAINTEXT://:9092"), &address), 0);
    assert_string_equal(address.host, "");
}

TEST(refuses_what_is_no_address)
{
    const char *const bad[] = { "",        "host",  "host:",       "host:x", "host:65536",
                                "host:-1", "::1:9", "[::1]",       "[]:1",   "[::1]:",
                                "a b:1",   "a/b:1", "host:123456", "[::1:2" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct address address = { "kept", 7 };
        assert_int_equal(address_parse(slice_text(bad[i]), &address), KC_ERR_INVALID);
        assert_string_equal(address.host, "kept");
    }
    char longest[300];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + 256, ":1", 3);
    struct address address;
    assert_int_equal(address_parse(slice_text(longest), &address), KC_ERR_INVALID);
    assert_int_equal(address_parse(slice_text(longest + 1), &address), 0);
}

TEST(parses_lists)
{
    struct address_list list;
    assert_int_equal(address_list_parse(slice_text(" a:1, ,[fe80::1]:2,"), &list, NULL), 0);
    assert_int_equal(list.count, 2);
    char text[ADDRESS_TEXT_MAX];
    address_text(list.items[1].host, list.items[1].port, text);
    assert_string_equal(text, "[fe80::1]:2");
    assert_false(address_equal(&list.items[0], &list.items[1]));
    address_list_finish(&list);

    struct kc_error error;
    assert_int_equal(address_list_parse(slice_text("a:1,b"), &list, &error), KC_ERR_INVALID);
    assert_string_equal(error.text, "'b' is not host:port");
    assert_int_equal(address_list_parse(slice_text(" , "), &list, &error), KC_ERR_INVALID);
    assert_int_equal(address_list_parse(slice_text("a:0"), &list, NULL), KC_ERR_INVALID);
}

TEST(what_a_peer_says_to_be_an_address)
{
    uint8_t host[ADDRESS_HOST_MAX + 1];
    char fault[ADDRESS_FAULT_MAX] = "as it was";
    memset(host, 'x', sizeof(host));
    assert_int_equal(address_check(slice_text("a.b"), 1, fault), KC_ERR_NONE);
    assert_int_equal(address_check(slice_text("::1"), 65535, fault), KC_ERR_NONE);
    assert_int_equal(address_check(slice_of(host, ADDRESS_HOST_MAX), 9092, fault), KC_ERR_NONE);
    assert_string_equal(fault, "as it was");
    assert_int_equal(address_check(slice_text("a"), 0, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its port is 0");
    assert_int_equal(address_check(slice_text("a"), INT32_MIN, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its port is -2147483648");
    assert_int_equal(address_check(slice_text("a"), 65536, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its port is 65536");
    assert_int_equal(address_check(SLICE_EMPTY, 1, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its host has 0 bytes");
    assert_int_equal(address_check(slice_of(host, sizeof(host)), 1, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its host has 256 bytes");
    assert_int_equal(address_check(slice_text("a b"), 1, fault), KC_ERR_MALFORMED);
    assert_string_equal(fault, "its host has byte 32");
}
