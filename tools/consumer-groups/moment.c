/* consumer-groups: parses times, without the C library's locale and zone. */
#include "consumer-groups/moment.h"

#include <stdio.h>
#include <string.h>

/* Exactly `count` digits; moves *text on. */
static bool digits(const char **text, int count, int *ret_value)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        char digit = (*text)[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        value = value * 10 + (digit - '0');
    }
    *text += count;
    *ret_value = value;
    return true;
}

static bool mark(const char **text, char wanted)
{
    bool found = **text == wanted;
    *text += found;
    return found;
}

/* Days since 1970 in the Gregorian calendar, counted from March so that leap days come last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t years = month <= 2 ? year - 1 : year;
    int64_t era = (years >= 0 ? years : years - 399) / 400;
    int64_t year_of_era = years - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static int days_of_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Z, +hh, +hhmm, +hh:mm or nothing; minutes to take off. */
static bool parse_zone(const char **text, int *ret_minutes)
{
    int sign = **text == '-' ? -1 : 1;
    int hours = 0;
    int minutes = 0;
    *ret_minutes = 0;
    if (**text == '\0' || mark(text, 'Z')) {
        return true;
    }
    if (**text != '+' && **text != '-') {
        return false;
    }
    (*text)++;
    if (!digits(text, 2, &hours)) {
        return false;
    }
    bool colon = mark(text, ':');
    if ((colon || **text != '\0') && !digits(text, 2, &minutes)) {
        return false;
    }
    *ret_minutes = sign * (hours * 60 + minutes);
    return hours < 24 && minutes < 60;
}

bool moment_parse(const char *text, int64_t *ret_ms, char *ret_error, size_t error_size)
{
    if (!strchr(text, 'T')) {
        snprintf(ret_error, error_size,
                 "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
        return false;
    }
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0, zone = 0;
    const char *at = text;
    bool good = digits(&at, 4, &year) && mark(&at, '-') && digits(&at, 2, &month) &&
                mark(&at, '-') && digits(&at, 2, &day) && mark(&at, 'T') && digits(&at, 2, &hour) &&
                mark(&at, ':') && digits(&at, 2, &minute) && mark(&at, ':') &&
                digits(&at, 2, &second) && mark(&at, '.') && digits(&at, 3, &ms) &&
                parse_zone(&at, &zone) && *at == '\0' && month >= 1 && month <= 12 && day >= 1 &&
                day <= days_of_month(year, month) && hour < 24 && minute < 60 && second < 60;
    if (!good) {
        const char *time = strchr(text, 'T') + 1;
        bool zoned = strpbrk(time, "+-Z") != NULL;
        snprintf(ret_error, error_size, "Unparseable date: \"%s%s\"", text, zoned ? "" : "Z");
        return false;
    }
    int64_t seconds = days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *ret_ms = (seconds - (int64_t)zone * 60) * 1000 + ms;
    return true;
}

/* A number with sign and, where allowed, decimals, in thousandths. */
static bool parse_amount(const char **text, int64_t *ret_thousandths, bool *ret_fraction)
{
    bool negative = mark(text, '-');
    if (!negative) {
        (void)mark(text, '+');
    }
    int64_t value = 0;
    int count = 0;
    for (; **text >= '0' && **text <= '9'; (*text)++, count++) {
        value = value * 10 + (**text - '0');
        if (value > INT64_C(100000000000)) {
            return false;
        }
    }
    value *= 1000;
    *ret_fraction = false;
    if (count > 0 && (mark(text, '.') || mark(text, ','))) {
        *ret_fraction = true;
        for (int64_t unit = 100; **text >= '0' && **text <= '9'; (*text)++, unit /= 10) {
            value += unit * (**text - '0');
        }
    }
    *ret_thousandths = negative ? -value : value;
    return count > 0;
}

bool moment_parse_duration(const char *text, int64_t *ret_ms)
{
    static const char units[] = "DHMS";
    static const int64_t seconds[] = { 86400, 3600, 60, 1 };
    bool negative = mark(&text, '-');
    if (!negative) {
        (void)mark(&text, '+');
    }
    if (!mark(&text, 'P') && !mark(&text, 'p')) {
        return false;
    }
    int64_t total = 0;
    size_t next = 0; /* units come in this order, each at most once */
    bool in_time = false;
    int count = 0;
    while (*text != '\0') {
        if (!in_time && (mark(&text, 'T') || mark(&text, 't'))) {
            in_time = true;
            next = next > 0 ? next : 1;
            if (*text == '\0') {
                return false;
            }
            continue;
        }
        int64_t amount = 0;
        bool fraction = false;
        if (!parse_amount(&text, &amount, &fraction)) {
            return false;
        }
        char letter = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
        const char *unit = letter != '\0' ? strchr(units, letter) : NULL;
        size_t index = unit ? (size_t)(unit - units) : sizeof units;
        if (!unit || index < next || (index == 0) == in_time || (fraction && index != 3)) {
            return false;
        }
        total += amount * seconds[index];
        next = index + 1;
        text++;
        count++;
    }
    if (count == 0) {
        return false;
    }
    *ret_ms = negative ? -total : total;
    return true;
}
