/* producer-perf-test: reads a file of payloads whole. */
#include "producer-perf-test/payload_file.h"

#include "common/memory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEP_BYTES = 1 << 20 };

static void print_path(const char *path)
{
    char folder[PATH_MAX];
    if (path[0] != '/' && getcwd(folder, sizeof folder)) {
        printf("Reading payloads from: %s/%s\n", folder, path);
    } else {
        printf("Reading payloads from: %s\n", path);
    }
    fflush(stdout);
}

static char *read_all(const struct options *options, const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (!file && errno != ENOENT) {
        options_fail(options, "%s: %s", path, strerror(errno));
    }
    char *text = NULL;
    size_t size = 0;
    for (size_t got = 1; file && got > 0; size += got) {
        text = memory_grow(text, size + STEP_BYTES, 1);
        got = fread(text + size, 1, STEP_BYTES, file);
    }
    if (file && ferror(file)) {
        options_fail(options, "%s: %s", path, strerror(errno));
    }
    if (file) {
        (void)fclose(file);
    }
    *ret_size = size;
    return text;
}

void payload_file_read(struct payload *payload, const struct options *options, const char *path,
                       const char *delimiter)
{
    size_t size = 0;
    print_path(path);
    char *text = read_all(options, path, &size);
    if (size == 0) {
        options_fail(options, "File does not exist or empty file provided.");
    }
    payload_lines(payload, text, size, delimiter);
    printf("Number of records read: %zu\n", payload->line_count);
    fflush(stdout);
}
