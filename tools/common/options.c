/* tools: reads the command line by the tool's table. */
#include "common/options.h"

#include "common/fail.h"
#include "common/memory.h"
#include "common/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct options_row options_common_rows[] = {
    { "help", OPTIONS_FLAG, NULL, "Prints this text." },
    { "version", OPTIONS_FLAG, NULL, "Prints the version." },
    { "dump-options", OPTIONS_FLAG, NULL, "Prints the options, one a line, for programs." },
};
const size_t options_common_row_count = sizeof options_common_rows / sizeof options_common_rows[0];

static const struct options_row *find_in(const struct options_row *rows, size_t count,
                                         const char *name, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, name, size) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static const struct options_row *find(const struct options_tool *tool, const char *name,
                                      size_t size)
{
    const struct options_row *row = find_in(tool->rows, tool->row_count, name, size);
    return row ? row : find_in(options_common_rows, options_common_row_count, name, size);
}

/* joptsimple takes a long name after one dash, too. */
static const char *name_of(const char *word)
{
    if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0) {
        return NULL;
    }
    return word + (word[1] == '-' ? 2 : 1);
}

static bool is_option(const struct options_tool *tool, const char *word)
{
    const char *name = strncmp(word, "--", 2) == 0 ? name_of(word) : NULL;
    return name && find(tool, name, strcspn(name, "="));
}

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static void give(struct options *options, const struct options_row *row, const char *value)
{
    size_t count = options->given_count + 1;
    options->given = memory_grow(options->given, count, sizeof *options->given);
    options->given[options->given_count] = (struct options_given){ row, value };
    options->given_count = count;
}

/* One option at words[*position]; moves past its value. */
static bool read_one(struct options *options, const char *name, int count, char *const *words,
                     int *position)
{
    size_t size = strcspn(name, "=");
    const struct options_row *row = find(options->tool, name, size);
    if (!row) {
        snprintf(options->error, sizeof options->error, "%.*s is not a recognized option",
                 (int)(size < 400 ? size : 400), name);
        return false;
    }
    const char *value = name[size] == '=' ? name + size + 1 : NULL;
    const char *next = *position + 1 < count ? words[*position + 1] : NULL;
    if (row->argument == OPTIONS_FLAG && value) {
        snprintf(options->error, sizeof options->error, "Option %s takes no argument", row->name);
        return false;
    }
    bool needs_value = row->argument == OPTIONS_VALUE || row->argument == OPTIONS_VALUES;
    if (needs_value && !value) {
        if (!next || is_option(options->tool, next)) {
            snprintf(options->error, sizeof options->error, "Option %s requires an argument",
                     row->name);
            return false;
        }
        value = next;
        (*position)++;
    } else if (row->argument == OPTIONS_OPTIONAL_VALUE && !value && next &&
               (next[0] != '-' || is_digit(next[1]))) {
        value = next;
        (*position)++;
    }
    give(options, row, value);
    while (row->argument == OPTIONS_VALUES && *position + 1 < count &&
           words[*position + 1][0] != '-') {
        (*position)++;
        give(options, row, words[*position]);
    }
    return true;
}

bool options_read(struct options *options, const struct options_tool *tool, int count,
                  char *const *words)
{
    *options = (struct options){ .tool = tool };
    for (int position = 0; position < count; position++) {
        if (strcmp(words[position], "--") == 0) {
            break;
        }
        const char *name = name_of(words[position]);
        if (name && !read_one(options, name, count, words, &position)) {
            return false;
        }
    }
    return true;
}

void options_finish(struct options *options)
{
    free(options->given);
    options->given = NULL;
    options->given_count = 0;
}

bool options_has(const struct options *options, const char *name)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (strcmp(options->given[i].row->name, name) == 0) {
            return true;
        }
    }
    return false;
}

size_t options_count(const struct options *options, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < options->given_count; i++) {
        count += strcmp(options->given[i].row->name, name) == 0 && options->given[i].value;
    }
    return count;
}

const char *options_at(const struct options *options, const char *name, size_t index)
{
    for (size_t i = 0; i < options->given_count; i++) {
        if (strcmp(options->given[i].row->name, name) == 0 && options->given[i].value &&
            index-- == 0) {
            return options->given[i].value;
        }
    }
    return NULL;
}

const char *options_value(const struct options *options, const char *name)
{
    if (options_count(options, name) > 1) {
        options_fail(options, "Found multiple arguments for option %s, but you asked for only one",
                     name);
    }
    return options_at(options, name, 0);
}

int64_t options_number(const struct options *options, const char *name, int64_t min, int64_t max,
                       int64_t otherwise)
{
    const char *text = options_value(options, name);
    int64_t value = otherwise;
    if (text && !number_parse(text, min, max, &value)) {
        options_fail(options, "Cannot parse argument '%s' of option %s", text, name);
    }
    return value;
}

_Noreturn void options_refuse(const struct options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n%s --help tells all options.\n", options->tool->name);
    exit(1);
}

_Noreturn void options_fail(const struct options *options, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_arguments(options->tool->error_prefix, format, arguments);
}

void options_exclude(const struct options *options, const char *name, const char *const *others)
{
    if (!options_has(options, name)) {
        return;
    }
    for (; *others; others++) {
        if (options_has(options, *others)) {
            options_refuse(options, "Option \"[%s]\" can't be used with option \"[%s]\"", name,
                           *others);
        }
    }
}

void options_require(const struct options *options, const char *name)
{
    if (!options_has(options, name)) {
        options_refuse(options, "Missing required argument \"[%s]\"", name);
    }
}

void options_deprecate(const struct options *options, const char *old_name, const char *new_name,
                       const char *together_first, const char *notice)
{
    if (!options_has(options, old_name)) {
        return;
    }
    if (options_has(options, new_name)) {
        bool old_first = strcmp(together_first, old_name) == 0;
        options_refuse(options, "Options --%s and --%s cannot be specified together.",
                       old_first ? old_name : new_name, old_first ? new_name : old_name);
    }
    printf("%s\n", notice);
    fflush(stdout); /* before what is written past stdio */
}
