/* net: host and port, alone and in lists as in bootstrap.servers. Pure. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/slice.h"

#include <libclient/error.h>

enum { ADDRESS_HOST_MAX = 255, ADDRESS_TEXT_MAX = ADDRESS_HOST_MAX + 16, ADDRESS_COUNT_MAX = 1024 };

struct address {
    char host[ADDRESS_HOST_MAX + 1]; /* without the brackets of IPv6 */
    uint16_t port;
};

struct address_list {
    struct address *items;
    size_t count;
};

/* "host:port" or "[v6]:port"; a listener's "NAME://" in front is skipped. KC_ERR_INVALID. */
enum kc_err address_parse(struct slice text, struct address *ret_address);

/* Addresses between commas; blanks around them and empty places are skipped, an empty list is
 * KC_ERR_INVALID. error (may be NULL) says which piece is wrong. The caller finishes the list. */
enum kc_err address_list_parse(struct slice text, struct address_list *ret_list,
                               struct kc_error *error);
void address_list_finish(struct address_list *list);

/* KC_ERR_MALFORMED unless a peer's words can be an address: 1 to ADDRESS_HOST_MAX visible bytes,
 * and a port from 1 to 65535. ret_text of ADDRESS_FAULT_MAX bytes then says which field is wrong.
 */
enum { ADDRESS_FAULT_MAX = 64 };
enum kc_err address_check(struct slice host, int32_t port, char *ret_text);

/* Writes "host:port" ("[v6]:port") into ret_text of ADDRESS_TEXT_MAX bytes. */
void address_text(const char *host, int32_t port, char *ret_text);

bool address_equal(const struct address *a, const struct address *b);

#endif
