/* handler: OffsetFetch, versions 1 to 10. 2: null topics ask for all. 5: leader epochs. 6:
 * flexible. 7: require_stable. 8: several groups. 9: member epochs. 10: topics by id. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

#include <stdlib.h>

enum {
    OFFSET_FETCH_GROUPS_VERSION = 8,
    OFFSET_FETCH_MEMBER_VERSION = 9,
    OFFSET_FETCH_ID_VERSION = 10
};

/* The layouts of the old and the new form differ in type only: one group's answer is made in the
 * new form, and version 1 to 7 is copied from it. */
static void fill_partition(const struct call *call, const struct group *group, struct slice topic,
                           int32_t index,
                           struct offset_fetch_response_offset_fetch_response_partitions *answer)
{
    const struct group_offset *offset = group ? groups_offset_of(group, topic, index) : NULL;
    answer->partition_index = index;
    answer->committed_offset = offset ? offset->offset : -1;
    answer->committed_leader_epoch = offset ? offset->leader_epoch : -1;
    answer->metadata = offset ? slice_text(offset->metadata) : SLICE_EMPTY;
    answer->error_code = KC_ERR_NONE;
    bool stable = ((const struct offset_fetch_request *)call->message)->require_stable;
    if (stable && group && groups_offset_is_unstable(group, topic, index)) {
        answer->committed_offset = -1;
        answer->committed_leader_epoch = -1;
        answer->metadata = SLICE_EMPTY;
        answer->error_code = KC_ERR_UNSTABLE_OFFSET_COMMIT; /* KIP-447 */
    }
}

static bool fill_topic(struct call *call, const struct group *group,
                       const struct offset_fetch_request_offset_fetch_request_topics *wanted,
                       struct offset_fetch_response_offset_fetch_response_topics *answer)
{
    bool by_id = call->version >= OFFSET_FETCH_ID_VERSION;
    const struct image_topic *topic =
        by_id ? image_topic_by_id(call->node->image, &wanted->topic_id) : NULL;
    struct slice name = topic ? slice_text(topic->name) : wanted->name;
    answer->name = wanted->name;
    answer->topic_id = wanted->topic_id;
    answer->partitions.items = call_alloc(call, (size_t)wanted->partition_indexes.count,
                                          sizeof(*answer->partitions.items));
    answer->partitions.count = wanted->partition_indexes.count;
    for (int32_t i = 0; answer->partitions.items && i < wanted->partition_indexes.count; i++) {
        fill_partition(call, group, name, wanted->partition_indexes.items[i],
                       &answer->partitions.items[i]);
        if (by_id && !topic) {
            answer->partitions.items[i].error_code = KC_ERR_UNKNOWN_TOPIC_ID;
            answer->partitions.items[i].committed_offset = -1;
        }
    }
    return answer->partitions.items != NULL;
}

static int offset_order(const void *a, const void *b)
{
    const struct group_offset *left = *(const struct group_offset *const *)a;
    const struct group_offset *right = *(const struct group_offset *const *)b;
    int order = strcmp(left->topic, right->topic);
    return order ? order
                 : (left->partition > right->partition) - (left->partition < right->partition);
}

/* All offsets of the group by topic. With topic ids, those of topics that are gone are left out, as
 * Kafka does. */
static bool fill_all(struct call *call, const struct group *group,
                     struct offset_fetch_response_offset_fetch_response_group *answer)
{
    size_t count = group ? group->offsets.count : 0;
    const struct group_offset **sorted = call_alloc(call, count, sizeof(struct group_offset *));
    size_t position = 0;
    answer->topics.items = call_alloc(call, count, sizeof(*answer->topics.items));
    answer->topics.count = 0;
    if (!sorted || !answer->topics.items) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        sorted[i] = map_next(&group->offsets, &position);
    }
    qsort(sorted, count, sizeof(struct group_offset *), offset_order);
    for (size_t i = 0; i < count;) {
        size_t end = i;
        struct slice name = slice_text(sorted[i]->topic);
        const struct image_topic *topic = image_topic(call->node->image, name);
        while (end < count && strcmp(sorted[end]->topic, sorted[i]->topic) == 0) {
            end++;
        }
        if (topic || call->version < OFFSET_FETCH_ID_VERSION) {
            struct offset_fetch_response_offset_fetch_response_topics *item =
                &answer->topics.items[answer->topics.count++];
            item->name = name;
            if (topic) {
                item->topic_id = topic->id;
            }
            item->partitions.items = call_alloc(call, end - i, sizeof(*item->partitions.items));
            item->partitions.count = (int32_t)(end - i);
            if (!item->partitions.items) {
                return false;
            }
            for (size_t j = i; j < end; j++) {
                fill_partition(call, group, name, sorted[j]->partition,
                               &item->partitions.items[j - i]);
            }
        }
        i = end;
    }
    return true;
}

static bool fill_group(struct call *call,
                       const struct offset_fetch_request_offset_fetch_request_group *wanted,
                       struct offset_fetch_response_offset_fetch_response_group *answer)
{
    enum kc_err err = groups_check(call->node->groups, wanted->group_id);
    if (!err && call->version >= OFFSET_FETCH_MEMBER_VERSION) {
        err = groups_check_fetch(call->node->groups, wanted->group_id, wanted->member_id,
                                 wanted->member_epoch);
    }
    const struct group *group = err ? NULL : groups_find(call->node->groups, wanted->group_id);
    message_defaults(&offset_fetch_response_offset_fetch_response_group_type, answer);
    answer->group_id = wanted->group_id;
    answer->error_code = (int16_t)err;
    if (err) {
        return true;
    }
    if (wanted->topics.count < 0) {
        return fill_all(call, group, answer);
    }
    answer->topics.items =
        call_alloc(call, (size_t)wanted->topics.count, sizeof(*answer->topics.items));
    answer->topics.count = wanted->topics.count;
    bool good = answer->topics.items != NULL;
    for (int32_t i = 0; good && i < wanted->topics.count; i++) {
        good = fill_topic(call, group, &wanted->topics.items[i], &answer->topics.items[i]);
    }
    return good;
}

/* ---- versions 1 to 7 ---- */

static bool widen_request(struct call *call, const struct offset_fetch_request *request,
                          struct offset_fetch_request_offset_fetch_request_group *ret_group)
{
    message_defaults(&offset_fetch_request_offset_fetch_request_group_type, ret_group);
    ret_group->group_id = request->group_id;
    ret_group->topics.count = request->topics.count;
    ret_group->topics.items = NULL;
    if (request->topics.count < 0) {
        return true;
    }
    ret_group->topics.items =
        call_alloc(call, (size_t)request->topics.count, sizeof(*ret_group->topics.items));
    for (int32_t i = 0; ret_group->topics.items && i < request->topics.count; i++) {
        ret_group->topics.items[i].name = request->topics.items[i].name;
        ret_group->topics.items[i].partition_indexes.items =
            request->topics.items[i].partition_indexes.items;
        ret_group->topics.items[i].partition_indexes.count =
            request->topics.items[i].partition_indexes.count;
    }
    return ret_group->topics.items != NULL;
}

static bool narrow_answer(struct call *call,
                          const struct offset_fetch_response_offset_fetch_response_group *group,
                          struct offset_fetch_response *response)
{
    response->error_code = group->error_code;
    response->topics.items =
        call_alloc(call, (size_t)group->topics.count, sizeof(*response->topics.items));
    response->topics.count = group->topics.count;
    for (int32_t i = 0; response->topics.items && i < group->topics.count; i++) {
        const struct offset_fetch_response_offset_fetch_response_topics *from =
            &group->topics.items[i];
        struct offset_fetch_response_offset_fetch_response_topic *to = &response->topics.items[i];
        to->name = from->name;
        to->partitions.items =
            call_alloc(call, (size_t)from->partitions.count, sizeof(*to->partitions.items));
        to->partitions.count = from->partitions.count;
        if (!to->partitions.items) {
            return false;
        }
        for (int32_t j = 0; j < from->partitions.count; j++) {
            to->partitions.items[j].partition_index = from->partitions.items[j].partition_index;
            to->partitions.items[j].committed_offset = from->partitions.items[j].committed_offset;
            to->partitions.items[j].committed_leader_epoch =
                from->partitions.items[j].committed_leader_epoch;
            to->partitions.items[j].metadata = from->partitions.items[j].metadata;
            to->partitions.items[j].error_code = from->partitions.items[j].error_code;
        }
    }
    return response->topics.items != NULL;
}

/* Version 1 has no error of its own for the group: each partition carries it. */
static bool fill_version_1(struct call *call, enum kc_err err,
                           struct offset_fetch_response *response)
{
    const struct offset_fetch_request *request = call->message;
    struct offset_fetch_response_offset_fetch_response_group group;
    struct offset_fetch_request_offset_fetch_request_group wanted;
    message_defaults(&offset_fetch_response_offset_fetch_response_group_type, &group);
    bool good = widen_request(call, request, &wanted);
    group.topics.items =
        call_alloc(call, (size_t)MAX_OF(wanted.topics.count, 0), sizeof(*group.topics.items));
    group.topics.count = MAX_OF(wanted.topics.count, 0);
    for (int32_t i = 0; good && group.topics.items && i < group.topics.count; i++) {
        good = fill_topic(call, NULL, &wanted.topics.items[i], &group.topics.items[i]);
        for (int32_t j = 0; good && j < group.topics.items[i].partitions.count; j++) {
            group.topics.items[i].partitions.items[j].error_code = (int16_t)err;
        }
    }
    return good && group.topics.items && narrow_answer(call, &group, response);
}

static bool fill_old_form(struct call *call, struct offset_fetch_response *response)
{
    const struct offset_fetch_request *request = call->message;
    struct offset_fetch_request_offset_fetch_request_group wanted;
    struct offset_fetch_response_offset_fetch_response_group group;
    enum kc_err err = groups_check(call->node->groups, request->group_id);
    if (err && call->version < 2) {
        return fill_version_1(call, err, response);
    }
    return widen_request(call, request, &wanted) && fill_group(call, &wanted, &group) &&
           narrow_answer(call, &group, response);
}

static bool fill_groups(struct call *call, struct offset_fetch_response *response)
{
    const struct offset_fetch_request *request = call->message;
    response->groups.items =
        call_alloc(call, (size_t)request->groups.count, sizeof(*response->groups.items));
    response->groups.count = request->groups.count;
    bool good = response->groups.items != NULL;
    for (int32_t i = 0; good && i < request->groups.count; i++) {
        good = fill_group(call, &request->groups.items[i], &response->groups.items[i]);
    }
    return good;
}

void handle_offset_fetch(struct call *call)
{
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_response_type, &response);
    bool good = call->version >= OFFSET_FETCH_GROUPS_VERSION ? fill_groups(call, &response)
                                                             : fill_old_form(call, &response);
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
