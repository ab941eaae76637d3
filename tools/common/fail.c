/* tools: one way to end for every failure, so that none of them exits 0. */
#include "common/fail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void fail_arguments(const char *prefix, const char *format, va_list arguments)
{
    fflush(stdout);
    fputs(prefix, stderr);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    exit(1);
}

_Noreturn void fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_arguments("", format, arguments);
}

_Noreturn void fail_or_exit(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "standard output: %s\n", strerror(errno));
        exit(1);
    }
    exit(status);
}
