/* tests: the broker's configuration: what is taken, what is refused, and in which words. */
#include "base/attr.h"
#include "server/node_config.h"
#include "support/test.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Loads the text as a file and resolves it; "" or what was said, without the file's name. */
static enum kc_err load(struct node_config *config, const char *text, size_t size,
                        struct kc_error *error)
{
    char directory[PATH_MAX];
    char path[PATH_MAX + 32];
    test_directory(directory);
    (void)snprintf(path, sizeof(path), "%s/f", directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    node_config_init(config);
    memset(error, 0, sizeof(*error));
    enum kc_err err = node_config_load_file(config, path, error);
    size_t prefix = strlen(directory) + 1;
    if (err && strncmp(error->text, directory, prefix - 1) == 0) {
        memmove(error->text, error->text + prefix, strlen(error->text) + 1 - prefix);
    }
    return err ? err : node_config_resolve(config, error);
}

static void expect(const char *text, const char *said)
{
    struct node_config config;
    struct kc_error error;
    enum kc_err err = load(&config, text, strlen(text), &error);
    if (strcmp(error.text, said) != 0 || (err == KC_ERR_NONE) != (said[0] == 0)) {
        fail_msg("%s\n  says \"%s\"\n  not  \"%s\"", text, error.text, said);
    }
    node_config_finish(&config);
}

TEST(syntax_of_the_file)
{
    static const char *const texts[] = {
        "node.id=7",        "node.id = 7",           "node.id:7",
        "node.id 7",        "\t node.id\t=\t7 \r\n", "# node.id=1\n! node.id=2\nnode.id=7\n",
        "node.id=\\\n   7", "node.\\\n   id=7\n",    "no\\u0064e.id=7",
        "node\\.id=\\7",    "node.id=1\nnode.id=7",  "\n\n  \n#\\\nnode.id=7\n\n",
        "node.id=7\\",      "node.id=\\u0037\n",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct node_config config;
        struct kc_error error;
        assert_int_equal(load(&config, texts[i], strlen(texts[i]), &error), KC_ERR_NONE);
        assert_int_equal(config.node_id, 7);
        assert_int_equal(config.property_count, 1);
        node_config_finish(&config);
    }
}

TEST(escapes)
{
    struct node_config config;
    struct kc_error error;
    const char *text = "broker.rack=a\\tb\\\\c\\u00e9\\u20AC\\=d\n";
    assert_int_equal(load(&config, text, strlen(text), &error), KC_ERR_NONE);
    assert_string_equal(node_config_text(&config, "broker.rack"), "a\tb\\c\xc3\xa9\xe2\x82\xac=d");
    node_config_finish(&config);
    expect("broker.rack=\\u12", "f:1: Malformed \\uxxxx encoding.");
    expect("\n\nbroker.rack=\\ud83d\n", "f:3: Malformed \\uxxxx encoding.");
    expect("broker.rack=\\u0000", "f:1: Malformed \\uxxxx encoding.");
}

TEST(files_that_are_none)
{
    struct node_config config;
    struct kc_error error = { 0 };
    char directory[PATH_MAX];
    expect("", "");
    node_config_init(&config);
    assert_int_equal(node_config_load_file(&config, "/nonexistent/f", &error), KC_ERR_IO);
    assert_string_equal(error.text, "/nonexistent/f: No such file or directory");
    test_directory(directory);
    assert_int_equal(node_config_load_file(&config, directory, &error), KC_ERR_IO);
    assert_non_null(strstr(error.text, ": Is a directory"));
    node_config_finish(&config);
    assert_int_equal(load(&config, "node.id=1\0\nx", 12, &error), KC_ERR_IO);
    assert_string_equal(error.text, "f: not a text file");
    node_config_finish(&config);
    char *large = malloc((1 << 20) + 1);
    assert_non_null(large);
    memset(large, '#', (1 << 20) + 1);
    assert_int_equal(load(&config, large, (1 << 20) + 1, &error), KC_ERR_IO);
    assert_string_equal(error.text, "f: larger than 1 MiB");
    node_config_finish(&config);
    memset(large, 'x', 1 << 20);
    assert_int_equal(load(&config, large, 1 << 20, &error), KC_ERR_INVALID);
    assert_string_equal(error.text, "f:1: line too long");
    node_config_finish(&config);
    free(large);
}

TEST(names_and_values)
{
    static const char *const rows[][2] = {
        { "num.partition=1", "f:1: Unknown property num.partition (did you mean num.partitions?)" },
        { "lisstners=x", "f:1: Unknown property lisstners (did you mean listeners?)" },
        { "foo=1", "f:1: Unknown property foo" },
        { "=1", "f:1: Unknown property " },
        { "zookeeper.connect=localhost:2181", "f:1: Unknown property zookeeper.connect" },
        { "num.network.thread=1",
          "f:1: Unknown property num.network.thread (did you mean num.network.threads?)" },
        { "# one\nnum.partitions=0",
          "f:2: Invalid value 0 for configuration num.partitions: Value must be at least 1" },
        { "num.partitions=x",
          "f:1: Invalid value x for configuration num.partitions: Not a number of type INT" },
        { "num.partitions=",
          "f:1: Invalid value  for configuration num.partitions: Not a number of type INT" },
        { "num.partitions=2147483648",
          "f:1: Invalid value 2147483648 for configuration num.partitions: Not a number of type "
          "INT" },
        { "default.replication.factor=32768",
          "f:1: Invalid value 32768 for configuration default.replication.factor: Value must be no "
          "more than 32767" },
        { "auto.create.topics.enable=maybe",
          "f:1: Invalid value maybe for configuration auto.create.topics.enable: Expected value to "
          "be either true or false" },
        { "auto.create.topics.enable= TRUE ", "" },
        { "log.cleaner.min.cleanable.ratio=1.5",
          "f:1: Invalid value 1.5 for configuration log.cleaner.min.cleanable.ratio: Value must be "
          "no more than 1" },
        { "log.cleaner.min.cleanable.ratio=half",
          "f:1: Invalid value half for configuration log.cleaner.min.cleanable.ratio: Not a number "
          "of type DOUBLE" },
        { "log.cleanup.policy=compact, delete", "" },
        { "log.cleanup.policy=none",
          "f:1: Invalid value none for configuration log.cleanup.policy: String must be one of: "
          "delete, compact" },
        { "log.retention.hours=0", "log.retention.hours: 0 keeps nothing; -1 keeps everything" },
        { "log.retention.ms=-1", "" },
        { "authorizer.class.name=", "" },
        { "authorizer.class.name=A",
          "f:1: authorizer.class.name is not built yet; a broker that passed over it would be more "
          "open than its file says" },
        { "listener.name.x.ssl.client.auth=required",
          "f:1: listener.name.x.ssl.client.auth is not built yet; a broker that passed over it "
          "would be more open than its file says" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        expect(rows[i][0], rows[i][1]);
    }
}

TEST(listeners)
{
    static const char *const rows[][2] = {
        { "listeners=PLAINTEXT://localhost", "listeners: 'PLAINTEXT://localhost' is not "
                                             "NAME://HOST:PORT" },
        { "listeners=localhost:9092", "listeners: 'localhost:9092' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://h:x", "listeners: 'PLAINTEXT://h:x' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://h:65536",
          "listeners: 'PLAINTEXT://h:65536': a port is 0 (any free one) to 65535" },
        { "listeners=PLAINTEXT://h:+1", "listeners: 'PLAINTEXT://h:+1' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://h:", "listeners: 'PLAINTEXT://h:' is not NAME://HOST:PORT" },
        { "listeners=://h:1", "listeners: '://h:1' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://[::1:9092",
          "listeners: 'PLAINTEXT://[::1:9092' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://a:1,,", "listeners: '' is not NAME://HOST:PORT" },
        { "listeners=", "listeners: '' is not NAME://HOST:PORT" },
        { "listeners=PLAINTEXT://a:1,PLAINTEXT://a:2",
          "listeners: two listeners have the name PLAINTEXT" },
        { "listeners=A://a:1,B://a:1\nlistener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT",
          "listeners: A and B have the same address" },
        { "listeners=SSL://a:1",
          "listeners: SSL is not a PLAINTEXT listener; TLS and SASL are not built yet (see "
          "listener.security.protocol.map)" },
        { "listeners=CONTROLLER://:9093\ncontroller.listener.names=CONTROLLER",
          "listeners: no listener for clients" },
        { "listeners=PLAINTEXT://a:1\nadvertised.listeners=OTHER://b:1",
          "advertised.listeners: none for the listener PLAINTEXT" },
        { "listeners=PLAINTEXT://a:1\nadvertised.listeners=PLAINTEXT://0.0.0.0:1",
          "advertised.listeners: PLAINTEXT needs a host that clients can reach" },
        { "listeners=PLAINTEXT://a:1\nadvertised.listeners=PLAINTEXT://b:1,X://c:1",
          "advertised.listeners: 2 entries for 1 listeners" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        expect(rows[i][0], rows[i][1]);
    }
}

TEST(listeners_and_what_is_advertised)
{
    static const struct row {
        const char *text;
        const char *host;
        int32_t port;
        const char *advertised;
        int32_t advertised_port;
        bool localhost;
    } rows[] = {
        { "", "localhost", 9092, "localhost", 9092, false },
        { "listeners=PLAINTEXT://:1", "", 1, "localhost", 1, true },
        { "listeners=PLAINTEXT://0.0.0.0:1", "0.0.0.0", 1, "localhost", 1, true },
        { "listeners=PLAINTEXT://[::]:1", "::", 1, "localhost", 1, true },
        { "listeners=PLAINTEXT://[::1]:1", "::1", 1, "::1", 1, false },
        { "listeners=plaintext://h:0", "h", 0, "h", 0, false },
        { "listeners=PLAINTEXT://:1 , CONTROLLER://:2\ncontroller.listener.names= CONTROLLER\n"
          "listener.security.protocol.map=CONTROLLER:PLAINTEXT, PLAINTEXT:PLAINTEXT\n"
          "advertised.listeners=CONTROLLER://c:2,PLAINTEXT://out:3",
          "", 1, "out", 3, false },
        { "listeners=IN://a:1,OUT://"
          "b:2\nlistener.security.protocol.map=IN:PLAINTEXT,OUT:PLAINTEXT\n"
          "advertised.listeners=OUT://y:4,IN://x:3",
          "a", 1, "x", 3, false },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct node_config config;
        struct kc_error error;
        if (load(&config, rows[i].text, strlen(rows[i].text), &error)) {
            fail_msg("%s: %s", rows[i].text, error.text);
        }
        assert_string_equal(config.listeners[0].host, rows[i].host);
        assert_int_equal(config.listeners[0].port, rows[i].port);
        assert_string_equal(config.advertised[0].host, rows[i].advertised);
        assert_int_equal(config.advertised[0].port, rows[i].advertised_port);
        assert_int_equal(config.advertises_localhost, rows[i].localhost);
        assert_string_equal(config.advertised[0].name, config.listeners[0].name);
        node_config_finish(&config);
    }
}

TEST(node_and_roles)
{
    static const char *const rows[][2] = {
        { "node.id=0", "" },
        { "broker.id=4\nnode.id=4", "" },
        { "broker.id=4\nnode.id=5", "node.id and broker.id differ" },
        { "node.id=-1",
          "f:1: Invalid value -1 for configuration node.id: Value must be at least 0" },
        { "process.roles=broker",
          "process.roles: 'broker' is not built yet; a node is broker,controller" },
        { "process.roles=controller , broker", "" },
        { "process.roles=zoo",
          "f:1: Invalid value zoo for configuration process.roles: String must be one of: "
          "broker, controller" },
        { "controller.quorum.voters=1@localhost:9093", "" },
        { "node.id=2\ncontroller.quorum.voters=1@localhost:9093",
          "controller.quorum.voters: node 2 is not the voter" },
        { "controller.quorum.voters=1@a:1,2@b:2",
          "controller.quorum.voters: more than one voter is not built yet" },
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        expect(rows[i][0], rows[i][1]);
    }
}

TEST(directories)
{
    struct node_config config;
    struct kc_error error;
    const char *text = "log.dirs=/a/ , /b//,c\nlog.dir=/ignored\n";
    assert_int_equal(load(&config, text, strlen(text), &error), KC_ERR_NONE);
    assert_int_equal(config.log_dir_count, 3);
    assert_string_equal(config.log_dirs[0], "/a");
    assert_string_equal(config.log_dirs[1], "/b");
    assert_string_equal(config.log_dirs[2], "c");
    assert_string_equal(config.metadata_dir, "/a");
    node_config_finish(&config);
    expect("log.dirs=/a,,/b", "log.dirs: an empty entry");
    expect("log.dirs=", "log.dirs: an empty entry");
    expect("log.dirs=/a,/b,/a/", "log.dirs: /a is there twice");
    expect("log.dirs=1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17", "log.dirs: too many directories");

    assert_int_equal(setenv("XDG_DATA_HOME", "/xdg", 1), 0);
    assert_int_equal(load(&config, "", 0, &error), KC_ERR_NONE);
    assert_string_equal(config.log_dirs[0], "/xdg/broker-lite");
    node_config_finish(&config);
    assert_int_equal(setenv("XDG_DATA_HOME", "", 1), 0);
    assert_int_equal(setenv("HOME", "/home/x", 1), 0);
    assert_int_equal(load(&config, "metadata.log.dir=/m", 19, &error), KC_ERR_NONE);
    assert_string_equal(config.log_dirs[0], "/home/x/.local/share/broker-lite");
    assert_string_equal(config.metadata_dir, "/m");
    node_config_finish(&config);
    assert_int_equal(unsetenv("HOME"), 0);
    expect("", "log.dirs: not set, and $XDG_DATA_HOME and $HOME name no place");
}

/* Kafka 4.3's own file for one combined node starts, with one warning. */
TEST(kafkas_own_file)
{
    static const char text[] =
        "process.roles=broker,controller\nnode.id=1\n"
        "controller.quorum.bootstrap.servers=localhost:9093\n"
        "listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n"
        "advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\n"
        "controller.listener.names=CONTROLLER\n"
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,"
        "SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL\n"
        "num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\n"
        "socket.receive.buffer.bytes=102400\nsocket.request.max.bytes=104857600\n"
        "log.dirs=/tmp/kraft-combined-logs\nnum.partitions=1\n"
        "num.recovery.threads.per.data.dir=1\noffsets.topic.replication.factor=1\n"
        "share.coordinator.state.topic.replication.factor=1\n"
        "share.coordinator.state.topic.min.isr=1\ntransaction.state.log.replication.factor=1\n"
        "transaction.state.log.min.isr=1\nlog.retention.hours=168\n"
        "log.segment.bytes=1073741824\nlog.retention.check.interval.ms=300000\n"
        "num.io.threads=9\n";
    struct node_config config;
    struct kc_error error;
    assert_int_equal(load(&config, text, strlen(text), &error), KC_ERR_NONE);
    assert_string_equal(config.ignored,
                        "controller.quorum.bootstrap.servers, num.network.threads, num.io.threads, "
                        "socket.send.buffer.bytes, socket.receive.buffer.bytes, "
                        "num.recovery.threads.per.data.dir, "
                        "share.coordinator.state.topic.replication.factor, "
                        "share.coordinator.state.topic.min.isr");
    assert_int_equal(config.listener_count, 1);
    assert_false(config.advertises_localhost);
    assert_string_equal(config.log_dirs[0], "/tmp/kraft-combined-logs");
    node_config_finish(&config);
}

TEST(later_ones_win)
{
    struct node_config config;
    struct kc_error error = { 0 };
    assert_int_equal(load(&config, "num.partitions=2\nlog.dirs=d", 27, &error), KC_ERR_NONE);
    assert_int_equal(node_config_number(&config, "num.partitions"), 2);
    assert_int_equal(
        node_config_put(&config, slice_text("num.partitions"), slice_text(" 5 "), &error),
        KC_ERR_NONE);
    assert_int_equal(
        node_config_put(&config, slice_text("num.partitions"), slice_text("x"), &error),
        KC_ERR_INVALID);
    assert_int_equal(node_config_number(&config, "num.partitions"), 5);
    assert_true(node_config_is_set(&config, "num.partitions"));
    assert_false(node_config_is_set(&config, "node.id"));
    assert_true(node_config_flag(&config, "delete.topic.enable"));
    assert_null(node_config_text(&config, "broker.rack"));
    node_config_finish(&config);
    node_config_finish(&config);
}

TEST(where_the_metrics_are)
{
    static const struct {
        const char *text;
        const char *host;
        int32_t port;
    } rows[] = {
        { "node.id=1", "", -1 },
        { "metrics.listener=", "", -1 },
        { "metrics.listener=9102", "127.0.0.1", 9102 },
        { "metrics.listener=:9102", "127.0.0.1", 9102 },
        { "metrics.listener=0", "127.0.0.1", 0 },
        { "metrics.listener=0.0.0.0:9102", "0.0.0.0", 9102 },
        { "metrics.listener=[::1]:9102", "::1", 9102 },
        { "metrics.listener=localhost:9102", "localhost", 9102 },
    };
    assert_int_equal(setenv("XDG_DATA_HOME", "/xdg", 1), 0);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct node_config config;
        struct kc_error error;
        (void)load(&config, rows[i].text, strlen(rows[i].text), &error);
        assert_string_equal(error.text, "");
        assert_string_equal(config.metrics.host, rows[i].host);
        assert_int_equal(config.metrics.port, rows[i].port);
        node_config_finish(&config);
    }
    expect("metrics.listener=x", "metrics.listener: 'x' is not PORT or HOST:PORT");
    expect("metrics.listener=a:65536", "metrics.listener: 'a:65536' is not PORT or HOST:PORT");
    expect("metrics.listener=http://a:1",
           "metrics.listener: 'http://a:1' is not PORT or HOST:PORT");
}

TEST(settings_that_bound_each_other)
{
    expect("queued.max.request.bytes=1000\n",
           "queued.max.request.bytes=1000 must be at least socket.request.max.bytes=104857600: "
           "a request between the two would wait for ever");
    expect("queued.max.request.bytes=1000\nsocket.request.max.bytes=1000\n", "");
    expect("queued.max.request.bytes=0\n", "");
}

TEST(consumer_groups)
{
    expect("group.consumer.session.timeout.ms=1000\n",
           "group.consumer.session.timeout.ms=1000 must be from "
           "group.consumer.min.session.timeout.ms=45000 to "
           "group.consumer.max.session.timeout.ms=60000");
    expect("group.consumer.heartbeat.interval.ms=20000\n",
           "group.consumer.heartbeat.interval.ms=20000 must be from "
           "group.consumer.min.heartbeat.interval.ms=5000 to "
           "group.consumer.max.heartbeat.interval.ms=15000");
    expect("group.consumer.assignment.interval.ms=20000\n",
           "group.consumer.assignment.interval.ms=20000 must be from "
           "group.consumer.min.assignment.interval.ms=0 to "
           "group.consumer.max.assignment.interval.ms=15000");
    expect("group.consumer.migration.policy=sideways\n",
           "group.consumer.migration.policy: 'sideways' must be one of bidirectional, upgrade, "
           "downgrade, disabled");
    expect("group.consumer.assignors=range, sticky\n",
           "group.consumer.assignors: 'sticky' is not known; there are uniform and range");
}
