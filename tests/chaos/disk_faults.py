"""chaos: broker-lite over a disk that misbehaves, by disk_shim: it dies at a chosen step of what it
writes (and again in the recovery from that), writes and syncs fail by kind of file, calls are short
and interrupted. What was acknowledged is there after a start without the shim, and nothing is
acknowledged by a file that has failed.

$KC_SEED repeats a run; $KC_ROUNDS (default 12) is the number of deaths.
"""
import errno
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import bad_files  # noqa: E402
import harness  # noqa: E402

harness.cases.clear()  # bad_files' run there
SEED = int(os.environ.get("KC_SEED") or random.SystemRandom().randrange(1 << 32))
ROUNDS = int(os.environ.get("KC_ROUNDS") or 12)
SHIM = os.path.join(harness.BUILD, "tests", "chaos", "disk_shim.so")
DIED = 137
QUICK = [word for name, value in (("delivery.timeout.ms", int(3000 * harness.PATIENCE)),
                                  ("request.timeout.ms", int(1500 * harness.PATIENCE)),
                                  ("linger.ms", 0))
         for word in ("--command-property", f"{name}={value}")]
SMALL = ["--config", "segment.bytes=1048576"]
SETTINGS = {"log.cleaner.backoff.ms": 20, "log.retention.check.interval.ms": 100,
            "log.segment.delete.delay.ms": 50}


class ShimmedBroker(harness.Broker):
    """With the shim when `shim` says something."""

    shim = arm = None

    def command(self):
        if not self.shim:
            return super().command()
        kind, *name, number = self.shim.split()
        words = [f"LD_PRELOAD={SHIM}", f"KC_SHIM={kind}", f"KC_SHIM_NUMBER={number}"]
        words += [f"KC_SHIM_NAME={each}" for each in name]
        words += [f"KC_SHIM_ARM={self.arm}"] if self.arm else []
        return ["env", *words, *super().command()]


class Load:
    """Uses every part of the log until the broker is gone; remembers what was acknowledged."""

    def __init__(self, broker):
        self.broker = broker
        self.kept = 0      # lines of "kept" that were acknowledged
        self.keyed = -1    # the newest round of "keyed" that was acknowledged whole
        self.named = set()  # topics whose making was acknowledged
        self.ended = set()
        self.number = 0

    def alive(self):
        return self.broker.process.alive()

    def tool(self, name, *args, stdin=b""):
        """True when it ended well before the broker was gone."""
        self.number += 1
        path = os.path.join(self.broker.directory, "stdin")
        with open(path, "wb") as file:
            file.write(stdin)
        with open(path, "rb") as file:
            run = harness.Process([harness.binary(name), "--bootstrap-server",
                                   self.broker.address, *args], self.broker.directory,
                                  f"{name}-{self.number}", stdin=file)
        harness.wait_until(lambda: not run.alive() or not self.alive(), 60, f"{name} to end")
        if not run.alive():
            return run.child.returncode == 0
        run.close()
        return False

    def create(self, topic, *settings):
        if self.tool("topics", "--create", "--topic", topic, "--partitions", "1", *SMALL,
                     *settings):
            self.named.add(topic)

    def put_kept(self, count=700):
        lines = "".join(f"{self.kept + i} {'x' * 990}\n" for i in range(count))
        if self.tool("console-producer", "--topic", "kept", *QUICK, stdin=lines.encode()):
            self.kept += count

    def put_keyed(self, number):
        lines = "".join(f"key-{i}\t{number} {'y' * 990}\n" for i in range(700))
        if self.tool("console-producer", "--topic", "keyed", *QUICK, "--reader-property",
                     "parse.key=true", stdin=lines.encode()):
            self.keyed = number

    def run(self):
        """Returns when all is done or the broker is gone."""
        steps = [lambda: self.create("kept"),
                 lambda: self.create("keyed", "--config", "cleanup.policy=compact", "--config",
                                     "min.cleanable.dirty.ratio=0.01"),
                 lambda: self.create("short", "--config", "retention.bytes=1048576"),
                 self.put_kept, lambda: self.put_keyed(0), self.put_kept,
                 lambda: self.put_keyed(1), lambda: self.put_keyed(2),
                 lambda: self.tool("console-producer", "--topic", "short", *QUICK,
                                   stdin=b"z" * 1000 + b"\n" + harness.real_lines(70000)),
                 lambda: self.tool("console-consumer", "--topic", "kept", "--group", "g",
                                   "--from-beginning", "--max-messages", "10", "--timeout-ms",
                                   "5000"),
                 self.delete_short, self.put_kept, self.settle]
        for step in steps:
            if not self.alive():
                return
            step()

    def delete_short(self):
        if self.tool("topics", "--delete", "--topic", "short"):
            self.ended.add("short")

    def settle(self):
        harness.wait_until(lambda: not self.alive() or "compacted up to" in
                           self.broker.process.log(), 30, "a compaction")
        if self.alive():
            self.broker.process.stop()

    def check(self):
        """Everything acknowledged is there, over a disk that is well again."""
        tools = harness.Tools(self.broker.address)
        listed = set(tools.ok("topics", "--list").out.decode().split())
        missing = self.named - self.ended - listed
        harness.check(not missing, f"topics {missing} are gone, there are {listed}")
        harness.check(not self.ended & listed, f"topics {self.ended & listed} are there again")
        if self.kept:
            got = read_to_end(tools, "kept").decode().splitlines()
            numbers = [int(line.split()[0]) for line in got]
            wanted = list(range(self.kept))
            whole = [n for i, n in enumerate(numbers) if n not in numbers[max(0, i - 2000):i]]
            harness.check(set(wanted) <= set(whole),
                          f"{len(set(wanted) - set(whole))} of {self.kept} records are lost")
        if self.keyed >= 0:
            got = read_to_end(tools, "keyed", "--formatter-property", "print.key=true").decode()
            newest = dict(line.split("\t", 1) for line in got.splitlines())
            stale = [i for i in range(700)
                     if int(newest.get(f"key-{i}", "-1").split()[0]) < self.keyed]
            harness.check(not stale, f"{len(stale)} keys have lost their value of round "
                                     f"{self.keyed}: {stale[:5]}")


def read_to_end(tools, topic, *more):
    tools.produce(topic, b"end\t-1 end\n" if topic == "keyed" else b"-1 end\n",
                  *(["--reader-property", "parse.key=true"] if topic == "keyed" else []))
    return tools.consume(topic, "--from-beginning", "--timeout-ms",
                         str(int(1500 * harness.PATIENCE)), *more)


def begin(broker, shim):
    """Starts with the shim; False when it died before it was ready."""
    broker.shim = shim
    try:
        broker.start()
    except harness.Failure:
        harness.check_equal(broker.process.child.returncode, DIED, broker.process.log()[-2000:])
        return False
    return True


def die_at(number, again):
    """One life that ends at a step, one that ends in the recovery, and one that must be whole."""
    with harness.scratch() as directory:
        broker = ShimmedBroker(directory, **SETTINGS)
        try:
            load = Load(broker)
            if begin(broker, f"die {number}"):
                load.run()
            status = broker.process.child.wait(60)
            broker.close()
            # With a port of its own when it was never ready.
            if begin(broker, f"die {again}") and broker.process.alive():
                broker.process.stop()
            broker.shim = None
            broker.start()
            load.check()
            broker.stop()
            return status == DIED
        finally:
            broker.close()


@harness.case
def death_at_any_step():
    chance = random.Random(SEED)
    harness.note(f"seed {SEED}, {ROUNDS} rounds")
    last, died = 400, 0
    for number in range(ROUNDS):
        step = chance.randrange(1, last) if number else last
        if die_at(step, chance.randrange(1, 40)):
            died += 1
        else:
            last = max(step, 40)
    harness.note(f"{died} deaths at steps up to {last}, each with another in its recovery")
    harness.check(died * 2 > ROUNDS, "it hardly ever died")


def try_to_create(broker, directory, topic):
    """Of a broker that may end meanwhile: who asks it then would wait for a minute, as in Kafka."""
    path = os.path.join(directory, "soon.properties")
    with open(path, "w", encoding="ascii") as file:
        file.write("default.api.timeout.ms=6000\nrequest.timeout.ms=3000\n")
    return harness.Tools(broker.address).run("topics", "--create", "--topic", topic,
                                             "--partitions", "1", "--command-config", path)


def fails(kind, name, code, setting=()):
    """After the first failed call on that kind of file nothing is acknowledged by it."""
    with harness.scratch() as directory:
        broker = ShimmedBroker(directory, **SETTINGS)
        broker.shim = f"{kind} {name} {code}"
        broker.arm = os.path.join(directory, "armed")
        try:
            broker.start()
            load = Load(broker)
            load.create("kept", *setting)
            load.put_kept(1)
            harness.check_equal(load.kept, 1, "records before the fault")
            with open(broker.arm, "w", encoding="ascii"):
                pass
            for _ in range(4):  # more than a segment
                if broker.process.alive():
                    load.put_kept(500)
            if broker.process.alive():
                try_to_create(broker, directory, "late")
            if broker.process.alive():
                broker.process.stop()
            status, log = broker.process.child.wait(60), broker.process.log()
            broker.shim = None
            os.unlink(broker.arm)
            broker.start()
            load.check()
            broker.stop()
            return status, log, load.kept
        finally:
            broker.close()


def fault_case(title, kind, name, setting, is_acknowledged, told=None):
    """`told`: what the log names, when that is not the whole name."""
    def fault():
        status, log, kept = fails(kind, name, errno.EIO, setting)
        harness.check(os.strerror(errno.EIO) in log, f"the error is not told:\n{log[-2000:]}")
        harness.check((told or name) in log, f"{told or name} is not named:\n{log[-2000:]}")
        if not is_acknowledged:
            harness.check_equal(kept, 1, "records acknowledged in all")
        harness.note(f"exit status {status}, {kept} acknowledged")
        harness.check(status >= 0, f"ended by signal {-status}")
    fault.__name__ = title
    harness.case(fault)


FLUSH = ["--config", "flush.messages=1"]
fault_case("write_of_records_fails", "write", "kept-0/00000000000000000000.log", [], False)
fault_case("sync_of_records_fails", "sync", "kept-0/00000000000000000000.log", FLUSH, False,
           "kept-0")
fault_case("write_of_metadata_fails", "write", "__cluster_metadata-0", [], True)
fault_case("sync_of_metadata_fails", "sync", "__cluster_metadata-0", [], True)
fault_case("write_of_a_checkpoint_fails", "write", "recovery-point-offset-checkpoint", [], True)
fault_case("sync_of_a_checkpoint_fails", "sync", "recovery-point-offset-checkpoint", [], True)
fault_case("write_of_a_snapshot_fails", "write", ".snapshot", [], True,
           "write producer snapshot")
fault_case("write_of_an_index_fails", "write", "kept-0/00000000000000000000.timeindex", [], True,
           "kept-0/00000000000000000000.")


@harness.case
def short_and_interrupted_calls():
    with harness.scratch() as directory:
        broker = ShimmedBroker(directory, **SETTINGS)
        broker.shim = "short 0"
        try:
            for _ in range(2):
                broker.start()
                load = Load(broker)
                load.create("kept") if not broker.starts > 1 else None
                load.put_kept(20)
                harness.check_equal(load.kept, 20, "records acknowledged")
                load.check()
                broker.stop()
            harness.check_equal(len(segment_lines(broker)), 41 + 1, "records at the end")
        finally:
            broker.close()


def segment_lines(broker):
    broker.shim = None
    broker.start()
    out = harness.Tools(broker.address).consume("kept", "--from-beginning", "--timeout-ms", "2000")
    broker.stop()
    return out.splitlines()


def fill_up(path):
    file = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(file, b"x" * 4096)
    except OSError as full:
        harness.check_equal(full.errno, errno.ENOSPC, "what ended the filler")
    finally:
        os.close(file)


@harness.case
def metadata_directory_full():
    with harness.scratch() as directory, bad_files.small_disk(directory, 24 * 1024) as disk, \
            ShimmedBroker(directory, **{"metadata.log.dir": disk, **SETTINGS}) as broker:
        load = Load(broker)
        load.create("kept")
        load.put_kept(100)
        filler = os.path.join(disk, "filler")
        fill_up(filler)
        made = 0
        while broker.process.alive() and made < 200 and try_to_create(
                broker, directory, f"more-{made}").code == 0:
            load.named.add(f"more-{made}")
            made += 1
        harness.check(made < 200, "a full disk took 200 topics")
        harness.note(f"{made} topics fitted; the broker "
                     f"{'lives' if broker.process.alive() else 'ended'}")
        if broker.process.alive():
            broker.process.stop()
        harness.check(broker.process.child.returncode >= 0, "ended by a signal")
        harness.check(os.strerror(errno.ENOSPC) in broker.process.log(),
                      f"the full disk is not told:\n{broker.process.log()[-2000:]}")
        os.unlink(filler)
        broker.start()
        load.check()
        broker.stop()


if __name__ == "__main__":
    harness.main()
