"""interop: one node of a real Apache Kafka and its own command-line tools, from the jars that
Maven Central has. skip() tells what is missing where it cannot run.

    kafka.py fetch                 only fetches the jars
    kafka.py serve                 starts a node, prints its address, ends with the end of stdin
    kafka.py run TOOL ARGUMENTS    one of Kafka's tools, see CLASSES
"""
import base64
import contextlib
import fcntl
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import uuid
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

VERSION = "4.3.0"
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "libclient-tests", f"kafka-{VERSION}")
SILENT_LOG = ("org.slf4j", "slf4j-nop", "1.7.36")
ARTIFACTS = [("org.apache.kafka", "kafka_2.13", VERSION),
             ("org.apache.kafka", "kafka-tools", VERSION), SILENT_LOG]
CLASSES = {
    "topics": "org.apache.kafka.tools.TopicCommand",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "acls": "org.apache.kafka.tools.AclCommand",
    "broker-api-versions": "org.apache.kafka.tools.BrokerApiVersionsCommand",
    "client-metrics": "org.apache.kafka.tools.ClientMetricsCommand",
    "configs": "kafka.admin.ConfigCommand",
    "consumer-perf-test": "org.apache.kafka.tools.ConsumerPerformance",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "e2e-latency": "org.apache.kafka.tools.EndToEndLatency",
    "features": "org.apache.kafka.tools.FeatureCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "groups": "org.apache.kafka.tools.GroupsCommand",
    "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "producer-perf-test": "org.apache.kafka.tools.ProducerPerformance",
    "reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "share-groups": "org.apache.kafka.tools.consumer.group.ShareGroupCommand",
    "transactions": "org.apache.kafka.tools.TransactionsCommand",
    "verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}
NODE = "kafka.Kafka"
FETCH_SECONDS = 600


def project_file(artifacts):
    rows = "".join(f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
                   f"<version>{version}</version></dependency>"
                   for group, name, version in artifacts)
    return ('<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>tests</groupId><artifactId>interop</artifactId><version>1</version>"
            f"<dependencies>{rows}</dependencies></project>\n")


def fetch(kafka_version=VERSION, artifacts=tuple(ARTIFACTS)):
    """The folder of jars, complete; skips where they cannot be had."""
    cache = os.path.join(os.path.dirname(CACHE), f"kafka-{kafka_version}")
    jars = os.path.join(cache, "jars")
    if os.path.isdir(jars):
        return jars
    if not shutil.which("mvn"):
        harness.skip("Maven is not installed, so Kafka's jars cannot be fetched")
    os.makedirs(cache, exist_ok=True)
    with alone(cache):
        if not os.path.isdir(jars):
            fetch_into(cache, jars, kafka_version, artifacts)
    return jars


@contextlib.contextmanager
def alone(folder):
    """While another program is in here, waits."""
    with open(os.path.join(folder, "lock"), "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch_into(cache, jars, kafka_version, artifacts):
    project = os.path.join(cache, "pom.xml")
    with open(project, "w", encoding="utf-8") as file:
        file.write(project_file(artifacts))
    # Renamed when complete, so that an interrupted fetch is not taken for a whole one.
    partial = os.path.join(cache, f"partial-{os.getpid()}")
    try:
        done = subprocess.run(["mvn", "-B", "-q", "-f", project, "dependency:copy-dependencies",
                               f"-DoutputDirectory={partial}"], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode:
            lines = done.stdout.decode(errors="replace").strip().splitlines() or ["no message"]
            harness.skip(f"Maven could not fetch Kafka {kafka_version}: {lines[0][:200]}")
        for name in os.listdir(partial):
            # Two more bindings of slf4j come along; one is enough, and it should be silent.
            if name.startswith(("log4j-slf4j", "slf4j-reload4j")):
                os.unlink(os.path.join(partial, name))
        os.rename(partial, jars)
    except subprocess.TimeoutExpired:
        harness.skip(f"Maven did not fetch Kafka {kafka_version} within {FETCH_SECONDS} s")
    finally:
        shutil.rmtree(partial, ignore_errors=True)


# C1 alone starts a short run faster.
QUICK_FLAGS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def java(main_class, *args, heap="256m", flags=QUICK_FLAGS, classes=None):
    if not shutil.which("java"):
        harness.skip("Java is not installed")
    # A heap larger than a test needs only costs pages.
    path = os.path.join(fetch(), "*")
    path += os.pathsep + classes if classes else ""
    if flags == QUICK_FLAGS:
        flags = (*flags, *class_data.flags(main_class))
    return ["java", "-cp", path, f"-Xmx{heap}", *flags, main_class, *args]


class ClassData:
    """What one JVM has loaded and checked of Kafka's classes, mapped by those that follow: half of
    what a node or a tool takes to start. Kept beside the jars, for this Java and these jars; where
    it cannot be made or does not fit, Java goes on without it."""

    def __init__(self):
        self.folder = None
        self.is_training = False

    def flags(self, main_class):
        if self.is_training:
            return ()
        if self.folder is None:
            self.folder = self.prepare()
        path = os.path.join(self.folder, "node.jsa" if main_class == NODE else "tool.jsa")
        return (f"-XX:SharedArchiveFile={path}", "-Xlog:cds*=off") if os.path.exists(path) else ()

    def prepare(self):
        program = os.path.realpath(shutil.which("java"))
        told = f"{program} {os.stat(program).st_mtime_ns} {fetch()}"
        folder = os.path.join(CACHE, f"classes-{zlib.crc32(told.encode()):08x}")
        with alone(CACHE):
            if not os.path.isdir(folder):
                self.is_training = True
                try:
                    self.train(folder)
                except harness.Failure as failure:
                    harness.note(f"no class data is kept: {failure}")
                finally:
                    self.is_training = False
        return folder

    def train(self, folder):
        with harness.scratch() as directory:
            def kept(name):
                return (*QUICK_FLAGS, f"-XX:ArchiveClassesAtExit={directory}/{name}.jsa")
            with Node(directory, flags=kept("node")) as node:
                # An admin client, a producer and a consumer.
                harness.run_ok(java(CLASSES["e2e-latency"], "--bootstrap-server", node.address,
                                    "--topic", "train", "--num-records", "10", "--producer-acks",
                                    "1", "--record-size", "10", flags=kept("tool")), seconds=120)
                node.process.stop(120)
            partial = f"{folder}-partial"
            os.makedirs(partial, exist_ok=True)
            for name in ("node.jsa", "tool.jsa"):
                shutil.move(os.path.join(directory, name), os.path.join(partial, name))
            os.rename(partial, folder)


class_data = ClassData()


def random_id():
    """An id of a cluster; without a dash in front, which would be taken for an option."""
    return "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


class JavaTools(harness.Tools):
    """Kafka's tools with the same calls as ours."""

    def run(self, name, *args, **options):
        return harness.run(java(CLASSES[name], "--bootstrap-server", self.address, *args),
                           **options)

    def ok(self, name, *args, **options):
        result = self.run(name, *args, **options)
        if result.code != 0:
            harness.fail(result.text())
        return result


def dumped(data, topic, decoder):
    """[(key, value)] of the records of an internal topic under a log directory, as Kafka's dump
    tool decodes them; None for a tombstone's value."""
    files = [path for path in sorted(glob.glob(os.path.join(data, f"{topic}-*", "*.log")))
             if os.path.getsize(path)]
    text = harness.run_ok(java("org.apache.kafka.tools.DumpLogSegments", decoder, "--files",
                               ",".join(files)), seconds=120).out.decode()
    return [(json.loads(key), None if value == "<DELETE>" else json.loads(value))
            for key, value in re.findall(r"(?m)\bkey: (\{.*?\}) payload: (.*)$", text)]


def finds_mounts(address):
    """False in a chroot: Kafka looks for the mount of a log directory, and its own tools fail when
    there is none."""
    done = harness.run(java("org.apache.kafka.tools.LogDirsCommand", "--bootstrap-server",
                            address, "--describe"), seconds=60)
    return b"UnknownServerException" not in done.out


class Node:
    """One combined broker and controller on loopback."""

    def __init__(self, directory, flags=QUICK_FLAGS, features=(), settings=None):
        self.directory = directory
        self.features = features  # "transaction.version=1": finalized when it is formatted
        self.flags = flags
        self.settings = settings or {}
        self.port, self.controller_port = harness.free_port(), harness.free_port()
        self.process = None
        self.cluster_id = None
        self.classes = None  # a directory of classes besides Kafka's

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def configuration(self):
        return f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{self.controller_port}
listeners=PLAINTEXT://{self.address},CONTROLLER://127.0.0.1:{self.controller_port}
advertised.listeners=PLAINTEXT://{self.address}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={self.directory}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
""" + "".join(f"{name}={value}\n" for name, value in self.settings.items())

    def format_options(self):
        return []

    def launch(self):
        """Only starts the process, over what was formatted before."""
        path = os.path.join(self.directory, "server.properties")
        self.process = harness.Process(java(NODE, path, heap="1g", flags=self.flags,
                                            classes=self.classes),
                                       self.directory, "kafka")
        return self.process

    def start(self):
        path = os.path.join(self.directory, "server.properties")
        with open(path, "w", encoding="utf-8") as file:
            file.write(self.configuration())
        features = [word for name in self.features for word in ("--feature", name)]
        self.cluster_id = random_id()
        harness.run_ok(java("kafka.tools.StorageTool", "format", "-t", self.cluster_id,
                            "-c", path, *features, *self.format_options()))
        self.launch()
        tools = harness.Tools(self.address)

        def serves():
            harness.check(self.process.alive(), f"Kafka ended:\n{self.process.log()}")
            if not connects(self.port):
                return False
            return tools.run("topics", "--list").code == 0
        try:
            harness.wait_until(serves, 120, "Kafka to serve")
        except BaseException:
            self.process.close()
            raise

    def close(self):
        if self.process:
            self.process.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        if error[0] and self.process:
            harness.note(f"Kafka's log: {harness.shorten(self.process.log(), 4000)}")
        self.close()


def connects(port):
    import socket
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def command(args):
    if args[:1] == ["fetch"]:
        print(fetch())
    elif args[:1] == ["serve"]:
        with harness.scratch() as directory, Node(directory) as node:
            print(node.address, flush=True)
            sys.stdin.read()
    elif args[:1] == ["run"] and len(args) > 1 and args[1] in CLASSES:
        line = java(CLASSES[args[1]], *args[2:])
        os.execvp(line[0], line)
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    try:
        command(sys.argv[1:])
    except harness.Skip as reason:
        print(f"SKIP {reason}", file=sys.stderr)
        sys.exit(77)
