"""interop: kcat (librdkafka) against broker-lite: metadata, produce and consume with each codec,
offsets by time, a balanced group."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

LINES = 20000


def kcat(broker, *args, **options):
    if not shutil.which("kcat"):
        harness.skip("kcat is not installed")
    return harness.run_ok(["kcat", "-b", broker.address, *args], **options)


def case_with_broker(function, name=None):
    def wrapped():
        if not shutil.which("kcat"):
            harness.skip("kcat is not installed")
        with harness.scratch() as directory, harness.Broker(directory) as broker:
            function(broker)
    wrapped.__name__ = name or function.__name__
    return harness.case(wrapped)


@case_with_broker
def lists_metadata(broker):
    harness.Tools(broker.address).create("one", 3)
    told = json.loads(kcat(broker, "-L", "-J").out)
    harness.check_equal([node["name"] for node in told["brokers"]], [broker.address], "brokers")
    topic = next(topic for topic in told["topics"] if topic["topic"] == "one")
    harness.check_equal(len(topic["partitions"]), 3, "partitions")
    for partition in topic["partitions"]:
        harness.check_equal(partition["leader"], told["brokers"][0]["id"], "leader")


def codec_case(codec):
    def roundtrip(broker):
        data = harness.real_lines(LINES)
        tools = harness.Tools(broker.address)
        tools.create("codec", 2)
        flags = ["-z", codec] if codec != "none" else []
        # kcat sends no empty line: each line gets a number before it.
        lines = [b"%d %s" % pair for pair in enumerate(data.split(b"\n")[:-1])]
        kcat(broker, "-P", "-t", "codec", *flags, stdin=b"\n".join(lines) + b"\n")
        got = kcat(broker, "-C", "-t", "codec", "-o", "beginning", "-e", "-q").out
        harness.check(sorted(got.split(b"\n")[:-1]) == sorted(lines), "kcat reads other lines back")
        ours = tools.consume("codec", "--from-beginning", "--max-messages", str(len(lines)),
                             "--timeout-ms", "60000")
        harness.check(sorted(ours.split(b"\n")[:-1]) == sorted(lines), "our consumer reads others")
        places = kcat(broker, "-C", "-t", "codec", "-o", "beginning", "-e", "-q",
                      "-f", "%p %o\n").out.decode().split("\n")[:-1]
        harness.check_offsets([tuple(map(int, row.split())) for row in places], "codec")
    case_with_broker(roundtrip, f"roundtrip_{codec}")


for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    codec_case(each)


@case_with_broker
def queries_offsets(broker):
    tools = harness.Tools(broker.address)
    tools.create("times")
    tools.produce("times", b"a\nb\nc\n")
    first = kcat(broker, "-Q", "-t", "times:0:-2").out.decode()
    last = kcat(broker, "-Q", "-t", "times:0:-1").out.decode()
    since = kcat(broker, "-Q", "-t", "times:0:1").out.decode()
    harness.check(first.split()[-1] == "0" and last.split()[-1] == "3", f"{first} {last}")
    harness.check_equal(since.split()[-1], "0", "first offset since 1970")


@case_with_broker
def reads_what_our_producer_compressed(broker):
    tools = harness.Tools(broker.address)
    data = harness.real_lines(LINES)
    for codec in ("gzip", "snappy", "lz4", "zstd"):
        topic = f"ours-{codec}"
        tools.create(topic)
        tools.produce(topic, data, "--compression-codec", codec)
        got = kcat(broker, "-C", "-t", topic, "-o", "beginning", "-e", "-q").out
        harness.check(got == data, f"kcat reads other bytes from {topic}")


@case_with_broker
def consumes_in_a_group(broker):
    tools = harness.Tools(broker.address)
    data = harness.real_lines(LINES)
    count = data.count(b"\n")
    tools.create("grouped", 3)
    tools.produce("grouped", data)
    got = kcat(broker, "-G", "cats", "-c", str(count), "-q", "-X", "auto.offset.reset=earliest",
               "grouped").out
    harness.check(harness.sorted_lines(got) == harness.sorted_lines(data), "other lines")
    lags = harness.describe_lags(tools.ok("consumer-groups", "--describe", "--group", "cats").out)
    harness.check_equal(set(lags.values()), {"0"}, "lag")


@case_with_broker
def idempotent_and_keyed(broker):
    harness.Tools(broker.address).create("keyed", 4)
    rows = b"".join(b"key%d:value%d\n" % (i % 7, i) for i in range(5000))
    kcat(broker, "-P", "-t", "keyed", "-K", ":", "-X", "enable.idempotence=true",
         "-H", "who=kcat", stdin=rows)
    got = kcat(broker, "-C", "-t", "keyed", "-o", "beginning", "-e", "-q", "-f", "%k:%s %h\n").out
    wanted = [row + b" who=kcat" for row in rows.split(b"\n")[:-1]]
    harness.check(sorted(got.split(b"\n")[:-1]) == sorted(wanted), f"got {got[:300]!r}")


if __name__ == "__main__":
    harness.main()
