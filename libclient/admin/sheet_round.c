/* admin: calls by form: the branches of a round, and what their answers say. */
#include "admin/broker_search.h"
#include "admin/place.h"
#include "admin/sheet_state.h"

void sheet_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    const struct sheet_form *form = sheet_form_of(fanout);
    if (form->size == 0 || form->route == SHEET_EVERY) {
        fanout_set_error(fanout, err, text);
        return;
    }
    uint8_t *result = sheet_result(fanout, item);
    memcpy(result + form->err, &err, sizeof(err));
    if (form->text) {
        memcpy(result + form->text, &text, sizeof(text));
    }
}

/* True when the item was sent back for another try. */
static bool settle_again(struct fanout *fanout, size_t item, enum kc_err err)
{
    const struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    bool is_coordinator = form->route == SHEET_GROUP || form->route == SHEET_TXN;
    if (is_coordinator && coordinator_search_again(fanout, item, err)) {
        return true;
    }
    if (err == KC_ERR_NOT_CONTROLLER) {
        fanout->port->forget_controller(fanout->port);
    }
    bool is_throttled =
        err == KC_ERR_THROTTLING_QUOTA_EXCEEDED && !(sheet->how & KC_NO_QUOTA_RETRY);
    bool is_passing = err == KC_ERR_NOT_CONTROLLER || is_throttled ||
                      err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
                      (form->route == SHEET_EVERY && err == KC_ERR_COORDINATOR_NOT_AVAILABLE) ||
                      (form->route == SHEET_TXN && err == KC_ERR_CONCURRENT_TRANSACTIONS);
    if (is_passing) {
        fanout_try_later(fanout, item, SHEET_ASK, err);
    }
    return is_passing;
}

static void settle(struct fanout *fanout, size_t item, enum kc_err err, struct slice text)
{
    if (settle_again(fanout, item, err)) {
        return;
    }
    if (sheet_form_of(fanout)->route == SHEET_LEADER) {
        leader_search_again(fanout, item, err, text);
    } else {
        fanout_fail(fanout, item, err, text);
    }
}

/* One item of an answer for one item of the call. */
static void take(struct fanout_branch *branch, size_t item, const struct message_type *type,
                 const void *answered)
{
    struct fanout *fanout = branch->fanout;
    const struct sheet_form *form = sheet_form_of(fanout);
    enum kc_err err = (enum kc_err)mirror_number(type, answered, "errorCode", KC_ERR_NONE);
    if (fanout->items[item].branch != branch) {
        return;
    }
    if (err) {
        settle(fanout, item, err, mirror_text(type, answered, "errorMessage"));
        return;
    }
    struct harvest *harvest = fanout->harvest;
    void *result = sheet_result(fanout, item);
    if (form->rows && !mirror_read(type, answered, form->rows, &harvest->arena, result)) {
        harvest->failed = true;
    }
    fanout_move(fanout, item, FANOUT_DONE);
    if (form->taken) {
        form->taken(fanout, item);
    }
}

static void append(struct fanout_branch *branch, const struct mirror_field *list)
{
    struct fanout *fanout = branch->fanout;
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    struct harvest *harvest = fanout->harvest;
    uint8_t *room = harvest_grow(harvest, &harvest->as.list, form->size, (size_t)mirror_count(list),
                                 &sheet->capacity);
    for (int32_t i = 0; room && i < mirror_count(list); i++, room += form->size) {
        if (!mirror_read(list->sub, mirror_item(list, i), form->rows, &harvest->arena, room)) {
            harvest->failed = true;
        }
    }
    fanout_move(fanout, branch->items[0], FANOUT_DONE);
}

static void take_partitions(struct fanout_branch *branch, const struct mirror_field *outer,
                            int32_t index)
{
    struct fanout *fanout = branch->fanout;
    struct sheet *sheet = fanout->state;
    const struct sheet_list *answered = &sheet_form_of(fanout)->answered;
    const void *topic = mirror_item(outer, index);
    struct slice name = mirror_text(outer->sub, topic, answered->topic);
    struct mirror_field inner = mirror_find(outer->sub, topic, answered->inner);
    for (int32_t i = 0; i < mirror_count(&inner); i++) {
        const void *partition = mirror_item(&inner, i);
        int32_t number = (int32_t)mirror_number(inner.sub, partition, answered->key[0], -1);
        const struct roll_entry *entry = roll_find_partition(&sheet->roll, name, number);
        for (; entry; entry = entry->next) {
            take(branch, entry->item, inner.sub, partition);
        }
    }
}

static void take_keyed(struct fanout_branch *branch, const struct mirror_field *list, int32_t index)
{
    struct fanout *fanout = branch->fanout;
    struct sheet *sheet = fanout->state;
    const struct sheet_list *answered = &sheet_form_of(fanout)->answered;
    const void *item = mirror_item(list, index);
    if (!answered->key[0]) {
        if ((size_t)index < branch->item_count) {
            take(branch, branch->items[index], list->sub, item);
        }
        return;
    }
    struct slice key = mirror_key(list->sub, item, answered->key, &branch->arena);
    if (slice_is_null(key)) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    for (const struct roll_entry *entry = roll_find(&sheet->roll, key); entry;
         entry = entry->next) {
        take(branch, entry->item, list->sub, item);
    }
}

/* The answer as a whole is an error, which is dealt with. */
static bool is_refusal(struct fanout_branch *branch, const struct message_type *type,
                       const void *response)
{
    struct fanout *fanout = branch->fanout;
    const struct sheet_form *form = sheet_form_of(fanout);
    enum kc_err err = (enum kc_err)mirror_number(type, response, "errorCode", KC_ERR_NONE);
    struct slice text = err ? mirror_text(type, response, "errorMessage") : SLICE_NULL;
    err = err || !form->verdict ? err : form->verdict(response);
    for (size_t i = 0; err && i < branch->item_count && !fanout->error.code; i++) {
        if (settle_again(fanout, branch->items[i], err)) {
            continue;
        }
        if (form->is_all) {
            const char *words = text.size > 0 ? harvest_text(fanout->harvest, text) : NULL;
            fanout_set_error(fanout, err, words);
        } else {
            settle(fanout, branch->items[i], err, text);
        }
    }
    return err != KC_ERR_NONE;
}

/* The broker cannot be reached: that is its items' error. */
static bool broker_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_fail(branch->fanout, branch->items[i], reply->err, slice_text(reply->text));
    }
    return true;
}

static bool (*refused_by(const struct fanout_branch *branch))(struct fanout_branch *branch,
                                                              const struct conn_reply *reply)
{
    const struct sheet_form *form = sheet_form_of(branch->fanout);
    switch ((enum sheet_route)form->route) {
    case SHEET_LEADER:
        return leader_search_refused;
    case SHEET_EVERY:
        return broker_search_refused;
    case SHEET_GROUP:
    case SHEET_TXN:
        return coordinator_search_refused;
    case SHEET_BROKER:
        return branch->request.target == CLUSTER_BROKER ? broker_refused : NULL;
    default:
        return NULL;
    }
}

static void sheet_answer(struct fanout_branch *branch, const void *response)
{
    struct fanout *fanout = branch->fanout;
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    const struct message_type *type = api_find(form->api_key)->response;
    if (is_refusal(branch, type, response)) {
        return;
    }
    if (form->top &&
        !mirror_read(type, response, form->top, &fanout->harvest->arena, &fanout->harvest->as)) {
        fanout->harvest->failed = true;
    }
    if (!form->answered.list) {
        take(branch, branch->items[0], type, response);
        for (size_t i = 1; i < branch->item_count; i++) {
            fanout_move(fanout, branch->items[i], fanout->items[branch->items[0]].stage);
        }
        return;
    }
    struct mirror_field list = mirror_find(type, response, form->answered.list);
    if (form->route == SHEET_EVERY) {
        append(branch, &list);
        return;
    }
    for (int32_t i = 0; i < mirror_count(&list); i++) {
        if (form->answered.topic) {
            take_partitions(branch, &list, i);
        } else {
            take_keyed(branch, &list, i);
        }
    }
    if (sheet->roll.failed) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
    }
}

/* The partitions of one topic. */
static void fill_inner(void *context, const struct place *places, size_t count, void *topic)
{
    struct fanout_branch *branch = context;
    struct sheet *sheet = branch->fanout->state;
    const struct sheet_form *form = sheet_form_of(branch->fanout);
    struct mirror_field list =
        mirror_find(api_find(form->api_key)->request, branch->message, form->asked.list);
    struct mirror_field inner = mirror_find(list.sub, topic, form->asked.inner);
    uint8_t *items = fanout_branch_alloc(branch, count, sheet->item_size);
    int32_t filled = 0;
    for (size_t i = 0; items && i < count; i++) {
        if (i > 0 && places[i].partition->partition == places[i - 1].partition->partition) {
            /* Brokers refuse a partition twice: this one waits for the next round. */
            fanout_move(branch->fanout, places[i].item, SHEET_ASK);
            continue;
        }
        memcpy(items + (size_t)filled++ * sheet->item_size,
               sheet->items + places[i].item * sheet->item_size, sheet->item_size);
    }
    mirror_set_list(&inner, items, filled);
}

static void fill_topics(struct fanout_branch *branch, const struct mirror_field *list)
{
    struct sheet *sheet = branch->fanout->state;
    const struct place *places = place_sort(branch, sheet->partitions);
    void *topics = fanout_branch_alloc(branch, branch->item_count, list->item_size);
    if (places && topics) {
        place_topics(places, branch->item_count, list, sheet_form_of(branch->fanout)->asked.topic,
                     topics, fill_inner, branch);
    }
}

static void fill_list(struct fanout_branch *branch, const struct mirror_field *list)
{
    struct sheet *sheet = branch->fanout->state;
    uint8_t *items = fanout_branch_alloc(branch, branch->item_count, sheet->item_size);
    for (size_t i = 0; items && i < branch->item_count; i++) {
        memcpy(items + i * sheet->item_size, sheet->items + branch->items[i] * sheet->item_size,
               sheet->item_size);
    }
    mirror_set_list(list, items, items ? (int32_t)branch->item_count : 0);
}

static void sheet_build(struct fanout_branch *branch)
{
    struct fanout *fanout = branch->fanout;
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    const struct message_type *type = api_find(form->api_key)->request;
    bool is_whole = !form->asked.list && sheet->items; /* each item has a message */
    memcpy(branch->message,
           is_whole ? sheet->items + branch->items[0] * sheet->item_size : sheet->request,
           message_struct_size(type));
    struct mirror_field timeout = mirror_find(type, branch->message, "timeoutMs");
    if (timeout.place) {
        *(int32_t *)timeout.place = fanout_left_ms(fanout);
    }
    if (form->asked.list && sheet->items) {
        struct mirror_field list = mirror_find(type, branch->message, form->asked.list);
        if (form->asked.topic) {
            fill_topics(branch, &list);
        } else {
            fill_list(branch, &list);
        }
    }
    branch->request.version_min = form->version_min;
    branch->request.version_max = form->version_max;
    branch->refused = refused_by(branch);
    if (form->fill) {
        form->fill(branch);
    }
}

/* A request an item. */
static void plan_whole(struct fanout *fanout)
{
    const struct sheet_form *form = sheet_form_of(fanout);
    for (size_t i = 0; i < fanout->item_count && !fanout->error.code; i++) {
        if (fanout->items[i].stage != SHEET_ASK) {
            continue;
        }
        int32_t broker_id = fanout->items[i].node.id;
        enum cluster_target target = form->route == SHEET_CONTROLLER ? CLUSTER_CONTROLLER
                                     : broker_id >= 0                ? CLUSTER_BROKER
                                                                     : CLUSTER_ANY;
        struct fanout_branch *branch =
            fanout_branch_create(fanout, target, form->api_key, 1, sheet_answer);
        if (branch) {
            branch->request.broker_id = broker_id;
            fanout_branch_add(branch, i);
            sheet_build(branch);
        }
    }
}

void sheet_plan(struct fanout *fanout)
{
    const struct sheet_form *form = sheet_form_of(fanout);
    switch ((enum sheet_route)form->route) {
    case SHEET_EVERY:
        if (broker_search_plan(fanout)) {
            return;
        }
        break;
    case SHEET_LEADER:
        leader_search_plan(fanout);
        break;
    case SHEET_GROUP:
    case SHEET_TXN:
        coordinator_search_plan(fanout);
        break;
    default:
        break;
    }
    if (!form->asked.list && !form->answered.list) {
        plan_whole(fanout);
    } else if (form->route == SHEET_ANY || form->route == SHEET_CONTROLLER) {
        struct fanout_branch *branch = fanout_gather(
            fanout, SHEET_ASK, form->route == SHEET_ANY ? CLUSTER_ANY : CLUSTER_CONTROLLER,
            form->api_key, sheet_answer);
        if (branch && !fanout->error.code) {
            sheet_build(branch);
        }
    } else {
        fanout_split(fanout, SHEET_ASK, form->api_key, sheet_answer, sheet_build);
    }
}
