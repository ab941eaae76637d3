/* client: security.protocol and sasl.*: as whom a client logs in. */
#ifndef CLIENT_CONFIG_LOGIN_H
#define CLIENT_CONFIG_LOGIN_H

#include "client/config.h"
#include "sasl/credential.h"

/* The credential that the settings name, the caller's to destroy; NULL where security.protocol asks
 * for no login. KC_ERR_INVALID (no name or password, two of them, a login module of another
 * mechanism), KC_ERR_UNSUPPORTED (a mechanism that is not built yet), KC_ERR_NO_MEMORY; the text
 * names the option and never a secret. */
enum kc_err config_login(const struct kc_config *config, struct credential **ret_credential,
                         struct kc_error *error);

/* True when settings of a login were made that security.protocol leaves without effect. */
bool config_login_is_idle(const struct kc_config *config);

#endif
