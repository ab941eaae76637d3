"""tests: replays transcripts of Kafka's tools with ours. One broker a file, cases in order, each
building on those before.

    replay.py [--bootstrap HOST:PORT] FILE [CASE...]

Without --bootstrap a broker-lite is started. With CASE names only those are judged (the others
still run). Prints TAP."""
import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import expect  # noqa: E402
import harness  # noqa: E402
import transcript  # noqa: E402

UNREACHABLE = "127.0.0.1:1"
SETTLE_SECONDS = 25
LONG = b"x" * 1100000 + b"\nnext\n"
SETTINGS = {"offsets.topic.num.partitions": "5", "transaction.state.log.num.partitions": "5",
            "log.retention.ms": "-1"}


def fixture():
    path = os.path.join(harness.BUILD, "tests", "tools", "fixture")
    harness.check(os.access(path, os.X_OK), f"{path} is not built")
    return path


class Story:
    """One file's cases against one address."""

    def __init__(self, tool, address, directory):
        self.tool, self.address, self.directory = tool, address, directory
        self.running = {}
        self.names = [(address, "<BOOTSTRAP>"), (UNREACHABLE, "<UNREACHABLE>"),
                      (directory, "<TMP>")]

    def fill(self, word):
        if "<BETA_TOPIC_ID>" in word:
            word = word.replace("<BETA_TOPIC_ID>", self.topic_id("beta"))
        for value, name in self.names:
            word = word.replace(name, value)
        return word

    def topic_id(self, topic):
        told = harness.run_ok([harness.binary("topics"), "--bootstrap-server", self.address,
                               "--describe", "--topic", topic]).out.decode()
        return re.search(r"TopicId: ([\w-]{22})", told).group(1)

    def command(self, tool, args):
        program = fixture() if tool == "txn-helper" else harness.binary(tool)
        words = [self.fill(word) for word in args]
        # R9: the cooperative assignor is played by range.
        while any("CooperativeSticky" in word for word in words):
            at = next(i for i, word in enumerate(words) if "CooperativeSticky" in word)
            del words[at - 1:at + 1]
        # A static member stays until its session ends.
        if any("group.instance.id" in word for word in words):
            words += ["--command-property", "session.timeout.ms=6000",
                      "--command-property", "heartbeat.interval.ms=1000"]
        return [program] + words

    def run(self, tool, args, stdin=""):
        data = LONG if stdin == "<LONG>" else stdin.encode()
        return harness.run(self.command(tool, args), stdin=data, seconds=90)

    def step(self, step):
        if any("group.protocol=consumer" in word for word in step.get("args", [])) or \
                step.get("tool") == "console-share-consumer":
            return  # R9
        if "run" in step:
            result = self.run(step["run"], step["args"], step.get("stdin", ""))
            harness.check_equal(result.code, 0, f"setup: {result.text()}\nexit status")
        elif "start" in step:
            self.running[step["start"]] = harness.Process(
                self.command(step["tool"], step["args"]), self.directory, step["start"])
        elif "stop" in step and step["stop"] in self.running:
            process = self.running.pop(step["stop"])
            harness.check_equal(process.stop(), 143, f"exit status of {step['stop']} after SIGTERM")
            if any("group.instance.id" in word for word in process.args):
                group = process.args[process.args.index("--group") + 1]
                harness.wait_until(lambda: b" Empty " in self.run(
                    "consumer-groups", ["--bootstrap-server", self.address, "--describe", "--group",
                                        group, "--state"]).out, 60, "the static member's timeout")

    def prepare(self, case):
        for name, text in case.get("files", {}).items():
            with open(self.fill(name), "w", encoding="utf-8") as file:
                file.write(text)
        for step in case.get("setup", []):
            self.step(step)

    def judge(self, case, tool, result):
        wanted = expect.Expectation(tool, case)
        return [f"{problem}\n{result.text()}" for problem in wanted.check(result, self.names)]

    def attempt(self, case, tool):
        """Runs a case. What only looks may look again while members that were just started or
        stopped settle."""
        problems = self.judge(case, tool, self.run(tool, case["args"], case.get("stdin", "")))
        if problems and {"--describe", "--list"} & set(case["args"]) and tool == "consumer-groups":
            def settled():
                nonlocal problems
                problems = self.judge(case, tool, self.run(tool, case["args"]))
                return not problems
            try:
                harness.wait_until(settled, SETTLE_SECONDS, "the group to settle")
            except harness.Failure:
                pass
        return problems

    def interrupted(self, case):
        wanted = expect.Expectation(self.tool, case)
        process = harness.Process(self.command(self.tool, case["args"]), self.directory,
                                  "signalled")
        with process.child:
            size = len(wanted.out.encode())
            harness.wait_until(lambda: os.path.getsize(process.out_path) >= size, 30, "its records")
            process.child.send_signal(getattr(signal, case["signal"]))
            code = process.child.wait(30 * harness.PATIENCE)
        result = harness.Result(process.args, code, process.read(process.out_path).encode(),
                                process.read(process.err_path).encode(), 0)
        for path in (process.out_path, process.err_path):
            os.unlink(path)
        return self.judge(case, self.tool, result)

    def play(self, case):
        self.prepare(case)
        if "signal" in case:
            problems = self.interrupted(case)
        else:
            problems = self.attempt(case, case.get("tool", self.tool))
        if "check" in case:
            check = dict(case["check"], unordered=case.get("unordered", False), stderr=None)
            result = self.run(check["tool"], check["args"])
            out = expect.Expectation(self.tool, dict(check, stderr=""))
            problems += [f"check: {problem}" for problem in out.check(
                harness.Result(result.args, result.code, result.out, b"", 0), self.names)
                if not problem.startswith("stderr")]
        return problems

    def close(self):
        for process in self.running.values():
            process.close()


def replay(story, cases, chosen):
    """Prints TAP; returns how many failed."""
    failed = 0
    print(f"1..{len(cases)}", flush=True)
    for number, case in enumerate(cases, 1):
        try:
            problems = story.play(case)
        except harness.Failure as failure:
            problems = [str(failure)]
        if chosen and case["name"] not in chosen:
            problems = []
        for problem in problems:
            harness.note(problem)
        failed += bool(problems)
        print(f"{'not ok' if problems else 'ok'} {number} - {case['name']}", flush=True)
    return failed


def main():
    words = sys.argv[1:]
    address = None
    if words[:1] == ["--bootstrap"]:
        address = words[1]
        words = words[2:]
    path, chosen = words[0], words[1:]
    tool = os.path.basename(path).split(".")[0]
    cases = transcript.load(path)
    os.environ.pop("BOOTSTRAP_SERVERS", None)
    with harness.scratch() as directory:
        broker = None
        if not address:
            broker = harness.Broker(directory)
            broker.settings.update(SETTINGS)
            if tool == "topics":  # recorded with defaults
                del broker.settings["log.retention.ms"]
            broker.start()
            address = broker.address
        story = Story(tool, address, directory)
        try:
            failed = replay(story, cases, chosen)
        finally:
            story.close()
            if broker:
                broker.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
