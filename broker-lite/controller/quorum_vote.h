/* controller: the term and the vote on disk: __cluster_metadata-0/quorum-state, JSON as Kafka
 * writes it. Replaced as a whole and synced before it counts. */
#ifndef CONTROLLER_QUORUM_VOTE_H
#define CONTROLLER_QUORUM_VOTE_H

#include "log/file.h"

struct quorum_vote {
    int32_t epoch;    /* the current term; 0: none yet */
    int32_t voted_id; /* -1: none */
};

/* Reads the file; a missing one gives epoch 0 and no vote. KC_ERR_CORRUPT_FILE (the text names file
 * and field), KC_ERR_IO. */
enum kc_err quorum_vote_read(const struct file_system *files, const char *directory,
                             struct quorum_vote *ret_vote, struct kc_error *error);

/* 0 or errno. */
int quorum_vote_write(const struct file_system *files, const char *directory,
                      const struct quorum_vote *vote);

#endif
