"""interop: stock clients, at their default settings, make one journey against broker-lite and see
what they see at Kafka. A case is one client and one step.

    test_clients.py [--kafka] [CASE...]

--kafka makes the journeys against a real Apache Kafka: so what is wanted here is Kafka's."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import clients  # noqa: E402
import kafka  # noqa: E402

KAFKA = "--kafka" in sys.argv
PATIENCE_SECONDS = 240
PLACES = "100 places"
# What Java says of offsets that it was asked for of partitions that it does not read.
ASIDE = "as it is no longer assigned"
WANTED = {
    "create": "again 36",  # TOPIC_ALREADY_EXISTS
    "grow": "3 partitions",
    "produce_none": PLACES,
    "produce_gzip": PLACES,
    "produce_snappy": PLACES,
    "produce_lz4": PLACES,
    "produce_zstd": PLACES,
    "group": "250 and 250, different 500",
    "share": "1 and 2, Stable 2, Empty 0",
    "times": "first 0, at 1, end 3, late none",
    "idempotent": PLACES,
    "transactions": "committed 20, all 30, offset 7",
    "delete_records": "first 2",
    "configs": "retention.ms 3600000",
    "delete_group": "listed true, then false",
    "delete_topic": "listed true, then false",
}
CLIENTS = ("java_newest", "java_old", "confluent", "kafka_python", "aiokafka", "kafkajs", "franz",
           "sarama")
# aiokafka cannot delete groups. KafkaJS comes without LZ4 and Zstandard.
OTHERS = {"aiokafka": {"delete_group": "listed true"},
          "kafkajs": {"produce_lz4": None, "produce_zstd": None,
                      "group": "150 and 150, different 300"}}
journeys = {}


def travel(name, address, directory):
    """{step: what was seen}, and the process, which has ended"""
    command, environment = getattr(clients, name)()
    words = [f"{key}={value}" for key, value in environment.items()]
    traveller = harness.Process(["env", *words, *command, address, name.replace("_", "-")],
                                directory, name)
    try:
        harness.wait_until(lambda: not traveller.alive(), PATIENCE_SECONDS, f"{name} to end")
    except harness.Failure as late:
        harness.note(late)
    finally:
        traveller.close()
    rows = [line.split("\t", 1) for line in traveller.read(traveller.out_path).splitlines()]
    if len(rows) < len(WANTED):
        harness.note(harness.shorten(traveller.read(traveller.err_path), 2000))
    return dict(row for row in rows if len(row) == 2), traveller


def seen_by(name):
    if name not in journeys:
        try:
            getattr(clients, name)()
        except harness.Skip as reason:
            journeys[name] = reason
            raise
        with harness.scratch() as directory:
            party = kafka.Node(directory) if KAFKA else harness.Broker(directory)
            with party:
                journeys[name], _ = travel(name, party.address, directory)
    if isinstance(journeys[name], harness.Skip):
        raise journeys[name]
    return journeys[name]


def add_case(name, step, wanted):
    def compare():
        harness.check_equal(seen_by(name).get(step, "nothing"), wanted, f"{name} {step}")
    compare.__name__ = f"{name}_{step}"
    harness.case(compare)


@harness.case
def java_finds_nothing_to_warn_of():
    """Metrics that it would push (KIP-714) among them: nobody asks for them."""
    clients.java_loud()
    with harness.scratch() as directory:
        party = kafka.Node(directory) if KAFKA else harness.Broker(directory)
        with party:
            rows, traveller = travel("java_loud", party.address, directory)
            log = traveller.read(traveller.err_path)
    harness.check_equal(rows, WANTED, "the journey")
    harness.check("INFO" in log, f"nothing was logged: {log}")
    loud = [line for line in log.splitlines() if (" WARN " in line or " ERROR " in line) and
            ASIDE not in line]
    harness.check_equal(loud, [], "warnings")


for each in CLIENTS:
    for row, answer in {**WANTED, **OTHERS.get(each, {})}.items():
        if answer:
            add_case(each, row, answer)

if __name__ == "__main__":
    harness.main()
