/* net: what a TCP stream sends: as much of the writes at a time as the socket takes, pieces of
 * files by way of the page cache. */
#include "net/tcp_state.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

enum { TCP_SLICES_MAX = 64 };

static bool is_file(const struct stream_write *write, size_t i)
{
    return write->files && i < write->count && write->files[i].descriptor >= 0;
}

/* What comes before the next piece that lies in a file; *ret_more: there is one. */
static size_t gather(const struct tcp *tcp, struct iovec *pieces, bool *ret_more)
{
    size_t count = 0;
    LIST_EACH(node, &tcp->writes)
    {
        const struct stream_write *write = LIST_ITEM(node, struct stream_write, link);
        size_t skip = write->skip;
        for (size_t i = write->next; i < write->count && count < TCP_SLICES_MAX; i++) {
            if (is_file(write, i)) {
                *ret_more = true;
                return count;
            }
            pieces[count].iov_base = (void *)(uintptr_t)(write->slices[i].data + skip);
            pieces[count++].iov_len = write->slices[i].size - skip;
            skip = 0;
        }
        if (count == TCP_SLICES_MAX) {
            break;
        }
    }
    return count;
}

/* Moves a write on by up to *size sent bytes; true when it is complete. */
static bool write_advance(struct stream_write *write, size_t *size)
{
    while (write->next < write->count) {
        size_t left = write->slices[write->next].size - write->skip;
        if (*size < left) {
            write->skip += *size;
            *size = 0;
            return false;
        }
        *size -= left;
        write->next++;
        write->skip = 0;
    }
    return true;
}

static void tcp_sent(struct tcp *tcp, size_t size)
{
    struct list *node;
    while ((node = list_first(&tcp->writes))) {
        struct stream_write *write = LIST_ITEM(node, struct stream_write, link);
        if (!write_advance(write, &size)) {
            return;
        }
        list_remove(node);
        write->done(write, KC_ERR_NONE);
    }
}

/* From the page cache into the socket; pages are shared, not copied. */
static ssize_t send_file(const struct tcp *tcp, const struct stream_write *write, size_t size_max)
{
    const struct stream_file *file = &write->files[write->next];
    off_t position = (off_t)file->position + (off_t)write->skip;
    size_t size = MIN_OF(write->slices[write->next].size - write->skip, size_max);
    ssize_t sent = sendfile(tcp->descriptor, file->descriptor, &position, size);
    if (sent == 0) {
        errno = EIO; /* cut meanwhile: the frame cannot be finished */
        return -1;
    }
    return sent;
}

static ssize_t send_next(const struct tcp *tcp, size_t size_max)
{
    const struct stream_write *first =
        LIST_ITEM(list_first(&tcp->writes), struct stream_write, link);
    if (is_file(first, first->next)) {
        return send_file(tcp, first, size_max);
    }
    struct iovec pieces[TCP_SLICES_MAX];
    struct msghdr message = { .msg_iov = pieces };
    bool is_more = false;
    message.msg_iovlen = gather(tcp, pieces, &is_more);
    return sendmsg(tcp->descriptor, &message,
                   MSG_NOSIGNAL | MSG_DONTWAIT | (is_more ? MSG_MORE : 0));
}

/* While it is corked the kernel sends whole segments only: what stands before and after a piece of
 * a file goes with it, not as packets of its own. */
static void set_cork(const struct tcp *tcp, int value)
{
    (void)setsockopt(tcp->descriptor, IPPROTO_TCP, TCP_CORK, &value, sizeof(value));
}

static bool is_next_with_files(const struct tcp *tcp)
{
    const struct list *node = list_first(&tcp->writes);
    return node && LIST_ITEM(node, const struct stream_write, link)->files;
}

void tcp_flush(struct tcp *tcp)
{
    size_t budget = TCP_TURN_MAX;
    bool is_corked = is_next_with_files(tcp);
    tcp->is_flushing = true;
    if (is_corked) {
        set_cork(tcp, 1);
    }
    while (!tcp->is_closing && !list_is_empty(&tcp->writes) && budget > 0) {
        ssize_t sent = send_next(tcp, budget);
        if (sent < 0 && errno == EINTR) {
            continue;
        }
        if (sent < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                tcp_fail_later(tcp, -errno);
            }
            break;
        }
        budget -= MIN_OF(budget, (size_t)sent);
        tcp_sent(tcp, (size_t)sent);
    }
    tcp->is_flushing = false;
    if (is_corked && !tcp->is_closing) {
        set_cork(tcp, 0);
    }
    if (!tcp->is_closing && tcp->wants_half_close && list_is_empty(&tcp->writes)) {
        tcp->wants_half_close = false;
        (void)shutdown(tcp->descriptor, SHUT_WR);
    }
    tcp_poll(tcp);
}

void tcp_finish_writes(struct tcp *tcp, enum kc_err err)
{
    struct list *node;
    while ((node = list_first(&tcp->writes))) {
        list_remove(node);
        struct stream_write *write = LIST_ITEM(node, struct stream_write, link);
        write->done(write, err);
    }
}
