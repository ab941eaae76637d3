/* tests/wire: lines of api-versions.tsv: keys, versions, header versions and listeners. */
#include "wire/api.h"
#include "wire/vector.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 9 };

/* The number that the text starts with; -1 when it starts with none. */
static int number_of(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);
    return end == text || value < 0 || value > INT16_MAX ? -1 : (int)value;
}

/* "3:1,4:1": header versions by version. */
static bool same_headers(const char *text, const struct api *api,
                         int16_t (*header_version)(const struct api *api, int16_t version))
{
    const char *place = text;
    for (int version = api->version_min; *place; version++) {
        char *end;
        if (strtol(place, &end, 10) != version || *end != ':') {
            return false;
        }
        place = end + 1;
        if (strtol(place, &end, 10) != header_version(api, (int16_t)version)) {
            return false;
        }
        place = *end == ',' ? end + 1 : end;
    }
    return true;
}

static bool same_listeners(const char *text, const struct api *api)
{
    int bits = (strstr(text, "broker") ? API_LISTENER_BROKER : 0) |
               (strstr(text, "controller") ? API_LISTENER_CONTROLLER : 0);
    return bits == api->listeners;
}

static bool check_columns(struct vector *vector, char *const *columns)
{
    const struct api *api = api_find((int16_t)number_of(columns[0]));
    if (!api || strcmp(api->name, columns[1]) != 0) {
        return vector_fail(vector, "api %s is unknown", columns[0]);
    }
    /* An unstable version stands in the file's range, but is not offered. */
    int last = strcmp(columns[5], "-") == 0 ? number_of(columns[3]) : number_of(columns[5]) - 1;
    int flexible = strcmp(columns[4], "none") == 0 ? INT16_MAX : number_of(columns[4]);
    if (api->version_min != number_of(columns[2]) || api->version_max != last ||
        api->flexible_since != flexible) {
        return vector_fail(vector, "%s has versions %d-%d, flexible since %d", api->name,
                           api->version_min, api->version_max, api->flexible_since);
    }
    return (same_headers(columns[6], api, api_request_header_version) &&
            same_headers(columns[7], api, api_response_header_version)) ||
           vector_fail(vector, "%s has other header versions", api->name);
}

enum vector_result vector_check_api(struct vector *vector, char *line)
{
    char *columns[COLUMNS];
    char *rest = line;
    if (strncmp(line, "key\t", 4) == 0) {
        return VECTOR_SKIPPED;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        columns[i] = rest ? strsep(&rest, "\t") : NULL;
        if (!columns[i]) {
            (void)vector_fail(vector, "the line has not %d columns", COLUMNS);
            return VECTOR_FAILED;
        }
    }
    if (!check_columns(vector, columns)) {
        return VECTOR_FAILED;
    }
    const struct api *api = api_find((int16_t)number_of(columns[0]));
    return same_listeners(columns[COLUMNS - 1], api) ||
                   vector_fail(vector, "%s has other listeners", api->name)
               ? VECTOR_PASSED
               : VECTOR_FAILED;
}
