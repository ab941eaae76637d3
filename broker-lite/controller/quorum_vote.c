/* controller: term and vote on disk. */
#include "controller/quorum_vote.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { QUORUM_VOTE_BYTES_MAX = 65536 };

static const char vote_file_name[] = "quorum-state";

/* Finds "name": NUMBER at the top of the object. The file is ours: a flat object of numbers but for
 * the last field. */
static bool field_read(const char *text, const char *name, int32_t *ret_value)
{
    char key[48];
    (void)snprintf(key, sizeof(key), "\"%s\":", name);
    const char *found = strstr(text, key);
    if (!found) {
        return false;
    }
    char *end;
    errno = 0;
    long value = strtol(found + strlen(key), &end, 10);
    if (errno || end == found + strlen(key) || value < -1 || value > INT32_MAX ||
        (*end != ',' && *end != '}')) {
        return false;
    }
    *ret_value = (int32_t)value;
    return true;
}

static enum kc_err vote_fail(struct kc_error *error, enum kc_err err, const char *path,
                             const char *cause)
{
    if (error) {
        error->code = err;
        (void)snprintf(error->text, sizeof(error->text), "%.200s: %s", path, cause);
    }
    return err;
}

enum kc_err quorum_vote_read(const struct file_system *files, const char *directory,
                             struct quorum_vote *ret_vote, struct kc_error *error)
{
    char path[FILE_PATH_MAX];
    char *text;
    size_t size;
    if (!file_path(path, directory, vote_file_name)) {
        return vote_fail(error, KC_ERR_INVALID, directory, "path too long");
    }
    int failure = file_read_all(files, path, QUORUM_VOTE_BYTES_MAX, &text, &size);
    if (failure == ENOENT) {
        *ret_vote = (struct quorum_vote){ 0, -1 };
        return KC_ERR_NONE;
    }
    if (failure) {
        return vote_fail(error, KC_ERR_IO, path, strerror(failure));
    }
    struct quorum_vote vote;
    bool good = size > 1 && text[0] == '{' && field_read(text, "leaderEpoch", &vote.epoch) &&
                field_read(text, "votedId", &vote.voted_id) && vote.epoch >= 0;
    free(text);
    if (!good) {
        return vote_fail(error, KC_ERR_CORRUPT_FILE, path,
                         "not a quorum state (leaderEpoch and votedId are expected)");
    }
    *ret_vote = vote;
    return KC_ERR_NONE;
}

int quorum_vote_write(const struct file_system *files, const char *directory,
                      const struct quorum_vote *vote)
{
    char path[FILE_PATH_MAX];
    char text[256];
    if (!file_path(path, directory, vote_file_name)) {
        return ENAMETOOLONG;
    }
    int size = snprintf(text, sizeof(text),
                        "{\"leaderId\":-1,\"leaderEpoch\":%d,\"votedId\":%d,"
                        "\"votedDirectoryId\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"data_version\":1}",
                        vote->epoch, vote->voted_id);
    return file_replace(files, path, slice_of(text, (size_t)size));
}
