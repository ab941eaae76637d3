/* net: parsing of host:port. */
#include "net/address.h"

#include "base/attr.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static struct slice trimmed(struct slice text)
{
    while (text.size > 0 && is_blank(text.data[0])) {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && is_blank(text.data[text.size - 1])) {
        text.size--;
    }
    return text;
}

static struct slice without_scheme(struct slice text)
{
    for (size_t i = 0; i + 3 <= text.size; i++) {
        if (memcmp(text.data + i, "://", 3) == 0) {
            return slice_of(text.data + i + 3, text.size - i - 3);
        }
    }
    return text;
}

static enum kc_err parse_port(struct slice digits, uint16_t *ret_port)
{
    uint32_t port = 0;
    if (digits.size == 0 || digits.size > 5) {
        return KC_ERR_INVALID;
    }
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9') {
            return KC_ERR_INVALID;
        }
        port = port * 10 + (uint32_t)(digits.data[i] - '0');
    }
    if (port > 65535) {
        return KC_ERR_INVALID;
    }
    *ret_port = (uint16_t)port;
    return KC_ERR_NONE;
}

static bool is_host(struct slice host, bool is_bracketed)
{
    if (host.size > ADDRESS_HOST_MAX || (is_bracketed && host.size == 0)) {
        return false;
    }
    for (size_t i = 0; i < host.size; i++) {
        uint8_t byte = host.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '/' || byte == '[' || byte == ']' ||
            (byte == ':' && !is_bracketed)) {
            return false;
        }
    }
    return true;
}

enum kc_err address_parse(struct slice text, struct address *ret_address)
{
    text = without_scheme(trimmed(text));
    bool is_bracketed = text.size > 0 && text.data[0] == '[';
    size_t colon = text.size;
    while (colon > 0 && text.data[colon - 1] != ':') {
        colon--;
    }
    if (colon == 0) {
        return KC_ERR_INVALID;
    }
    struct slice host = slice_of(text.data, colon - 1);
    if (is_bracketed) {
        if (host.size < 2 || host.data[host.size - 1] != ']') {
            return KC_ERR_INVALID;
        }
        host = slice_of(host.data + 1, host.size - 2);
    }
    uint16_t port = 0;
    if (!is_host(host, is_bracketed) ||
        parse_port(slice_of(text.data + colon, text.size - colon), &port) != KC_ERR_NONE) {
        return KC_ERR_INVALID;
    }
    if (host.size > 0) {
        memcpy(ret_address->host, host.data, host.size);
    }
    ret_address->host[host.size] = '\0';
    ret_address->port = port;
    return KC_ERR_NONE;
}

static enum kc_err list_fail(struct address_list *list, struct kc_error *error, enum kc_err err,
                             struct slice piece, const char *why)
{
    address_list_finish(list);
    if (error) {
        error->code = err;
        snprintf(error->text, sizeof(error->text), "'%.*s' %s",
                 (int)MIN_OF(piece.size, (size_t)200),
                 (const char *)(piece.data ? piece.data : (const uint8_t *)""), why);
    }
    return err;
}

enum kc_err address_list_parse(struct slice text, struct address_list *ret_list,
                               struct kc_error *error)
{
    struct address_list list = { NULL, 0 };
    size_t start = 0;
    while (start < text.size) {
        size_t end = start;
        while (end < text.size && text.data[end] != ',') {
            end++;
        }
        struct slice piece = trimmed(slice_of(text.data + start, end - start));
        start = end + 1;
        if (piece.size == 0) {
            continue;
        }
        if (list.count == ADDRESS_COUNT_MAX) {
            return list_fail(&list, error, KC_ERR_INVALID, piece, "is one address too many");
        }
        struct address *items = realloc(list.items, (list.count + 1) * sizeof(*items));
        if (!items) {
            return list_fail(&list, error, KC_ERR_NO_MEMORY, piece, "does not fit in memory");
        }
        list.items = items;
        struct address *item = &items[list.count];
        if (address_parse(piece, item) != KC_ERR_NONE || item->host[0] == '\0' || item->port == 0) {
            return list_fail(&list, error, KC_ERR_INVALID, piece, "is not host:port");
        }
        list.count++;
    }
    if (list.count == 0) {
        return list_fail(&list, error, KC_ERR_INVALID, text, "names no address");
    }
    *ret_list = list;
    return KC_ERR_NONE;
}

void address_list_finish(struct address_list *list)
{
    if (list) {
        free(list->items);
        *list = (struct address_list){ NULL, 0 };
    }
}

enum kc_err address_check(struct slice host, int32_t port, char *ret_text)
{
    size_t visible = 0;

    while (visible < host.size && host.data[visible] > ' ' && host.data[visible] != 0x7f) {
        visible++;
    }
    if (port < 1 || port > UINT16_MAX) {
        (void)snprintf(ret_text, ADDRESS_FAULT_MAX, "its port is %d", port);
    } else if (host.size < 1 || host.size > ADDRESS_HOST_MAX) {
        (void)snprintf(ret_text, ADDRESS_FAULT_MAX, "its host has %zu bytes", host.size);
    } else if (visible < host.size) {
        (void)snprintf(ret_text, ADDRESS_FAULT_MAX, "its host has byte %u", host.data[visible]);
    } else {
        return KC_ERR_NONE;
    }
    return KC_ERR_MALFORMED;
}

void address_text(const char *host, int32_t port, char *ret_text)
{
    bool is_v6 = strchr(host, ':') != NULL;
    snprintf(ret_text, ADDRESS_TEXT_MAX, is_v6 ? "[%.255s]:%d" : "%.255s:%d", host, (int)port);
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}
