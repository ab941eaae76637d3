/* net: an ordered flow of bytes both ways, as a stack of filters with TCP at the bottom. Users see
 * only this header; TLS slots in between. Loop thread only. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/loop.h"

struct stream;

/* A piece of a write that lies in a file. The filter sends it from the page cache where it can; a
 * file that has become too short ends the connection, since the peer was told of more. */
struct stream_file {
    int descriptor; /* stays open until the write is done; -1: the piece is in memory */
    int64_t position;
};

/* One write under way. The caller owns it and everything it points at until done is called. */
struct stream_write {
    const struct slice *slices;
    const struct stream_file *files; /* one for each slice, which has the size, and data that is not
                                        looked at; NULL: all is in memory */
    size_t count;
    /* Called once: the bytes are in the kernel (err 0) or never will be; either way the memory is
     * free again. May run before stream_write returns. */
    void (*done)(struct stream_write *write, enum kc_err err);
    struct list link; /* the stream's own, as are the following */
    size_t next;      /* first slice that is not wholly written */
    size_t skip;      /* bytes of it that are */
};

/* What the user of a stream is told. None of it is called after stream_destroy. */
struct stream_handler {
    /* Ready for reads and writes (connected, and secured where the stack says so). */
    void (*on_open)(void *context);
    /* Where to put the next bytes: memory that stays until on_read; size at least 1. */
    void (*on_space)(void *context, uint8_t **ret_data, size_t *ret_size);
    /* size bytes were put there. */
    void (*on_read)(void *context, size_t size);
    /* No more will come: err 0 when the peer ended its side, else the failure (also of connecting:
     * KC_ERR_CONNECT, KC_ERR_DISCONNECTED, KC_ERR_SSL) with text "Connection refused". Called once
     * at most; queued writes are failed first. The user then destroys the stream. */
    void (*on_end)(void *context, enum kc_err err, const char *text);
};

/* A filter. Every filter's first member is a struct stream; it is the handler of the one below. */
struct stream_filter {
    const char *name;
    void (*write)(struct stream *stream, struct stream_write *write);
    void (*read_start)(struct stream *stream);
    void (*read_stop)(struct stream *stream);
    void (*half_close)(struct stream *stream);
    /* Destroys the filter and those below; queued writes are done with KC_ERR_CLOSED before it
     * returns, kernel handles go later by themselves. reset: no lingering, drop unsent bytes. */
    void (*destroy)(struct stream *stream, bool reset);
};

struct stream {
    const struct stream_filter *filter;
    const struct stream_handler *handler;
    void *context;        /* of the handler */
    struct stream *below; /* NULL at the bottom */
};

static inline void stream_listen(struct stream *stream, const struct stream_handler *handler,
                                 void *context)
{
    stream->handler = handler;
    stream->context = context;
}

/* Writes are sent in order. */
static inline void stream_write(struct stream *stream, struct stream_write *write)
{
    stream->filter->write(stream, write);
}

/* Reading begins stopped. on_read may stop it, or destroy the stream. */
static inline void stream_read_start(struct stream *stream)
{
    stream->filter->read_start(stream);
}

static inline void stream_read_stop(struct stream *stream)
{
    stream->filter->read_stop(stream);
}

/* Tells the peer that no more comes, once the queued writes are out. */
static inline void stream_half_close(struct stream *stream)
{
    stream->filter->half_close(stream);
}

/* NULL is fine. */
static inline void stream_destroy(struct stream *stream, bool reset)
{
    if (stream) {
        stream->filter->destroy(stream, reset);
    }
}

/* Puts a filter over a bottom stream, for TLS: takes `below` and gives the new top, or NULL
 * (memory; below is then destroyed). host is what the peer must prove to be, NULL when accepting.
 */
struct stream_wrap {
    struct stream *(*wrap)(void *context, struct stream *below, const char *host);
    void *context;
};

#endif
