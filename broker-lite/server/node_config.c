/* server: properties kept as text, checked as they are set. */
#include "server/node_config.h"

#include "base/attr.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

void node_config_init(struct node_config *config)
{
    memset(config, 0, sizeof(*config));
}

void node_config_finish(struct node_config *config)
{
    for (size_t i = 0; i < config->property_count * 2; i++) {
        free(config->properties[i]);
    }
    free(config->properties);
    for (size_t i = 0; i < config->log_dir_count; i++) {
        free(config->log_dirs[i]);
    }
    free(config->metadata_dir);
    node_config_init(config);
}

static bool is_word(struct slice value, const char *word)
{
    return value.size == strlen(word) &&
           strncasecmp((const char *)value.data, word, value.size) == 0;
}

static struct slice trim(struct slice text)
{
    while (text.size > 0 && text.data[0] <= ' ') {
        text = slice_of(text.data + 1, text.size - 1);
    }
    while (text.size > 0 && text.data[text.size - 1] <= ' ') {
        text.size--;
    }
    return text;
}

static enum kc_err refuse(struct kc_error *error, struct slice name, struct slice value,
                          const char *reason)
{
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text),
                   "Invalid value %.*s for configuration %.*s: %s",
                   (int)(value.size < 100 ? value.size : 100), (const char *)value.data,
                   (int)(name.size < 100 ? name.size : 100), (const char *)name.data, reason);
    return KC_ERR_INVALID;
}

static enum kc_err check_range(const struct property *row, struct slice value, bool is_low,
                               bool is_high, struct kc_error *error)
{
    char reason[64];
    if (!is_low && !is_high) {
        return KC_ERR_NONE;
    }
    (void)snprintf(reason, sizeof(reason), "Value must be %s %lld",
                   is_low ? "at least" : "no more than", (long long)(is_low ? row->min : row->max));
    return refuse(error, slice_text(row->name), value, reason);
}

static enum kc_err check_number(const struct property *row, struct slice value,
                                struct kc_error *error)
{
    char text[32];
    char reason[96];
    char *end;
    (void)snprintf(reason, sizeof(reason), "Not a number of type %s",
                   row->kind == PROPERTY_INT ? "INT" : "LONG");
    if (value.size == 0 || value.size >= sizeof(text)) {
        return refuse(error, slice_text(row->name), value, reason);
    }
    memcpy(text, value.data, value.size);
    text[value.size] = 0;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || *end ||
        (row->kind == PROPERTY_INT && (number > INT32_MAX || number < INT32_MIN))) {
        return refuse(error, slice_text(row->name), value, reason);
    }
    return check_range(row, value, number<row->min, number> row->max, error);
}

static enum kc_err check_double(const struct property *row, struct slice value,
                                struct kc_error *error)
{
    char text[32];
    char *end = text;
    size_t size = MIN_OF(value.size, sizeof(text) - 1);
    memcpy(text, value.data, size);
    text[size] = 0;
    double number = strtod(text, &end);
    if (size < value.size || end == text || *end || number != number) {
        return refuse(error, slice_text(row->name), value, "Not a number of type DOUBLE");
    }
    return check_range(row, value, number<(double)row->min, number>(double) row->max, error);
}

/* Every word of a comma-separated value must be one of the choices. */
static bool words_are_choices(const char *choices, struct slice value)
{
    const char *at = (const char *)value.data;
    const char *end = at + value.size;
    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        struct slice word = trim(slice_of(at, (size_t)((comma ? comma : end) - at)));
        bool found = false;
        for (const char *choice = choices; choice && !found;) {
            const char *stop = strchr(choice, ',');
            size_t choice_size = stop ? (size_t)(stop - choice) : strlen(choice);
            found = choice_size == word.size && memcmp(choice, word.data, word.size) == 0;
            choice = stop ? stop + 1 : NULL;
        }
        if (!found) {
            return false;
        }
        if (!comma) {
            break;
        }
        at = comma + 1;
    }
    return true;
}

static enum kc_err check_value(const struct property *row, struct slice value,
                               struct kc_error *error)
{
    char reason[160];
    switch (row->kind) {
    case PROPERTY_INT:
    case PROPERTY_LONG:
        return check_number(row, value, error);
    case PROPERTY_BOOLEAN:
        if (!is_word(value, "true") && !is_word(value, "false")) {
            return refuse(error, slice_text(row->name), value,
                          "Expected value to be either true or false");
        }
        return KC_ERR_NONE;
    case PROPERTY_STRING:
    case PROPERTY_LIST:
        if (row->choices && !words_are_choices(row->choices, value)) {
            (void)snprintf(reason, sizeof(reason), "String must be one of: %s", row->choices);
            return refuse(error, slice_text(row->name), value, reason);
        }
        return KC_ERR_NONE;
    case PROPERTY_DOUBLE:
        return check_double(row, value, error);
    case PROPERTY_IGNORED:
    case PROPERTY_REFUSED:
        return KC_ERR_NONE;
    }
    return KC_ERR_NONE;
}

static enum kc_err unknown(struct slice name, struct kc_error *error)
{
    const char *nearest = property_nearest(name);
    error->code = KC_ERR_INVALID;
    (void)snprintf(error->text, sizeof(error->text), "Unknown property %.*s%s%s%s",
                   (int)(name.size < 100 ? name.size : 100), (const char *)name.data,
                   nearest ? " (did you mean " : "", nearest ? nearest : "", nearest ? "?)" : "");
    return KC_ERR_INVALID;
}

static enum kc_err not_built(struct slice name, struct kc_error *error)
{
    error->code = KC_ERR_INVALID;
    (void)snprintf(
        error->text, sizeof(error->text),
        "%.*s is not built yet; a broker that passed over it would be more open than its "
        "file says",
        (int)MIN_OF(name.size, (size_t)100), (const char *)name.data);
    return KC_ERR_INVALID;
}

static bool is_noted(const struct node_config *config, struct slice name)
{
    const char *at = config->ignored;
    while (*at) {
        size_t size = strcspn(at, ",");
        if (size == name.size && memcmp(at, name.data, size) == 0) {
            return true;
        }
        at += size + (at[size] ? 2 : 0);
    }
    return false;
}

static void note_ignored(struct node_config *config, struct slice name)
{
    size_t used = strlen(config->ignored);
    if (is_noted(config, name)) {
        return;
    }
    (void)snprintf(config->ignored + used, sizeof(config->ignored) - used, "%s%.*s",
                   used ? ", " : "", SLICE_ARGS(name));
}

static char **property_slot(const struct node_config *config, struct slice name)
{
    for (size_t i = 0; i < config->property_count; i++) {
        if (slice_is(name, config->properties[2 * i])) {
            return &config->properties[2 * i + 1];
        }
    }
    return NULL;
}

static enum kc_err keep(struct node_config *config, struct slice name, struct slice value,
                        struct kc_error *error)
{
    char *copy = slice_dup_text(value);
    char **slot = property_slot(config, name);
    if (slot && copy) {
        free(*slot);
        *slot = copy;
        return KC_ERR_NONE;
    }
    char *name_copy = slice_dup_text(name);
    char **properties =
        realloc(config->properties, (config->property_count * 2 + 4) * sizeof(*properties));
    if (properties) {
        config->properties = properties;
    }
    if (!copy || !name_copy || !properties) {
        free(copy);
        free(name_copy);
        error->code = KC_ERR_NO_MEMORY;
        (void)snprintf(error->text, sizeof(error->text), "out of memory");
        return KC_ERR_NO_MEMORY;
    }
    properties[config->property_count * 2] = name_copy;
    properties[config->property_count * 2 + 1] = copy;
    config->property_count++;
    properties[config->property_count * 2] = NULL;
    properties[config->property_count * 2 + 1] = NULL;
    return KC_ERR_NONE;
}

enum kc_err node_config_put(struct node_config *config, struct slice name, struct slice value,
                            struct kc_error *error)
{
    const struct property *row = property_find(name);
    if (!row) {
        return unknown(name, error);
    }
    value = trim(value);
    enum kc_err err = check_value(row, value, error);
    if (err) {
        return err;
    }
    if (row->kind == PROPERTY_REFUSED) {
        return value.size == 0 || is_word(value, "false") ? KC_ERR_NONE : not_built(name, error);
    }
    if (row->kind == PROPERTY_IGNORED) {
        note_ignored(config, name);
        return KC_ERR_NONE;
    }
    return keep(config, name, value, error);
}

bool node_config_is_set(const struct node_config *config, const char *name)
{
    return property_slot(config, slice_text(name)) != NULL;
}

const char *node_config_text(const struct node_config *config, const char *name)
{
    char **slot = property_slot(config, slice_text(name));
    const struct property *row = property_find(slice_text(name));
    assert(row);
    return slot ? *slot : row->default_value;
}

int64_t node_config_number(const struct node_config *config, const char *name)
{
    const char *text = node_config_text(config, name);
    assert(text);
    return strtoll(text, NULL, 10);
}

bool node_config_flag(const struct node_config *config, const char *name)
{
    const char *text = node_config_text(config, name);
    return text && is_word(slice_text(text), "true");
}
