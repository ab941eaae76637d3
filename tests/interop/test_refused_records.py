"""interop: batches that a broker refuses because of single records, sent by hand to Kafka and to
broker-lite: the same error, message, named records and their messages, the same log start offset.
Moments in messages are compared by their distance, since each broker has its own clock."""
import gzip
import os
import re
import struct
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
import batch  # noqa: E402
import harness  # noqa: E402
import kafka  # noqa: E402
import peer  # noqa: E402

HOUR_MS = 3600 * 1000
LOG_APPEND_TIME, TRANSACTIONAL, CONTROL = 8, 16, 32
TOPICS = {
    "plain": [],
    "compact": ["cleanup.policy=compact"],
    "both": ["cleanup.policy=compact,delete"],
    "repacked": ["cleanup.policy=compact", "compression.type=gzip"],
    "unpacked": ["cleanup.policy=compact", "compression.type=uncompressed"],
    "small": ["cleanup.policy=compact", "max.message.bytes=120"],
    "timed": [f"message.timestamp.before.max.ms={HOUR_MS}"],
    "timed-compact": ["cleanup.policy=compact", f"message.timestamp.before.max.ms={HOUR_MS}",
                      "message.timestamp.after.max.ms=0"],
    "stamped": ["message.timestamp.type=LogAppendTime", "cleanup.policy=compact"],
}


def record(index, key=b"k", value=b"value", time_delta=0, delta=None):
    delta = index if delta is None else delta
    body = b"\0" + batch.varint(time_delta) + batch.varint(delta)
    for part in (key, value):
        body += batch.varint(-1) if part is None else batch.varint(len(part)) + part
    return batch.varint(len(body) + 1) + body + batch.varint(0)


def keys(*given):
    return b"".join(record(i, key) for i, key in enumerate(given)), len(given)


def times(*deltas, keyless=()):
    return b"".join(record(i, None if i in keyless else b"k", time_delta=delta)
                    for i, delta in enumerate(deltas)), len(deltas)


def made(content, codec=batch.NONE, attributes=0, **fields):
    records, count = content
    if codec == batch.GZIP:
        records = gzip.compress(records)
    return batch.batch(records, count, attributes=attributes | codec, **fields)


def moments(text):
    """The range of a message as its width, and what it names by its distance from now."""
    def ranged(found):
        return f"[{int(found[2]) - int(found[1])} wide]"

    def near(found):
        return f"now{round((int(found[0]) / 1000 - time.time()) / 3600):+d}h"
    # The class of Kafka's that read it, which is another one for what is compressed.
    text = text.replace("PartialDefaultRecord(", "DefaultRecord(")
    return re.sub(r"\b1\d{12}\b", near, re.sub(r"\[(-?\d+), (\d+)\]", ranged, text))


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, form):
        size = struct.calcsize(">" + form)
        values = struct.unpack(">" + form, self.data[:size])
        self.data = self.data[size:]
        return values[0]

    def text(self):
        size = self.take("h")
        if size < 0:
            return None
        value, self.data = self.data[:size].decode(), self.data[size:]
        return value


def produce(line, topic, records, version=8, transaction=None):
    """What the broker answers for the one partition, as lines."""
    named = struct.pack(">h", -1) if transaction is None else peer.text(transaction)
    body = named + struct.pack(">hii", -1, 30000, 1) + peer.text(topic)
    answer = Reader(line.ask(0, version, body + struct.pack(">iii", 1, 0, len(records)) + records))
    harness.check_equal((answer.take("i"), answer.text(), answer.take("i"), answer.take("i")),
                        (1, topic, 1, 0), "topics, topic, partitions, partition")
    error, offset = answer.take("h"), answer.take("q")
    answer.take("q")  # of a topic with log append time, and its clock
    out = [f"error {error} offset {offset} start {answer.take('q')}"]
    if version >= 8:
        for _ in range(answer.take("i")):
            index = answer.take("i")
            out.append(f"  {index}: {moments(answer.text() or '-')}")
        text = answer.text()
        # Kafka says nothing of what is wrong with a whole batch; ours does.
        if len(out) > 1:
            out.append(f"  {moments(text)}")
    harness.check_equal(len(answer.data), 4, "bytes after the partitions")
    return out


def plain_cases():
    """name, topic, batch; in an order that gives the same offsets everywhere."""
    now = int(time.time() * 1000)
    old, new = now - 5 * HOUR_MS, now + 5 * HOUR_MS
    at = {"base_timestamp": now, "max_timestamp": now}
    for topic in ("compact", "both", "repacked", "unpacked", "stamped"):
        for codec in (batch.NONE, batch.GZIP):
            def named(what):
                return f"{what} {topic} {codec}"
            yield named("one"), topic, made(keys(None), codec, **at)
            yield named("keyed"), topic, made(keys(b"a", b""), codec, **at)
            yield named("some"), topic, made(keys(b"a", None, b"b", None), codec, **at)
            yield named("all"), topic, made(keys(*[None] * 5), codec, **at)
            yield named("tombstone"), topic, made((record(0, None, None), 1), codec, **at)
    yield "not compacted", "plain", made(keys(None, None), **at)
    for topic in ("timed", "timed-compact"):
        for codec in (batch.NONE, batch.GZIP):
            def named(what):
                return f"{what} {topic} {codec}"
            yield named("old"), topic, made(times(0, 1), codec, base_timestamp=old,
                                            max_timestamp=old + 1)
            yield named("old second"), topic, made(times(0, -5 * HOUR_MS, 0), codec, **at)
            yield named("new"), topic, made(times(0, 1), codec, base_timestamp=new,
                                            max_timestamp=new + 1)
            yield named("new second"), topic, made(times(0, 5 * HOUR_MS, 0), codec, **at)
            yield named("old base"), topic, made(times(5 * HOUR_MS - 50), codec,
                                                 base_timestamp=old, max_timestamp=old)
            yield named("no time"), topic, made(times(0, 1 + now - 60000), codec,
                                                base_timestamp=-1, max_timestamp=now)
            yield named("all four"), topic, made(
                times(0, -5 * HOUR_MS, 5 * HOUR_MS, 0, keyless=(0, 1)), codec, **at)
            yield named("old keyless"), topic, made(times(-5 * HOUR_MS, keyless=(0,)), codec, **at)
            yield named("their time"), topic, made(keys(b"abc", b"d"), codec, LOG_APPEND_TIME,
                                                   base_timestamp=now, max_timestamp=-1)
    for codec in (batch.NONE, batch.GZIP):
        yield f"their time stamped {codec}", "stamped", made(keys(b"abc", b"", None), codec,
                                                             LOG_APPEND_TIME, **at)
    yield "base offset", "compact", made(keys(b"a", None), base_offset=5, **at)
    yield "too large", "small", made(keys(*[None] * 9), **at)
    yield "no sequence", "compact", made(keys(None), producer_id=5000, producer_epoch=0,
                                          base_sequence=-1, **at)
    yield "control", "compact", made(keys(None), attributes=CONTROL, **at)
    yield "control of nobody", "compact", made(keys(None), attributes=CONTROL | TRANSACTIONAL, **at)
    yield "transactional of nobody", "compact", made(keys(b"a"), attributes=TRANSACTIONAL, **at)
    yield "wrong crc", "compact", made(keys(None), crc=5, **at)


def producer(line, transaction=None):
    named = struct.pack(">h", -1) if transaction is None else peer.text(transaction)
    answer = []

    def given():
        told = line.ask(22, 1, named + struct.pack(">i", 60000))
        answer[:] = struct.unpack(">hqh", told[4:])
        return answer[0] == 0
    if transaction:
        # Makes the topic of transactions.
        line.ask(10, 1, named + struct.pack(">b", 1))
    harness.wait_until(given, 60, "a producer id")
    return {"producer_id": answer[1], "producer_epoch": answer[2]}


def told_to_producers(line):
    now = int(time.time() * 1000)
    at = {"base_timestamp": now, "max_timestamp": now}
    own = producer(line)
    for name, content, sequence in (("keyless", keys(None), 0), ("keyed", keys(b"a", b"b"), 0),
                                    ("gap", keys(b"a"), 5), ("keyless gap", keys(None), 5),
                                    ("again", keys(b"a", b"b"), 0), ("next", keys(b"a"), 2)):
        yield f"idempotent {name}", produce(
            line, "both", made(content, base_sequence=sequence, **own, **at))
    own = producer(line, "tx")
    line.ask(24, 0, peer.text("tx") + struct.pack(">qhi", own["producer_id"],
                                                  own["producer_epoch"], 1)
             + peer.text("both") + struct.pack(">ii", 1, 0))
    for name, content in (("keyless", keys(b"a", None)), ("keyed", keys(b"a"))):
        yield f"transactional {name}", produce(
            line, "both", made(content, attributes=TRANSACTIONAL, base_sequence=0, **own, **at),
            transaction="tx")
    yield "old version", produce(line, "both", made(keys(None), **at), version=7)


def told(node):
    tools = harness.Tools(node.address)
    for name, settings in TOPICS.items():
        words = [word for setting in settings for word in ("--config", setting)]
        tools.create(name, 1, *words)
    out = []
    with peer.Peer(node) as line:
        for name, topic, sent in plain_cases():
            out += [f"> {name}", *produce(line, topic, sent)]
        for name, lines in told_to_producers(line):
            out += [f"> {name}", *lines]
    return out


@harness.case
def records_are_refused_as_kafka_does():
    with harness.scratch() as directory:
        with harness.Broker(directory) as broker:
            ours = told(broker)
        place = os.path.join(directory, "kafka")
        os.makedirs(place)
        with kafka.Node(place) as node:
            theirs = told(node)
    harness.check("\n".join(ours).count("without key") > 40, "keyless records were let in")
    for mine, kafkas in zip(ours, theirs):
        harness.check_equal(mine, kafkas, "told of a batch")
    harness.check_equal(len(ours), len(theirs), "lines")


if __name__ == "__main__":
    harness.main()
