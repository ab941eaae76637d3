/* coordinator: the topics of a consumer group: what its members' regular expressions mean, what
 * they all subscribe to, and who is to have what of it. Expressions match a whole name, as Kafka's
 * do. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "coordinator/next_parts.h"
#include "coordinator/target.h"

#include <pcre2.h>
#include <stdlib.h>

enum { REGEX_STEPS_MAX = 100000, REGEX_REASON_SIZE = 128 };

/* ---- regular expressions ---- */

static pcre2_code *compile(const char *text, int *number)
{
    PCRE2_SIZE place = 0;
    return pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED,
                         PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF, number, &place, NULL);
}

enum kc_err next_regex_check(const char *text, struct arena *arena, struct slice *ret_message)
{
    int number = 0;
    PCRE2_UCHAR reason[REGEX_REASON_SIZE] = "";
    pcre2_code *code = compile(text, &number);
    if (code) {
        pcre2_code_free(code);
        return KC_ERR_NONE;
    }
    if (number == PCRE2_ERROR_NOMEMORY) {
        return KC_ERR_NO_MEMORY;
    }
    (void)pcre2_get_error_message(number, reason, sizeof(reason));
    *ret_message = slice_text(
        arena_printf(arena, "SubscribedTopicRegex `%s` is not a valid regular expression: %s.",
                     text, (const char *)reason));
    return KC_ERR_INVALID_REGULAR_EXPRESSION;
}

/* An expression that needs too many steps matches nothing. */
static enum kc_err find_topics(const struct image *image, const char *text,
                               struct topic_names *ret_names)
{
    int number = 0;
    size_t position = 0;
    int32_t count = 0;
    const struct image_topic *topic;
    pcre2_code *code = compile(text, &number);
    pcre2_match_data *match = code ? pcre2_match_data_create_from_pattern(code, NULL) : NULL;
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    struct slice *found = malloc((image->topics.count + 1) * sizeof(*found));
    bool good = match && limits && found;
    if (good) {
        (void)pcre2_set_match_limit(limits, REGEX_STEPS_MAX);
    }
    while (good && (topic = map_next(&image->topics, &position))) {
        struct slice name = slice_text(topic->name);
        if (!topic->internal && pcre2_match(code, name.data, name.size, 0, 0, match, limits) >= 0) {
            found[count++] = name;
        }
    }
    good = good && topic_names_make(found, count, ret_names);
    free(found);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    return good ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static struct next_regex *regex_of(struct next_regex *regexes, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(regexes[i].text, text) == 0) {
            return &regexes[i];
        }
    }
    return NULL;
}

static enum kc_err add_regex(struct next_step *step, const char *text, bool all)
{
    struct next_regex *place = &step->regexes[step->regex_count];
    const struct next_regex *known = regex_of(step->next->regexes, step->next->regex_count, text);
    place->text = slice_dup_text(slice_text(text));
    step->regex_count++;
    if (!place->text) {
        return KC_ERR_NO_MEMORY;
    }
    if (known && !all) {
        place->version = known->version;
        place->found_ms = known->found_ms;
        return topic_names_make(known->topics.items, known->topics.count, &place->topics)
                   ? KC_ERR_NONE
                   : KC_ERR_NO_MEMORY;
    }
    place->version = step->env->image->last_offset;
    place->found_ms = step->env->wall_ms;
    enum kc_err err = find_topics(step->env->image, text, &place->topics);
    if (!err && !(known && topic_names_equal(&known->topics, &place->topics))) {
        next_record_add_regex(&step->journal, step->group->id, place);
    }
    return err;
}

enum kc_err next_topics_resolve(struct next_step *step, bool all)
{
    enum kc_err err = KC_ERR_NONE;
    step->regexes = calloc(step->member_count + 1, sizeof(*step->regexes));
    if (!step->regexes) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; !err && i < step->member_count; i++) {
        const struct next_member *member = step->members[i];
        if (next_member_has_regex(member) &&
            !regex_of(step->regexes, step->regex_count, member->regex)) {
            err = add_regex(step, member->regex, all);
        }
    }
    for (size_t i = 0; !err && i < step->next->regex_count; i++) {
        const char *text = step->next->regexes[i].text;
        if (!regex_of(step->regexes, step->regex_count, text)) {
            next_record_drop_regex(&step->journal, step->group->id, text);
        }
    }
    return err;
}

/* ---- what is subscribed to ---- */

static bool member_wants(const struct next_step *step, const struct next_member *member,
                         struct slice topic)
{
    struct next_regex *regexes = step->regexes ? step->regexes : step->next->regexes;
    size_t count = step->regexes ? step->regex_count : step->next->regex_count;
    const struct next_regex *regex =
        next_member_has_regex(member) ? regex_of(regexes, count, member->regex) : NULL;
    return topic_names_have(&member->topics, topic) ||
           (regex && topic_names_have(&regex->topics, topic));
}

bool next_topics_want(const struct next_step *step, const struct next_member *member,
                      const struct uuid *topic_id)
{
    const struct image_topic *topic = image_topic_by_id(step->env->image, topic_id);
    return topic && member_wants(step, member, slice_text(topic->name));
}

static bool anyone_wants(const struct next_step *step, struct slice topic)
{
    bool wanted = false;
    for (size_t i = 0; !wanted && i < step->member_count; i++) {
        wanted = member_wants(step, step->members[i], topic);
    }
    return wanted;
}

/* The sum of the topics' hashes: their order in the image does not matter. */
int64_t next_topics_hash(const struct next_step *step)
{
    uint64_t sum = 0;
    size_t position = 0;
    const struct image_topic *topic;
    while ((topic = map_next(&step->env->image->topics, &position))) {
        struct slice name = slice_text(topic->name);
        if (anyone_wants(step, name)) {
            uint64_t seed = slice_hash(slice_of(topic->id.bytes, sizeof(topic->id.bytes)),
                                       (uint64_t)topic->partition_count);
            sum += slice_hash(name, seed);
        }
    }
    return (int64_t)sum;
}

/* ---- targets ---- */

static int topic_order(const void *a, const void *b)
{
    const struct image_topic *left = *(const struct image_topic *const *)a;
    const struct image_topic *right = *(const struct image_topic *const *)b;
    return memcmp(&left->id, &right->id, sizeof(left->id));
}

struct assigning {
    struct target_group group;
    const struct image_topic **wanted; /* by id */
    struct target_topic *topics;
    int32_t *places; /* of all members */
};

static void assigning_finish(struct assigning *assigning)
{
    for (int32_t i = 0; assigning->group.members && i < assigning->group.member_count; i++) {
        holding_finish(&assigning->group.members[i].after);
    }
    free(assigning->group.members);
    free(assigning->topics);
    free(assigning->places);
    free(assigning->wanted);
}

static bool find_wanted(const struct next_step *step, struct assigning *assigning)
{
    size_t position = 0;
    int32_t count = 0;
    const struct image_topic *topic;
    size_t size = step->env->image->topics.count + 1;
    assigning->wanted = calloc(size, sizeof(const struct image_topic *));
    assigning->topics = calloc(size, sizeof(*assigning->topics));
    if (!assigning->wanted || !assigning->topics) {
        return false;
    }
    while ((topic = map_next(&step->env->image->topics, &position))) {
        if (anyone_wants(step, slice_text(topic->name))) {
            assigning->wanted[count++] = topic;
        }
    }
    qsort(assigning->wanted, (size_t)count, sizeof(const struct image_topic *), topic_order);
    for (int32_t i = 0; i < count; i++) {
        assigning->topics[i].id = assigning->wanted[i]->id;
        assigning->topics[i].partition_count = assigning->wanted[i]->partition_count;
    }
    assigning->group.topics = assigning->topics;
    assigning->group.topic_count = count;
    return true;
}

static bool find_members(const struct next_step *step, struct assigning *assigning)
{
    size_t members = step->member_count;
    size_t topics = (size_t)assigning->group.topic_count;
    int32_t *at = calloc(members * topics + 1, sizeof(*at));
    assigning->places = at;
    assigning->group.members = calloc(members + 1, sizeof(*assigning->group.members));
    if (!at || !assigning->group.members) {
        return false;
    }
    assigning->group.member_count = (int32_t)members;
    for (size_t i = 0; i < members; i++) {
        struct target_member *member = &assigning->group.members[i];
        member->id = slice_text(step->members[i]->id);
        member->instance_id = slice_text(step->members[i]->instance_id);
        member->before = &step->members[i]->target;
        member->topics = at;
        for (int32_t j = 0; j < assigning->group.topic_count; j++) {
            if (member_wants(step, step->members[i], slice_text(assigning->wanted[j]->name))) {
                *at++ = j;
                member->topic_count++;
            }
        }
    }
    return true;
}

static struct slice chosen_assignor(const struct next_step *step)
{
    struct group_next view = { .members = step->members, .member_count = step->member_count };
    return group_next_assignor(&view, step->env);
}

enum kc_err next_topics_assign(struct next_step *step)
{
    struct assigning assigning = { .wanted = NULL };
    enum kc_err (*assign)(struct target_group * group) = target_find(chosen_assignor(step));
    bool good = find_wanted(step, &assigning) && find_members(step, &assigning);
    enum kc_err err = good ? assign(&assigning.group) : KC_ERR_NO_MEMORY;
    step->targets = err ? NULL : calloc(step->member_count + 1, sizeof(*step->targets));
    if (!err && !step->targets) {
        err = KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; !err && i < step->member_count; i++) {
        step->targets[i] = assigning.group.members[i].after;
        assigning.group.members[i].after = (struct holding){ 0 };
    }
    assigning_finish(&assigning);
    return err;
}
