/* admin: removes members from a consumer group (LeaveGroup; KIP-345, KIP-571, KIP-800). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_LEAVE_GROUP = 13, VERSION_MANY = 3 };

static const struct mirror_row member_echo[] = {
    MIRROR(struct kc_member_result, member_id, "memberId"),
    MIRROR(struct kc_member_result, instance_id, "groupInstanceId"),
    MIRROR_END,
};
static const struct sheet_form leave_form = {
    .family = SHEET_FAMILY("removing members of a group"),
    .api_key = KEY_LEAVE_GROUP,
    .version_min = VERSION_MANY,
    .route = SHEET_GROUP,
    .is_all = true,
    .asked = { .list = "members", .key = { "memberId", "groupInstanceId" } },
    .answered = { .list = "members", .key = { "memberId", "groupInstanceId" } },
    .echo = member_echo,
    .size = sizeof(struct kc_member_result),
    .err = offsetof(struct kc_member_result, err),
    .text = offsetof(struct kc_member_result, text),
};

struct leave_member {
    const char *member_id;
    const char *instance_id;
    const char *reason;
};
static const struct mirror_row member_rows[] = {
    MIRROR(struct leave_member, member_id, "memberId"),
    MIRROR(struct leave_member, instance_id, "groupInstanceId"),
    MIRROR(struct leave_member, reason, "reason"),
    MIRROR_END,
};

struct fanout *admin_leave_remove(const char *group_id, const struct kc_member_ref *members,
                                  size_t count, const char *reason)
{
    struct fanout *fanout = sheet_of_group(sheet_create(&leave_form, count), group_id);
    struct leave_member *asked = fanout ? fanout_alloc(fanout, count, sizeof(*asked)) : NULL;
    if (!asked) {
        fanout_destroy(fanout);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        asked[i].member_id = members[i].member_id ? members[i].member_id : "";
        asked[i].instance_id = members[i].instance_id;
        asked[i].reason = reason;
    }
    return sheet_take(fanout, member_rows, asked, sizeof(*asked));
}
