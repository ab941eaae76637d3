/* admin: from arguments to requests, by form. */
#include "admin/sheet.h"

#include "admin/broker_search.h"
#include "admin/place.h"
#include "admin/sheet_state.h"

const struct mirror_row sheet_plain[] = { MIRROR_END };

const struct sheet_form *sheet_form_of(const struct fanout *fanout)
{
    return CONTAINER_OF(fanout->family, struct sheet_form, family);
}

static const struct message_type *request_type(const struct sheet_form *form)
{
    return api_find(form->api_key)->request;
}

void *sheet_request(struct fanout *fanout)
{
    struct sheet *sheet = fanout->state;
    return sheet->request;
}

struct fanout *sheet_go_about(struct fanout *fanout, unsigned how)
{
    struct sheet *sheet = fanout ? fanout->state : NULL;
    if (sheet) {
        struct mirror_field validate =
            mirror_find(request_type(sheet_form_of(fanout)), sheet->request, "validateOnly");
        sheet->how = how;
        if (validate.place) {
            *(bool *)validate.place = (how & KC_VALIDATE_ONLY) != 0;
        }
    }
    return fanout;
}

void **sheet_extra(struct fanout *fanout)
{
    struct sheet *sheet = fanout->state;
    return &sheet->extra;
}

void *sheet_item(struct fanout *fanout, size_t item)
{
    struct sheet *sheet = fanout->state;
    return sheet->items + item * sheet->item_size;
}

void *sheet_result(struct fanout *fanout, size_t item)
{
    const struct sheet_form *form = sheet_form_of(fanout);
    return form->size == 0 ? (void *)&fanout->harvest->as
                           : (uint8_t *)fanout->harvest->as.list.items + item * form->size;
}

static bool is_search(const struct sheet_form *form)
{
    return form->route == SHEET_EVERY || form->route == SHEET_LEADER ||
           form->route == SHEET_GROUP || form->route == SHEET_TXN;
}

static bool is_coordinator(const struct sheet_form *form)
{
    return form->route == SHEET_GROUP || form->route == SHEET_TXN;
}

static bool is_partitions(const struct sheet_form *form)
{
    return form->asked.topic || form->answered.topic;
}

/* The asked items in the request that all start from: their type and size. */
static struct mirror_field asked_field(const struct sheet_form *form, const void *request)
{
    const struct sheet_list *asked = &form->asked;
    struct mirror_field field = mirror_find(request_type(form), request, asked->list);
    if (asked->inner) {
        static const uint8_t nowhere[1];
        field = mirror_find(field.sub, nowhere, asked->inner);
    }
    return field;
}

static bool begin(struct fanout *fanout, const struct sheet_form *form, size_t count)
{
    struct sheet *sheet = fanout->state;
    const struct message_type *type = request_type(form);
    sheet->request = fanout_alloc(fanout, 1, message_struct_size(type));
    if (!sheet->request) {
        return false;
    }
    message_defaults(type, sheet->request);
    sheet->item_type = type;
    sheet->item_size = message_struct_size(type);
    if (form->asked.list) {
        struct mirror_field field = asked_field(form, sheet->request);
        sheet->item_type = field.sub;
        sheet->item_size = field.item_size;
    }
    if (form->size > 0 && form->route != SHEET_EVERY) {
        struct harvest *harvest = fanout->harvest;
        harvest->as.list.items = harvest_array(harvest, count, form->size);
        harvest->as.list.count = harvest->failed ? 0 : count;
    }
    for (size_t i = 0; form->text && i < fanout->harvest->as.list.count; i++) {
        const char *text = kc_err_text(KC_ERR_NONE);
        memcpy((uint8_t *)sheet_result(fanout, i) + form->text, &text, sizeof(text));
    }
    return !fanout->harvest->failed;
}

struct fanout *sheet_create(const struct sheet_form *form, size_t count)
{
    struct fanout *fanout =
        fanout_create(&form->family, count, is_search(form) ? SHEET_SEARCH : SHEET_ASK);
    struct sheet *sheet = fanout ? fanout_alloc(fanout, 1, sizeof(*sheet)) : NULL;
    if (sheet) {
        fanout->state = sheet;
        roll_init(&sheet->roll);
    }
    if (!sheet || !begin(fanout, form, count)) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

void sheet_release(struct fanout *fanout)
{
    struct sheet *sheet = fanout->state;
    if (sheet) {
        roll_finish(&sheet->roll);
        if (sheet_form_of(fanout)->route == SHEET_LEADER) {
            leader_search_finish(&sheet->search.leaders);
        }
    }
}

/* The searches are ready when the names are. */
static struct fanout *ready(struct fanout *fanout, bool fits)
{
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    if (fits && form->route == SHEET_LEADER) {
        sheet->search.leaders.partitions = sheet->partitions;
        sheet->search.leaders.stage = SHEET_SEARCH;
        sheet->search.leaders.found_stage = SHEET_ASK;
        fits = leader_search_init(&sheet->search.leaders, fanout->item_count);
    } else if (fits && is_coordinator(form)) {
        sheet->search.coordinators.group_ids = sheet->names;
        sheet->search.coordinators.key_type = form->route == SHEET_TXN ? 1 : 0;
        sheet->search.coordinators.stage = SHEET_SEARCH;
        sheet->search.coordinators.found_stage = SHEET_ASK;
    }
    if (!fits || fanout->error.code || fanout->harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

/* Result items begin with their name or their topic. */
static bool name_result(struct fanout *fanout, size_t item, const char *name)
{
    if (sheet_form_of(fanout)->size > 0) {
        const char *copy = harvest_text(fanout->harvest, slice_text(name));
        memcpy(sheet_result(fanout, item), &copy, sizeof(copy));
    }
    return !fanout->harvest->failed;
}

static bool add_partition(struct fanout *fanout, size_t item, const struct kc_partition *from)
{
    struct sheet *sheet = fanout->state;
    struct kc_partition *partition = &sheet->partitions[item];
    *partition = (struct kc_partition){ fanout_text(fanout, from->topic), from->partition };
    if (!partition->topic || !name_result(fanout, item, from->topic)) {
        return false;
    }
    if (sheet_form_of(fanout)->size > 0) {
        struct kc_partition *result = sheet_result(fanout, item);
        result->partition = from->partition;
    }
    return roll_add_partition(&sheet->roll, slice_text(partition->topic), partition->partition,
                              item);
}

static bool add_name(struct fanout *fanout, size_t item, const char *name)
{
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    if (!sheet->is_one_group) {
        sheet->names[item] = fanout_text(fanout, name);
    }
    if (!sheet->names[item] || !name_result(fanout, item, name)) {
        return false;
    }
    if (!form->answered.list || form->asked.key[0]) {
        return true;
    }
    struct slice key = mirror_text_key(slice_text(name), &sheet->roll.arena);
    return !slice_is_null(key) && roll_add(&sheet->roll, key, item);
}

static bool add_key(struct fanout *fanout, size_t item, const void *wire)
{
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    if (form->echo && !mirror_read(sheet->item_type, wire, form->echo, &fanout->harvest->arena,
                                   sheet_result(fanout, item))) {
        return false;
    }
    if (!form->answered.list || !form->asked.key[0]) {
        return true;
    }
    struct slice key = mirror_key(sheet->item_type, wire, form->asked.key, &sheet->roll.arena);
    return !slice_is_null(key) && roll_add(&sheet->roll, key, item);
}

/* The item as it goes into the request's list, or the whole request. */
static bool write_item(struct fanout *fanout, size_t item, const struct mirror_row *rows,
                       const void *from)
{
    struct sheet *sheet = fanout->state;
    uint8_t *wire = sheet->items + item * sheet->item_size;
    if (!sheet->item_type && sheet->item_size == sizeof(int32_t)) {
        memcpy(wire, &((const struct kc_partition *)from)->partition, sizeof(int32_t));
        return true;
    }
    if (!sheet->item_type) {
        struct slice name = slice_text(sheet->names[item]);
        memcpy(wire, &name, sizeof(name));
        return true;
    }
    message_defaults(sheet->item_type, wire);
    if (!sheet_form_of(fanout)->asked.list) {
        memcpy(wire, sheet->request, sheet->item_size);
    }
    return mirror_write(sheet->item_type, rows, from, &fanout->arena, wire);
}

static bool add_item(struct fanout *fanout, size_t item, const struct mirror_row *rows,
                     const void *from)
{
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    bool fits = true;
    if (is_partitions(form)) {
        fits = add_partition(fanout, item, from);
    } else if (form->is_named) {
        fits = add_name(fanout, item, *(const char *const *)from);
    }
    fits = fits && (!sheet->items || write_item(fanout, item, rows, from));
    return fits && (is_partitions(form) || !sheet->items || !sheet->item_type ||
                    add_key(fanout, item, sheet->items + item * sheet->item_size));
}

static bool make_room(struct fanout *fanout, const struct mirror_row *rows)
{
    struct sheet *sheet = fanout->state;
    const struct sheet_form *form = sheet_form_of(fanout);
    size_t count = fanout->item_count;
    if (rows) {
        sheet->items = fanout_alloc(fanout, count, sheet->item_size);
    }
    if (is_partitions(form)) {
        sheet->partitions = fanout_alloc(fanout, count, sizeof(*sheet->partitions));
    }
    if (!sheet->names && (is_coordinator(form) || form->is_named)) {
        sheet->names = fanout_alloc(fanout, count, sizeof(char *));
    }
    return !fanout->error.code;
}

struct fanout *sheet_of_group(struct fanout *fanout, const char *group_id)
{
    struct sheet *sheet = fanout ? fanout->state : NULL;
    const char *copy = fanout ? fanout_text(fanout, group_id) : NULL;
    if (!copy) {
        fanout_destroy(fanout);
        return NULL;
    }
    sheet->names = fanout_alloc(fanout, fanout->item_count, sizeof(char *));
    for (size_t i = 0; sheet->names && i < fanout->item_count; i++) {
        sheet->names[i] = copy;
    }
    sheet->is_one_group = true;
    struct slice id = slice_text(copy);
    memcpy(mirror_find(request_type(sheet_form_of(fanout)), sheet->request, "groupId").place, &id,
           sizeof(id));
    if (!sheet->names) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

struct fanout *sheet_take(struct fanout *fanout, const struct mirror_row *rows, const void *items,
                          size_t size)
{
    if (!fanout) {
        return NULL;
    }
    bool fits = make_room(fanout, rows);
    for (size_t i = 0; fits && i < fanout->item_count; i++) {
        fits = add_item(fanout, i, rows, (const uint8_t *)items + i * size);
    }
    return ready(fanout, fits);
}

struct fanout *sheet_take_brokers(struct fanout *fanout, const int32_t *broker_ids)
{
    for (size_t i = 0; fanout && i < fanout->item_count; i++) {
        fanout->items[i].node.id = broker_ids[i];
        memcpy(sheet_result(fanout, i), &broker_ids[i], sizeof(broker_ids[i]));
    }
    return sheet_take_request(fanout);
}

struct fanout *sheet_take_request(struct fanout *fanout)
{
    return fanout ? ready(fanout, true) : NULL;
}

struct fanout *sheet_take_struct(struct fanout *fanout, const struct mirror_row *rows,
                                 const void *plain)
{
    return fanout ? ready(fanout, mirror_write(request_type(sheet_form_of(fanout)), rows, plain,
                                               &fanout->arena, sheet_request(fanout)))
                  : NULL;
}
