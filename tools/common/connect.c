/* tools: from options to a library config. */
#include "common/connect.h"

#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *connect_servers(const struct options *options)
{
    const char *servers = options_value(options, "bootstrap-server");
    if (!servers) {
        servers = getenv("BOOTSTRAP_SERVERS");
        servers = servers && *servers ? servers : "localhost:9092";
    }
    return servers;
}

static bool is_known(const char *name)
{
    const struct kc_option *row = NULL;
    for (size_t i = 0; (row = kc_option_at(i)); i++) {
        if (strcmp(row->name, name) == 0) {
            return true;
        }
    }
    return false;
}

struct kc_config *connect_config(const struct options *options, const struct properties *properties)
{
    struct kc_error error;
    struct kc_config *config = kc_config_create();
    if (!config) {
        options_fail(options, "out of memory");
    }
    for (size_t i = 0; i < properties->count; i++) {
        const char *name = properties->entries[i].name;
        if (strcmp(name, "bootstrap.servers") == 0) {
            continue; /* the option goes before it */
        }
        if (kc_config_set(config, name, properties->entries[i].value, &error)) {
            if (is_known(name)) {
                options_fail(options, "%s", error.text);
            }
            fprintf(stderr, "WARN %s (left out)\n", error.text);
        }
    }
    const char *servers = properties_get(properties, "bootstrap.servers");
    if (!servers || options_has(options, "bootstrap-server")) {
        servers = connect_servers(options);
    }
    if (kc_config_set(config, "bootstrap.servers", servers, &error)) {
        options_fail(options, "%s", error.text);
    }
    return config;
}

int connect_timeout_ms(const struct kc_config *config)
{
    const char *text = kc_config_get(config, "default.api.timeout.ms");
    int64_t timeout_ms = 60000;
    if (text) {
        number_parse(text, 0, INT32_MAX, &timeout_ms);
    }
    return (int)timeout_ms;
}

struct kc_admin *connect_admin(const struct options *options, int *ret_timeout_ms)
{
    struct properties properties = { 0 };
    properties_add_file(&properties, options, "command-config");
    struct kc_config *config = connect_config(options, &properties);
    properties_finish(&properties);

    int timeout_ms = connect_timeout_ms(config);
    struct kc_error error;
    struct kc_admin *admin = kc_admin_create(config, &error);
    kc_config_destroy(config);
    if (!admin) {
        options_fail(options, "%s", error.text);
    }
    *ret_timeout_ms = timeout_ms;
    return admin;
}
