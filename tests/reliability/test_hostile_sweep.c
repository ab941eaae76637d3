/* reliability: each place of each answer replaced by ff ff ff ff and 7f ff ff ff in turn (S05, S06,
 * S08): whatever a length, count or value becomes by it, the consumer reads, tells or waits, and
 * closes in time. */
#include "hostage.h"

#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

static void bend_place(struct bytes *frame, const struct imposter_lie *lie)
{
    if (4 + (size_t)lie->more + 4 <= frame->size) {
        store_u32(frame->data + 4 + lie->more, (uint32_t)lie->value);
    }
}

enum { PLACES_MAX = 200 };

/* Without $KC_SWEEP every seventh place and the two values in turn. */
static void sweep(int16_t api_key, unsigned skip, size_t size, const char *protocol)
{
    static char names[PLACES_MAX][64];
    static struct hostage_case cases[PLACES_MAX];
    size_t stride = getenv("KC_SWEEP") ? 1 : 7;
    size_t count = 0;
    assert_true(size <= PLACES_MAX);
    for (size_t place = 0; place < size; place += stride, count++) {
        int32_t value = place / stride % 2 == 0 ? -1 : INT32_MAX;
        (void)snprintf(names[count], sizeof(names[count]), "%s: %x at %zu", api_find(api_key)->name,
                       value, place);
        cases[count] = (struct hostage_case){
            names[count],     { api_key, skip, 1, NULL, bend_place, value, (int64_t)place },
            HOSTAGE_SURVIVES, 0,
            protocol,         0
        };
    }
    hostage_run(cases, count);
}

TEST(versions)
{
    sweep(API_API_VERSIONS, 0, 90, NULL);
}

TEST(metadata)
{
    sweep(API_METADATA, 0, 100, NULL);
}

TEST(coordinators)
{
    sweep(API_FIND_COORDINATOR, 0, 36, NULL);
}

TEST(joins)
{
    sweep(API_JOIN_GROUP, 0, 24, NULL);
    sweep(API_JOIN_GROUP, 1, 80, NULL);
}

TEST(assignments)
{
    sweep(API_SYNC_GROUP, 0, 50, NULL);
    sweep(API_CONSUMER_GROUP_HEARTBEAT, 0, 56, "consumer");
}

TEST(committed_offsets)
{
    sweep(API_OFFSET_FETCH, 0, 40, NULL);
}

TEST(offsets)
{
    sweep(API_LIST_OFFSETS, 0, 40, NULL);
}

TEST(records)
{
    sweep(API_FETCH, 0, 190, NULL);
}
