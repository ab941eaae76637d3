/* controller: values of settings as Kafka shows them, which is how its parsers understood them:
 * "+5" is 5, "1" of a DOUBLE is 1.0, " a , b,a " is a,b. Pure. */
#ifndef CONTROLLER_CONFIG_SHOWN_H
#define CONTROLLER_CONFIG_SHOWN_H

#include "base/arena.h"
#include "controller/config_rule.h"

enum { CONFIG_SHOWN_NUMBER_SIZE = 40 };

/* A number with its end, as Java's toString writes it. */
void config_shown_whole(int64_t number, char out[CONFIG_SHOWN_NUMBER_SIZE]);
void config_shown_double(double number, char out[CONFIG_SHOWN_NUMBER_SIZE]);

/* The shown form of a value that config_rule_check took; `value` itself where that is the same,
 * else in the arena; `value` too when memory is out. NULL stays NULL. */
const char *config_shown(enum config_kind kind, const char *value, struct arena *arena);

#endif
