/* consumer-perf-test: a pattern is runs of equal letters; a run's length says how a field is
 * written. */
#include "consumer-perf-test/date_format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct moment_parts {
    struct tm local;
    int milliseconds;
};

static const char *const months[] = { "January",   "February", "March",    "April",
                                      "May",       "June",     "July",     "August",
                                      "September", "October",  "November", "December" };
static const char *const days[] = { "Sunday",   "Monday", "Tuesday", "Wednesday",
                                    "Thursday", "Friday", "Saturday" };

static void add_name(struct text *text, const char *name, size_t width)
{
    text_append(text, name, width >= 4 ? strlen(name) : 3);
}

static void add_zone(struct text *text, const struct tm *local, char letter, size_t width)
{
    long minutes = local->tm_gmtoff / 60;
    char sign = minutes < 0 ? '-' : '+';
    minutes = labs(minutes);
    if (letter == 'z') {
        text_add(text, local->tm_zone);
    } else if (letter == 'X' && minutes == 0) {
        text_add(text, "Z");
    } else {
        text_format(text, "%c%02ld", sign, minutes / 60);
        if (letter == 'Z' || width > 1) {
            text_format(text, "%s%02ld", letter == 'X' && width > 2 ? ":" : "", minutes % 60);
        }
    }
}

static int number_of(char letter, const struct moment_parts *parts)
{
    const struct tm *local = &parts->local;
    switch (letter) {
    case 'y':
        return local->tm_year + 1900;
    case 'M':
        return local->tm_mon + 1;
    case 'd':
        return local->tm_mday;
    case 'D':
        return local->tm_yday + 1;
    case 'H':
        return local->tm_hour;
    case 'k':
        return local->tm_hour ? local->tm_hour : 24;
    case 'K':
        return local->tm_hour % 12;
    case 'h':
        return local->tm_hour % 12 ? local->tm_hour % 12 : 12;
    case 'm':
        return local->tm_min;
    case 's':
        return local->tm_sec;
    case 'S':
        return parts->milliseconds;
    default:
        return -1;
    }
}

/* False for a letter that is none of ours. */
static bool add_field(struct text *text, char letter, size_t width,
                      const struct moment_parts *parts)
{
    const struct tm *local = &parts->local;
    if (letter == 'E') {
        add_name(text, days[local->tm_wday], width);
    } else if (letter == 'M' && width >= 3) {
        add_name(text, months[local->tm_mon], width);
    } else if (letter == 'a') {
        text_add(text, local->tm_hour < 12 ? "AM" : "PM");
    } else if (letter == 'z' || letter == 'Z' || letter == 'X') {
        add_zone(text, local, letter, width);
    } else {
        int number = number_of(letter, parts);
        if (number < 0) {
            return false;
        }
        text_format(text, "%0*d", (int)width, letter == 'y' && width == 2 ? number % 100 : number);
    }
    return true;
}

/* From behind a quote to behind the one that ends it; NULL when there is none. */
static const char *add_quoted(struct text *text, const char *at)
{
    if (*at == '\'') {
        text_add(text, "'");
        return at + 1;
    }
    for (; *at; at++) {
        if (*at == '\'' && at[1] != '\'') {
            return at + 1;
        }
        at += *at == '\'';
        text_append(text, at, 1);
    }
    return NULL;
}

bool date_format_write(const char *pattern, int64_t time_ms, struct text *text, char *ret_error,
                       size_t error_size)
{
    time_t seconds = time_ms / 1000;
    struct moment_parts parts = { .milliseconds = (int)(time_ms % 1000) };
    if (!localtime_r(&seconds, &parts.local)) {
        snprintf(ret_error, error_size, "there is no such time");
        return false;
    }
    for (const char *at = pattern; at && *at;) {
        if (*at == '\'') {
            at = add_quoted(text, at + 1);
            if (!at) {
                snprintf(ret_error, error_size, "Unterminated quote");
                return false;
            }
            continue;
        }
        size_t width = 1;
        while (at[width] == *at) {
            width++;
        }
        if (!isalpha((unsigned char)*at)) {
            text_append(text, at, width);
        } else if (!add_field(text, *at, width, &parts)) {
            snprintf(ret_error, error_size, "Illegal pattern character '%c'", *at);
            return false;
        }
        at += width;
    }
    return true;
}
