"""tests: the journey of test_clients.py with kafka-python. Arguments: address, topic. Prints a
line a step: its name, a tab, what was seen."""
import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient
from kafka.errors import TopicAlreadyExistsError

ADDRESS, TOPIC = sys.argv[1:]
RECORDS = 100
admin = KafkaAdminClient(bootstrap_servers=ADDRESS)
produced = 0


def step(name, body):
    try:
        told = body()
    except Exception as error:  # told like any other outcome
        told = f"error: {type(error).__name__}: {error}"
    print(name, " ".join(str(told).split()), sep="\t", flush=True)


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


def consumer(**options):
    return KafkaConsumer(bootstrap_servers=ADDRESS, auto_offset_reset="earliest", **options)


def create(topic, partitions):
    wanted = {topic: {"num_partitions": partitions, "replication_factor": 1}}
    admin.create_topics(wanted)
    try:
        admin.create_topics(wanted)
    except TopicAlreadyExistsError as error:
        return f"again {error.errno}"
    return "made twice"


def grow():
    def count():
        return len(admin.describe_topics([TOPIC])[0]["partitions"])
    admin.create_partitions({TOPIC: 3})
    until(lambda: count() == 3)
    return f"{count()} partitions"


def produce(codec, **options):
    global produced
    producer = KafkaProducer(bootstrap_servers=ADDRESS, **options)
    sent = [producer.send(TOPIC, f"{codec} {i} {'some text' * 9}".encode(), f"k{i}".encode(),
                          headers=[("codec", codec.encode())]) for i in range(RECORDS)]
    places = {(told.partition, told.offset) for told in (each.get(60) for each in sent)}
    producer.close()
    produced += len(places)
    return f"{len(places)} places"


def take(count, seen):
    member = consumer(group_id=TOPIC + "-group", enable_auto_commit=False)
    member.subscribe([TOPIC])
    taken, offsets, end = 0, {}, time.monotonic() + 30
    while taken < count and time.monotonic() < end:
        for place, records in member.poll(100, count - taken).items():
            for record in records:
                taken += 1
                codec = dict(record.headers)["codec"]
                seen.add(record.value if record.value.split()[0] == codec else b"")
                offsets[place] = OffsetAndMetadata(record.offset + 1, "", -1)
    member.commit(offsets)
    member.close()
    return taken


def group():
    seen = set()
    first, rest = take(produced // 2, seen), take(produced - produced // 2, seen)
    return f"{first} and {rest}, different {len(seen)}"


def described(name):
    now = admin.describe_groups([name])[name]
    return f"{now['group_state']} {len(now['members'])}"


def share():
    """A thread each: a poll that is cut short leaves a rebalance that the other waits for."""
    sizes, enough = [0, 0], threading.Event()

    def live(i):
        member = consumer(group_id=TOPIC + "-shared")
        member.subscribe([TOPIC])
        while not enough.is_set():
            member.poll(1000)
            sizes[i] = len(member.assignment())
        member.close()
    threads = [threading.Thread(target=live, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: sorted(sizes) == [1, 2])
    told = "%d and %d" % tuple(sorted(sizes)) + f", {described(TOPIC + '-shared')}"
    enough.set()
    for thread in threads:
        thread.join()
    return f"{told}, {described(TOPIC + '-shared')}"


def times():
    place, base = TopicPartition(TOPIC + "-times", 0), int(time.time() * 1000) - 100000
    create(place.topic, 1)
    producer = KafkaProducer(bootstrap_servers=ADDRESS)
    for i in range(3):
        producer.send(place.topic, b"v", partition=0, timestamp_ms=base + i * 1000).get(60)
    producer.close()
    member = consumer()
    at, late = (member.offsets_for_times({place: base + more})[place] for more in (500, 5000))
    first, end = member.beginning_offsets([place])[place], member.end_offsets([place])[place]
    member.close()
    return f"first {first}, at {at.offset}, end {end}, late {late.offset if late else 'none'}"


def count(topic, isolation):
    place, member = TopicPartition(topic, 0), consumer(isolation_level=isolation)
    member.assign([place])
    member.seek_to_beginning(place)
    found, end = [], member.end_offsets([place])[place]

    def drained():
        found.extend(member.poll(100).get(place, []))
        return member.position(place) >= end
    until(drained)
    member.close()
    return len(found)


def transactions():
    topic, group_name = TOPIC + "-txn", TOPIC + "-txn-group"
    create(topic, 1)
    producer = KafkaProducer(bootstrap_servers=ADDRESS, transactional_id=topic)
    member = consumer(group_id=group_name)
    place = TopicPartition(TOPIC, 0)
    producer.init_transactions()
    for commit in (True, False, True):
        producer.begin_transaction()
        for i in range(10):
            producer.send(topic, b"v%d" % i)
        producer.send_offsets_to_transaction(
            {place: OffsetAndMetadata(7 if commit else 8, "", -1)}, member.group_metadata())
        producer.flush()  # an abort throws away what was not sent yet
        if commit:
            producer.commit_transaction()
        else:
            producer.abort_transaction()
    producer.close()
    member.close()
    stored = admin.list_group_offsets({group_name: [place]})[group_name][place].offset
    return (f"committed {count(topic, 'read_committed')}, all {count(topic, 'read_uncommitted')}, "
            f"offset {stored}")


def delete_records():
    place = TopicPartition(TOPIC + "-times", 0)
    admin.delete_records({place: 2})
    member = consumer()
    first = member.beginning_offsets([place])[place]
    member.close()
    return f"first {first}"


def configs():
    admin.alter_configs([ConfigResource("TOPIC", TOPIC, {"retention.ms": "3600000"})])

    def value():
        told = admin.describe_configs([ConfigResource("TOPIC", TOPIC)], config_filter="all")
        return told["topic"][TOPIC]["retention.ms"]["value"]
    until(lambda: value() == "3600000")
    return f"retention.ms {value()}"


def delete_group():
    def listed():
        return str(TOPIC + "-group" in [each["group_id"] for each in admin.list_groups()]).lower()
    before = listed()
    told = admin.delete_groups([TOPIC + "-group"])[TOPIC + "-group"]
    return f"listed {before}, then {listed()}" if told == "OK" else told


def delete_topic():
    def listed():
        return TOPIC in admin.list_topics()
    before = listed()
    admin.delete_topics([TOPIC])
    until(lambda: not listed())
    return f"listed {str(before).lower()}, then {str(listed()).lower()}"


step("create", lambda: create(TOPIC, 2))
step("grow", grow)
for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    step(f"produce_{each}",
         lambda: produce(each, compression_type=None if each == "none" else each))
step("group", group)
step("share", share)
step("times", times)
step("idempotent", lambda: produce("once", enable_idempotence=True))
step("transactions", transactions)
step("delete_records", delete_records)
step("configs", configs)
step("delete_group", delete_group)
step("delete_topic", delete_topic)
