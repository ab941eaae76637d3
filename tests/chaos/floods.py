"""chaos: too many of what is right one by one: connections, requests, members of groups. Those over
a limit are refused, memory and descriptors stay within bounds, others are served. Rows of the
security bar: S05 (long_lists.c), S05, S06, S08 (requests with bent lengths, bent_requests.c), S13,
S14, S35."""
import contextlib
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from peer import Peer, data, request, text  # noqa: E402

BENT = os.path.join(harness.BUILD, "tests", "chaos", "bent_requests")
LONG = os.path.join(harness.BUILD, "tests", "chaos", "long_lists")
GROWTH_MAX_KIB = 64 * 1024
JOIN_GROUP, UNKNOWN_MEMBER, INVALID_REQUEST, ID_REQUIRED, FULL = 11, 25, 42, 79, 81


class Limited(harness.Broker):
    """With so many descriptors."""

    descriptors_max = 256

    def command(self):
        return ["prlimit", f"--nofile={self.descriptors_max}", *super().command()]


def grown(broker, before):
    return broker.process.peak_kib() - before


def begin(broker):
    broker.process.forget_peak()
    return broker.process.rss_kib()


@harness.case
def s05_s06_s08_every_length_of_every_request_lies():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("t")
        before = begin(broker)
        told = harness.run_ok([BENT, str(broker.port)], seconds=300).out.decode().split()
        sent, answered = int(told[0]), int(told[2])
        harness.note(f"{sent} requests, {answered} answered: {grown(broker, before)} KiB more")
        harness.check(sent > 20000 and 0 < answered < sent, "too few of them")
        harness.check(grown(broker, before) < 16 * 1024, f"{grown(broker, before)} KiB more")
        harness.check(broker.process.descriptors() < 200, "descriptors are left open")
        with Peer(broker) as peer:
            harness.check(peer.serves(), "others are not served")
        broker.stop()


@harness.case
def s05_lists_of_a_hundred_thousand():
    """One request must not stop all others for as long as the square of its length takes."""
    with harness.scratch() as directory, \
            harness.Broker(directory, **{"auto.create.topics.enable": "false"}) as broker:
        before = begin(broker)
        seconds = str(int(5 * harness.PATIENCE))
        told = harness.run_ok([LONG, str(broker.port), "100000", seconds],
                              seconds=300).out.decode()
        harness.note(f"{told.strip()}; {grown(broker, before)} KiB more")
        harness.check(int(told.split()[0]) > 100, "too few of them")
        harness.check(grown(broker, before) < 256 * 1024, f"{grown(broker, before)} KiB more")
        with Peer(broker) as peer:
            harness.check(peer.serves(), "others are not served")
        broker.stop()


# ---- connections ----

def refused(broker, count, wanted, source="127.0.0.1"):
    """Of so many connections the broker ends no fewer, and in the end no more."""
    with contextlib.ExitStack() as stack:
        peers = []
        for _ in range(count):
            with contextlib.suppress(ConnectionError):  # ended before it was quite there
                peers.append(stack.enter_context(Peer(broker, source)))
        left = count - wanted
        harness.wait_until(lambda: sum(not peer.has_ended() for peer in peers) <= left, 20,
                           f"{wanted} of {count} to be refused")
        harness.check_equal(sum(peer.serves() for peer in peers if not peer.has_ended()), left,
                            f"served of {count}")


@harness.case
def s13_more_connections_than_max_connections():
    with harness.scratch() as directory, \
            harness.Broker(directory, max_connections=100) as broker, \
            contextlib.ExitStack() as stack:
        peers = [stack.enter_context(Peer(broker)) for _ in range(100)]
        harness.check(all(peer.serves() for peer in peers), "those within the limit are served")
        before = begin(broker)
        for _ in range(10):
            refused(broker, 200, 200)
        harness.check(all(peer.serves() for peer in peers), "they are served no more")
        harness.check(broker.process.descriptors() < 200, "descriptors are left open")
        harness.check(grown(broker, before) < 4096, f"{grown(broker, before)} KiB more")
        lines = broker.process.log().count(": max.connections is reached")
        harness.check(lines <= 2000, f"{lines} lines say why")
        harness.check(lines > 1900, f"{lines} lines say why")
        peers[0].socket.close()
        harness.wait_until(lambda: serves_one(broker), 10, "a place that became free")


def serves_one(broker):
    with contextlib.suppress(harness.Failure, ConnectionError), Peer(broker) as peer:
        return peer.serves()
    return False


@harness.case
def s13_more_connections_of_one_address():
    with harness.scratch() as directory, \
            harness.Broker(directory, **{"max.connections.per.ip": 50}) as broker:
        before = begin(broker)
        for _ in range(10):
            refused(broker, 200, 150, "127.0.0.2")
            with Peer(broker) as other:
                harness.check(other.serves(), "another address is not served")
        harness.check(grown(broker, before) < 4096, f"{grown(broker, before)} KiB more")


@harness.case
def s13_connections_faster_than_their_quota():
    """Those that come too early wait unserved, and are closed; others are not held up."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        entry = struct.pack(">i", 1) + text("ip") + text("127.0.0.2")
        entry += struct.pack(">i", 1) + text("connection_creation_rate") + struct.pack(">d?", 5,
                                                                                       False)
        with Peer(broker) as admin, contextlib.ExitStack() as stack:
            told = admin.ask(49, 0, struct.pack(">i", 1) + entry + b"\0")
            harness.check_equal(struct.unpack(">h", told[8:10])[0], 0, "error of the quota")
            before = begin(broker)
            started = time.monotonic()
            peers = [stack.enter_context(Peer(broker, "127.0.0.2")) for _ in range(500)]
            harness.check(admin.serves(), "who was there is not served")
            with Peer(broker) as other:
                harness.check(other.serves(), "another address is not served")
            seconds = time.monotonic() - started
            harness.check(seconds < 5 * harness.PATIENCE, f"it took {seconds:.1f} s")
            harness.wait_until(lambda: sum(peer.has_ended() for peer in peers) >= 400, 30,
                               "those that came too early to be closed")
            harness.check(grown(broker, before) < 8 * 1024, f"{grown(broker, before)} KiB more")


@harness.case
def s13_more_connections_than_descriptors():
    """Those for whom there is no descriptor wait; the others are served, and no time is burnt."""
    with harness.scratch() as directory, Limited(directory) as broker, \
            contextlib.ExitStack() as stack:
        harness.Tools(broker.address).create("t", 10)
        peers = [stack.enter_context(Peer(broker)) for _ in range(400)]
        harness.wait_until(lambda: "cannot accept connections" in broker.process.log(), 20,
                           "a line about it")
        before = begin(broker)
        used = cpu_seconds(broker)
        started = time.monotonic()
        while time.monotonic() < started + 2:
            harness.check(peers[0].serves(), "the first one is not served")
            time.sleep(0.05)
        used = cpu_seconds(broker) - used
        harness.check(used < 1, f"{used:.2f} s of the processor in 2 s")
        harness.check_equal(peers[0].produced("t", None)[0], 87, "error of no records")
        harness.check(grown(broker, before) < 4096, f"{grown(broker, before)} KiB more")
        for peer in peers[10:]:
            peer.socket.close()
        harness.check(serves_one(broker), "nobody is served when they have gone")
        broker.stop()


def cpu_seconds(broker):
    with open(f"/proc/{broker.process.child.pid}/stat", encoding="ascii") as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


# ---- requests ----

@harness.case
def s14_ten_thousand_requests_and_no_answer_read():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("wide", 500)
        before = begin(broker)
        ask = request(3, 1, struct.pack(">i", 1) + text("wide"))
        with Peer(broker) as peer, Peer(broker) as other:
            peer.socket.setblocking(False)
            left = ask * 10000
            deadline = time.monotonic() + 3 * harness.PATIENCE
            while left and time.monotonic() < deadline:
                with contextlib.suppress(BlockingIOError):
                    left = left[peer.socket.send(left):]
                harness.check(other.serves(), "another is not served")
            harness.note(f"{len(left)} bytes not taken: {grown(broker, before)} KiB more")
            harness.check(grown(broker, before) < 16 * 1024, f"{grown(broker, before)} KiB more")
            peer.socket.settimeout(60 * harness.PATIENCE)
            size = len(peer.answer())  # they are all answered when they are read
            if not left:
                for _ in range(9999):
                    harness.check_equal(len(peer.answer()), size, "an answer's size")


# ---- groups ----

def join(group, member, metadata, version=5):
    session = 1800000
    body = text(group) + struct.pack(">ii", session, session) + text(member)
    body += struct.pack(">h", -1) if version >= 5 else b""
    return request(JOIN_GROUP, version, body + text("consumer") + struct.pack(">i", 1)
                   + text("range") + data(metadata))


def join_error(answer, version=5):
    return struct.unpack(">h", answer[4:6] if version >= 2 else answer[:2])[0]


def await_coordinator(broker):
    def is_there():
        with Peer(broker) as peer:
            return struct.unpack(">h", peer.ask(10, 1, text("g") + b"\0")[4:6])[0] == 0
    harness.wait_until(is_there, 30, "the coordinator")


def groups_broker(directory, **settings):
    return harness.Broker(directory, **{"offsets.topic.num.partitions": 1,
                                        "group.max.session.timeout.ms": 1800000, **settings})


@harness.case
def s35_metadata_of_ninety_megabytes():
    with harness.scratch() as directory, groups_broker(directory) as broker, Peer(broker) as peer:
        await_coordinator(broker)
        before = begin(broker)
        frame = join("g", "", b"x" * 90_000_000)
        for _ in range(3):
            peer.send(frame)
            harness.check_equal(join_error(peer.answer()), INVALID_REQUEST, "error")
        harness.check(grown(broker, before) < GROWTH_MAX_KIB + len(frame) // 1024,
                      f"{grown(broker, before)} KiB more")
        harness.check(broker.process.rss_kib() - before < 8192, "it keeps its memory")


@harness.case
def s35_members_that_nobody_gave_an_id():
    with harness.scratch() as directory, groups_broker(directory) as broker, Peer(broker) as peer:
        await_coordinator(broker)
        for member in ("forged", "x" * 30000, "consumer-1-00000000-0000-0000-0000-000000000000"):
            peer.send(join("g", member, b"x"))
            harness.check_equal(join_error(peer.answer()), UNKNOWN_MEMBER, "error")


@harness.case
def s35_ten_thousand_members_of_a_hundred():
    with harness.scratch() as directory, \
            groups_broker(directory, **{"group.max.size": 100}) as broker, Peer(broker) as peer:
        await_coordinator(broker)
        before = begin(broker)
        taken = 0
        for _ in range(10000):
            with Peer(broker) as member:
                member.send(join("g", "", b"x", 3))
        with contextlib.ExitStack() as stack:
            peers = [stack.enter_context(Peer(broker)) for _ in range(200)]
            for member in peers:
                member.send(join("g", "", b"x", 3))
            harness.check(peer.serves(), "others are not served")
            taken = sum(1 for member in peers if not told_full(member))
        harness.check(taken <= 100, f"{taken} of 200 are taken")
        harness.check(grown(broker, before) < 16 * 1024, f"{grown(broker, before)} KiB more")


def told_full(member):
    """Those that are taken wait for the rebalance."""
    member.socket.settimeout(0.02 * harness.PATIENCE)
    with contextlib.suppress(TimeoutError):
        return join_error(member.answer(), 3) == FULL
    return False


@harness.case
def s35_fifty_thousand_ids_that_nobody_comes_back_with():
    with harness.scratch() as directory, groups_broker(directory) as broker, Peer(broker) as peer:
        await_coordinator(broker)
        before = begin(broker)
        started = time.monotonic()
        ask = join("g", "", b"x") * 1000
        for _ in range(50):
            peer.send(ask)
            for _ in range(1000):
                harness.check_equal(join_error(peer.answer()), ID_REQUIRED, "error")
        harness.note(f"{time.monotonic() - started:.1f} s, {grown(broker, before)} KiB more")
        harness.check(grown(broker, before) < 8 * 1024, f"{grown(broker, before)} KiB more")


@harness.case
def s35_members_of_a_megabyte():
    """They stay for half an hour, whether connected or not."""
    with harness.scratch() as directory, groups_broker(directory) as broker, Peer(broker) as peer:
        await_coordinator(broker)
        before = begin(broker)
        full = 0
        for number in range(200):
            with Peer(broker) as member:
                member.send(join(f"g-{number // 10}", "", b"x" * 1_000_000, 3))
                full += told_full(member)
        harness.note(f"{full} of 200 refused, {grown(broker, before)} KiB more")
        harness.check(full > 100, f"{full} of 200 refused")
        harness.check(grown(broker, before) < GROWTH_MAX_KIB, f"{grown(broker, before)} KiB more")
        peer.send(join("other", "", b"small"))
        harness.check_equal(join_error(peer.answer()), ID_REQUIRED, "error of a small one")


if __name__ == "__main__":
    harness.main()
