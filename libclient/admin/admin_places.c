/* admin: finds replicas in what brokers tell of their log directories. */
#include "admin/admin.h"
#include "admin/roll.h"

static void begin(struct harvest *harvest, const struct kc_replica *asked,
                  struct kc_replica_place *place)
{
    place->topic = harvest_text(harvest, slice_text(asked->topic));
    place->partition = asked->partition;
    place->broker_id = asked->broker_id;
    place->offset_lag = -1;
    place->future_offset_lag = -1;
}

static void take(struct harvest *harvest, const struct kc_log_dir *dir,
                 const struct kc_replica_size *replica, struct kc_replica_place *place)
{
    const char *path = harvest_text(harvest, slice_text(dir->path));
    if (replica->is_future) {
        place->future_path = path;
        place->future_offset_lag = replica->offset_lag;
    } else {
        place->path = path;
        place->offset_lag = replica->offset_lag;
    }
}

static void search(struct harvest *harvest, const struct kc_broker_log_dirs *broker,
                   struct roll *roll)
{
    for (size_t d = 0; d < broker->dir_count; d++) {
        const struct kc_log_dir *dir = &broker->dirs[d];
        for (size_t i = 0; i < dir->replica_count; i++) {
            const struct kc_replica_size *replica = &dir->replicas[i];
            const struct roll_entry *entry =
                roll_find_partition(roll, slice_text(replica->topic), replica->partition);
            for (; entry; entry = entry->next) {
                struct kc_replica_place *place = &harvest->as.places.items[entry->item];
                if (place->broker_id == broker->broker_id) {
                    take(harvest, dir, replica, place);
                }
            }
        }
    }
}

/* An error of a whole broker is that of its replicas. */
static void blame(struct kc_replica_places *places, const struct kc_broker_log_dirs *broker)
{
    for (size_t i = 0; i < places->count; i++) {
        if (places->items[i].broker_id == broker->broker_id) {
            places->items[i].err = broker->err;
        }
    }
}

struct harvest *admin_places_find(const struct kc_log_dirs *dirs, const struct kc_replica *replicas,
                                  size_t count)
{
    struct harvest *harvest = harvest_create();
    struct roll roll;
    if (!harvest) {
        return NULL;
    }
    struct kc_replica_places *places = &harvest->as.places;
    places->items = harvest_array(harvest, count, sizeof(*places->items));
    places->count = places->items ? count : 0;
    roll_init(&roll);
    for (size_t i = 0; i < places->count; i++) {
        begin(harvest, &replicas[i], &places->items[i]);
        if (!roll_add_partition(&roll, slice_text(replicas[i].topic), replicas[i].partition, i)) {
            harvest->failed = true;
        }
    }
    for (size_t i = 0; i < dirs->count && !harvest->failed; i++) {
        if (dirs->items[i].err) {
            blame(places, &dirs->items[i]);
        } else {
            search(harvest, &dirs->items[i], &roll);
        }
    }
    bool failed = harvest->failed || roll.failed;
    roll_finish(&roll);
    if (failed) {
        harvest_destroy(harvest);
        return NULL;
    }
    return harvest;
}
