"""chaos: requests that are well formed and ask for far too much. The broker answers within its
limits, its memory stays within a bound, and others are served. Rows of the security bar: S07, S15,
S16."""
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

INT_MAX = 2**31 - 1
FETCH_BYTES_MAX = 57671680  # fetch.max.bytes
PARTITIONS = 20
RSS_GROWTH_MAX_KIB = 64 * 1024


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def ask(peer, key, version, body):
    frame = struct.pack(">hhi", key, version, 7) + text("chaos") + body
    peer.sendall(struct.pack(">i", len(frame)) + frame)


def receive(peer, size):
    got = b""
    while len(got) < size:
        piece = peer.recv(min(1 << 20, size - len(got)))
        harness.check(piece, "closed instead of answered")
        got += piece
    return got


def answer(peer):
    """What follows the correlation id."""
    size = struct.unpack(">i", receive(peer, 4))[0]
    return receive(peer, size)[4:]


def connect(broker):
    return socket.create_connection(("127.0.0.1", broker.port), timeout=60 * harness.PATIENCE)


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
        with connect(broker) as warm:
            ask(warm, 1, 4, body)
            answer(warm)
        before = broker.process.rss_kib()
        peers = [connect(broker) for _ in range(20)]
        for peer in peers:
            ask(peer, 1, 4, body)
        tools.consume("t", "--from-beginning", "--max-messages", "100")
        check_bound(broker, before, "20 answers that nobody reads")
        for peer in peers:
            told = answer(peer)
            harness.check(len(told) <= FETCH_BYTES_MAX + (2 << 20), f"{len(told)} bytes")
            peer.close()
        check_bound(broker, before, "20 answers that were read")


@harness.case
def s15_ten_thousand_partitions_without_a_limit():
    greedy(INT_MAX)


@harness.case
def s15_ten_thousand_partitions_of_a_little():
    greedy(16000, 1100)


@harness.case
def s16_a_million_partitions():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        with connect(broker) as peer:
            body = struct.pack(">i", 1) + text("wide") + struct.pack(">ihii", 10**6, 1, 0, 0)
            ask(peer, 19, 2, body + struct.pack(">i?", 1000, False))
            told = answer(peer)
            # throttle time, topics, name, error
            err = struct.unpack(">h", told[8 + 2 + 4:8 + 2 + 4 + 2])[0]
            harness.check(err != 0, "a topic of a million partitions was made")
        listed = harness.Tools(broker.address).ok("topics", "--list").out
        harness.check_equal(listed.strip(), b"", "the topics")


@harness.case
def s07_twenty_million_tagged_fields():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        before = broker.process.rss_kib()
        fields = b"\x7f\x00" * 20_000_000  # unknown, empty, and never in order
        frame = struct.pack(">hhi", 3, 12, 7) + text("chaos") + b"\x80\xda\xc4\x09" + fields
        with connect(broker) as peer:
            try:
                peer.sendall(struct.pack(">i", len(frame)) + frame + b"\0")
                peer.recv(1)
            except ConnectionError:
                pass  # ended within the frame is as good
        harness.Tools(broker.address).create("still-there")
        grown = broker.process.rss_kib() - before
        harness.check(grown <= RSS_GROWTH_MAX_KIB + len(frame) // 1024,
                      f"the broker grew by {grown} KiB")


harness.main()
