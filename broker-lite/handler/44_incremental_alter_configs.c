/* handler: IncrementalAlterConfigs, versions 0 and 1 (KIP-339). 1: flexible. Topics, this broker
 * and the default of all, groups, client metrics. Resources fail one by one; the changes of all
 * others commit together. */
#include "handler/alter_check.h"
#include "handler/alteration.h"
#include "handler/handlers.h"
#include "handler/proposal.h"
#include "handler/repeats.h"

#include "controller/config_resource.h"
#include "controller/word_set.h"

#include <stdio.h>

/* Adds the words of `from` that `except` (NULL: nothing) lacks. */
static void add_words(char *out, size_t *size, struct slice from, const struct word_set *except)
{
    struct slice word;
    while (!slice_is_null(word = config_next_word(&from))) {
        if (!except || slice_is_null(word_set_find(except, word))) {
            if (*size > 0) {
                out[(*size)++] = ',';
            }
            memcpy(out + *size, word.data, word.size);
            *size += word.size;
        }
    }
}

/* APPEND and SUBTRACT start from the value in force. */
static enum kc_err edit_list(struct altering *altering,
                             const struct incremental_alter_configs_request_alterable_config *item,
                             struct slice *ret_value)
{
    enum kc_err err = alter_check_list(altering, item->name, item->config_operation);
    if (err) {
        return err;
    }
    bool appends = item->config_operation == ALTER_APPEND;
    struct slice current = alter_check_current(altering, item->name);
    char *out = call_alloc(altering->call, current.size + item->value.size + 2, 1);
    struct word_set known; /* that are not to be there twice, or not any more */
    size_t size = 0;
    if (!out || !word_set_init(&known, appends ? current : item->value, &altering->call->arena)) {
        return KC_ERR_UNKNOWN_SERVER_ERROR;
    }
    add_words(out, &size, current, appends ? NULL : &known);
    if (appends) {
        add_words(out, &size, item->value, &known);
    }
    *ret_value = slice_of(out, size);
    return KC_ERR_NONE;
}

static enum kc_err alter_one(struct altering *altering, int32_t index)
{
    const struct incremental_alter_configs_request_alterable_config *item =
        &altering->wanted->configs.items[index];
    switch (item->config_operation) {
    case ALTER_SET:
        altering->values[index] = item->value;
        return KC_ERR_NONE;
    case ALTER_DELETE:
        altering->values[index] = SLICE_NULL;
        return KC_ERR_NONE;
    case ALTER_APPEND:
    case ALTER_SUBTRACT:
        return edit_list(altering, item, &altering->values[index]);
    default:
        (void)snprintf(altering->text, sizeof(altering->text), "Unknown operation type %d",
                       item->config_operation);
        return KC_ERR_INVALID_REQUEST;
    }
}

static enum kc_err refuse(struct altering *altering, enum kc_err err, const char *text)
{
    (void)snprintf(altering->text, sizeof(altering->text), "%s", text);
    return err;
}

/* Mistakes that make the resource's whole list void. Sees the first of them, as Kafka does. */
static enum kc_err check_list(struct altering *altering)
{
    const struct incremental_alter_configs_request_alter_configs_resource *wanted =
        altering->wanted;
    size_t count = (size_t)wanted->configs.count;
    struct slice *names = call_alloc(altering->call, count, sizeof(*names));
    for (size_t i = 0; names && i < count; i++) {
        names[i] = wanted->configs.items[i].name;
    }
    enum repeat *repeats = names ? repeats_find(altering->call, names, count) : NULL;
    if (!repeats) {
        return KC_ERR_UNKNOWN_SERVER_ERROR;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_is_null(wanted->configs.items[i].value) &&
            wanted->configs.items[i].config_operation != ALTER_DELETE) {
            (void)snprintf(altering->text, sizeof(altering->text),
                           "Null value not supported for : %.*s",
                           (int)MIN_OF(names[i].size, (size_t)128), (const char *)names[i].data);
            return KC_ERR_INVALID_REQUEST;
        }
        if (repeats[i] == REPEAT_LATER) {
            return refuse(altering, KC_ERR_INVALID_REQUEST, "Error due to duplicate config keys");
        }
    }
    return KC_ERR_NONE;
}

/* What each resource is among those of the request; NULL when memory is out. */
static enum repeat *find_repeats(struct call *call)
{
    const struct incremental_alter_configs_request *request = call->message;
    size_t count = (size_t)request->resources.count;
    struct slice *keys = call_alloc(call, count, sizeof(*keys));
    for (size_t i = 0; keys && i < count; i++) {
        struct slice name = request->resources.items[i].resource_name;
        uint8_t *key = call_alloc(call, name.size + 1, 1);
        if (!key) {
            return NULL;
        }
        key[0] = (uint8_t)request->resources.items[i].resource_type;
        if (name.size > 0) {
            memcpy(key + 1, name.data, name.size);
        }
        keys[i] = slice_of(key, name.size + 1);
    }
    return keys ? repeats_find(call, keys, count) : NULL;
}

static void add_records(const struct altering *altering, struct metadata_batch *batch)
{
    for (int32_t i = 0; i < altering->wanted->configs.count; i++) {
        struct config_record record;
        message_defaults(&config_record_type, &record);
        record.resource_type = altering->wanted->resource_type;
        record.resource_name = altering->wanted->resource_name;
        record.name = altering->wanted->configs.items[i].name;
        record.value = altering->values[i];
        metadata_batch_add(batch, &config_record_type, 0, &record);
    }
}

static void
alter_resource(struct call *call, int32_t index, bool repeats, struct metadata_batch *batch,
               struct incremental_alter_configs_response_alter_configs_resource_response *answer)
{
    const struct incremental_alter_configs_request *request = call->message;
    struct altering altering = { .call = call, .wanted = &request->resources.items[index] };
    int32_t count = altering.wanted->configs.count;
    enum kc_err err = repeats ? refuse(&altering, KC_ERR_INVALID_REQUEST,
                                       "Each resource must appear at most once.")
                              : check_list(&altering);
    err = err ? err : alter_check_resource(&altering);
    altering.current = image_settings_of(call->node->image, altering.wanted->resource_type,
                                         altering.wanted->resource_name);
    altering.values = call_alloc(call, (size_t)count, sizeof(*altering.values));
    if (!altering.values) {
        err = KC_ERR_UNKNOWN_SERVER_ERROR;
    }
    for (int32_t i = 0; !err && i < count; i++) {
        err = alter_one(&altering, i);
    }
    err = err ? err : alter_check_values(&altering);
    if (!err) {
        add_records(&altering, batch);
    }
    answer->resource_type = altering.wanted->resource_type;
    answer->resource_name = altering.wanted->resource_name;
    answer->error_code = (int16_t)err;
    answer->error_message = !err               ? SLICE_NULL
                            : altering.text[0] ? arena_copy(&call->arena, slice_text(altering.text))
                                               : slice_text(kc_err_text(err));
}

static void configs_committed(struct call *call, enum kc_err err)
{
    struct alteration *alteration = call->parked;
    struct incremental_alter_configs_response *response = &alteration->response;
    for (int32_t i = 0; err && i < response->responses.count; i++) {
        if (!response->responses.items[i].error_code) {
            response->responses.items[i].error_code = (int16_t)err;
            response->responses.items[i].error_message = slice_text(kc_err_text(err));
        }
    }
    alteration->answer(call, response);
}

void alteration_begin(struct call *call,
                      void (*answer)(struct call *call,
                                     struct incremental_alter_configs_response *response))
{
    const struct incremental_alter_configs_request *request = call->message;
    struct alteration *alteration = call_alloc(call, 1, sizeof(*alteration));
    struct incremental_alter_configs_response *response = alteration ? &alteration->response : NULL;
    if (response) {
        alteration->answer = answer;
        message_defaults(&incremental_alter_configs_response_type, response);
        response->responses.items =
            call_alloc(call, (size_t)request->resources.count, sizeof(*response->responses.items));
        response->responses.count = request->resources.count;
    }
    enum repeat *repeats = find_repeats(call);
    if (!response || !response->responses.items || !repeats) {
        call_fail(call, "out of memory for a request");
        return;
    }
    struct metadata_batch batch;
    metadata_batch_init(&batch);
    for (int32_t i = 0; i < request->resources.count; i++) {
        alter_resource(call, i, repeats[i] != REPEAT_NONE, &batch, &response->responses.items[i]);
    }
    call->parked = alteration;
    if (request->validate_only || batch.count == 0) {
        metadata_batch_finish(&batch);
        configs_committed(call, KC_ERR_NONE);
        return;
    }
    call_propose(call, &batch, configs_committed);
}

static void answer_plainly(struct call *call, struct incremental_alter_configs_response *response)
{
    call_answer(call, response, NULL, NULL);
}

void handle_incremental_alter_configs(struct call *call)
{
    alteration_begin(call, answer_plainly);
}
