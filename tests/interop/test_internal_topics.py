"""interop: Kafka and broker-lite write the same records of groups: Kafka's own consumer shows them
with its formatters, its dump tool with its decoder, record by record. And broker-lite reads what
Kafka wrote."""
import glob
import json
import os
import re
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

FORMATTERS = "org.apache.kafka.tools.consumer."
PAIRS = (("classic", "classic"), ("next", "consumer"))
ENDS = ("kept", "bare", "gone")  # as it is; its offset deleted; deleted
GROUPS = [f"{kind}-{end}" for kind, _ in PAIRS for end in ENDS] + ["simple"]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|"
                  r"(?<=\")(?!A{21})[A-Za-z0-9_-]{22}(?=\")")


def live(tools):
    """Groups of both kinds and a simple consumer's, offsets that are deleted, groups that are."""
    tools.create("t")
    tools.produce("t", b"".join(b"line %d\n" % i for i in range(20)))
    for kind, protocol in PAIRS:
        for end in ENDS:
            tools.ok("console-consumer", "--topic", "t", "--group", f"{kind}-{end}",
                     "--from-beginning", "--max-messages", "10", "--timeout-ms", "60000",
                     "--command-property", f"group.protocol={protocol}")
    patient = ["--timeout", "60000"]
    tools.ok("consumer-groups", "--reset-offsets", "--group", "simple", "--topic", "t",
             "--to-offset", "3", "--execute", *patient)
    for kind, _ in PAIRS:
        done = tools.ok("consumer-groups", "--delete-offsets", "--group", f"{kind}-bare",
                        "--topic", "t", *patient)
        harness.check(b"Successful" in done.out, done.text())
        done = tools.ok("consumer-groups", "--delete", "--group", f"{kind}-gone", *patient)
        harness.check(b"successful" in done.out, done.text())


def is_first(value):
    """Kafka's classic groups begin with a record that says nothing; broker-lite's do not."""
    return value and value["data"].get("generation") == 0 and value["data"]["protocolType"] == ""


def sort(pairs):
    """{group: [record]}; what differs from run to run is told by the order in which it comes."""
    told = {group: [] for group in GROUPS}
    names = {group: {} for group in GROUPS}
    for key, value in pairs:
        group = key["data"].get("group") or key["data"].get("groupId")
        if group not in told or is_first(value):
            continue
        text = json.dumps([key, value], sort_keys=True)
        text = re.sub(r'(imestamp(Ms)?": )\d{13}', r'\1"now"', text)
        text = re.sub(r'(metadataHash": )-?\d+', r'\1"some"', text)
        seen = names[group]
        told[group].append(UUID.sub(
            lambda found: seen.setdefault(found.group(), f"id{len(seen)}"), text))
    return told


def shown(tools, formatter):
    # Ends when nothing more has come for so long.
    result = tools.ok("console-consumer", "--topic", "__consumer_offsets", "--from-beginning",
                      "--formatter", FORMATTERS + formatter, "--timeout-ms",
                      str(int(10000 * harness.PATIENCE)), seconds=120)
    harness.check(b"Processed a total of 0 " not in result.err, result.text())
    text = result.out.decode()
    decoder, place, pairs = json.JSONDecoder(), 0, []
    while text[place:].strip():
        place += len(text[place:]) - len(text[place:].lstrip())
        record, place = decoder.raw_decode(text, place)
        pairs.append((record["key"], record["value"]))
    return sort(pairs)


def dumped(data):
    return sort(kafka.dumped(data, "__consumer_offsets", "--offsets-decoder"))


def views(tools):
    return {name: shown(tools, name) for name in ("OffsetsMessageFormatter",
                                                  "GroupMetadataMessageFormatter")}


def stay(node, kind, protocol):
    """A member that is in when the node dies."""
    args = kafka.java(kafka.CLASSES["console-consumer"], "--bootstrap-server", node.address,
                      "--topic", "t", "--group", f"{kind}-in", "--from-beginning",
                      "--command-property", f"group.protocol={protocol}")
    member = harness.Process(args, node.directory, kind)
    harness.wait_until(lambda: "line 19" in member.read(member.out_path), 60, f"{kind}-in to read")
    return member


def of_kafka(directory):
    with kafka.Node(directory) as node:
        tools = kafka.JavaTools(node.address)
        live(tools)
        told = views(tools)
        members = [stay(node, *pair) for pair in PAIRS]
        node.process.kill()  # what it wrote is the kernel's
        for member in members:
            member.close()
    told["dump"] = dumped(os.path.join(directory, "data"))
    return told


def of_broker_lite(broker):
    with broker:
        tools = kafka.JavaTools(broker.address)
        live(tools)
        told = views(tools)
        broker.stop()
    told["dump"] = dumped(broker.data)
    return told


def take_over(broker, data):
    """Kafka's files of __consumer_offsets in the place of broker-lite's own, which is down."""
    for theirs in glob.glob(os.path.join(data, "__consumer_offsets-*")):
        ours = os.path.join(broker.data, os.path.basename(theirs))
        for path in glob.glob(os.path.join(ours, "*")):
            if not path.endswith("partition.metadata"):
                os.unlink(path)
        for path in glob.glob(os.path.join(theirs, "*.log")):
            shutil.copy(path, ours)


def check_taken(broker):
    tools = harness.Tools(broker.address)
    listed = tools.ok("consumer-groups", "--list").out.decode().split()
    wanted = [group for group in GROUPS if not group.endswith("-gone")]
    wanted += [f"{kind}-in" for kind, _ in PAIRS]
    harness.check(set(wanted) <= set(listed), f"groups: {listed}")
    harness.check(not any(name.endswith("-gone") for name in listed), f"groups: {listed}")
    for group, lag in (("classic-kept", "10"), ("next-kept", "10"), ("simple", "17")):
        shown_lags = harness.describe_lags(tools.ok("consumer-groups", "--describe", "--group",
                                                    group).out)
        harness.check_equal(shown_lags, {("t", 0): lag}, f"lag of {group}")
    for kind, _ in PAIRS:
        members = tools.ok("consumer-groups", "--describe", "--members", "--group",
                           f"{kind}-in").out.decode()
        harness.check("console-consumer" in members, members)


@harness.case
def kafka_and_broker_lite_write_the_same_groups():
    kafka.java("none")
    with harness.scratch() as ours, harness.scratch() as theirs:
        wanted = of_kafka(theirs)
        broker = harness.Broker(ours, **{"offsets.topic.num.partitions": 4})
        got = of_broker_lite(broker)
        for view, groups in wanted.items():
            for group, records in groups.items():
                harness.check_equal("\n".join(got[view][group]), "\n".join(records),
                                    f"{view} of {group}")
        counts = {group: len(records) for group, records in wanted["dump"].items()}
        harness.check(min(counts.values()) > 0, f"no records of some: {counts}")
        take_over(broker, os.path.join(theirs, "data"))
        with broker:
            check_taken(broker)
            broker.stop()


if __name__ == "__main__":
    harness.main()
