"""bench: one broker and the runs against it."""
import contextlib
import glob
import os
import re
import shlex
import signal
import subprocess
import time

import harness

WARM_TRIES_MAX = 8
WARM_BYTES_PER_SECOND = 2e9
WARM_SHARE = 1.3  # of what a run writes
WARM_UP_COUNT_MAX = 2_000_000
WARM_UP_GROWTH = 1.05  # a run that beats the best so far by this much shows: it was not warm
WARM_UP_RUNS_IDLE = 3  # so many runs in a row that do not
DOCUMENT_BYTES = 430  # of a JSON document, about
# What a run wrote is gone before the next one needs memory: pages that were kept for a minute had
# the next runs use ones that were never touched, some runs and not others.
SETTINGS = {"log.segment.delete.delay.ms": "100"}
TICK = os.sysconf("SC_CLK_TCK")
RUN_SECONDS = 900


def warm_memory(directory, size):
    """Writes and removes a file until that is fast. A virtual machine hands free pages back to its
    host; the next first touch of them (0.4 GB/s where this was found, against 4) would then be most
    of what is measured, and chance would say for whom."""
    block = b"\1" * (1 << 20)
    path = os.path.join(directory, "warm")
    for _ in range(WARM_TRIES_MAX):
        started = time.perf_counter()
        with open(path, "wb", buffering=0) as file:
            for _ in range(0, size, len(block)):
                file.write(block)
        seconds = time.perf_counter() - started
        os.unlink(path)
        if size / seconds > WARM_BYTES_PER_SECOND:
            break


def values_of(output):
    """What a run of the harness printed."""
    return {name: float(value) for name, value in (word.split("=") for word in output.split())}


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy_seconds():
    """Of all processors together: user, nice, system, irq, softirq."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:8]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICK


def forget_peak(pid):
    """From here on the kernel notes the most memory that the process has resident."""
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))


def make_cold(directory):
    """Writes the logs below to disk and drops them from the page cache."""
    for path in glob.glob(os.path.join(directory, "**", "*.log"), recursive=True):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # of a topic that was deleted
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


class Rig:
    """Runs of one broker; `others` gathers how many processors were busy with other work."""

    def __init__(self, options, broker, pid):
        self.options, self.pid = options, pid
        self.address, self.directory = broker.address, broker.directory
        self.tools = harness.Tools(self.address)
        self.bench = os.path.join(options.build, "tests/bench/bench")
        self.others = []
        self.prepared = set()
        self.number = 0

    def start(self, engine, work, topic, words, settings):
        command = [self.bench, engine, work, self.address, topic]
        command += [f"{name}={value}" for name, value in words.items()]
        command += ["--", *settings] if settings else []
        shown = shlex.join(command).replace(self.bench, "bench").replace(self.address, "BROKER")
        shown = re.sub(r"librdkafka:\S*/", "librdkafka:", shown)
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS,
                                  check=False)
        except subprocess.TimeoutExpired:
            harness.fail(f"{shown}: not done after {RUN_SECONDS} s")
        harness.check(done.returncode == 0,
                      f"{shown}: exit status {done.returncode}: {done.stderr}")
        return done.stdout, shown

    def measure(self, case, peer, topic, words, settings):
        """(values of the case's columns, the command)"""
        if case.cold:
            make_cold(self.directory)
        forget_peak(self.pid)
        cpu, busy, started = cpu_of(self.pid), busy_seconds(), time.monotonic()
        output, command = self.start(peer.engine, case.work, topic, words, settings)
        wall = time.monotonic() - started
        found = values_of(output)
        broker_cpu = cpu_of(self.pid) - cpu
        found["broker_peak_bytes"] = peak_of(self.pid)
        mine = found.get("cpu_seconds", 0) + broker_cpu
        self.others.append(max(0, (busy_seconds() - busy - mine) / wall))
        return [column.value(found, broker_cpu) for column in case.columns], command

    def create(self, topic, partitions=1, count=1, **more):
        self.start("-", "create", topic, {"partitions": partitions, "count": count, **more}, [])

    def pause(self):
        """An idle broker is not free of work either."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def warm_up(self, count):
        """What a virtual machine needs that compiles as it goes: until it gets no faster."""
        self.create("bench-warm-up", 4)
        words = {"size": 100, "partitions": 4, "count": count}
        best, idle = 0.0, 0
        while idle < WARM_UP_RUNS_IDLE:
            output, _ = self.start("bare", "produce", "bench-warm-up", words, [])
            self.start("bare", "consume", "bench-warm-up", words, [])
            rate = count / values_of(output)["seconds"]
            idle = 0 if rate > best * WARM_UP_GROWTH else idle + 1
            best = max(best, rate)
        self.tools.ok("topics", "--delete", "--topic", "bench-warm-up")

    def settings_of(self, case, peer, words):
        if peer.key in ("bare", "loopback"):
            return []
        settings = list(case.settings)
        if peer.key.startswith("libclient"):
            settings += case.own
        if peer.key in ("packaged", "newest"):
            settings += case.tuning
            settings += ["partitioner=murmur2_random"] if "keys" in words else []
        if case.work in ("consume", "rest", "rebalance"):
            settings.append(f"group.id=bench-{os.getpid()}-{self.number}")
        return settings + self.options.set

    def fill(self, topic, words):
        """What consumers read, written once."""
        partitions = words.get("partitions", 1)
        self.create(topic, partitions)
        shape = {"count": words["count"], "size": words["size"]}
        shape.update({"keys": 1} if partitions > 1 else {})
        settings = ["batch.size=16384"] if "piece" in words else []
        self.start("libclient", "produce", topic, shape,
                   ["acks=all", f"compression.type={words.get('codec', 'none')}", *settings])

    def lasting_topic(self, case, words):
        """A topic that many runs use; None where each needs its own."""
        if case.work in ("consume", "slow"):
            shape = [f"{name}-{value}" for name, value in words.items()
                     if name in ("size", "partitions", "codec", "count")]
            topic = "-".join(["bench-filled", case.work, *shape])
            prepare = lambda: self.fill(topic, words)  # noqa: E731
        elif case.work == "topics":
            topic = "bench-many"
            prepare = lambda: self.create(topic, count=words["count"])  # noqa: E731
        elif case.work == "rest":
            topic = "bench-rest"
            prepare = lambda: self.create(topic, words["partitions"])  # noqa: E731
        else:
            return None
        if topic not in self.prepared:
            self.prepared.add(topic)
            prepare()
        return topic

    def run(self, case, peer, words):
        """One run: (values of the case's columns, the command)."""
        self.number += 1
        settings = self.settings_of(case, peer, words)
        topic = self.lasting_topic(case, words)
        if topic:
            return self.measure(case, peer, topic, words, settings)
        topic = f"bench-{os.getpid()}-{self.number}"
        flush = {"flush": 1} if "flush" in words else {}
        self.create(topic, words.get("partitions", 1), **flush)
        if case.work in ("produce", "pace"):
            size = words["size"] or DOCUMENT_BYTES
            warm_memory(self.directory, int(words["count"] * (size + 12) * WARM_SHARE))
        if case.work == "pace":
            os.sync()  # what other runs wrote would go to the disk meanwhile, by chance
        values = self.measure(case, peer, topic, words, settings)
        self.tools.ok("topics", "--delete", "--topic", topic)
        return values


class SinkRig(Rig):
    """Runs against a broker that keeps nothing: it has every topic, and nothing to warm."""

    def create(self, topic, partitions=1, count=1, **more):
        pass

    def run(self, case, peer, words):
        self.number += 1
        return self.measure(case, peer, "nothing", words, self.settings_of(case, peer, words))


class Place:
    """Where a broker listens."""

    def __init__(self, address, directory=None):
        self.address, self.directory = address, directory


@contextlib.contextmanager
def sink(options):
    program = os.path.join(options.build, "tests/bench/bench_sink")
    with subprocess.Popen([program], stdout=subprocess.PIPE, text=True) as child:
        try:
            address = child.stdout.readline().split()[-1]
            yield SinkRig(options, Place(address), child.pid)
        finally:
            child.terminate()
