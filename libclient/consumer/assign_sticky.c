/* consumer: the strategies sticky (KIP-54) and cooperative-sticky (KIP-429), and what their members
 * tell of themselves. */
#include "base/bytes.h"
#include "consumer/sticky.h"
#include "wire/cursor.h"

static enum kc_err sticky_decide(struct sticky *sticky)
{
    enum kc_err err = sticky_prepare(sticky);

    if (err || sticky->member_count == 0) {
        return err;
    }
    return sticky->all_equal ? sticky_assign_equal(sticky) : sticky_assign_general(sticky);
}

/* "previous_assignment" by topic, and since version 1 the generation. What cannot be read counts as
 * nothing. */
static void sticky_read_data(struct sticky_member *member, struct arena *arena)
{
    struct reader reader;
    struct assign_partition *list = NULL;
    size_t count = 0;

    member->generation = -1;
    if (member->from->user_data.size == 0) {
        return;
    }
    /* Each partition takes four bytes at least, so the list cannot be longer than this. */
    list = arena_alloc_array(arena, member->from->user_data.size / 4 + 1, sizeof(*list));
    reader_init(&reader, member->from->user_data);
    int32_t topics = read_i32(&reader);
    for (int32_t i = 0; i < topics && !reader.err && list; i++) {
        int16_t size = read_i16(&reader);
        struct slice topic = read_raw(&reader, (size_t)MAX_OF(0, size));
        int32_t partitions = read_i32(&reader);
        for (int32_t k = 0; k < partitions && !reader.err; k++) {
            int32_t partition = read_i32(&reader);
            if (!reader.err) {
                list[count++] = (struct assign_partition){ topic, partition };
            }
        }
    }
    if (reader.err || !list) {
        return;
    }
    member->claimed = list;
    member->claimed_count = count;
    int32_t generation = read_i32(&reader);
    if (!reader.err) {
        member->generation = generation;
    }
}

enum kc_err assign_sticky(const struct assign_group *group)
{
    struct sticky sticky = { .group = group };
    enum kc_err err = sticky_order_members(&sticky);

    for (int32_t m = 0; m < sticky.member_count && !err; m++) {
        sticky_read_data(&sticky.members[m], group->arena);
    }
    if (!err) {
        err = sticky_decide(&sticky);
    }
    if (err) {
        return err;
    }
    memset(sticky.is_moving, 0, (size_t)sticky.total * sizeof(bool));
    return sticky_write(&sticky);
}

/* Owned partitions and generation are fields of the subscription since its version 2; before, the
 * generation was user data. */
static void cooperative_read(struct sticky_member *member)
{
    struct reader reader;

    member->claimed = member->from->owned;
    member->claimed_count = member->from->owned_count;
    member->generation = member->from->generation;
    if (member->generation < 0 && member->from->user_data.size > 0) {
        reader_init(&reader, member->from->user_data);
        int32_t generation = read_i32(&reader);
        member->generation = reader.err ? -1 : generation;
    }
}

/* What a member had and another one gets now has to be given back first. */
static enum kc_err cooperative_find_moving(struct sticky *sticky)
{
    bool *is_owners = arena_alloc_array(sticky->group->arena, (size_t)sticky->total, sizeof(bool));

    if (!is_owners) {
        return KC_ERR_NO_MEMORY;
    }
    for (int32_t m = 0; m < sticky->member_count; m++) {
        for (size_t i = 0; i < sticky->members[m].claimed_count; i++) {
            int32_t p = sticky_number(sticky, &sticky->members[m].claimed[i]);
            if (p >= 0 && sticky->owner[p] == m) {
                is_owners[p] = true;
            } else if (p >= 0) {
                sticky->is_moving[p] = true;
            }
        }
    }
    for (int32_t p = 0; p < sticky->total; p++) {
        sticky->is_moving[p] = sticky->is_moving[p] && !is_owners[p];
    }
    return KC_ERR_NONE;
}

enum kc_err assign_cooperative(const struct assign_group *group)
{
    struct sticky sticky = { .group = group };
    enum kc_err err = sticky_order_members(&sticky);

    for (int32_t m = 0; m < sticky.member_count && !err; m++) {
        cooperative_read(&sticky.members[m]);
    }
    if (!err) {
        err = sticky_decide(&sticky);
    }
    if (!err && sticky.member_count > 0 && !sticky.all_equal) {
        err = cooperative_find_moving(&sticky);
    }
    return err ? err : sticky_write(&sticky);
}

/* Bytes written so far as a copy in the arena. */
static struct slice data_end(struct bytes *out, const struct writer *writer, struct arena *arena)
{
    struct slice data = writer->err ? SLICE_NULL : arena_copy(arena, bytes_slice(out));

    bytes_finish(out);
    return data;
}

struct slice assign_sticky_data(const struct assign_telling *telling, struct arena *arena)
{
    const struct assign_partition *last = telling->last;
    size_t count = telling->last_count;
    struct bytes out;
    struct writer writer;
    int32_t topics = 0;

    if (!last) {
        return SLICE_NULL;
    }
    bytes_init(&out, INT32_MAX);
    writer_init(&writer, &out);
    for (size_t i = 0; i < count; i++) {
        topics += i == 0 || !slice_equal(last[i].topic, last[i - 1].topic);
    }
    write_i32(&writer, topics);
    for (size_t i = 0; i < count;) {
        size_t same = 1;
        while (i + same < count && slice_equal(last[i + same].topic, last[i].topic)) {
            same++;
        }
        write_i16(&writer, (int16_t)last[i].topic.size);
        write_raw(&writer, last[i].topic);
        write_i32(&writer, (int32_t)same);
        for (; same > 0; same--, i++) {
            write_i32(&writer, last[i].partition);
        }
    }
    write_i32(&writer, telling->generation);
    return data_end(&out, &writer, arena);
}

struct slice assign_cooperative_data(const struct assign_telling *telling, struct arena *arena)
{
    struct bytes out;
    struct writer writer;

    bytes_init(&out, INT32_MAX);
    writer_init(&writer, &out);
    write_i32(&writer, telling->last ? telling->generation : -1);
    return data_end(&out, &writer, arena);
}
