/* reliability: brokers that lie about their versions and about where things are (S05, S34): a typed
 * error or a way around it, in time, with little memory. */
#include "hostage.h"

#include "base/attr.h"
#include "support/test.h"

#include <stdio.h>
#include <string.h>

enum { PEAK_MIB_MAX = 256, STORM_MAX = 100 };

/* ---- versions ---- */

static struct api_versions_response_api_version *version_of(void *response, int16_t key)
{
    struct api_versions_response *versions = response;
    for (int32_t i = 0; i < versions->api_keys.count; i++) {
        if (versions->api_keys.items[i].api_key == key) {
            return &versions->api_keys.items[i];
        }
    }
    return NULL;
}

static void twist_versions(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct api_versions_response_api_version *version = version_of(response, API_JOIN_GROUP);
    version->min_version = (int16_t)lie->value;
    version->max_version = (int16_t)lie->more;
}

static void twist_no_versions(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct api_versions_response *)response)->api_keys.count = 0;
}

/* Ever so many keys, each twice, that nobody knows. */
static void twist_many_keys(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct api_versions_response *versions = response;
    int32_t count = (int32_t)lie->value;
    struct api_versions_response_api_version *items =
        arena_alloc_array(arena, (size_t)(count + versions->api_keys.count), sizeof(*items));
    for (int32_t i = 0; i < count; i++) {
        items[i] = (struct api_versions_response_api_version){ (int16_t)(1000 + i / 2), 0, 1 };
    }
    memcpy(items + count, versions->api_keys.items,
           (size_t)versions->api_keys.count * sizeof(*items));
    versions->api_keys.items = items;
    versions->api_keys.count += count;
}

/* S34: refuses every version of ApiVersions, for ever, as a broker does that lacks it: in version
 * 0. Offers versions up to `value`; -1: names none (before KIP-511). */
static void bend_downgrade(struct bytes *frame, const struct imposter_lie *lie)
{
    uint8_t body[12];
    store_u16(body, KC_ERR_UNSUPPORTED_VERSION);
    store_u32(body + 2, lie->value >= 0);
    store_u16(body + 6, API_API_VERSIONS);
    store_u16(body + 8, 0);
    store_u16(body + 10, (uint16_t)lie->value);
    frame->size = 8; /* length and correlation id */
    imposter_need(bytes_append(frame, body, lie->value >= 0 ? 12 : 6), "memory");
    store_u32(frame->data, (uint32_t)frame->size - 4);
}

TEST(absurd_versions)
{
    const struct hostage_case cases[] = {
        { "negative versions",
          { API_API_VERSIONS, 0, 0, twist_versions, NULL, -5, -3 },
          HOSTAGE_TELLS,
          KC_ERR_UNSUPPORTED_VERSION,
          NULL,
          0 },
        { "versions upside down",
          { API_API_VERSIONS, 0, 0, twist_versions, NULL, 9, 2 },
          HOSTAGE_TELLS,
          KC_ERR_UNSUPPORTED_VERSION,
          NULL,
          0 },
        { "versions of the future",
          { API_API_VERSIONS, 0, 0, twist_versions, NULL, 30000, 32767 },
          HOSTAGE_TELLS,
          KC_ERR_UNSUPPORTED_VERSION,
          NULL,
          0 },
        { "all versions there can be",
          { API_API_VERSIONS, 0, 0, twist_versions, NULL, -32768, 32767 },
          HOSTAGE_READS,
          0,
          NULL,
          0 },
        { "no versions",
          { API_API_VERSIONS, 0, 0, twist_no_versions, NULL, 0, 0 },
          HOSTAGE_TELLS,
          KC_ERR_UNSUPPORTED_VERSION,
          NULL,
          0 },
        { "20,000 keys",
          { API_API_VERSIONS, 0, 0, twist_many_keys, NULL, 20000, 0 },
          HOSTAGE_READS,
          0,
          NULL,
          0 },
    };
    hostage_run(cases, ARRAY_COUNT(cases));
}

/* One try in another version, then it is over; connections are made anew with pauses. */
TEST(downgrades_without_end)
{
    static const int64_t offers[] = { -1, 0, 2, 3, 4, 5, INT16_MAX };
    char names[ARRAY_COUNT(offers)][64];
    struct hostage_case cases[ARRAY_COUNT(offers)];
    for (size_t i = 0; i < ARRAY_COUNT(offers); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "ApiVersions %d at most, refused as well",
                       (int)offers[i]);
        cases[i] = (struct hostage_case){
            names[i],      { API_API_VERSIONS, 0, 0, NULL, bend_downgrade, offers[i], 0 },
            HOSTAGE_TELLS, KC_ERR_UNSUPPORTED_VERSION,
            NULL,          STORM_MAX
        };
    }
    hostage_run(cases, ARRAY_COUNT(cases));
}

/* ---- where things are ---- */

static void twist_port(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct find_coordinator_response *)response)->coordinators.items[0].port =
        (int32_t)lie->value;
}

static void twist_host(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct slice host = slice_of(arena_alloc(arena, (size_t)lie->value + 1), (size_t)lie->value);
    memset((void *)(uintptr_t)host.data, 'x', host.size);
    ((struct find_coordinator_response *)response)->coordinators.items[0].host = host;
}

static void twist_other_key(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct find_coordinator_response *)response)->coordinators.items[0].key =
        slice_text("somebody else's");
}

static void twist_no_coordinator(void *response, struct arena *arena,
                                 const struct imposter_lie *lie)
{
    ((struct find_coordinator_response *)response)->coordinators.count = 0;
}

static void twist_many_brokers(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct metadata_response *metadata = response;
    int32_t count = (int32_t)lie->value;
    struct metadata_response_metadata_response_broker *items =
        arena_alloc_array(arena, (size_t)count + 1, sizeof(*items));
    for (int32_t i = 0; i <= count; i++) {
        items[i] = metadata->brokers.items[0];
        items[i].node_id = i == count ? IMPOSTER_NODE : 100 + i + (int32_t)lie->more;
    }
    metadata->brokers.items = items;
    metadata->brokers.count = count + 1;
}

static void twist_leader(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct metadata_response *metadata = response;
    if (metadata->topics.count > 0 && metadata->topics.items[0].partitions.count > 0) {
        metadata->topics.items[0].partitions.items[0].leader_id = (int32_t)lie->value;
    }
}

static void twist_partition(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct metadata_response *metadata = response;
    if (metadata->topics.count > 0 && metadata->topics.items[0].partitions.count > 0) {
        metadata->topics.items[0].partitions.items[0].partition_index = (int32_t)lie->value;
    }
}

static void twist_no_topics(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct metadata_response *)response)->topics.count = 0;
}

static void twist_strange_topics(void *response, struct arena *arena,
                                 const struct imposter_lie *lie)
{
    struct metadata_response *metadata = response;
    for (int32_t i = 0; i < metadata->topics.count; i++) {
        metadata->topics.items[i].name = slice_text("not what was asked");
    }
}

static const struct hostage_case places_that_lie[] = {
    { "the coordinator of another group",
      { API_FIND_COORDINATOR, 0, 2, twist_other_key, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "no coordinator",
      { API_FIND_COORDINATOR, 0, 2, twist_no_coordinator, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "100,000 brokers",
      { API_METADATA, 0, 0, twist_many_brokers, NULL, 100000, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a leader that is nobody",
      { API_METADATA, 0, 2, twist_leader, NULL, 77, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a leader below all",
      { API_METADATA, 0, 2, twist_leader, NULL, INT32_MIN, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a partition beyond the count",
      { API_METADATA, 0, 2, twist_partition, NULL, INT32_MAX, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
    { "a partition that is never there",
      { API_METADATA, 0, 0, twist_partition, NULL, -1, 0 },
      HOSTAGE_TELLS_ANY,
      0,
      NULL,
      200 },
    { "no topics", { API_METADATA, 0, 2, twist_no_topics, NULL, 0, 0 }, HOSTAGE_READS, 0, NULL, 0 },
    { "other topics",
      { API_METADATA, 0, 2, twist_strange_topics, NULL, 0, 0 },
      HOSTAGE_READS,
      0,
      NULL,
      0 },
};

/* Adds to the port: a multiple of 65536 is the imposter's own again for who cuts it to 16 bits. */
static void twist_port_by(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct find_coordinator_response *)response)->coordinators.items[0].port +=
        (int32_t)lie->value;
}

static void twist_node(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    ((struct find_coordinator_response *)response)->coordinators.items[0].node_id =
        (int32_t)lie->value;
}

static void twist_letter(void *response, struct arena *arena, const struct imposter_lie *lie)
{
    struct slice host = slice_of(arena_alloc(arena, 4), 3);
    memcpy((void *)(uintptr_t)host.data, "a.b", host.size);
    ((uint8_t *)(uintptr_t)host.data)[1] = (uint8_t)lie->value;
    ((struct find_coordinator_response *)response)->coordinators.items[0].host = host;
}

struct bad_place {
    const char *name;
    void (*twist)(void *response, struct arena *arena, const struct imposter_lie *lie);
    int64_t value;
    const char *says;
};

static const struct bad_place bad_places[] = {
    { "coordinator's port -1", twist_port, -1, "its port is -1" },
    { "coordinator's port 0", twist_port, 0, "its port is 0" },
    { "coordinator's port 70000", twist_port, 70000, "its port is 70000" },
    { "coordinator's port and 65536", twist_port_by, 65536, "its port is " },
    { "coordinator's host ''", twist_host, 0, "its host has 0 bytes" },
    { "coordinator's host of 256 letters", twist_host, 256, "its host has 256 bytes" },
    { "coordinator's host of 20,000 letters", twist_host, 20000, "its host has 20000 bytes" },
    { "a zero in the coordinator's host", twist_letter, 0, "its host has byte 0" },
    { "a line feed in the coordinator's host", twist_letter, 10, "its host has byte 10" },
    { "coordinator's node id -1", twist_node, -1, "its node id is -1" },
    { "coordinator's node id -2", twist_node, -2, "its node id is -2" },
};

/* The error names the field; it is asked again with pauses, and nobody is ever connected to there.
 * Once the answer is true, it reads. */
TEST(coordinators_in_places_that_cannot_be)
{
    struct hostage_case cases[2 * ARRAY_COUNT(bad_places)];
    for (size_t i = 0; i < ARRAY_COUNT(bad_places); i++) {
        const struct bad_place *bad = &bad_places[i];
        struct hostage_case one = {
            .name = bad->name,
            .lie = { .api_key = API_FIND_COORDINATOR, .twist = bad->twist, .value = bad->value },
            .end = HOSTAGE_TELLS,
            .err = KC_ERR_MALFORMED,
            .says = bad->says,
            .asked_max = STORM_MAX,
            .never_asked = API_JOIN_GROUP
        };
        cases[2 * i] = one;
        one.lie.count = 2;
        one.end = HOSTAGE_READS;
        one.asked_max = 0;
        one.never_asked = 0;
        cases[2 * i + 1] = one;
    }
    hostage_run(cases, ARRAY_COUNT(cases));
}

TEST(places_that_lie)
{
    hostage_run(places_that_lie, ARRAY_COUNT(places_that_lie));
    assert_in_range(hostage_peak_mib(), 1, PEAK_MIB_MAX);
}
