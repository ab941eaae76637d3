/* consumer-groups: options of --reset-offsets become one wish. */
#include "consumer-groups/reset_wish.h"

#include "common/now.h"
#include "common/text.h"
#include "consumer-groups/moment.h"

#include <stdio.h>

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static void read_file(struct reset_wish *wish, const struct options *options, const char *path)
{
    FILE *file = fopen(path, "r");
    struct text text = { 0 };
    char part[8192];
    char error[512];
    size_t size = 0;
    if (!file) {
        options_fail(options, "Unable to read file %s", path);
    }
    while ((size = fread(part, 1, sizeof part, file)) > 0 && text.size < FILE_BYTES_MAX) {
        text_append(&text, part, size);
    }
    if (ferror(file) || text.size >= FILE_BYTES_MAX) {
        options_fail(options, "Unable to read file %s", path);
    }
    fclose(file);
    if (!csv_parse(&wish->csv, text_view(&text), text.size, error, sizeof error)) {
        options_fail(options, "%s: %s", path, error);
    }
    text_finish(&text);
}

static void read_time(struct reset_wish *wish, const struct options *options)
{
    const char *duration = options_value(options, "by-duration");
    const char *moment = options_value(options, "to-datetime");
    char error[256];
    wish->scenario = RESET_TO_TIME;
    if (duration) {
        int64_t ms = 0;
        if (!moment_parse_duration(duration, &ms)) {
            options_fail(options, "Text cannot be parsed to a Duration");
        }
        wish->time_ms = now_wall_ms() - ms;
    } else if (!moment_parse(moment, &wish->time_ms, error, sizeof error)) {
        options_fail(options, "%s", error);
    }
    /* Below 0 a time would read as one of the protocol's special offsets. */
    wish->time_ms = wish->time_ms > 0 ? wish->time_ms : 0;
}

void reset_wish_read(struct reset_wish *wish, const struct options *options)
{
    *wish = (struct reset_wish){ .execute = options_has(options, "execute"),
                                 .export_csv = options_has(options, "export") };
    if (options_has(options, "from-file")) {
        wish->from_file = true;
        wish->scenario = RESET_TO_OFFSET;
        read_file(wish, options, options_value(options, "from-file"));
    } else if (options_has(options, "to-offset")) {
        wish->scenario = RESET_TO_OFFSET;
        wish->amount = options_number(options, "to-offset", INT64_MIN, INT64_MAX, 0);
    } else if (options_has(options, "shift-by")) {
        wish->scenario = RESET_SHIFT_BY;
        wish->amount = options_number(options, "shift-by", INT64_MIN, INT64_MAX, 0);
    } else if (options_has(options, "to-earliest")) {
        wish->scenario = RESET_TO_EARLIEST;
    } else if (options_has(options, "to-latest")) {
        wish->scenario = RESET_TO_LATEST;
    } else if (options_has(options, "to-current")) {
        wish->scenario = RESET_TO_CURRENT;
    } else {
        read_time(wish, options);
    }
}

void reset_wish_finish(struct reset_wish *wish)
{
    csv_finish(&wish->csv);
}
