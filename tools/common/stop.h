/* tools: SIGINT, SIGTERM and SIGHUP ask a tool to end in order; the second one kills it. */
#ifndef COMMON_STOP_H
#define COMMON_STOP_H

/* Runs inside the signal handler: may only do what is safe there. */
typedef void stop_callback(void *context);

/* Replaces the signals' default action, and ignores SIGPIPE. */
void stop_install(stop_callback *callback, void *context);

/* Gives the signals their default action again; the callback runs no more. */
void stop_forget(void);

/* The signal that came; 0: none. A tool that ended in order exits with 128 more than it. */
int stop_signal(void);

#endif
