"""tests: what the tools do without any broker: help, wrong command lines, addresses that nobody
answers, full and closed outputs. And the transcript parser."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import expect  # noqa: E402
import harness  # noqa: E402
import transcript  # noqa: E402

TOOLS = ["topics", "console-producer", "console-consumer", "consumer-groups",
         "producer-perf-test", "consumer-perf-test", "e2e-latency"]
NOBODY = "127.0.0.1:1"
WORK = {"topics": ["--list"], "console-producer": ["--topic", "t", "--max-block-ms", "300"],
        "console-consumer": ["--topic", "t", "--timeout-ms", "300"],
        "consumer-groups": ["--list", "--timeout", "300"],
        "producer-perf-test": ["--topic", "t", "--num-records", "1", "--record-size", "1",
                               "--throughput", "-1", "--command-property", "max.block.ms=300"],
        "consumer-perf-test": ["--topic", "t", "--num-records", "1", "--timeout", "300"],
        "e2e-latency": ["--topic", "t", "--num-records", "1", "--producer-acks", "1",
                        "--record-size", "1"]}


@harness.case
def help_tells_every_option():
    for tool in TOOLS:
        shown = harness.run_ok([harness.binary(tool), "--help"]).out.decode()
        dumped = harness.run_ok([harness.binary(tool), "--dump-options"]).out.decode()
        names = [line.split("\t")[0] for line in dumped.splitlines()]
        harness.check(len(names) > 10 and "help" in names, f"{tool}: {names}")
        for name in names:
            harness.check(f"\n  --{name}" in shown, f"{tool} --help does not tell --{name}")


@harness.case
def version():
    for tool in TOOLS:
        out = harness.run_ok([harness.binary(tool), "--version"]).out
        harness.check(out.startswith(b"libclient ") and out.count(b"\n") == 1, repr(out))


@harness.case
def wrong_command_lines():
    for tool in TOOLS:
        for args, wanted in [(["--nope"], b"nope is not a recognized option\n"),
                             (["--bootstrap-server"],
                              b"Option bootstrap-server requires an argument\n")]:
            result = harness.run([harness.binary(tool), *args])
            harness.check_equal((result.code, result.out), (1, b""), f"{tool} {args}")
            harness.check(result.err.startswith(wanted), result.text())


@harness.case
def nobody_answers():
    for tool in TOOLS:
        with harness.scratch() as directory:
            path = os.path.join(directory, "short.properties")
            with open(path, "w", encoding="ascii") as file:
                file.write("default.api.timeout.ms=300\nrequest.timeout.ms=200\n")
            result = harness.run([harness.binary(tool), "--bootstrap-server", NOBODY,
                                  "--command-config", path, *WORK[tool]], stdin=b"a\n", seconds=20)
        harness.check_equal((result.code, result.out), (1, b""), tool)
        harness.check(NOBODY.encode() in result.err, result.text())


@harness.case
def full_output():
    for tool in TOOLS:
        with open("/dev/full", "wb") as full:
            done = harness.subprocess.run([harness.binary(tool), "--help"], stdout=full,
                                          stderr=harness.subprocess.PIPE, check=False)
        harness.check_equal(done.returncode, 1, f"{tool} --help > /dev/full")
        harness.check(b"standard output" in done.stderr, repr(done.stderr))


@harness.case
def closed_streams():
    """The broker's connection must not become standard output."""
    for tool in TOOLS:
        for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
            args = ["sh", "-c", f'exec "$0" "$@" {closing}', harness.binary(tool),
                    "--bootstrap-server", NOBODY, *WORK[tool]]
            with harness.scratch() as directory:
                path = os.path.join(directory, "short.properties")
                with open(path, "w", encoding="ascii") as file:
                    file.write("default.api.timeout.ms=300\n")
                result = harness.run([*args, "--command-config", path], stdin=b"a\n", seconds=20)
            harness.check_equal(result.code, 1, f"{tool} {closing}: {result.text()}\nexit status")


@harness.case
def transcripts_parse():
    folder = os.path.join(HERE, "cases")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".transcript"):
            cases = transcript.load(os.path.join(folder, name))
            names = [case["name"] for case in cases]
            harness.check(len(names) > 20 and len(set(names)) == len(names), f"{name}: {names}")
            for case in cases:
                harness.check({"args", "exit", "stdout", "stderr"} <= set(case), f"{name}: {case}")


@harness.case
def transcript_blocks():
    case, = transcript.parse('#\n- name: a\n  args: ["x", "1"]\n  exit: 1\n  stdout: |2+\n    one\n'
                             '      two \n\n  stderr: |2-\n    three\n  files:\n    "a b": "c\\n"\n'
                             '  setup:\n    - {"run": "x", "args": []}\n  check:\n    tool: y\n'
                             '    stdout: |2\n\n      four\n')
    harness.check_equal(case["stdout"], "one\n  two \n\n", "block that keeps its end")
    harness.check_equal(case["stderr"], "three", "block without end")
    harness.check_equal(case["files"], {"a b": "c\n"}, "files")
    harness.check_equal(case["setup"], [{"run": "x", "args": []}], "steps")
    harness.check_equal(case["check"], {"tool": "y", "stdout": "\nfour\n"}, "check")


@harness.case
def expectation_rules():
    out, err = expect.split_errors("\nError: Deletion failed:\n* one\n\nThese: 'two'\n")
    harness.check_equal((out, err), ("\nThese: 'two'\n", "Error: Deletion failed:\n* one"), "R4")
    harness.check_equal(expect.CLASS.sub("", "* to: org.apache.kafka.GroupException: No."),
                        "* to: No.", "R5")
    table = "\nGROUP A\ng-a 1\n\nGROUP A\ng-new 1\n\nGROUP A\n"
    harness.check_equal(expect.without_absent_groups(table), "\nGROUP A\ng-a 1\n\nGROUP A\n", "R9")


if __name__ == "__main__":
    harness.main()
