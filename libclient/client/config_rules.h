/* client: rules between options, as the Java client has them. */
#ifndef CLIENT_CONFIG_RULES_H
#define CLIENT_CONFIG_RULES_H

#include "client/config.h"

/* enable.idempotence as it is in force: a setting that conflicts turns the default off, and is an
 * error (config_check) when idempotence was asked for by name. */
bool config_rules_idempotent(const struct kc_config *config);

/* delivery.timeout.ms, at least linger.ms + request.timeout.ms when it was not set. */
int64_t config_rules_delivery_timeout_ms(const struct kc_config *config);

/* KIP-919: this admin client talks to the controllers themselves. Other handles cannot. */
bool config_rules_of_controllers(const struct kc_config *config, enum kc_option_scope scope);

/* -1, 0 or 1. */
int16_t config_rules_acks(const struct kc_config *config);

#endif
