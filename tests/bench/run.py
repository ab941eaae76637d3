"""bench: the whole of it in one command: builds a release, starts a broker, measures libclient
against librdkafka in turn through one harness, and start-up figures; prints the tables.

    run.py [--kafka] [--rounds N] [--count N] [--size BYTES] [--build DIR] [--only WORD]
           [--set NAME=VALUE]... [--write]

--kafka   also against a real Apache Kafka (tests/interop/kafka.py)
--only    measures whose name has WORD in it (producer, consumer, start, ...)
--set     a setting more for both engines in every run
--write   rewrites RESULTS.md beside this file with what is printed

Nothing here asserts a speed. Engines alternate, and who goes first changes each round; the first
round is not counted. Medians are printed with the least and the largest. CPU is user and system
time of the client's process, and of the broker's.
"""
import argparse
import os
import shlex
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "interop")]
ENGINES = ("libclient", "librdkafka")
TARGETS = ["broker-lite/broker-lite", "tools/topics/topics"]
PROGRAMS = ["tests/bench/bench_producer", "tests/bench/bench_consumer"]
# What librdkafka needs to do its best; both keep their own defaults otherwise.
TUNING = {("producer", "librdkafka"): ["queue.buffering.max.messages=1000000"],
          ("consumer", "librdkafka"): ["queued.min.messages=1000000"]}
KAFKA_FLAGS = ["-Xms1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20",
               "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"]
WARM_TRIES_MAX = 8
WARM_BYTES_PER_SECOND = 2e9
TICK = os.sysconf("SC_CLK_TCK")
CASES = [("producer, acks=1", "producer", ["acks=1"]),
         ("producer, acks=all, idempotent", "producer", ["acks=all", "enable.idempotence=true"]),
         ("consumer, group of one", "consumer", ["group"]),
         ("consumer, assigned by hand", "consumer", ["hand"])]


def build(directory):
    """The release build; false where librdkafka is not there to compare with."""
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        subprocess.run(["meson", "setup", directory, ROOT, "--buildtype=release"], check=True,
                       stdout=subprocess.DEVNULL)
    has_peer = subprocess.run(["pkg-config", "--exists", "rdkafka"], check=False).returncode == 0
    subprocess.run(["ninja", "-C", directory, *TARGETS, *(PROGRAMS if has_peer else [])],
                   check=True, stdout=subprocess.DEVNULL)
    return has_peer


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


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def busy_seconds():
    """Of all processors together: user, nice, system, irq, softirq."""
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:8]]
    return (fields[0] + fields[1] + fields[2] + fields[5] + fields[6]) / TICK


class Bench:
    """Measures of one broker; `others` gathers how many processors were busy with other work."""

    def __init__(self, options, name, broker, pid, tools):
        self.options, self.name, self.tools = options, name, tools
        self.address, self.directory, self.pid = broker.address, broker.directory, pid
        self.others = []

    def topic(self, name):
        self.tools.create(name, 1, "--config", "file.delete.delay.ms=1000")

    def program(self, kind, engine, topic, settings):
        """(records/s, client's CPU us per record, broker's CPU us per record)"""
        options = self.options
        command = [os.path.join(options.build, "tests/bench/bench_" + kind), engine, self.address,
                   topic, str(options.count)]
        command += [str(options.size)] if kind == "producer" else []
        command += settings + TUNING.get((kind, engine), []) + options.set
        cpu, busy, started = cpu_of(self.pid), busy_seconds(), time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        output = child.communicate(timeout=600)[0]
        wall = time.monotonic() - started
        if child.returncode != 0:
            sys.exit(f"bench: {shlex.join(command)}: exit status {child.returncode}: {output}")
        count, seconds, client_cpu = (float(word) for word in output.split()[:3])
        broker_cpu = cpu_of(self.pid) - cpu
        self.others.append((busy_seconds() - busy - client_cpu - broker_cpu) / wall)
        return count / seconds, client_cpu / count * 1e6, broker_cpu / options.count * 1e6

    def run_producer(self, engine, number, settings):
        topic = f"bench-{os.getpid()}-{number}-{engine}"
        self.topic(topic)
        warm_memory(self.directory, self.options.count * (self.options.size + 12) * 5 // 4)
        row = self.program("producer", engine, topic, settings)
        self.tools.ok("topics", "--delete", "--topic", topic)
        return row

    def run_consumer(self, engine, number, settings):
        more = ["auto.offset.reset=earliest", f"group.id=bench-{os.getpid()}-{number}-{engine}"]
        return self.program("consumer", engine, "bench-filled", settings + more)

    def fill(self):
        self.topic("bench-filled")
        self.program("producer", "libclient", "bench-filled", ["acks=all"])

    def case(self, kind, settings):
        rows = {engine: [] for engine in ENGINES}
        for number in range(self.options.rounds + 1):
            for engine in ENGINES if number % 2 else reversed(ENGINES):
                row = getattr(self, "run_" + kind)(engine, f"{number}-{len(settings[0])}",
                                                   settings)
                if number > 0:
                    rows[engine].append(row)
        return rows

    def tables(self):
        chosen = [case for case in CASES if self.options.only in case[0]]
        if any(kind == "consumer" for _, kind, _ in chosen):
            self.fill()
        for title, kind, settings in chosen:
            print_table(f"{self.name}: {title}", self.case(kind, settings))


def spread(values, form):
    return (f"{form.format(statistics.median(values))} "
            f"({form.format(min(values))} to {form.format(max(values))})")


def print_table(title, rows):
    emit(f"\n### {title}\n")
    emit("| | records/s | CPU of the client, us/record | CPU of the broker, us/record |")
    emit("| --- | --- | --- | --- |")
    for engine in ENGINES:
        rates, clients, brokers = zip(*rows[engine])
        emit(f"| {engine} | {spread(rates, '{:,.0f}')} | {spread(clients, '{:.3f}')} |"
             f" {spread(brokers, '{:.3f}')} |")
    ours, theirs = ([statistics.median(column) for column in zip(*rows[engine])]
                    for engine in ENGINES)
    ratios = " | ".join(f"{a / b:.2f}" if b else "-" for a, b in zip(ours, theirs))
    emit(f"| ratio of medians | {ratios} |")


lines = []


def emit(text):
    lines.append(text)
    print(text, flush=True)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    peer = subprocess.run(["pkg-config", "--modversion", "rdkafka"], capture_output=True,
                          text=True, check=False).stdout.strip() or "none"
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    system = os.uname()
    return (f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} processors"
            f" ({models[0] if models else system.machine}), {memory:.0f} GiB,"
            f" {system.sysname} {system.release}; client, broker and this script share them over"
            f" loopback. librdkafka {peer}. Build: `meson setup --buildtype=release`.")


def brokers(options, harness):
    """Each broker to measure, started for as long as it is measured."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        yield Bench(options, "broker-lite", broker, broker.process.child.pid,
                    harness.Tools(broker.address))
    if options.kafka:
        import kafka
        with harness.scratch() as directory, kafka.Node(directory, KAFKA_FLAGS) as node:
            yield Bench(options, f"Apache Kafka {kafka.VERSION}", node,
                        node.process.child.pid, harness.Tools(node.address))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--build", default=os.path.join(ROOT, "build-bench"))
    parser.add_argument("--only", default="")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def main():
    options = parse()
    has_peer = build(options.build)
    os.environ["KC_BUILD"] = options.build
    import harness
    import start
    emit("# Results of tests/bench\n")
    words = [f"--rounds {options.rounds}", *(f"--set {text}" for text in options.set)]
    words += ["--kafka"] if options.kafka else []
    words += [f"--only {options.only}"] if options.only else []
    emit(f"Written by `tests/bench/run.py {' '.join(words)}`.\n")
    emit(machine())
    emit(f"\nRecords of {options.size} bytes, {options.count:,} a run, one partition,"
         f" {options.rounds} rounds: medians (least to largest).")
    if options.only in "start":
        emit("\n### broker-lite and tools: start\n")
        for line in start.table():
            emit(line)
    if not has_peer:
        emit("\nSKIP producer and consumer: librdkafka-dev is not installed")
        return
    others = []
    for bench in brokers(options, harness):
        bench.tables()
        others += bench.others
    if others:
        share, most = statistics.median(others), max(others)
        emit(f"\nOther work on the machine during the runs (the kernel writing pages back"
             f" counts too): {share:.2f} processors in the median run, {most:.2f} in the worst;"
             f" load average now {os.getloadavg()[0]:.2f}."
             + (" **Others were busy: believe CPU per record rather than records/s.**"
                if share > 0.1 or most > 0.5 else ""))
    if options.write:
        with open(os.path.join(HERE, "RESULTS.md"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
