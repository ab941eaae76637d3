/* coordinator: members of consumer groups. */
#include "coordinator/next_member.h"

#include "coordinator/group_parts.h"

#include <stdlib.h>

struct next_member *next_member_create(struct slice id)
{
    struct next_member *member = calloc(1, sizeof(*member));
    if (!member || !text_set(&member->id, id) || !text_set(&member->regex, SLICE_EMPTY)) {
        next_member_destroy(member);
        return NULL;
    }
    member->rebalance_ms = -1;
    member->owes_by_ms = INT64_MAX;
    return member;
}

void next_member_destroy(struct next_member *member)
{
    if (!member) {
        return;
    }
    free(member->id);
    free(member->instance_id);
    free(member->rack_id);
    free(member->client_id);
    free(member->client_host);
    free(member->regex);
    free(member->assignor);
    topic_names_finish(&member->topics);
    holding_finish(&member->assigned);
    holding_finish(&member->revoking);
    holding_finish(&member->target);
    next_classic_destroy(member->classic);
    free(member);
}

struct next_member *next_member_copy(const struct next_member *member, struct slice id)
{
    struct next_member *copy = next_member_create(id);
    if (copy && text_set(&copy->instance_id, slice_text(member->instance_id)) &&
        text_set(&copy->rack_id, slice_text(member->rack_id)) &&
        text_set(&copy->client_id, slice_text(member->client_id)) &&
        text_set(&copy->client_host, slice_text(member->client_host)) &&
        text_set(&copy->regex, slice_text(member->regex)) &&
        text_set(&copy->assignor, slice_text(member->assignor)) &&
        topic_names_make(member->topics.items, member->topics.count, &copy->topics) &&
        holding_copy(&member->assigned, &copy->assigned) &&
        holding_copy(&member->revoking, &copy->revoking) &&
        holding_copy(&member->target, &copy->target) &&
        next_classic_copy(member->classic, &copy->classic)) {
        copy->rebalance_ms = member->rebalance_ms;
        copy->epoch = member->epoch;
        copy->previous_epoch = member->previous_epoch;
        copy->state = member->state;
        copy->is_aimed = member->is_aimed;
        copy->expires_ms = member->expires_ms;
        copy->owes_by_ms = member->owes_by_ms;
        return copy;
    }
    next_member_destroy(copy);
    return NULL;
}

static bool update_text(char **place, struct slice text)
{
    return slice_is_null(text) || text_set(place, text);
}

bool next_member_update(struct next_member *member,
                        const struct consumer_group_heartbeat_request *request,
                        struct slice client_id, struct slice client_host)
{
    if (request->subscribed_topic_names.count >= 0) {
        struct topic_names names;
        if (!topic_names_make(request->subscribed_topic_names.items,
                              request->subscribed_topic_names.count, &names)) {
            return false;
        }
        topic_names_finish(&member->topics);
        member->topics = names;
    }
    if (request->rebalance_timeout_ms != -1) {
        member->rebalance_ms = request->rebalance_timeout_ms;
    }
    return update_text(&member->instance_id, request->instance_id) &&
           update_text(&member->rack_id, request->rack_id) &&
           update_text(&member->regex, request->subscribed_topic_regex) &&
           update_text(&member->assignor, request->server_assignor) &&
           text_set(&member->client_id, slice_is_null(client_id) ? SLICE_EMPTY : client_id) &&
           text_set(&member->client_host, client_host);
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool next_member_subscribes_alike(const struct next_member *a, const struct next_member *b)
{
    return topic_names_equal(&a->topics, &b->topics) &&
           strcmp(a->regex ? a->regex : "", b->regex ? b->regex : "") == 0;
}

bool next_member_equal(const struct next_member *a, const struct next_member *b)
{
    return next_member_subscribes_alike(a, b) && is_same_text(a->regex, b->regex) &&
           is_same_text(a->instance_id, b->instance_id) && is_same_text(a->rack_id, b->rack_id) &&
           is_same_text(a->client_id, b->client_id) &&
           is_same_text(a->client_host, b->client_host) && is_same_text(a->assignor, b->assignor) &&
           a->rebalance_ms == b->rebalance_ms && next_classic_equal(a->classic, b->classic);
}

int32_t next_member_session_ms(const struct next_member *member, int32_t session_ms)
{
    return member->classic ? member->classic->session_ms : session_ms;
}

size_t next_member_bytes(const struct next_member *member)
{
    size_t bytes =
        strlen(member->regex) + (member->classic ? next_classic_bytes(member->classic) : 0);
    for (int32_t i = 0; i < member->topics.count; i++) {
        bytes += sizeof(member->topics.items[i]) + member->topics.items[i].size;
    }
    return bytes;
}

bool next_member_has_regex(const struct next_member *member)
{
    return member->regex && member->regex[0];
}

bool next_member_is_settled(const struct next_member *member, int32_t target_epoch)
{
    return member->state == NEXT_MEMBER_STABLE && member->epoch == target_epoch;
}

/* ---- reconciliation ---- */

static bool any_owned_of(const struct consumer_group_heartbeat_request *request,
                         const struct holding *revoking)
{
    if (request->topic_partitions.count < 0) {
        return true; /* nothing said: it may */
    }
    for (int32_t i = 0; i < request->topic_partitions.count; i++) {
        const struct consumer_group_heartbeat_request_topic_partitions *topic =
            &request->topic_partitions.items[i];
        for (int32_t j = 0; j < topic->partitions.count; j++) {
            if (holding_find(revoking, &topic->topic_id, topic->partitions.items[j])) {
                return true;
            }
        }
    }
    return false;
}

static bool is_taken(const struct next_member_guide *guide, const struct next_member *member,
                     const struct holding_item *item)
{
    for (size_t i = 0; i < guide->peer_count; i++) {
        const struct next_member *peer = guide->peers[i];
        if (peer != member && (holding_find(&peer->assigned, &item->topic, item->partition) ||
                               holding_find(&peer->revoking, &item->topic, item->partition))) {
            return true;
        }
    }
    return false;
}

/* Where a member may go from here. */
struct move {
    struct holding kept;
    struct holding revoking;
    struct holding coming;
    bool waits; /* for what others have */
};

static void move_finish(struct move *move)
{
    holding_finish(&move->kept);
    holding_finish(&move->revoking);
    holding_finish(&move->coming);
}

static bool wants(const struct next_member_guide *guide, const struct next_member *member,
                  const struct holding_item *item)
{
    return guide->wants(guide->context, member, &item->topic);
}

static bool move_make(const struct next_member *member, const struct next_member_guide *guide,
                      struct move *move)
{
    bool good = true;
    for (size_t i = 0; good && i < member->assigned.count; i++) {
        const struct holding_item *item = &member->assigned.items[i];
        bool stays = holding_find(&member->target, &item->topic, item->partition) != NULL &&
                     wants(guide, member, item);
        good = holding_add(stays ? &move->kept : &move->revoking, &item->topic, item->partition,
                           item->epoch);
    }
    for (size_t i = 0; good && i < member->target.count; i++) {
        const struct holding_item *item = &member->target.items[i];
        if (holding_find(&member->assigned, &item->topic, item->partition) ||
            !wants(guide, member, item)) {
            continue;
        }
        if (is_taken(guide, member, item)) {
            move->waits = true;
        } else {
            good = holding_add(&move->coming, &item->topic, item->partition, guide->target_epoch);
        }
    }
    return good;
}

static void set_epoch(struct next_member *member, int32_t epoch)
{
    member->previous_epoch = member->epoch;
    member->epoch = epoch;
}

/* Out of the holding's hands. */
static struct holding take(struct holding *holding)
{
    struct holding taken = *holding;
    *holding = (struct holding){ 0 };
    return taken;
}

static enum kc_err advance(struct next_member *member,
                           const struct consumer_group_heartbeat_request *request,
                           const struct next_member_guide *guide)
{
    struct move move = { .waits = false };
    bool good = move_make(member, guide, &move);
    bool owes = good && move.revoking.count > 0 && any_owned_of(request, &move.revoking);
    for (size_t i = 0; good && !owes && i < move.coming.count; i++) {
        const struct holding_item *item = &move.coming.items[i];
        good = holding_add(&move.kept, &item->topic, item->partition, item->epoch);
    }
    if (!good) {
        move_finish(&move);
        return KC_ERR_NO_MEMORY;
    }
    holding_sort(&move.kept);
    holding_finish(&member->assigned);
    holding_finish(&member->revoking);
    member->assigned = take(&move.kept);
    if (owes) {
        member->revoking = take(&move.revoking);
        member->state = NEXT_MEMBER_UNREVOKED;
        set_epoch(member, member->epoch);
    } else {
        member->state = move.waits ? NEXT_MEMBER_UNRELEASED : NEXT_MEMBER_STABLE;
        set_epoch(member, guide->target_epoch);
    }
    move_finish(&move);
    return KC_ERR_NONE;
}

/* What it no longer subscribes to goes at once; its target may come to say so later. */
static enum kc_err forgo(struct next_member *member,
                         const struct consumer_group_heartbeat_request *request,
                         const struct next_member_guide *guide)
{
    struct move move = { .waits = false };
    bool good = holding_copy(&member->revoking, &move.revoking);
    for (size_t i = 0; good && i < member->assigned.count; i++) {
        const struct holding_item *item = &member->assigned.items[i];
        good = holding_add(wants(guide, member, item) ? &move.kept : &move.revoking, &item->topic,
                           item->partition, item->epoch);
    }
    if (!good || move.kept.count == member->assigned.count) {
        move_finish(&move);
        return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    }
    holding_sort(&move.revoking);
    holding_finish(&member->assigned);
    member->assigned = take(&move.kept);
    if (any_owned_of(request, &move.revoking)) {
        holding_finish(&member->revoking);
        member->revoking = take(&move.revoking);
        member->state = NEXT_MEMBER_UNREVOKED;
    }
    set_epoch(member, member->epoch);
    move_finish(&move);
    return KC_ERR_NONE;
}

enum kc_err next_member_reconcile(struct next_member *member,
                                  const struct consumer_group_heartbeat_request *request,
                                  const struct next_member_guide *guide)
{
    bool owes = member->state == NEXT_MEMBER_UNREVOKED && any_owned_of(request, &member->revoking);
    if (!owes && !next_member_is_settled(member, guide->target_epoch)) {
        return advance(member, request, guide);
    }
    return guide->has_changed ? forgo(member, request, guide) : KC_ERR_NONE;
}
