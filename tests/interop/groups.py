"""interop: members of a consumer group in processes of their own, and what they say put together:
who held which partition when, and which records were read."""
import concurrent.futures
import json
import os
import re
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

# Of a broker, so that tests need not wait long for a member that was killed; KIP-848 members take
# session and heartbeat from there.
QUICK = {"group.min.session.timeout.ms": 1000,
         "group.consumer.min.session.timeout.ms": 1000, "group.consumer.session.timeout.ms": 3000,
         "group.consumer.min.heartbeat.interval.ms": 100,
         "group.consumer.heartbeat.interval.ms": 300}
# Of a classic member.
SESSION = "session.timeout.ms=3000", "heartbeat.interval.ms=300"


def at_once(jobs, width=4):
    """Runs functions side by side, as most of their time is waiting; the first failure is raised
    when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(width) as pool:
        for done in [pool.submit(job) for job in jobs]:
            done.result()


def interop_binary(name):
    path = os.path.join(harness.BUILD, "tests", "interop", name)
    harness.check(os.access(path, os.X_OK), f"{path} is not built")
    return path


class Holding:
    """That a member held a partition, in seconds of time.monotonic; `to` is infinite while it does.
    `epoch` is the member epoch or generation in which it got it; -1: it was put out before it
    heard; None where members do not tell it."""

    def __init__(self, member, partition, since, epoch):
        self.member, self.partition, self.since, self.epoch = member, partition, since, epoch
        self.to, self.was_lost = float("inf"), False


class Member:
    """What all kinds have in common. changes() gives (when, "assigned", "revoked" or "lost",
    partitions), and perhaps (when, "epoch", number) first."""

    def __init__(self, directory, name, args):
        self.name = name
        self.process = harness.Process(args, directory, name)
        self.ended = None
        self.seen, self.place = [], 0

    def lines(self):
        """What it has printed so far; asked again and again, it reads only what is new."""
        with open(self.process.out_path, "rb") as file:
            file.seek(self.place)
            fresh = file.read()
        # The last line may be half written.
        whole = fresh[:fresh.rfind(b"\n") + 1]
        self.place += len(whole)
        self.seen += whole.decode(errors="replace").splitlines()
        return self.seen

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
        held, done, epoch = {}, [], None
        for at, what, partitions in self.changes():
            if what == "epoch":
                epoch = partitions
                continue
            for partition in partitions:
                if what == "assigned":
                    harness.check(partition not in held,
                                  f"{self.name} got {partition} twice:\n{self.process.log()}")
                    held[partition] = Holding(self.name, partition, at, epoch)
                else:
                    harness.check(partition in held,
                                  f"{self.name} gave back {partition}, which it did not hold")
                    one = held.pop(partition)
                    one.to, one.was_lost = at, what == "lost"
                    done.append(one)
        if self.ended:
            for one in held.values():
                one.to = self.ended
        return done + list(held.values())

    def owned(self):
        return {one.partition for one in self.holdings() if one.to == float("inf")}


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
            elif what == "epoch":
                yield int(at) / 1e6, what, int(rest[0])

    def records(self):
        return [tuple(line.split(" ")[2:4]) for line in self.lines()
                if line.split(" ")[1] == "record"]

    def errors(self):
        return [line for line in self.lines() if line.split(" ")[1] == "error"]


class Java(Member):
    """Kafka's own VerifiableConsumer."""

    def __init__(self, directory, name, address, topic, group, *options, settings=()):
        self.clocks = time.time() - time.monotonic()
        path = os.path.join(directory, name + ".properties")
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(setting + "\n" for setting in settings))
        options = ("--command-config", path, *options)
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

    def has_committed(self):
        """All that it has read. It tells of records first; a rebalance in between makes the commit
        fail, which it does not repeat."""
        committed, read = {}, {}
        for event in self.events():
            if event["name"] == "offsets_committed" and event["success"]:
                committed.update((f"{item['topic']}-{item['partition']}", item["offset"])
                                 for item in event["offsets"])
            elif event["name"] == "record_data":
                read[f"{event['topic']}-{event['partition']}"] = event["offset"] + 1
        return all(committed.get(partition, 0) >= end for partition, end in read.items())


class Kcat(Member):
    """librdkafka's group consumer. It tells on stderr what it was given and what it gives back,
    before it does, but not when: a thread notes that."""
    STAMPING_SECONDS = 0.1
    # Eager: "rebalanced (memberid M): assigned: t [0], t [1]"; cooperative: "rebalanced:
    # incremental assignment of 2 partition(s) (memberid M, ...): t [0], t [1]".
    TOLD = re.compile(r"rebalanced.*\b(assign|revo)[a-z]*\b[^:]*: (\S+ \[.*)")

    def __init__(self, directory, name, address, topic, group, *settings):
        options = [word for setting in settings for word in ("-X", setting)]
        super().__init__(directory, name, ["kcat", "-b", address, "-G", group, *options, "-X",
                                           "auto.offset.reset=earliest", "-u",
                                           "-f", "%t-%p %o\n", topic])
        self.told = []
        self.watch = threading.Thread(target=self.stamp, daemon=True)
        self.watch.start()

    def stamp(self):
        with open(self.process.err_path, encoding="utf-8", errors="replace") as file:
            line = ""
            while line or self.process.alive():
                line += file.readline()
                if not line.endswith("\n"):
                    time.sleep(0.002)
                    line = line if self.process.alive() else ""
                    continue
                found = self.TOLD.search(line)
                if found:
                    partitions = re.findall(r"(\S+) \[(\d+)\]", found[2])
                    what = {"assign": "assigned", "revo": "revoked"}[found[1]]
                    self.told.append((time.monotonic(), what,
                                      [f"{topic}-{number}" for topic, number in partitions]))
                line = ""

    def changes(self):
        return list(self.told)

    def records(self):
        return [tuple(line.split(" ")) for line in self.lines()]


class Flow:
    """Records that flow into a topic until it is stopped; it tells how many."""
    BATCH = 20

    def __init__(self, tools, topic):
        self.tools, self.topic, self.count, self.failure = tools, topic, 0, None
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        try:
            while not self.over.wait(0.1):
                self.tools.produce(self.topic, b"".join(
                    b"%d\n" % (self.count + i) for i in range(self.BATCH)))
                self.count += self.BATCH
        except harness.Failure as failure:
            self.failure = failure

    def stop(self):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure
        return self.count

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.thread.join()


def check_single_owners(members, tolerance):
    """At no time did two members hold the same partition, and in no epoch were two given it. Whom
    the group put out (its session was over, as when a coordinator is away) hears of it only with
    the next heartbeat, from then on has *lost* it; by then somebody else may hold it, of a later
    epoch. How many partitions were lost like this is returned."""
    held, lost = {}, 0
    for member in members:
        for one in member.holdings():
            held.setdefault(one.partition, []).append(one)
    for spans in held.values():
        spans.sort(key=lambda one: (one.since, one.to))
        for i, second in enumerate(spans):
            for first in spans[:i]:
                if first.to <= second.since + tolerance:
                    continue
                what = f"{first.partition}: {second.member} was given it " \
                       f"{first.to - second.since:.6f} s before {first.member} had let it go"
                harness.check(first.was_lost and first.epoch is not None, what)
                harness.check(second.epoch == -1 or second.epoch > first.epoch,
                              f"{what}, in epochs {second.epoch} and {first.epoch}")
                lost += 1
    return lost


def wait_for_shares(members, partitions, seconds, what):
    """Waits until these members that tell hold everything together."""
    def shared():
        for member in members:
            harness.check(member.process.alive(), f"{member.name} ended:\n{member.process.log()}")
        owned = [member.owned() for member in members]
        return len(set().union(*owned)) == partitions == sum(map(len, owned)) and \
            (len(members) > partitions or all(owned))
    harness.wait_until(shared, seconds, what)
