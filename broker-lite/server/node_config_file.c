/* server: a Java properties file: comments, continuation lines, = : or blank between name and
 * value, the escapes \t \n \r \f \\ \uXXXX (one UTF-16 unit; UTF-8 comes out). */
#include "server/node_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_FILE_BYTES_MAX = 1 << 20 };

struct file_text {
    const char *at;
    int line;
    char logical[8192]; /* a logical line: continuations joined */
};

static char *read_whole(const char *path, struct kc_error *error)
{
    FILE *file = fopen(path, "rb");
    char *text = file ? malloc(CONFIG_FILE_BYTES_MAX + 1) : NULL;
    size_t size = text ? fread(text, 1, CONFIG_FILE_BYTES_MAX + 1, file) : 0;
    bool is_large = size > CONFIG_FILE_BYTES_MAX;
    bool is_binary = text && !is_large && memchr(text, 0, size);
    if (!file || !text || ferror(file) || is_large || is_binary) {
        error->code = KC_ERR_IO;
        (void)snprintf(error->text, sizeof(error->text), "%.200s: %s", path,
                       is_large    ? "larger than 1 MiB"
                       : is_binary ? "not a text file"
                                   : strerror(errno));
        free(text);
        text = NULL;
    } else {
        text[size] = 0;
    }
    if (file) {
        (void)fclose(file);
    }
    return text;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\f';
}

/* Puts the next logical line into `logical`; 0 at the end, -1 when it is too long. */
static int next_line(struct file_text *file)
{
    size_t used = 0;
    if (!*file->at) {
        return 0;
    }
    for (;;) {
        const char *end = strchr(file->at, '\n');
        size_t size = end ? (size_t)(end - file->at) : strlen(file->at);
        const char *start = file->at;
        file->line++;
        file->at += size + (end ? 1 : 0);
        if (size > 0 && start[size - 1] == '\r') {
            size--;
        }
        while (size > 0 && is_blank(*start)) {
            start++;
            size--;
        }
        size_t slashes = 0;
        while (slashes < size && start[size - 1 - slashes] == '\\') {
            slashes++;
        }
        bool is_comment = used == 0 && size > 0 && (*start == '#' || *start == '!');
        bool goes_on = !is_comment && slashes % 2 == 1 && *file->at;
        size -= !is_comment && slashes % 2 == 1 ? 1 : 0;
        if (used + size + 1 > sizeof(file->logical)) {
            return -1;
        }
        memcpy(file->logical + used, start, is_comment ? 0 : size);
        used += is_comment ? 0 : size;
        if (!goes_on) {
            file->logical[used] = 0;
            return 1;
        }
    }
}

/* The unit after "\u" as UTF-8; what is left of it, or NULL when it is no sign: not four digits, a
 * half of a pair, or the end of all text. */
static const char *unescape_unit(const char *in, char **out)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        char c = in[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10
                                                : 16;
        if (digit == 16) {
            return NULL;
        }
        code = code << 4 | digit;
    }
    if (code == 0 || (code >= 0xd800 && code < 0xe000)) {
        return NULL;
    }
    if (code < 0x80) {
        *(*out)++ = (char)code;
    } else if (code < 0x800) {
        *(*out)++ = (char)(0xc0 | code >> 6);
        *(*out)++ = (char)(0x80 | (code & 0x3f));
    } else {
        *(*out)++ = (char)(0xe0 | code >> 12);
        *(*out)++ = (char)(0x80 | (code >> 6 & 0x3f));
        *(*out)++ = (char)(0x80 | (code & 0x3f));
    }
    return in + 4;
}

/* Undoes the escapes in place up to an unescaped stop character; returns where it stopped, NULL on
 * a senseless \uXXXX. */
static char *unescape(char *text, bool is_name, char **ret_end)
{
    char *out = text;
    const char *in = text;
    while (*in) {
        if (is_name && (*in == '=' || *in == ':' || is_blank(*in))) {
            break;
        }
        if (*in != '\\' || !in[1]) {
            *out++ = *in++;
            continue;
        }
        in++;
        if (*in == 'u') {
            in = unescape_unit(in + 1, &out);
            if (!in) {
                return NULL;
            }
            continue;
        }
        *out++ = *in == 't'   ? '\t'
                 : *in == 'n' ? '\n'
                 : *in == 'r' ? '\r'
                 : *in == 'f' ? '\f'
                              : *in;
        in++;
    }
    *ret_end = out;
    return text + (in - text);
}

static enum kc_err put_line(struct node_config *config, char *line, struct kc_error *error)
{
    char *name_end;
    char *value_end;
    char *rest = unescape(line, true, &name_end);
    while (rest && is_blank(*rest)) {
        rest++;
    }
    if (rest && (*rest == '=' || *rest == ':')) {
        rest++;
    }
    while (rest && is_blank(*rest)) {
        rest++;
    }
    if (!rest || !unescape(rest, false, &value_end)) {
        (void)snprintf(error->text, sizeof(error->text), "Malformed \\uxxxx encoding.");
        return KC_ERR_INVALID;
    }
    return node_config_put(config, slice_of(line, (size_t)(name_end - line)),
                           slice_of(rest, (size_t)(value_end - rest)), error);
}

enum kc_err node_config_load_file(struct node_config *config, const char *path,
                                  struct kc_error *error)
{
    char *text = read_whole(path, error);
    if (!text) {
        return error->code;
    }
    struct file_text file = { .at = text };
    enum kc_err err = KC_ERR_NONE;
    int more;
    while (!err && (more = next_line(&file)) != 0) {
        struct kc_error cause = { .code = KC_ERR_INVALID };
        if (more < 0) {
            err = KC_ERR_INVALID;
            (void)snprintf(cause.text, sizeof(cause.text), "line too long");
        } else if (file.logical[0]) {
            err = put_line(config, file.logical, &cause);
        }
        if (err) {
            error->code = err;
            (void)snprintf(error->text, sizeof(error->text), "%.100s:%d: %.250s", path, file.line,
                           cause.text);
        }
    }
    free(text);
    return err;
}
