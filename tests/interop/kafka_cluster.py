"""interop: three nodes of a real Apache Kafka on loopback, each broker and controller, to be hurt.
"""
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

SIZE = 3
READY_SECONDS = 180
TOOLS = {"elect": "org.apache.kafka.tools.LeaderElectionCommand",
         "reassign": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand"}


class Member(kafka.Node):
    """One of the three; keeps its ports and its data over kills."""

    def __init__(self, directory, number, settings):
        os.makedirs(directory)
        super().__init__(directory, settings={"broker.rack": f"rack-{number}", **(settings or {})})
        self.number = number
        self.voters = ""
        self.path = os.path.join(directory, "server.properties")

    def configuration(self):
        # A dead broker is noticed after 3 s instead of 9: more failovers in the same time.
        return super().configuration().replace("node.id=1\n", f"node.id={self.number}\n").replace(
            f"1@127.0.0.1:{self.controller_port}", self.voters) + """min.insync.replicas=2
default.replication.factor=3
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
controller.quorum.election.timeout.ms=1000
controller.quorum.fetch.timeout.ms=2000
replica.lag.time.max.ms=5000
"""

    def format(self, cluster_id):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        harness.run_ok(kafka.java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c",
                                  self.path), seconds=READY_SECONDS)

    def launch(self):
        self.process = harness.Process(
            kafka.java(kafka.NODE, self.path, heap="512m"), self.directory, "kafka")

    def kill(self):
        self.process.child.send_signal(signal.SIGKILL)
        self.process.child.wait()


class Cluster:
    def __init__(self, directory, settings=None):
        self.members = [Member(os.path.join(directory, f"node-{number}"), number, settings)
                        for number in range(1, SIZE + 1)]
        self.directory = directory
        voters = ",".join(f"{one.number}@127.0.0.1:{one.controller_port}" for one in self.members)
        for one in self.members:
            one.voters = voters

    @property
    def address(self):
        return ",".join(one.address for one in self.members)

    def start(self):
        cluster_id = kafka.random_id()
        for one in self.members:
            one.format(cluster_id)
        for one in self.members:
            one.launch()
        self.await_all()

    def await_all(self):
        """Every node answers and is registered."""
        tools = harness.Tools(self.address)

        def serve():
            for one in self.members:
                harness.check(one.process.alive(), f"Kafka node {one.number} ended:\n"
                              f"{harness.shorten(one.process.log(), 3000)}")
                if not kafka.connects(one.port):
                    return False
            return tools.run("topics", "--list").code == 0
        harness.wait_until(serve, READY_SECONDS, "three nodes of Kafka to serve")

    def tool(self, name, *args):
        return harness.run(kafka.java(TOOLS[name], "--bootstrap-server", self.address, *args),
                           seconds=120)

    def is_whole(self, topic):
        """All nodes are back, and all replicas of the topic in sync."""
        # A node that was killed a moment ago is in sync as far as the cluster knows.
        if not all(kafka.connects(one.port) for one in self.members):
            return False
        result = harness.Tools(self.address).run("topics", "--describe", "--topic", topic,
                                                 "--under-replicated-partitions")
        return result.code == 0 and not result.out.strip()

    def await_whole(self, topic):
        harness.wait_until(lambda: self.is_whole(topic), READY_SECONDS,
                           f"all replicas of {topic} to be in sync")

    def leaders(self, topic):
        """Leader by partition; those without one are left out."""
        out = harness.Tools(self.address).ok("topics", "--describe", "--topic", topic).out.decode()
        found = {}
        for line in out.splitlines():
            words = line.split()
            if "Partition:" in words and "Leader:" in words:
                leader = words[words.index("Leader:") + 1]
                if leader.isdigit():
                    found[int(words[words.index("Partition:") + 1])] = int(leader)
        return found

    def close(self):
        for one in self.members:
            one.close()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *error):
        self.close()
