"""interop: what members of classic groups ask, right and wrong, by hand: broker-lite answers each
call as Apache Kafka does. The order of the members that a leader is told is not compared (Kafka's
is that of a hash map), nor are member ids, which are numbered as they come."""
import difflib
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import peer  # noqa: E402

COORDINATOR_COMES = (14, 15, 16)
MEMBER_ID_REQUIRED = 79
SETTINGS = {"group.initial.rebalance.delay.ms": 0, "offsets.topic.num.partitions": 1,
            "group.min.session.timeout.ms": 1000, "group.max.session.timeout.ms": 60000}


def text(value):
    return struct.pack(">h", -1) if value is None else peer.text(value)


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


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
        if me and "-" in me and me not in self.ids:
            self.ids.append(me)
        self.tell(what, err, generation, protocol, leader, me, answer.number(4))
        return err, generation, me

    def enter(self, what, group, **options):
        err, generation, me = self.join(what, group, **options)
        if err == MEMBER_ID_REQUIRED:
            err, generation, me = self.join(what, group, me, **options)
        return generation, me

    def sync(self, what, group, generation, member, instance=None, given=()):
        answer = Answer(self.client.ask(14, 3, text(group) + struct.pack(">i", generation)
                                        + text(member) + text(instance)
                                        + array([text(one) + peer.data(b"for") for one in given])))
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

    def await_coordinator(self, group):
        self.client.ask(10, 1, text(group) + b"\0")
        harness.wait_until(lambda: self.beat(None, group, 1, "x") not in COORDINATOR_COMES, 60,
                           "the coordinator")


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


def answers(broker):
    with peer.Peer(broker) as client:
        script = Script(client)
        for group in ("g", "s", "never"):
            script.await_coordinator(group)
        for part in (join_wrongly, live_and_leave, come_back):
            part(script)
        return script.lines


@harness.case
def members_are_answered_as_kafka_does():
    with harness.scratch() as directory:
        with kafka.Node(directory, settings=SETTINGS) as node:
            theirs = answers(node)
    with harness.scratch() as directory:
        with harness.Broker(directory, **SETTINGS) as broker:
            ours = answers(broker)
    harness.check(len(ours) > 40, f"{len(ours)} answers")
    different = list(difflib.unified_diff(theirs, ours, "Kafka", "broker-lite", lineterm="", n=0))
    harness.check(not different, "\n".join(different[:60]))


if __name__ == "__main__":
    harness.main()
