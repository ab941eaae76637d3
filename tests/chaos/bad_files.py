"""chaos: damaged and foreign files in log.dirs, and a full disk. The broker refuses or quarantines
and names the file; it never deletes what it did not understand; what it serves is what was written.
"""
import contextlib
import hashlib
import json
import os
import shutil
import struct
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import batch  # noqa: E402
import harness  # noqa: E402
import peer  # noqa: E402

NOT_AVAILABLE, NOT_COORDINATOR = 15, 16
LINES = 80000
FOREIGN = b"nobody told the broker about this file\n"


def fill(broker, topic="kept", partitions=1, lines=LINES):
    """A topic of real lines over several closed segments; the lines."""
    tools = harness.Tools(broker.address)
    tools.create(topic, partitions, "--config", "segment.bytes=1048576")
    data = harness.real_lines(lines)
    tools.produce(topic, data)
    return data


def read(broker, count, topic="kept"):
    return harness.Tools(broker.address).consume(topic, "--from-beginning", "--max-messages",
                                                 str(count), "--timeout-ms", "30000")


def still_serves(broker, data, topic="kept"):
    got = read(broker, data.count(b"\n"), topic)
    harness.check(got == data, f"{topic} has other bytes than were written: {len(got)} of "
                               f"{len(data)}")


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def digests(directory):
    return {digest(os.path.join(folder, name))
            for folder, _, names in os.walk(directory) for name in names}


def segments(broker, topic="kept", partition=0):
    folder = os.path.join(broker.data, f"{topic}-{partition}")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".log"))
    return [os.path.join(folder, name) for name in names]


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)


def flip(path, position):
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 0xff]))


def refuses(broker, name):
    """It ends soon, with a status other than 0, no signal, and a line that names the file."""
    process = broker.launch()
    harness.wait_until(lambda: not process.alive(), 20, f"broker-lite to refuse {name}")
    harness.check(process.child.returncode == 1,
                  f"exit status {process.child.returncode}:\n{process.log()}")
    harness.check(name in process.log(), f"{name} is not named in:\n{process.log()}")


def stopped_broker(directory, **settings):
    broker = harness.Broker(directory, **settings)
    with broker:
        data = fill(broker)
        broker.stop()
    return broker, data


def foreign_case(place):
    def foreign():
        with harness.scratch() as directory:
            broker, data = stopped_broker(directory)
            path = os.path.join(broker.data, place)
            write(path, FOREIGN)
            process = broker.launch()
            # It may refuse or serve; both are right, losing the file is not.
            harness.wait_until(lambda: not process.alive() or "ready on" in process.log(), 20,
                               "broker-lite to start or to refuse")
            # What is in a folder that is no partition's is nobody's: the folder is named.
            names = place.split("/") if place.startswith("kept-") else place.split("/")[:1]
            harness.check(all(name in process.log() for name in names),
                          f"{names} are not named in:\n{process.log()}")
            if process.alive():
                still_serves(broker, data)
                broker.stop()
            else:
                harness.check_equal(process.child.returncode, 1, "exit status")
                os.unlink(path)
                broker.start()
                still_serves(broker, data)
                write(path, FOREIGN)
            broker.close()
            harness.check(digest_of(FOREIGN) in digests(broker.data), f"{place} is gone")
    foreign.__name__ = "foreign_" + "".join(c if c.isalnum() else "_" for c in place)
    harness.case(foreign)


def digest_of(data):
    return hashlib.sha256(data).hexdigest()


for each in ("notes.txt", "backup/old.log", "kept-0/README", "kept-0/00000000000000000007.log.bak",
             "other-x/00000000000000000000.log", "my.backup-delete/notes"):
    foreign_case(each)


@harness.case
def foreign_meta_properties_are_refused():
    for text in (b"\x00\x01\x02 this is no properties file", b"version=1\nnode.id=77\n",
                 b"version=99\n"):
        with harness.scratch() as directory:
            broker, _ = stopped_broker(directory)
            path = os.path.join(broker.data, "meta.properties")
            write(path, text)
            before = digests(broker.data)
            refuses(broker, "meta.properties")
            harness.check(before <= digests(broker.data), "a refusal changed or deleted files")


@harness.case
def torn_tail_is_cut():
    """Half a batch behind the last whole one, as a crash leaves it."""
    with harness.scratch() as directory:
        broker = harness.Broker(directory)
        with broker:
            data = fill(broker)
            broker.kill()
        last = segments(broker)[-1]
        with open(last, "ab") as file:
            file.write(b"\x00" * 8 + b"\x00\x00\x40\x00" + b"torn" * 100)
        broker.start()
        still_serves(broker, data)
        harness.Tools(broker.address).produce("kept", b"one more\n")
        still_serves(broker, data + b"one more\n")
        broker.stop()


@harness.case
def damaged_indexes_are_rebuilt():
    with harness.scratch() as directory:
        broker, data = stopped_broker(directory)
        folder = os.path.dirname(segments(broker)[0])
        count = 0
        for name in os.listdir(folder):
            if name.endswith((".index", ".timeindex")):
                write(os.path.join(folder, name), b"\xff" * 1000)
                count += 1
        harness.check(count >= 2, f"no indexes in {os.listdir(folder)}")
        broker.start()
        still_serves(broker, data)
        broker.stop()


@harness.case
def missing_checkpoints_are_made_again():
    with harness.scratch() as directory:
        broker, data = stopped_broker(directory)
        for name in os.listdir(broker.data):
            if name.endswith("-checkpoint"):
                os.unlink(os.path.join(broker.data, name))
        broker.start()
        still_serves(broker, data)
        broker.stop()


def damage_closed_segment(broker):
    """Flips a byte in the middle of a closed segment; the digests of all segments after that."""
    paths = segments(broker)
    harness.check(len(paths) >= 3, f"only {len(paths)} segments")
    flip(paths[1], os.path.getsize(paths[1]) // 2)
    return os.path.basename(paths[1]), {digest(path) for path in paths}


def serves_only_what_was_written(broker, data):
    got = harness.Tools(broker.address).run("console-consumer", "--topic", "kept",
                                            "--from-beginning", "--timeout-ms", "4000").out
    harness.check(set(got.split(b"\n")) <= set(data.split(b"\n")), "wrong bytes are served")


@harness.case
def damage_found_by_a_reader():
    """After a clean stop nothing is scanned; the consumer's checksum finds it."""
    with harness.scratch() as directory:
        broker, data = stopped_broker(directory)
        _, whole = damage_closed_segment(broker)
        broker.start()
        serves_only_what_was_written(broker, data)
        broker.stop()
        harness.check(whole <= digests(broker.data), "a segment is gone or changed")


@harness.case
def damage_found_by_a_scan():
    """Without marker and checkpoint every batch is looked at. A bad one in a closed segment is no
    torn tail: the file is named, and neither it nor what follows it is deleted."""
    with harness.scratch() as directory:
        broker, data = stopped_broker(directory)
        name, whole = damage_closed_segment(broker)
        for marker in (".kafka_cleanshutdown", "recovery-point-offset-checkpoint"):
            os.unlink(os.path.join(broker.data, marker))
        process = broker.launch()
        harness.wait_until(lambda: not process.alive() or "ready on" in process.log(), 20,
                           "broker-lite to start or to refuse")
        if process.alive():
            broker.close()
            broker.start()
            serves_only_what_was_written(broker, data)
            broker.stop()
        harness.check(name in process.log(), f"{name} is not named in:\n{process.log()}")
        harness.check(whole <= digests(broker.data), "a segment is gone or changed")


def offsets_are_not_served(damage, found, why, told):
    """`damage` hurts the log of all groups. Nobody waits for a load that never ends: who looks for
    the coordinator is answered `found`, and who asks it anything NOT_COORDINATOR."""
    monitor = harness.free_port()
    settings = {"offsets.topic.num.partitions": 1, "metrics.listener": monitor}
    with harness.scratch() as directory, harness.Broker(directory, **settings) as broker:
        tools = harness.Tools(broker.address)
        tools.create("kept")
        tools.produce("kept", b"1\n2\n")
        tools.consume("kept", "--from-beginning", "--max-messages", "2", "--group", "g")
        with peer.Peer(broker) as line:
            end = line.end_offset("__consumer_offsets")
        broker.stop()
        damage(os.path.join(broker.data, "__consumer_offsets-0", "00000000000000000000.log"), end)
        broker.start()
        harness.wait_until(lambda: told in broker.process.log(), 20, f"the log to say {told}")
        with peer.Peer(broker) as line:
            answer = line.ask(10, 1, peer.text("g") + b"\0")
            harness.check_equal(struct.unpack(">h", answer[4:6])[0], found, "FindCoordinator")
            answer = line.ask(12, 0, peer.text("g") + struct.pack(">i", 1) + peer.text("m"))
            harness.check_equal(struct.unpack(">h", answer)[0], NOT_COORDINATOR, "Heartbeat")
        run = tools.run("consumer-groups", "--describe", "--group", "g", "--timeout", "3000")
        harness.check(run.code != 0 and run.err, run.text())
        with urllib.request.urlopen(f"http://127.0.0.1:{monitor}/status") as page:
            rows = json.load(page)["unavailable_partitions"]
        harness.check_equal(rows, [{"topic": "__consumer_offsets", "partition": 0, "error": why}],
                            "unavailable partitions")
        harness.check_equal(tools.consume("kept", "--partition", "0", "--offset", "earliest",
                                          "--max-messages", "2"), b"1\n2\n", "records")
        broker.stop()


@harness.case
def offsets_in_a_log_that_is_refused():
    """As in Kafka, whose partition has no leader then."""
    def damage(path, _):
        flip(path, 57)  # the first batch's number of records
    offsets_are_not_served(damage, NOT_AVAILABLE, "KAFKA_STORAGE_ERROR",
                           "__consumer_offsets-0 is not served")


@harness.case
def offsets_among_records_that_are_none():
    """As in Kafka, whose partition has a leader, but no coordinator on it."""
    def damage(path, end):
        with open(path, "ab") as file:
            file.write(batch.batch(batch.record(b"no key"), base_offset=end, leader_epoch=0))
    offsets_are_not_served(damage, 0, "NOT_COORDINATOR",
                           "__consumer_offsets-0 is not read back")


@contextlib.contextmanager
def small_disk(directory, size_kib):
    """A file system of its own, so that only this test's disk fills up."""
    if os.geteuid() != 0:
        harness.skip("not root: no small file system can be mounted")
    path = os.path.join(directory, "disk")
    os.mkdir(path)
    done = harness.run(["mount", "-t", "tmpfs", "-o", f"size={size_kib}k", "tmpfs", path])
    if done.code:
        harness.skip(f"mount: {done.err.decode().strip()}")
    try:
        yield path
    finally:
        harness.run(["umount", "-l", path])


@harness.case
def full_disk():
    with harness.scratch() as directory, small_disk(directory, 48 * 1024) as disk, \
            harness.Broker(directory, data=os.path.join(disk, "data")) as broker:
        tools = harness.Tools(broker.address)
        tools.create("kept", 1)
        data = harness.real_lines(5000)
        tools.produce("kept", data)
        filler = os.path.join(disk, "filler")
        room = shutil.disk_usage(disk).free
        write(filler, b"x" * (room - 256 * 1024))
        short = ["--command-property", "delivery.timeout.ms=4000",
                 "--command-property", "request.timeout.ms=2000",
                 "--command-property", "linger.ms=0"]
        refused = tools.run("console-producer", "--topic", "kept", *short,
                            stdin=b"y" * 900000 + b"\n", seconds=40)
        harness.note(refused.err.decode(errors="replace"))
        harness.check_equal(refused.code, 1, "exit status of the refused producer")
        harness.check(refused.err.strip(), "no error is shown")
        serves_reads(broker, data)
        os.unlink(filler)
        tools.produce("kept", b"room again\n", *short)
        got = read(broker, data.count(b"\n") + 1)
        harness.check(got.startswith(data), "what was acknowledged before is not there")
        harness.check(b"room again" in harness.Tools(broker.address).run(
            "console-consumer", "--topic", "kept", "--from-beginning", "--timeout-ms",
            "3000").out, "the record after the full disk is not there")
        broker.stop()
        broker.start()
        harness.check(read(broker, data.count(b"\n")) == data, "other bytes after a restart")


def serves_reads(broker, data):
    harness.check(broker.process.alive(), f"the broker died:\n{broker.process.log()[-3000:]}")
    harness.check(read(broker, data.count(b"\n")) == data, "other bytes while the disk is full")


if __name__ == "__main__":
    harness.main()
