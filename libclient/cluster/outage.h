/* cluster: a time in which no broker is reached, and whether it was told. Attempts go on with a
 * pause between them and calls fail at their deadline; until then whoever waits should know why.
 * Pure. */
#ifndef CLUSTER_OUTAGE_H
#define CLUSTER_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

/* Shorter ones, a broker that starts again, are not worth a word. */
enum { OUTAGE_QUIET_MS = 1000 };

struct outage { /* zeroed: none */
    bool is_on;
    bool is_told;
    int64_t since_us;
};

/* An attempt that began at `began_us` has failed, while no other connection stands. True once an
 * outage, when it has lasted long enough to be told. */
bool outage_failure(struct outage *outage, int64_t began_us, int64_t now_us);

/* A connection stands: it is over. */
void outage_end(struct outage *outage);

#endif
