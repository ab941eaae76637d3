/* console-producer: lines of standard input become records. */
#include "common/connect.h"
#include "common/fail.h"
#include "common/number.h"
#include "common/stop.h"
#include "common/usage.h"
#include "console-producer/line_reader.h"
#include "console-producer/message.h"
#include "console-producer/producer_options.h"
#include "console-producer/sender.h"

#include <errno.h>
#include <fcntl.h>
#include <libclient/client.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int64_t read_input(void *context, void *buffer, size_t size)
{
    bool *prompt = context;
    if (*prompt) {
        fputs(">", stdout);
        fflush(stdout);
    }
    while (true) {
        ssize_t got = stop_signal() ? 0 : read(STDIN_FILENO, buffer, size);
        if (got >= 0 || errno != EINTR) {
            return got;
        }
    }
}

/* Runs in the signal handler: what was read is still sent, and no read can wait any more. */
static void end_input(void *context)
{
    const int *nothing = context;
    dup2(*nothing, STDIN_FILENO);
}

static size_t request_bytes_max(const struct kc_config *config)
{
    const char *text = kc_config_get(config, "max.request.size");
    int64_t value = 1048576;
    if (text) {
        number_parse(text, 1, INT32_MAX, &value);
    }
    return (size_t)value;
}

static void report_long(struct sender *sender, const char *topic, const struct line_reader *reader)
{
    char text[200];
    snprintf(text, sizeof text,
             "The message is at least %llu bytes which is larger than %zu, which is the value of "
             "the max.request.size configuration.",
             (unsigned long long)reader->line_size, reader->line_bytes_max);
    sender_report(sender, topic, reader->number, text);
}

/* Reads and sends to the end of input, or until an error after which going on makes no sense. */
static void run(struct sender *sender, struct line_reader *reader, struct message_format *format,
                const char *topic)
{
    struct kc_record record = { .topic = topic };
    while (true) {
        const char *line = NULL;
        size_t size = 0;
        switch (line_reader_next(reader, &line, &size)) {
        case LINE_READER_LINE:
            if (!message_parse(format, line, size, reader->number, &record)) {
                fprintf(stderr, "%s\n", format->error);
                atomic_fetch_add(&sender->failed_count, 1);
                return;
            }
            if (!sender_send(sender, &record, reader->number)) {
                return;
            }
            break;
        case LINE_READER_TOO_LONG:
            report_long(sender, topic, reader);
            if (sender->sync) {
                return;
            }
            break;
        case LINE_READER_FAILED:
            sender_report(sender, topic, reader->number + 1, strerror(errno));
            return;
        case LINE_READER_END:
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct options options;
    usage_start(&options, &console_producer_tool, kc_version(), argc, argv);
    producer_options_check(&options);

    struct properties reader_properties = { 0 };
    struct properties settings = { 0 };
    struct message_format format;
    producer_options_reader(&options, &reader_properties);
    if (!message_format_init(&format, &reader_properties)) {
        options_fail(&options, "%s", format.error);
    }
    producer_options_settings(&options, &settings);
    struct kc_config *config = connect_config(&options, &settings);

    struct kc_error error;
    struct sender sender = { .producer = kc_producer_create(config, &error),
                             .sync = options_has(&options, "sync") };
    if (!sender.producer) {
        options_fail(&options, "%s", error.text);
    }
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0) {
        stop_install(end_input, &nothing);
    }
    struct line_reader reader;
    bool prompt = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    line_reader_init(&reader, read_input, &prompt, request_bytes_max(config));
    run(&sender, &reader, &format, properties_get(&reader_properties, "topic"));
    bool written = sender_finish(&sender);

    kc_producer_destroy(sender.producer);
    kc_config_destroy(config);
    line_reader_finish(&reader);
    message_format_finish(&format);
    properties_finish(&settings);
    properties_finish(&reader_properties);
    options_finish(&options);
    fail_or_exit(!written ? 1 : stop_signal() ? 128 + stop_signal() : 0);
}
