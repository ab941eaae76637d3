"""clients: Kafka 4.3's own command-line tools take broker-lite for Kafka.

    test_stock_tools.py [--kafka] [CASE...]

--kafka runs them against a real Apache Kafka: so what is wanted here is Kafka's. All cases share
one broker; each has a topic of its own."""
import contextlib
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

KAFKA = "--kafka" in sys.argv
RESULT_SECONDS = 90
# So that a transaction can hang.
SETTINGS = {"transaction.partition.verification.enable": "false"}
stack = contextlib.ExitStack()
shared = {}


def tools():
    if "tools" not in shared:
        kafka.fetch()
        directory = stack.enter_context(harness.scratch())
        party = kafka.Node(directory, settings=SETTINGS) if KAFKA else \
            harness.Broker(directory, **SETTINGS)
        stack.enter_context(party)
        shared["directory"] = directory
        shared["tools"] = kafka.JavaTools(party.address)
    return shared["tools"]


def said(tool, *args, code=0, stdin=b""):
    """What a tool says, its words apart by one space."""
    result = tools().run(tool, *args, stdin=stdin, seconds=RESULT_SECONDS)
    harness.check_equal(result.code, code, result.text())
    text = (result.out + result.err).decode(errors="replace").replace(tools().address, "ADDRESS")
    return " ".join(text.split())


def check_says(wanted, tool, *args, **options):
    text = said(tool, *args, **options)
    harness.check(wanted in text, f"{tool} {' '.join(args)}: wanted {wanted}\ngot {text}")


def check_matches(pattern, tool, *args, **options):
    text = said(tool, *args, **options)
    harness.check(re.search(pattern, text), f"{tool} {' '.join(args)}: wanted {pattern}\n"
                                            f"got {text}")


def file_of(name, value):
    path = os.path.join(shared["directory"], name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
    return path


def topic(name, lines=b"", partitions=1):
    tools().create(name, partitions)
    if lines:
        tools().produce(name, lines)
    return name


@harness.case
def topics():
    check_says("Created topic tools.", "topics", "--create", "--topic", "tools", "--partitions",
               "2", "--replication-factor", "1", "--config", "retention.ms=100000000")
    check_says("Topic 'tools' already exists.", "topics", "--create", "--topic", "tools", code=1)
    harness.check_equal(said("topics", "--create", "--topic", "tools", "--if-not-exists"), "",
                        "--if-not-exists")
    said("topics", "--alter", "--topic", "tools", "--partitions", "3")
    check_says("The topic tools currently has 3 partition(s); 1 would not be an increase.",
               "topics", "--alter", "--topic", "tools", "--partitions", "1", code=1)
    check_matches(r"Topic: tools TopicId: \S{22} PartitionCount: 3 ReplicationFactor: 1 Configs: "
                  r"min.insync.replicas=1,retention.ms=100000000 Topic: tools Partition: 0 "
                  r"Leader: 1 Replicas: 1 Isr: 1 Elr: LastKnownElr:", "topics", "--describe",
                  "--topic", "tools")
    for which in ("--under-replicated-partitions", "--unavailable-partitions"):
        harness.check_equal(said("topics", "--describe", which), "", which)
    said("topics", "--delete", "--topic", "tools")
    check_says("Topic 'tools' does not exist as expected", "topics", "--describe", "--topic",
               "tools", code=1)


@harness.case
def configs_of_topics():
    place = ["--entity-type", "topics", "--entity-name", topic("configs")]
    check_says("Completed updating config for topic configs.", "configs", *place, "--alter",
               "--add-config", "cleanup.policy=compact")
    check_says("cleanup.policy=compact sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:"
               "cleanup.policy=compact, DEFAULT_CONFIG:log.cleanup.policy=delete}", "configs",
               *place, "--describe")
    said("configs", *place, "--alter", "--delete-config", "cleanup.policy")
    harness.check_equal(said("configs", *place, "--describe"),
                        "Dynamic configs for topic configs are:", "after the deletion")
    check_says("Unknown topic config name: nonsense", "configs", *place, "--alter",
               "--add-config", "nonsense=1", code=1)


@harness.case
def configs_of_brokers():
    for place, name in ((["--entity-name", "1"], "broker 1"),
                        (["--entity-default"], "default broker")):
        line = ["--entity-type", "brokers", *place]
        said("configs", *line, "--alter", "--add-config", "log.retention.ms=123456789")
        check_says("log.retention.ms=123456789 sensitive=false", "configs", *line, "--describe")
        said("configs", *line, "--alter", "--delete-config", "log.retention.ms")
        text = said("configs", *line, "--describe")
        harness.check("123456789" not in text, f"{name}: still {text}")


@harness.case
def configs_of_clients():
    line = ["--entity-type", "clients", "--entity-name", "me"]
    check_says("Completed updating config for client me.", "configs", *line, "--alter",
               "--add-config", "producer_byte_rate=100000")
    check_says("Quota configs for client-id 'me' are producer_byte_rate=100000.0", "configs",
               *line, "--describe")
    said("configs", *line, "--alter", "--delete-config", "producer_byte_rate")


@harness.case
def configs_of_groups():
    line = ["--entity-type", "groups", "--entity-name", "mine"]
    check_says("Completed updating config for group mine.", "configs", *line, "--alter",
               "--add-config", "consumer.session.timeout.ms=50000")
    check_says("consumer.session.timeout.ms=50000 sensitive=false", "configs", *line, "--describe")


@harness.case
def client_metrics():
    check_says("Altered client metrics config for some.", "client-metrics", "--alter", "--name",
               "some", "--interval", "1000", "--metrics", "a.b")
    harness.check_equal(said("client-metrics", "--list"), "some", "client metrics")
    check_says("interval.ms=1000", "client-metrics", "--describe")
    check_says("Deleted client metrics config for some.", "client-metrics", "--delete", "--name",
               "some")


@harness.case
def console_producer_and_consumer():
    name = topic("console")
    said("console-producer", "--topic", name, "--reader-property", "parse.key=true",
         "--reader-property", "key.separator=:", "--command-property", "compression.type=zstd",
         stdin=b"a:1\nb:2\n")
    said("console-producer", "--topic", name, "--reader-property", "parse.headers=true",
         "--sync", stdin=b"h:v\tthree\n")
    shows = ["--formatter-property", "print.key=true", "--formatter-property",
             "print.headers=true", "--formatter-property", "print.offset=true"]
    check_says("Offset:0 NO_HEADERS a 1 Offset:1 NO_HEADERS b 2 Offset:2 h:v null three",
               "console-consumer", "--topic", name, "--from-beginning", "--max-messages", "3",
               "--timeout-ms", "30000", *shows)
    check_says("2 three Processed a total of 2 messages", "console-consumer", "--topic", name,
               "--partition", "0", "--offset", "1", "--max-messages", "2", "--timeout-ms", "30000")


@harness.case
def get_offsets_and_delete_records():
    name = topic("offsets", b"1\n2\n3\n")
    for time, wanted in (("-1", "offsets:0:3"), ("-2", "offsets:0:0"), ("-4", "offsets:0:0"),
                         ("-5", ""), ("0", "offsets:0:0"), ("9999999999999", "")):
        harness.check_equal(said("get-offsets", "--topic", name, "--time", time), wanted, time)
    wanted = {"version": 1, "partitions": [{"topic": name, "partition": 0, "offset": 2}]}
    check_says("partition: offsets-0 low_watermark: 2", "delete-records", "--offset-json-file",
               file_of("delete.json", wanted))
    harness.check_equal(said("get-offsets", "--topic-partitions", f"{name}:0", "--time", "-2"),
                        "offsets:0:2", "the first offset after the deletion")


def consumed_by(group, name, protocol):
    said("console-consumer", "--topic", name, "--group", group, "--from-beginning",
         "--max-messages", "3", "--timeout-ms", "30000", "--command-property",
         f"group.protocol={protocol}")


def consumer_groups(protocol, kind):
    group, name = f"group-{protocol}", topic(f"grouped-{protocol}", b"1\n2\n3\n")
    consumed_by(group, name, protocol)
    check_says(f"{group} {kind}", "consumer-groups", "--list", "--type")
    check_says(f"{group} Empty", "consumer-groups", "--list", "--state", "Empty")
    check_says(f"{group} {kind} consumer", "groups", "--list")
    line = ["--group", group]
    check_says(f"{group} {name} 0 3 3 0 - - - Consumer group '{group}' has no active members.",
               "consumer-groups", "--describe", "--offsets", *line)
    check_says("Empty", "consumer-groups", "--describe", "--state", *line)
    check_says("has no active members", "consumer-groups", "--describe", "--members", "--verbose",
               *line)
    reset = ["--reset-offsets", "--topic", name, *line]
    for how, wanted in ((["--to-earliest", "--dry-run"], 0), (["--shift-by", "-1", "--execute"], 2),
                        (["--to-datetime", "2020-01-01T00:00:00.000", "--execute"], 0),
                        (["--to-offset", "1", "--execute"], 1)):
        check_says(f"{group} {name} 0 {wanted}", "consumer-groups", *reset, *how)
    check_says(f"{name} 0 Successful", "consumer-groups", "--delete-offsets", "--topic", name,
               *line)
    check_says(f"Group 'none' could not be deleted due to: org.apache.kafka.common.errors."
               "GroupIdNotFoundException: The group id does not exist. These consumer groups were "
               f"deleted successfully: '{group}'", "consumer-groups", "--delete", *line,
               "--group", "none")


@harness.case
def classic_groups():
    consumer_groups("classic", "Classic")


@harness.case
def consumer_protocol_groups():
    consumer_groups("consumer", "Consumer")


@harness.case
def members_of_groups():
    name = topic("watched", b"1\n")
    for protocol, assignor in (("classic", "range"), ("consumer", "uniform")):
        group = f"watched-{protocol}"
        args = kafka.java(kafka.CLASSES["console-consumer"], "--bootstrap-server",
                          tools().address, "--topic", name, "--group", group, "--from-beginning",
                          "--command-property", f"group.protocol={protocol}")
        member = harness.Process(args, shared["directory"], group)
        try:
            harness.wait_until(lambda: "1" in member.read(member.out_path).split(), 60,
                               f"{group} to read")
            check_matches(rf"{group} \S+ /127.0.0.1 console-consumer 1 .*{name}:0",
                          "consumer-groups", "--describe", "--members", "--verbose", "--group",
                          group)
            check_says(f"{assignor} Stable", "consumer-groups", "--describe", "--state",
                       "--group", group)
            check_matches(rf"{group} {name} 0 \S+ 1 \S+ \S+ /127.0.0.1 console-consumer",
                          "consumer-groups", "--describe", "--group", group)
        finally:
            member.close()


@harness.case
def unknown_groups():
    check_says("Group nobody not found.", "consumer-groups", "--describe", "--group", "nobody",
               code=0)
    harness.check_equal(said("share-groups", "--list"), "", "share groups")


@harness.case
def transactions():
    name = topic("plain", b"1\n")
    harness.check_equal(said("transactions", "list"),
                        "TransactionalId Coordinator ProducerId TransactionState", "transactions")
    check_says("ProducerId ProducerEpoch", "transactions", "describe-producers", "--topic", name,
               "--partition", "0")
    check_says("Topic Partition ProducerId", "transactions", "find-hanging", "--broker-id", "1",
               "--max-transaction-timeout", "1")
    check_says("failed because the ID could not be found", "transactions", "describe",
               "--transactional-id", "nobody", code=1)


def leave_open(**variables):
    tools()
    program = os.path.join(harness.BUILD, "tests", "interop", "txn_hang")
    variables["TXN_PORT"] = tools().address.rsplit(":", 1)[1]
    harness.run_ok([program], environment=variables)


@harness.case
def hanging_transactions():
    topic("hanging")
    topic("stray")
    leave_open()
    leave_open(TXN_STRAY="yes")
    check_matches(r"\bhangs 1 \d+ Ongoing", "transactions", "list")
    check_matches(r"\bstrays 1 \d+ Empty", "transactions", "list")
    text = said("transactions", "list", "--duration-filter", "3600000")
    harness.check("hangs" not in text, text)
    check_matches(r"1 hangs \d+ 0 Ongoing 60000 \S+ \S+ hanging-0", "transactions", "describe",
                  "--transactional-id", "hangs")
    place = ["--topic", "hanging", "--partition", "0"]
    check_matches(r" \d+ 0 \S+ 0 \d+ 0$", "transactions", "describe-producers", *place)
    everywhere = ["--broker-id", "1", "--max-transaction-timeout", "0"]
    for scope in (everywhere, ["--topic", "stray", "--max-transaction-timeout", "0"]):
        text = said("transactions", "find-hanging", *scope)
        harness.check(re.search(r" stray 0 \d+ 0 -1 0 \d+ \d+$", text), text)
        harness.check("hanging" not in text, f"its coordinator knows it: {text}")
    stray = ["--topic", "stray", "--partition", "0"]
    said("transactions", "abort", *stray, "--start-offset", "0")
    check_matches(r" \d+ 0 \S+ 0 \d+ None$", "transactions", "describe-producers", *stray)
    check_says("Could not find any open transactions starting at offset 0 on partition stray-0",
               "transactions", "abort", *stray, "--start-offset", "0", code=1)
    text = said("transactions", "find-hanging", *everywhere)
    harness.check("stray" not in text, text)
    said("transactions", "forceTerminateTransaction", "--transactionalId", "hangs")
    check_matches(r" \d+ \d+ \S+ -1 \d+ None$", "transactions", "describe-producers", *place)
    check_matches(r"\bhangs 1 \d+ Empty", "transactions", "list")


@harness.case
def log_dirs():
    name = topic("stored", b"1\n2\n")
    text = said("log-dirs", "--describe", "--topic-list", name)
    if KAFKA and not kafka.finds_mounts(tools().address):
        harness.skip("Kafka finds no mount of its log directories here")
    told = json.loads(text[text.index("{"):])["brokers"][0]["logDirs"][0]
    harness.check_equal((told["error"], told["partitions"][0]["partition"],
                         told["partitions"][0]["offsetLag"]), (None, "stored-0", 0), text)
    harness.check(told["partitions"][0]["size"] > 60, text)
    check_says("The given brokers do not exist from --broker-list: 7", "log-dirs", "--describe",
               "--broker-list", "1,7", code=1)


@harness.case
def features():
    for name, highest in (("group.version", 1), ("transaction.version", 2)):
        check_matches(rf"Feature: {name} SupportedMinVersion: 0 SupportedMaxVersion: {highest} "
                      rf"FinalizedVersionLevel: {highest}", "features", "describe")
    check_says("transaction.version was upgraded to 2.", "features", "upgrade", "--feature",
               "transaction.version=2")


@harness.case
def metadata_quorum():
    check_matches(r"ClusterId: \S{22} LeaderId: 1 LeaderEpoch: \d+ HighWatermark: \d+ "
                  r"MaxFollowerLag: 0 MaxFollowerLagTimeMs: 0 CurrentVoters: \[\{\"id\": 1, "
                  r"(\"directoryId\": \"\S{22}\", )?\"endpoints\": "
                  r"\[\"CONTROLLER://(ADDRESS|127)",
                  "metadata-quorum", "describe", "--status")
    check_matches(r"1 \S{22} \d+ 0 \d+ \d+ Leader", "metadata-quorum", "describe",
                  "--replication")


@harness.case
def broker_api_versions():
    text = said("broker-api-versions")
    for wanted in ("Produce(0): 0 to 13 [usable: 13]", "Fetch(1): 4 to 18 [usable: 18]",
                   "ConsumerGroupHeartbeat(68): 0 to 1 [usable: 1]",
                   "DescribeQuorum(55): 0 to 2 [usable: 2]"):
        harness.check(wanted in text, f"wanted {wanted}\ngot {text}")


@harness.case
def acls_without_authorizer():
    check_says("SecurityDisabledException: No Authorizer is configured on the broker", "acls",
               "--list", code=1)
    check_says("SecurityDisabledException: No Authorizer is configured.", "acls", "--remove",
               "--allow-principal", "User:a", "--operation", "Read", "--topic", "t", "--force",
               code=1)


@harness.case
def leader_election():
    name = topic("led")
    harness.check_equal(said("leader-election", "--election-type", "preferred",
                             "--all-topic-partitions"), "", "an election of all")
    for kind in ("preferred", "unclean"):
        check_says("Valid replica already elected for partitions led-0", "leader-election",
                   "--election-type", kind, "--topic", name, "--partition", "0")


def places(party, name):
    """Where its partition lies, and whether it is on its way elsewhere: {directory: isFuture}."""
    out = kafka.JavaTools(party.address).ok("log-dirs", "--describe", "--topic-list", name).out
    dirs = json.loads(out[out.index(b"{"):])["brokers"][0]["logDirs"]
    return {each["logDir"]: each["partitions"][0]["isFuture"] for each in dirs
            if each["partitions"]}


@harness.case
def move_between_log_directories():
    tools()
    directory = os.path.join(shared["directory"], "two")
    os.mkdir(directory)
    paths = [os.path.join(directory, name) for name in ("one", "two")]
    dirs = ",".join(paths)
    with (kafka.Node(directory, settings={"log.dirs": dirs}) if KAFKA else
          harness.Broker(directory, dirs)) as party:
        java = kafka.JavaTools(party.address)
        if KAFKA and not kafka.finds_mounts(party.address):
            harness.skip("Kafka finds no mount of its log directories here")
        java.ok("topics", "--create", "--topic", "moving", "--partitions", "1")
        java.ok("console-producer", "--topic", "moving", stdin=b"1\n2\n3\n")
        (here,) = places(party, "moving")
        there = paths[1 - paths.index(here)]
        file = file_of("move.json", {"version": 1, "partitions": [
            {"topic": "moving", "partition": 0, "replicas": [1], "log_dirs": [there]}]})
        run = ("reassign-partitions", "--reassignment-json-file", file)
        said_of = java.ok(*run, "--execute", "--replica-alter-log-dirs-throttle", "1000000").out
        harness.check(f"Successfully started moving log directory to {there} for replica moving-0 "
                      "with broker 1" in said_of.decode(), said_of)
        done = b"Reassignment of replica moving-0-1 completed successfully."
        harness.wait_until(lambda: done in java.ok(*run, "--verify").out, 60, "the move's end")
        harness.check_equal(places(party, "moving"), {there: False}, "where it lies")
        java.ok("console-producer", "--topic", "moving", stdin=b"4\n")
        got = java.ok("console-consumer", "--topic", "moving", "--from-beginning",
                      "--max-messages", "4").out
        harness.check_equal(got, b"1\n2\n3\n4\n", "records")
        harness.check(not os.path.exists(os.path.join(here, "moving-0")), "it is there still")


@harness.case
def reassign_partitions():
    name = topic("moved")
    place = {"version": 1, "partitions": [{"topic": name, "partition": 0, "replicas": [1]}]}
    path = file_of("reassign.json", place)
    check_says("Successfully started partition reassignment for moved-0", "reassign-partitions",
               "--execute", "--reassignment-json-file", path)
    check_says("Reassignment of partition moved-0 is completed.", "reassign-partitions",
               "--verify", "--reassignment-json-file", path)
    harness.check_equal(said("reassign-partitions", "--list"),
                        "No partition reassignments found.", "reassignments")
    place["partitions"][0]["replicas"] = [1, 2]
    check_says("Unknown broker id 2", "reassign-partitions", "--execute",
               "--reassignment-json-file", file_of("unknown.json", place), code=1)


@harness.case
def perf_tests():
    name = topic("perf")
    check_matches(r"20000 records sent, [\d.]+ records/sec", "producer-perf-test", "--topic", name,
                  "--num-records", "20000", "--record-size", "100", "--throughput", "-1")
    check_matches(r", 20000, [\d.]+,", "consumer-perf-test", "--topic", name, "--num-records",
                  "20000", "--timeout", "30000")
    check_matches(r"Avg latency: [\d.]+ ms Percentiles: 50th", "e2e-latency", "--topic", name,
                  "--num-records", "100", "--producer-acks", "all", "--record-size", "20")


@harness.case
def verifiable_programs():
    name = topic("verified")
    text = said("verifiable-producer", "--topic", name, "--max-messages", "5")
    harness.check('"sent":5,"acked":5' in text, text)
    text = said("verifiable-consumer", "--topic", name, "--group-id", "verified",
                "--max-messages", "5", "--reset-policy", "earliest")
    harness.check('"success":true' in text and '"offset":5' in text, text)


if __name__ == "__main__":
    with stack:
        harness.main()
