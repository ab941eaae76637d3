/* handler: AlterClientQuotas, versions 0 and 1 (KIP-546). 1: flexible. Entities fail one by one;
 * the changes of all others commit together. An entity that comes twice is answered once, as a
 * mistake, and its first change is made: as in Kafka. */
#include "handler/handlers.h"
#include "handler/proposal.h"

#include "controller/quota_plan.h"

/* The whole request on its way to the log. */
struct quota_change {
    struct alter_client_quotas_response response;
    struct map seen; /* packed entity -> its entry in the response */
};

static void set_error(struct call *call, const struct quota_planned *planned,
                      struct alter_client_quotas_response_entry_data *answer)
{
    answer->error_code = (int16_t)planned->err;
    answer->error_message =
        planned->err ? arena_copy(&call->arena, slice_text(planned->text)) : SLICE_NULL;
}

static void name_part(struct alter_client_quotas_response_entry_data *answer, struct slice type,
                      struct slice name)
{
    struct alter_client_quotas_response_entity_data *data =
        &answer->entity.items[answer->entity.count++];
    data->entity_type = type;
    data->entity_name = name;
}

/* The answer names whom the change was for; entity NULL: as the request has it. */
static bool add_answer(struct call *call, struct quota_change *change,
                       const struct alter_client_quotas_request_entry_data *entry,
                       const struct quota_entity *entity)
{
    struct alter_client_quotas_response_entry_data *answer =
        &change->response.entries.items[change->response.entries.count++];
    message_defaults(&alter_client_quotas_response_entry_data_type, answer);
    answer->entity.items =
        call_alloc(call, (size_t)entry->entity.count, sizeof(*answer->entity.items));
    answer->entity.count = 0;
    if (!answer->entity.items) {
        return false;
    }
    for (int part = 0; entity && part < QUOTA_PART_COUNT; part++) {
        if (entity->has[part]) {
            name_part(answer, slice_text(quota_part_name((enum quota_part)part)),
                      entity->names[part]);
        }
    }
    for (int32_t i = 0; !entity && i < entry->entity.count; i++) {
        name_part(answer, entry->entity.items[i].entity_type, entry->entity.items[i].entity_name);
    }
    return true;
}

/* The entry of an entity that was there before, NULL when it is new; false: memory is out. */
static bool note(struct call *call, struct quota_change *change, const struct quota_entity *entity,
                 struct alter_client_quotas_response_entry_data **ret_before)
{
    uint8_t bytes[QUOTA_ENTITY_BYTES_MAX];
    struct slice packed = slice_of(bytes, quota_entity_pack(entity, bytes));
    *ret_before = map_get(&change->seen, packed);
    if (*ret_before || packed.size == 0) {
        return true;
    }
    packed = arena_copy(&call->arena, packed);
    return !slice_is_null(packed) &&
           map_put(&change->seen, packed,
                   &change->response.entries.items[change->response.entries.count], NULL);
}

/* False: memory is out. */
static bool alter_one(struct call *call, struct quota_change *change,
                      const struct alter_client_quotas_request_entry_data *entry,
                      struct metadata_batch *batch)
{
    struct alter_client_quotas_response_entry_data *before = NULL;
    struct quota_entity entity;
    struct quota_planned planned;
    bool has_entity = quota_plan_entity(entry, &entity);
    if (has_entity && !note(call, change, &entity, &before)) {
        return false;
    }
    if (before) {
        quota_plan_refuse_again(&entity, &planned);
        set_error(call, &planned, before);
        return true;
    }
    if (!add_answer(call, change, entry, has_entity ? &entity : NULL)) {
        return false;
    }
    quota_plan_alter(&call->node->image->quotas, entry, batch, &planned);
    set_error(call, &planned, &change->response.entries.items[change->response.entries.count - 1]);
    return true;
}

static void quotas_committed(struct call *call, enum kc_err err)
{
    struct quota_change *change = call->parked;
    for (int32_t i = 0; err && i < change->response.entries.count; i++) {
        struct alter_client_quotas_response_entry_data *entry = &change->response.entries.items[i];
        if (!entry->error_code) {
            entry->error_code = (int16_t)err;
            entry->error_message = slice_text(kc_err_text(err));
        }
    }
    call_answer(call, &change->response, NULL, NULL);
}

void handle_alter_client_quotas(struct call *call)
{
    const struct alter_client_quotas_request *request = call->message;
    struct quota_change *change = call_alloc(call, 1, sizeof(*change));
    struct metadata_batch batch;
    bool has_memory = change != NULL;
    metadata_batch_init(&batch);
    if (change) {
        message_defaults(&alter_client_quotas_response_type, &change->response);
        map_init(&change->seen, random_next(call->node->random));
        change->response.entries.items = call_alloc(call, (size_t)request->entries.count,
                                                    sizeof(*change->response.entries.items));
        has_memory = change->response.entries.items != NULL;
        for (int32_t i = 0; has_memory && i < request->entries.count; i++) {
            has_memory = alter_one(call, change, &request->entries.items[i], &batch);
        }
        map_finish(&change->seen);
    }
    if (!has_memory) {
        metadata_batch_finish(&batch);
        call_fail(call, "out of memory for a request");
        return;
    }
    call->parked = change;
    if (request->validate_only || batch.count == 0) {
        metadata_batch_finish(&batch);
        quotas_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, quotas_committed);
}
