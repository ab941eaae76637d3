/* server: properties kept as text, checked as they are set. */
#include "server/node_config.h"

#include "base/attr.h"

#include <assert.h>
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
    value = config_trim(value);
    if (property_check(row, value, error->text)) {
        error->code = KC_ERR_INVALID;
        return KC_ERR_INVALID;
    }
    switch (row->role) {
    case PROPERTY_REFUSED:
        return value.size == 0 || slice_is(value, "false") ? KC_ERR_NONE : not_built(name, error);
    case PROPERTY_IDLE:
    case PROPERTY_IGNORED:
        note_ignored(config, name);
        return KC_ERR_NONE;
    case PROPERTY_STATIC:
    case PROPERTY_DYNAMIC:
        break;
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
    return text && config_is_true(slice_text(text));
}
