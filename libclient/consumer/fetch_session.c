/* consumer: incremental fetches from one broker. */
#include "consumer/fetch_session.h"

#include <stdlib.h>

static void fetch_session_clear(struct fetch_session *session)
{
    while (session->gone_count > 0) {
        claim_drop(session->gone[--session->gone_count].claim);
    }
}

void fetch_session_sent(struct fetch_session *session)
{
    fetch_session_clear(session);
    session->is_opening = session->id == FETCH_SESSION_NONE;
}

static void fetch_session_give_up(struct fetch_session *session)
{
    session->left_id = fetch_session_at_broker(session);
    session->is_opening = false;
    session->id = FETCH_SESSION_NONE;
    session->epoch = FETCH_SESSION_EPOCH_FIRST;
}

void fetch_session_reset(struct fetch_session *session, uint64_t number)
{
    fetch_session_clear(session);
    fetch_session_give_up(session);
    session->number = number;
}

void fetch_session_finish(struct fetch_session *session)
{
    fetch_session_clear(session);
    free(session->gone);
    memset(session, 0, sizeof(*session));
}

/* A partition that left and came back before the broker heard of it: brokers add first and remove
 * then, so it must not be in both lists. */
static void fetch_session_return(struct fetch_session *session, const struct claim *claim)
{
    for (size_t i = 0; i < session->gone_count; i++) {
        const struct claim *gone = session->gone[i].claim;
        if (gone->partition == claim->partition &&
            slice_equal(claim_topic(gone), claim_topic(claim))) {
            claim_drop(session->gone[i].claim);
            session->gone[i] = session->gone[--session->gone_count];
            return;
        }
    }
}

bool fetch_session_tell(struct fetch_session *session, struct position *position,
                        const struct fetch_told *told)
{
    bool is_known = session->id != FETCH_SESSION_NONE && position->session == session->number;

    if (is_known && uuid_equal(&position->told_id, &told->topic_id) &&
        position->told_offset == told->offset && position->told_last_epoch == told->last_epoch &&
        position->told_current_epoch == told->current_epoch) {
        return false;
    }
    if (!is_known) {
        fetch_session_return(session, position->claim);
    }
    position->session = session->number;
    position->told_id = told->topic_id;
    position->told_offset = told->offset;
    position->told_last_epoch = told->last_epoch;
    position->told_current_epoch = told->current_epoch;
    return true;
}

void fetch_session_leave(struct fetch_session *session, struct position *position)
{
    bool is_open = session->id != FETCH_SESSION_NONE || session->is_opening;

    if (!is_open || position->session != session->number) {
        return;
    }
    position->session = 0;
    if (session->gone_count == session->gone_room) {
        size_t room = session->gone_room ? session->gone_room * 2 : 16;
        struct fetch_gone *gone = realloc(session->gone, room * sizeof(*gone));
        if (!gone) {
            fetch_session_give_up(session);
            return;
        }
        session->gone = gone;
        session->gone_room = room;
    }
    claim_take(position->claim);
    session->gone[session->gone_count++] =
        (struct fetch_gone){ position->claim, position->told_id };
}

bool fetch_session_on_answer(struct fetch_session *session, int32_t id)
{
    bool is_expected = session->id == id || session->is_opening;

    session->is_opening = false;
    session->left_id = FETCH_SESSION_NONE;
    if (id == FETCH_SESSION_NONE || !is_expected) {
        fetch_session_clear(session);
        session->id = FETCH_SESSION_NONE;
        session->epoch = FETCH_SESSION_EPOCH_FIRST;
        return false;
    }
    session->id = id;
    session->epoch = session->epoch == INT32_MAX ? 1 : session->epoch + 1;
    return true;
}
