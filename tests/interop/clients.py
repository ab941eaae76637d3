"""interop: the stock clients of test_clients.py, fetched by the package managers as this machine
has them set up, into the cache. Each function returns the command that runs the client's journey,
to which address and topic are added, and its environment; or skips with the reason."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "clients")
CACHE = os.path.dirname(kafka.CACHE)
FETCH_SECONDS = 600
CODECS = ["lz4==4.4.5", "python-snappy==0.7.3", "zstandard==0.25.0"]
# By the oldest Go that builds them, newest first: Debian 12 has Go 1.19.
GO_MODULES = {"franz": {(1, 25): ("github.com/twmb/franz-go v1.22.3",
                                  "github.com/twmb/franz-go/pkg/kadm v1.20.0"),
                        (1, 18): ("github.com/twmb/franz-go v1.15.4",
                                  "github.com/twmb/franz-go/pkg/kadm v1.10.0")},
              "sarama": {(1, 25): ("github.com/IBM/sarama v1.61.1",),
                         (1, 18): ("github.com/IBM/sarama v1.43.3",)}}


def kept(name, fill):
    """The folder NAME of the cache; fill(folder) makes it when it is not there yet."""
    folder = os.path.join(CACHE, name)
    if os.path.isdir(folder):
        return folder
    # Renamed when complete, so that an interrupted fetch is not taken for a whole one.
    partial = f"{folder}.partial-{os.getpid()}"
    os.makedirs(partial)
    try:
        fill(partial)
        os.rename(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def need(tool):
    if not shutil.which(tool):
        harness.skip(f"{tool} is not installed")


def fetched(what, args, **options):
    try:
        done = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                              timeout=FETCH_SECONDS, **options)
    except subprocess.TimeoutExpired:
        harness.skip(f"{args[0]} did not fetch {what} within {FETCH_SECONDS} s")
    if done.returncode:
        text = (done.stderr + done.stdout).decode(errors="replace").strip()
        harness.skip(f"{args[0]} could not fetch {what}: {' '.join(text.split())[:200]}")


def java(jars):
    need("javac")
    return (["java", "-cp", os.path.join(jars, "*"), "-Xmx256m", *kafka.QUICK_FLAGS,
             os.path.join(HERE, "Journey.java")], {})


def java_newest():
    return java(kafka.fetch())


def java_loud():
    """The newest, and what it logs."""
    log = kafka.fetch("log", [("org.slf4j", "slf4j-simple", "1.7.36")])
    command, environment = java_newest()
    command[2] = os.pathsep.join([os.path.join(log, "*"), command[2]])
    return command, environment


def java_old():
    return java(kafka.fetch("2.8.2", [("org.apache.kafka", "kafka-clients", "2.8.2"),
                                      kafka.SILENT_LOG]))


def python(program, *packages):
    name = "-".join(["python", *map(str, sys.version_info[:2]), packages[0].replace("==", "-")])

    def fill(folder):
        fetched(packages[0], [sys.executable, "-m", "pip", "install", "-q", "--target", folder,
                              *packages])
    folder = kept(name, fill)
    return [sys.executable, os.path.join(HERE, program)], {"PYTHONPATH": folder}


def confluent():
    return python("confluent_journey.py", "confluent-kafka==2.16.1")


def kafka_python():
    return python("kafka_python_journey.py", "kafka-python==3.0.12", *CODECS)


def aiokafka():
    return python("aiokafka_journey.py", "aiokafka==0.14.0", *CODECS)


def kafkajs():
    need("node")
    need("npm")

    def fill(folder):
        fetched("kafkajs", ["npm", "install", "--no-audit", "--no-fund", "kafkajs@2.2.4",
                            "kafkajs-snappy@1.1.0"], cwd=folder)
    folder = kept("kafkajs-2.2.4", fill)
    return (["node", os.path.join(HERE, "journey.js")],
            {"NODE_PATH": os.path.join(folder, "node_modules")})


def go(name):
    need("go")
    found = re.search(r"go(\d+)\.(\d+)", harness.run_ok(["go", "version"]).out.decode())
    version = tuple(map(int, found.groups()))
    oldest = next((each for each in GO_MODULES[name] if version >= each), None)
    if not oldest:
        harness.skip(f"{found.group()} is too old for {name}")
    folder = os.path.join(CACHE, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    shutil.copy(os.path.join(HERE, f"{name}_journey.go"), os.path.join(folder, "main.go"))
    with open(os.path.join(folder, "go.mod"), "w", encoding="utf-8") as file:
        file.write("module tests/%s\n\ngo %d.%d\n" % (name, *oldest))
        file.writelines(f"require {module}\n" for module in GO_MODULES[name][oldest])
    # Fetches what the program needs, and notes it in go.mod and go.sum.
    fetched(name, ["go", "list", "-mod=mod", "-deps", "."], cwd=folder)
    harness.run_ok(["env", "-C", folder, "go", "build", "-o", "journey", "."], seconds=300)
    return [os.path.join(folder, "journey")], {}


def franz():
    return go("franz")


def sarama():
    return go("sarama")
