/* console-producer: its option table and the settings that follow from it. */
#ifndef CONSOLE_PRODUCER_PRODUCER_OPTIONS_H
#define CONSOLE_PRODUCER_PRODUCER_OPTIONS_H

#include "common/options.h"
#include "common/properties.h"

extern const struct options_tool console_producer_tool;

/* Refuses a command line that makes no sense, prints notices about old names. */
void producer_options_check(const struct options *options);

/* The producer's settings: file, properties, then the options that stand for one setting each. */
void producer_options_settings(const struct options *options, struct properties *properties);

/* The line reader's: file, then properties. */
void producer_options_reader(const struct options *options, struct properties *properties);

/* True when every part of "host:port,host:port" has a port. */
bool producer_options_is_server_list(const char *servers);

#endif
