"""tests: a peer of a broker that makes its bytes itself: requests by hand, answers as they come."""
import socket
import struct

import harness

WAIT_SECONDS = 60


def text(value):
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">h", len(data)) + data


def data(value):
    return struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value


def frame(payload):
    return struct.pack(">i", len(payload)) + payload


def request(key, version, body, correlation=7):
    """With a header of version 1."""
    return frame(struct.pack(">hhi", key, version, correlation) + text("chaos") + body)


def produce(topic, records, partition=0, acks=-1, version=7):
    body = struct.pack(">h", -1)  # no transactional id
    body += struct.pack(">hi", acks, 30000) + struct.pack(">i", 1) + text(topic)
    return request(0, version, body + struct.pack(">ii", 1, partition) + data(records))


class Peer:
    """One connection; closed by the with statement."""

    def __init__(self, broker, source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", broker.port),
                                               timeout=WAIT_SECONDS * harness.PATIENCE,
                                               source_address=(source, 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, bytes_out):
        self.socket.sendall(bytes_out)

    def receive(self, size):
        got = b""
        while len(got) < size:
            piece = self.socket.recv(min(1 << 20, size - len(got)))
            harness.check(piece, "closed instead of answered")
            got += piece
        return got

    def answer(self):
        """What follows the correlation id."""
        size = struct.unpack(">i", self.receive(4))[0]
        return self.receive(size)[4:]

    def ask(self, key, version, body):
        self.send(request(key, version, body))
        return self.answer()

    def produced(self, topic, records, partition=0):
        """The error and the base offset that Produce version 7 answers."""
        self.send(produce(topic, records, partition))
        told = self.answer()[4 + 2 + len(topic) + 4:]
        return struct.unpack(">hq", told[4:14])

    def end_offset(self, topic, partition=0):
        """By ListOffsets version 1."""
        told = self.ask(2, 1, struct.pack(">ii", -1, 1) + text(topic)
                        + struct.pack(">iiq", 1, partition, -1))
        err, _, offset = struct.unpack(">hqq", told[4 + 2 + len(topic) + 8:][:18])
        harness.check_equal(err, 0, "error of ListOffsets")
        return offset

    def serves(self):
        """Metadata version 1 of no topics."""
        return struct.unpack(">i", self.ask(3, 1, struct.pack(">i", 0))[:4])[0] == 1

    def has_ended(self):
        """Looks without waiting."""
        self.socket.setblocking(False)
        try:
            return self.socket.recv(1) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True
        finally:
            self.socket.settimeout(WAIT_SECONDS * harness.PATIENCE)

    def rest(self):
        """What comes until the broker ends the connection."""
        got = b""
        try:
            while True:
                piece = self.socket.recv(65536)
                if not piece:
                    return got
                got += piece
        except ConnectionError:
            return got
        except TimeoutError:
            harness.fail("the connection is still open")
