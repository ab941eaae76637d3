/* client: the producer's settings, read from a config. */
#include "client/config_rules.h"
#include "client/producer_handle.h"

enum { BATCH_GROWN_MAX = 1 << 20 };

static int level_of(const struct kc_config *config, enum compression codec)
{
    switch (codec) {
    case COMPRESSION_GZIP:
        return config_int(config, "compression.gzip.level");
    case COMPRESSION_LZ4:
        return config_int(config, "compression.lz4.level");
    case COMPRESSION_ZSTD:
        return config_int(config, "compression.zstd.level");
    case COMPRESSION_NONE:
    case COMPRESSION_SNAPPY:
        break;
    }
    return COMPRESSION_LEVEL_DEFAULT;
}

static void set_partitioner(const struct kc_config *config, struct producer_settings *settings)
{
    const char *name = config_string(config, "partitioner.class");
    settings->ignores_keys = config_bool(config, "partitioner.ignore.keys");
    settings->is_adaptive = config_bool(config, "partitioner.adaptive.partitioning.enable");
    settings->availability_timeout_us =
        MIN_OF(config_ms(config, "partitioner.availability.timeout.ms"), INT32_MAX) * 1000;
    settings->custom = config->partitioner;
    settings->custom_context = config->partitioner_context;
    (void)partitioner_parse(slice_text(name ? name : ""), &settings->partitioner,
                            &settings->ignores_keys);
}

struct producer_settings producer_settings_of(const struct kc_config *config)
{
    struct producer_settings settings = {
        .acks = config_rules_acks(config),
        .is_idempotent = config_rules_idempotent(config),
        .linger_us = MIN_OF(config_ms(config, "linger.ms"), INT32_MAX) * 1000,
        .delivery_timeout_us = config_rules_delivery_timeout_ms(config) * 1000,
        .request_timeout_ms = config_int(config, "request.timeout.ms"),
        .retry_count_max = config_int(config, "retries"),
        .retry = { config_ms(config, "retry.backoff.ms"),
                   config_ms(config, "retry.backoff.max.ms") },
        .in_flight_max = (size_t)config_int(config, "max.in.flight.requests.per.connection"),
        .request_size_max = (size_t)config_int(config, "max.request.size"),
        .batch_size = (size_t)config_int(config, "batch.size"),
        .memory_max = (size_t)config_long(config, "buffer.memory"),
    };
    settings.listener =
        (struct bundle_listener){ config->batch_delivery, config->batch_delivery_context };
    settings.transactional_id = slice_text(config_string(config, "transactional.id"));
    set_partitioner(config, &settings);
    (void)compression_parse(slice_text(config_string(config, "compression.type")), &settings.codec);
    settings.level = level_of(config, settings.codec);
    /* A batch that no request or no memory can hold would be refused as a record that is too large.
     */
    settings.batch_size =
        MIN_OF(settings.batch_size, MIN_OF(settings.request_size_max, settings.memory_max));
    settings.batch_size = MAX_OF(settings.batch_size, (size_t)BATCH_HEADER_SIZE);
    /* batch.size is a limit when somebody set it; else it is where growing starts. */
    settings.batch_size_max = settings.batch_size;
    if (!config_is_set(config, "batch.size")) {
        settings.batch_size_max = MIN_OF(MIN_OF((size_t)BATCH_GROWN_MAX, settings.memory_max / 8),
                                         settings.request_size_max);
        settings.batch_size_max = MAX_OF(settings.batch_size_max, settings.batch_size);
    }
    return settings;
}
