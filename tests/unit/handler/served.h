/* tests: a broker in a child process over a fresh directory, and a blocking line to it: one request
 * out, one answer in, decoded to its last byte. Everything fails the test instead of returning. */
#ifndef HANDLER_SERVED_H
#define HANDLER_SERVED_H

#include "base/arena.h"
#include "wire/frame.h"
#include "wire/messages.h"

#include <limits.h>
#include <sys/types.h>

struct served {
    char directory[PATH_MAX]; /* log.dirs */
    pid_t child;
    int port;
};

/* settings: name, value, ..., NULL; may be NULL. The same struct starts again after served_stop. */
void served_init(struct served *served);
void served_start(struct served *served, const char *const *settings);

/* SIGTERM; the child must end with status 0 (no leaks, no sanitizer reports). */
void served_stop(struct served *served);

/* SIGKILL. */
void served_kill(struct served *served);

struct line {
    int socket;
    int32_t correlation_id;
    struct arena arena; /* of the answers; reset by line_ask */
    struct bytes frame; /* the last answer */
};

void line_open(struct line *line, const struct served *served);
void line_close(struct line *line);

/* Sends without waiting. */
void line_send(struct line *line, int16_t key, int16_t version, const void *request);

void line_send_raw(struct line *line, struct slice bytes);

/* Waits for the answer of what was sent; the message borrows from the line. */
void line_receive(struct line *line, int16_t key, int16_t version, void *ret_response);
void line_ask(struct line *line, int16_t key, int16_t version, const void *request,
              void *ret_response);

/* True when the broker closes instead of answering. */
bool line_is_closed(struct line *line);

/* Ready-made: a topic that is there when this returns; the coordinator of a group ditto. */
struct uuid line_create_topic(struct line *line, const char *name, int32_t partitions);
void line_await_coordinator(struct line *line, const char *group);

#endif
