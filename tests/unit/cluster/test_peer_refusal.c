/* tests: brokers that refuse a login: requests fail with that at once, nobody knocks without pause,
 * and who is let in later is served. */
#include "support/stage.h"

#include "cluster/cluster.h"
#include "sasl/credential.h"
#include "sasl/mechanism.h"

enum { QUICK_MS = 2000 };

struct gate {
    struct stage stage;
    struct listener *listener;
    struct listener *stranger; /* speaks HTTP */
    struct credential *credential;
    struct cluster *cluster;
    bool is_open;
    bool spurns; /* whoever does not log in, as Kafka does it */
    int knocks;
    int served;
    bool is_done;
    enum kc_err err;
    char text[400];
};

static void answer_login(struct gate *gate, struct session *session)
{
    struct sasl_authenticate_response response;
    message_defaults(&sasl_authenticate_response_type, &response);
    gate->knocks++;
    response.error_code = gate->is_open ? 0 : KC_ERR_SASL_AUTHENTICATION_FAILED;
    assert_int_equal(session_answer(session, &response, NULL, NULL), 0);
}

static void on_request(void *context, struct session *session,
                       const struct session_request *request)
{
    struct gate *gate = context;
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
        answer_login(gate, session);
        return;
    default:
        if (gate->spurns) {
            gate->knocks++;
            session_close(session, "script");
            return;
        }
        gate->served++;
        message_defaults(&metadata_response_type, &metadata);
        assert_int_equal(session_answer(session, &metadata, NULL, NULL), 0);
    }
}

static const struct listener_handler gate_calls = { .on_request = on_request };

static void on_stranger(void *context, struct session *session,
                        const struct session_request *request)
{
    static const char answer[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    struct bytes out;
    struct writer writer;
    (void)context;
    (void)request;
    bytes_init(&out, 1 << 20);
    assert_true(bytes_append(&out, answer, sizeof(answer) - 1));
    writer_init(&writer, &out);
    session_reply(session, &writer, NULL, NULL);
    bytes_finish(&out);
}

static const struct listener_handler stranger_calls = { .on_request = on_stranger };

static void gate_open(struct gate *gate, bool logs_in, bool has_stranger)
{
    static uint64_t seed;
    struct cluster_options options;
    char servers[128];
    struct kc_error error;
    memset(gate, 0, sizeof(*gate));
    stage_init(&gate->stage);
    const struct listener_options listening = { .loop = gate->stage.loop, .host = "127.0.0.1" };
    assert_int_equal(listener_open(&listening, &gate_calls, gate, &gate->listener, NULL), 0);
    assert_int_equal(listener_open(&listening, &stranger_calls, gate, &gate->stranger, NULL), 0);
    gate->credential = credential_create(mechanism_find(slice_text("PLAIN")), slice_text("alice"),
                                         slice_text("sesame"), false);
    cluster_options_defaults(&options);
    (void)snprintf(servers, sizeof(servers), "127.0.0.1:%u",
                   (unsigned)listener_port(gate->listener));
    if (has_stranger) {
        (void)snprintf(servers, sizeof(servers), "127.0.0.1:%u,127.0.0.1:%u",
                       (unsigned)listener_port(gate->stranger),
                       (unsigned)listener_port(gate->listener));
    }
    options.loop = gate->stage.loop;
    options.trace = &gate->stage.trace;
    options.client_id = slice_text("tester");
    options.credential = logs_in ? gate->credential : NULL;
    options.reconnect = (struct retry_policy){ logs_in ? 300 : 20, 300 };
    options.retry = (struct retry_policy){ 10, 100 };
    options.seed = seed++;
    assert_int_equal(address_list_parse(slice_text(servers), &options.bootstrap, &error), 0);
    gate->cluster = cluster_create(&options);
    address_list_finish(&options.bootstrap);
}

static void gate_init(struct gate *gate)
{
    gate_open(gate, true, false);
}

static void gate_finish(struct gate *gate)
{
    assert_null(strstr(gate->stage.lines, "sesame"));
    cluster_destroy(gate->cluster);
    listener_destroy(gate->listener);
    listener_destroy(gate->stranger);
    credential_destroy(gate->credential);
    stage_finish(&gate->stage);
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct gate *gate = request->context;
    gate->is_done = true;
    gate->err = reply->err;
    (void)snprintf(gate->text, sizeof(gate->text), "%s", reply->text ? reply->text : "");
}

/* How long it took, in ms. */
static int64_t ask(struct gate *gate)
{
    struct metadata_request message;
    struct cluster_request request = { .target = CLUSTER_ANY,
                                       .api_key = API_METADATA,
                                       .is_idempotent = true,
                                       .message = &message,
                                       .done = on_done,
                                       .context = gate };
    int64_t start_us = loop_now_us(gate->stage.loop);
    message_defaults(&metadata_request_type, &message);
    gate->is_done = false;
    cluster_request(gate->cluster, &request);
    stage_run(&gate->stage, stage_flag, &gate->is_done);
    return (loop_now_us(gate->stage.loop) - start_us) / 1000;
}

TEST(a_refused_login_is_told_and_not_tried_without_pause)
{
    struct gate gate;
    struct kc_error error = { 0 };
    gate_init(&gate);
    assert_false(cluster_refusal(gate.cluster, &error));
    for (int i = 0; i < 20; i++) {
        assert_in_range(ask(&gate), 0, QUICK_MS);
        assert_int_equal(gate.err, KC_ERR_SASL_AUTHENTICATION_FAILED);
        assert_non_null(strstr(gate.text, "cannot log in to 127.0.0.1:"));
        assert_non_null(strstr(gate.text, "check sasl.username and sasl.password"));
    }
    assert_true(cluster_refusal(gate.cluster, &error));
    assert_int_equal(error.code, KC_ERR_SASL_AUTHENTICATION_FAILED);
    assert_in_range(gate.knocks, 1, 10); /* twenty asked */
    assert_int_equal(gate.served, 0);
    gate_finish(&gate);
}

static bool may_knock(void *context)
{
    struct gate *gate = context;
    return gate->knocks > 1;
}

TEST(who_is_let_in_later_is_served)
{
    struct gate gate;
    struct kc_error error;
    gate_init(&gate);
    (void)ask(&gate);
    assert_int_equal(gate.err, KC_ERR_SASL_AUTHENTICATION_FAILED);
    gate.is_open = true;
    while (gate.err != KC_ERR_NONE) { /* the backoff has an end */
        (void)ask(&gate);
    }
    assert_int_equal(gate.knocks, 2);
    assert_int_equal(gate.served, 1);
    assert_false(cluster_refusal(gate.cluster, &error));
    gate_finish(&gate);
}

/* A handle that nobody uses lets a broker alone; one that wants a topic asks for it again. */
TEST(a_wanted_topic_is_asked_for_again)
{
    struct gate gate;
    gate_init(&gate);
    assert_int_equal(cluster_want_topic(gate.cluster, slice_text("t")), 0);
    stage_run(&gate.stage, may_knock, &gate);
    gate_finish(&gate);
}

TEST(a_broker_that_hangs_up_on_who_does_not_log_in)
{
    struct gate gate;
    struct kc_error error;
    gate_open(&gate, false, false);
    gate.spurns = true;
    (void)ask(&gate);
    assert_int_equal(gate.err, KC_ERR_WRONG_PROTOCOL);
    assert_non_null(strstr(gate.text, "does that listener want a login? security.protocol is "
                                      "PLAINTEXT; check security.protocol and the port"));
    assert_in_range(gate.knocks, 3, 5); /* not at the first: a broker may be going down */
    assert_true(cluster_refusal(gate.cluster, &error));
    int knocks = gate.knocks;
    assert_in_range(ask(&gate), 0, QUICK_MS);
    assert_int_equal(gate.err, KC_ERR_WRONG_PROTOCOL);
    assert_in_range(gate.knocks, knocks, knocks + 1);
    gate.spurns = false;
    while (gate.err != KC_ERR_NONE) {
        (void)ask(&gate);
    }
    assert_false(cluster_refusal(gate.cluster, &error));
    gate_finish(&gate);
}

/* Another of the addresses is as good as any: what one of them speaks tells nothing of it. */
TEST(a_stranger_among_the_addresses_does_no_harm)
{
    for (int i = 0; i < 8; i++) {
        struct gate gate;
        gate_open(&gate, false, true);
        assert_in_range(ask(&gate), 0, QUICK_MS);
        assert_int_equal(gate.err, KC_ERR_NONE);
        gate_finish(&gate);
    }
}
