"""interop: what members of groups ask, right and wrong, by hand: broker-lite answers each call as
Apache Kafka does, and works targets out when it does. The order of the members that a leader is
told is not compared (Kafka's is that of a hash map), nor are member ids, which are numbered as they
come."""
import difflib
import itertools
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import peer  # noqa: E402

UNKNOWN_MEMBER_ID, MEMBER_ID_REQUIRED = 25, 79
BROKER, GROUP = 4, 32  # types of resources
# Long enough for a test never to see its end: what is to come after it, comes when it is altered.
SLOW = {"group.consumer.max.assignment.interval.ms": 3600000,
        "group.consumer.assignment.interval.ms": 3600000}
INTERVAL = "consumer.assignment.interval.ms"
SETTINGS = {"group.initial.rebalance.delay.ms": 0, "offsets.topic.num.partitions": 1,
            "group.min.session.timeout.ms": 1000, "group.max.session.timeout.ms": 60000}


def text(value):
    return struct.pack(">h", -1) if value is None else peer.text(value)


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


def compact(value):
    """A text of fewer than 127 bytes, or a list of encoded items."""
    if isinstance(value, list):
        return bytes([len(value) + 1]) + b"".join(value)
    return b"\0" if value is None else bytes([len(value) + 1]) + value.encode()


def subscription(*topics):
    return struct.pack(">h", 0) + array([text(topic) for topic in topics]) + peer.data(None)


def assignment(topic, partitions):
    return struct.pack(">h", 0) + array([text(topic) + array(
        [struct.pack(">i", partition) for partition in partitions])]) + peer.data(None)


class Answer:
    """Its fields in order, after the throttle time."""

    def __init__(self, data):
        self.data = data
        self.number(4)

    def number(self, size):
        taken, self.data = self.data[:size], self.data[size:]
        return int.from_bytes(taken, "big", signed=True)

    def text(self, size_bytes=2):
        size = self.number(size_bytes)
        taken, self.data = self.data[:max(size, 0)], self.data[max(size, 0):]
        return None if size < 0 else taken.decode("latin-1")

    def compact(self):
        size = self.number(1) - 1  # small ones only
        taken, self.data = self.data[:max(size, 0)], self.data[max(size, 0):]
        return None if size < 0 else taken.decode("latin-1")

    def partitions(self):
        """How many there are in an Assignment of one topic, and which topic that is."""
        told = []
        for _ in range(self.number(1) - 1):
            topic, self.data = self.data[:16], self.data[16:]
            told.append((topic, [self.number(4) for _ in range(self.number(1) - 1)]))
            self.number(1)
        self.number(1)
        return told


class Script:
    def __init__(self, client):
        self.client = client
        self.ids = []
        self.lines = []

    def tell(self, what, *answers):
        def named(value):
            return f"member {self.ids.index(value)}" if value in self.ids else value
        self.lines.append(f"{what}: {[named(value) for value in answers]}")

    def join(self, what, group, member="", instance=None, kind="consumer", offers=("range",),
             session=10000, version=5, metadata=b"m"):
        protocols = array([peer.text(name) + peer.data(metadata) for name in offers])
        answer = Answer(self.client.ask(11, version, text(group) + struct.pack(
            ">ii", session, 10000) + text(member) + text(instance) + text(kind) + protocols))
        err, generation = answer.number(2), answer.number(4)
        protocol, leader, me = answer.text(), answer.text(), answer.text()
        if me and not member and me not in self.ids:
            self.ids.append(me)
        self.tell(what, err, generation, protocol, leader, me, answer.number(4))
        return err, generation, me

    def enter(self, what, group, **options):
        err, generation, me = self.join(what, group, **options)
        if err == MEMBER_ID_REQUIRED:
            err, generation, me = self.join(what, group, me, **options)
        return generation, me

    def sync(self, what, group, generation, member, instance=None, given=(), blob=b"for"):
        answer = Answer(self.client.ask(14, 3, text(group) + struct.pack(">i", generation)
                                        + text(member) + text(instance)
                                        + array([text(one) + peer.data(blob) for one in given])))
        self.tell(what, answer.number(2), answer.text(4))

    def beat(self, what, group, generation, member, instance=None):
        err = Answer(self.client.ask(12, 3, text(group) + struct.pack(">i", generation)
                                     + text(member) + text(instance))).number(2)
        if what:
            self.tell(what, err)
        return err

    def leave(self, what, group, *members):
        answer = Answer(self.client.ask(13, 3, text(group) + array(
            [text(member) + text(instance) for member, instance in members])))
        err = answer.number(2)
        self.tell(what, err, *[(answer.text() and "id", answer.text(), answer.number(2))
                               for _ in range(answer.number(4))])

    def live(self, what, group, member, epoch, topics=None, owned=None, instance=None):
        """ConsumerGroupHeartbeat; `topics` and `owned` (as it was told before): with what is not
        None. Gives the epoch and what it is told to have, or None."""
        joins = epoch == 0
        has = None if owned is None and not joins else [
            topic + compact([struct.pack(">i", one) for one in some]) + b"\0"
            for topic, some in owned or ()]
        answer = Answer(self.client.ask(68, 1, b"\0" + compact(group) + compact(member)
                                        + struct.pack(">i", epoch) + compact(instance) + b"\0"
                                        + struct.pack(">i", 30000 if joins else -1)
                                        + compact(topics and [compact(one) for one in topics])
                                        + b"\0\0" + compact(has) + b"\0")[1:])
        err = answer.number(2), answer.compact()
        answer.compact()
        epoch, _ = answer.number(4), answer.number(4)
        told = answer.partitions() if answer.number(1) == 1 else None
        if what:
            self.tell(what, *err, epoch, told and [len(some) for _, some in told])
        else:
            harness.check_equal(err, (0, None), f"answer to {member} of {group}")
        return epoch, told

    def describe(self, group):
        """ConsumerGroupDescribe version 1 of its state, epochs and members."""
        answer = Answer(self.client.ask(69, 1, b"\0" + compact([compact(group)]) + b"\0\0")[1:])
        answer.number(1)
        told = [answer.number(2), answer.compact(), answer.compact(), answer.compact(),
                answer.number(4), answer.number(4), answer.compact()]
        self.tell("described", *told)
        return told

    def await_coordinator(self, group):
        """Kafka's gives heartbeats no error while it loads: until it knows no such member."""
        self.client.ask(10, 1, text(group) + b"\0")
        harness.wait_until(lambda: self.beat(None, group, 1, "x") == UNKNOWN_MEMBER_ID, 60,
                           "the coordinator")

    def await_topics(self, *topics):
        """A coordinator hears of topics later than the broker does: until a new group has them."""
        groups = itertools.count()

        def known():
            _, told = self.live(None, f"probe {next(groups)}", "ann", 0, topics)
            return len(told) == len(topics)
        harness.wait_until(known, 60, f"the coordinator to know {topics}")

    def alter(self, resource_type, name, setting, value):
        told = self.client.ask(44, 0, array([struct.pack(">b", resource_type) + text(name) + array(
            [text(setting) + b"\0" + text(value)])]) + b"\0")
        harness.check_equal(struct.unpack(">iih", told[:10]), (0, 1, 0), f"altering {setting}")

    def await_epoch(self, what, group, member, epoch, wanted):
        """It beats until it is told of another epoch."""
        told = []

        def comes():
            told[:] = self.live(None, group, member, epoch)
            return told[0] != epoch
        harness.wait_until(comes, 60, f"another epoch of {member} in {group}")
        harness.check_equal(told[0], wanted, f"epoch of {member}")
        self.tell(what, told[0], told[1] and [len(some) for _, some in told[1]])
        return told[1]


def join_wrongly(script):
    script.join("no protocols", "g", offers=())
    script.join("no kind", "g", kind="")
    script.join("a short session", "g", session=999)
    script.join("a long session", "g", session=60001)
    script.join("an id that nobody gave out", "g", "nobody")
    for group in ("", "never"):
        script.beat("heartbeat", group, 1, "m")
        script.sync("sync", group, 1, "m")
        script.leave("leave", group, ("m", None), ("", "i"))
    script.join("without a name", "")


def live_and_leave(script):
    generation, member = script.enter("first", "g")
    script.beat("not synced", "g", generation, member)
    script.sync("a later generation", "g", generation + 4, member)
    script.sync("gives itself", "g", generation, member, given=[member])
    script.sync("again", "g", generation, member)
    script.beat("an older generation", "g", generation - 1, member)
    script.beat("a stranger", "g", generation, "stranger")
    script.join("no protocol in common", "g", offers=("other",))
    script.join("another kind", "g", kind="connect")
    script.leave("some leave", "g", (member, None), (member, None), ("", None), (member, "i"))
    script.beat("after", "g", generation, member)
    script.join("with the old id", "g", member)


def come_back(script):
    generation, member = script.enter("static", "s", instance="i")
    script.sync("gives itself", "s", generation, member, "i", [member])
    for what, one, instance in (("id", "other", "i"), ("instance", member, "j"),
                                ("no instance", member, None)):
        script.beat(f"heartbeat, other {what}", "s", generation, one, instance)
        script.sync(f"sync, other {what}", "s", generation, one, instance)
        script.join(f"join, other {what}", "s", one, instance)
    old = member
    generation, member = script.enter("back", "s", instance="i")
    script.beat("the old id", "s", generation, old, "i")
    script.sync("the new id", "s", generation, member, "i", [member])
    generation, member = script.enter("changed", "s", instance="i", metadata=b"changed")
    script.sync("changed", "s", generation, member, "i")
    generation, member = script.enter("other protocols", "s", instance="i", offers=("rr", "range"))
    script.sync("other protocols", "s", generation, member, "i", [member])
    script.leave("by a wrong id", "s", ("other", "i"), ("", "j"))
    script.leave("by its instance", "s", ("", "i"))


def wait_for_targets(script):
    _, all_of_it = script.live("first", "n", "ann", 0, ["a"])
    script.live("second", "n", "bob", 0, ["a"])
    script.live("the first", "n", "ann", 2)
    script.live("the second", "n", "bob", 2)
    script.describe("n")
    script.alter(GROUP, "n", INTERVAL, "1")
    script.await_epoch("the second, after the interval", "n", "bob", 2, 3)
    script.describe("n")
    _, half = script.live("the first is to give back", "n", "ann", 2)
    script.live("the first has not yet", "n", "ann", 2, owned=all_of_it)
    script.live("the first has", "n", "ann", 2, owned=half)
    script.live("the second gets it", "n", "bob", 3)
    script.describe("n")


def be_late(script):
    script.live("first", "empty", "ann", 0, ["a"])
    script.live("leaves", "empty", "ann", -1)
    script.describe("empty")
    script.live("another", "empty", "bob", 0, ["a"])
    script.describe("empty")
    _, all_of_it = script.live("first", "mind", "ann", 0, ["a"])
    script.live("another topic", "mind", "ann", 2, ["b"])
    script.live("has still", "mind", "ann", 2, owned=all_of_it)
    script.describe("mind")
    script.live("has given back", "mind", "ann", 2, owned=[])
    script.describe("mind")
    script.live("has nothing", "mind", "ann", 0, ["a", "b"])
    script.live("static", "static", "ann", 0, ["a"], instance="i")
    script.live("second", "static", "bob", 0, ["a"])
    script.live("rests", "static", "ann", -2, instance="i")
    script.live("comes back", "static", "eve", 0, ["a"], instance="i")
    script.describe("static")


def mix(script):
    script.live("first", "mixed", "ann", 0, ["a"])
    generation, member = script.enter("classic", "mixed", metadata=subscription("a"))
    script.sync("classic", "mixed", generation, member)
    script.beat("classic", "mixed", generation, member)
    script.describe("mixed")
    leaders = {}
    for group, instance in (("up", None), ("back", "i")):
        generation, leaders[group] = script.enter("leads", group, metadata=subscription("a"))
        script.sync("leads", group, generation, leaders[group], given=[leaders[group]],
                    blob=assignment("a", range(4)))
        script.live("upgrades", group, "bob", 0, ["a"], instance=instance)
        script.describe(group)
        script.beat("hears of it", group, generation, leaders[group])
        script.live("one more", group, "cid", 0, ["a"])
        script.describe(group)
    script.live("one less", "back", "cid", -1)
    generation, member = script.enter("goes back", "back", instance="i",
                                      metadata=subscription("a"))
    script.sync("is behind", "back", generation, member, "i")
    script.beat("of the old generation", "back", 1, leaders["back"])


def follow_the_broker(script):
    script.live("first", "dynamic", "ann", 0, ["a"])
    script.live("second", "dynamic", "bob", 0, ["a"])
    script.alter(BROKER, "", f"group.{INTERVAL}", "0")
    script.await_epoch("the second", "dynamic", "bob", 2, 3)
    script.live("third", "dynamic", "cid", 0, ["a"])
    script.describe("dynamic")


def answers_about_targets(broker):
    tools = harness.Tools(broker.address)
    for topic in ("a", "b"):
        tools.create(topic, 4)
    with peer.Peer(broker) as client:
        script = Script(client)
        script.await_coordinator("n")
        script.await_topics("a", "b")
        for part in (wait_for_targets, be_late, mix, follow_the_broker):
            part(script)
        return script.lines


def answers(broker):
    with peer.Peer(broker) as client:
        script = Script(client)
        for group in ("g", "s", "never"):
            script.await_coordinator(group)
        for part in (join_wrongly, live_and_leave, come_back):
            part(script)
        return script.lines


def compare(settings, told_by, least):
    with harness.scratch() as directory:
        with kafka.Node(directory, settings=settings) as node:
            theirs = told_by(node)
    with harness.scratch() as directory:
        with harness.Broker(directory, **settings) as broker:
            ours = told_by(broker)
    harness.check(len(ours) > least, f"{len(ours)} answers")
    different = list(difflib.unified_diff(theirs, ours, "Kafka", "broker-lite", lineterm="", n=0))
    harness.check(not different, "\n".join(different[:60]))


@harness.case
def members_are_answered_as_kafka_does():
    compare(SETTINGS, answers, 40)


@harness.case
def targets_are_worked_out_when_kafka_does():
    compare({**SETTINGS, **SLOW}, answers_about_targets, 50)


if __name__ == "__main__":
    harness.main()
