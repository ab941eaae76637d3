/* controller: plans for quotas. */
#include "controller/quota_plan.h"

#include "base/attr.h"

#include <stdarg.h>
#include <stdio.h>

BASE_PRINTF(3, 4)
static void refuse(struct quota_planned *planned, enum kc_err err, const char *format, ...)
{
    va_list arguments;
    planned->err = err;
    va_start(arguments, format);
    (void)vsnprintf(planned->text, sizeof(planned->text), format, arguments);
    va_end(arguments);
}

/* ---- whom it is for ---- */

bool quota_plan_entity(const struct alter_client_quotas_request_entry_data *entry,
                       struct quota_entity *ret_entity)
{
    memset(ret_entity, 0, sizeof(*ret_entity));
    for (int32_t i = 0; i < entry->entity.count; i++) {
        enum quota_part part;
        if (!quota_part_find(entry->entity.items[i].entity_type, &part)) {
            return false;
        }
        ret_entity->has[part] = true;
        ret_entity->names[part] = entry->entity.items[i].entity_name;
    }
    return entry->entity.count > 0;
}

static void check_parts(const struct alter_client_quotas_request_entry_data *entry,
                        struct quota_planned *planned)
{
    if (entry->entity.count <= 0) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "Invalid empty client quota entity");
    }
    for (int32_t i = 0; i < entry->entity.count && !planned->err; i++) {
        const struct alter_client_quotas_request_entity_data *data = &entry->entity.items[i];
        enum quota_part part;
        if (!quota_part_find(data->entity_type, &part)) {
            refuse(planned, KC_ERR_INVALID_REQUEST, "Unhandled client quota entity type: %.*s",
                   SLICE_ARGS(data->entity_type));
        } else if (!slice_is_null(data->entity_name) && data->entity_name.size == 0) {
            refuse(planned, KC_ERR_INVALID_REQUEST, "Empty %s not supported",
                   quota_part_name(part));
        } else if (data->entity_name.size > QUOTA_NAME_MAX) {
            refuse(planned, KC_ERR_INVALID_REQUEST, "A %s of more than %d bytes is not supported.",
                   quota_part_name(part), QUOTA_NAME_MAX);
        }
    }
}

static void check_entity(const struct quota_entity *entity, struct quota_planned *planned)
{
    uint8_t address[16];
    struct slice ip = entity->names[QUOTA_IP];
    if (entity->has[QUOTA_IP] && (entity->has[QUOTA_USER] || entity->has[QUOTA_CLIENT_ID])) {
        /* The missing space is Kafka's. */
        refuse(planned, KC_ERR_INVALID_REQUEST,
               "Invalid quota entity combination, IP entity shouldnot be combined with User or "
               "ClientId");
    } else if (entity->has[QUOTA_IP] && !slice_is_null(ip) && !quota_address_parse(ip, address)) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "%.*s is not a valid IP or resolvable host.",
               SLICE_ARGS(ip));
    }
}

void quota_plan_refuse_again(const struct quota_entity *entity, struct quota_planned *ret_planned)
{
    char names[448];
    size_t size = 0;
    for (int part = 0; part < QUOTA_PART_COUNT && size < sizeof(names); part++) {
        struct slice name = entity->names[part];
        if (entity->has[part]) {
            name = slice_is_null(name) ? slice_text("null") : name;
            size += (size_t)snprintf(names + size, sizeof(names) - size, "%s%s=%.*s",
                                     size > 0 ? ", " : "", quota_part_name((enum quota_part)part),
                                     SLICE_ARGS(name));
        }
    }
    names[MIN_OF(size, sizeof(names) - 1)] = '\0';
    refuse(ret_planned, KC_ERR_INVALID_REQUEST,
           "Ignoring duplicate entity ClientQuotaEntity(entries={%s})", names);
}

/* ---- what is asked for it ---- */

static bool fits_entity(const struct quota_entity *entity, enum quota_key key)
{
    return entity->has[QUOTA_IP] == (key == QUOTA_CONNECTION_CREATION_RATE);
}

static bool is_whole(enum quota_key key)
{
    return key != QUOTA_REQUEST_PERCENTAGE && key != QUOTA_CONTROLLER_MUTATION_RATE;
}

static bool has_fraction(double value)
{
    return value < 0x1p63 && value - (double)(int64_t)value > 1e-6;
}

static void check_value(const struct quota_entity *entity,
                        const struct alter_client_quotas_request_op_data *op,
                        struct quota_planned *planned)
{
    enum quota_key key;
    if (!quota_key_find(op->key, &key) || !fits_entity(entity, key)) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "Invalid configuration key %.*s",
               SLICE_ARGS(op->key));
    } else if (!(op->value > 0)) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "Quota %s must be greater than 0",
               quota_key_name(key));
    } else if (key == QUOTA_CONNECTION_CREATION_RATE && op->value > INT32_MAX) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "Proposed value for %s is too large for an INT.",
               quota_key_name(key));
    } else if (is_whole(key) && op->value > 0x1p63) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "Proposed value for %s is too large for a LONG.",
               quota_key_name(key));
    } else if (is_whole(key) && has_fraction(op->value)) {
        refuse(planned, KC_ERR_INVALID_REQUEST, "%s cannot be a fractional value.",
               quota_key_name(key));
    }
}

static void check_repeats(const struct quota_entity *entity,
                          const struct alter_client_quotas_request_entry_data *entry,
                          struct quota_planned *planned)
{
    bool seen[QUOTA_KEY_COUNT] = { false };
    for (int32_t i = 0; i < entry->ops.count; i++) {
        enum quota_key key;
        if (quota_key_find(entry->ops.items[i].key, &key)) {
            if (seen[key]) {
                quota_plan_refuse_again(entity, planned); /* Kafka's words for that, too */
                return;
            }
            seen[key] = true;
        }
    }
}

static void check_values(const struct quota_entity *entity,
                         const struct alter_client_quotas_request_entry_data *entry,
                         struct quota_planned *planned)
{
    for (int32_t i = 0; i < entry->ops.count && !planned->err; i++) {
        if (!entry->ops.items[i].remove) {
            check_value(entity, &entry->ops.items[i], planned);
        }
    }
}

static void add_record(const struct quota_entity *entity,
                       const struct alter_client_quotas_request_op_data *op,
                       struct metadata_batch *batch)
{
    struct client_quota_record record;
    struct client_quota_record_entity_data parts[QUOTA_PART_COUNT];
    message_defaults(&client_quota_record_type, &record);
    record.entity.items = parts;
    record.entity.count = 0;
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        if (entity->has[part]) {
            struct client_quota_record_entity_data *data = &parts[record.entity.count++];
            message_defaults(&client_quota_record_entity_data_type, data);
            data->entity_type = slice_text(quota_part_name((enum quota_part)part));
            data->entity_name = entity->names[part];
        }
    }
    record.key = op->key;
    record.value = op->remove ? 0 : op->value;
    record.remove = op->remove;
    metadata_batch_add(batch, &client_quota_record_type, 0, &record);
}

static void add_changes(const struct quota_row *row, const struct quota_entity *entity,
                        const struct alter_client_quotas_request_entry_data *entry,
                        struct metadata_batch *batch)
{
    for (int32_t i = 0; i < entry->ops.count; i++) {
        const struct alter_client_quotas_request_op_data *op = &entry->ops.items[i];
        enum quota_key key;
        if (quota_key_find(op->key, &key)) {
            double now = row ? row->values[key] : 0;
            if (op->remove ? now > 0 : now != op->value) {
                add_record(entity, op, batch);
            }
        }
    }
}

void quota_plan_alter(const struct quota_table *table,
                      const struct alter_client_quotas_request_entry_data *entry,
                      struct metadata_batch *batch, struct quota_planned *ret_planned)
{
    struct quota_entity entity;
    *ret_planned = (struct quota_planned){ .err = KC_ERR_NONE };
    check_parts(entry, ret_planned);
    (void)quota_plan_entity(entry, &entity);
    if (!ret_planned->err) {
        check_repeats(&entity, entry, ret_planned);
    }
    if (!ret_planned->err) {
        check_entity(&entity, ret_planned);
    }
    if (!ret_planned->err) {
        check_values(&entity, entry, ret_planned);
    }
    if (ret_planned->err) {
        return;
    }
    const struct quota_row *row = quota_table_row(table, &entity);
    if (!row && table->rows.count >= QUOTA_PLAN_ROWS_MAX) {
        refuse(ret_planned, KC_ERR_POLICY_VIOLATION,
               "There are quotas of %d entities already: remove some first.", QUOTA_PLAN_ROWS_MAX);
        return;
    }
    add_changes(row, &entity, entry, batch);
}
