/* client: partitions in a handle's numbers, with librdkafka's names. */
#include "client/statistics_topics.h"

#include "client/statistics.h"

#include <stdio.h>
#include <stdlib.h>

static void topics_place(const struct statistics_topics *topics,
                         const struct tally_partition *counted, struct statistics_place *ret_place)
{
    const struct metadata_topic *topic =
        cluster_topic(topics->handle->cluster, slice_text(tally_topic(counted)));
    bool is_known = topic && counted->partition < topic->partition_count;
    int32_t leader = is_known ? topic->partitions[counted->partition].leader : -1;

    *ret_place = (struct statistics_place){
        .counted = counted,
        .leader = leader,
        .leader_epoch = is_known ? topic->partitions[counted->partition].leader_epoch : -1,
        .broker = topics->is_producer            ? leader
                  : counted->reading.is_assigned ? counted->reading.broker_id
                                                 : -1,
    };
}

static int topics_compare(const void *a, const void *b)
{
    const struct tally_partition *x = ((const struct statistics_place *)a)->counted;
    const struct tally_partition *y = ((const struct statistics_place *)b)->counted;
    int order = strcmp(tally_topic(x), tally_topic(y));
    return order != 0 ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

enum kc_err statistics_topics_init(struct statistics_topics *topics, const struct handle *handle,
                                   bool is_producer)
{
    *topics = (struct statistics_topics){ .handle = handle, .is_producer = is_producer };
    topics->places = calloc(handle->tally.partitions.count + 1, sizeof(*topics->places));
    if (!topics->places) {
        return KC_ERR_NO_MEMORY;
    }
    LIST_EACH(node, &handle->tally.order)
    {
        topics_place(topics, LIST_ITEM(node, struct tally_partition, link),
                     &topics->places[topics->count++]);
    }
    qsort(topics->places, topics->count, sizeof(*topics->places), topics_compare);
    return KC_ERR_NONE;
}

void statistics_topics_finish(struct statistics_topics *topics)
{
    free(topics->places);
    *topics = (struct statistics_topics){ 0 };
}

static int64_t lag_behind(int64_t end_offset, int64_t offset)
{
    return end_offset < 0 || offset < 0 ? -1 : MAX_OF(0, end_offset - offset);
}

/* As librdkafka: the lag is behind what is committed, the stored one behind what would be. Nobody
 * is told of the end of a partition here, as there when enable.partition.eof is off. */
static void show_reading(struct json_text *text, const struct statistics_place *place)
{
    const struct tally_partition *counted = place->counted;
    const struct tally_reading *reading = &counted->reading;
    bool is_known = reading->is_assigned;

    json_text_bool(text, "desired", is_known);
    json_text_string(text, "fetch_state", is_known ? reading->state : "none");
    json_text_number(text, "fetchq_cnt", reading->queued_records);
    json_text_number(text, "fetchq_size", reading->queued_bytes);
    json_text_number(text, "query_offset", is_known ? reading->query_offset : STATISTICS_NO_OFFSET);
    json_text_number(text, "next_offset", counted->next_offset);
    json_text_number(text, "app_offset", is_known ? reading->app_offset : -1);
    json_text_number(text, "stored_offset", is_known ? reading->stored_offset : -1);
    json_text_number(text, "stored_leader_epoch", is_known ? reading->stored_epoch : -1);
    json_text_number(text, "committed_offset", counted->committed);
    json_text_number(text, "committed_leader_epoch", counted->committed_epoch);
    json_text_number(text, "eof_offset", STATISTICS_NO_OFFSET);
    json_text_number(text, "lo_offset", is_known ? reading->low_offset : -1);
    json_text_number(text, "hi_offset", counted->high_watermark);
    json_text_number(text, "ls_offset", is_known ? reading->stable_offset : -1);
    json_text_number(text, "consumer_lag",
                     is_known ? lag_behind(reading->end_offset, counted->committed) : -1);
    json_text_number(text, "consumer_lag_stored",
                     is_known ? lag_behind(reading->end_offset, reading->stored_offset) : -1);
    json_text_number(text, "msgs", counted->records);
}

/* The batch that records go into is librdkafka's first queue, closed ones are its second. */
static void show_writing(struct json_text *text, const struct tally_writing *writing)
{
    json_text_number(text, "msgq_cnt", writing->open_records);
    json_text_number(text, "msgq_bytes", writing->open_bytes);
    json_text_number(text, "xmit_msgq_cnt", writing->queued_records);
    json_text_number(text, "xmit_msgq_bytes", writing->queued_bytes);
    json_text_number(text, "msgs_inflight", writing->flight_records);
    json_text_number(text, "next_ack_seq", writing->next_acked);
}

static void show_place(struct json_text *text, const struct statistics_place *place,
                       bool is_producer)
{
    const struct tally_partition *counted = place->counted;
    char name[16];

    (void)snprintf(name, sizeof(name), "%d", counted->partition);
    json_text_open(text, name);
    json_text_number(text, "partition", counted->partition);
    json_text_number(text, "broker", place->broker);
    json_text_number(text, "leader", place->leader);
    json_text_number(text, "leader_epoch", place->leader_epoch);
    json_text_bool(text, "unknown", place->leader < 0 && place->leader_epoch < 0);
    json_text_number(text, "txmsgs", is_producer ? counted->records : 0);
    json_text_number(text, "txbytes", is_producer ? counted->bytes : 0);
    json_text_number(text, "rxmsgs", is_producer ? 0 : counted->records);
    json_text_number(text, "rxbytes", is_producer ? 0 : counted->bytes);
    if (is_producer) {
        show_writing(text, &counted->writing);
    } else {
        show_reading(text, place);
    }
    json_text_close(text);
}

/* -1: nothing was told of it yet. */
static int64_t metadata_age_ms(const struct handle *handle, const char *name)
{
    const struct metadata_topic *topic = cluster_topic(handle->cluster, slice_text(name));
    return topic && topic->heard_us > 0
               ? (loop_now_us(thread_loop(handle->thread)) - topic->heard_us) / 1000
               : -1;
}

/* How many places from this one on are of its topic; *ret_since_us: the oldest of them. */
static size_t topics_same(const struct statistics_topics *topics, size_t first,
                          int64_t *ret_since_us)
{
    const char *topic = tally_topic(topics->places[first].counted);
    size_t end = first;

    *ret_since_us = INT64_MAX;
    while (end < topics->count && strcmp(tally_topic(topics->places[end].counted), topic) == 0) {
        *ret_since_us = MIN_OF(*ret_since_us, topics->places[end].counted->created_us);
        end++;
    }
    return end - first;
}

void statistics_topics_show(const struct statistics_topics *topics, struct json_text *text)
{
    int64_t now_us = clock_now_us(&clock_system);
    size_t count;

    json_text_open(text, "topics");
    for (size_t first = 0; first < topics->count; first += count) {
        const char *topic = tally_topic(topics->places[first].counted);
        int64_t since_us;
        count = topics_same(topics, first, &since_us);
        json_text_open(text, topic);
        json_text_string(text, "topic", topic);
        json_text_number(text, "age", (now_us - since_us) / 1000);
        json_text_number(text, "metadata_age", metadata_age_ms(topics->handle, topic));
        json_text_open(text, "partitions");
        for (size_t i = first; i < first + count; i++) {
            show_place(text, &topics->places[i], topics->is_producer);
        }
        json_text_close(text);
        json_text_close(text);
    }
    json_text_close(text);
}

void statistics_topics_show_of(const struct statistics_topics *topics, struct json_text *text,
                               int32_t broker_id)
{
    char name[TALLY_TOPIC_MAX + 16];

    json_text_open(text, "toppars");
    for (size_t i = 0; i < topics->count; i++) {
        const struct tally_partition *counted = topics->places[i].counted;
        if (broker_id >= 0 && topics->places[i].broker == broker_id) {
            (void)snprintf(name, sizeof(name), "%s-%d", tally_topic(counted), counted->partition);
            json_text_open(text, name);
            json_text_string(text, "topic", tally_topic(counted));
            json_text_number(text, "partition", counted->partition);
            json_text_close(text);
        }
    }
    json_text_close(text);
}
