/* coordinator: the members of a group. */
#include "coordinator/group_parts.h"

#include <stdlib.h>

static bool bytes_set(struct slice *place, struct slice bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);
    if (!copy) {
        return false;
    }
    if (bytes.size > 0) {
        memcpy(copy, bytes.data, bytes.size);
    }
    free((void *)(uintptr_t)place->data);
    *place = slice_of(copy, bytes.size);
    return true;
}

/* What it says of itself and has been given, counted in its group. */
static void recount(struct group_member *member)
{
    size_t bytes = member->assignment.size;
    for (int32_t i = 0; i < member->protocol_count; i++) {
        bytes += strlen(member->protocols[i].name) + member->protocols[i].metadata.size;
    }
    if (member->group) {
        member->group->member_bytes += bytes - member->bytes;
    }
    member->bytes = bytes;
}

void protocols_destroy(struct group_protocol *protocols, int32_t count)
{
    for (int32_t i = 0; protocols && i < count; i++) {
        free(protocols[i].name);
        free((void *)(uintptr_t)protocols[i].metadata.data);
    }
    free(protocols);
}

bool protocol_set(struct group_protocol *protocol, struct slice name, struct slice metadata)
{
    return text_set(&protocol->name, name) && bytes_set(&protocol->metadata, metadata);
}

void member_destroy(struct group_member *member)
{
    if (!member) {
        return;
    }
    protocols_destroy(member->protocols, member->protocol_count);
    free((void *)(uintptr_t)member->assignment.data);
    free(member->id);
    free(member->instance_id);
    free(member->client_id);
    free(member->client_host);
    free(member);
}

bool member_update(struct group_member *member, const struct group_join *join)
{
    const struct join_group_request *request = join->request;
    int32_t count = request->protocols.count;
    struct group_protocol *protocols = calloc((size_t)count + 1, sizeof(*protocols));
    bool good = protocols != NULL;
    for (int32_t i = 0; good && i < count; i++) {
        good = protocol_set(&protocols[i], request->protocols.items[i].name,
                            request->protocols.items[i].metadata);
    }
    good = good &&
           text_set(&member->client_id,
                    slice_is_null(join->client_id) ? SLICE_EMPTY : join->client_id) &&
           text_set(&member->client_host, join->client_host);
    if (!good) {
        protocols_destroy(protocols, count);
        return false;
    }
    protocols_destroy(member->protocols, member->protocol_count);
    member->protocols = protocols;
    member->protocol_count = count;
    recount(member);
    member->session_ms = request->session_timeout_ms;
    member->rebalance_ms = request->rebalance_timeout_ms >= 0 ? request->rebalance_timeout_ms
                                                              : request->session_timeout_ms;
    return true;
}

struct group_member *member_create(struct slice id, const struct group_join *join)
{
    struct group_member *member = calloc(1, sizeof(*member));
    if (!member) {
        return NULL;
    }
    list_init(&member->link);
    member->is_new = true;
    if (!text_set(&member->id, id) ||
        !text_set(&member->instance_id, join->request->group_instance_id) ||
        !bytes_set(&member->assignment, SLICE_EMPTY) || !member_update(member, join)) {
        member_destroy(member);
        return NULL;
    }
    return member;
}

struct group_member *group_restore_member(struct group *group,
                                          const struct group_metadata_value_member_metadata *stored,
                                          struct slice protocol, int64_t now_ms)
{
    struct join_group_request_join_group_request_protocol offered = { protocol,
                                                                      stored->subscription };
    struct join_group_request request;
    message_defaults(&join_group_request_type, &request);
    request.session_timeout_ms = stored->session_timeout;
    request.rebalance_timeout_ms = stored->rebalance_timeout;
    request.group_instance_id = stored->group_instance_id;
    request.protocols.items = &offered;
    request.protocols.count = slice_is_null(protocol) ? 0 : 1;
    struct group_join join = { .request = &request,
                               .client_id = stored->client_id,
                               .client_host = stored->client_host };
    struct group_member *member = member_create(stored->member_id, &join);
    if (!member || !member_set_assignment(member, stored->assignment)) {
        member_destroy(member);
        return NULL;
    }
    member->is_new = false;
    member->expires_ms = now_ms + member->session_ms;
    member_add(group, member);
    return member;
}

void member_add(struct group *group, struct group_member *member)
{
    list_append(&group->members, &member->link);
    group->member_count++;
    group->member_bytes += member->bytes;
    member->group = group;
}

void member_remove(struct group *group, struct group_member *member)
{
    list_remove(&member->link);
    group->member_count--;
    group->member_bytes -= member->bytes;
    member->group = NULL;
    if (group->leader && strcmp(group->leader, member->id) == 0) {
        struct list *first = list_first(&group->members);
        free(group->leader);
        group->leader = NULL;
        if (first) {
            (void)text_set(&group->leader,
                           slice_text(LIST_ITEM(first, struct group_member, link)->id));
        }
    }
}

bool member_protocols_equal(const struct group_member *member,
                            const struct join_group_request *request)
{
    if (member->protocol_count != request->protocols.count) {
        return false;
    }
    for (int32_t i = 0; i < member->protocol_count; i++) {
        if (!slice_is(request->protocols.items[i].name, member->protocols[i].name) ||
            member->protocols[i].metadata.size != request->protocols.items[i].metadata.size ||
            memcmp(member->protocols[i].metadata.data, request->protocols.items[i].metadata.data,
                   member->protocols[i].metadata.size) != 0) {
            return false;
        }
    }
    return true;
}

size_t member_bytes(const struct group_member *member)
{
    return member->bytes;
}

size_t group_bytes(const struct group *group)
{
    return group->member_bytes;
}

void group_take_members(struct group *group, struct group *from)
{
    LIST_EACH(link, &from->members)
    {
        LIST_ITEM(link, struct group_member, link)->group = group;
    }
    list_splice(&group->members, &from->members);
    list_init(&from->members);
    group->member_count = from->member_count;
    group->member_bytes = from->member_bytes;
    from->member_count = 0;
    from->member_bytes = 0;
}

void member_alive(struct group_member *member, const struct group_env *env)
{
    member->expires_ms = env->now_ms + member->session_ms;
}

bool member_set_assignment(struct group_member *member, struct slice assignment)
{
    bool good = bytes_set(&member->assignment, assignment);
    recount(member);
    return good;
}

/* ---- ids that were given out ---- */

struct group_pending *pending_find(const struct group *group, struct slice member_id)
{
    LIST_EACH(link, &group->pending)
    {
        struct group_pending *pending = LIST_ITEM(link, struct group_pending, link);
        if (slice_is(member_id, pending->id)) {
            return pending;
        }
    }
    return NULL;
}

bool pending_add(struct group *group, char *member_id, int64_t expires_ms)
{
    struct group_pending *pending = calloc(1, sizeof(*pending));
    if (!pending) {
        return false;
    }
    if (group->pending_count >= GROUP_PENDING_MAX) {
        pending_remove(group, LIST_ITEM(list_first(&group->pending), struct group_pending, link));
    }
    pending->id = member_id;
    pending->expires_ms = expires_ms;
    list_append(&group->pending, &pending->link);
    group->pending_count++;
    return true;
}

void pending_remove(struct group *group, struct group_pending *pending)
{
    list_remove(&pending->link);
    group->pending_count--;
    free(pending->id);
    free(pending);
}

void pending_clear(struct group *group)
{
    while (!list_is_empty(&group->pending)) {
        pending_remove(group, LIST_ITEM(list_first(&group->pending), struct group_pending, link));
    }
}

/* ---- answers ---- */

void answer_join_error(struct group_answer *answer, struct slice member_id, enum kc_err err)
{
    struct join_group_response response;
    message_defaults(&join_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.member_id = slice_is_null(member_id) ? SLICE_EMPTY : member_id;
    /* Null is allowed from version 7 on only. */
    response.protocol_name = answer->version >= 7 ? SLICE_NULL : SLICE_EMPTY;
    response.generation_id = -1;
    answer->done(answer, &response);
}

void answer_sync(struct group_answer **place, const struct group *group, struct slice assignment,
                 enum kc_err err)
{
    struct group_answer *answer = *place;
    struct sync_group_response response;
    if (!answer) {
        return;
    }
    *place = NULL;
    answer->place = NULL;
    message_defaults(&sync_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.assignment = err ? SLICE_EMPTY : assignment;
    if (!err) {
        response.protocol_type = slice_text(group->protocol_type);
        response.protocol_name = slice_text(group->protocol);
    }
    answer->done(answer, &response);
}
