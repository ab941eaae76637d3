/* admin: what families do with the items of a call and the branches that ask for them. */
#include "admin/fanout.h"

#include <stdio.h>

void fanout_set_items(struct fanout *fanout, size_t item_count, uint8_t stage)
{
    fanout->items = fanout_alloc(fanout, item_count, sizeof(*fanout->items));
    fanout->item_count = fanout->items ? item_count : 0;
    for (size_t i = 0; i < fanout->item_count; i++) {
        fanout->items[i].stage = stage;
        fanout->items[i].node.id = -1;
    }
}

void *fanout_alloc(struct fanout *fanout, size_t count, size_t size)
{
    void *room = arena_alloc_array(&fanout->arena, count, size);
    if (!room) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
    }
    return room;
}

const char *fanout_text(struct fanout *fanout, const char *text)
{
    struct slice copy = text ? arena_copy(&fanout->arena, slice_text(text)) : SLICE_NULL;
    if (text && slice_is_null(copy)) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
    }
    return (const char *)copy.data;
}

void *fanout_branch_alloc(struct fanout_branch *branch, size_t count, size_t size)
{
    void *room = arena_alloc_array(&branch->arena, count, size);
    if (!room) {
        fanout_set_error(branch->fanout, KC_ERR_NO_MEMORY, NULL);
    }
    return room;
}

void fanout_branch_add(struct fanout_branch *branch, size_t item)
{
    branch->items[branch->item_count++] = item;
    branch->fanout->items[item].is_asked = true;
    branch->fanout->items[item].branch = branch;
}

struct fanout_branch *
fanout_gather(struct fanout *fanout, uint8_t stage, enum cluster_target target, int16_t api_key,
              void (*answer)(struct fanout_branch *branch, const void *response))
{
    struct fanout_branch *branch = NULL;
    for (size_t i = 0; i < fanout->item_count && !fanout->error.code; i++) {
        if (fanout->items[i].stage != stage) {
            continue;
        }
        if (!branch) {
            branch = fanout_branch_create(fanout, target, api_key, fanout->item_count - i, answer);
        }
        if (branch) {
            fanout_branch_add(branch, i);
        }
    }
    return branch;
}

static struct fanout_branch *find_branch(const struct fanout *fanout, enum cluster_target target,
                                         int32_t broker_id, int16_t api_key)
{
    LIST_EACH(node, &fanout->branches)
    {
        struct fanout_branch *branch = LIST_ITEM(node, struct fanout_branch, link);
        if (branch->request.target == target && branch->request.broker_id == broker_id &&
            branch->request.api_key == api_key) {
            return branch;
        }
    }
    return NULL;
}

void fanout_split(struct fanout *fanout, uint8_t stage, int16_t api_key,
                  void (*answer)(struct fanout_branch *branch, const void *response),
                  void (*build)(struct fanout_branch *branch))
{
    for (size_t i = 0; i < fanout->item_count && !fanout->error.code; i++) {
        const struct fanout_item *item = &fanout->items[i];
        if (item->stage != stage) {
            continue;
        }
        enum cluster_target target = item->node.id < 0 ? CLUSTER_ANY : CLUSTER_BROKER;
        struct fanout_branch *branch = find_branch(fanout, target, item->node.id, api_key);
        if (!branch) {
            branch = fanout_branch_create(fanout, target, api_key, fanout->item_count - i, answer);
        }
        if (branch) {
            branch->request.broker_id = item->node.id;
            fanout_branch_add(branch, i);
        }
    }
    LIST_EACH(node, &fanout->branches)
    {
        struct fanout_branch *branch = LIST_ITEM(node, struct fanout_branch, link);
        if (branch->request.api_key == api_key && !fanout->error.code) {
            build(branch);
        }
    }
}

void fanout_move(struct fanout *fanout, size_t item, uint8_t stage)
{
    fanout->items[item].stage = stage;
    fanout->items[item].is_asked = false;
    fanout->items[item].branch = NULL;
}

void fanout_try_later(struct fanout *fanout, size_t item, uint8_t stage, enum kc_err err)
{
    fanout_move(fanout, item, stage);
    fanout->items[item].err = err;
    fanout->items[item].try_count++;
    fanout->wants_pause = true;
}

void fanout_fail(struct fanout *fanout, size_t item, enum kc_err err, struct slice text)
{
    if (fanout->items[item].stage == FANOUT_DONE) {
        return;
    }
    fanout_move(fanout, item, FANOUT_DONE);
    const char *sentence = text.size > 0 ? harvest_text(fanout->harvest, text) : kc_err_text(err);
    fanout->family->fail(fanout, item, err, sentence);
}

bool fanout_branch_look_again(struct fanout_branch *branch, const struct conn_reply *reply,
                              uint8_t stage)
{
    struct fanout *fanout = branch->fanout;
    if (reply->err != KC_ERR_CONNECT && reply->err != KC_ERR_DISCONNECTED &&
        reply->err != KC_ERR_TIMED_OUT && reply->err != KC_ERR_RESOLVE) {
        return false;
    }
    fanout->last.code = reply->err;
    (void)snprintf(fanout->last.text, sizeof(fanout->last.text), "%s: %s", fanout->family->what,
                   reply->text ? reply->text : kc_err_text(reply->err));
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_try_later(fanout, branch->items[i], stage, reply->err);
    }
    return true;
}
