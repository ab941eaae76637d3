"""interop: members of groups killed and started again at random while records flow, against three
nodes of Apache Kafka: every record is read at least once, no partition has two owners.

    churn.py SECONDS MEMBERS [bounce]    a group for each protocol, all at once; "bounce" kills the
                                         nodes in turn as well; the seed is printed, $KC_SEED
                                         replays it
"""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka_cluster  # noqa: E402
from groups import (QUICK, SESSION, Ours, at_once, check_single_owners,  # noqa: E402
                    wait_for_shares)

PARTITIONS = 12
PROTOCOLS = {
    "eager": ("partition.assignment.strategy=range", *SESSION),
    "cooperative": ("partition.assignment.strategy=cooperative-sticky", *SESSION),
    "next": ("group.protocol=consumer",),
}
# Where groups commit must survive a node, too.
CLUSTER = {"offsets.topic.replication.factor": 3, **QUICK}
BOUNCE_SECONDS = 12


class Churn:
    """One group, its members in turn, and what was produced for them."""

    def __init__(self, tools, directory, name, count, rng):
        self.tools, self.directory, self.topic, self.rng = tools, directory, f"churn-{name}", rng
        self.settings, self.count = PROTOCOLS[name], count
        self.everybody, self.members, self.produced = [], [], 0

    def start(self):
        member = Ours(self.directory, f"{self.topic}-{len(self.everybody)}", self.tools.address,
                      self.topic, self.topic, *self.settings)
        self.everybody.append(member)
        return member

    def step(self):
        """Some records more, and one member less and one more; the group may settle or not."""
        # As many tries as a cluster that is being killed takes, not Kafka's 3.
        self.tools.produce(self.topic,
                           b"".join(b"%d\n" % (self.produced + i) for i in range(500)),
                           "--message-send-max-retries", "1000")
        self.produced += 500
        place = self.rng.randrange(self.count)
        if self.rng.random() < 0.5:
            self.members[place].kill()
        else:
            harness.check_equal(self.members[place].stop(), 0, "exit status of who left")
        self.members[place] = self.start()
        if self.rng.random() < 0.5:
            wait_for_shares(self.members, PARTITIONS, 60, f"{self.topic}: all to share")

    def values(self):
        return [line.split(" ")[4] for member in self.everybody for line in member.lines()
                if line.split(" ")[1] == "record"]

    def run(self, seconds):
        self.tools.ok("topics", "--create", "--topic", self.topic, "--partitions", str(PARTITIONS),
                      "--replication-factor", str(kafka_cluster.SIZE))
        self.members = [self.start() for _ in range(self.count)]
        wait_for_shares(self.members, PARTITIONS, 60, f"{self.topic}: the group to share")
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.step()
        wait_for_shares(self.members, PARTITIONS, 120, f"{self.topic}: the group to settle")
        harness.wait_until(lambda: len(set(self.values())) == self.produced, 60,
                           f"{self.topic}: all of {self.produced} records to be read")
        lost = check_single_owners(self.everybody, 0)
        rebalances = sum(what != "epoch" for member in self.everybody
                         for _, what, _ in member.changes())
        harness.note(f"{self.topic}: {self.produced} records, "
                     f"{len(self.values()) - self.produced} of them again, {len(self.everybody)} "
                     f"members in turn, {rebalances} changes of what one held, {lost} partitions "
                     "given on before their owner heard that it was put out")

    def run_and_tell(self, seconds):
        try:
            self.run(seconds)
        except BaseException:
            for member in self.everybody[-self.count:]:
                harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 2000)}")
            raise
        finally:
            for member in self.everybody:
                member.close()


def bounce(cluster, rng, over):
    """Kills a node at random and starts it again, until `over`."""
    while not over.wait(BOUNCE_SECONDS):
        one = rng.choice(cluster.members)
        one.kill()
        over.wait(BOUNCE_SECONDS / 4)
        one.launch()
        cluster.await_all()


def churn(seconds, count, bounces, seed):
    with harness.scratch() as directory, \
            kafka_cluster.Cluster(directory, settings=CLUSTER) as cluster:
        tools, over = harness.Tools(cluster.address), threading.Event()
        tools.ok("topics", "--list")
        groups = [Churn(tools, directory, name, count, random.Random(f"{seed} {name}"))
                  for name in PROTOCOLS]
        jobs = [lambda group=group: group.run_and_tell(seconds) for group in groups]
        bouncer = threading.Thread(target=bounce, args=(cluster, random.Random(seed), over))
        if bounces:
            bouncer.start()
        try:
            at_once(jobs)
        finally:
            over.set()
            if bounces:
                bouncer.join()


def main(seconds, count, bounces):
    seed = int(os.environ.get("KC_SEED") or random.randrange(1 << 32))
    harness.note(f"seed {seed}")

    @harness.case
    def every_record_is_read_and_nothing_is_owned_twice():
        churn(seconds, count, bounces, seed)
    sys.argv[1:] = []
    harness.main()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3:] == ["bounce"])
