"""bench: all of it in one command: builds a release, starts a broker, runs every case with
libclient and its peers in turn, and prints the tables.

    run.py [--kafka | --broker] [--rounds N] [--count N] [--build DIR] [--only REGEX] [--list]
           [--set NAME=VALUE]... [--write]

--kafka   also against a real Apache Kafka (tests/interop/kafka.py)
--broker  the other tables: broker-lite and Apache Kafka take turns, the client stays the same
          (contest.py)
--count   records of a 100-byte case; the others take a share of it
--only    cases whose name (BROKER: CASE; with --broker `brokers: CASE`) the expression is found
          in; `start` is one
--list    prints the names of the cases and ends
--set     a setting more for every client in every run
--write   puts the tables that are printed into RESULTS.md beside this file; the others there stay

Nothing here asserts a speed: goals are printed, met or not. Engines alternate, and who goes first
changes each round; the first round is not counted. Medians are printed with the least and the
largest. CPU is user and system time of the client's process, and of the broker's.
"""
import argparse
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [os.path.join(HERE, "..", "support"), os.path.join(HERE, "..", "interop")]
import peers as peers_module  # noqa: E402
import tables  # noqa: E402
from broker_cases import BROKER_CASES, STANDING, STANDING_MANY  # noqa: E402
from cases import CASES, KAFKA, LITE, SINK  # noqa: E402
from results import Page, section_of  # noqa: E402

TARGETS = ["broker-lite/broker-lite", "tools/topics/topics", "tests/bench/bench",
           "tests/bench/bench_sink"]
REST_COUNT_MIN = 1000000  # from this --count on, rest is watched for long


def build(directory):
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        subprocess.run(["meson", "setup", directory, ROOT, "--buildtype=release"], check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", directory, *TARGETS], check=True, stdout=subprocess.DEVNULL)


def chosen_cases(options, broker):
    broker = KAFKA if broker.startswith(KAFKA) else broker
    return [case for case in CASES if broker in case.brokers
            and re.search(options.only, f"{broker}: {case.name}")]


def play(rig, case, peers, options):
    """All rounds of a case: (Results, the commands of the last round)."""
    peers = peers_module.chosen(peers, case.peers)
    words = dict(case.words, count=case.count(options.count))
    if case.work == "rest":
        words["seconds"] = 10 if options.count >= REST_COUNT_MIN else 2
    rows, commands = {peer.key: [] for peer in peers}, {}
    for number in range(options.rounds + 1):
        turn = number % len(peers)
        for peer in peers[turn:] + peers[:turn]:
            row, commands[peer.key] = rig.run(case, peer, words)
            if number > 0:
                rows[peer.key].append(row)
    return tables.Results(case, peers, rows), [commands[peer.key] for peer in peers]


def brokers(options, page, harness):
    """Each broker to measure, started for as long as it is measured."""
    import rig
    if chosen_cases(options, LITE):
        with harness.scratch() as directory, harness.Broker(directory, **rig.SETTINGS) as broker:
            yield LITE, rig.Rig(options, broker, broker.process.child.pid)
    if chosen_cases(options, SINK):
        with rig.sink(options) as nothing:
            yield SINK, nothing
    if options.kafka and chosen_cases(options, KAFKA):
        import contest
        import kafka
        try:
            with harness.scratch() as directory, contest.kafka_node(directory) as node:
                runs = rig.Rig(options, node, node.process.child.pid)
                runs.warm_up(min(options.count, rig.WARM_UP_COUNT_MAX))
                yield f"{KAFKA} {kafka.VERSION}", runs
        except harness.Skip as reason:
            page.add(f"\nSKIP {KAFKA}: {reason}")


def measure(options, page, harness):
    peers, missing = peers_module.all_of_them()
    for reason in missing:
        page.add(f"\nSKIP {reason}")
    failed = 0
    for name, rig in brokers(options, page, harness):
        for case in chosen_cases(options, name):
            page.begin(section_of(case.name), f"{name}: {case.name}")
            rig.others = []
            try:
                tables.print_results(page, name, *play(rig, case, peers, options))
                page.add(tables.origin_line(command_words(options), rig.others))
            except harness.Failure as failure:  # the other cases are worth having
                page.add(f"**FAILED** {failure}")
                failed += 1
    return failed


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--broker", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--build", default=os.path.join(ROOT, "build-bench"))
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    try:
        is_named = any(re.search(options.only, f"{broker}: {name}")
                       for name in names() for broker in (LITE, KAFKA, SINK, "brokers"))
    except re.error as error:
        parser.error(f"--only {options.only}: {error}")
    if not is_named and not re.search(options.only, "start"):
        parser.error(f"--only {options.only}: no case is named so; --list shows the names")
    return options


def command_words(options):
    words = ["--rounds", str(options.rounds), "--count", str(options.count)]
    words += ["--kafka"] if options.kafka else []
    words += ["--broker"] if options.broker else []
    words += ["--only", options.only] if options.only else []
    for setting in options.set:
        words += ["--set", setting]
    return shlex.join(words)


def names():
    return list(dict.fromkeys(["start", *(case.name for case in CASES),
                               *(case.name for case in BROKER_CASES), STANDING, STANDING_MANY]))


def start_table(page, options):
    import start
    page.begin("Start", "broker-lite and tools: start")
    for line in start.table():
        page.add(line)
    page.add(f"\nBy `run.py {command_words(options)}`.")


def main():
    options = parse()
    if options.list:
        print(*names(), sep="\n")
        return
    build(options.build)
    os.environ["KC_BUILD"] = options.build
    import harness
    page = Page()
    page.add(tables.machine())
    page.add("\nMedians (least to largest) of the rounds (`--rounds`); `--count` records of 100 B a"
             " run, other cases a share of them (`cases.py`, `broker_cases.py`).")
    if options.broker:
        import contest
        failed = contest.measure(options, page, command_words(options))
    else:
        if re.search(options.only, "start"):
            start_table(page, options)
        failed = measure(options, page, harness)
    if options.write:
        page.write(os.path.join(HERE, "RESULTS.md"), names())
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
