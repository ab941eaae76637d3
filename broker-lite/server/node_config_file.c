/* server: a Java properties file: comments, continuation lines, = : or blank between name and
 * value, the escapes \t \n \r \f \\ \uXXXX (ASCII only). */
#include "server/node_config.h"

#include <ctype.h>
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
    bool failed = !file || !text || ferror(file) || size > CONFIG_FILE_BYTES_MAX;
    if (failed) {
        error->code = KC_ERR_IO;
        (void)snprintf(error->text, sizeof(error->text), "%.200s: %s", path,
                       size > CONFIG_FILE_BYTES_MAX ? "larger than 1 MiB" : strerror(errno));
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
        while (size > 0 && (*start == ' ' || *start == '\t' || *start == '\f')) {
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

/* Undoes the escapes in place up to an unescaped stop character; returns where it stopped. */
static char *unescape(char *text, bool is_name, char **ret_end)
{
    char *out = text;
    char *in = text;
    while (*in) {
        if (is_name && (*in == '=' || *in == ':' || *in == ' ' || *in == '\t')) {
            break;
        }
        if (*in != '\\' || !in[1]) {
            *out++ = *in++;
            continue;
        }
        in++;
        unsigned code = 0;
        if (*in == 'u' && isxdigit((unsigned char)in[1]) && sscanf(in + 1, "%4x", &code) == 1 &&
            code > 0 && code < 128) {
            *out++ = (char)code;
            in += 5;
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
    return in;
}

static enum kc_err put_line(struct node_config *config, char *line, struct kc_error *error)
{
    char *name_end;
    char *value_end;
    char *rest = unescape(line, true, &name_end);
    while (*rest == ' ' || *rest == '\t') {
        rest++;
    }
    if (*rest == '=' || *rest == ':') {
        rest++;
    }
    while (*rest == ' ' || *rest == '\t') {
        rest++;
    }
    (void)unescape(rest, false, &value_end);
    while (value_end > rest && (value_end[-1] == ' ' || value_end[-1] == '\t')) {
        value_end--;
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
