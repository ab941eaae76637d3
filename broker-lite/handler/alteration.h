/* handler: a change of settings under way, for the two APIs that ask for one. */
#ifndef HANDLER_ALTERATION_H
#define HANDLER_ALTERATION_H

#include "handler/handler.h"

struct alteration {
    struct incremental_alter_configs_response response;
    void (*answer)(struct call *call, struct incremental_alter_configs_response *response);
};

/* Checks and proposes what call->message asks, an incremental_alter_configs_request, and calls
 * answer when that is committed or refused; answer ends the call. The response lives in the call's
 * arena. */
void alteration_begin(struct call *call,
                      void (*answer)(struct call *call,
                                     struct incremental_alter_configs_response *response));

#endif
