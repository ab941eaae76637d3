/* console-consumer: its option table and what follows from it. */
#ifndef CONSOLE_CONSUMER_CONSUMER_OPTIONS_H
#define CONSOLE_CONSUMER_CONSUMER_OPTIONS_H

#include "common/options.h"
#include "common/properties.h"

#include <libclient/consumer.h>

extern const struct options_tool console_consumer_tool;

/* What the command line asks for. Strings borrow argv. */
struct wish {
    const char *topic;   /* NULL: include is given */
    const char *include; /* regular expression */
    int32_t partition;   /* -1: as a member of a group */
    int64_t offset;      /* with partition; KC_OFFSET_* or a number */
    int64_t count_max;   /* -1: no limit */
    int64_t timeout_ms;  /* -1: none */
    bool skip_errors;
    bool events; /* print shutdown_complete */
};

/* Refuses what makes no sense, prints notices about old names. */
struct wish consumer_options_read(const struct options *options);

/* The consumer's settings; a group of its own, which commits nothing, when none is named. */
void consumer_options_settings(const struct options *options, const struct wish *wish,
                               struct properties *settings);

/* The formatter's. */
void consumer_options_formatter(const struct options *options, struct properties *properties);

/* "earliest", "latest" (any case) or a number from 0 on. */
bool consumer_options_offset(const char *text, int64_t *ret_offset);

#endif
