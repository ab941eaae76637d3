/* embed: faults, asked for by the program's threads. */
#include "embed/embed_parts.h"

#include "base/clock.h"
#include "handler/fault_call.h"
#include "wire/error.h"

#include <broker-lite/fault.h>
#include <stdio.h>
#include <stdlib.h>

static enum kc_err fault_failed(struct kc_error *error, enum kc_err code, const char *what,
                                const char *which)
{
    if (error) {
        error->code = code;
        (void)snprintf(error->text, sizeof(error->text), "%s%.200s", what, which);
    }
    return code;
}

/* ---- hits ---- */

/* NULL: an id of none, or of one long gone. */
static struct embed_hits *hits_of(struct bl_broker *broker, int id)
{
    struct embed_hits *hits = &broker->hits[(unsigned)id % EMBED_HITS_MAX];
    return hits->id == id ? hits : NULL;
}

void embed_fault_told(void *context, int id, uint32_t count)
{
    struct bl_broker *broker = context;
    lock_hold(&broker->lock);
    struct embed_hits *hits = hits_of(broker, id);
    if (hits) {
        hits->count = count;
    }
    signal_wake_all(&broker->changed);
    lock_release(&broker->lock);
}

unsigned bl_fault_hits(struct bl_broker *broker, int id)
{
    lock_hold(&broker->lock);
    const struct embed_hits *hits = hits_of(broker, id);
    unsigned count = hits ? hits->count : 0;
    lock_release(&broker->lock);
    return count;
}

enum kc_err bl_fault_await(struct bl_broker *broker, int id, unsigned wanted, int timeout_ms,
                           struct kc_error *error)
{
    int64_t until_us =
        timeout_ms < 0 ? INT64_MAX : clock_now_us(&clock_system) + timeout_ms * INT64_C(1000);
    bool is_late = false;
    unsigned count = 0;
    lock_hold(&broker->lock);
    for (;;) {
        const struct embed_hits *hits = hits_of(broker, id);
        count = hits ? hits->count : 0;
        if (count >= wanted || broker->is_ended || is_late) {
            break;
        }
        is_late = !signal_wait(&broker->changed, &broker->lock, until_us);
    }
    bool is_ended = broker->is_ended;
    lock_release(&broker->lock);
    if (count >= wanted) {
        return KC_ERR_NONE;
    }
    char text[64];
    (void)snprintf(text, sizeof(text), "%u of %u", count, wanted);
    return is_ended ? fault_failed(error, KC_ERR_CLOSED, "the broker has ended", "")
                    : fault_failed(error, KC_ERR_TIMED_OUT, "requests that the fault met: ", text);
}

/* ---- adding and removing ---- */

static void add(struct bl_broker *broker, struct embed_ask *ask)
{
    ask->err = fault_script_add(&broker->faults, ask->fault, &ask->id);
    if (!ask->err) {
        lock_hold(&broker->lock);
        broker->hits[(unsigned)ask->id % EMBED_HITS_MAX] = (struct embed_hits){ ask->id, 0 };
        lock_release(&broker->lock);
    }
}

static void take_away(struct bl_broker *broker, struct embed_ask *ask)
{
    ask->err =
        fault_script_remove(&broker->faults, ask->id) ? KC_ERR_NONE : KC_ERR_RESOURCE_NOT_FOUND;
    fault_call_release(&broker->faults, ask->id);
}

static enum kc_err find_api(const char *name, int16_t *ret_key, struct kc_error *error)
{
    if (!name) {
        *ret_key = FAULT_ANY_API;
        return KC_ERR_NONE;
    }
    for (size_t i = 0; i < api_table_count; i++) {
        if (strcmp(api_table[i].name, name) == 0) {
            *ret_key = api_table[i].key;
            return KC_ERR_NONE;
        }
    }
    return fault_failed(error, KC_ERR_INVALID, "api: Kafka has none of this name: ", name);
}

static enum kc_err check(const struct bl_fault *fault, struct kc_error *error)
{
    if (!(fault->chance >= 0 && fault->chance <= 1)) {
        return fault_failed(error, KC_ERR_INVALID, "chance: not between 0 and 1", "");
    }
    if (fault->min_version < 0 || fault->min_version > INT16_MAX) {
        return fault_failed(error, KC_ERR_INVALID, "min_version: not between 0 and 32767", "");
    }
    if ((unsigned)fault->deed > BL_THROTTLE) {
        return fault_failed(error, KC_ERR_INVALID, "deed: none of enum bl_deed", "");
    }
    if (fault->deed == BL_ERROR) {
        return fault->value == 0 || fault->value < -1 || fault->value > INT16_MAX
                   ? fault_failed(error, KC_ERR_INVALID, "value: no error code of Kafka's", "")
                   : KC_ERR_NONE;
    }
    return fault->value < 0 ? fault_failed(error, KC_ERR_INVALID, "value: less than 0", "")
                            : KC_ERR_NONE;
}

enum kc_err bl_fault_add(struct bl_broker *broker, const struct bl_fault *fault, int *ret_id,
                         struct kc_error *error)
{
    static const enum fault_deed deeds[] = {
        [BL_WATCH] = FAULT_WATCH,         [BL_ERROR] = FAULT_ERROR,
        [BL_DELAY] = FAULT_DELAY,         [BL_HOLD] = FAULT_HOLD,
        [BL_CLOSE] = FAULT_CLOSE,         [BL_DROP_REPLY] = FAULT_DROP_REPLY,
        [BL_CUT_REPLY] = FAULT_CUT_REPLY, [BL_THROTTLE] = FAULT_THROTTLE,
    };
    int16_t key = FAULT_ANY_API;
    enum kc_err err = check(fault, error);
    if (!err) {
        err = find_api(fault->api, &key, error);
    }
    if (err) {
        return err;
    }
    struct fault wanted = { .api_key = key,
                            .version_min = (int16_t)fault->min_version,
                            .topic = (char *)(uintptr_t)fault->topic,
                            .skip = fault->skip,
                            .count = fault->count,
                            .chance = fault->chance > 0 ? fault->chance : 1,
                            .seed = fault->seed,
                            .is_after = fault->after,
                            .is_top = fault->whole,
                            .deed = deeds[fault->deed],
                            .value = fault->value };
    struct embed_ask ask = { .answer = add, .fault = &wanted };
    err = embed_ask(broker, &ask);
    if (err) {
        return fault_failed(error, err, "fault: ", kc_err_text(err));
    }
    if (ret_id) {
        *ret_id = ask.id;
    }
    return KC_ERR_NONE;
}

enum kc_err bl_fault_remove(struct bl_broker *broker, int id, struct kc_error *error)
{
    struct embed_ask ask = { .answer = take_away, .id = id };
    enum kc_err err = embed_ask(broker, &ask);
    if (err == KC_ERR_RESOURCE_NOT_FOUND) {
        return fault_failed(error, KC_ERR_INVALID, "there is no fault of this id", "");
    }
    return err ? fault_failed(error, err, "the broker has ended", "") : KC_ERR_NONE;
}
