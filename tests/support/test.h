/* tests: the little that every unit test uses. Write `TEST(name) { ... }` with cmocka's assert_*
 * macros; main comes from the support library, which registers each TEST before main, runs them as
 * one cmocka group and prints TAP when CMOCKA_MESSAGE_OUTPUT=TAP. */
#ifndef SUPPORT_TEST_H
#define SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void test_register(const char *name, CMUnitTestFunction function);

#define TEST(name)                                                 \
    static void test_##name(void **state);                         \
    __attribute__((constructor)) static void register_##name(void) \
    {                                                              \
        test_register(#name, test_##name);                         \
    }                                                              \
    static void test_##name(void **state __attribute__((unused)))

/* A fresh empty directory under $TMPDIR, removed with all its contents when the test program ends.
 * Static buffer per call site is the caller's: ret_path has PATH_MAX bytes. */
void test_directory(char *ret_path);

/* Reads a whole file into malloc'ed memory with a terminating zero; fails the test when it cannot.
 */
char *test_read_file(const char *path, size_t *ret_size);

/* Decodes lower-case hex into malloc'ed memory; fails the test on bad hex. */
uint8_t *test_unhex(const char *hex, size_t *ret_size);

#endif
