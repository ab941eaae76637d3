"""long: broker-lite under mixed load for minutes, with retention, compaction and kill -9 now and
then. Nothing acknowledged is lost, each key's newest value is there, and memory stays flat.

$KC_SOAK_SECONDS is how long (default 600), $KC_KILL_SECONDS how often it is killed (default 30).
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kill9  # noqa: E402

harness.cases.clear()  # kill9's run there
SECONDS = int(os.environ.get("KC_SOAK_SECONDS") or 600)
KILL_SECONDS = int(os.environ.get("KC_KILL_SECONDS") or 30)
KEYS = 200
RSS_MAX_KB = 128 * 1024
SMALL = ("--config", "segment.bytes=1048576")


def rss_kb(broker):
    """Of the broker; 0 when it is not there."""
    with open(f"/proc/{broker.process.child.pid}/status", encoding="ascii") as file:
        rows = [line.split() for line in file if line.startswith("VmRSS")]
    return int(rows[0][1]) if rows else 0


def put_keys(tools, number):
    lines = "".join(f"key-{i}\t{number}-{'x' * 500}\n" for i in range(KEYS)) + "gone\tNULL\n"
    tools.produce("keys", lines.encode(), "--reader-property", "parse.key=true",
                  "--reader-property", "null.marker=NULL")


def check_keys(tools, number):
    out = tools.consume("keys", "--from-beginning", "--timeout-ms",
                        str(int(5000 * harness.PATIENCE)), "--formatter-property",
                        "print.key=true").decode()
    newest = dict(line.split("\t", 1) for line in out.splitlines())
    stale = [key for key in (f"key-{i}" for i in range(KEYS))
             if not newest.get(key, "").startswith(f"{number}-")]
    harness.check(not stale, f"{len(stale)} keys have not their newest value: {stale[:3]}")
    return out.count("\n")


def between_kills(broker, tools, rounds, seconds):
    """Load until the time is over; returns how many rounds of keys were written in all, and the
    largest size of the broker."""
    end, largest = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        put_keys(tools, rounds)
        rounds += 1
        tools.produce("short", harness.real_lines(4000))
        tools.consume("short", "--group", "g", "--max-messages", "1000", "--timeout-ms", "3000")
        size = rss_kb(broker)
        harness.check(size < RSS_MAX_KB, f"the broker has {size} KiB of memory")
        largest = max(largest, size)
    return rounds, largest


def check_flat(sizes):
    """The later lives of the broker need no more memory than the earlier: what the data on disk
    costs is far less than the half."""
    half = len(sizes) // 2
    if half:
        early, late = max(sizes[:half]), max(sizes[half:])
        harness.check(late < early * 3 // 2, f"memory grew: {sizes} KiB in each life")


@harness.case
def mixed_load_with_kills():
    settings = {"log.cleaner.backoff.ms": 200, "log.retention.check.interval.ms": 2000,
                "log.segment.delete.delay.ms": 1000}
    with harness.scratch() as directory, harness.Broker(directory, **settings) as broker:
        tools = harness.Tools(broker.address)
        tools.create("kills", 3, *SMALL)
        tools.create("keys", 1, *SMALL, "--config", "cleanup.policy=compact", "--config",
                     "min.cleanable.dirty.ratio=0.3", "--config", "delete.retention.ms=1000")
        tools.create("short", 2, *SMALL, "--config", "retention.bytes=3000000")
        producer = kill9.Producer(broker, "kills", 0, "linger.ms=5")
        rounds, compacted, sizes, starts = 0, 0, [], []
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                rounds, largest = between_kills(broker, tools, rounds, KILL_SECONDS)
                sizes.append(largest)
                harness.note(f"{int(end - time.monotonic())} s left: {rss_kb(broker)} KiB, "
                             f"{producer.count()} records, {rounds} rounds of keys")
                compacted += broker.process.log().count("keys-0: compacted up to")
                broker.kill()
                starts.append(broker.start())
            producer.finish()
            harness.check(not producer.failures(), f"not delivered: {producer.failures()[:5]}")
            kept = check_keys(tools, rounds - 1)
            harness.note(f"{kept} records of {rounds * (KEYS + 1)} with keys are left")
            harness.check(compacted > 0 and kept < rounds * (KEYS + 1), "nothing was compacted")
            acked = kill9.check_history([producer], kill9.read_all(broker, "kills"))
            check_flat(sizes)
            broker.stop()
            harness.note(f"in {SECONDS} s: {len(starts)} kills, ready again within "
                         f"{1000 * max(starts):.0f} ms; {acked} acknowledged records, all there; "
                         f"{compacted} compactions, {kept} of {rounds * (KEYS + 1)} records with "
                         f"keys left; at most {min(sizes)} to {max(sizes)} KiB of memory a life")
        finally:
            producer.process.close()


if __name__ == "__main__":
    harness.main()
