/* tools: how a tool ends when something went wrong: the message on stderr, exit status 1. */
#ifndef COMMON_FAIL_H
#define COMMON_FAIL_H

#include <stdarg.h>
#include <stddef.h>

/* What is buffered for stdout is written first, then the message as one line on stderr; exits 1. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void fail_arguments(const char *prefix, const char *format, va_list arguments);

/* Takes the places of standard streams that were closed before the tool began, so that no socket
 * lands there; reading or writing them still fails. Before anything else is opened. */
void fail_hold_streams(void);

/* Writes stdout out and ends the tool: with `status`, or 1 when stdout could not be written. */
_Noreturn void fail_or_exit(int status);

#endif
