/* coordinator: classic members of consumer groups. */
#include "coordinator/next_classic.h"

#include "coordinator/group_parts.h"

#include <stdlib.h>

static struct next_classic *make(int32_t session_ms, int32_t count)
{
    struct next_classic *classic = calloc(1, sizeof(*classic));
    if (!classic) {
        return NULL;
    }
    classic->session_ms = session_ms;
    classic->protocols = calloc((size_t)count + 1, sizeof(*classic->protocols));
    classic->protocol_count = classic->protocols ? count : 0;
    if (!classic->protocols) {
        next_classic_destroy(classic);
        return NULL;
    }
    return classic;
}

static struct next_classic *done(struct next_classic *classic, bool good)
{
    if (!good) {
        next_classic_destroy(classic);
        return NULL;
    }
    return classic;
}

struct next_classic *next_classic_of_join(const struct join_group_request *request)
{
    struct next_classic *classic = make(request->session_timeout_ms, request->protocols.count);
    bool good = classic != NULL;
    for (int32_t i = 0; good && i < classic->protocol_count; i++) {
        good = protocol_set(&classic->protocols[i], request->protocols.items[i].name,
                            request->protocols.items[i].metadata);
    }
    return done(classic, good);
}

struct next_classic *next_classic_of_member(const struct group_member *member)
{
    struct next_classic *classic = make(member->session_ms, member->protocol_count);
    bool good = classic != NULL;
    for (int32_t i = 0; good && i < classic->protocol_count; i++) {
        good = protocol_set(&classic->protocols[i], slice_text(member->protocols[i].name),
                            member->protocols[i].metadata);
    }
    return done(classic, good);
}

struct next_classic *next_classic_of_record(
    const struct consumer_group_member_metadata_value_classic_member_metadata *stored)
{
    struct next_classic *classic =
        make(stored->session_timeout_ms, stored->supported_protocols.count);
    bool good = classic != NULL;
    for (int32_t i = 0; good && i < classic->protocol_count; i++) {
        good = protocol_set(&classic->protocols[i], stored->supported_protocols.items[i].name,
                            stored->supported_protocols.items[i].metadata);
    }
    return done(classic, good);
}

void next_classic_destroy(struct next_classic *classic)
{
    if (classic) {
        protocols_destroy(classic->protocols, classic->protocol_count);
        free(classic);
    }
}

bool next_classic_copy(const struct next_classic *classic, struct next_classic **ret_copy)
{
    struct next_classic *copy = classic ? make(classic->session_ms, classic->protocol_count) : NULL;
    bool good = copy || !classic;
    for (int32_t i = 0; copy && good && i < copy->protocol_count; i++) {
        good = protocol_set(&copy->protocols[i], slice_text(classic->protocols[i].name),
                            classic->protocols[i].metadata);
    }
    copy = done(copy, good);
    if (good) {
        *ret_copy = copy;
    }
    return good;
}

bool next_classic_equal(const struct next_classic *a, const struct next_classic *b)
{
    if (!a || !b) {
        return a == b;
    }
    bool equal = a->session_ms == b->session_ms && a->protocol_count == b->protocol_count;
    for (int32_t i = 0; equal && i < a->protocol_count; i++) {
        equal = strcmp(a->protocols[i].name, b->protocols[i].name) == 0 &&
                slice_equal(a->protocols[i].metadata, b->protocols[i].metadata);
    }
    return equal;
}

size_t next_classic_bytes(const struct next_classic *classic)
{
    size_t bytes = 0;
    for (int32_t i = 0; i < classic->protocol_count; i++) {
        bytes += strlen(classic->protocols[i].name) + classic->protocols[i].metadata.size;
    }
    return bytes;
}

bool next_classic_offers(const struct next_classic *classic, struct slice protocol)
{
    for (int32_t i = 0; i < classic->protocol_count; i++) {
        if (slice_is(protocol, classic->protocols[i].name)) {
            return true;
        }
    }
    return false;
}

struct slice next_classic_protocol(const struct next_classic *classic)
{
    return slice_text(classic->protocols[0].name);
}

int16_t next_classic_version(const struct next_classic *classic)
{
    struct reader reader;
    reader_init(&reader, classic->protocols[0].metadata);
    int16_t version = read_i16(&reader);
    int16_t newest = message_version_max(&consumer_protocol_assignment_type);
    return reader.err || version < 0 ? 0 : MIN_OF(version, newest);
}
