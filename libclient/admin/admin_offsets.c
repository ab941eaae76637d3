/* admin: offsets of partitions, asked of their leaders (ListOffsets). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_LIST_OFFSETS = 2 };

/* What the public constants are on the wire, and since which version. */
static const struct offsets_spec {
    int64_t offset;
    int64_t timestamp;
    int16_t version_min;
} specs[] = {
    { KC_OFFSET_LATEST, -1, 0 },        { KC_OFFSET_EARLIEST, -2, 0 },
    { KC_OFFSET_MAX_TIMESTAMP, -3, 7 }, { KC_OFFSET_EARLIEST_LOCAL, -4, 8 },
    { KC_OFFSET_LATEST_TIERED, -5, 9 }, { KC_OFFSET_EARLIEST_PENDING_UPLOAD, -6, 11 },
};

static const struct offsets_spec *spec_of(int64_t offset)
{
    for (size_t i = 0; i < ARRAY_COUNT(specs); i++) {
        if (specs[i].offset == offset) {
            return &specs[i];
        }
    }
    return NULL;
}

bool admin_offsets_is_known(int64_t offset)
{
    return offset >= 0 || spec_of(offset);
}

/* The newest kind that is asked for decides. */
static void offsets_fill(struct fanout_branch *branch)
{
    const struct list_offsets_request *request = branch->message;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct list_offsets_request_list_offsets_topic *topic = &request->topics.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            for (size_t s = 0; s < ARRAY_COUNT(specs); s++) {
                if (specs[s].timestamp == topic->partitions.items[k].timestamp) {
                    branch->request.version_min =
                        MAX_OF(branch->request.version_min, specs[s].version_min);
                }
            }
        }
    }
}

static const struct mirror_row ask_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR(struct kc_position, offset, "timestamp"),
    MIRROR_END,
};

#define OFFSETS_FORM(result)                                                                       \
    .family = SHEET_FAMILY("listing offsets"), .api_key = KEY_LIST_OFFSETS, .route = SHEET_LEADER, \
    .asked = { "topics", "name", "partitions", { "partitionIndex" } },                             \
    .answered = { "topics", "name", "partitions", { "partitionIndex" } }, .size = sizeof(result),  \
    .err = offsetof(result, err), .fill = offsets_fill

static const struct mirror_row position_rows[] = {
    MIRROR(struct kc_position, offset, "offset"),
    MIRROR(struct kc_position, leader_epoch, "leaderEpoch"),
    MIRROR_END,
};
static const struct sheet_form position_form = {
    OFFSETS_FORM(struct kc_position),
    .rows = position_rows,
};

static const struct mirror_row spot_rows[] = {
    MIRROR(struct kc_offset_spot, offset, "offset"),
    MIRROR(struct kc_offset_spot, timestamp_ms, "timestamp"),
    MIRROR(struct kc_offset_spot, leader_epoch, "leaderEpoch"),
    MIRROR_END,
};
static const struct sheet_form spot_form = {
    OFFSETS_FORM(struct kc_offset_spot),
    .rows = spot_rows,
    .text = offsetof(struct kc_offset_spot, text),
};

static struct fanout *offsets_begin(const struct sheet_form *form,
                                    const struct kc_position *positions, size_t count,
                                    bool committed_only)
{
    struct fanout *fanout = sheet_create(form, count);
    struct kc_position *asked = fanout ? fanout_alloc(fanout, count, sizeof(*asked)) : NULL;
    if (!asked) {
        fanout_destroy(fanout);
        return NULL;
    }
    struct list_offsets_request *request = sheet_request(fanout);
    request->replica_id = -1;
    request->isolation_level = committed_only;
    for (size_t i = 0; i < count; i++) {
        const struct offsets_spec *spec = spec_of(positions[i].offset);
        asked[i] = positions[i];
        asked[i].offset = spec ? spec->timestamp : positions[i].offset;
    }
    return sheet_take(fanout, ask_rows, asked, sizeof(*asked));
}

struct fanout *admin_offsets_list(const struct kc_position *positions, size_t count)
{
    struct fanout *fanout = offsets_begin(&position_form, positions, count, false);
    for (size_t i = 0; fanout && i < count; i++) {
        fanout->harvest->as.positions.items[i].offset = KC_OFFSET_NONE;
        fanout->harvest->as.positions.items[i].leader_epoch = -1;
    }
    return fanout;
}

struct fanout *admin_offsets_find(const struct kc_position *positions, size_t count,
                                  bool committed_only)
{
    struct fanout *fanout = offsets_begin(&spot_form, positions, count, committed_only);
    for (size_t i = 0; fanout && i < count; i++) {
        struct kc_offset_spot *spot = &fanout->harvest->as.spots.items[i];
        *spot = (struct kc_offset_spot){ .topic = spot->topic,
                                         .partition = spot->partition,
                                         .offset = KC_OFFSET_NONE,
                                         .timestamp_ms = -1,
                                         .leader_epoch = -1,
                                         .text = spot->text };
    }
    return fanout;
}
