/* log: whose log it is: partition.metadata, Kafka's file beside the segments. */
#include "log/log_core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_METADATA_BYTES_MAX = 4096 };

/* Two lines. A damaged file (an unsynced one after a power cut) counts as absent: the id is known
 * to the controller, and written again. Not so one that could not be read. */
int log_read_topic_id(struct log *log)
{
    char path[FILE_PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    log_file_path(log, "partition.metadata", path);
    int err = file_read_all(log->files, path, LOG_METADATA_BYTES_MAX, &text, &size);
    if (err != 0) {
        return err == ENOENT || err == EFBIG ? 0 : err;
    }
    const char *mark = strstr(text, "topic_id: ");
    bool good = strncmp(text, "version: 0\n", strlen("version: 0\n")) == 0 && mark;
    if (good) {
        mark += strlen("topic_id: ");
        good = uuid_parse(slice_of(mark, strcspn(mark, "\r\n")), &log->topic_id);
    }
    if (!good) {
        trace_log(log->dir->trace, TRACE_WARN, "log", "%s: not readable, ignored", path);
    }
    free(text);
    return 0;
}

int log_write_topic_id(struct log *log, const struct uuid *topic_id)
{
    char path[FILE_PATH_MAX];
    char text[64];
    char id[UUID_TEXT_SIZE];
    int file = -1;
    uuid_show(topic_id, id);
    int size = snprintf(text, sizeof(text), "version: 0\ntopic_id: %s\n", id);
    struct slice part = slice_of(text, (size_t)size);
    log_file_path(log, "partition.metadata", path);
    int err = file_open(log->files, path, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file);
    if (err == 0) {
        err = file_write(log->files, file, &part, 1, 0);
        file_close(log->files, file);
    }
    if (err == 0) {
        log->topic_id = *topic_id;
    }
    return err;
}

enum kc_err log_set_topic_id(struct log *log, const struct uuid *topic_id)
{
    if (uuid_equal(&log->topic_id, topic_id)) {
        return KC_ERR_NONE;
    }
    if (!uuid_is_zero(&log->topic_id)) {
        return KC_ERR_INCONSISTENT_TOPIC_ID;
    }
    int err = log_write_topic_id(log, topic_id);
    return err == 0 ? KC_ERR_NONE : KC_ERR_KAFKA_STORAGE_ERROR;
}
