"""interop: what the unit tests take for Kafka's options and serializers is what Kafka's own client
has."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Facts.java")


def compare(what):
    path = os.path.join(harness.ROOT, "tests", "unit", "client", f"java_{what}.tsv")
    with open(path, "rb") as file:
        kept = file.read()
    told = harness.run_ok(kafka.java(PROGRAM, what), seconds=120).out
    harness.check(kept == told, f"{path} is not what Kafka {kafka.VERSION} prints")


@harness.case
def options_are_kafkas():
    compare("options")


@harness.case
def serializers_are_kafkas():
    compare("serdes")


if __name__ == "__main__":
    harness.main()
