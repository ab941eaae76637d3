/* tests: writes records and commits offsets exactly as a transcript's setup says.
 *
 *   fixture HOST:PORT rec:TOPIC:PARTITION:TIMESTAMP:KEY:VALUE[:NAME=VALUE,...] ...
 *   fixture HOST:PORT commit:GROUP:TOPIC:PARTITION:OFFSET[:METADATA] ...
 *
 * "-" stands for null, or for now as a timestamp. Exit status 1 when anything failed. */
#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 8, HEADERS_MAX = 16, TIMEOUT_MS = 20000 };

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "fixture: %s: %s\n", what, why);
    exit(1);
}

/* Cuts at colons, in place. */
static size_t cut(char *word, char **fields)
{
    size_t count = 0;
    do {
        fields[count++] = word;
        word = strchr(word, ':');
        if (word) {
            *word++ = '\0';
        }
    } while (word && count < FIELDS_MAX);
    return count;
}

static struct kc_bytes bytes_of(const char *word)
{
    return kc_text(strcmp(word, "-") == 0 ? NULL : word);
}

static size_t cut_headers(char *word, struct kc_header *headers)
{
    size_t count = 0;
    while (word && *word && count < HEADERS_MAX) {
        char *next = strchr(word, ',');
        char *value = strchr(word, '=');
        if (next) {
            *next++ = '\0';
        }
        if (!value) {
            die(word, "no header");
        }
        *value++ = '\0';
        headers[count].key = kc_text(word);
        headers[count++].value = bytes_of(value);
        word = next;
    }
    return count;
}

static void write_record(struct kc_producer *producer, char **fields, size_t count)
{
    struct kc_header headers[HEADERS_MAX];
    struct kc_record record = { .topic = fields[1], .flags = KC_RECORD_PARTITION };
    struct kc_error error;
    if (count < 6) {
        die(fields[0], "too few fields");
    }
    record.partition = (int32_t)strtol(fields[2], NULL, 10);
    if (strcmp(fields[3], "-") != 0) {
        record.flags |= KC_RECORD_TIMESTAMP;
        record.timestamp_ms = strtoll(fields[3], NULL, 10);
    }
    record.key = bytes_of(fields[4]);
    record.value = bytes_of(fields[5]);
    record.header_count = cut_headers(count > 6 ? fields[6] : NULL, headers);
    record.headers = record.header_count > 0 ? headers : NULL;
    if (kc_producer_send_sync(producer, &record, TIMEOUT_MS, NULL, &error)) {
        die(fields[1], error.text);
    }
}

/* A topic that is not there is refused for its partition alone: that is part of the story. */
static void commit(struct kc_admin *admin, char **fields, size_t count)
{
    struct kc_positions *results = NULL;
    struct kc_error error;
    if (count < 5) {
        die(fields[0], "too few fields");
    }
    struct kc_position position = { .topic = fields[2],
                                    .partition = (int32_t)strtol(fields[3], NULL, 10),
                                    .offset = strtoll(fields[4], NULL, 10),
                                    .leader_epoch = -1,
                                    .metadata = count > 5 ? fields[5] : "" };
    if (kc_admin_alter_group_offsets(admin, fields[1], &position, 1, TIMEOUT_MS, &results,
                                     &error)) {
        die(fields[1], error.text);
    }
    kc_positions_destroy(results);
}

int main(int argc, char **argv)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    if (argc < 2 || !config || kc_config_set(config, "bootstrap.servers", argv[1], &error)) {
        die("usage", "fixture HOST:PORT STEP...");
    }
    struct kc_producer *producer = kc_producer_create(config, &error);
    struct kc_admin *admin = kc_admin_create(config, &error);
    if (!producer || !admin) {
        die(argv[1], error.text);
    }
    for (int i = 2; i < argc; i++) {
        char *fields[FIELDS_MAX];
        size_t count = cut(argv[i], fields);
        if (strcmp(fields[0], "rec") == 0) {
            write_record(producer, fields, count);
        } else if (strcmp(fields[0], "commit") == 0) {
            commit(admin, fields, count);
        } else {
            die(fields[0], "no such step");
        }
    }
    kc_producer_destroy(producer);
    kc_admin_destroy(admin);
    kc_config_destroy(config);
    return 0;
}
