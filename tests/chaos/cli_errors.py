"""chaos: wrong command lines and brokers that are not there. Every failure: exit status 1, one
clear message on stderr that names the thing, nothing done."""
import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

TOOLS = ["topics", "console-producer", "console-consumer", "consumer-groups"]
# (program, arguments, words that the message must have)
WRONG = [
    ("topics", ["--list", "--frobnicate"], ["frobnicate"]),
    ("topics", ["--create", "--topic"], ["topic"]),
    ("topics", ["--create", "--topic", "x", "--partitions", "many"], ["partitions", "many"]),
    ("topics", ["--create", "--topic", "x", "--partitions", "0"], ["partitions"]),
    ("topics", ["--create", "--topic", "x", "--replication-factor", "99999999"],
     ["replication factor"]),
    ("topics", ["--create", "--partitions", "1"], ["topic"]),
    ("topics", ["--create", "--list"], ["create", "list"]),
    ("topics", ["--describe", "--topic", "x", "--if-not-exists"], ["if-not-exists"]),
    ("topics", ["--create", "--topic", "x", "--replica-assignment", "1", "--partitions", "2"],
     ["replica-assignment", "partitions"]),
    ("topics", ["--create", "--topic", "x", "--config", "no-equals-sign"], ["config", "key=val"]),
    ("topics", ["--list", "--command-config", "/no/such/file"], ["/no/such/file"]),
    ("topics", [], ["list"]),
    ("console-producer", ["--topic", "x", "--frobnicate"], ["frobnicate"]),
    ("console-producer", ["--topic"], ["topic"]),
    ("console-producer", [], ["topic"]),
    ("console-producer", ["--topic", "x", "--compression-codec", "zip"], ["zip"]),
    ("console-producer", ["--topic", "x", "--request-required-acks", "7"], ["acks", "7"]),
    ("console-producer", ["--topic", "x", "--command-property", "linger.ms=soon"], ["linger.ms"]),
    ("console-consumer", ["--topic", "x", "--frobnicate"], ["frobnicate"]),
    ("console-consumer", ["--topic"], ["topic"]),
    ("console-consumer", [], ["topic"]),
    ("console-consumer", ["--topic", "x", "--include", "y"], ["topic", "include"]),
    ("console-consumer", ["--topic", "x", "--offset", "5"], ["offset", "partition"]),
    ("console-consumer", ["--topic", "x", "--partition", "0", "--offset", "sometime"],
     ["sometime"]),
    ("console-consumer", ["--topic", "x", "--partition", "0", "--group", "g"],
     ["partition", "group"]),
    ("console-consumer", ["--topic", "x", "--max-messages", "few"], ["max-messages", "few"]),
    ("console-consumer", ["--topic", "x", "--timeout-ms", "soon"], ["timeout-ms", "soon"]),
    ("consumer-groups", ["--list", "--frobnicate"], ["frobnicate"]),
    ("consumer-groups", ["--describe", "--group"], ["group"]),
    ("consumer-groups", ["--describe"], ["group"]),
    ("consumer-groups", ["--list", "--describe", "--group", "g"], ["group", "list"]),
    ("consumer-groups", ["--describe", "--group", "g", "--all-groups"], ["group", "all-groups"]),
    ("consumer-groups", ["--reset-offsets", "--group", "g", "--all-topics"], ["to-earliest"]),
    ("consumer-groups", ["--reset-offsets", "--group", "g", "--all-topics", "--to-earliest",
                         "--dry-run", "--execute"], ["dry-run", "execute"]),
    ("consumer-groups", ["--list", "--timeout", "soon"], ["timeout", "soon"]),
    ("consumer-groups", [], ["list"]),
    ("broker-lite", ["--frobnicate"], ["frobnicate"]),
    ("broker-lite", ["--override"], ["override"]),
    ("broker-lite", ["--override", "no-equals-sign"], ["override", "name=value"]),
    ("broker-lite", ["/no/such/server.properties"], ["/no/such/server.properties"]),
    ("broker-lite", ["--check-config", "--override", "node.idd=1"], ["node.idd", "node.id"]),
    ("broker-lite", ["--check-config", "--override", "node.id=one"], ["node.id", "one"]),
    ("broker-lite", ["--check-config", "--override", "listeners=PLAINTEXT://127.0.0.1:99999"],
     ["99999"]),
]
STACK_TRACE = ("\tat ", "Traceback", "Assertion", "AddressSanitizer")


def check_failure(result, words):
    told = result.err.decode(errors="replace")
    harness.check_equal(result.code, 1, f"exit status\n{result.text()}")
    missing = [word for word in words if word.lower() not in told.lower()]
    harness.check(not missing, f"stderr does not say {missing}\n{result.text()}")
    harness.check(not any(word in told for word in STACK_TRACE), result.text())


def wrong_case(number, program, args, words):
    def wrong():
        with harness.scratch() as home:
            # Nobody listens on port 1: a command line that is wrong needs no broker to be told so.
            address = [] if program == "broker-lite" else ["--bootstrap-server", "127.0.0.1:1"]
            result = harness.run([harness.binary(program), *address, *args], seconds=20,
                                 environment={"XDG_DATA_HOME": home, "HOME": home})
            check_failure(result, words)
            harness.check(result.seconds < 5 * harness.PATIENCE, f"took {result.seconds:.1f} s")
            harness.check_equal(os.listdir(home), [], "files made by a wrong command line")
    flat = "_".join(args[-2:]).replace("-", "_").strip("_") or "nothing"
    wrong.__name__ = f"{program}_{number}_{''.join(c if c.isalnum() else '_' for c in flat)}"
    harness.case(wrong)


for index, (tool, arguments, needed) in enumerate(WRONG):
    wrong_case(index, tool, arguments, needed)


UNREACHABLE = {
    "topics": ["--list"],
    "console-producer": ["--topic", "x", "--max-block-ms", "2000"],
    "console-consumer": ["--topic", "x", "--timeout-ms", "2000"],
    "consumer-groups": ["--list", "--timeout", "2000"],
}
SHORT = "default.api.timeout.ms=3000\nrequest.timeout.ms=2000\n"


def unreachable(program, address, words, seconds=12):
    with harness.scratch() as directory:
        path = os.path.join(directory, "short.properties")
        with open(path, "w", encoding="ascii") as file:
            file.write(SHORT)
        args = UNREACHABLE[program] + (["--command-config", path] if program == "topics" else [])
        result = harness.run([harness.binary(program), "--bootstrap-server", address, *args],
                             stdin=b"line\n", seconds=seconds)
        check_failure(result, words)
        harness.note(result.err.decode(errors="replace").strip())


def unreachable_cases(program):
    def nobody_listens():
        port = harness.free_port()
        unreachable(program, f"127.0.0.1:{port}", ["127.0.0.1", str(port), "refused"])

    def no_such_host():
        unreachable(program, "no-such-host.invalid:9092", ["no-such-host.invalid", "resolve"])

    def no_port():
        unreachable(program, "127.0.0.1", ["host"])

    def speaks_something_else():
        import socket
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", 0))
            stranger.listen(16)
            port = stranger.getsockname()[1]
            unreachable(program, f"127.0.0.1:{port}", ["127.0.0.1", str(port)])
    for function in (nobody_listens, no_such_host, no_port, speaks_something_else):
        function.__name__ = f"{program}_{function.__name__}"
        harness.case(function)


for each in TOOLS:
    unreachable_cases(each)


@harness.case
def misspelt_property_is_named_with_the_nearest():
    """As Kafka's tools: a warning, because a file of properties may serve several programs."""
    result = harness.run([harness.binary("console-producer"), "--bootstrap-server", "127.0.0.1:1",
                          "--topic", "x", "--command-property", "lingerms=5"])
    harness.check(b"'lingerms'" in result.err and b"'linger.ms'" in result.err, result.text())


@harness.case
def help_and_version():
    for program in TOOLS + ["broker-lite"]:
        told = harness.run_ok([harness.binary(program), "--help"])
        harness.check(b"--version" in told.out and not told.err, told.text())
        told = harness.run_ok([harness.binary(program), "--version"])
        harness.check(any(c in b"0123456789" for c in told.out) and not told.err, told.text())


@harness.case
def port_in_use_is_named():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        other = harness.Broker(os.path.join(directory), data=os.path.join(directory, "other"))
        other.port = broker.port
        result = harness.run(other.command(), seconds=20)
        check_failure(result, ["listeners", str(broker.port), "in use"])


@harness.case
def directory_of_another_node_is_named():
    with harness.scratch() as directory:
        with harness.Broker(directory) as broker:
            broker.stop()
        other = harness.Broker(directory, **{"node.id": 2})
        result = harness.run(other.command(), seconds=20)
        check_failure(result, ["meta.properties", "node 1's", "node.id=1"])


@harness.case
def directory_that_cannot_be_used_is_named():
    with harness.scratch() as directory:
        file = os.path.join(directory, "file")
        with open(file, "w", encoding="ascii"):
            pass
        for data in (file, os.path.join(file, "below")):
            result = harness.run(harness.Broker(directory, data=data).command(), seconds=20)
            check_failure(result, [data, "not a directory"])


@harness.case
def long_silence_is_explained():
    """Kafka's tools print a line for each attempt; ours one, when nobody answers for a second."""
    address = f"127.0.0.1:{harness.free_port()}"
    with harness.scratch() as directory:
        args = [harness.binary("topics"), "--bootstrap-server", address, "--list"]
        with contextlib.closing(harness.Process(args, directory, "topics")) as tool:
            harness.wait_until(lambda: "refused" in tool.log(), 10, "a word on standard error")
            harness.check(tool.child.poll() is None, f"it has ended: {tool.log()}")
            harness.check(address in tool.log(), tool.log())


@harness.case
def data_in_use_is_named():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        other = harness.Broker(directory)
        result = harness.run(other.command(), seconds=20)
        check_failure(result, [broker.data, "another process", "stop that broker"])
        harness.Tools(broker.address).ok("topics", "--list")


if __name__ == "__main__":
    harness.main()
