"""chaos: what strangers send to the broker's port. Each such connection ends with one log line that
names the peer and the reason, nobody else notices, memory stays flat. Rows of the security bar:
S01, S03 to S06, S08, S12, S14, S18."""
import contextlib
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from peer import Peer, frame, request  # noqa: E402

RSS_GROWTH_MAX_KIB = 32 * 1024


TLS_HELLO = bytes.fromhex("16030100c4010000c00303") + bytes(range(32)) + b"\x20" + bytes(128)
ABUSES = {
    "negative_length": struct.pack(">i", -1) + b"x" * 60,
    "smallest_length": struct.pack(">i", -2**31) + b"x" * 60,
    "huge_length": struct.pack(">i", 2**31 - 1) + b"x" * 60,
    "zero_length": struct.pack(">i", 0),
    "shorter_than_a_header": frame(b"\x00\x12\x00"),
    "tls_hello": TLS_HELLO,
    "http": b"GET /index.html HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "text": frame(b"SELECT * FROM records; -- is no request at all, and goes on"),
    "unknown_key": request(9999, 0, b""),
    "negative_key": request(-7, 0, b""),
    "unsupported_version": request(3, 99, b""),
    "client_id_past_the_end": frame(struct.pack(">hhih", 3, 1, 7, 30000) + b"chaos"),
    "array_past_the_end": request(3, 1, struct.pack(">i", 2**31 - 1)),
    "negative_array": request(3, 0, struct.pack(">i", -5)),
    "string_past_the_end": request(3, 1, struct.pack(">ih", 1, 30000) + b"abc"),
    "tagged_fields_without_end": frame(struct.pack(">hhih", 3, 12, 7, 5) + b"chaos"
                                       + b"\xff\xff\xff\xff\x0f" + b"\x00\x00" * 40),
}
REASONS = {"negative_length": "negative size", "huge_length": "socket.request.max.bytes",
           "zero_length": "too short", "tls_hello": "peer speaks TLS", "http": "peer speaks HTTP",
           "unknown_key": "9999", "unsupported_version": "version 99"}


def lines_about(broker, port):
    return [line for line in broker.process.log().splitlines() if f"127.0.0.1:{port}" in line]


def one_line_about(broker, port, what, reason=""):
    harness.wait_until(lambda: lines_about(broker, port), 10, f"a log line about {what}")
    lines = lines_about(broker, port)
    harness.check_equal(len(lines), 1, f"log lines about {what}: {lines}")
    harness.check(reason in lines[0], f"no \"{reason}\" in: {lines[0]}")


def serves(broker):
    """A well-behaved client gets its answer."""
    with Peer(broker) as peer:
        harness.check(peer.serves(), "not served")


def steady_kib(broker):
    """Resident memory once it no longer changes between two looks with work done in between."""
    before = broker.process.rss_kib()
    for _ in range(20):
        serves(broker)
        now = broker.process.rss_kib()
        if abs(now - before) < 256:
            return now
        before = now
    return before


def abuse_case(name, data):
    def abuse():
        with harness.scratch() as directory, harness.Broker(directory) as broker:
            with Peer(broker) as peer:
                peer.send(data)
                peer.rest()
            one_line_about(broker, peer.port, name, REASONS.get(name, ""))
            serves(broker)
            broker.stop()
    abuse.__name__ = name
    harness.case(abuse)


for abuse_name, abuse_data in ABUSES.items():
    abuse_case(abuse_name, abuse_data)


@harness.case
def unknown_version_of_api_versions_is_answered():
    """KIP-511: the one request that any version gets an answer to, in version 0."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        with Peer(broker) as peer:
            for version, wanted, correlation in ((99, 35, 7), (0, 0, 8)):
                peer.send(request(18, version, b"", correlation))
                size, told, code = struct.unpack(">iih", peer.receive(10))
                harness.check_equal((told, code), (correlation, wanted), "correlation id, error")
                peer.receive(size - 6)


@harness.case
def half_a_frame_then_gone():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        with Peer(broker) as peer:
            peer.send(request(3, 1, struct.pack(">i", 0))[:-3])
            peer.socket.shutdown(socket.SHUT_WR)
            peer.rest()
        one_line_about(broker, peer.port, "half a frame")
        serves(broker)


@harness.case
def frames_that_do_not_arrive():
    """Half a frame and then silence, and hundreds of peers that send a byte now and then: each has
    some 30 s for its frame; others are served at once all the while."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        before = steady_kib(broker)
        silent = Peer(broker)
        silent.send(struct.pack(">i", 1000) + b"x" * 400)
        slow = [Peer(broker) for _ in range(200)]
        everyone = slow + [silent]
        sent, slowest, deadline = 0, 0, time.monotonic() + 60 * harness.PATIENCE
        while not all(peer.has_ended() for peer in everyone):
            harness.check(time.monotonic() < deadline, "some still wait for their frame")
            for peer in slow:
                with contextlib.suppress(OSError):
                    peer.socket.send((struct.pack(">i", 100000) + b"x" * 1000)[sent:sent + 1])
            sent += 1
            started = time.monotonic()
            serves(broker)
            slowest = max(slowest, time.monotonic() - started)
            time.sleep(0.5)
        one_line_about(broker, silent.port, "half a frame", "a frame that does not arrive")
        harness.note(f"slowest answer meanwhile: {1000 * slowest:.0f} ms")
        harness.check(slowest < 5 * harness.PATIENCE, f"an answer took {slowest:.1f} s meanwhile")
        for peer in everyone:
            peer.socket.close()
        grown = broker.process.rss_kib() - before
        harness.check(grown < RSS_GROWTH_MAX_KIB, f"memory grew by {grown} KiB")


@harness.case
def announced_and_never_sent():
    """A length sizes nothing: 1000 connections announce 90 MB each."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        before = steady_kib(broker)
        peers = []
        for _ in range(1000):
            peer = Peer(broker)
            peer.send(struct.pack(">i", 90 * 1000 * 1000) + b"\x00\x03\x00\x01")
            peers.append(peer)
        serves(broker)
        grown = broker.process.rss_kib() - before
        harness.note(f"1000 connections: {grown} KiB more")
        harness.check(grown < RSS_GROWTH_MAX_KIB, f"memory grew by {grown} KiB")
        for peer in peers:
            peer.socket.close()
        serves(broker)


@harness.case
def answers_that_nobody_reads():
    """Requests without end, no answer read: the broker stops reading, and holds little."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("wide", 500)
        before = steady_kib(broker)
        with Peer(broker) as peer:
            peer.socket.setblocking(False)
            data = request(3, 1, struct.pack(">ih", 1, 4) + b"wide") * 100
            sent = 0
            deadline = time.monotonic() + 3 * harness.PATIENCE
            while sent < 64 * 1024 * 1024 and time.monotonic() < deadline:
                try:
                    sent += peer.socket.send(data)
                except BlockingIOError:
                    serves(broker)
                except ConnectionError:
                    break
            grown = broker.process.rss_kib() - before
            harness.note(f"{sent} bytes of requests sent: {grown} KiB more")
            harness.check(grown < RSS_GROWTH_MAX_KIB, f"memory grew by {grown} KiB")
        serves(broker)


@harness.case
def memory_stays_flat():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        for data in ABUSES.values():
            abuse_once(broker, data)
        before = steady_kib(broker)
        for number in range(2000):
            abuse_once(broker, list(ABUSES.values())[number % len(ABUSES)])
        grown = steady_kib(broker) - before
        harness.note(f"2000 abuses: {grown} KiB more")
        harness.check(grown < 8 * 1024, f"memory grew by {grown} KiB")
        count = broker.process.descriptors()
        harness.check(count < 100, f"{count} descriptors are open")
        broker.stop()


def abuse_once(broker, data):
    with Peer(broker) as peer:
        peer.send(data)
        peer.rest()


if __name__ == "__main__":
    harness.main()
