/* net: the arithmetic of a login, on a thread of the pool: a server may ask for a tenth of a second
 * of it, and other connections live on this loop. It outlives the connection if it has to. */
#include "net/conn_state.h"

#include <stdlib.h>

struct conn_work {
    struct loop_job job;
    struct mechanism_chore *chore;
    struct conn *conn; /* NULL: gone */
};

static void on_work(struct loop_job *job)
{
    struct conn_work *work = CONTAINER_OF(job, struct conn_work, job);
    work->chore->work(work->chore);
}

static void on_done(struct loop_job *job)
{
    struct conn_work *work = CONTAINER_OF(job, struct conn_work, job);
    struct conn *conn = work->conn;
    if (conn) {
        conn->work = NULL;
        conn_login_resume(conn, work->chore);
    }
    work->chore->destroy(work->chore);
    free(work);
}

bool conn_work_start(struct conn *conn)
{
    struct conn_work *work = calloc(1, sizeof(*work));
    if (!work) {
        return false;
    }
    work->job = (struct loop_job){ .work = on_work, .done = on_done };
    work->chore = login_chore(&conn->login);
    work->conn = conn;
    conn->work = work;
    loop_work(conn->options.loop, &work->job);
    return true;
}

void conn_work_leave(struct conn *conn)
{
    if (conn->work) {
        conn->work->conn = NULL;
        conn->work = NULL;
    }
}
