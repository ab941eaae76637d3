/* tools: one way to end for every failure, so that none of them exits 0. */
#include "common/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fail_hold_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            /* The lowest free number is this one. The other direction: use must fail. */
            int mode = fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
            if (open("/dev/null", mode) != fd) {
                _exit(1);
            }
        }
    }
}

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
