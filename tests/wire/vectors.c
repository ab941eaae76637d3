/* tests/wire: `vectors DIR` runs every golden vector below DIR: wire/ data/ records/ primitives/,
 * one JSON object a line, and api-versions.tsv. */
#include "wire/vector.h"

#include <dirent.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAILURES_SHOWN_MAX = 20, NAMES_MAX = 1024 };

struct run {
    size_t passed;
    size_t failed;
    struct arena arena;
};

struct part {
    const char *folder;
    enum vector_result (*check)(struct vector *vector);
};

/* A single file at the top. */
static const char api_file[] = "api-versions.tsv";

static const struct part parts[] = {
    { "wire", vector_check_message },
    { "data", vector_check_data },
    { "records", vector_check_records },
    { "primitives", vector_check_primitive },
};

bool vector_fail(struct vector *vector, const char *format, ...)
{
    va_list arguments;
    if (vector->failure[0] == 0) {
        va_start(arguments, format);
        (void)vsnprintf(vector->failure, sizeof(vector->failure), format, arguments);
        va_end(arguments);
    }
    return false;
}

static int nibble(uint8_t c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

struct slice vector_bytes(const struct jsontree *tree, const char *name)
{
    struct slice hex;
    if (!jsontree_string(tree, name, &hex) || hex.size % 2 != 0) {
        return SLICE_NULL;
    }
    uint8_t *data = malloc(hex.size / 2 > 0 ? hex.size / 2 : 1);
    for (size_t i = 0; data && i < hex.size; i += 2) {
        int high = nibble(hex.data[i]);
        int low = nibble(hex.data[i + 1]);
        if (high < 0 || low < 0) {
            free(data);
            return SLICE_NULL;
        }
        data[i / 2] = (uint8_t)(high << 4 | low);
    }
    return slice_of(data, hex.size / 2);
}

static enum vector_result check_line(const struct part *part, struct vector *vector, char *line,
                                     size_t size)
{
    if (!part) {
        return vector_check_api(vector, line);
    }
    vector->line = jsontree_parse(slice_of(line, size), vector->arena);
    if (!vector->line) {
        (void)vector_fail(vector, "the line is not JSON");
        return VECTOR_FAILED;
    }
    return part->check(vector);
}

static void run_line(struct run *run, const struct part *part, const char *path, const char *file,
                     size_t number, char *line, size_t size)
{
    struct vector vector = { .file = file, .arena = &run->arena };
    enum vector_result result = check_line(part, &vector, line, size);

    if (result == VECTOR_PASSED) {
        run->passed++;
    } else if (result == VECTOR_FAILED) {
        run->failed++;
        if (run->failed <= FAILURES_SHOWN_MAX) {
            printf("%s:%zu: %s\n", path, number, vector.failure);
        }
    }
    arena_reset(&run->arena);
}

/* part NULL: the table of APIs. */
static bool run_file(struct run *run, const struct part *part, const char *path, const char *name)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t number = 0;
    size_t counted = run->passed + run->failed;
    FILE *file = fopen(path, "r");
    if (!file) {
        return false;
    }
    for (ssize_t size = getline(&line, &capacity, file); size >= 0;
         size = getline(&line, &capacity, file)) {
        if (size > 0 && line[size - 1] == '\n') {
            line[--size] = 0;
        }
        run_line(run, part, path, name, ++number, line, (size_t)size);
    }
    free(line);
    (void)fclose(file);
    if (run->passed + run->failed == counted) {
        printf("not checked: %s\n", path);
    }
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder in order, or 0; each from strdup. */
static size_t list_folder(const char *path, char **names)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        return 0;
    }
    for (struct dirent *entry = readdir(folder); entry && count < NAMES_MAX;
         entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            names[count++] = strdup(entry->d_name);
        }
    }
    (void)closedir(folder);
    qsort(names, count, sizeof(*names), by_name);
    return count;
}

static void run_folder(struct run *run, const struct part *part, const char *root)
{
    char folder[PATH_MAX];
    char path[PATH_MAX * 2];
    char *names[NAMES_MAX];

    (void)snprintf(folder, sizeof(folder), "%s/%s", root, part->folder);
    size_t count = list_folder(folder, names);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        if (!run_file(run, part, path, names[i])) {
            printf("%s: cannot be read\n", path);
            run->failed++;
        }
        free(names[i]);
    }
}

static void name_unchecked(const char *root)
{
    char *names[NAMES_MAX];
    size_t count = list_folder(root, names);

    for (size_t i = 0; i < count; i++) {
        bool known = strchr(names[i], '.') != NULL;
        for (size_t j = 0; j < ARRAY_COUNT(parts); j++) {
            known = known || strcmp(names[i], parts[j].folder) == 0;
        }
        if (!known) {
            printf("not checked: %s\n", names[i]);
        }
        free(names[i]);
    }
}

int main(int argc, char **argv)
{
    struct run run = { 0 };
    char path[PATH_MAX];
    if (argc != 2) {
        (void)fprintf(stderr, "usage: vectors DIR\n");
        return 1;
    }
    arena_init(&run.arena, 0);
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        run_folder(&run, &parts[i], argv[1]);
    }
    (void)snprintf(path, sizeof(path), "%s/%s", argv[1], api_file);
    (void)run_file(&run, NULL, path, api_file);
    name_unchecked(argv[1]);
    arena_finish(&run.arena);
    printf("%zu passed, %zu failed\n", run.passed, run.failed);
    return run.failed == 0 && run.passed > 0 ? 0 : 1;
}
