"""interop: exactly once against three nodes of a real Apache Kafka that are killed (-9), stopped
and started again, and whose leaders are moved, while idempotent records are sent: each record must
be in the log once, in order, where it was acknowledged.

    hurt_cluster.py [RECORDS [RATE]]     default 1000000 at 8000 a second

$KC_SEED repeats the choices of a run.
"""
import json
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import kafka_cluster  # noqa: E402

SEED = int(os.environ.get("KC_SEED") or random.SystemRandom().randrange(1 << 32))
PROGRAM = os.path.join(harness.BUILD, "tests", "interop", "once_each")
TOPIC, PARTITIONS = "hurt", 6
SETTINGS = ["acks=all", "enable.idempotence=true", "max.in.flight.requests.per.connection=5",
            "linger.ms=5", "batch.size=4096", "request.timeout.ms=10000",
            "delivery.timeout.ms=300000", "buffer.memory=67108864"]
size = [argument for argument in sys.argv[1:] if argument.isdigit()]
RECORDS = int(size[0]) if size else 1000000
RATE = int(size[1]) if len(size) > 1 else 8000


class Sender:
    """The program once_each in the background."""

    def __init__(self, cluster):
        os.environ["BOOTSTRAP_SERVERS"] = cluster.address
        read, self.write = os.pipe()
        with os.fdopen(read, "rb") as stdin:
            self.process = harness.Process(
                [PROGRAM, TOPIC, str(PARTITIONS), str(RECORDS), str(RATE), *SETTINGS],
                cluster.directory, "once_each", stdin=stdin)

    def lines(self):
        return self.process.read(self.process.out_path).splitlines()

    def sent(self):
        numbers = [int(line.split()[1]) for line in self.lines() if line.startswith("sent ")]
        return numbers[-1] if numbers else 0

    def is_flushed(self):
        harness.check(self.process.alive(), f"once_each ended: {self.process.log()[-2000:]}")
        return "flushed" in self.lines()

    def conclude(self):
        """Lets it read everything back; (exit status, its counts)."""
        os.write(self.write, b"\n")
        harness.wait_until(lambda: not self.process.alive(), 300, "everything to be read back")
        return self.process.child.returncode, self.lines()[-1]

    def close(self):
        os.close(self.write)
        self.process.close()


def kill_leader(cluster, chance):
    """-9, while it leads; it starts again at once over what it left."""
    leaders = cluster.leaders(TOPIC)
    number = chance.choice(sorted(set(leaders.values()))) if leaders else 1
    member = cluster.members[number - 1]
    member.kill()
    member.launch()
    return f"kill -9 of node {number}, leader of {sum(n == number for n in leaders.values())}"


def restart(cluster, chance):
    member = chance.choice(cluster.members)
    member.process.stop(120)
    member.launch()
    return f"restart of node {member.number}"


def move_leaders(cluster, chance):
    """Other replicas are preferred from now on, and elected."""
    orders = []
    for partition in range(PARTITIONS):
        order = [1, 2, 3]
        chance.shuffle(order)
        orders.append({"topic": TOPIC, "partition": partition, "replicas": order})
    path = os.path.join(cluster.directory, "orders.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"version": 1, "partitions": orders}, file)
    before = cluster.leaders(TOPIC)
    done = cluster.tool("reassign", "--reassignment-json-file", path, "--execute")
    harness.check(done.code == 0, done.text())
    done = cluster.tool("elect", "--election-type", "preferred", "--all-topic-partitions")
    after = cluster.leaders(TOPIC)
    moved = sum(before.get(partition) != leader for partition, leader in after.items())
    return f"{moved} leaders moved (status {done.code})"


def hurt(cluster, sender, chance):
    """Until all records are sent; how often each was done."""
    deeds = [kill_leader, restart, move_leaders, kill_leader]
    if not kafka.finds_mounts(cluster.address):
        harness.note("leaders are not moved by hand: Kafka's tool for it cannot find mounts here")
        deeds.remove(move_leaders)
    counts = {}
    started = time.monotonic()
    while sender.sent() < RECORDS - RATE and not sender.is_flushed():
        # A kill first: where all is slow there may be time for no more.
        order = chance.sample(deeds, len(deeds))
        for deed in order if counts else [kill_leader, *order]:
            if sender.sent() >= RECORDS - RATE:
                break
            cluster.await_whole(TOPIC)
            text = deed(cluster, chance)
            counts[deed.__name__] = counts.get(deed.__name__, 0) + 1
            harness.note(f"{time.monotonic() - started:6.1f} s, {sender.sent()} sent: {text}")
    return counts


@harness.case
def each_record_once_and_in_order():
    harness.note(f"seed {SEED}; {RECORDS} records, {RATE} a second, {PARTITIONS} partitions; "
                 + " ".join(SETTINGS))
    chance = random.Random(SEED)
    with harness.scratch() as directory, kafka_cluster.Cluster(directory) as cluster:
        harness.Tools(cluster.address).ok("topics", "--create", "--topic", TOPIC, "--partitions",
                                          str(PARTITIONS), "--replication-factor", "3")
        cluster.await_whole(TOPIC)
        started = time.monotonic()
        sender = Sender(cluster)
        try:
            counts = hurt(cluster, sender, chance)
            harness.wait_until(sender.is_flushed, 600, "all records to be reported")
            harness.note(f"all reported after {time.monotonic() - started:.1f} s; {counts}")
            cluster.await_all()
            cluster.await_whole(TOPIC)
            code, told = sender.conclude()
            harness.note(told)
            harness.check(code == 0, f"status {code}: {told}")
            harness.check(f" in_log={RECORDS} " in told and " unacked=0 " in told, told)
            harness.check(counts.get("kill_leader", 0) > 0, "no leader was killed meanwhile")
        finally:
            sender.close()


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    harness.main()
