/* client: reads Java properties files as java.util.Properties does, and sets each property. */
#include "base/bytes.h"
#include "client/reason.h"

#include <libclient/config.h>

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { PROPERTY_FILE_SIZE_MAX = 16 << 20 };

struct property_reader {
    const uint8_t *at;
    const uint8_t *end;
    int line; /* of `at` */
    bool is_malformed;
};

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

static bool is_newline(uint8_t c)
{
    return c == '\n' || c == '\r';
}

static void skip_newline(struct property_reader *reader)
{
    if (reader->at < reader->end && *reader->at == '\r') {
        reader->at++;
        reader->at += reader->at < reader->end && *reader->at == '\n';
    } else {
        reader->at++;
    }
    reader->line++;
}

static void skip_blanks(struct property_reader *reader)
{
    while (reader->at < reader->end && is_blank(*reader->at)) {
        reader->at++;
    }
}

/* Blanks, empty lines and comments before a property; false at the end of the file. */
static bool skip_to_property(struct property_reader *reader)
{
    for (;;) {
        skip_blanks(reader);
        if (reader->at == reader->end) {
            return false;
        }
        if (is_newline(*reader->at)) {
            skip_newline(reader);
        } else if (*reader->at == '#' || *reader->at == '!') {
            while (reader->at < reader->end && !is_newline(*reader->at)) {
                reader->at++;
            }
        } else {
            return true;
        }
    }
}

static bool append_unicode(struct bytes *out, uint32_t code)
{
    uint8_t text[4];
    size_t size = 0;
    if (code < 0x80) {
        text[size++] = (uint8_t)code;
    } else if (code < 0x800) {
        text[size++] = (uint8_t)(0xc0 | code >> 6);
        text[size++] = (uint8_t)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        text[size++] = (uint8_t)(0xe0 | code >> 12);
        text[size++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        text[size++] = (uint8_t)(0x80 | (code & 0x3f));
    } else {
        text[size++] = (uint8_t)(0xf0 | code >> 18);
        text[size++] = (uint8_t)(0x80 | (code >> 12 & 0x3f));
        text[size++] = (uint8_t)(0x80 | (code >> 6 & 0x3f));
        text[size++] = (uint8_t)(0x80 | (code & 0x3f));
    }
    return bytes_append(out, text, size);
}

/* The four digits behind a backslash and a u. */
static bool read_unit(struct property_reader *reader, uint32_t *ret_unit)
{
    uint32_t unit = 0;
    for (int i = 0; i < 4; i++) {
        uint8_t c = reader->at < reader->end ? *reader->at++ : 0;
        if (!isxdigit(c)) {
            return false;
        }
        unit = unit << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    *ret_unit = unit;
    return true;
}

/* Java writes what lies past 16 bits as a pair of surrogates: one character in UTF-8. Half a pair
 * is no character, and a zero would end the value early. */
static bool read_unicode(struct property_reader *reader, struct bytes *out)
{
    uint32_t code;
    uint32_t low;
    reader->is_malformed = true;
    if (!read_unit(reader, &code) || code == 0 || (code >= 0xdc00 && code < 0xe000)) {
        return false;
    }
    if (code >= 0xd800 && code < 0xdc00) {
        bool is_pair = reader->end - reader->at >= 2 && memcmp(reader->at, "\\u", 2) == 0;
        reader->at += is_pair ? 2 : 0;
        if (!is_pair || !read_unit(reader, &low) || low < 0xdc00 || low >= 0xe000) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    reader->is_malformed = false;
    return append_unicode(out, code);
}

/* What follows a backslash; a line's end joins the next line without its blanks. */
static bool read_escape(struct property_reader *reader, struct bytes *out)
{
    static const char names[] = "tnrf";
    static const char values[] = "\t\n\r\f";
    if (reader->at == reader->end) {
        return true;
    }
    if (is_newline(*reader->at)) {
        skip_newline(reader);
        skip_blanks(reader);
        return true;
    }
    uint8_t c = *reader->at++;
    if (c != 'u') {
        const char *name = c ? strchr(names, c) : NULL;
        return bytes_append(out, name ? &values[name - names] : (const char *)&c, 1);
    }
    return read_unicode(reader, out);
}

/* Up to the line's end, or for a key to its separator; zero-terminated. */
static bool read_word(struct property_reader *reader, bool is_key, struct bytes *out)
{
    out->size = 0;
    while (reader->at < reader->end && !is_newline(*reader->at)) {
        uint8_t c = *reader->at;
        if (is_key && (c == '=' || c == ':' || is_blank(c))) {
            break;
        }
        reader->at++;
        if (c == '\\' ? !read_escape(reader, out) : !bytes_append(out, &c, 1)) {
            return false;
        }
    }
    return bytes_append(out, "", 1);
}

static bool read_property(struct property_reader *reader, struct bytes *key, struct bytes *value)
{
    if (!read_word(reader, true, key)) {
        return false;
    }
    skip_blanks(reader);
    if (reader->at < reader->end && (*reader->at == '=' || *reader->at == ':')) {
        reader->at++;
        skip_blanks(reader);
    }
    return read_word(reader, false, value);
}

static enum kc_err read_file(const char *path, struct bytes *out, struct kc_error *error)
{
    char chunk[8192];
    size_t size;
    FILE *file = fopen(path, "rbe");
    if (!file) {
        enum kc_err cause = errno == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO;
        return reason_set(error, cause, "%s: %s", path, strerror(errno));
    }
    enum kc_err err = KC_ERR_NONE;
    while (err == KC_ERR_NONE && (size = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        if (bytes_append(out, chunk, size)) {
            continue;
        }
        if (size <= out->size_max - out->size) {
            err = reason_plain(error, KC_ERR_NO_MEMORY);
        } else {
            err = reason_set(error, KC_ERR_IO, "%s: larger than a properties file may be", path);
        }
    }
    if (err == KC_ERR_NONE && ferror(file)) {
        err = reason_set(error, KC_ERR_IO, "%s: %s", path, strerror(errno));
    }
    (void)fclose(file);
    return err;
}

static enum kc_err set_all(struct kc_config *config, const char *path, struct slice text,
                           struct kc_error *error)
{
    struct property_reader reader = { text.data, text.data + text.size, 1, false };
    struct bytes key;
    struct bytes value;
    enum kc_err err = KC_ERR_NONE;
    bytes_init(&key, PROPERTY_FILE_SIZE_MAX);
    bytes_init(&value, PROPERTY_FILE_SIZE_MAX);
    while (err == KC_ERR_NONE && skip_to_property(&reader)) {
        struct kc_error cause = { 0 };
        int line = reader.line;
        if (!read_property(&reader, &key, &value)) {
            err = reader.is_malformed ? reason_set(error, KC_ERR_INVALID,
                                                   "%s:%d: malformed \\uxxxx escape", path, line)
                                      : reason_plain(error, KC_ERR_NO_MEMORY);
        } else {
            err = kc_config_set(config, (char *)key.data, (char *)value.data, &cause);
        }
        if (cause.code != KC_ERR_NONE) {
            (void)reason_set(error, err, "%s:%d: %s", path, line, cause.text);
        }
    }
    bytes_finish(&key);
    bytes_wipe(&value);
    bytes_finish(&value);
    return err;
}

enum kc_err kc_config_load(struct kc_config *config, const char *path, struct kc_error *error)
{
    struct bytes text;
    if (!config || !path) {
        return reason_set(error, KC_ERR_INVALID, "a config and a path are needed");
    }
    bytes_init(&text, PROPERTY_FILE_SIZE_MAX);
    enum kc_err err = read_file(path, &text, error);
    if (err == KC_ERR_NONE) {
        err = set_all(config, path, bytes_slice(&text), error);
    }
    bytes_wipe(&text); /* there may be passwords in it */
    bytes_finish(&text);
    return err == KC_ERR_NONE ? reason_clear(error) : err;
}
