"""bench: what a broker costs that has nothing to do, and how long it takes to be back after
kill -9, both with many partitions."""
import os
import statistics
import subprocess
import time

import harness
import kafka
import tables

SETTLE_SECONDS = 5  # idle means: some time after the last thing it did
WATCH_SECONDS = 10
TOPIC = "standing"
READY_SECONDS_MAX = 300
BACK_SECONDS_MAX = 600  # after kill -9; who takes longer is told as that


def cpu_of_threads(pid):
    """Seconds, exact: the ticks of /proc/PID/stat are too coarse for a process at rest."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


class Lite:
    """broker-lite as a standing broker."""

    name = "broker-lite"

    def __init__(self, directory):
        self.broker = harness.Broker(directory)

    def start(self):
        self.broker.start()

    def launch(self):
        return self.broker.launch()


class Kafka:
    def __init__(self, name, node):
        self.name, self.broker = name, node

    def start(self):
        self.broker.start()

    def launch(self):
        return self.broker.launch()


class Watch:
    """One broker with nothing to do; `found` has what was measured, by title."""

    def __init__(self, subject, options):
        self.subject, self.found = subject, {}
        self.partitions = 10_000 if options.count >= 1_000_000 else 100
        self.bench = os.path.join(options.build, "tests/bench/bench")
        self.seconds = WATCH_SECONDS if options.count >= 1_000_000 else 1
        self.rounds = max(1, min(options.rounds, 3))

    def rest(self, what):
        time.sleep(min(SETTLE_SECONDS, self.seconds))
        process = self.subject.broker.process
        before, started = cpu_of_threads(process.child.pid), time.monotonic()
        time.sleep(self.seconds)
        used = cpu_of_threads(process.child.pid) - before
        self.found[f"{what}: resident, MiB"] = [process.rss_kib() / 1024]
        self.found[f"{what}: CPU at rest, % of a core"] = \
            [100 * used / (time.monotonic() - started)]

    def run(self):
        self.rest("no topic")


class WatchMany(Watch):
    """The same with many partitions, and after kill -9."""

    def bench_run(self, *words, seconds=READY_SECONDS_MAX):
        """False when it was not done in time."""
        try:
            done = subprocess.run([self.bench, *words], capture_output=True, text=True,
                                  timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return False
        harness.check(done.returncode == 0, f"{' '.join(words)}: {done.stderr}")
        return True

    def create(self):
        """In two steps: Kafka's controller refuses 10,000 partitions at once."""
        address = self.subject.broker.address
        half = f"partitions={self.partitions // 2}"
        harness.check(self.bench_run("-", "create", address, TOPIC, half), "no topic was made")
        harness.Tools(address).ok("topics", "--alter", "--topic", TOPIC, "--partitions",
                                  str(self.partitions))

    def produce(self, partitions, seconds=READY_SECONDS_MAX):
        """One record into each partition, each acknowledged; false when that took longer. A
        partition may take all that time until it is led: the harness alone would give it less."""
        return self.bench_run("bare", "produce", self.subject.broker.address, TOPIC, "size=100",
                              "count=1", f"partitions={partitions}", f"wait={int(seconds) + 1}",
                              seconds=seconds)

    def come_back(self):
        """Killed and started again: seconds until a first record and one in each partition was
        acknowledged, BACK_SECONDS_MAX for what took longer."""
        broker = self.subject.broker
        broker.process.kill()
        started = time.monotonic()
        process, until = self.subject.launch(), started + BACK_SECONDS_MAX
        times = []
        while time.monotonic() < until and not kafka.connects(broker.port):
            harness.check(process.alive(), f"it ended:\n{process.log()}")
            time.sleep(0.001)
        for partitions in (1, self.partitions):
            is_done = self.produce(partitions, max(0.001, until - time.monotonic()))
            times.append(time.monotonic() - started if is_done else BACK_SECONDS_MAX)
        return times

    def run(self):
        self.create()
        harness.check(self.produce(self.partitions), "the partitions took no records")
        many = f"{self.partitions:,} partitions"
        self.rest(many)
        times = [self.come_back()]
        while len(times) < self.rounds and times[0][1] < BACK_SECONDS_MAX:
            times.append(self.come_back())
        self.found[f"{many}, after kill -9: first record taken, s"] = [time[0] for time in times]
        self.found[f"{many}, after kill -9: a record in each, s"] = [time[1] for time in times]


GOALS = {"no topic: resident": ("<=", 1 / 20), "first record taken": ("<=", 1 / 5)}
RESTS_AT_MOST = 0.5  # % of a core


def goal_of(title, ours, theirs, rival):
    if "CPU at rest" in title:
        met = "met" if ours <= RESTS_AT_MOST else "**not met**"
        return f"- {title} <= {RESTS_AT_MOST:g}: {ours:.3f}, {met}"
    for part, (sign, bound) in GOALS.items():
        if part in title:
            return tables.versus(title, sign, bound, ours / theirs, rival)
    return None


def cell(title, values):
    if "after kill" in title and min(values) >= BACK_SECONDS_MAX:
        return f"more than {BACK_SECONDS_MAX}"
    return tables.spread(values, "{:.3f}")


def print_table(page, options, watch_of, kafka_node, kafka_name):
    watches = []
    with harness.scratch() as here, harness.scratch() as there:
        for subject in (Lite(here), Kafka(kafka_name, kafka_node(there))):
            watch = watch_of(subject, options)
            watches.append(watch)
            try:
                subject.start()
                watch.run()
            finally:
                subject.broker.close()
    ours, theirs = watches
    page.add(f"| | {ours.subject.name} | {theirs.subject.name} | ratio, at most |")
    page.add("| --- | --- | --- | --- |")
    goals = []
    for title, values in ours.found.items():
        mine, other = statistics.median(values), statistics.median(theirs.found[title])
        page.add(f"| {title} | {cell(title, values)} | {cell(title, theirs.found[title])} |"
                 f" {mine / other:.3f} |")
        goals.append(goal_of(title, mine, other, kafka_name))
    page.add()
    for goal in filter(None, goals):
        page.add(goal)
