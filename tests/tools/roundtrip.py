"""tests: the main job, tools alone: create a topic, produce real lines, consume them as a group,
and look at the lag.

    roundtrip.py [--binaries DIR] [--bootstrap HOST:PORT] [--lines N]

Without --bootstrap a broker-lite is started. DIR holds NAME/NAME for each tool. Prints TAP."""
import argparse
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import harness  # noqa: E402

OPTIONS = argparse.Namespace(binaries=None, bootstrap=None, lines=120000)
PARTITIONS = 3


def tool(name, *args, **options):
    path = os.path.join(OPTIONS.binaries, name, name) if OPTIONS.binaries else harness.binary(name)
    return harness.run_ok([path, "--bootstrap-server", OPTIONS.bootstrap, *args], **options)


def fresh(word):
    return f"{word}-{os.getpid()}-{time.time_ns()}"


def consume(topic, group, count, *more):
    return tool("console-consumer", "--topic", topic, "--group", group, "--from-beginning",
                "--max-messages", str(count), "--timeout-ms", "30000", *more, seconds=120).out


@harness.case
def lines_come_back():
    topic, group = fresh("roundtrip"), fresh("readers")
    data = harness.real_lines(OPTIONS.lines)
    count = data.count(b"\n")
    tool("topics", "--create", "--topic", topic, "--partitions", str(PARTITIONS))
    tool("console-producer", "--topic", topic, stdin=data, seconds=120)
    out = consume(topic, group, count)
    harness.check_equal(out.count(b"\n"), count, "number of lines")
    harness.check(harness.sorted_lines(out) == harness.sorted_lines(data), "other lines came back")

    lags = harness.describe_lags(tool("consumer-groups", "--describe", "--group", group).out)
    harness.check_equal(lags, {(topic, partition): "0" for partition in range(PARTITIONS)}, "lag")

    rows = consume(topic, fresh("readers"), count, "--formatter-property", "print.partition=true",
                   "--formatter-property", "print.offset=true", "--formatter-property",
                   "print.value=false")
    pairs = [tuple(int(word.split(b":")[1]) for word in row.split(b"\t"))
             for row in rows.splitlines()]
    found = harness.check_offsets(pairs, "second reading")
    harness.check_equal(sum(found.values()), count, "records in all partitions")
    tool("topics", "--delete", "--topic", topic)


@harness.case
def a_group_continues_where_it_stopped():
    topic, group = fresh("continued"), fresh("readers")
    tool("topics", "--create", "--topic", topic, "--partitions", "1")
    data = b"".join(b"line %d\n" % number for number in range(1000))
    tool("console-producer", "--topic", topic, stdin=data)
    first = consume(topic, group, 123)
    lags = harness.describe_lags(tool("consumer-groups", "--describe", "--group", group).out)
    harness.check_equal(lags, {(topic, 0): "877"}, "lag")
    harness.check(first + consume(topic, group, 877) == data, "lines lost or doubled")
    tool("topics", "--delete", "--topic", topic)


@harness.case
def binary_bytes_and_keys_are_kept():
    topic = fresh("bytes")
    tool("topics", "--create", "--topic", topic, "--partitions", "1")
    data = b"k\t\x00\xff\xfe\nk2\t\n\tempty key\nlast\tno newline"
    tool("console-producer", "--topic", topic, "--reader-property", "parse.key=true", stdin=data)
    out = consume(topic, fresh("readers"), 4, "--formatter-property", "print.key=true")
    harness.check_equal(out, data + b"\n", "records")
    tool("topics", "--delete", "--topic", topic)


@harness.case
def a_line_too_long_is_named_and_the_rest_sent():
    topic = fresh("long")
    path = os.path.join(OPTIONS.binaries, "console-producer", "console-producer") \
        if OPTIONS.binaries else harness.binary("console-producer")
    tool("topics", "--create", "--topic", topic, "--partitions", "1")
    data = b"before\n" + b"x" * (100 << 20) + b"\nafter\n"
    result = harness.run([path, "--bootstrap-server", OPTIONS.bootstrap, "--topic", topic],
                         stdin=data)
    harness.check_equal(result.code, 1, "exit status")
    harness.check(b"line 2" in result.err and b"max.request.size" in result.err, result.text())
    harness.check_equal(consume(topic, fresh("readers"), 2), b"before\nafter\n", "records")
    tool("topics", "--delete", "--topic", topic)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binaries")
    parser.add_argument("--bootstrap")
    parser.add_argument("--lines", type=int, default=OPTIONS.lines)
    parser.parse_args(namespace=OPTIONS)
    sys.argv[1:] = []
    if OPTIONS.bootstrap:
        harness.main()
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        OPTIONS.bootstrap = broker.address
        harness.main()


if __name__ == "__main__":
    main()
