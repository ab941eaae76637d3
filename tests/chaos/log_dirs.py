"""chaos: several log.dirs, of which one fails: its partitions answer KAFKA_STORAGE_ERROR, others
are served on, and after a start over good disks everything acknowledged is there. Without the
metadata log's directory, or without any, the broker ends."""
import errno
import json
import os
import shutil
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import disk_faults  # noqa: E402
import harness  # noqa: E402

harness.cases.clear()  # disk_faults' run there
QUICK = disk_faults.QUICK
# Without a group: the topic that it needs may have nowhere to go.
WHOLE = ["--partition", "0", "--offset", "earliest"]


class Dirs:
    """A broker over directories `names`, with a topic in each: "in-NAME"."""

    def __init__(self, directory, *names, **settings):
        self.paths = {name: os.path.join(directory, name) for name in names}
        self.monitor = harness.free_port()
        self.broker = disk_faults.ShimmedBroker(
            directory, ",".join(self.paths.values()),
            **{"metrics.listener": self.monitor, **settings})
        self.broker.arm = os.path.join(directory, "armed")
        self.kept = {name: [] for name in names}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.broker.__exit__(*error)

    def tools(self):
        return harness.Tools(self.broker.address)

    def create(self):
        """Each new topic goes to the directory with the fewest partitions."""
        for name in self.paths:
            self.tools().create(f"in-{name}")
            harness.wait_until(lambda name=name: os.path.isdir(self.log_of(name)), 20,
                               f"in-{name} to be in {name}")

    def begin(self):
        """One record in each."""
        self.broker.start()
        self.create()
        harness.check(self.put("one", "a") and self.put("two", "b"), "before")

    def log_of(self, name):
        return os.path.join(self.paths[name], f"in-{name}-0")

    def put(self, name, line):
        """True when it was acknowledged."""
        run = self.tools().run("console-producer", "--topic", f"in-{name}", *QUICK,
                               stdin=line.encode() + b"\n")
        if run.code == 0:
            self.kept[name].append(line)
        return run.code == 0

    def check(self, name):
        want = self.kept[name]
        out = self.tools().consume(f"in-{name}", *WHOLE, "--max-messages",
                                   str(len(want)), "--timeout-ms",
                                   str(int(10000 * harness.PATIENCE)))
        harness.check_equal(out.decode().splitlines(), want, f"records of in-{name}")

    def states(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.monitor}/status") as page:
            rows = json.load(page)["log_directories"]
        return {os.path.basename(row["path"]): row["state"] for row in rows}

    def arm(self):
        with open(self.broker.arm, "w", encoding="ascii"):
            pass


def fails_at_run_time(code):
    with harness.scratch() as directory, Dirs(directory, "one", "two", "three") as dirs:
        dirs.broker.shim = f"write /two/ {code}"
        dirs.broker.start()
        dirs.create()
        harness.check_equal([dirs.put(name, "before") for name in dirs.paths], [True] * 3, "before")
        dirs.arm()
        harness.check(not dirs.put("two", "lost"), "acknowledged by a disk that failed")
        harness.wait_until(lambda: dirs.states() == {"one": "online", "two": "offline",
                                                     "three": "online"}, 20, "two to be offline")
        harness.check(dirs.put("one", "after") and dirs.put("three", "after"),
                      "the others do not go on")
        told = f"log directory {dirs.paths['two']} is offline"
        harness.check(told in dirs.broker.process.log(), dirs.broker.process.log()[-2000:])
        harness.check(not dirs.put("two", "lost again"), "acknowledged after the failure")
        for name in ("one", "three"):
            dirs.check(name)
        # A new topic goes to those that are left.
        dirs.tools().create("later", 2)
        harness.wait_until(lambda: sum(os.path.isdir(os.path.join(dirs.paths[name], f"later-{i}"))
                                       for name in ("one", "three") for i in range(2)) == 2, 20,
                           "the new logs to be in the directories that are left")
        dirs.broker.stop()
        dirs.broker.shim = None
        dirs.broker.start()
        for name in dirs.paths:
            dirs.check(name)
        harness.check_equal(set(dirs.states().values()), {"online"}, "states over good disks")
        dirs.broker.stop()


@harness.case
def input_output_error():
    fails_at_run_time(errno.EIO)


@harness.case
def read_only_file_system():
    fails_at_run_time(errno.EROFS)


@harness.case
def a_full_disk_is_no_failure():
    with harness.scratch() as directory, Dirs(directory, "one", "two") as dirs:
        dirs.broker.shim = f"put /two/ {errno.ENOSPC}"
        dirs.broker.start()
        dirs.create()
        harness.check(dirs.put("two", "before"), "before")
        dirs.arm()
        harness.check(not dirs.put("two", "lost"), "acknowledged by a full disk")
        harness.check(dirs.put("one", "after"), "the other does not go on")
        harness.check_equal(dirs.states(), {"one": "online", "two": "online"}, "states")
        dirs.check("two")
        dirs.broker.process.stop()
        dirs.broker.shim = None
        dirs.broker.start()
        harness.check(dirs.put("two", "with room again"), "with room again")
        dirs.check("two")
        dirs.broker.stop()


@harness.case
def without_the_metadata_directory():
    with harness.scratch() as directory, Dirs(directory, "one", "two") as dirs:
        dirs.broker.shim = f"write /one/in-one {errno.EIO}"
        dirs.broker.start()
        dirs.create()
        dirs.arm()
        harness.check(not dirs.put("one", "lost"), "acknowledged by a disk that failed")
        harness.check_equal(dirs.broker.process.child.wait(30), 1, "exit status")
        log = dirs.broker.process.log()
        harness.check("the log directory that has the metadata log has failed" in log, log[-2000:])


@harness.case
def unusable_at_the_start():
    with harness.scratch() as directory, Dirs(directory, "one", "two") as dirs:
        dirs.begin()
        dirs.broker.stop()
        aside = os.path.join(directory, "aside")
        os.rename(dirs.paths["two"], aside)
        with open(dirs.paths["two"], "w", encoding="ascii"):
            pass  # no directory
        dirs.broker.start()
        harness.check_equal(dirs.states(), {"one": "online", "two": "offline"}, "states")
        dirs.check("one")
        harness.check(not dirs.put("two", "lost"), "acknowledged without its directory")
        harness.check(not os.path.exists(os.path.join(dirs.paths["one"], "in-two-0")),
                      "made anew, empty, elsewhere")
        dirs.broker.stop()
        os.unlink(dirs.paths["two"])
        os.rename(aside, dirs.paths["two"])
        dirs.broker.start()
        dirs.check("two")
        dirs.broker.stop()
        # The metadata log is in the first: nothing can be known without it.
        os.rename(dirs.paths["one"], aside)
        with open(dirs.paths["one"], "w", encoding="ascii"):
            pass
        process = dirs.broker.launch()
        harness.check_equal(process.child.wait(30), 1, "exit status")
        harness.check("Encountered I/O error in metadata log directory" in process.log(),
                      process.log())


@harness.case
def a_partition_in_two_directories():
    with harness.scratch() as directory, Dirs(directory, "one", "two") as dirs:
        dirs.begin()
        dirs.broker.stop()
        copy = os.path.join(dirs.paths["two"], "in-one-0")
        shutil.copytree(dirs.log_of("one"), copy)
        dirs.broker.start()
        log = dirs.broker.process.log()
        harness.check("in-one-0 is in two log directories" in log, log[-2000:])
        harness.check(not dirs.put("one", "lost"), "served from one of two")
        dirs.check("two")
        dirs.broker.stop()
        shutil.rmtree(copy)
        dirs.broker.start()
        dirs.check("one")
        dirs.broker.stop()


if __name__ == "__main__":
    harness.main()
