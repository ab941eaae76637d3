"""tests: the journey of test_clients.py with confluent-kafka. Arguments: address, topic. Prints a
line a step: its name, a tab, what was seen."""
import sys
import time

from confluent_kafka import (Consumer, ConsumerGroupTopicPartitions, KafkaError, Producer,
                             TopicPartition, OFFSET_BEGINNING, OFFSET_END)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource,
                                   NewPartitions, NewTopic)

ADDRESS, TOPIC = sys.argv[1:]
RECORDS = 100
admin = AdminClient({"bootstrap.servers": ADDRESS})
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


def done(futures):
    for future in futures.values():
        future.result(60)


def consumer(group, **options):
    options = {name.replace("_", "."): value for name, value in options.items()}
    return Consumer({"bootstrap.servers": ADDRESS, "group.id": group,
                     "auto.offset.reset": "earliest", **options})


def partitions_of(topic):
    return len(admin.list_topics(topic, 30).topics[topic].partitions)


def create(topic, partitions):
    done(admin.create_topics([NewTopic(topic, partitions, 1)]))
    try:
        done(admin.create_topics([NewTopic(topic, partitions, 1)]))
    except Exception as error:
        return f"again {error.args[0].code()}"
    return "made twice"


def grow():
    done(admin.create_partitions([NewPartitions(TOPIC, 3)]))
    until(lambda: partitions_of(TOPIC) == 3)
    return f"{partitions_of(TOPIC)} partitions"


def produce(codec, **options):
    global produced
    places, errors = set(), []

    def delivered(error, message):
        if error:
            errors.append(error)
        else:
            places.add((message.partition(), message.offset()))
    producer = Producer({"bootstrap.servers": ADDRESS,
                         **{name.replace("_", "."): value for name, value in options.items()}})
    for i in range(RECORDS):
        producer.produce(TOPIC, f"{codec} {i} " + "some text" * 9, f"k{i}",
                         headers={"codec": codec}, on_delivery=delivered)
    producer.flush(60)
    produced += len(places)
    return errors[0] if errors else f"{len(places)} places"


def take(count, seen):
    member = consumer(TOPIC + "-group", enable_auto_commit=False)
    member.subscribe([TOPIC])
    taken, offsets, end = 0, {}, time.monotonic() + 30
    while taken < count and time.monotonic() < end:
        message = member.poll(0.1)
        if message and not message.error():
            taken += 1
            codec = dict(message.headers())["codec"]
            seen.add(message.value() if message.value().split()[0] == codec else b"")
            offsets[message.partition()] = message.offset() + 1
    member.commit(offsets=[TopicPartition(TOPIC, *pair) for pair in offsets.items()],
                  asynchronous=False)
    member.close()
    return taken


def group():
    seen = set()
    first, rest = take(produced // 2, seen), take(produced - produced // 2, seen)
    return f"{first} and {rest}, different {len(seen)}"


def described(name):
    now = admin.describe_consumer_groups([name])[name].result(60)
    return f"{now.state.name.capitalize()} {len(now.members)}"


def share():
    members = [consumer(TOPIC + "-shared") for _ in range(2)]
    for member in members:
        member.subscribe([TOPIC])

    def sizes():
        return sorted(len(member.assignment()) for member in members)

    def balanced():
        for member in members:
            member.poll(0.1)
        return sizes() == [1, 2]
    until(balanced)
    told = "%d and %d" % tuple(sizes()) + f", {described(TOPIC + '-shared')}"
    for member in members:
        member.close()
    return f"{told}, {described(TOPIC + '-shared')}"


def times():
    topic, base = TOPIC + "-times", int(time.time() * 1000) - 100000
    create(topic, 1)
    producer = Producer({"bootstrap.servers": ADDRESS})
    for i in range(3):
        producer.produce(topic, "v", partition=0, timestamp=base + i * 1000)
    producer.flush(60)
    member = consumer("none")
    at, late = (member.offsets_for_times([TopicPartition(topic, 0, base + more)], 30)[0].offset
                for more in (500, 5000))
    first, end = member.get_watermark_offsets(TopicPartition(topic, 0), 30)
    member.close()
    return (f"first {first}, at {at}, end {end}, "
            f"late {'none' if late == OFFSET_END else late}")


def count(topic, isolation):
    member = consumer("none", isolation_level=isolation, enable_partition_eof=True)
    member.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    found, end = 0, time.monotonic() + 30
    while time.monotonic() < end:
        message = member.poll(0.1)
        if message and not message.error():
            found += 1
        elif message and message.error().code() == KafkaError._PARTITION_EOF:
            break
    member.close()
    return found


def transactions():
    topic, group_name = TOPIC + "-txn", TOPIC + "-txn-group"
    create(topic, 1)
    producer = Producer({"bootstrap.servers": ADDRESS, "transactional.id": topic})
    member = consumer(group_name)
    producer.init_transactions(60)
    for commit in (True, False, True):
        producer.begin_transaction()
        for i in range(10):
            producer.produce(topic, f"v{i}")
        producer.send_offsets_to_transaction([TopicPartition(TOPIC, 0, 7 if commit else 8)],
                                             member.consumer_group_metadata(), 60)
        producer.flush(60)  # an abort throws away what was not sent yet
        if commit:
            producer.commit_transaction(60)
        else:
            producer.abort_transaction(60)
    member.close()
    wanted = ConsumerGroupTopicPartitions(group_name, [TopicPartition(TOPIC, 0)])
    stored = admin.list_consumer_group_offsets([wanted])[group_name].result(60)
    return (f"committed {count(topic, 'read_committed')}, all {count(topic, 'read_uncommitted')}, "
            f"offset {stored.topic_partitions[0].offset}")


def delete_records():
    place = TopicPartition(TOPIC + "-times", 0, 2)
    done(admin.delete_records([place]))
    member = consumer("none")
    first = member.get_watermark_offsets(place, 30)[0]
    member.close()
    return f"first {first}"


def configs():
    entry = ConfigEntry("retention.ms", "3600000",
                        incremental_operation=AlterConfigOpType.SET)
    done(admin.incremental_alter_configs([
        ConfigResource(ConfigResource.Type.TOPIC, TOPIC, incremental_configs=[entry])]))

    def value():
        resource = ConfigResource(ConfigResource.Type.TOPIC, TOPIC)
        return admin.describe_configs([resource])[resource].result(60)["retention.ms"].value
    until(lambda: value() == "3600000")
    return f"retention.ms {value()}"


def delete_group():
    def listed():
        groups = admin.list_consumer_groups().result(60).valid
        return str(TOPIC + "-group" in [group.group_id for group in groups]).lower()
    before = listed()
    done(admin.delete_consumer_groups([TOPIC + "-group"]))
    return f"listed {before}, then {listed()}"


def delete_topic():
    def listed():
        return TOPIC in admin.list_topics(timeout=30).topics
    before = listed()
    done(admin.delete_topics([TOPIC]))
    until(lambda: not listed())
    return f"listed {str(before).lower()}, then {str(listed()).lower()}"


step("create", lambda: create(TOPIC, 2))
step("grow", grow)
for each in ("none", "gzip", "snappy", "lz4", "zstd"):
    step(f"produce_{each}", lambda: produce(each, compression_type=each))
step("group", group)
step("share", share)
step("times", times)
step("idempotent", lambda: produce("once", enable_idempotence=True))
step("transactions", transactions)
step("delete_records", delete_records)
step("configs", configs)
step("delete_group", delete_group)
step("delete_topic", delete_topic)
