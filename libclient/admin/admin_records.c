/* admin: deletes records, at the leaders of their partitions (KIP-107). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_DELETE_RECORDS = 21, WIRE_ALL = -1 };

static const struct mirror_row ask_rows[] = {
    MIRROR(struct kc_position, partition, "partitionIndex"),
    MIRROR(struct kc_position, offset, "offset"),
    MIRROR_END,
};
static const struct mirror_row mark_rows[] = {
    MIRROR(struct kc_low_watermark, offset, "lowWatermark"),
    MIRROR_END,
};
static const struct sheet_form records_form = {
    .family = SHEET_FAMILY("deleting records"),
    .api_key = KEY_DELETE_RECORDS,
    .route = SHEET_LEADER,
    .asked = { "topics", "name", "partitions", { "partitionIndex" } },
    .answered = { "topics", "name", "partitions", { "partitionIndex" } },
    .rows = mark_rows,
    .size = sizeof(struct kc_low_watermark),
    .err = offsetof(struct kc_low_watermark, err),
    .text = offsetof(struct kc_low_watermark, text),
};

struct fanout *admin_records_delete(const struct kc_position *positions, size_t count)
{
    struct fanout *fanout =
        sheet_take(sheet_create(&records_form, count), ask_rows, positions, sizeof(*positions));
    for (size_t i = 0; fanout && i < count; i++) {
        struct delete_records_request_delete_records_partition *asked = sheet_item(fanout, i);
        struct kc_low_watermark *mark = sheet_result(fanout, i);
        asked->offset = positions[i].offset == KC_OFFSET_LATEST ? WIRE_ALL : positions[i].offset;
        mark->offset = KC_OFFSET_NONE;
    }
    return fanout;
}
