"""interop: transactions of Java, of librdkafka (kcat) and of libclient on broker-lite; Kafka's
tools that manage them; the same requests to Apache Kafka and to broker-lite, answer by answer."""
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
COPIER = os.path.join(HERE, "Copier.java")
LINES = 3000
FORMATTER = "org.apache.kafka.tools.consumer.TransactionLogMessageFormatter"


def built(*parts):
    path = os.path.join(harness.BUILD, *parts)
    harness.check(os.access(path, os.X_OK), f"{path} is not built")
    return path


def transactions(broker, *args):
    return harness.run_ok(kafka.java("org.apache.kafka.tools.TransactionsCommand",
                                     "--bootstrap-server", broker.address, *args),
                          seconds=60).out.decode()


def lines_of(count):
    return b"".join(b"line %d of them\n" % i for i in range(count))


def committed(broker, topic, count):
    """What Java's console consumer shows of a topic to who reads committed records only."""
    return kafka.JavaTools(broker.address).consume(
        topic, "--from-beginning", "--isolation-level", "read_committed",
        "--max-messages", str(count), "--timeout-ms", "30000")


def is_copied(broker, data, topic):
    got = committed(broker, topic, data.count(b"\n"))
    harness.check(harness.sorted_lines(got) == harness.sorted_lines(data),
                  f"the committed records of {topic} are not those of its source")
    more = data.count(b"\n") + 1
    everything = kafka.JavaTools(broker.address).consume(
        topic, "--from-beginning", "--max-messages", str(more), "--timeout-ms", "30000")
    harness.check(everything.count(b"\n") == more, "nothing was aborted")


# ---- the same answers, the same records ----

def script(address):
    environment = dict(os.environ, TXN_PORT=address.rsplit(":", 1)[1])
    done = subprocess.run([built("tests", "interop", "txn_script")], env=environment,
                          capture_output=True, timeout=300, check=False)
    harness.check(done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace"))
    return [line for line in done.stdout.decode().splitlines() if line.startswith("| ")]


def sort_states(pairs):
    """{id: [record]}, without times, and with producer ids told by the transactional id that has
    them."""
    records, ids = {}, {}
    for key, value in pairs:
        name = key["data"]["transactionalId"]
        fields = value["data"] if value else {}
        for field in fields:
            if field.endswith("TimestampMs") and fields[field] >= 0:
                fields[field] = True
        for field in ("producerId", "previousProducerId"):
            if fields.get(field, -1) >= 0:
                fields[field] = ids.setdefault(fields[field], name)
        for topic in fields.get("transactionPartitions") or []:
            if topic["topic"] == "__consumer_offsets":
                topic["partitionIds"] = []  # as many as the broker's settings say
        records.setdefault(name, []).append([key, value])
    return records


def state_records(address):
    """The records of __transaction_state as Kafka's formatter shows them."""
    text = kafka.JavaTools(address).consume("__transaction_state", "--from-beginning",
                                            "--formatter", FORMATTER, "--timeout-ms",
                                            str(int(8000 * harness.PATIENCE))).decode()
    decoder, place, pairs = json.JSONDecoder(), 0, []
    while place < len(text):
        record, place = decoder.raw_decode(text, place)
        pairs.append((record["key"], record["value"]))
    return sort_states(pairs)


def dumped_states(data):
    """As Kafka's dump tool decodes them."""
    return sort_states(kafka.dumped(data, "__transaction_state", "--transaction-log-decoder"))


STATES = {"Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort"}


def check_states(got, wanted, view):
    harness.check(sum(map(len, wanted.values())) > 30, f"few records of transactions: {view}")
    for name, records in wanted.items():
        harness.check_equal(got.get(name), records, f"{view} of {name}")


@harness.case
def kafka_and_broker_lite_answer_alike():
    kafka.java("none")
    with harness.scratch() as ours, harness.scratch() as theirs, \
            harness.Broker(ours) as broker, kafka.Node(theirs) as node:
        wanted, got = script(node.address), script(broker.address)
        harness.check_equal("\n".join(got), "\n".join(wanted), "answers")
        check_states(state_records(broker.address), state_records(node.address), "formatter")
        node.process.kill()  # what they wrote is the kernel's
        broker.kill()
        wanted = dumped_states(os.path.join(theirs, "data"))
        check_states(dumped_states(broker.data), wanted, "dump")
        told = {value["data"]["transactionStatus"] for records in wanted.values()
                for _, value in records if value}
        harness.check(STATES <= told or set(range(1, 6)) <= told, f"states: {told}")


# ---- stock clients ----

@harness.case
def java_copies_exactly_once():
    kafka.java("none")
    data = lines_of(LINES)
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("in", 2)
        tools.create("out", 2)
        tools.produce("in", data)
        harness.run_ok(kafka.java(COPIER, broker.address, "in", "out", "copier", str(LINES)),
                       seconds=120)
        is_copied(broker, data, "out")
        lags = harness.describe_lags(tools.ok("consumer-groups", "--describe", "--group",
                                              "copier").out)
        harness.check_equal(set(lags.values()), {"0"}, "lag of the copier")
        listed = transactions(broker, "list").split("\n")[1].split()
        harness.check_equal((listed[0], listed[3]), ("copier", "CompleteCommit"), "listed as")
        described = transactions(broker, "describe-producers", "--topic", "out", "--partition", "0")
        harness.check("None" in described, f"an open transaction: {described}")
        broker.stop()
        dump_is_read(os.path.join(directory, "data"))


def dump_is_read(data):
    """Kafka's dump tool reads log, transaction index and producer snapshot."""
    folder = next(os.path.join(root, "out-0") for root, folders, _ in os.walk(data)
                  if "out-0" in folders)
    names = os.listdir(folder)
    shown = {}
    for suffix in ("log", "txnindex", "snapshot"):
        name = next((name for name in sorted(names) if name.endswith("." + suffix)), None)
        harness.check(name, f"no .{suffix} among {names}")
        command = kafka.java("org.apache.kafka.tools.DumpLogSegments", "--print-data-log",
                             "--files", os.path.join(folder, name))
        shown[suffix] = harness.run_ok(command, seconds=60).out.decode()
    harness.check("endTxnMarker: COMMIT" in shown["log"] and
                  "endTxnMarker: ABORT" in shown["log"], "no markers in the log")
    harness.check("isvalid: false" not in shown["log"], "a batch that is not valid")
    harness.check("lastStableOffset" in shown["txnindex"], shown["txnindex"])
    harness.check("producerId" in shown["snapshot"], shown["snapshot"])


@harness.case
def libclient_copies_exactly_once():
    kafka.java("none")
    # Long lines: what a poll brings (500) is more than a batch, so that an abort finds some sent.
    data = b"".join(b"line %d of them %s\n" % (i, b"." * 200) for i in range(LINES))
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("in", 2)
        tools.create("out", 2)
        tools.produce("in", data)
        copier = harness.Process([built("libclient", "transactional_copy"), broker.address, "in",
                                  "out", "copier", "30", "7"], directory, "copier")
        try:
            is_copied(broker, data, "out")
            harness.check_equal(copier.stop(), 0, f"the copier's exit status: {copier.log()}")
        finally:
            copier.close()
        broker.stop()


@harness.case
def librdkafka_writes_in_a_transaction():
    if not shutil.which("kcat"):
        harness.skip("kcat is not installed")
    data = lines_of(LINES)
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("kcat", 2)
        for _ in range(2):
            harness.run_ok(["kcat", "-b", broker.address, "-P", "-t", "kcat",
                            "-X", "transactional.id=cat"], stdin=data)
        got = harness.run_ok(["kcat", "-b", broker.address, "-C", "-t", "kcat", "-e", "-q", "-u",
                              "-X", "isolation.level=read_committed"]).out
        harness.check(harness.sorted_lines(got) == harness.sorted_lines(data * 2),
                      "kcat does not read what it has written")
        broker.stop()


# ---- Kafka's tools ----

@harness.case
def a_hanging_transaction_is_found_and_ended():
    kafka.java("none")
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("hanging")
        environment = dict(os.environ, TXN_PORT=broker.address.rsplit(":", 1)[1])
        subprocess.run([built("tests", "interop", "txn_hang")], env=environment,
                       capture_output=True, timeout=60, check=True)
        described = transactions(broker, "describe", "--transactional-id", "hangs")
        harness.check("Ongoing" in described and "hanging-0" in described, described)
        producers = transactions(broker, "describe-producers", "--topic", "hanging",
                                 "--partition", "0").split("\n")[1].split()
        harness.check_equal(producers[5], "0", "start of the open transaction")
        found = transactions(broker, "find-hanging", "--broker-id", "1",
                             "--max-transaction-timeout", "0")
        harness.check("hanging" not in found, f"a transaction that its coordinator knows: {found}")
        transactions(broker, "abort", "--topic", "hanging", "--partition", "0",
                     "--start-offset", "0")
        producers = transactions(broker, "describe-producers", "--topic", "hanging",
                                 "--partition", "0").split("\n")[1].split()
        harness.check_equal(producers[5], "None", "start of the transaction that was aborted")
        broker.stop()


if __name__ == "__main__":
    harness.main()
