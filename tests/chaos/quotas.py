"""chaos: a producer and a consumer that have quotas are held to them, ten percent up or down, and
nobody else is."""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

RATE = 500000  # bytes a second
RECORDS, RECORD_BYTES = 10000, 1000
# A window is one whole sample: so much may come at once at the beginning.
WINDOW_SECONDS = 1
TOLERANCE = 0.1


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def set_quota(broker, client_id, key, value):
    """AlterClientQuotas, version 0."""
    body = struct.pack(">i", 1) + struct.pack(">i", 1) + text("client-id") + text(client_id)
    body += struct.pack(">i", 1) + text(key) + struct.pack(">d?", value, False) + b"\0"
    frame = struct.pack(">hhi", 49, 0, 1) + text("chaos") + body
    with socket.create_connection(("127.0.0.1", broker.port), timeout=20) as peer:
        peer.sendall(struct.pack(">i", len(frame)) + frame)
        answer = b""
        while len(answer) < 4 or len(answer) < 4 + struct.unpack(">i", answer[:4])[0]:
            piece = peer.recv(4096)
            harness.check(piece, "closed instead of answered")
            answer += piece
    # size, correlation id, throttle time, entries
    harness.check_equal(struct.unpack(">h", answer[16:18])[0], 0, "the quota's error code")


class Client:
    """One of our perf tools in the background; seconds is how long its records took."""

    def __init__(self, broker, directory, tool, client_id, *args):
        self.started = time.monotonic()
        self.seconds = None
        self.process = harness.Process(
            [harness.binary(tool), "--bootstrap-server", broker.address, "--num-records",
             str(RECORDS), "--command-property", f"client.id={client_id}", *args],
            directory, f"{tool}-{client_id}")

    def has_ended(self):
        if self.seconds is None and not self.process.alive():
            self.seconds = time.monotonic() - self.started
            harness.check_equal(self.process.child.returncode, 0, self.process.log())
        return self.seconds is not None


def producer(broker, directory, client_id, topic):
    return Client(broker, directory, "producer-perf-test", client_id, "--topic", topic,
                  "--throughput", "-1", "--record-size", str(RECORD_BYTES),
                  "--command-property", "batch.size=16384", "--command-property", "linger.ms=0")


def consumer(broker, directory, client_id, topic):
    return Client(broker, directory, "consumer-perf-test", client_id, "--topic", topic,
                  "--timeout", "60000",
                  "--command-property", "fetch.max.bytes=65536",
                  "--command-property", "max.partition.fetch.bytes=65536")


def check_held(client, what):
    """The bytes around the records count as well, and the first window is free."""
    wanted = RECORDS * RECORD_BYTES / RATE
    least = (wanted - WINDOW_SECONDS) * (1 - TOLERANCE)
    most = wanted * (1 + TOLERANCE)
    harness.note(f"{what}: {client.seconds:.1f} s for {wanted:.0f} s' worth")
    harness.check(client.seconds >= least, f"{what} was too fast: {client.seconds:.1f} s")
    harness.check(client.seconds <= most * harness.PATIENCE,
                  f"{what} was too slow: {client.seconds:.1f} s")


@harness.case
def held_to_its_rate_while_others_are_not():
    with harness.scratch() as directory, \
            harness.Broker(directory, quota_window_num=2) as broker:
        tools = harness.Tools(broker.address)
        for topic in ("full", "held", "free"):
            tools.create(topic)
        filled = producer(broker, directory, "filler", "full")
        harness.wait_until(filled.has_ended, 60, "the topic to be filled")
        set_quota(broker, "held-producer", "producer_byte_rate", RATE)
        set_quota(broker, "held-consumer", "consumer_byte_rate", RATE)
        held = {"the producer": producer(broker, directory, "held-producer", "held"),
                "the consumer": consumer(broker, directory, "held-consumer", "full")}
        free = {"another producer": producer(broker, directory, "free-producer", "free"),
                "another consumer": consumer(broker, directory, "free-consumer", "full")}
        for what, client in free.items():
            harness.wait_until(client.has_ended, 60, what)
            harness.note(f"{what}: {client.seconds:.1f} s")
        # They were done while the others had most of their time before them.
        for what, client in held.items():
            harness.check(not client.has_ended(), f"{what} is done before those without quotas")
        for what, client in held.items():
            harness.wait_until(client.has_ended, 120, what)
            check_held(client, what)


harness.main()
