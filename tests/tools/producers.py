"""tools: the examples of producers, built as everybody else would, at work against broker-lite."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402


def run(broker, name, *arguments, stdin=b""):
    program = os.path.join(harness.BUILD, "libclient", name)
    return harness.run_ok([program, *arguments], stdin=stdin, seconds=120,
                          environment={"BOOTSTRAP_SERVERS": broker.address}).out


@harness.case
def simple_producer():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        told = run(broker, "simple_producer", "lines", stdin=b"one\ntwo\nthree\n")
        harness.check_equal(told, b"the last line is at offset 2\n", "what it prints")
        read = harness.Tools(broker.address).ok(
            "console-consumer", "--topic", "lines", "--from-beginning", "--max-messages", "3",
            "--formatter-property", "print.key=true").out
        lines = [b"\0\0\0\0\0\0\0" + bytes([i]) + b"\t" + word
                 for i, word in ((1, b"one"), (2, b"two"), (3, b"three"))]
        harness.check_equal(read, b"\n".join(lines) + b"\n", "what was written")


@harness.case
def high_throughput_producer():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        told = run(broker, "high_throughput_producer", "many", "20000").decode()
        harness.check(re.match(r"20000 written, 0 failed, batches of \d+ records, ",
                               told), f"it prints {told}")


if __name__ == "__main__":
    harness.main()
