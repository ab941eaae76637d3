/* client: a strategy of the application's own as the consumer room knows strategies. */
#ifndef CLIENT_CUSTOM_ASSIGNOR_H
#define CLIENT_CUSTOM_ASSIGNOR_H

#include "consumer/assignor.h"

#include <libclient/assignor.h>

/* What a config keeps of one. */
struct custom_assignor {
    struct kc_assignor callback; /* its name is the next */
    char name[KC_ASSIGNOR_NAME_SIZE];
};

/* A strategy that calls it; valid as long as `custom` stays where it is. */
struct assignor custom_assignor_wrap(struct custom_assignor *custom);

#endif
