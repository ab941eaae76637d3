"""interop: a topic is copied exactly once by libclient's example, which is killed again and again;
what Kafka's own consumer then reads with isolation.level=read_committed is the input: the same
records, each once, in the same order in every partition."""
import os
import random
import sys
import time
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

PARTITIONS = 3
ABORT_PERCENT = 15
CALM_SECONDS = 180
QUIET_SECONDS = 15  # what has brought nothing for so long is read; also to start reading in


def copier_of(directory, address, source, target, name, seed):
    program = os.path.join(harness.BUILD, "libclient", "transactional_copy")
    return harness.Process([program, address, source, target, name, str(ABORT_PERCENT),
                            str(seed % 100000)], directory, name)


def fill(tools, topic, count):
    tools.create(topic, PARTITIONS)
    lines = b"".join(b"%d\t%d %s\n" % (number % 1000, number, b"x" * (number % 150))
                     for number in range(count))
    tools.produce(topic, lines, "--reader-property", "parse.key=true", seconds=300)


def read(reader, topic, isolation, seconds=300):
    """What stands in each partition, in its order."""
    out = reader.consume(topic, "--from-beginning",
                         "--timeout-ms", str(int(QUIET_SECONDS * 1000 * harness.PATIENCE)),
                         "--isolation-level", isolation,
                         "--formatter-property", "print.partition=true",
                         "--formatter-property", "print.key=true", seconds=seconds)
    found = {}
    for line in out.splitlines():
        partition, _, rest = line.partition(b"\t")
        found.setdefault(partition, []).append(rest)
    return found


class Progress:
    """How much of the source the group has committed."""

    def __init__(self, tools, source, group):
        self.tools, self.source, self.group = tools, source, group

    def left(self):
        """Records that are not committed yet; None: nothing is."""
        result = self.tools.run("consumer-groups", "--describe", "--group", self.group)
        if result.code != 0 or b"LAG" not in result.out:
            return None
        lags = harness.describe_lags(result.out)
        known = [lags.get((self.source, number), "-") for number in range(PARTITIONS)]
        if not all(lag.isdigit() for lag in known):
            return None
        return sum(int(lag) for lag in known)


def differences(wanted, got):
    for partition in sorted(set(wanted) | set(got)):
        left, right = wanted.get(partition, []), got.get(partition, [])
        if left == right:
            continue
        place = next((index for index, pair in enumerate(zip(left, right)) if pair[0] != pair[1]),
                     min(len(left), len(right)))
        yield (f"{partition.decode()}: {len(right)} records instead of {len(left)}, the first "
               f"difference at {place}: {right[place:place + 1]} instead of "
               f"{left[place:place + 1]}")


class Copy:
    """A source of count records, and the copier that copies it. The seed is printed."""

    def __init__(self, directory, tools, count):
        self.seed = int(os.environ.get("KC_SEED") or random.randrange(1 << 30))
        self.chance = random.Random(self.seed)
        self.directory, self.tools, self.count = directory, tools, count
        self.source, self.target = f"source-{self.seed}", f"target-{self.seed}"
        self.name = f"copier-{self.seed}"
        self.progress = Progress(tools, self.source, self.name)
        self.starts, self.survived = 0, 0
        harness.note(f"seed {self.seed} (KC_SEED), {count} records")
        fill(tools, self.source, count)
        tools.create(self.target, PARTITIONS)
        self.started = time.monotonic()

    def start(self):
        self.starts += 1
        return copier_of(self.directory, self.tools.address, self.source, self.target, self.name,
                         self.seed + self.starts)

    def await_progress(self, copier, before):
        def moved():
            harness.check(copier.alive(), f"the copier ended by itself:\n{copier.log()}")
            left = self.progress.left()
            return left is not None and (before is None or left < before or left == 0)
        harness.wait_until(moved, CALM_SECONDS, "the copier to commit something")
        time.sleep(self.chance.random() * 0.2)  # the moment of the crash is the point

    def crash(self):
        """The copier starts, commits something more, and is killed."""
        before = self.progress.left()
        copier = self.start()
        try:
            self.await_progress(copier, before)
        finally:
            copier.kill()
        self.survived += self.progress.left() == 0

    def finish(self, copier):
        try:
            harness.wait_until(lambda: self.progress.left() == 0, CALM_SECONDS,
                               "the copier to finish")
            harness.check_equal(copier.stop(), 0,
                                f"exit status of the copier; it says\n{copier.log()}")
        finally:
            copier.close()
        harness.note(f"copied in {time.monotonic() - self.started:.1f} s; {self.survived} of the "
                     "crashes came when all was copied")

    def compare(self, reader):
        # At once: each ends when nothing has come for seconds.
        with futures.ThreadPoolExecutor() as pool:
            wanted, copied, everything = pool.map(read, [reader] * 3, [
                self.source, self.target, self.target], [
                "read_uncommitted", "read_committed", "read_uncommitted"])
        harness.check_equal(sum(map(len, wanted.values())), self.count, "records of the source")
        found = list(differences(wanted, copied))
        harness.check(not found, "\n".join(found))
        seen = sum(map(len, everything.values()))
        harness.note(f"{seen - self.count} records of aborted transactions are unseen in the log")


def copy_through_crashes(directory, tools, reader, count, crashes):
    """The whole story; tools talk to the cluster, reader reads what it holds."""
    copy = Copy(directory, tools, count)
    for _ in range(crashes):
        copy.crash()
    copy.finish(copy.start())
    copy.compare(reader)


def copy_through_restarts(directory, broker, tools, count, crashes):
    """The broker is killed instead, while one copier goes on."""
    copy = Copy(directory, tools, count)
    copier = copy.start()
    try:
        for _ in range(crashes):
            before = copy.progress.left()
            copy.await_progress(copier, before)
            broker.kill()
            broker.start()
    finally:
        if sys.exc_info()[0]:
            copier.close()
    copy.finish(copier)
    copy.compare(tools)


def second_copier_takes_over(directory, tools):
    """The same transactional.id twice: the first ends with an error that says so."""
    fill(tools, "fenced", 2000)
    tools.create("fenced-copy", PARTITIONS)
    first = copier_of(directory, tools.address, "fenced", "fenced-copy", "fencing", 1)
    second = None
    try:
        progress = Progress(tools, "fenced", "fencing")
        harness.wait_until(lambda: progress.left() == 0, CALM_SECONDS, "the first to finish")
        second = copier_of(directory, tools.address, "fenced", "fenced-copy", "fencing", 2)
        harness.wait_until(lambda: not first.alive() or fill_more(tools), CALM_SECONDS,
                           "the first copier to end")
        harness.check_equal(first.child.returncode, 1, "exit status of the first")
        harness.check("FENCED" in first.log(), f"the first says: {first.log()}")
        harness.check(second.alive(), f"the second ended: {second.log()}")
        harness.check_equal(second.stop(), 0, f"exit status of the second: {second.log()}")
    finally:
        first.close()
        if second:
            second.close()


def fill_more(tools):
    tools.produce("fenced", b"more\n" * 10)
    return False
