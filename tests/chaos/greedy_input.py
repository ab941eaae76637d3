"""chaos: requests that are well formed and ask for far too much. The broker answers within its
limits, its memory stays within a bound, and others are served. Rows of the security bar: S07, S15,
S16, S28."""
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import batch  # noqa: E402
import harness  # noqa: E402
from peer import Peer, frame, produce, request, text  # noqa: E402

INT_MAX = 2**31 - 1
FETCH_BYTES_MAX = 57671680  # fetch.max.bytes
PARTITIONS = 20
RSS_GROWTH_MAX_KIB = 64 * 1024
CHECKPOINTS = {f"{name}-offset-checkpoint" for name in
               ("recovery-point", "replication", "log-start", "cleaner")}


def fetch_body(names, partition_bytes):
    """Version 4: every partition from its beginning."""
    body = struct.pack(">iiiib", -1, 0, 1, INT_MAX, 0) + struct.pack(">i", len(names))
    for topic, partitions in names:
        body += text(topic) + struct.pack(">i", len(partitions))
        for partition in partitions:
            body += struct.pack(">iqi", partition, 0, partition_bytes)
    return body


def filled(tools, megabytes, batch_bytes):
    tools.create("t", PARTITIONS)
    tools.ok("producer-perf-test", "--topic", "t", "--num-records", str(megabytes * 1000),
             "--record-size", "1000", "--throughput", "-1", "--command-property",
             f"batch.size={batch_bytes}", seconds=120)


def check_bound(broker, before_kib, what):
    grown = broker.process.rss_kib() - before_kib
    harness.check(grown <= RSS_GROWTH_MAX_KIB, f"{what}: the broker grew by {grown} KiB")


def greedy(partition_bytes, batch_bytes=16384):
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        filled(tools, 120 if batch_bytes > 2000 else 20, batch_bytes)
        body = fetch_body([("t", [i % PARTITIONS for i in range(10000)])], partition_bytes)
        with Peer(broker) as warm:
            warm.ask(1, 4, body)
        before = broker.process.rss_kib()
        peers = [Peer(broker) for _ in range(20)]
        for peer in peers:
            peer.send(request(1, 4, body))
        tools.consume("t", "--from-beginning", "--max-messages", "100")
        check_bound(broker, before, "20 answers that nobody reads")
        for peer in peers:
            told = peer.answer()
            harness.check(len(told) <= FETCH_BYTES_MAX + (2 << 20), f"{len(told)} bytes")
            peer.socket.close()
        check_bound(broker, before, "20 answers that were read")


@harness.case
def s15_ten_thousand_partitions_without_a_limit():
    greedy(INT_MAX)


@harness.case
def s15_ten_thousand_partitions_of_a_little():
    greedy(16000, 1100)


def create_error(peer, name, partitions=1):
    """By CreateTopics version 2."""
    body = struct.pack(">i", 1) + text(name) + struct.pack(">ihii", partitions, 1, 0, 0)
    told = peer.ask(19, 2, body + struct.pack(">i?", 1000, False))
    return struct.unpack(">h", told[8 + 2 + len(name):][:2])[0]


@harness.case
def s16_a_million_partitions():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        before = broker.process.rss_kib()
        with Peer(broker) as peer:
            harness.check(create_error(peer, b"wide", 10**6) != 0,
                          "a topic of a million partitions was made")
        listed = harness.Tools(broker.address).ok("topics", "--list").out
        harness.check_equal(listed.strip(), b"", "the topics")
        harness.check(broker.process.peak_kib() - before < 8192, "the broker grew")


@harness.case
def s16_names_that_are_paths():
    """By every way that makes a topic: nothing is made of them, inside log.dirs or elsewhere."""
    names = [b"", b".", b"..", b"a/b", b"/etc/x", b"../x", b"a\0b", b"a\nb", b"a b", b"\xc3\xa4",
             b"\xff\xfe", b"x" * 250, b"x" * 30000, b"a\\b", b"%2e%2e"]
    with harness.scratch() as directory, harness.Broker(directory) as broker, Peer(broker) as peer:
        before, around = set(os.listdir(broker.data)), set(os.listdir(directory))
        for name in names:
            harness.check_equal(create_error(peer, name), 17, f"error of {name[:40]}")
            told = peer.ask(3, 4, struct.pack(">i", 1) + text(name) + b"\1")  # may be made
            harness.check(struct.pack(">h", 17) + text(name) in told, f"metadata of {name[:40]}")
            peer.send(produce(name, batch.batch(batch.record(b"v"))))
            err = struct.unpack(">h", peer.answer()[4 + 2 + len(name) + 8:][:2])[0]
            harness.check(err in (3, 17), f"error {err} of records for {name[:40]}")
        harness.check_equal(create_error(peer, b"x" * 249), 0, "error of the longest name")
        harness.check_equal(set(os.listdir(broker.data)) - before - CHECKPOINTS,
                            {"x" * 249 + "-0"}, "what is new in log.dirs")
        harness.check_equal(set(os.listdir(directory)), around, "what is beside it")
        harness.check(peer.serves(), "others are not served")


@harness.case
def s28_a_follower_that_is_none():
    """Whoever says that he is a replica is given no more than a reader, and moves nothing."""
    with harness.scratch() as directory, harness.Broker(directory) as broker, Peer(broker) as peer:
        harness.Tools(broker.address).create("t")
        harness.check_equal(peer.produced("t", batch.batch(batch.record(b"v"))), (0, 0), "a place")
        for replica in (0, 1, 2, INT_MAX):
            body = struct.pack(">iiiibii", replica, 0, 1, INT_MAX, 0, 0, -1) + struct.pack(">i", 1)
            body += text("t") + struct.pack(">iiqqi", 1, 0, 10**9, 0, INT_MAX) + bytes(4)
            told = peer.ask(1, 7, body)  # throttle time, error, session, topics
            harness.check_equal(told, struct.pack(">ihii", 0, 31, 0, 0), f"answer to {replica}")
            harness.check_equal(peer.end_offset("t"), 1, "the high watermark")
        told = harness.Tools(broker.address).ok("topics", "--describe", "--topic", "t").out.decode()
        harness.check("Isr: 1" in told and "Replicas: 1" in told, told)
    for key, name in ((56, "AlterPartition"), (4, "LeaderAndIsr"), (5, "StopReplica"),
                      (6, "UpdateMetadata"), (7, "ControlledShutdown"), (62, "BrokerRegistration"),
                      (63, "BrokerHeartbeat"), (67, "AllocateProducerIds"), (52, "Vote"),
                      (53, "BeginQuorumEpoch"), (54, "EndQuorumEpoch"), (59, "FetchSnapshot")):
        with harness.scratch() as directory, harness.Broker(directory) as broker:
            with Peer(broker) as peer:
                peer.send(request(key, 0, bytes(40)))
                harness.check_equal(peer.rest(), b"", f"answer to {name}")
            with Peer(broker) as peer:
                harness.check(peer.serves(), f"others are not served after {name}")


@harness.case
def s07_twenty_million_tagged_fields():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        before = broker.process.rss_kib()
        fields = b"\x7f\x00" * 20_000_000  # unknown, empty, and never in order
        head = struct.pack(">hhi", 3, 12, 7) + text("chaos") + b"\x80\xda\xc4\x09"
        with Peer(broker) as peer:
            try:
                peer.send(frame(head + fields))
                peer.rest()
            except ConnectionError:
                pass  # ended within the frame is as good
        harness.Tools(broker.address).create("still-there")
        grown = broker.process.peak_kib() - before
        harness.check(grown <= RSS_GROWTH_MAX_KIB + len(fields) // 1024,
                      f"the broker grew by {grown} KiB")


harness.main()
