/* net: requests that are handed out while earlier ones of their connection are in process. */
#include "net/session_state.h"

#include <assert.h>

enum { SESSION_FRAME_OVERHEAD = 64 };

size_t session_frame_cost(const struct frame_buffer *frame)
{
    return frame->capacity + SESSION_FRAME_OVERHEAD;
}

size_t session_bytes_in_process(const struct session *session)
{
    size_t bytes = session->has_current ? session_frame_cost(session->current.frame) : 0;
    for (size_t i = 0; i < session->ahead_count; i++) {
        bytes += session_frame_cost(session->ahead[i].frame);
    }
    return bytes;
}

void session_allow_ahead(struct session *session)
{
    session->allows_ahead = session->listener && session->listener->handler->on_ahead;
}

static bool may_offer(const struct session *session, const struct frame_buffer *frame)
{
    return session->allows_ahead && !session->is_refused &&
           session->ahead_count < SESSION_AHEAD_MAX &&
           session_bytes_in_process(session) + session_frame_cost(frame) <= SESSION_AHEAD_BYTES_MAX;
}

/* A header that cannot be read is dealt with when its turn has come. */
static bool is_taken(struct session *session, struct session_request *request)
{
    const struct listener *listener = session->listener;
    reader_init(&request->body, frame_buffer_slice(request->frame));
    return request_head_read(&request->body, &request->head) == KC_ERR_NONE &&
           listener->handler->on_ahead(listener->context, session, request);
}

bool session_offer(struct session *session)
{
    struct frame_buffer *frame = session->queue.items[session->queue.first];
    if (!may_offer(session, frame)) {
        return false;
    }
    struct session_request *request = &session->ahead[session->ahead_count++];
    *request = (struct session_request){ .frame = frame };
    if (!is_taken(session, request)) {
        session->ahead_count--;
        session->is_refused = true;
        return false;
    }
    struct frame_buffer *taken = frame_queue_pop(&session->queue);
    assert(taken == frame);
    (void)taken;
    return true;
}

void session_follow(struct session *session)
{
    if (session->ahead_count == 0) {
        session->allows_ahead = false;
        return;
    }
    session->current = session->ahead[0];
    session->has_current = true;
    session->is_turn = true;
    session->ahead_count--;
    memmove(session->ahead, session->ahead + 1, session->ahead_count * sizeof(session->ahead[0]));
}
