"""interop: the one journey that every pair of tools and broker must make: create, produce many real
lines, consume them in a group, and find the same lines, contiguous offsets and no lag."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

LINES = 100000


def with_places(tools, topic, count):
    """[(partition, offset, value)] read without a group, in the order of consumption."""
    out = tools.consume(topic, "--from-beginning", "--max-messages", str(count),
                        "--timeout-ms", "60000",
                        "--formatter-property", "print.partition=true",
                        "--formatter-property", "print.offset=true")
    rows = []
    for line in out.split(b"\n")[:-1]:
        head, offset, value = line.split(b"\t", 2)
        harness.check(head.startswith(b"Partition:") and offset.startswith(b"Offset:"),
                      f"not a place: {line!r}")
        rows.append((int(head[10:]), int(offset[7:]), value))
    return rows


def lag_is_zero(tools, group, topic, partitions):
    table = tools.ok("consumer-groups", "--describe", "--group", group).out
    lags = harness.describe_lags(table)
    wanted = {(topic, partition): "0" for partition in range(partitions)}
    harness.check_equal(lags, wanted, f"lag of {group}")


def travel(tools, topic="journey", partitions=3, lines=LINES, witness=None):
    """`witness`: other tools at the same broker that must see the same group."""
    data = harness.real_lines(lines)
    count = data.count(b"\n")
    tools.create(topic, partitions)
    described = tools.ok("topics", "--describe", "--topic", topic).out.decode()
    harness.check(f"PartitionCount: {partitions}" in described, f"described as: {described}")
    listed = tools.ok("topics", "--list").out.decode().split()
    harness.check(topic in listed, f"{topic} is not in {listed}")
    tools.produce(topic, data)
    got = tools.consume(topic, "--group", "travellers", "--from-beginning", "--max-messages",
                        str(count), "--timeout-ms", "60000")
    harness.check_equal(got.count(b"\n"), count, "number of lines consumed")
    harness.check(harness.sorted_lines(got) == harness.sorted_lines(data),
                  "the consumed lines are not the produced ones")
    rows = with_places(tools, topic, count)
    sizes = harness.check_offsets([row[:2] for row in rows], topic)
    harness.check_equal(sum(sizes.values()), count, "records of all partitions")
    for party in (tools, witness):
        if party:
            lag_is_zero(party, "travellers", topic, partitions)
            groups = party.ok("consumer-groups", "--list").out.decode().split()
            harness.check("travellers" in groups, f"travellers is not in {groups}")
