/* server: Prometheus' text format. */
#include "server/exposition.h"

#include <stdio.h>
#include <string.h>

enum { BUCKET_POWER_MIN = 6, BUCKET_POWER_MAX = 25, MICROS = 1000000, LABELS_MAX = 8 };

void exposition_init(struct exposition *exposition, struct bytes *out)
{
    *exposition = (struct exposition){ .out = out };
}

static void put(struct exposition *exposition, const char *text, size_t size)
{
    if (!exposition->is_failed && !bytes_append(exposition->out, text, size)) {
        exposition->is_failed = true;
    }
}

static void put_text(struct exposition *exposition, const char *text)
{
    put(exposition, text, strlen(text));
}

/* Length of the UTF-8 sequence at the start, 0 when it is none. */
static size_t utf8_size(struct slice text)
{
    uint8_t lead = text.data[0];
    size_t size = lead < 0x80       ? 1
                  : lead >> 5 == 6  ? 2
                  : lead >> 4 == 14 ? 3
                  : lead >> 3 == 30 ? 4
                                    : 0;
    if (size == 0 || size > text.size || (size == 2 && lead < 0xc2)) {
        return 0;
    }
    for (size_t i = 1; i < size; i++) {
        if (text.data[i] >> 6 != 2) {
            return 0;
        }
    }
    return size;
}

static void put_value(struct exposition *exposition, struct slice value)
{
    while (value.size > 0) {
        size_t size = utf8_size(value);
        const char *at = (const char *)value.data;
        if (size == 0) {
            put_text(exposition, "?");
        } else if (*at == '\n') {
            put_text(exposition, "\\n");
        } else if (*at == '"' || *at == '\\') {
            put_text(exposition, *at == '"' ? "\\\"" : "\\\\");
        } else {
            put(exposition, at, size);
        }
        size = size ? size : 1;
        value = slice_of(value.data + size, value.size - size);
    }
}

void exposition_family(struct exposition *exposition, const char *name, const char *type,
                       const char *help)
{
    const char *const words[] = { "# HELP ", name, " ", help, "\n# TYPE ", name, " ", type, "\n" };
    exposition->family = name;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        put_text(exposition, words[i]);
    }
}

static void put_sample(struct exposition *exposition, const char *suffix,
                       const struct exposition_label *labels, size_t count, const char *value)
{
    put_text(exposition, exposition->family);
    put_text(exposition, suffix);
    for (size_t i = 0; i < count; i++) {
        put_text(exposition, i ? "," : "{");
        put_text(exposition, labels[i].name);
        put_text(exposition, "=\"");
        put_value(exposition, labels[i].value);
        put_text(exposition, "\"");
    }
    put_text(exposition, count ? "} " : " ");
    put_text(exposition, value);
    put_text(exposition, "\n");
}

void exposition_number(struct exposition *exposition, const struct exposition_label *labels,
                       size_t count, int64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    put_sample(exposition, "", labels, count, text);
}

void exposition_real(struct exposition *exposition, const struct exposition_label *labels,
                     size_t count, double value)
{
    char text[64];
    (void)snprintf(text, sizeof(text), "%.9g", value);
    put_sample(exposition, "", labels, count, text);
}

static void put_bucket(struct exposition *exposition, struct exposition_label *labels, size_t count,
                       const char *bound, int64_t value)
{
    char text[32];
    labels[count] = (struct exposition_label){ "le", slice_text(bound) };
    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    put_sample(exposition, "_bucket", labels, count + 1, text);
}

void exposition_histogram(struct exposition *exposition, const struct exposition_label *labels,
                          size_t count, const struct histogram *micros)
{
    struct exposition_label all[LABELS_MAX];
    char text[64];
    count = count < LABELS_MAX ? count : LABELS_MAX - 1;
    if (count > 0) {
        memcpy(all, labels, count * sizeof(*labels));
    }
    for (int power = BUCKET_POWER_MIN; power <= BUCKET_POWER_MAX; power++) {
        (void)snprintf(text, sizeof(text), "%.9g", (double)(1LL << power) / MICROS);
        put_bucket(exposition, all, count, text, histogram_below(micros, power));
    }
    put_bucket(exposition, all, count, "+Inf", micros->count);
    (void)snprintf(text, sizeof(text), "%lld.%06lld", (long long)(micros->sum / MICROS),
                   (long long)(micros->sum % MICROS));
    put_sample(exposition, "_sum", labels, count, text);
    (void)snprintf(text, sizeof(text), "%lld", (long long)micros->count);
    put_sample(exposition, "_count", labels, count, text);
}
