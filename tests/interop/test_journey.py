"""journey: everything that a broker does, once, by our tools, kcat and Kafka's own: produce and
consume with every codec, groups of both kinds, transactions, compaction, retention, deletion,
changes of settings, the metrics, stop and start. It is for brokers that are built with a
sanitizer: a report of one fails the case (see harness.Broker), as does a stop that is not clean."""
import contextlib
import os
import shutil
import struct
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import copying  # noqa: E402
import harness  # noqa: E402
import journey  # noqa: E402
import kafka  # noqa: E402
from peer import Peer, text  # noqa: E402

LINES = 20000
SETTINGS = {"log.cleaner.backoff.ms": 20, "log.retention.check.interval.ms": 100,
            "log.segment.delete.delay.ms": 50, "metrics.listener": 0,
            "log.flush.interval.ms": 200, "offsets.retention.check.interval.ms": 500}
SMALL = ("--config", "segment.bytes=1048576")
TOPIC, SET = 2, 0


def consume_all(tools, topic, *more):
    return tools.consume(topic, "--from-beginning", "--timeout-ms",
                         str(int(3000 * harness.PATIENCE)), *more)


def compaction(broker, tools):
    tools.create("keyed", 1, *SMALL, "--config", "cleanup.policy=compact", "--config",
                 "min.cleanable.dirty.ratio=0.01")
    for number in range(4):
        lines = "".join(f"key-{i}\t{number} {'y' * 990}\n" for i in range(700))
        tools.produce("keyed", lines.encode(), "--reader-property", "parse.key=true")
    harness.wait_until(lambda: "keyed-0: compacted up to" in broker.process.log(), 60,
                       "a compaction")
    out = consume_all(tools, "keyed", "--formatter-property", "print.key=true").decode()
    newest = dict(line.split("\t", 1) for line in out.splitlines())
    harness.check_equal({value[0] for value in newest.values()}, {"3"}, "the newest values")
    harness.check_equal(len(newest), 700, "keys")


def retention(broker, tools):
    tools.create("short", 2, *SMALL, "--config", "retention.bytes=1048576")
    tools.produce("short", harness.real_lines(8 * LINES))
    first = [os.path.join(broker.data, f"short-{number}", "0" * 20 + ".log") for number in range(2)]
    harness.wait_until(lambda: not any(map(os.path.exists, first)), 60, "old segments to go")


def settings(broker, tools):
    """Of a topic, by IncrementalAlterConfigs version 0, while it is in use."""
    value = text("retention.ms") + struct.pack(">b", SET) + text("7654321")
    with Peer(broker) as peer:
        told = peer.ask(44, 0, struct.pack(">ib", 1, TOPIC) + text("short")
                        + struct.pack(">i", 1) + value + b"\0")
        harness.check_equal(struct.unpack(">h", told[8:10])[0], 0, "error of the change")
    described = tools.ok("topics", "--describe", "--topic", "short").out.decode()
    harness.check("retention.ms=7654321" in described, described)


def groups(tools):
    count = LINES // 2
    data = harness.real_lines(count)
    tools.create("parted", 3)
    tools.produce("parted", data)
    for protocol in ("classic", "consumer"):
        got = tools.consume("parted", "--group", f"g-{protocol}", "--from-beginning",
                            "--max-messages", str(data.count(b"\n")), "--timeout-ms", "60000",
                            "--command-property", f"group.protocol={protocol}")
        harness.check_equal(got.count(b"\n"), data.count(b"\n"), f"lines of a {protocol} group")
        harness.check(harness.sorted_lines(got) == harness.sorted_lines(data),
                      f"{protocol}: other lines")
    tools.ok("consumer-groups", "--reset-offsets", "--group", "g-classic", "--topic", "parted",
             "--to-earliest", "--execute")
    tools.ok("consumer-groups", "--delete", "--group", "g-classic")
    listed = tools.ok("consumer-groups", "--list").out.decode().split()
    harness.check("g-classic" not in listed and "g-consumer" in listed, f"groups {listed}")


def codecs(tools):
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        for asked in ("producer", "gzip", "zstd"):
            topic = f"packed-{codec}-{asked}"
            tools.create(topic, 1, "--config", f"compression.type={asked}")
            data = harness.real_lines(2000)
            tools.produce(topic, data, "--command-property", f"compression.type={codec}")
            got = tools.consume(topic, "--from-beginning", "--max-messages",
                                str(data.count(b"\n")), "--timeout-ms", "30000")
            harness.check(got == data, f"{topic} has other lines")


def watch(broker):
    port = int(broker.process.log().split("metrics on http://127.0.0.1:")[1].split("/")[0])
    for path in ("metrics", "status"):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=60) as page:
            harness.check(len(page.read()) > 1000, f"a small page {path}")


@contextlib.contextmanager
def travelled():
    with harness.scratch() as directory, harness.Broker(directory, **SETTINGS) as broker:
        yield broker
        watch(broker)
        broker.stop()
        broker.start()
        harness.check(harness.Tools(broker.address).ok("topics", "--list").out.strip(),
                      "no topics after a start")
        broker.stop()


@harness.case
def by_our_tools():
    with travelled() as broker:
        tools = harness.Tools(broker.address)
        journey.travel(tools, lines=LINES)
        codecs(tools)
        groups(tools)
        compaction(broker, tools)
        retention(broker, tools)
        settings(broker, tools)
        tools.ok("topics", "--alter", "--topic", "short", "--partitions", "5")
        tools.ok("topics", "--delete", "--topic", "short")


@harness.case
def by_transactions():
    with travelled() as broker:
        tools = harness.Tools(broker.address)
        copying.copy_through_crashes(broker.directory, tools, tools, LINES // 2, 1)


@harness.case
def by_kcat():
    if not shutil.which("kcat"):
        harness.skip("kcat is not installed")
    with travelled() as broker:
        tools = harness.Tools(broker.address)
        tools.create("cat", 2)
        data = b"\n".join(filter(None, harness.real_lines(LINES // 4).split(b"\n"))) + b"\n"
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            harness.run_ok(["kcat", "-b", broker.address, "-P", "-t", "cat", "-z", codec],
                           stdin=data)
        wanted = 5 * data.count(b"\n")
        for more in ((), ("-X", "check.crcs=true", "-X", "fetch.wait.max.ms=50")):
            got = harness.run_ok(["kcat", "-b", broker.address, "-C", "-e", "-o", "beginning",
                                  "-t", "cat", *more], seconds=120)
            harness.check_equal(got.out.count(b"\n"), wanted, "lines by kcat")
        harness.run_ok(["kcat", "-b", broker.address, "-L"])
        got = harness.run_ok(["kcat", "-b", broker.address, "-G", "cats", "-c", "100", "-X",
                              "auto.offset.reset=earliest", "cat"], seconds=120)
        harness.check_equal(got.out.count(b"\n"), 100, "lines of a group by kcat")


@harness.case
def by_kafkas_tools():
    kafka.fetch()
    with travelled() as broker:
        tools = kafka.JavaTools(broker.address)
        journey.travel(tools, lines=LINES, witness=harness.Tools(broker.address))
        compaction(broker, tools)
        tools.ok("configs", "--alter", "--entity-type", "topics", "--entity-name", "keyed",
                 "--add-config", "retention.ms=1000000")
        tools.ok("configs", "--describe", "--entity-type", "topics", "--entity-name", "keyed")
        tools.ok("producer-perf-test", "--topic", "journey", "--num-records", "20000",
                 "--record-size", "200", "--throughput", "-1", "--transactional-id", "perf",
                 "--transaction-duration-ms", "100", seconds=180)
        tools.ok("consumer-groups", "--describe", "--all-groups")
        tools.ok("topics", "--delete", "--topic", "keyed")


if __name__ == "__main__":
    harness.main()
