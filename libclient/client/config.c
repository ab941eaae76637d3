/* client: struct kc_config: what was set, the values in force, and the rules between options. */
#include "client/config.h"

#include "client/log_line.h"
#include "client/reason.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static const int64_t DURATION_MS_MAX = INT64_C(100) * 365 * 24 * 3600 * 1000;

struct kc_config *kc_config_create(void)
{
    struct kc_config *config = calloc(1, sizeof(*config));
    if (!config) {
        return NULL;
    }
    config->values = calloc(option_count, sizeof(*config->values));
    if (!config->values) {
        kc_config_destroy(config);
        return NULL;
    }
    config->log = log_line_print;
    config->log_level = KC_LOG_WARN;
    return config;
}

/* Frees a value; a secret is wiped before. */
static void drop_value(const struct option *option, char *value)
{
    if (value && option->type == OPTION_SECRET) {
        explicit_bzero(value, strlen(value));
    }
    free(value);
}

void kc_config_destroy(struct kc_config *config)
{
    if (!config) {
        return;
    }
    for (size_t i = 0; config->values && i < option_count; i++) {
        drop_value(&option_table[i], config->values[i]);
    }
    free(config->values);
    free(config);
}

static bool copy_text(char **to, const char *from)
{
    *to = from ? strdup(from) : NULL;
    return !from || *to;
}

struct kc_config *kc_config_copy(const struct kc_config *config)
{
    struct kc_config *copy = config ? kc_config_create() : NULL;
    if (!copy) {
        return NULL;
    }
    copy->log = config->log;
    copy->log_context = config->log_context;
    copy->log_level = config->log_level;
    copy->partitioner = config->partitioner;
    copy->partitioner_context = config->partitioner_context;
    memcpy(copy->assignors, config->assignors, sizeof(copy->assignors));
    copy->assignor_count = config->assignor_count;
    copy->batch_delivery = config->batch_delivery;
    copy->batch_delivery_context = config->batch_delivery_context;
    copy->plug = config->plug;
    copy->statistics = config->statistics;
    copy->statistics_context = config->statistics_context;
    bool good = true;
    for (size_t i = 0; i < option_count; i++) {
        good &= copy_text(&copy->values[i], config->values[i]);
    }
    if (!good) {
        kc_config_destroy(copy);
        return NULL;
    }
    return copy;
}

/* The row behind a name; aliases are followed. */
static const struct option *find_real(const char *name)
{
    const struct option *option = option_find(slice_text(name));
    if (option && option->use == OPTION_ALIAS) {
        option = option_find(slice_text(option->other));
        assert(option);
    }
    return option;
}

static enum kc_err set_trimmed(struct kc_config *config, const struct option *option,
                               const char *value, struct kc_error *error)
{
    enum kc_err err = option_check(option, value, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    char *kept = slice_dup_text(option_spelling(option, value));
    if (!kept) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    char **place = &config->values[option - option_table];
    drop_value(option, *place);
    *place = kept;
    return KC_ERR_NONE;
}

enum kc_err kc_config_set(struct kc_config *config, const char *name, const char *value,
                          struct kc_error *error)
{
    if (!config || !name) {
        return reason_set(error, KC_ERR_INVALID, "a config and a name are needed");
    }
    const struct option *option = find_real(name);
    if (!option) {
        const struct option *nearest = option_nearest(slice_text(name));
        return nearest ? reason_set(error, KC_ERR_INVALID,
                                    "unknown property '%.100s'; did you mean '%s'?", name,
                                    nearest->row.name)
                       : reason_set(error, KC_ERR_INVALID, "unknown property '%.100s'", name);
    }
    if (!value) {
        return reason_set(error, KC_ERR_INVALID, "%s: a value is needed", name);
    }
    /* As Java's ConfigDef does: blanks around a value do not count. */
    while (isspace((unsigned char)*value)) {
        value++;
    }
    size_t size = strlen(value);
    while (size > 0 && isspace((unsigned char)value[size - 1])) {
        size--;
    }
    char *trimmed = slice_dup_text(slice_of(value, size));
    if (!trimmed) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    enum kc_err err = set_trimmed(config, option, trimmed, error);
    drop_value(option, trimmed);
    return err == KC_ERR_NONE ? reason_clear(error) : err;
}

static const char *value_of(const struct kc_config *config, const struct option *option)
{
    const char *value = config->values[option - option_table];
    return value ? value : option->row.default_value;
}

const char *kc_config_get(const struct kc_config *config, const char *name)
{
    const struct option *option = config && name ? find_real(name) : NULL;
    return option ? value_of(config, option) : NULL;
}

void kc_config_set_log(struct kc_config *config, kc_log_callback *callback, void *context,
                       enum kc_log_level level)
{
    if (config) {
        config->log = callback;
        config->log_context = context;
        config->log_level = level;
    }
}

/* A typed getter asks for a row that exists, by its real name. */
static const char *demand(const struct kc_config *config, const char *name)
{
    const struct option *option = option_find(slice_text(name));
    assert(option && option->use != OPTION_ALIAS);
    return value_of(config, option);
}

int64_t config_long(const struct kc_config *config, const char *name)
{
    int64_t number = 0;
    const char *value = demand(config, name);
    bool good = value && option_parse_number(value, &number);
    assert(good);
    return number;
}

int64_t config_ms(const struct kc_config *config, const char *name)
{
    return MIN_OF(config_long(config, name), DURATION_MS_MAX);
}

int32_t config_int(const struct kc_config *config, const char *name)
{
    int64_t number = config_long(config, name);
    return (int32_t)MAX_OF(MIN_OF(number, INT32_MAX), INT32_MIN);
}

double config_double(const struct kc_config *config, const char *name)
{
    double number = 0;
    const char *value = demand(config, name);
    bool good = value && option_parse_double(value, &number);
    assert(good);
    return number;
}

bool config_bool(const struct kc_config *config, const char *name)
{
    const char *value = demand(config, name);
    return value && strcmp(value, "true") == 0;
}

const char *config_string(const struct kc_config *config, const char *name)
{
    return demand(config, name);
}

bool config_is_set(const struct kc_config *config, const char *name)
{
    const struct option *option = option_find(slice_text(name));
    assert(option);
    return config->values[option - option_table] != NULL;
}

struct slice config_list(const struct kc_config *config, const char *name)
{
    return slice_text(demand(config, name));
}

bool config_list_next(struct slice *rest, struct slice *ret_item)
{
    while (rest->size > 0) {
        const uint8_t *comma = memchr(rest->data, ',', rest->size);
        struct slice item = { rest->data, comma ? (size_t)(comma - rest->data) : rest->size };
        size_t used = comma ? item.size + 1 : item.size;
        rest->data += used;
        rest->size -= used;
        while (item.size > 0 && isspace(item.data[0])) {
            item.data++;
            item.size--;
        }
        while (item.size > 0 && isspace(item.data[item.size - 1])) {
            item.size--;
        }
        if (item.size > 0) {
            *ret_item = item;
            return true;
        }
    }
    return false;
}

/* What the user will miss: a class that is not built in, a value other than what happens anyway. */
static bool is_missed(const struct option *option, const char *value)
{
    const char *usual = option->row.default_value ? option->row.default_value : "";
    return option->use == OPTION_JAVA ? value[0] != 0 && !serde_find(value)
                                      : strcmp(value, usual) != 0;
}

bool config_missed(const struct kc_config *config, enum option_use use,
                   char ret_names[CONFIG_NAMES_SIZE])
{
    size_t size = 0;
    ret_names[0] = 0;
    for (size_t i = 0; i < option_count; i++) {
        const char *value = config->values[i];
        if (option_table[i].use != use || !value || !is_missed(&option_table[i], value)) {
            continue;
        }
        int added = snprintf(ret_names + size, CONFIG_NAMES_SIZE - size, "%s%s", size ? ", " : "",
                             option_table[i].row.name);
        size = MIN_OF(size + (size_t)added, (size_t)CONFIG_NAMES_SIZE - 1);
    }
    return size > 0;
}
