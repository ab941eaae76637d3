/* client: durations as ISO 8601 writes them. */
#include "client/duration.h"

/* A number with up to nine digits of fraction, in thousandths of the unit. */
static bool duration_number(struct slice *rest, int64_t *ret_thousandths, bool *ret_fraction)
{
    int64_t whole = 0;
    int64_t scale = 1000;
    int64_t part = 0;
    size_t at = 0;
    size_t digits = 0;

    for (; at < rest->size && rest->data[at] >= '0' && rest->data[at] <= '9'; at++, digits++) {
        whole = whole * 10 + (rest->data[at] - '0');
        if (whole > INT64_MAX / 10000) {
            return false;
        }
    }
    *ret_fraction =
        digits > 0 && at < rest->size && (rest->data[at] == '.' || rest->data[at] == ',');
    if (*ret_fraction) {
        for (at++; at < rest->size && rest->data[at] >= '0' && rest->data[at] <= '9'; at++) {
            scale /= 10;
            part += (rest->data[at] - '0') * scale;
        }
    }
    *rest = slice_of(rest->data + at, rest->size - at);
    *ret_thousandths = whole * 1000 + part;
    return digits > 0;
}

/* "1H30M" after the T, or "3D" before it: units in order, each once. */
static bool duration_units(struct slice *rest, const char *units, const int64_t *unit_seconds,
                           int64_t *ms)
{
    size_t next = 0;

    while (rest->size > 0 && (rest->data[0] | 0x20) != 't') {
        int64_t thousandths;
        bool has_fraction;
        if (!duration_number(rest, &thousandths, &has_fraction) || rest->size == 0) {
            return false;
        }
        while (units[next] && units[next] != (rest->data[0] & ~0x20)) {
            next++;
        }
        if (!units[next] || (has_fraction && units[next] != 'S') ||
            thousandths > (INT64_MAX - *ms) / unit_seconds[next]) {
            return false;
        }
        *ms += thousandths * unit_seconds[next++];
        *rest = slice_of(rest->data + 1, rest->size - 1);
    }
    return true;
}

bool duration_parse(struct slice text, int64_t *ret_ms)
{
    static const int64_t day_seconds[] = { 86400 };
    static const int64_t time_seconds[] = { 3600, 60, 1 };
    int64_t ms = 0;

    if (text.size < 3 || (text.data[0] | 0x20) != 'p') {
        return false;
    }
    struct slice rest = slice_of(text.data + 1, text.size - 1);
    if (!duration_units(&rest, "D", day_seconds, &ms)) {
        return false;
    }
    if (rest.size > 0) {
        rest = slice_of(rest.data + 1, rest.size - 1);
        if (rest.size == 0 || !duration_units(&rest, "HMS", time_seconds, &ms) || rest.size > 0) {
            return false;
        }
    }
    *ret_ms = ms;
    return true;
}
