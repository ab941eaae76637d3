/* server: properties kept as text, checked as they are set. */
#include "server/node_config.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

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
    if (number < row->min || number > row->max) {
        (void)snprintf(reason, sizeof(reason), "Value must be at least %lld%s", (long long)row->min,
                       number > row->max ? " and no more than the limit" : "");
        return refuse(error, slice_text(row->name), value, reason);
    }
    return KC_ERR_NONE;
}

/* Every word of a comma-separated value must be one of the choices. */
static bool words_are_choices(const char *choices, struct slice value)
{
    const char *at = (const char *)value.data;
    const char *end = at + value.size;
    while (at <= end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        size_t size = (size_t)((comma ? comma : end) - at);
        bool found = false;
        for (const char *choice = choices; choice && !found;) {
            const char *stop = strchr(choice, ',');
            size_t choice_size = stop ? (size_t)(stop - choice) : strlen(choice);
            found = choice_size == size && memcmp(choice, at, size) == 0;
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
        if (!slice_is(value, "true") && !slice_is(value, "false")) {
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
    case PROPERTY_IGNORED:
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

static void note_ignored(struct node_config *config, struct slice name)
{
    size_t used = strlen(config->ignored);
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

enum kc_err node_config_put(struct node_config *config, struct slice name, struct slice value,
                            struct kc_error *error)
{
    const struct property *row = property_find(name);
    if (!row) {
        return unknown(name, error);
    }
    enum kc_err err = check_value(row, value, error);
    if (err) {
        return err;
    }
    if (row->kind == PROPERTY_IGNORED) {
        note_ignored(config, name);
        return KC_ERR_NONE;
    }
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
    return text && strcmp(text, "true") == 0;
}
