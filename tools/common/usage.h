/* tools: what --help and --dump-options print. */
#ifndef COMMON_USAGE_H
#define COMMON_USAGE_H

#include "common/options.h"
#include "common/text.h"

/* The summary line, then every option with its text, wrapped. */
void usage_help(const struct options_tool *tool, struct text *text);

/* One line an option: name, "flag", "value" or "optional", placeholder, text; tabs between. */
void usage_dump(const struct options_tool *tool, struct text *text);

/* Reads the command line and answers --help, --version and --dump-options (exit 0); a command line
 * that cannot be read ends the tool, and an empty one prints the help on stderr when the tool
 * needs_words. */
void usage_start(struct options *options, const struct options_tool *tool, const char *version,
                 int argc, char **argv);

#endif
