"""chaos: what is short when a partition is to be made (the disk, files to open) comes back: the
partition answers KAFKA_STORAGE_ERROR alone, the log says why, and freeing room is enough for the
running broker to serve it."""
import errno
import os
import re
import resource
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import batch  # noqa: E402
import disk_faults  # noqa: E402
import harness  # noqa: E402
import log_dirs  # noqa: E402
import peer  # noqa: E402

harness.cases.clear()  # those of the others run there
STORAGE_ERROR = 56
NO_MORE = os.strerror(errno.ENOSPC)


class Room(log_dirs.Dirs):
    """Directories whose disk is full while it is armed, for partitions of names with `part`."""

    def __init__(self, directory, part, *names):
        super().__init__(directory, *names)
        self.broker.shim = f"put {part} {errno.ENOSPC}"
        self.broker.start()
        self.arm()

    def free(self):
        os.unlink(self.broker.arm)

    def produces(self, topic):
        return self.tools().run("console-producer", "--topic", topic, *log_dirs.QUICK,
                                stdin=b"line\n").code == 0

    def leaders(self, topic):
        told = self.tools().ok("topics", "--describe", "--topic", topic).text()
        return re.findall(r"Leader: (\w+)", told)

    def log(self):
        return self.broker.process.log()


@harness.case
def a_disk_that_was_full():
    with harness.scratch() as directory, Room(directory, "late-", "one") as room:
        room.tools().create("late", 2)
        room.tools().create("other")
        harness.check(not room.produces("late"), "acknowledged without a log")
        harness.check(room.produces("other"), "others are served")
        for part in ("late-0 answers KAFKA_STORAGE_ERROR", NO_MORE,
                     os.path.join(room.paths["one"], "late-0"), "tried again by itself"):
            harness.check(part in room.log(), f"{part!r} is not in:\n{room.log()}")
        harness.check_equal(room.states(), {"one": "online"}, "states")
        harness.check_equal(room.leaders("late"), ["none", "none"], "leaders without logs")
        harness.check(not os.path.exists(os.path.join(room.paths["one"], "late-1")), "half a log")
        room.free()
        harness.wait_until(lambda: room.produces("late"), 60, "the new topic to be served")
        harness.check("late-0 has found room and is served" in room.log(), room.log())
        harness.check_equal(room.leaders("late"), ["1", "1"], "leaders with room")
        room.broker.stop()
        room.broker.start()
        harness.check_equal(room.tools().consume("late", "--from-beginning", "--max-messages", "1",
                                                 "--timeout-ms", "20000"), b"line\n", "records")
        room.broker.stop()


@harness.case
def another_directory_has_room():
    with harness.scratch() as directory, Room(directory, "/one/late-", "one", "two") as room:
        room.tools().create("late", 2)
        harness.check(room.produces("late"), "not acknowledged")
        for partition in range(2):
            path = os.path.join(room.paths["two"], f"late-{partition}")
            harness.wait_until(lambda path=path: os.path.isdir(path), 20, f"{path} to be there")
        room.broker.stop()


@harness.case
def the_offsets_of_groups_come_back():
    with harness.scratch() as directory, Room(directory, "__consumer_offsets-", "one") as room:
        room.tools().create("t")
        harness.check(room.produces("t"), "not acknowledged")
        consume = ["--group", "g", "--from-beginning", "--max-messages", "1", "--timeout-ms"]
        run = room.tools().run("console-consumer", "--topic", "t", *consume, "3000")
        harness.check_equal(run.out, b"", "read by a group without a coordinator")
        harness.check("__consumer_offsets-0 answers KAFKA_STORAGE_ERROR" in room.log(), room.log())
        room.free()
        harness.check_equal(room.tools().consume("t", *consume, "60000"), b"line\n", "records")
        room.broker.stop()


@harness.case
def no_file_was_left_to_open():
    def create(topic):
        """CreateTopics version 2: one partition, one replica."""
        return (struct.pack(">i", 1) + peer.text(topic)
                + struct.pack(">ihii", 1, 1, 0, 0) + struct.pack(">i?", 20000, False))

    with harness.scratch() as directory, disk_faults.ShimmedBroker(directory) as broker:
        with peer.Peer(broker) as client:
            client.ask(18, 0, b"")
            records = batch.batch(batch.record(b"x"))
            pid = broker.process.child.pid
            _, most = before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            top = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
            holes = top + 1 - broker.process.descriptors()
            harness.check_equal(holes, 0, "descriptors below the highest that are free")
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (top + 1, most))
            client.ask(19, 2, create("late"))
            err, _ = client.produced("late", records)
            harness.check_equal(err, STORAGE_ERROR, "error of Produce")
            harness.check(os.strerror(errno.EMFILE) in broker.process.log(), broker.process.log())
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
            harness.wait_until(lambda: client.produced("late", records)[0] == 0, 60,
                               "the new topic to be served")
        broker.stop()


if __name__ == "__main__":
    harness.main()
