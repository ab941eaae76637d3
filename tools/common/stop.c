/* tools: the only state that a signal handler touches. */
#include "common/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t received;
static stop_callback *volatile wanted_callback;
static void *volatile wanted_context;

static void handle(int number)
{
    received = number;
    wanted_callback(wanted_context);
}

static void set_actions(struct sigaction action)
{
    const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaction(numbers[i], &action, NULL);
    }
}

void stop_install(stop_callback *callback, void *context)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    wanted_context = context;
    wanted_callback = callback;
    set_actions((struct sigaction){ .sa_handler = handle, .sa_flags = SA_RESETHAND });
    sigaction(SIGPIPE, &ignore, NULL);
}

void stop_forget(void)
{
    set_actions((struct sigaction){ .sa_handler = SIG_DFL });
}

int stop_signal(void)
{
    return received;
}
