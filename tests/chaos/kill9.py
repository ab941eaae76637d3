"""chaos: kill -9 of broker-lite in the middle of producing with acks=all. It is started again,
unattended, over the same data and port; the producers go on. Every acknowledged record must be
there once, at the place that was acknowledged, and nothing twice.

$KC_SEED repeats a run; $KC_ROUNDS (default 6) is the number of kills.
"""
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

SEED = int(os.environ.get("KC_SEED") or random.SystemRandom().randrange(1 << 32))
ROUNDS = int(os.environ.get("KC_ROUNDS") or 6)
PRODUCER = os.path.join(harness.BUILD, "tests", "chaos", "acked_producer")


class Producer:
    def __init__(self, broker, topic, first, *settings):
        os.environ["BOOTSTRAP_SERVERS"] = broker.address
        self.process = harness.Process([PRODUCER, topic, str(first), *settings], broker.directory,
                                       f"producer-{first}")

    def reports(self):
        lines = self.process.read(self.process.out_path).split("\n")[:-1]
        return [line.split() for line in lines]

    def acked(self):
        return {int(row[0]): (int(row[1]), int(row[2])) for row in self.reports()
                if len(row) == 3 and row[1].isdigit()}

    def failures(self):
        return [row for row in self.reports() if not (len(row) == 3 and row[1].isdigit())]

    def count(self):
        with open(self.process.out_path, "rb") as file:
            return file.read().count(b"\n")

    def finish(self):
        code = self.process.stop(90)
        harness.check_equal(code, 0, f"producer's exit status\n{self.process.log()[-2000:]}")


def read_all(broker, topic, settle_ms=3000):
    """[(partition, offset, number)]"""
    out = harness.Tools(broker.address).consume(
        topic, "--from-beginning", "--timeout-ms", str(int(settle_ms * harness.PATIENCE)),
        "--formatter-property", "print.partition=true",
        "--formatter-property", "print.offset=true")
    rows = (line.split("\t") for line in out.decode().split("\n")[:-1])
    return [(int(row[0][10:]), int(row[1][7:]), int(row[2])) for row in rows]


def check_history(producers, rows, in_order=True):
    """Acknowledged means present at that place; nothing is there twice; order is the sending's."""
    harness.check_offsets([row[:2] for row in rows], "after the kills")
    places, latest = {}, {}
    for partition, offset, number in rows:
        harness.check(number not in places,
                      f"{number} is at {places.get(number)} and at {(partition, offset)}")
        places[number] = (partition, offset)
        lane = (number // 10**9, partition)
        harness.check(not in_order or latest.get(lane, -1) < number,
                      f"{number} comes after {latest.get(lane)} in partition {partition}")
        latest[lane] = number
    acked = {}
    for producer in producers:
        acked.update(producer.acked())
    lost = sorted(number for number in acked if number not in places)
    harness.check(not lost, f"{len(lost)} acknowledged records are lost, the first {lost[:5]} "
                            f"acknowledged at {[acked[number] for number in lost[:5]]}")
    moved = [number for number, place in acked.items() if places[number] != place]
    harness.check(not moved, f"{len(moved)} are not where they were acknowledged: {moved[:5]}")
    return len(acked)


@harness.case
def acknowledged_records_survive_kill_9():
    harness.note(f"seed {SEED}, {ROUNDS} rounds")
    chance = random.Random(SEED)
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("kills", 3)
        # Lanes a billion apart: who sent a record can be seen from its number.
        producers = [Producer(broker, "kills", 0, "linger.ms=2"),
                     Producer(broker, "kills", 10**9, "linger.ms=0", "compression.type=lz4")]
        try:
            for number in range(ROUNDS):
                kill_after(broker, producers, chance)
                harness.note(f"round {number}: ready again after {1000 * broker.start():.0f} ms, "
                             f"{[producer.count() for producer in producers]} reported")
            kill_after(broker, producers, chance, kill=False)
            for producer in producers:
                producer.finish()
                failures = producer.failures()
                harness.check(not failures, f"not delivered: {failures[:5]} of {len(failures)}")
            rows = read_all(broker, "kills")
            acked = check_history(producers, rows)
            harness.note(f"{acked} acknowledged, {len(rows)} in the log")
            broker.stop()
        finally:
            for producer in producers:
                producer.process.close()


def kill_after(broker, producers, chance, kill=True):
    """Waits until both producers were acknowledged some more, then kills at once."""
    for producer in producers:
        wanted = producer.count() + chance.randrange(1, 2000)
        harness.wait_until(lambda: producer.count() >= wanted, 60,
                           f"{wanted} reports, log: {producer.process.log()[-500:]}")
    if kill:
        broker.kill()


@harness.case
def group_goes_on_where_it_was():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        data = harness.real_lines(5000)
        count = data.count(b"\n")
        tools.create("group", 3)
        tools.produce("group", data)
        first = tools.consume("group", "--group", "g", "--from-beginning", "--max-messages",
                              str(count // 2), "--timeout-ms", "30000")
        broker.kill()
        broker.start()
        rest = tools.consume("group", "--group", "g", "--max-messages",
                             str(count - count // 2), "--timeout-ms", "30000")
        harness.check(harness.sorted_lines(first + rest) == harness.sorted_lines(data),
                      "the two halves are not the whole")
        lags = harness.describe_lags(tools.ok("consumer-groups", "--describe", "--group", "g").out)
        harness.check_equal(set(lags.values()), {"0"}, "lag")


@harness.case
def topics_survive_kill_9():
    """What was answered as created or deleted is so after a crash right behind the answer."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        for number in range(4):
            tools.create(f"topic-{number}", 2, "--config", f"retention.ms={1000000 + number}")
            if number:
                tools.ok("topics", "--delete", "--topic", f"topic-{number - 1}")
            broker.kill()
            broker.start()
            listed = tools.ok("topics", "--list").out.decode().split()
            harness.check_equal([name for name in listed if name.startswith("topic-")],
                                [f"topic-{number}"], "topics after the crash")
            described = tools.ok("topics", "--describe", "--topic", f"topic-{number}").out.decode()
            harness.check(f"retention.ms={1000000 + number}" in described, described)


if __name__ == "__main__":
    harness.main()
