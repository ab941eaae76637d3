"""interop: a topic is copied exactly once by libclient's example, which is killed again and again;
what Kafka's own consumer then reads with isolation.level=read_committed is the input: the same
records, each once, in the same order in every partition."""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

PARTITIONS = 3
ABORT_PERCENT = 15
CALM_SECONDS = 180


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
    out = reader.consume(topic, "--from-beginning", "--timeout-ms", "8000",
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


def copy_through_crashes(directory, tools, reader, count, crashes):
    """The whole story; tools talk to the cluster, reader is Kafka's."""
    seed = int(os.environ.get("KC_SEED") or random.randrange(1 << 30))
    chance = random.Random(seed)
    source, target, name = f"source-{seed}", f"target-{seed}", f"copier-{seed}"
    harness.note(f"seed {seed} (KC_SEED), {count} records, {crashes} crashes")
    fill(tools, source, count)
    tools.create(target, PARTITIONS)
    progress = Progress(tools, source, name)
    started = time.monotonic()
    survived = 0
    for number in range(crashes):
        before = progress.left()
        copier = copier_of(directory, tools.address, source, target, name, seed + number)
        try:
            def moved():
                harness.check(copier.alive(), f"the copier ended by itself:\n{copier.log()}")
                left = progress.left()
                return left is not None and (before is None or left < before or left == 0)
            harness.wait_until(moved, CALM_SECONDS, "the copier to commit something")
            time.sleep(chance.random() * 0.2)  # the moment of the crash is the point
            survived += progress.left() == 0
        finally:
            copier.kill()
    copier = copier_of(directory, tools.address, source, target, name, seed + crashes)
    try:
        harness.wait_until(lambda: progress.left() == 0, CALM_SECONDS, "the copier to finish")
        harness.check_equal(copier.stop(), 0, f"exit status of the copier; it says\n{copier.log()}")
    finally:
        copier.close()
    harness.note(f"copied in {time.monotonic() - started:.1f} s; {survived} of the crashes came "
                 "when all was copied")
    wanted = read(reader, source, "read_uncommitted")
    harness.check_equal(sum(map(len, wanted.values())), count, "records of the source")
    found = list(differences(wanted, read(reader, target, "read_committed")))
    harness.check(not found, "\n".join(found))
    seen = sum(map(len, read(reader, target, "read_uncommitted").values()))
    harness.note(f"{seen - count} records of aborted transactions are in the log and unseen")


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
