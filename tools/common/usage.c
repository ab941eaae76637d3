/* tools: help made from the option table, and the first steps of every tool. */
#include "common/usage.h"

#include "common/fail.h"

#include <stdio.h>
#include <string.h>

enum { COLUMN = 30, WIDTH = 96 };

static void wrap(struct text *text, const char *words, size_t column)
{
    while (*words) {
        size_t size = strcspn(words, " ");
        if (column + 1 + size > WIDTH && column > COLUMN) {
            text_add(text, "\n");
            text_pad(text, COLUMN);
            column = COLUMN;
        } else if (column > COLUMN) {
            text_add(text, " ");
            column++;
        }
        text_append(text, words, size);
        column += size;
        words += size + (words[size] == ' ');
    }
    text_add(text, "\n");
}

static void help_row(const struct options_row *row, struct text *text)
{
    size_t start = text->size;
    text_format(text, "  --%s", row->name);
    if (row->argument == OPTIONS_OPTIONAL_VALUE) {
        text_format(text, " [%s]", row->placeholder);
    } else if (row->argument != OPTIONS_FLAG) {
        text_format(text, row->argument == OPTIONS_VALUES ? " %s..." : " %s", row->placeholder);
    }
    size_t used = text->size - start;
    if (used + 1 > COLUMN) {
        text_add(text, "\n");
        used = 0;
    }
    text_pad(text, COLUMN - used);
    wrap(text, row->text, COLUMN);
}

void usage_help(const struct options_tool *tool, struct text *text)
{
    text_format(text, "%s\n\nUsage: %s [--option [VALUE]]...\n\n", tool->summary, tool->name);
    for (size_t i = 0; i < tool->row_count; i++) {
        help_row(&tool->rows[i], text);
    }
    for (size_t i = 0; i < options_common_row_count; i++) {
        help_row(&options_common_rows[i], text);
    }
}

static void dump_row(const struct options_row *row, struct text *text)
{
    const char *const kinds[] = { "flag", "value", "optional", "values" };
    text_format(text, "%s\t%s\t%s\t%s\n", row->name, kinds[row->argument],
                row->placeholder ? row->placeholder : "", row->text);
}

void usage_dump(const struct options_tool *tool, struct text *text)
{
    for (size_t i = 0; i < tool->row_count; i++) {
        dump_row(&tool->rows[i], text);
    }
    for (size_t i = 0; i < options_common_row_count; i++) {
        dump_row(&options_common_rows[i], text);
    }
}

void usage_start(struct options *options, const struct options_tool *tool, const char *version,
                 int argc, char **argv)
{
    struct text text = { 0 };
    fail_hold_streams();
    if (!options_read(options, tool, argc - 1, argv + 1)) {
        options_refuse(options, "%s", options->error);
    }
    if (argc <= 1) {
        usage_help(tool, &text);
        fail("%s", text_view(&text));
    }
    if (options_has(options, "help")) {
        usage_help(tool, &text);
    } else if (options_has(options, "version")) {
        text_format(&text, "libclient %s\n", version);
    } else if (options_has(options, "dump-options")) {
        usage_dump(tool, &text);
    } else {
        return;
    }
    fputs(text_view(&text), stdout);
    text_finish(&text);
    options_finish(options);
    fail_or_exit(0);
}
