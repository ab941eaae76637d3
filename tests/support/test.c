/* tests: registration of TESTs, main, and small file helpers. */
#include "support/test.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TESTS_MAX = 512, DIRECTORIES_MAX = 512 };

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;
static char *directories[DIRECTORIES_MAX];
static size_t directory_count;

void test_register(const char *name, CMUnitTestFunction function)
{
    if (test_count == TESTS_MAX) {
        abort();
    }
    tests[test_count++] = (struct CMUnitTest){ .name = name, .test_func = function };
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

void test_directory(char *ret_path)
{
    const char *base = getenv("TMPDIR");
    assert_true(directory_count < DIRECTORIES_MAX);
    (void)snprintf(ret_path, PATH_MAX, "%s/libclient-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(ret_path));
    directories[directory_count++] = strdup(ret_path);
}

char *test_read_file(const char *path, size_t *ret_size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_msg("cannot open %s", path);
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long size = ftell(file);
    assert_true(size >= 0);
    rewind(file);
    char *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, file), (size_t)size);
    data[size] = 0;
    (void)fclose(file);
    *ret_size = (size_t)size;
    return data;
}

static int nibble(char c)
{
    const char *digits = "0123456789abcdef";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

uint8_t *test_unhex(const char *hex, size_t *ret_size)
{
    size_t size = strlen(hex) / 2;
    uint8_t *data = malloc(size + 1);
    assert_non_null(data);
    assert_int_equal(strlen(hex) % 2, 0);
    for (size_t i = 0; i < size; i++) {
        int high = nibble(hex[2 * i]);
        int low = nibble(hex[2 * i + 1]);
        assert_true(high >= 0 && low >= 0);
        data[i] = (uint8_t)(high << 4 | low);
    }
    *ret_size = size;
    return data;
}

int main(void)
{
    int failed = _cmocka_run_group_tests("tests", tests, test_count, NULL, NULL);
    for (size_t i = 0; i < directory_count; i++) {
        (void)nftw(directories[i], remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free(directories[i]);
    }
    return failed == 0 ? 0 : 1;
}
