/* net: the ApiVersions exchange. */
#include "net/handshake.h"

#include "base/attr.h"

#include "wire/frame.h"

#include <stdarg.h>
#include <stdio.h>

/* A response lists some ninety APIs of a dozen bytes; features may follow. */
enum { HANDSHAKE_ARENA_MAX = 1 << 20 };

void handshake_init(struct handshake *handshake, struct slice client_id, const char *software_name,
                    const char *software_version, struct version_table *versions)
{
    *handshake = (struct handshake){
        .client_id = client_id,
        .software_name = software_name,
        .software_version = software_version,
        .versions = versions,
        .version = api_find(API_API_VERSIONS)->version_max,
    };
    version_table_clear(versions);
}

BASE_PRINTF(3, 4)
static enum kc_err handshake_fail(struct handshake *handshake, enum kc_err err, const char *format,
                                  ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(handshake->error.text, sizeof(handshake->error.text), format, arguments);
    va_end(arguments);
    handshake->error.code = err;
    handshake->state = HANDSHAKE_FAILED;
    return err;
}

static enum kc_err send_versions(struct handshake *handshake, struct bytes *out)
{
    struct api_versions_request request;
    message_defaults(&api_versions_request_type, &request);
    if (handshake->version >= 3) { /* KIP-511 */
        request.client_software_name = slice_text(handshake->software_name);
        request.client_software_version = slice_text(handshake->software_version);
    }
    struct writer writer;
    writer_init(&writer, out);
    handshake->correlation_id++;
    enum kc_err err = request_write(&writer, api_find(API_API_VERSIONS), handshake->version,
                                    handshake->correlation_id, handshake->client_id, &request);
    if (err != KC_ERR_NONE) {
        return handshake_fail(handshake, err, "%s", kc_err_text(err));
    }
    handshake->state = HANDSHAKE_VERSIONS;
    return KC_ERR_NONE;
}

enum kc_err handshake_start(struct handshake *handshake, struct bytes *out)
{
    return send_versions(handshake, out);
}

/* KIP-511: a broker that lacks our version answers in version 0 with the range of versions it has;
 * one that is older still gives an empty list. */
static enum kc_err step_downgrade(struct handshake *handshake,
                                  const struct api_versions_response *response, struct bytes *out)
{
    if (handshake->is_downgraded || handshake->version == 0) {
        return handshake_fail(handshake, KC_ERR_UNSUPPORTED_VERSION,
                              "the broker refuses every version of ApiVersions");
    }
    int16_t version = 0;
    for (int32_t i = 0; i < response->api_keys.count; i++) {
        const struct api_versions_response_api_version *item = &response->api_keys.items[i];
        if (item->api_key == API_API_VERSIONS) {
            version = item->max_version;
        }
    }
    if (version < 0 || version >= handshake->version) {
        return handshake_fail(handshake, KC_ERR_UNSUPPORTED_VERSION,
                              "the broker refuses ApiVersions %d and offers %d", handshake->version,
                              version);
    }
    handshake->is_downgraded = true;
    handshake->version = version;
    return send_versions(handshake, out);
}

static enum kc_err step_versions(struct handshake *handshake, struct slice frame,
                                 struct arena *arena, struct bytes *out)
{
    const struct api *api = api_find(API_API_VERSIONS);
    struct reader reader;
    reader_init(&reader, frame);
    int32_t correlation_id = 0;
    enum kc_err err = response_head_read(&reader, api, handshake->version, &correlation_id);
    if (err != KC_ERR_NONE || correlation_id != handshake->correlation_id) {
        return handshake_fail(handshake, KC_ERR_MALFORMED,
                              "the answer to ApiVersions is not Kafka's");
    }
    struct reader peek = reader;
    bool is_refused = read_i16(&peek) == KC_ERR_UNSUPPORTED_VERSION;
    struct api_versions_response response;
    err = message_decode(api->response, is_refused ? 0 : handshake->version, &reader, arena,
                         &response);
    if (err != KC_ERR_NONE) {
        return handshake_fail(handshake, err, "the answer to ApiVersions cannot be read");
    }
    if (is_refused) {
        return step_downgrade(handshake, &response, out);
    }
    if (response.error_code != KC_ERR_NONE) {
        return handshake_fail(handshake, (enum kc_err)response.error_code,
                              "the broker answers ApiVersions with %s",
                              kc_err_name((enum kc_err)response.error_code));
    }
    version_table_fill(handshake->versions, &response);
    handshake->state = HANDSHAKE_DONE;
    return KC_ERR_NONE;
}

enum kc_err handshake_step(struct handshake *handshake, struct slice frame, struct bytes *out)
{
    if (handshake->state != HANDSHAKE_VERSIONS) {
        return handshake_fail(handshake, KC_ERR_WRONG_STATE, "an answer that nothing asked for");
    }
    struct arena arena;
    arena_init(&arena, HANDSHAKE_ARENA_MAX);
    enum kc_err err = step_versions(handshake, frame, &arena, out);
    arena_finish(&arena);
    return err;
}
