"""interop: our tools against a real Apache Kafka, and Kafka's own tools against broker-lite."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import journey  # noqa: E402
import kafka  # noqa: E402


@harness.case
def our_tools_against_kafka():
    with harness.scratch() as directory, kafka.Node(directory) as node:
        tools = harness.Tools(node.address)
        theirs = kafka.JavaTools(node.address)
        journey.travel(tools, witness=theirs)
        tools.ok("consumer-groups", "--delete", "--group", "travellers")
        tools.ok("topics", "--delete", "--topic", "journey")
        harness.wait_until(lambda: b"journey" not in theirs.ok("topics", "--list").out, 30,
                           "the topic to be gone")


@harness.case
def what_one_side_writes_the_other_reads_on_kafka():
    with harness.scratch() as directory, kafka.Node(directory) as node:
        exchange(harness.Tools(node.address), kafka.JavaTools(node.address))


@harness.case
def kafkas_tools_against_broker_lite():
    kafka.java("none")
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = kafka.JavaTools(broker.address)
        journey.travel(tools, witness=harness.Tools(broker.address))
        tools.ok("consumer-groups", "--delete", "--group", "travellers")
        tools.ok("topics", "--delete", "--topic", "journey")
        listed = tools.ok("topics", "--list").out
        harness.check(b"journey" not in listed, f"still listed: {listed}")
        broker.stop()


@harness.case
def what_one_side_writes_the_other_reads_on_broker_lite():
    kafka.java("none")
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        exchange(harness.Tools(broker.address), kafka.JavaTools(broker.address))


def exchange(ours, theirs):
    """Keys, headers, empty values and every codec, written by each side and read by the other."""
    wanted = b"h:1,g:2\tk1\tv1\nh:,g:x y\tk2\t\nh:1,g:2\tk1\t" + b"long " * 2000 + b"\n"
    shape = ["--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"]
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        for name, writer, reader in (("ours", ours, theirs), ("theirs", theirs, ours)):
            topic = f"exchange-{name}-{codec}"
            writer.create(topic)
            writer.produce(topic, wanted, "--compression-codec", codec, *shape)
            got = reader.consume(topic, "--from-beginning", "--max-messages", "3",
                                 "--timeout-ms", "60000",
                                 "--formatter-property", "print.key=true",
                                 "--formatter-property", "print.headers=true")
            harness.check_equal(got, wanted, f"{topic} as read by the other side")


if __name__ == "__main__":
    harness.main()
