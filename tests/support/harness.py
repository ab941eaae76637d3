"""tests: what the process-level suites share. Cases print TAP; brokers, tools and waits have
deadlines. Python standard library only.

A suite is a program: functions marked @case, then harness.main(). Each case passes, fails (any
exception) or calls skip(reason). $KC_BUILD names the build directory. Exit status: 0, 1 when a case
failed, 77 when every case was skipped.
"""
import contextlib
import fcntl
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("KC_BUILD", os.path.join(ROOT, "build"))
# Sanitizers slow everything down; deadlines are for hangs, not for speed.
PATIENCE = float(os.environ.get("KC_PATIENCE", "1"))

REPORT = re.compile(r"WARNING: ThreadSanitizer|ERROR: \w+Sanitizer|: runtime error: ")

cases = []


class Skip(Exception):
    """Raised by skip(): this machine cannot run the case."""


class Failure(Exception):
    """Raised by check() and fail()."""


def case(function):
    cases.append(function)
    return function


def skip(reason):
    raise Skip(reason)


def fail(text):
    raise Failure(text)


def check(condition, text):
    if not condition:
        fail(text)


def check_equal(got, wanted, what):
    if got != wanted:
        fail(f"{what}: got {shorten(got)}, wanted {shorten(wanted)}")


def shorten(value, limit=600):
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[:limit] + f"... ({len(text)} characters)"


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def wait_until(condition, seconds, what):
    """Returns the first true value of condition(), which is asked again and again."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            fail(f"waited {seconds * PATIENCE:.0f} s in vain for: {what}")
        time.sleep(0.002)


def binary(name):
    path = os.path.join(BUILD, name, name) if name == "broker-lite" else \
        os.path.join(BUILD, "tools", name, name)
    check(os.access(path, os.X_OK), f"{path} is not built")
    return path


@contextlib.contextmanager
def scratch():
    path = tempfile.mkdtemp(prefix="libclient-test-")
    try:
        yield path
    finally:
        if os.environ.get("KC_KEEP"):
            note(f"kept {path}")
        else:
            shutil.rmtree(path, ignore_errors=True)


ports_given = set()
ports_file = None


def claim_port(port):
    """Whether the port is this program's now, among all test programs of this user, until it ends:
    byte number `port` of a file is locked."""
    global ports_file
    if port in ports_given:
        return False
    if ports_file is None:
        path = os.path.join(tempfile.gettempdir(), f"libclient-test-ports-{os.getuid()}")
        ports_file = open(path, "ab")  # closing it would give all back
    try:
        fcntl.lockf(ports_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    ports_given.add(port)
    return True


def free_port():
    """A port that nobody listens on and no other test program is given, outside the range of
    outgoing connections, which may take a port of those while a broker is down."""
    for _ in range(1000):
        port = random.randrange(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if claim_port(port):
            return port
    fail("no free port")


class Result:
    def __init__(self, args, code, out, err, seconds):
        self.args, self.code, self.out, self.err, self.seconds = args, code, out, err, seconds

    def text(self):
        return (f"{' '.join(map(str, self.args))}\nexit {self.code} after {self.seconds:.2f} s\n"
                f"stdout: {shorten(self.out.decode(errors='replace'))}\n"
                f"stderr: {shorten(self.err.decode(errors='replace'))}")


def run(args, stdin=b"", seconds=60, environment=None):
    """Runs a program to its end; stdin is bytes or an open file."""
    started = time.monotonic()
    environment = dict(os.environ, **(environment or {}))
    source = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
    try:
        done = subprocess.run(args, capture_output=True, timeout=seconds * PATIENCE,
                              env=environment, check=False, **source)
    except subprocess.TimeoutExpired as late:
        fail(f"{' '.join(map(str, args))}: not done after {seconds * PATIENCE:.0f} s\n"
             f"stderr: {shorten((late.stderr or b'').decode(errors='replace'))}")
    return Result(args, done.returncode, done.stdout, done.stderr, time.monotonic() - started)


def run_ok(args, **options):
    result = run(args, **options)
    if result.code != 0:
        fail(result.text())
    return result


class Process:
    """A child in the background, its output in DIRECTORY/NAME.out and .err; ended by close()."""

    def __init__(self, args, directory, name, stdin=None):
        self.args, self.name = args, name
        self.out_path = os.path.join(directory, name + ".out")
        self.err_path = os.path.join(directory, name + ".err")
        with open(self.out_path, "ab") as out, open(self.err_path, "ab") as err:
            self.child = subprocess.Popen(args, stdin=stdin or subprocess.DEVNULL, stdout=out,
                                          stderr=err)

    def alive(self):
        return self.child.poll() is None

    def read(self, path):
        with open(path, "rb") as file:
            return file.read().decode(errors="replace")

    def log(self):
        return self.read(self.out_path) + self.read(self.err_path)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self, seconds=30):
        """SIGTERM, then the exit status; a process that does not end in time is a failure."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            fail(f"{self.name} did not end {seconds * PATIENCE:.0f} s after SIGTERM")

    def close(self):
        if self.alive():
            self.kill()

    def status(self, name):
        """A number of /proc/PID/status; 0 when it is gone."""
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1])
        return 0

    def rss_kib(self):
        return self.status("VmRSS")

    def peak_kib(self):
        """The most that rss_kib would have said since forget_peak."""
        return self.status("VmHWM")

    def forget_peak(self):
        with open(f"/proc/{self.child.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.child.pid}/fd"))


class Broker:
    """One broker-lite over DIRECTORY, on a port that is its own."""

    def __init__(self, directory, data=None, **settings):
        self.directory = directory
        self.data = data or os.path.join(directory, "data")
        self.port = free_port()
        self.process = None
        self.starts = 0
        self.settings = {"group.initial.rebalance.delay.ms": "0"}
        self.settings.update({name.replace("_", "."): str(value)
                              for name, value in settings.items()})

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def command(self):
        settings = {"listeners": f"PLAINTEXT://127.0.0.1:{self.port}", "log.dirs": self.data}
        settings.update(self.settings)
        args = [binary("broker-lite")]
        for name, value in settings.items():
            args += ["--override", f"{name}={value}"]
        return args

    def launch(self):
        self.starts += 1
        self.process = Process(self.command(), self.directory, f"broker-{self.starts}")
        return self.process

    def start(self, seconds=30):
        started = time.monotonic()
        process = self.launch()

        def ready():
            for line in process.read(process.out_path).splitlines(keepends=True):
                if line.startswith("broker-lite: node ") and line.endswith("\n"):
                    return line
            check(process.alive(), f"broker-lite ended at start, status {process.child.returncode}:"
                                   f"\n{shorten(process.log(), 3000)}")
            return None
        try:
            line = wait_until(ready, seconds, "the broker's ready line")
        except Failure:
            process.close()
            raise
        check_equal(int(line.rsplit(":", 1)[1]), self.port, "the port in the ready line")
        return time.monotonic() - started

    def kill(self):
        self.process.kill()

    def stop(self):
        code = self.process.stop()
        self.check_reports()
        check_equal(code, 0, "broker-lite's exit status after SIGTERM\n" + self.process.log())

    def check_reports(self):
        """A broker that was built with a sanitizer has none to tell, in all its lives."""
        for number in range(1, self.starts + 1):
            path = os.path.join(self.directory, f"broker-{number}.err")
            with open(path, encoding="utf-8", errors="replace") as file:
                log = file.read()
            found = REPORT.search(log)
            check(not found, f"life {number} of the broker: {log[found.start():] if found else ''}")

    def close(self):
        if self.process:
            self.process.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        if error[0] and self.process:
            note(f"broker's log: {shorten(self.process.log(), 4000)}")
        self.close()
        if not error[0] and os.path.isdir(self.directory):
            self.check_reports()


class Tools:
    """Our tools against one address, each with a deadline."""

    def __init__(self, address):
        self.address = address

    def run(self, name, *args, **options):
        return run([binary(name), "--bootstrap-server", self.address, *args], **options)

    def ok(self, name, *args, **options):
        return run_ok([binary(name), "--bootstrap-server", self.address, *args], **options)

    def create(self, topic, partitions=1, *more):
        return self.ok("topics", "--create", "--topic", topic, "--partitions", str(partitions),
                       "--replication-factor", "1", *more)

    def produce(self, topic, data, *more, seconds=120):
        return self.ok("console-producer", "--topic", topic, *more, stdin=data, seconds=seconds)

    def consume(self, topic, *more, seconds=120):
        return self.ok("console-consumer", "--topic", topic, *more, seconds=seconds).out


def real_lines(count):
    """At least `count` lines of real text (the project's licence, repeated), as bytes."""
    with open(os.path.join(ROOT, "LICENSE"), "rb") as file:
        text = file.read()
    return text * (count // text.count(b"\n") + 1)


def sorted_lines(data):
    return sorted(data.split(b"\n"))


def check_offsets(rows, what):
    """rows: (partition, offset) in the order of consumption; each partition's offsets must be
    0, 1, 2, ... Returns the number of records by partition."""
    expected = {}
    for partition, offset in rows:
        wanted = expected.get(partition, 0)
        check(offset == wanted, f"{what}: partition {partition} has offset {offset} after "
                                f"{wanted - 1}")
        expected[partition] = wanted + 1
    return expected


def describe_lags(table):
    """The LAG column of a `consumer-groups --describe`, as printed, by (topic, partition)."""
    lines = [line.split() for line in table.decode().splitlines() if line.strip()]
    head = next((line for line in lines if "LAG" in line and "PARTITION" in line), None)
    check(head, f"no table in: {table.decode()}")
    topic, partition, lag = (head.index(name) for name in ("TOPIC", "PARTITION", "LAG"))
    rows = lines[lines.index(head) + 1:]
    return {(row[topic], int(row[partition])): row[lag] for row in rows if len(row) > lag}


def run_case(function):
    """(verdict, reason or None)"""
    try:
        function()
        return "ok", None
    except Skip as reason:
        return "skip", str(reason)
    except Failure as failure:
        note(failure)
    except Exception:  # a case may fail in any way, and the rest still run
        note(traceback.format_exc())
    return "fail", None


def main():
    """Runs the cases (or those named as arguments), prints TAP, exits."""
    wanted = [name for name in sys.argv[1:] if not name.startswith("-")]
    chosen = [function for function in cases if not wanted or function.__name__ in wanted]
    print(f"1..{len(chosen)}", flush=True)
    counts = {"ok": 0, "fail": 0, "skip": 0}
    for number, function in enumerate(chosen, 1):
        verdict, reason = run_case(function)
        counts[verdict] += 1
        head = "not ok" if verdict == "fail" else "ok"
        tail = f" # SKIP {reason}" if verdict == "skip" else ""
        print(f"{head} {number} - {function.__name__}{tail}", flush=True)
    if counts["fail"]:
        sys.exit(1)
    sys.exit(77 if counts["skip"] and not counts["ok"] else 0)
