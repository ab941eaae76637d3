/* handler: subscriptions to clients' metrics (KIP-714): their settings and the checks. They are
 * kept and shown; as with a Kafka that has no receiver for metrics, clients are not offered to push
 * any.
 */
#ifndef HANDLER_CLIENT_METRICS_H
#define HANDLER_CLIENT_METRICS_H

#include "controller/config_rule.h"

struct client_metrics_row {
    const char *name;
    enum config_kind kind;
    const char *default_value;
};

enum { CLIENT_METRICS_COUNT = 3 };
extern const struct client_metrics_row client_metrics_table[CLIENT_METRICS_COUNT];

/* KC_ERR_INVALID_REQUEST or KC_ERR_INVALID_CONFIG with Kafka's sentence in ret_text
 * (CONFIG_TEXT_SIZE bytes). */
enum kc_err client_metrics_check(struct slice name, struct slice value, char *ret_text);

#endif
