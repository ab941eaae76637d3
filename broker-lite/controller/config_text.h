/* controller: what settings are for, in a sentence each: properties of brokers, and what topics,
 * groups and client metrics have beside them. */
#ifndef CONTROLLER_CONFIG_TEXT_H
#define CONTROLLER_CONFIG_TEXT_H

/* NULL: a setting that has no meaning here. */
const char *config_text(const char *name);

#endif
