/* consumer-groups --describe --output json. */
#include "consumer-groups/describe.h"

/* Kafka's -1 for "none" is null. */
static void number_or_null(struct json *json, const char *name, int64_t value)
{
    json_name(json, name);
    if (value < 0) {
        json_null(json);
    } else {
        json_number(json, value);
    }
}

static void string(struct json *json, const char *name, const char *value)
{
    json_name(json, name);
    json_string(json, value);
}

static void add_member(struct json *json, const struct kc_member_description *member)
{
    json_open(json, '{');
    string(json, "consumer_id", member->member_id);
    string(json, "group_instance_id", member->instance_id);
    string(json, "client_id", member->client_id);
    string(json, "host", member->host);
    json_name(json, "partitions");
    json_open(json, '[');
    for (size_t i = 0; i < member->partition_count; i++) {
        json_open(json, '{');
        string(json, "topic", member->partitions[i].topic);
        json_name(json, "partition");
        json_number(json, member->partitions[i].partition);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void add_row(struct json *json, const struct lag_row *row)
{
    json_open(json, '{');
    string(json, "topic", row->topic);
    json_name(json, "partition");
    json_number(json, row->partition);
    number_or_null(json, "current_offset", row->committed);
    number_or_null(json, "log_end_offset", row->end);
    number_or_null(json, "lag", lag_of(row));
    number_or_null(json, "leader_epoch", row->leader_epoch);
    string(json, "consumer_id", row->member ? row->member->member_id : NULL);
    string(json, "client_id", row->member ? row->member->client_id : NULL);
    string(json, "host", row->member ? row->member->host : NULL);
    json_close(json, '}');
}

void describe_json(const struct lag *lag, const struct kc_group_description *group,
                   struct json *json)
{
    json_open(json, '{');
    string(json, "group", group->group_id);
    string(json, "state", group->state);
    string(json, "type", group->type);
    string(json, "assignment_strategy", *group->assignor != '\0' ? group->assignor : NULL);
    json_name(json, "coordinator");
    json_open(json, '{');
    json_name(json, "id");
    json_number(json, group->coordinator.id);
    string(json, "host", group->coordinator.host);
    json_name(json, "port");
    json_number(json, group->coordinator.port);
    json_close(json, '}');
    json_name(json, "members");
    json_open(json, '[');
    for (size_t i = 0; i < group->member_count; i++) {
        add_member(json, &group->members[i]);
    }
    json_close(json, ']');
    json_name(json, "offsets");
    json_open(json, '[');
    for (size_t i = 0; i < lag->count; i++) {
        add_row(json, &lag->rows[i]);
    }
    json_close(json, ']');
    json_close(json, '}');
}
