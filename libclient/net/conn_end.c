/* net: how a connection ended, for people: a broker says nothing to who speaks another protocol
 * than its listener, so its bytes, or its silence, have to be read. */
#include "net/conn_state.h"

#include <stdio.h>

enum { END_TEXT_SIZE = 128, PREFIX_SIZE = sizeof(((struct frame_reader *)0)->prefix) };

static const char *protocol_of(const struct conn *conn)
{
    if (conn->options.security.wrap) {
        return conn->options.credential ? "SASL_SSL" : "SSL";
    }
    return conn->options.credential ? "SASL_PLAINTEXT" : "PLAINTEXT";
}

static bool is_text(const uint8_t *prefix)
{
    for (size_t i = 0; i < PREFIX_SIZE; i++) {
        if (prefix[i] < ' ' || prefix[i] > '~') {
            return false;
        }
    }
    return true;
}

/* The first four bytes of the first answer, where a broker has the size of some hundred bytes. */
static bool describe_stranger(const struct conn *conn, char ret_text[END_TEXT_SIZE])
{
    const uint8_t *prefix = conn->reader.prefix;
    if (prefix[0] == 0x15 && prefix[1] == 0x03) { /* an alert, to our plain bytes */
        (void)snprintf(ret_text, END_TEXT_SIZE, "it speaks TLS, and security.protocol is %s",
                       protocol_of(conn));
    } else if (memcmp(prefix, "HTTP", PREFIX_SIZE) == 0) {
        (void)snprintf(ret_text, END_TEXT_SIZE, "it speaks HTTP, as no broker does");
    } else if (is_text(prefix)) {
        (void)snprintf(ret_text, END_TEXT_SIZE, "it is no broker: its answer begins with '%.4s'",
                       (const char *)prefix);
    } else {
        return false;
    }
    return true;
}

void conn_end_frame(struct conn *conn, enum kc_err err)
{
    char stranger[END_TEXT_SIZE];
    const char *why = err == KC_ERR_TOO_LARGE   ? "an answer larger than the limit"
                      : err == KC_ERR_NO_MEMORY ? "no memory for the answer"
                                                : "an answer of negative size";
    if (conn->state != CONN_HANDSHAKE) {
        conn_close(conn, err, "connection to %s is lost (%s)", conn->name, why);
    } else if (describe_stranger(conn, stranger)) {
        conn_close(conn, KC_ERR_WRONG_PROTOCOL, "cannot talk to %s (%s)", conn->name, stranger);
    } else {
        conn_close(conn, err, "cannot talk to %s (%s)", conn->name, why);
    }
}

/* The first request that waits for its answer. */
static const struct conn_call *first_call(const struct conn *conn)
{
    const struct list *node = conn->in_flight.next;
    return node == &conn->in_flight ? NULL : LIST_ITEM(node, struct conn_call, link);
}

void conn_end_stream(struct conn *conn, enum kc_err err, const char *text)
{
    const struct conn_call *call = first_call(conn);
    err = err == KC_ERR_NONE ? KC_ERR_DISCONNECTED : err;
    conn->is_spurned = conn->state == CONN_READY && !conn->options.credential && call &&
                       !conn->is_served && !frame_reader_is_partial(&conn->reader);
    if (conn->state == CONN_HANDSHAKE) {
        conn_close(conn, err,
                   "connection to %s was closed during the handshake (%s); is security.protocol=%s "
                   "right for that listener?",
                   conn->name, text, protocol_of(conn));
    } else if (conn->is_spurned) {
        conn_close(conn, err,
                   "connection to %s is lost (%s at the first request, %s); does that listener "
                   "want a login? security.protocol is %s",
                   conn->name, text, call->api->name, protocol_of(conn));
    } else {
        conn_close(conn, err, "connection to %s is lost (%s)", conn->name, text);
    }
}
