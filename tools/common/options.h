/* tools: the command line. A tool describes its options in one table; parsing, --help and
 * --dump-options come from it. Syntax as in Kafka's tools (joptsimple): `--name value` or
 * `--name=value`, no abbreviations, words that are no options are ignored. */
#ifndef COMMON_OPTIONS_H
#define COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum options_argument {
    OPTIONS_FLAG,
    OPTIONS_VALUE,
    OPTIONS_OPTIONAL_VALUE, /* the next word, unless it begins with - and is no number */
    OPTIONS_VALUES          /* one or more: all words up to the next that begins with - */
};

struct options_row {
    const char *name; /* without the dashes */
    enum options_argument argument;
    const char *placeholder; /* "TOPIC"; NULL for a flag */
    const char *text;        /* one sentence or more, without line ends */
};

struct options_tool {
    const char *name;
    const char *summary;      /* one line: what the tool does */
    const char *error_prefix; /* before the text of every failure of the work itself */
    const struct options_row *rows;
    size_t row_count;
};

struct options_given {
    const struct options_row *row;
    const char *value; /* NULL: none */
};

/* Values borrow argv. */
struct options {
    const struct options_tool *tool;
    struct options_given *given;
    size_t given_count;
    char error[512]; /* why options_read failed */
};

/* The rows that every tool has: help, version, dump-options. */
extern const struct options_row options_common_rows[];
extern const size_t options_common_row_count;

/* Reads a command line (without the program's name). False with options->error set: an unknown
 * option, a missing value, a value where none is taken. A word that is the name of an option is
 * never taken as the value of the one before it. */
bool options_read(struct options *options, const struct options_tool *tool, int count,
                  char *const *words);
void options_finish(struct options *options);

bool options_has(const struct options *options, const char *name);

/* All values given for a repeatable option, in order. */
size_t options_count(const struct options *options, const char *name);
const char *options_at(const struct options *options, const char *name, size_t index);

/* The value of an option that may stand once; NULL when it is absent or has no value. Given twice:
 * ends the tool with Kafka's message. */
const char *options_value(const struct options *options, const char *name);

/* The same as a number; `otherwise` when absent. Not a number: ends the tool. */
int64_t options_number(const struct options *options, const char *name, int64_t min, int64_t max,
                       int64_t otherwise);

/* Ends the tool because the command line makes no sense: the message, and where help is. */
_Noreturn void options_refuse(const struct options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Ends the tool because its work failed: the tool's error prefix, then the message. */
_Noreturn void options_fail(const struct options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Refuses when `name` is given together with any of `others` (NULL-terminated). */
void options_exclude(const struct options *options, const char *name, const char *const *others);

/* Refuses when `name` is not given. */
void options_require(const struct options *options, const char *name);

/* When the old name is given: refuses it together with the new one (the text names
 * together_first first, as Kafka does), else prints the notice on stdout. */
void options_deprecate(const struct options *options, const char *old_name, const char *new_name,
                       const char *together_first, const char *notice);

#endif
