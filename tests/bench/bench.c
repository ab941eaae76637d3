/* bench: what the measuring programs share. */
#include "bench.h"

#include <libclient/client.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

double bench_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_cpu_seconds(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

void bench_die(const char *what, const char *text)
{
    fprintf(stderr, "bench: %s: %s\n", what, text);
    exit(1);
}

/* Cuts NAME=VALUE; the value is returned. */
static const char *setting_split(const char *setting, char *ret_name, size_t name_size_max)
{
    const char *equals = strchr(setting, '=');
    size_t size = equals ? (size_t)(equals - setting) : name_size_max;
    if (size >= name_size_max) {
        bench_die(setting, "not NAME=VALUE");
    }
    memcpy(ret_name, setting, size);
    ret_name[size] = 0;
    return equals + 1;
}

static void set_libclient(struct kc_config *config, const char *name, const char *value)
{
    struct kc_error error;
    if (kc_config_set(config, name, value, &error) != KC_ERR_NONE) {
        bench_die(name, error.text);
    }
}

struct kc_config *bench_libclient_config(const char *servers, char **settings, int setting_count)
{
    struct kc_config *config = kc_config_create();
    set_libclient(config, "bootstrap.servers", servers);
    for (int i = 0; i < setting_count; i++) {
        char name[128];
        const char *value = setting_split(settings[i], name, sizeof(name));
        set_libclient(config, name, value);
    }
    return config;
}

static void set_librdkafka(rd_kafka_conf_t *config, const char *name, const char *value)
{
    char text[256];
    if (rd_kafka_conf_set(config, name, value, text, sizeof(text)) != RD_KAFKA_CONF_OK) {
        bench_die(name, text);
    }
}

rd_kafka_conf_t *bench_librdkafka_config(const char *servers, char **settings, int setting_count)
{
    rd_kafka_conf_t *config = rd_kafka_conf_new();
    set_librdkafka(config, "bootstrap.servers", servers);
    for (int i = 0; i < setting_count; i++) {
        char name[128];
        const char *value = setting_split(settings[i], name, sizeof(name));
        set_librdkafka(config, name, value);
    }
    return config;
}
