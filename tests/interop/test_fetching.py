"""interop: where and what a consumer reads of three nodes of a real Apache Kafka: from the follower
in its rack (KIP-392), and what it says when an unclean election took away what it had read
(KIP-320)."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka_cluster  # noqa: E402

PROGRAM = os.path.join(harness.BUILD, "tests", "interop", "steady_reader")
SECONDS = 90


SETTINGS = {
    "replica.selector.class": "org.apache.kafka.common.replica.RackAwareReplicaSelector"}


class Reader:
    """The program steady_reader in the background."""

    def __init__(self, cluster, topic, name, *properties):
        read, self.write = os.pipe()
        with os.fdopen(read, "rb") as stdin:
            self.process = harness.Process([PROGRAM, cluster.address, topic, *properties],
                                           cluster.directory, name, stdin=stdin)

    def lines(self, kind):
        out = self.process.read(self.process.out_path)
        rows = out[:out.rfind("\n") + 1].splitlines()
        return [row.split(" ", 1)[1] for row in rows if row.startswith(kind + " ")]

    def records(self):
        return self.lines("record")

    def errors(self):
        """While no broker can be reached that is said, too; rightly, and how often is a matter of
        time."""
        return [line for line in self.lines("error") if not line.startswith("CONNECT ")]

    def await_lines(self, kind, count, what):
        def came():
            harness.check(self.process.alive(), f"steady_reader ended: {self.process.log()}")
            rows = self.errors() if kind == "error" else self.lines(kind)
            return len(rows) >= count
        try:
            harness.wait_until(came, SECONDS, what)
        except harness.Failure as failure:
            harness.fail(f"{failure}\n{self.process.log()[-2000:]}")

    def fetches(self):
        """Fetch requests so far by broker."""
        count = len(self.lines("statistics"))
        os.write(self.write, b"\n")
        self.await_lines("statistics", count + 1, "statistics")
        brokers = json.loads(self.lines("statistics")[count])["brokers"].values()
        return {one["nodeid"]: one["req"].get("Fetch", 0) for one in brokers if one["nodeid"] > 0}

    def close(self):
        """At the end of its stdin it closes its consumer; the status tells how that went."""
        os.close(self.write)
        harness.wait_until(lambda: not self.process.alive(), 30, "steady_reader to end")
        code = self.process.child.returncode
        self.process.close()
        harness.check(code == 0, f"steady_reader: status {code}: {self.process.log()}")


def make(cluster, topic, replicas, *configs):
    words = [word for config in configs for word in ("--config", config)]
    harness.Tools(cluster.address).ok("topics", "--create", "--topic", topic,
                                      "--replica-assignment", replicas, *words)
    cluster.await_whole(topic)


def produce(cluster, topic, first, count, acks="all"):
    data = "".join(f"v{first + i}\n" for i in range(count)).encode()
    harness.Tools(cluster.address).ok("console-producer", "--topic", topic,
                                      "--producer-property", f"acks={acks}", stdin=data)


def read_from_the_rack(cluster):
    """Leader 1; the reader is in the rack of node 2."""
    make(cluster, "racks", "1:2:3", "min.insync.replicas=1")
    produce(cluster, "racks", 0, 50)
    reader = Reader(cluster, "racks", "rack-reader", "client.rack=rack-2")
    try:
        reader.await_lines("record", 50, "the first records")
        before = reader.fetches()
        harness.check(before.get(2, 0) > 0, f"nothing was fetched from the follower: {before}")
        produce(cluster, "racks", 50, 50)
        reader.await_lines("record", 100, "records from the follower")
        after = reader.fetches()
        harness.check(after[2] > before[2], f"the follower was asked no more: {before} {after}")
        harness.check(after.get(1) == before.get(1) and 3 not in after,
                      f"not only the follower was asked: {before} {after}")
        cluster.members[1].kill()
        produce(cluster, "racks", 100, 50)
        reader.await_lines("record", 150, "records from the leader, as the follower is dead")
        last = reader.fetches()
        harness.check(last[1] > after[1], f"the leader was not asked: {after} {last}")
        harness.check(reader.records() == [f"{i} v{i}" for i in range(150)],
                      "not each record once and in order")
        harness.check(not reader.lines("error"), f"errors: {reader.lines('error')}")
        harness.note(f"fetches: {before}, {after}, the follower dead: {last}")
    finally:
        cluster.members[1].launch()
        reader.close()
    cluster.await_all()


def leader_is(cluster, topic, number):
    return lambda: cluster.leaders(topic).get(0) == number


def lose_what_was_read(cluster):
    """Records 10 to 19 are only on node 1, and read, when it dies; node 2, which lacks them, is
    elected and gets 15 others, so that no offset is out of range."""
    make(cluster, "unclean", "1:2", "min.insync.replicas=1", "unclean.leader.election.enable=true")
    produce(cluster, "unclean", 0, 10)
    cluster.members[1].kill()
    tools = harness.Tools(cluster.address)

    def is_alone():
        out = tools.ok("topics", "--describe", "--topic", "unclean").out.decode()
        return "Isr: 1\n" in out.replace("\tElr", "\nElr").replace(" \n", "\n")
    harness.wait_until(is_alone, SECONDS, "node 2 to be out of sync")
    produce(cluster, "unclean", 10, 10, acks="1")
    goes_on = Reader(cluster, "unclean", "goes-on", "auto.offset.reset=latest")
    stops = Reader(cluster, "unclean", "stops", "auto.offset.reset=none")
    try:
        for reader in (goes_on, stops):
            reader.await_lines("record", 20, "what node 1 has")
        cluster.members[0].kill()
        cluster.members[1].launch()
        harness.wait_until(leader_is(cluster, "unclean", 2), SECONDS, "node 2 to be elected")
        produce(cluster, "unclean", 100, 15, acks="1")
        goes_on.await_lines("record", 35, "the records of the new leader")
        stops.await_lines("error", 1, "the truncation to be told")
        for reader in (goes_on, stops):
            errors = reader.errors()
            harness.check(len(errors) == 1 and errors[0].startswith("LOG_TRUNCATED ")
                          and "truncated at offset 10 below 20" in errors[0], f"errors: {errors}")
        old = [f"{i} v{i}" for i in range(20)]
        new = [f"{10 + i} v{100 + i}" for i in range(15)]
        harness.check(goes_on.records() == old + new, f"records: {goes_on.records()}")
        harness.check(stops.records() == old, f"records: {stops.records()}")
        harness.note(goes_on.errors()[0])
    finally:
        cluster.members[0].launch()
        goes_on.close()
        stops.close()
    cluster.await_all()


@harness.case
def three_nodes():
    with harness.scratch() as directory, kafka_cluster.Cluster(directory, SETTINGS) as cluster:
        read_from_the_rack(cluster)
        lose_what_was_read(cluster)


if __name__ == "__main__":
    harness.main()
