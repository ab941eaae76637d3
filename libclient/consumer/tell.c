/* consumer: what goes out to the polling thread, and what is done about failures. */
#include "consumer/state.h"

#include <stdarg.h>
#include <stdio.h>

void consumer_tell(struct consumer *consumer, struct news *news)
{
    struct list list;

    if (!news) {
        trace_log(consumer->host.trace, TRACE_ERROR, "consumer", "out of memory");
        return;
    }
    list_init(&list);
    list_append(&list, &news->link);
    consumer->host.deliver(consumer->host.context, &list);
}

void consumer_tell_error(struct consumer *consumer, struct position *position, enum kc_err err,
                         const char *format, ...)
{
    struct kc_error error;
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error.text, sizeof(error.text), format, arguments);
    va_end(arguments);
    struct news_error *item = news_error_create(
        position ? position->claim : NULL, position ? position->generation : 0, err, error.text);
    consumer_tell(consumer, item ? &item->news : NULL);
}

void consumer_heal(struct consumer *consumer, struct position *position,
                   enum position_remedy remedy, enum kc_err err, const char *what)
{
    const struct claim *claim = position->claim;

    if (remedy == POSITION_REFRESH || remedy == POSITION_TELL_REFRESH) {
        consumer->must_place = true;
        cluster_refresh_metadata(consumer->host.cluster);
    }
    if (remedy == POSITION_TELL_STUCK) {
        position->last_err = err;
    }
    if (remedy == POSITION_TELL_STUCK && err == KC_ERR_OFFSET_OUT_OF_RANGE) {
        consumer_tell_error(consumer, position, err,
                            "%s-%d: offset %lld is out of range and auto.offset.reset is none",
                            claim->topic, claim->partition, (long long)position->offset);
    } else if (remedy == POSITION_TELL_STUCK) {
        consumer_tell_error(consumer, position, err,
                            "%s-%d: no committed offset and auto.offset.reset is none",
                            claim->topic, claim->partition);
    } else if (remedy == POSITION_TELL || remedy == POSITION_TELL_REFRESH) {
        consumer_tell_error(consumer, position, err, "%s-%d: %s", claim->topic, claim->partition,
                            what && what[0] ? what : kc_err_text(err));
    }
}

void consumer_tell_placed(struct consumer *consumer, struct position *position)
{
    if (position->state != POSITION_READY || position->was_placed) {
        return;
    }
    position->was_placed = true;
    struct news_placed *item = news_placed_create(position->claim, position->generation,
                                                  position->offset, position->leader_epoch);
    consumer_tell(consumer, item ? &item->news : NULL);
}
