/* server: the program broker-lite: options, one broker, one exit code. */
#include "server/broker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct arguments {
    const char *file; /* NULL: none */
    bool check_only;
};

static const char help_text[] =
    "broker-lite serves topics to Kafka clients from a durable log on this machine.\n"
    "\n"
    "Usage: broker-lite [SERVER.PROPERTIES] [OPTION...]\n"
    "\n"
    "  SERVER.PROPERTIES       a properties file with Kafka's names. Without one: node 1 on\n"
    "                          localhost:9092, data under $XDG_DATA_HOME/broker-lite\n"
    "                          (~/.local/share/broker-lite)\n"
    "  --override NAME=VALUE   sets one property over the file; repeatable\n"
    "  --check-config          checks the configuration, says what is wrong, serves nothing\n"
    "  --version               prints the version\n"
    "  --help                  prints this\n"
    "\n"
    "Prints `broker-lite: node N ready on HOST:PORT` when it serves. SIGTERM stops it cleanly;\n"
    "SIGUSR1 writes its state to the log.\n";

static void print_line(void *context, enum trace_level level, const char *room, const char *text)
{
    const char *name = level == TRACE_ERROR  ? "ERROR"
                       : level == TRACE_WARN ? "WARN"
                       : level == TRACE_INFO ? "INFO"
                                             : "DEBUG";
    char stamp[32] = "";
    struct timespec now;
    struct tm parts;
    (void)context;
    if (clock_gettime(CLOCK_REALTIME, &now) == 0 && gmtime_r(&now.tv_sec, &parts)) {
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
    }
    (void)fprintf(stderr, "%s.%03ldZ %s %s: %s\n", stamp, now.tv_nsec / 1000000, name, room, text);
}

static void print_ready(void *context, int32_t node_id, const char *host, int32_t port)
{
    (void)context;
    (void)printf("broker-lite: node %d ready on %s:%d\n", node_id, host, port);
    (void)fflush(stdout);
}

static void print_stopped(void *context, enum kc_err err, const char *text)
{
    (void)context;
    if (err) {
        (void)fprintf(stderr, "broker-lite: %s\n", text);
    }
}

static int usage_error(const char *what, const char *which)
{
    (void)fprintf(stderr, "broker-lite: %s%s\nTry broker-lite --help\n", what, which);
    return 1;
}

/* Overrides are put after the file: noted here, in order. -1: go on. */
static int parse(int argc, char **argv, struct arguments *arguments)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(help_text, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--version") == 0) {
            (void)printf("broker-lite %s\n", BROKER_LITE_VERSION);
            return 0;
        }
        if (strcmp(argv[i], "--check-config") == 0) {
            arguments->check_only = true;
        } else if (strcmp(argv[i], "--override") == 0) {
            if (++i == argc || !strchr(argv[i], '=')) {
                return usage_error("--override needs NAME=VALUE", "");
            }
        } else if (strncmp(argv[i], "--override=", 11) == 0) {
            if (!strchr(argv[i] + 11, '=')) {
                return usage_error("--override needs NAME=VALUE", "");
            }
        } else if (argv[i][0] == '-') {
            return usage_error("unknown option ", argv[i]);
        } else if (arguments->file) {
            return usage_error("more than one properties file: ", argv[i]);
        } else {
            arguments->file = argv[i];
        }
    }
    return -1;
}

static enum kc_err put_overrides(struct node_config *config, int argc, char **argv,
                                 struct kc_error *error)
{
    enum kc_err err = KC_ERR_NONE;
    for (int i = 1; i < argc && !err; i++) {
        const char *pair = NULL;
        if (strcmp(argv[i], "--override") == 0) {
            pair = argv[++i];
        } else if (strncmp(argv[i], "--override=", 11) == 0) {
            pair = argv[i] + 11;
        }
        const char *equals = pair ? strchr(pair, '=') : NULL;
        if (equals) {
            err = node_config_put(config, slice_of(pair, (size_t)(equals - pair)),
                                  slice_text(equals + 1), error);
        }
    }
    return err;
}

static enum kc_err load(struct node_config *config, const struct arguments *arguments, int argc,
                        char **argv, struct kc_error *error)
{
    enum kc_err err = KC_ERR_NONE;
    if (arguments->file) {
        err = node_config_load_file(config, arguments->file, error);
    }
    if (!err) {
        err = put_overrides(config, argc, argv, error);
    }
    return err ? err : node_config_resolve(config, error);
}

static int serve(const struct node_config *config)
{
    struct trace trace = { .line = print_line, .level = TRACE_INFO };
    struct broker_events events = { .ready = print_ready, .stopped = print_stopped };
    struct broker *broker;
    struct kc_error error = { .code = KC_ERR_NO_MEMORY, .text = "out of memory" };
    if (broker_create(config, &trace, &events, &broker, &error)) {
        (void)fprintf(stderr, "broker-lite: %s\n", error.text);
        return 1;
    }
    broker_obey_signals(broker);
    enum kc_err err = broker_run(broker);
    broker_destroy(broker);
    return err ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct arguments arguments = { NULL, false };
    struct node_config config;
    struct kc_error error = { .code = KC_ERR_NONE };
    int code = parse(argc, argv, &arguments);
    if (code >= 0) {
        return code;
    }
    (void)sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    node_config_init(&config);
    if (load(&config, &arguments, argc, argv, &error)) {
        (void)fprintf(stderr, "broker-lite: %s\n", error.text);
        node_config_finish(&config);
        return 1;
    }
    if (config.ignored[0]) {
        (void)fprintf(stderr, "broker-lite: WARN without meaning here and ignored: %s\n",
                      config.ignored);
    }
    if (config.advertises_localhost) {
        (void)fprintf(stderr, "broker-lite: WARN clients are told localhost; those elsewhere need "
                              "advertised.listeners\n");
    }
    code = 0;
    if (arguments.check_only) {
        (void)printf("broker-lite: the configuration is fine\n");
    } else {
        code = serve(&config);
    }
    node_config_finish(&config);
    return code;
}
