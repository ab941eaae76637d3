/* tests: members of a group held by one program, each polled in turn, with what they heard. */
#ifndef INTEROP_FELLOW_H
#define INTEROP_FELLOW_H

#include <libclient/client.h>
#include <stdio.h>
#include <stdlib.h>

enum { FELLOW_PATIENCE_MS = 60000, FELLOWS_MAX = 3, FELLOW_PARTITIONS_MAX = 16 };

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, fellow_error.text); \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

extern struct kc_error fellow_error;

/* Where the fellows meet. */
struct fellow_place {
    const char *server;
    const char *topic;
    const char *group;
    const char *protocol; /* group.protocol */
};

struct fellow {
    struct kc_consumer *consumer;
    bool holds[FELLOW_PARTITIONS_MAX];
    int held;
    int rebalances;        /* callbacks so far */
    int losses;            /* of them: lost */
    struct kc_error error; /* the last that a poll told; NONE after a poll without */
    enum kc_err fatal;     /* the last error that was of this kind */
};

/* Subscribed. More settings: name, value, ..., NULL; `assignor` may be NULL. */
void fellow_open(struct fellow *fellow, const struct fellow_place *place,
                 const char *const *settings, const struct kc_assignor *assignor);
void fellow_subscribe(struct fellow *fellow, const struct fellow_place *place);

/* Closes so and ends; everything must succeed. */
void fellow_close(struct fellow *fellow, enum kc_parting parting);

/* Polls all of them (NULL: none there) once, 20 ms each. */
void fellow_poll(struct fellow *const *fellows, size_t count);

/* Polls them until `holds` is true of the first, or fails after FELLOW_PATIENCE_MS. */
void fellow_await(struct fellow *const *fellows, size_t count, bool (*holds)(struct fellow *),
                  const char *what);

#endif
