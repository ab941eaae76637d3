"""bench: broker-lite and Apache Kafka take turns, the client stays the same.

Both are up, over directories of one file system; the one whose turn it is not is stopped with
SIGSTOP. Kafka has its documented heap and collector, and is warmed up before anything counts."""
import contextlib
import os
import re
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
import harness  # noqa: E402
import kafka  # noqa: E402
import peers as peers_module  # noqa: E402
import rig as rig_module  # noqa: E402
import standing  # noqa: E402
import tables  # noqa: E402
from broker_cases import BROKER_CASES, STANDING, STANDING_MANY  # noqa: E402
from cases import BROKER_BUSY, CLIENT_BUSY  # noqa: E402
from results import BROKERS_SECTION  # noqa: E402

KAFKA_FLAGS = ["-Xms1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
               "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"]
KAFKA_NAME = f"Apache Kafka {kafka.VERSION}"
LITE_NAME = "broker-lite"
FULL = 0.9  # of a processor that is said to be busy all the time


def kafka_node(directory):
    return kafka.Node(directory, KAFKA_FLAGS, settings=rig_module.SETTINGS)


class BenchedNode(kafka.Node):
    def configuration(self):
        # It is stopped while the other one is measured: that is no reason to fence it.
        return super().configuration() + "broker.session.timeout.ms=600000\n"


@contextlib.contextmanager
def rivals(options):
    """A Rig of each, both paused."""
    with harness.scratch() as here, harness.scratch() as there, \
            harness.Broker(here, **rig_module.SETTINGS) as lite, \
            BenchedNode(there, KAFKA_FLAGS, settings=rig_module.SETTINGS) as node:
        rigs = {name: rig_module.Rig(options, broker, broker.process.child.pid)
                for name, broker in ((LITE_NAME, lite), (KAFKA_NAME, node))}
        for rig in rigs.values():
            rig.warm_up(min(options.count, rig_module.WARM_UP_COUNT_MAX))
            rig.pause()
        try:
            yield rigs
        finally:
            for rig in rigs.values():
                rig.resume()


class Contest:
    """Rows of one case: by (peer, broker's name)."""

    def __init__(self, case, peers, rigs):
        self.case, self.peers, self.rigs = case, peers, rigs
        self.rows = {(peer.key, name): [] for peer in peers for name in rigs}
        self.commands = {}

    def play(self, options):
        words = dict(self.case.words, count=self.case.count(options.count))
        for number in range(options.rounds + 1):
            names = list(self.rigs)
            for peer in self.peers:
                for name in names[number % 2:] + names[:number % 2]:
                    rig = self.rigs[name]
                    rig.resume()
                    row, self.commands[peer.key] = rig.run(self.case, peer, words)
                    rig.pause()
                    if number > 0:
                        self.rows[peer.key, name].append(row)

    def column(self, peer, name, column):
        place = self.case.columns.index(column)
        return [row[place] for row in self.rows[peer.key, name]]

    def ratio(self, peer, column):
        theirs = statistics.median(self.column(peer, KAFKA_NAME, column))
        ours = statistics.median(self.column(peer, LITE_NAME, column))
        return ours / theirs if theirs else None

    def others(self):
        return [share for rig in self.rigs.values() for share in rig.others]


def bound_line(contest, peer):
    """What keeps broker-lite from a higher rate with this client, by the processors' time."""
    client, broker = (statistics.median(contest.column(peer, LITE_NAME, column))
                      for column in (CLIENT_BUSY, BROKER_BUSY))
    if client + broker >= FULL * os.cpu_count():
        bound = "no processor is left"
    elif client >= FULL:
        bound = "the client is the bound"
    elif broker >= FULL:
        bound = "the broker is the bound"
    else:
        bound = "both wait (for the disk, or for each other)"
    return (f"  - with broker-lite the client keeps {client:.2f} and the broker {broker:.2f} of"
            f" {os.cpu_count()} processors busy: {bound}")


def print_goal(page, contest, goal, peer):
    value = contest.ratio(peer, goal.column)
    words = f"{peer.name}: {goal.column.title}"
    if value is None:
        page.add(f"- {words}: nothing to compare")
        return
    page.add(tables.versus(words, goal.sign, goal.bound, value, KAFKA_NAME))
    if not goal.meets(value) and CLIENT_BUSY in contest.case.columns:
        page.add(bound_line(contest, peer))


def print_contest(page, contest):
    columns = contest.case.columns
    page.add("| client | broker | " + " | ".join(column.title for column in columns) + " |")
    page.add("| --- " * (len(columns) + 2) + "|")
    for peer in contest.peers:
        for name in contest.rigs:
            cells = [tables.spread(contest.column(peer, name, column), column.form)
                     for column in columns]
            page.add(f"| {peer.name} | {name} | " + " | ".join(cells) + " |")
    page.add()
    for goal in contest.case.goals:
        for peer in contest.peers:
            print_goal(page, contest, goal, peer)
    tables.print_commands(page, contest.commands.values())


def run_case(page, case, peers, rigs, options, command):
    page.begin(BROKERS_SECTION, f"brokers: {case.name}")
    for rig in rigs.values():
        rig.others = []
    contest = Contest(case, peers_module.chosen(peers, case.peers), rigs)
    try:
        contest.play(options)
        print_contest(page, contest)
        page.add(tables.origin_line(command, contest.others()))
    except harness.Failure as failure:  # the other cases are worth having
        page.add(f"**FAILED** {failure}")
        return 1
    return 0


def wanted(options, name):
    return re.search(options.only, f"brokers: {name}")


def measure(options, page, command):
    """How many cases failed."""
    failed = 0
    peers, missing = peers_module.all_of_them()
    for reason in missing:
        page.add(f"\nSKIP {reason}")
    cases = [case for case in BROKER_CASES if wanted(options, case.name)]
    if cases:
        with rivals(options) as rigs:
            for case in cases:
                failed += run_case(page, case, peers, rigs, options, command)
    for name, watch in ((STANDING, standing.Watch), (STANDING_MANY, standing.WatchMany)):
        if wanted(options, name):
            page.begin(BROKERS_SECTION, f"brokers: {name}")
            standing.print_table(page, options, watch, kafka_node, KAFKA_NAME)
            page.add(f"\n{time.strftime('%Y-%m-%d')}, `run.py {command}`.")
    return failed
