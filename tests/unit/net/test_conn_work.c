/* tests: a login whose arithmetic takes long, and who lives on the same loop meanwhile. */
#include "support/stage.h"

#include "base/bytes.h"
#include "sasl/credential.h"
#include "sasl/mechanism.h"

/* The most that is allowed: some 50 ms. A question and its answer take a hundredth of that. */
#define ITERATIONS "131072"
enum { TURNS_MIN = 5 };

struct scene {
    struct stage stage;
    struct listener *listener;
    struct credential *credential;
    struct conn *slow; /* logs in by SCRAM */
    struct conn *busy; /* asks, without a login, again and again */
    bool is_busy_ready;
    bool has_challenged;
    bool is_proven; /* the slow one's proof came */
    bool is_closed;
    enum kc_err closed_err;
    int turns; /* of the busy one between those */
};

/* "n,,n=alice,r=NONCE" is answered with a challenge, what comes next refused. */
static void answer_authenticate(struct scene *scene, struct session *session,
                                const struct session_request *request)
{
    struct sasl_authenticate_request asked;
    struct sasl_authenticate_response response;
    char challenge[256] = "";
    struct reader body = request->body;
    struct arena arena;
    arena_init(&arena, 1 << 16);
    assert_int_equal(message_decode(&sasl_authenticate_request_type, request->head.version, &body,
                                    &arena, &asked),
                     0);
    message_defaults(&sasl_authenticate_response_type, &response);
    if (!scene->has_challenged) {
        static const char head[] = "n,,n=alice,r=";
        struct slice nonce = slice_of(asked.auth_bytes.data + sizeof(head) - 1,
                                      asked.auth_bytes.size - (sizeof(head) - 1));
        (void)snprintf(challenge, sizeof(challenge),
                       "r=%.*smore,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=" ITERATIONS, SLICE_ARGS(nonce));
        response.auth_bytes = slice_text(challenge);
        scene->has_challenged = true;
    } else {
        scene->is_proven = true;
        response.error_code = KC_ERR_SASL_AUTHENTICATION_FAILED;
    }
    arena_finish(&arena);
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct scene *scene = context;
    struct sasl_handshake_response handshake;
    struct metadata_response metadata;
    switch (request->head.key) {
    case API_API_VERSIONS:
        assert_int_equal(stage_answer_versions(session), 0);
        return;
    case API_SASL_HANDSHAKE:
        message_defaults(&sasl_handshake_response_type, &handshake);
        assert_int_equal(session_answer(session, &handshake, NULL, NULL), 0);
        return;
    case API_SASL_AUTHENTICATE:
        answer_authenticate(scene, session, request);
        return;
    default:
        message_defaults(&metadata_response_type, &metadata);
        assert_int_equal(session_answer(session, &metadata, NULL, NULL), 0);
    }
}

static void ask(struct scene *scene);

static void on_done(void *context, const struct conn_reply *reply)
{
    struct scene *scene = context;
    scene->turns += scene->has_challenged && !scene->is_proven;
    if (reply->err == KC_ERR_NONE) {
        ask(scene);
    }
}

static void ask(struct scene *scene)
{
    struct metadata_request request;
    message_defaults(&metadata_request_type, &request);
    const struct conn_request sending = { .api_key = API_METADATA,
                                          .version = 12,
                                          .message = &request,
                                          .done = on_done,
                                          .context = scene };
    assert_int_equal(conn_send(scene->busy, &sending), 0);
}

static void on_ready(void *context, struct conn *conn)
{
    struct scene *scene = context;
    assert_ptr_equal(conn, scene->busy);
    scene->is_busy_ready = true;
}

static void on_closed(void *context, struct conn *conn, enum kc_err err, const char *text)
{
    struct scene *scene = context;
    (void)text;
    assert_ptr_equal(conn, scene->slow);
    scene->is_closed = true;
    scene->closed_err = err;
}

static const struct listener_handler broker_calls = { .on_request = on_request };
static const struct conn_handler conn_calls = { .on_ready = on_ready, .on_closed = on_closed };

static struct conn *connect_one(struct scene *scene, const struct credential *credential)
{
    const struct conn_options options = { .loop = scene->stage.loop,
                                          .trace = &scene->stage.trace,
                                          .credential = credential };
    struct conn *conn = conn_create(&options, &conn_calls, scene);
    assert_non_null(conn);
    assert_int_equal(conn_open(conn, "127.0.0.1", listener_port(scene->listener)), 0);
    return conn;
}

static void scene_init(struct scene *scene)
{
    memset(scene, 0, sizeof(*scene));
    stage_init(&scene->stage);
    const struct listener_options options = { .loop = scene->stage.loop, .host = "127.0.0.1" };
    assert_int_equal(listener_open(&options, &broker_calls, scene, &scene->listener, NULL), 0);
    scene->credential = credential_create(mechanism_find(slice_text("SCRAM-SHA-256")),
                                          slice_text("alice"), slice_text("sesame"), false);
}

static void scene_finish(struct scene *scene)
{
    conn_destroy(scene->slow);
    conn_destroy(scene->busy);
    listener_destroy(scene->listener);
    credential_destroy(scene->credential);
    stage_finish(&scene->stage);
}

TEST(others_are_served_while_a_password_is_salted)
{
    struct scene scene;
    scene_init(&scene);
    scene.busy = connect_one(&scene, NULL);
    stage_run(&scene.stage, stage_flag, &scene.is_busy_ready);
    ask(&scene);
    scene.slow = connect_one(&scene, scene.credential);
    stage_run(&scene.stage, stage_flag, &scene.is_closed);
    assert_int_equal(scene.closed_err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_true(scene.is_proven);
    assert_in_range(scene.turns, TURNS_MIN, INT32_MAX);
    scene_finish(&scene);
}

static bool is_salting(void *context)
{
    struct scene *scene = context;
    return scene->has_challenged && scene->turns > 1;
}

/* The work goes on with what is its own: the credential is gone, too. */
TEST(a_connection_may_end_while_its_password_is_salted)
{
    struct scene scene;
    scene_init(&scene);
    scene.busy = connect_one(&scene, NULL);
    stage_run(&scene.stage, stage_flag, &scene.is_busy_ready);
    ask(&scene);
    scene.slow = connect_one(&scene, scene.credential);
    stage_run(&scene.stage, is_salting, &scene);
    assert_false(scene.is_proven);
    scene_finish(&scene);
}
