/* tests: a consumer of the public API at the mercy of an imposter: what it makes of the lies. */
#ifndef RELIABILITY_HOSTAGE_H
#define RELIABILITY_HOSTAGE_H

#include "imposter.h"

enum hostage_end {
    HOSTAGE_READS,     /* all records of the partition, each once, in order */
    HOSTAGE_TELLS,     /* poll returns the error */
    HOSTAGE_TELLS_ANY, /* poll returns some error */
    HOSTAGE_SURVIVES,  /* one of these, or polls that bring nothing for a while */
    HOSTAGE_NOTHING    /* none of these: only watched */
};

struct hostage_case {
    const char *name;
    struct imposter_lie lie;
    enum hostage_end end;
    enum kc_err err;      /* TELLS */
    const char *protocol; /* group.protocol; NULL: classic */
    unsigned asked_max;   /* requests of the lie's API while it is watched for another second; 0:
                             as many as it likes */
    const char *says;     /* TELLS: part of the error's text; NULL: any */
    int16_t never_asked;  /* an API that the imposter must not be asked while it lies; 0: none */
};

/* Runs all, many at once, each with an imposter and a consumer of its own: in each the outcome must
 * come within a deadline, every error on the way has a sentence, close and destroy return in time,
 * and at least one lie was told. Fails the test otherwise, by name. */
void hostage_run(const struct hostage_case *cases, size_t count);

/* The peak of this program's memory, in MiB. */
long hostage_peak_mib(void);

#endif
