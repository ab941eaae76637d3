/* handler: rejected batches in an answer of Produce. One walk counts the records, the next names
 * them. */
#include "handler/produce_rejection.h"

#include "log/rejection.h"

enum { RECORD_ERRORS_VERSION_MIN = 8, SHOWN_MAX = 3 };

static enum kc_err count_rejected(struct rejection walk, int32_t *ret_count)
{
    struct rejected_record rejected;
    enum kc_err err = KC_ERR_INVALID_RECORD;
    int32_t count = 0;
    while (rejection_next(&walk, &rejected)) {
        count++;
        err = rejected.err == KC_ERR_INVALID_TIMESTAMP ? rejected.err : err;
    }
    *ret_count = count;
    return err;
}

/* Null when memory is out. */
static struct slice describe(struct call *call, const struct rejection *walk,
                             const struct rejected_record *rejected, const char *log_name)
{
    char text[REJECTION_TEXT_MAX];
    rejection_text(walk, rejected, log_name, text);
    return arena_copy(&call->arena, slice_text(text));
}

static bool name_rejected(struct call *call, struct rejection walk, const char *log_name,
                          struct produce_response_batch_index_and_error_message *items,
                          int32_t count)
{
    struct rejected_record rejected;
    struct slice keyless = SLICE_NULL; /* the same of each */
    for (int32_t i = 0; i < count && rejection_next(&walk, &rejected); i++) {
        bool is_keyless = rejected.err == KC_ERR_INVALID_RECORD;
        struct slice text = is_keyless && !slice_is_null(keyless)
                                ? keyless
                                : describe(call, &walk, &rejected, log_name);
        if (slice_is_null(text)) {
            return false;
        }
        keyless = is_keyless ? text : keyless;
        message_defaults(&produce_response_batch_index_and_error_message_type, &items[i]);
        items[i].batch_index = rejected.index;
        items[i].batch_index_error_message = text;
    }
    return true;
}

/* Of records without keys only: Kafka's sentence shows the first of them. */
static const char *summary(struct call *call, struct rejection walk, const char *log_name,
                           int32_t count)
{
    char text[REJECTION_TEXT_MAX];
    struct rejected_record rejected;
    const char *shown = "";
    for (int i = 0; i < SHOWN_MAX && shown && rejection_next(&walk, &rejected); i++) {
        rejection_text(&walk, &rejected, log_name, text);
        shown = arena_printf(&call->arena, "%s%sRecordError(batchIndex=%d, message='%s')", shown,
                             i > 0 ? ", " : "", (int)rejected.index, text);
    }
    return shown ? arena_printf(&call->arena,
                                "One or more records have been rejected due to %d record errors in "
                                "total, and only showing the first three errors at most: [%s]",
                                (int)count, shown)
                 : NULL;
}

static void tell_records(struct call *call, const struct rejection *walk, const char *log_name,
                         int32_t count, int32_t *named,
                         struct produce_response_partition_produce_response *response)
{
    int32_t items_count = MIN_OF(count, PRODUCE_REJECTION_NAMED_MAX - *named);
    struct produce_response_batch_index_and_error_message *items =
        call_alloc(call, (size_t)items_count, sizeof(*items));
    if (items && name_rejected(call, *walk, log_name, items, items_count)) {
        response->record_errors.items = items;
        response->record_errors.count = items_count;
        *named += items_count;
    }
}

/* Kafka tells it with what it finds wrong in a batch itself. */
static bool tells_log_start(enum kc_err err)
{
    return err != KC_ERR_CORRUPT_MESSAGE && err != KC_ERR_MESSAGE_TOO_LARGE &&
           err != KC_ERR_RECORD_LIST_TOO_LARGE && err != KC_ERR_KAFKA_STORAGE_ERROR;
}

enum kc_err produce_rejection_tell(struct call *call, const struct produce_rejection *rejection,
                                   enum kc_err err, int32_t *named,
                                   struct produce_response_partition_produce_response *response)
{
    const struct log_append *append = rejection->append;
    const struct log_options *options = log_settings(rejection->log);
    struct rejection walk;
    int32_t count;
    if (tells_log_start(err)) {
        response->log_start_offset = log_start_offset(rejection->log);
    }
    if ((err != KC_ERR_INVALID_RECORD && err != KC_ERR_INVALID_TIMESTAMP) || !append->findings ||
        !rejection_check(options, rejection->batch, append->findings, append->now_ms)) {
        return err;
    }
    rejection_begin(&walk, options, rejection->batch, rejection->content, append->now_ms);
    err = count_rejected(walk, &count);
    if (call->version >= RECORD_ERRORS_VERSION_MIN) {
        const char *name = log_name(rejection->log);
        response->error_message =
            slice_text(err == KC_ERR_INVALID_TIMESTAMP
                           ? "One or more records have been rejected due to invalid timestamp"
                           : summary(call, walk, name, count));
        tell_records(call, &walk, name, count, named, response);
    }
    return err;
}
