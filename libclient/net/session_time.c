/* net: an accepted connection and time: what makes it overdue, and pauses that it is told to make.
 */
#include "net/session_state.h"

/* A frame is given its time, and on top of it what a line of this speed takes. */
enum { SESSION_SPEED_MIN = 64 /* bytes a millisecond */ };

static void on_unmute(struct loop_timer *timer)
{
    struct session *session = timer->context;
    session_enter(session);
    session->is_muted = false;
    session->active_us = session_now_us(session); /* its silence was ours */
    session_pump(session);
    session_leave(session);
}

void session_mute(struct session *session, int64_t ms)
{
    if (!session->stream) {
        return;
    }
    int64_t until_us = session_now_us(session) + ms * 1000;
    if (!session->is_muted) {
        loop_timer_init(&session->unmute, session->listener->options.loop, on_unmute, session);
    } else if (until_us <= session->unmute.deadline_us) {
        return;
    }
    session->is_muted = true;
    loop_timer_start_at(&session->unmute, until_us);
    session_adjust_reading(session);
}

const char *session_overdue(struct session *session, int64_t now_us)
{
    const struct listener_limits *limits = &session->listener->limits;
    if (session_is_sending(session)) {
        size_t left = session_unsent(session);
        if (left != session->write_left) {
            session->write_left = left;
            session->write_moved_us = now_us;
        }
        return now_us - session->write_moved_us >= limits->write_ms_max * 1000
                   ? "it does not read its answers"
                   : NULL;
    }
    if (session->is_reading && session->frame_started_us) {
        size_t received = session->reader.frame ? session->reader.frame->size : 0;
        int64_t allowed_ms = limits->frame_ms_max + (int64_t)(received / SESSION_SPEED_MIN);
        return now_us - session->frame_started_us >= allowed_ms * 1000
                   ? "a frame that does not arrive"
                   : NULL;
    }
    if (session->has_current || session->queue.count > 0) {
        return NULL;
    }
    int64_t quiet_ms = (now_us - session->active_us) / 1000;
    if (!session->has_spoken) {
        return quiet_ms >= limits->silent_ms_max ? "it says nothing" : NULL;
    }
    return quiet_ms >= limits->idle_ms_max ? "it is idle" : NULL;
}
