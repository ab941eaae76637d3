/* tests: a mechanism's step whose arithmetic is done on the spot. */
#ifndef SUPPORT_MECHANISM_TALK_H
#define SUPPORT_MECHANISM_TALK_H

#include "sasl/mechanism.h"

static inline enum kc_err mechanism_talk_step(const struct mechanism *mechanism, void *dialog,
                                              struct slice challenge, struct bytes *out,
                                              struct kc_error *error)
{
    enum kc_err err = mechanism->step(dialog, challenge, out, error);
    struct mechanism_chore *chore =
        err == KC_ERR_NONE && mechanism->chore ? mechanism->chore(dialog) : NULL;
    if (chore) {
        chore->work(chore);
        err = mechanism->resume(dialog, chore, out, error);
        chore->destroy(chore);
    }
    return err;
}

#endif
