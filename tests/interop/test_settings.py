"""interop: Kafka's own admin client alters and describes settings of topics, brokers, groups and
client metrics, and levels of features: broker-lite answers each call as Kafka does, with the same
error, sentence, value, source, type and synonyms. What is known to differ is not among the calls:
names that Kafka takes for a plug-in's, a negative log.flush.interval.ms (Kafka takes it, and then
fails to describe any topic), share and streams groups, TLS, the loggers of a JVM, and what Kafka
refuses because it has eligible leader replicas (KIP-966)."""
import difflib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "SettingsCalls.java")
CALLS = os.path.join(HERE, "settings_calls.txt")
# Kafka does not answer the same each time: now and then a described broker lacks for good a list
# that was appended to. Each of our answers must be that of one of its runs, the first as a rule.
KAFKAS_MAX = 4


def by_call(text):
    return re.split(r"(?m)^(?=> )", text)[1:]


def answers(address, *expected):
    return harness.run_ok(kafka.java(PROGRAM, address, CALLS, *expected),
                          seconds=300).out.decode()


@harness.case
def settings_are_altered_and_described_as_kafka_does():
    with harness.scratch() as directory:
        with harness.Broker(directory) as broker:
            ours = answers(broker.address)
        path = os.path.join(directory, "ours.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(ours)
        with open(CALLS, encoding="utf-8") as file:
            harness.check_equal(len(by_call(ours)), len(file.readlines()), "calls")
        strange = set(range(len(by_call(ours))))  # that no Kafka has answered so
        for number in range(KAFKAS_MAX):
            place = os.path.join(directory, f"kafka-{number}")
            os.makedirs(place)
            with kafka.Node(place) as node:
                theirs = answers(node.address, path)
            harness.check_equal(len(by_call(theirs)), len(by_call(ours)), "calls to Kafka")
            strange = {i for i in strange if by_call(theirs)[i] != by_call(ours)[i]}
            if not strange:
                break
    lines = [line for i in sorted(strange)
             for line in difflib.ndiff(by_call(theirs)[i].splitlines(),
                                       by_call(ours)[i].splitlines())]
    harness.check(not strange, "- Kafka, + broker-lite\n" + "\n".join(lines[:60]))


if __name__ == "__main__":
    harness.main()
