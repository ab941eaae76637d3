"""interop: members of a consumer group in processes of their own, and what they say put together:
who held which partition when, and which records were read."""
import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402


def interop_binary(name):
    path = os.path.join(harness.BUILD, "tests", "interop", name)
    harness.check(os.access(path, os.X_OK), f"{path} is not built")
    return path


class Member:
    """What all kinds have in common. holdings() gives [partition, from, to] in seconds of
    time.monotonic; to is None while it still holds it."""

    def __init__(self, directory, name, args):
        self.name = name
        self.process = harness.Process(args, directory, name)
        self.ended = None

    def lines(self):
        # The last line may be half written.
        return self.process.read(self.process.out_path).split("\n")[:-1]

    def kill(self):
        self.process.kill()
        self.ended = time.monotonic()

    def stop(self):
        code = self.process.stop()
        self.ended = time.monotonic()
        return code

    def close(self):
        self.process.close()

    def holdings(self):
        held, done = {}, []
        for at, what, partitions in self.changes():
            for partition in partitions:
                if what == "assigned":
                    harness.check(partition not in held,
                                  f"{self.name} got {partition} twice:\n{self.process.log()}")
                    held[partition] = at
                else:
                    harness.check(partition in held,
                                  f"{self.name} gave back {partition}, which it did not hold")
                    done.append([partition, held.pop(partition), at])
        return done + [[partition, at, self.ended] for partition, at in held.items()]

    def owned(self):
        return {partition for partition, _, to in self.holdings() if to is None}


class Ours(Member):
    def __init__(self, directory, name, address, topics, group, *settings):
        super().__init__(directory, name, [interop_binary("group_member"), address, topics,
                                           f"group.id={group}", "auto.offset.reset=earliest",
                                           "enable.auto.commit=false", *settings])

    def changes(self):
        for line in self.lines():
            at, what, *rest = line.split(" ")
            if what in ("assigned", "revoked", "lost"):
                yield int(at) / 1e6, what, rest

    def records(self):
        return [tuple(line.split(" ")[2:4]) for line in self.lines()
                if line.split(" ")[1] == "record"]

    def errors(self):
        return [line for line in self.lines() if line.split(" ")[1] == "error"]


class Java(Member):
    """Kafka's own VerifiableConsumer."""

    def __init__(self, directory, name, address, topic, group, *options):
        self.clocks = time.time() - time.monotonic()
        super().__init__(directory, name, kafka.java(
            "org.apache.kafka.tools.VerifiableConsumer", "--bootstrap-server", address,
            "--topic", topic, "--group-id", group, "--reset-policy", "earliest", "--verbose",
            *options))

    def events(self):
        for line in self.lines():
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def changes(self):
        for event in self.events():
            if event["name"] in ("partitions_assigned", "partitions_revoked"):
                yield (event["timestamp"] / 1e3 - self.clocks, event["name"][len("partitions_"):],
                       [f"{item['topic']}-{item['partition']}" for item in event["partitions"]])

    def records(self):
        return [(f"{event['topic']}-{event['partition']}", str(event["offset"]))
                for event in self.events() if event["name"] == "record_data"]


class Kcat(Member):
    """librdkafka's group consumer; it does not tell when it holds what."""

    def __init__(self, directory, name, address, topic, group, *settings):
        options = [word for setting in settings for word in ("-X", setting)]
        super().__init__(directory, name, ["kcat", "-b", address, "-G", group, *options, "-X",
                                           "auto.offset.reset=earliest", "-u", "-q",
                                           "-f", "%t-%p %o\n", topic])

    def changes(self):
        return []

    def records(self):
        return [tuple(line.split(" ")) for line in self.lines()]


def check_single_owners(members, tolerance):
    """At no time did two members hold the same partition."""
    held = {}
    for member in members:
        for partition, since, to in member.holdings():
            held.setdefault(partition, []).append((since, to or float("inf"), member.name))
    for partition, spans in held.items():
        spans.sort()
        for (_, end, first), (begin, _, second) in zip(spans, spans[1:]):
            harness.check(end <= begin + tolerance,
                          f"{partition}: {second} held it {end - begin:.6f} s before {first} "
                          "had given it back")


def wait_for_shares(members, partitions, seconds, what):
    """Waits until these members that tell hold everything together."""
    def shared():
        owned = [member.owned() for member in members]
        return len(set().union(*owned)) == partitions == sum(map(len, owned)) and \
            (len(members) > partitions or all(owned))
    harness.wait_until(shared, seconds, what)
