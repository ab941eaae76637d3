/* controller: checks proposals against the image. The records are those that apply.c knows; what
 * only ever comes from one place (brokers) is not looked into. */
#include "controller/image_check.h"

#include "controller/config_resource.h"
#include "controller/metadata_batch.h"
#include "record/record.h"
#include "wire/messages.h"

enum { TOUCHED_BYTES_MAX = 1 << 20 };

/* One proposal under check. A topic made by it is known by these. */
struct checking {
    struct image_check *check;
    size_t touched_before; /* bytes */
    struct arena arena;
    struct uuid new_id;
    struct slice new_name; /* null: none */
    int32_t new_partitions;
    struct uuid grown_id; /* the topic whose partitions are being added */
    int32_t grown_partitions;
};

void image_check_init(struct image_check *check, const struct image *image)
{
    check->image = image;
    check->is_full = false;
    bytes_init(&check->touched, TOUCHED_BYTES_MAX);
}

void image_check_finish(struct image_check *check)
{
    bytes_finish(&check->touched);
}

void image_check_restart(struct image_check *check)
{
    check->touched.size = 0;
    check->is_full = false;
}

/* Notes that the proposal changes the thing (FNV-1a of its name: a false match only waits). */
static enum kc_err touch(struct checking *checking, struct slice name)
{
    struct bytes *touched = &checking->check->touched;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.size; i++) {
        hash = (hash ^ name.data[i]) * UINT64_C(1099511628211);
    }
    for (size_t place = 0; place < checking->touched_before; place += sizeof(hash)) {
        if (memcmp(touched->data + place, &hash, sizeof(hash)) == 0) {
            return KC_ERR_WOULD_BLOCK;
        }
    }
    checking->check->is_full |= !bytes_append(touched, &hash, sizeof(hash));
    return KC_ERR_NONE;
}

static bool is_new(const struct checking *checking, const struct uuid *id)
{
    return !slice_is_null(checking->new_name) &&
           memcmp(id->bytes, checking->new_id.bytes, sizeof(id->bytes)) == 0;
}

static enum kc_err check_topic(struct checking *checking, const void *message)
{
    const struct topic_record *record = message;
    if (image_topic(checking->check->image, record->name)) {
        return KC_ERR_TOPIC_ALREADY_EXISTS;
    }
    if (image_topic_by_id(checking->check->image, &record->topic_id)) {
        return KC_ERR_INVALID;
    }
    checking->new_id = record->topic_id;
    checking->new_name = record->name;
    checking->new_partitions = 0;
    return touch(checking, record->name);
}

static enum kc_err check_partition(struct checking *checking, const void *message)
{
    const struct partition_record *record = message;
    if (is_new(checking, &record->topic_id)) {
        return record->partition_id == checking->new_partitions++ ? KC_ERR_NONE : KC_ERR_INVALID;
    }
    const struct image_topic *topic = image_topic_by_id(checking->check->image, &record->topic_id);
    if (!topic) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (memcmp(checking->grown_id.bytes, topic->id.bytes, sizeof(topic->id.bytes)) != 0) {
        enum kc_err err = touch(checking, slice_text(topic->name));
        if (err) {
            return err;
        }
        checking->grown_id = topic->id;
        checking->grown_partitions = topic->partition_count;
    }
    return record->partition_id == checking->grown_partitions++ ? KC_ERR_NONE
                                                                : KC_ERR_INVALID_PARTITIONS;
}

static enum kc_err check_partition_change(struct checking *checking, const void *message)
{
    const struct partition_change_record *record = message;
    const struct image_topic *topic = image_topic_by_id(checking->check->image, &record->topic_id);
    return image_partition(topic, record->partition_id) ? touch(checking, slice_text(topic->name))
                                                        : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static enum kc_err check_remove(struct checking *checking, const void *message)
{
    const struct remove_topic_record *record = message;
    const struct image_topic *topic = image_topic_by_id(checking->check->image, &record->topic_id);
    return topic ? touch(checking, slice_text(topic->name)) : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static enum kc_err check_config(struct checking *checking, const void *message)
{
    const struct config_record *record = message;
    bool is_known = record->resource_type != CONFIG_RESOURCE_TOPIC ||
                    image_topic(checking->check->image, record->resource_name) ||
                    (!slice_is_null(checking->new_name) &&
                     slice_equal(record->resource_name, checking->new_name));
    return is_known ? touch(checking, record->resource_name) : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
}

static enum kc_err check_producer_ids(struct checking *checking, const void *message)
{
    const struct producer_ids_record *record = message;
    if (record->next_producer_id < checking->check->image->next_producer_id) {
        return KC_ERR_INVALID;
    }
    return touch(checking, slice_text("producer ids"));
}

/* What may follow depends on the level before. */
static enum kc_err check_feature(struct checking *checking, const void *message)
{
    const struct feature_level_record *record = message;
    return touch(checking, record->name);
}

static enum kc_err check_nothing(struct checking *checking, const void *message)
{
    (void)checking;
    (void)message;
    return KC_ERR_NONE;
}

struct row {
    uint32_t type;
    const struct message_type *message;
    enum kc_err (*check)(struct checking *checking, const void *message);
};

static const struct row rows[] = {
    { 0, &register_broker_record_type, check_nothing },
    { 2, &topic_record_type, check_topic },
    { 3, &partition_record_type, check_partition },
    { 4, &config_record_type, check_config },
    { 5, &partition_change_record_type, check_partition_change },
    { 8, &unfence_broker_record_type, check_nothing },
    { 9, &remove_topic_record_type, check_remove },
    { 12, &feature_level_record_type, check_feature },
    { 14, &client_quota_record_type, check_nothing }, /* the later of two counts */
    { 15, &producer_ids_record_type, check_producer_ids },
    { 20, &no_op_record_type, check_nothing },
};

/* Room for any of the records above. */
union any_record {
    struct register_broker_record register_broker;
    struct topic_record topic;
    struct partition_record partition;
    struct config_record config;
    struct partition_change_record partition_change;
    struct unfence_broker_record unfence_broker;
    struct remove_topic_record remove_topic;
    struct feature_level_record feature_level;
    struct client_quota_record client_quota;
    struct producer_ids_record producer_ids;
    struct no_op_record no_op;
};

static enum kc_err check_record(struct checking *checking, struct slice value)
{
    struct reader reader;
    uint32_t type;
    int16_t version;
    union any_record record;
    reader_init(&reader, value);
    if (metadata_record_open(&reader, &type, &version)) {
        return KC_ERR_INVALID;
    }
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        if (rows[i].type != type) {
            continue;
        }
        enum kc_err err =
            message_decode(rows[i].message, version, &reader, &checking->arena, &record);
        if (err || reader_left(&reader) > 0) {
            return err == KC_ERR_NO_MEMORY ? err : KC_ERR_INVALID;
        }
        return rows[i].check(checking, &record);
    }
    return KC_ERR_INVALID;
}

enum kc_err image_check_take(struct image_check *check, struct slice bytes)
{
    struct checking checking = { .check = check, .touched_before = check->touched.size };
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    if (check->is_full) {
        return KC_ERR_WOULD_BLOCK;
    }
    if (batch_read(bytes, &batch) || batch_is_control(&batch) ||
        batch_codec(&batch) != COMPRESSION_NONE || batch_reader_init(&reader, &batch, NULL, NULL)) {
        return KC_ERR_INVALID;
    }
    arena_init(&checking.arena, 0);
    enum kc_err err = batch_reader_next(&reader, &record);
    err = err == KC_ERR_WOULD_BLOCK ? KC_ERR_INVALID : err; /* no record at all */
    while (!err) {
        err = check_record(&checking, record.value);
        if (!err) {
            err = batch_reader_next(&reader, &record);
            if (err == KC_ERR_WOULD_BLOCK) {
                arena_finish(&checking.arena);
                return KC_ERR_NONE;
            }
        }
    }
    arena_finish(&checking.arena);
    check->touched.size = checking.touched_before;
    return err == KC_ERR_INVALID_RECORD ? KC_ERR_INVALID : err;
}
