"""chaos: the power goes while producers run. broker-lite's data is on an ext4 of its own in a file;
the cut is the file system's shutdown without a flush of its journal: what was synced is there after
the next mount, the rest is gone. It starts again, unattended, and the producers go on.

$KC_SEED repeats a run; $KC_CUTS (default 10) is how often it is cut in the first case (row R19), a
second and a third of it in the others (R20)."""
import contextlib
import fcntl
import os
import random
import re
import signal
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kill9  # noqa: E402

harness.cases.clear()  # kill9's run there
SEED = int(os.environ.get("KC_SEED") or random.SystemRandom().randrange(1 << 32))
CUTS = int(os.environ.get("KC_CUTS") or 10)
EXT4_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, uint32_t)
WITHOUT_LOG_FLUSH = 2
IMAGE_BYTES = 256 << 20
TORN = re.compile(r"torn end: (\d+) bytes cut")


class Disk:
    """An ext4 that can lose its power."""

    def __init__(self, directory):
        self.image = os.path.join(directory, "image")
        self.path = os.path.join(directory, "disk")
        os.mkdir(self.path)
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        made = harness.run(["mkfs.ext4", "-q", "-F", self.image])
        if made.code:
            harness.skip(f"mkfs.ext4: {made.err.decode().strip()}")

    def mount(self):
        done = harness.run(["mount", "-o", "loop", self.image, self.path])
        if done.code:
            harness.skip(f"mount: {done.err.decode().strip()}")

    def cut(self):
        descriptor = os.open(self.path, os.O_RDONLY)
        word = struct.pack("I", WITHOUT_LOG_FLUSH)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, word)
        except OSError as error:
            harness.skip(f"this ext4 cannot be shut down: {error}")
        finally:
            os.close(descriptor)

    def umount(self):
        harness.run(["umount", self.path])


@contextlib.contextmanager
def disk(directory):
    if os.geteuid() != 0:
        harness.skip("not root: no file system can be mounted")
    made = Disk(directory)
    made.mount()
    try:
        yield made
    finally:
        harness.run(["umount", "-l", made.path])


class Cut:
    """A broker on such a disk, its producers, and what its cuts came to."""

    def __init__(self, broker, place, chance):
        self.broker, self.place, self.chance = broker, place, chance
        self.producers, self.seconds, self.torn_bytes = [], [], 0
        self.read, self.wanted = [], 0  # (partition, offset) as a group has read them

    def begin(self, first, *settings):
        self.producers.append(kill9.Producer(self.broker, "cut", first, *settings))

    def cut(self):
        kill9.kill_after(self.broker, self.producers, self.chance, kill=False)
        # All stops at once: a sync that is under way when an ext4 is shut down may return 0 all the
        # same, and nobody could hear of it from a machine without power.
        self.broker.process.child.send_signal(signal.SIGSTOP)
        self.place.cut()
        self.broker.process.kill()
        self.place.umount()
        self.place.mount()
        self.seconds.append(self.broker.start())
        self.torn_bytes += sum(map(int, TORN.findall(self.broker.process.log())))

    def read_on(self, count):
        """Some more as a group, which has committed them when this returns."""
        out = harness.Tools(self.broker.address).consume(
            "cut", "--group", "g", "--from-beginning", "--max-messages", str(count),
            "--timeout-ms", str(int(20000 * harness.PATIENCE)),
            "--formatter-property", "print.partition=true",
            "--formatter-property", "print.offset=true")
        rows = [line.split("\t") for line in out.decode().splitlines()]
        self.wanted += count
        self.read += [(int(row[0][10:]), int(row[1][7:])) for row in rows]

    def finish(self):
        kill9.kill_after(self.broker, self.producers, self.chance, kill=False)
        for producer in self.producers:
            producer.finish()
        harness.note(f"{len(self.seconds)} cuts, ready again within "
                     f"{1000 * max(self.seconds):.0f} ms, {self.torn_bytes} bytes of torn ends")

    def close(self):
        for producer in self.producers:
            producer.process.close()


def places(cut):
    """[(partition, offset, number)] of all that is there, and what was acknowledged."""
    acked = {}
    for producer in cut.producers:
        acked.update(producer.acked())
    rows = kill9.read_all(cut.broker, "cut")
    harness.check_offsets([row[:2] for row in rows], "after the cuts")
    return rows, acked


def check_once(rows):
    there = {}
    for partition, offset, number in rows:
        harness.check(number not in there, f"{number} is at {there.get(number)} and at "
                                           f"{(partition, offset)}")
        there[number] = (partition, offset)
    return there


def run(cuts, settings, check, reads=False):
    harness.note(f"seed {SEED}, {cuts} cuts")
    with harness.scratch() as directory, disk(directory) as place, \
            harness.Broker(directory, data=os.path.join(place.path, "data"),
                           **settings) as broker:
        tools = harness.Tools(broker.address)
        tools.create("cut", 3, "--config", "segment.bytes=1048576")
        cut = Cut(broker, place, random.Random(SEED))
        try:
            cut.begin(0, "linger.ms=2")
            cut.begin(10**9, "linger.ms=0", "compression.type=lz4")
            for number in range(cuts):
                tools.create(f"made-{number}")
                if reads:
                    cut.read_on(50)
                cut.cut()
                check_topics(tools, number + 1)
            cut.finish()
            check(cut)
            broker.stop()
        finally:
            cut.close()


def check_topics(tools, count):
    """What was answered as created is there: metadata are always synced."""
    listed = set(tools.ok("topics", "--list").out.decode().split())
    missing = {f"made-{number}" for number in range(count)} - listed
    harness.check(not missing, f"topics {missing} are gone")


def nothing_is_lost(cut):
    """Nor is what a group has committed: it reads on where it was."""
    harness.check_offsets(cut.read, "as the group has read them")
    harness.check_equal(len(cut.read), cut.wanted, "records that the group has read")
    failures = [row for producer in cut.producers for row in producer.failures()]
    harness.check(not failures, f"not delivered: {failures[:5]} of {len(failures)}")
    rows, _ = places(cut)
    harness.note(f"{kill9.check_history(cut.producers, rows)} acknowledged, none lost, "
                 f"{len(rows)} in the log")


def loss_is_counted(cut):
    """One node without a sync per acknowledgement, Kafka's default: records since the last sync
    are lost. What is left is right: each once, in one place, and what is there of an
    acknowledged one is where it was acknowledged."""
    rows, acked = places(cut)
    there = check_once(rows)
    lost = [number for number in acked if number not in there]
    harness.note(f"{len(acked)} acknowledged, {len(lost)} of them lost in {len(cut.seconds)} cuts, "
                 f"{len(rows)} in the log")
    harness.check(len(lost) < len(acked), "all of it is lost")
    moved = [number for number, at in acked.items() if there.get(number, at) != at]
    harness.check(not moved, f"{len(moved)} are not where they were acknowledged: {moved[:5]}")


@harness.case
def r19_cuts_at_any_time():
    run(CUTS, {"log.flush.interval.messages": 1}, nothing_is_lost, reads=True)


@harness.case
def r20_cuts_with_a_sync_before_each_answer():
    run((CUTS + 1) // 2, {"log.flush.interval.messages": 1}, nothing_is_lost)


@harness.case
def r20_cuts_with_kafkas_default():
    run((CUTS + 1) // 2, {}, loss_is_counted)


if __name__ == "__main__":
    harness.main()
