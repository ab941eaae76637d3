/* e2e-latency: the option table and what Kafka's tool says of a wrong command line. */
#include "e2e-latency/latency_options.h"

#include "common/fail.h"

#include <stdio.h>
#include <string.h>

static const struct options_row rows[] = {
    { "bootstrap-server", OPTIONS_VALUE, "HOST:PORT,...",
      "Brokers to contact first. Default: $BOOTSTRAP_SERVERS, else localhost:9092." },
    { "topic", OPTIONS_VALUE, "TOPIC",
      "The topic to write to and to read; it is made when it is not there. Required." },
    { "num-records", OPTIONS_VALUE, "COUNT", "How many records to send. Required." },
    { "producer-acks", OPTIONS_VALUE, "ACKS", "1 or all. Required." },
    { "record-size", OPTIONS_VALUE, "BYTES", "Size of a payload. Required." },
    { "record-key-size", OPTIONS_OPTIONAL_VALUE, "BYTES",
      "Size of a key. Default: 0, without a key." },
    { "num-headers", OPTIONS_OPTIONAL_VALUE, "COUNT", "Headers of a record. Default: 0." },
    { "record-header-key-size", OPTIONS_OPTIONAL_VALUE, "BYTES",
      "Size of a header's key. Default: 0." },
    { "record-header-size", OPTIONS_OPTIONAL_VALUE, "BYTES",
      "Size of a header's value; -1 for null. Default: 0." },
    { "command-config", OPTIONS_OPTIONAL_VALUE, "FILE",
      "Properties file with settings of producer, consumer and admin client." },
};

const struct options_tool e2e_latency_tool = {
    .name = "e2e-latency",
    .summary =
        "This tool measures end-to-end latency in Kafka by sending messages and timing their "
        "reception.",
    .error_prefix = "",
    .rows = rows,
    .row_count = sizeof rows / sizeof rows[0],
};

void latency_options_name(int *argc, char ***argv, char *words[LATENCY_WORDS_MAX])
{
    static const char *const names[] = {
        "--bootstrap-server", "--topic",       "--num-records",
        "--producer-acks",    "--record-size", "--command-config"
    };
    int count = *argc - 1;
    if (count < 1 || (*argv)[1][0] == '-') {
        return;
    }
    if (count != 5 && count != 6) {
        fail("Invalid number of arguments. Expected 5 or 6 positional arguments, but got %d. "
             "Usage: bootstrap-server topic num-records producer-acks record-size [optional] "
             "command-config",
             count);
    }
    puts(
        "WARNING: Positional argument usage is deprecated and will be removed in Apache Kafka 5.0. "
        "Please use named arguments instead: --bootstrap-server, --topic, --num-records, "
        "--producer-acks, --record-size, --command-config");
    fflush(stdout);
    words[0] = (*argv)[0];
    for (int i = 0; i < count; i++) {
        words[2 * i + 1] = (char *)(uintptr_t)names[i];
        words[2 * i + 2] = (*argv)[i + 1];
    }
    *argc = 2 * count + 1;
    *argv = words;
}

static int number(const struct options *options, const char *name)
{
    return (int)options_number(options, name, INT32_MIN, INT32_MAX, 0);
}

static int size_of(const struct options *options, const char *name)
{
    int size = number(options, name);
    if (size < 0) {
        options_refuse(options, "Value for --%s must be a non-negative integer.", name);
    }
    return size;
}

struct latency_wish latency_options_read(const struct options *options)
{
    options_require(options, "topic");
    options_require(options, "num-records");
    options_require(options, "producer-acks");
    options_require(options, "record-size");
    struct latency_wish wish = { .topic = options_value(options, "topic"),
                                 .acks = options_value(options, "producer-acks"),
                                 .count = number(options, "num-records"),
                                 .header_size = number(options, "record-header-size") };
    if (strcmp(wish.acks, "1") != 0 && strcmp(wish.acks, "all") != 0) {
        options_refuse(options, "Invalid value for --producer-acks. Latency testing requires "
                                "synchronous acknowledgement. Please use '1' or 'all'.");
    }
    if (wish.count <= 0) {
        options_refuse(options, "Value for --num-records must be a positive integer.");
    }
    wish.size = size_of(options, "record-size");
    wish.key_size = size_of(options, "record-key-size");
    wish.header_key_size = size_of(options, "record-header-key-size");
    if (wish.header_size < -1) {
        options_refuse(options, "Value for --record-header-size must be a non-negative integer or "
                                "-1 for null header value.");
    }
    wish.header_count = size_of(options, "num-headers");
    return wish;
}
