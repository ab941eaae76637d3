/* interop: what a member of a group can rely on, against a broker of any make: a static member
 * restarts without a rebalance and fences its double, each way to part does what it says, who does
 * not poll loses its partitions, and a strategy of the application's own tells and is told.
 *
 *   member_calls SERVER TOPIC PROTOCOL     a topic with four partitions; group.protocol
 *
 * The broker should allow sessions of a second or two. Ends with 0 and "ok", or says which line
 * failed. */
#include "fellow.h"

#include <string.h>

enum { PARTITIONS = 4 };

static struct fellow_place place;

static bool is_next(void)
{
    return strcmp(place.protocol, "consumer") == 0;
}

static bool has_none(struct fellow *fellow)
{
    return fellow->held == 0;
}

static bool has_half(struct fellow *fellow)
{
    return fellow->held == PARTITIONS / 2;
}

static bool has_all(struct fellow *fellow)
{
    return fellow->held == PARTITIONS;
}

static bool has_failed(struct fellow *fellow)
{
    return fellow->fatal != KC_ERR_NONE;
}

/* A group of its own for each story; session.timeout.ms is the classic protocol's. */
static void open_as(struct fellow *fellow, const char *instance, const char *poll_interval_ms)
{
    const char *settings[16] = { 0 };
    size_t count = 0;
    settings[count++] = "max.poll.interval.ms";
    settings[count++] = poll_interval_ms;
    if (!is_next()) {
        settings[count++] = "session.timeout.ms";
        settings[count++] = "6000";
        settings[count++] = "partition.assignment.strategy";
        settings[count++] = "cooperative-sticky";
    }
    if (instance) {
        settings[count++] = "group.instance.id";
        settings[count++] = instance;
    }
    fellow_open(fellow, &place, settings, NULL);
}

static void share(struct fellow *first, struct fellow *second)
{
    struct fellow *both[] = { first, second };
    struct fellow *reverse[] = { second, first };
    fellow_await(both, 2, has_half, "a half for the first");
    fellow_await(reverse, 2, has_half, "a half for the second");
}

/* The restarted one has what it had, and the other noticed nothing. */
static void restart(struct fellow *first, struct fellow *second, enum kc_parting parting)
{
    bool held[FELLOW_PARTITIONS_MAX];
    int rebalances = second->rebalances;
    memcpy(held, first->holds, sizeof(held));
    fellow_close(first, parting);
    open_as(first, "one", "300000");
    struct fellow *both[] = { first, second };
    fellow_await(both, 2, has_half, "its half after a restart");
    CHECK(memcmp(held, first->holds, sizeof(held)) == 0);
    CHECK(second->rebalances == rebalances);
}

/* Two with one id: the classic group keeps the newer, a KIP-848 group the older one. */
static void double_one(struct fellow *first, struct fellow *second)
{
    struct fellow twin;
    open_as(&twin, "one", "300000");
    struct fellow *fenced = is_next() ? &twin : first;
    struct fellow *keeper = is_next() ? first : &twin;
    struct fellow *all[] = { fenced, keeper, second };
    fellow_await(all, 3, has_failed, "an error for the double");
    CHECK(fenced->fatal == (is_next() ? KC_ERR_UNRELEASED_INSTANCE_ID : KC_ERR_FENCED_INSTANCE_ID));
    fellow_await(all, 3, has_none, "the fenced one to have nothing");
    CHECK(fenced->losses == !is_next());
    fellow_close(keeper, KC_PARTING_LEAVE);
    /* It stays out until the application asks for another try. */
    fellow_subscribe(fenced, &place);
    fellow_await(all, 3, has_half, "the other to take its place");
    if (fenced == &twin) {
        fellow_close(&twin, KC_PARTING_DEFAULT);
        open_as(first, "one", "300000");
    }
    share(first, second);
}

static void live_statically(void)
{
    struct fellow first;
    struct fellow second;
    place.group = is_next() ? "static-next" : "static-classic";
    open_as(&first, "one", "300000");
    open_as(&second, "two", "300000");
    share(&first, &second);
    restart(&first, &second, KC_PARTING_DEFAULT);
    restart(&first, &second, KC_PARTING_REMAIN);
    double_one(&first, &second);
    fellow_close(&first, KC_PARTING_LEAVE);
    struct fellow *rest[] = { &second };
    fellow_await(rest, 1, has_all, "the place of the static member that left");
    fellow_close(&second, KC_PARTING_LEAVE);
}

/* Who leaves is missed at once, who remains when its session has ended. */
static void part(void)
{
    struct fellow first;
    struct fellow second;
    struct fellow *rest[] = { &second };
    place.group = is_next() ? "part-next" : "part-classic";
    open_as(&first, NULL, "300000");
    open_as(&second, NULL, "300000");
    share(&first, &second);
    fellow_close(&first, KC_PARTING_DEFAULT);
    fellow_await(rest, 1, has_all, "what the leaver had");
    open_as(&first, NULL, "300000");
    share(&first, &second);
    fellow_close(&first, KC_PARTING_REMAIN);
    fellow_await(rest, 1, has_all, "what the one had that went without a word");
    fellow_close(&second, KC_PARTING_DEFAULT);
}

/* max.poll.interval.ms is over: the others take over, and the late one starts anew. */
static void be_late(void)
{
    struct fellow late;
    struct fellow other;
    struct fellow *awake[] = { &other };
    place.group = is_next() ? "late-next" : "late-classic";
    open_as(&late, NULL, "1500");
    open_as(&other, NULL, "300000");
    share(&late, &other);
    fellow_await(awake, 1, has_all, "what the late one had");
    CHECK(late.losses == 0 && late.held > 0); /* it hears of it when it polls */
    struct fellow *both[] = { &late, &other };
    fellow_await(both, 2, has_none, "its loss");
    CHECK(late.losses == 1);
    share(&late, &other);
    fellow_close(&late, KC_PARTING_DEFAULT);
    fellow_close(&other, KC_PARTING_DEFAULT);
}

struct weigher {
    const char *weight; /* what the member tells of itself */
    char told[32];      /* by the leader */
    size_t heard;       /* partitions, with that */
    int calls;
};

static struct kc_bytes tell_weight(void *context, const char *const *topics, size_t topic_count)
{
    const struct weigher *weigher = context;
    CHECK(topic_count == 1 && strcmp(topics[0], place.topic) == 0);
    return kc_text(weigher->weight);
}

static void hear(void *context, const struct kc_partition *partitions, size_t count,
                 int32_t generation, struct kc_bytes data)
{
    struct weigher *weigher = context;
    CHECK(generation > 0 && data.size < sizeof(weigher->told));
    memcpy(weigher->told, data.data ? data.data : "", data.size);
    weigher->told[data.size] = 0;
    weigher->heard = count;
    weigher->calls++;
}

/* To each as many partitions as it told, in order; and how many there are. */
static enum kc_err weigh(void *context, const struct kc_assign_member *members, size_t member_count,
                         const struct kc_assign_topic *topics, size_t topic_count,
                         struct kc_assignment *assignment)
{
    int32_t next = 0;
    char text[32];
    for (size_t i = 0; i < member_count; i++) {
        CHECK(members[i].data.size == 1);
        int weight = ((const char *)members[i].data.data)[0] - '0';
        for (int k = 0; k < weight && next < topics[0].partition_count; k++) {
            CHECK(!kc_assignment_give(assignment, i, 0, next++));
        }
        (void)snprintf(text, sizeof(text), "%d of %zu", weight, member_count);
        CHECK(!kc_assignment_tell(assignment, i, kc_text(text)));
    }
    CHECK(kc_assignment_tell(assignment, member_count, kc_text("")) == KC_ERR_INVALID);
    return KC_ERR_NONE;
}

static bool has_three(struct fellow *fellow)
{
    return fellow->held == 3;
}

static bool has_one(struct fellow *fellow)
{
    return fellow->held == 1;
}

static void decide_by_weight(void)
{
    static const char *const settings[] = { "partition.assignment.strategy", "weigh", NULL };
    struct weigher weighers[2] = { { .weight = "3" }, { .weight = "1" } };
    struct fellow members[2];
    struct fellow *both[] = { &members[0], &members[1] };
    struct fellow *reverse[] = { &members[1], &members[0] };
    place.group = "weigh";
    for (size_t i = 0; i < 2; i++) {
        struct kc_assignor assignor = { "weigh", false, weigh, &weighers[i], tell_weight, hear };
        fellow_open(&members[i], &place, settings, &assignor);
    }
    fellow_await(reverse, 2, has_one, "one for the light one");
    fellow_await(both, 2, has_three, "three for the heavy one");
    fellow_close(&members[1], KC_PARTING_LEAVE);
    fellow_close(&members[0], KC_PARTING_LEAVE);
    CHECK(strcmp(weighers[1].told, "1 of 2") == 0 && weighers[1].heard == 1);
    CHECK(weighers[0].calls >= 1 && weighers[0].heard == 3);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: member_calls SERVER TOPIC PROTOCOL\n");
        return 2;
    }
    place = (struct fellow_place){ argv[1], argv[2], NULL, argv[3] };
    live_statically();
    part();
    be_late();
    if (!is_next()) {
        decide_by_weight();
    }
    printf("ok\n");
    return 0;
}
