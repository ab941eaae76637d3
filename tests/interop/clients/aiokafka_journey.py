"""tests: the journey of test_clients.py with aiokafka. Arguments: address, topic. Prints a line a
step: its name, a tab, what was seen."""
import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import (AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete)
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.structs import OffsetAndMetadata

ADDRESS, TOPIC = sys.argv[1:]
RECORDS = 100


async def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not await condition() and time.monotonic() < end:
        await asyncio.sleep(0.01)


def consumer(*topics, **options):
    return AIOKafkaConsumer(*topics, bootstrap_servers=ADDRESS, auto_offset_reset="earliest",
                            **options)


def producer(**options):
    return AIOKafkaProducer(bootstrap_servers=ADDRESS, **options)


class Journey:
    def __init__(self, admin):
        self.admin = admin
        self.produced = 0

    async def create(self, topic=TOPIC, partitions=2):
        wanted = [NewTopic(topic, partitions, 1)]
        codes = [(await self.admin.create_topics(wanted)).topic_errors[0][1] for _ in range(2)]
        return f"again {codes[1]}" if codes[0] == 0 else f"error {codes[0]}"

    async def grow(self):
        async def count():
            return len((await self.admin.describe_topics([TOPIC]))[0]["partitions"])

        async def grown():
            return await count() == 3
        await self.admin.create_partitions({TOPIC: NewPartitions(3)})
        await until(grown)
        return f"{await count()} partitions"

    async def produce(self, codec, **options):
        async with producer(**options) as sender:
            sent = [await sender.send(TOPIC, f"{codec} {i} {'some text' * 9}".encode(),
                                      b"k%d" % i, headers=[("codec", codec.encode())])
                    for i in range(RECORDS)]
            told = await asyncio.gather(*sent)
        places = {(each.partition, each.offset) for each in told}
        self.produced += len(places)
        return f"{len(places)} places"

    async def take(self, count, seen):
        taken, offsets, end = 0, {}, time.monotonic() + 30
        async with consumer(TOPIC, group_id=TOPIC + "-group", enable_auto_commit=False) as member:
            while taken < count and time.monotonic() < end:
                told = await member.getmany(timeout_ms=100, max_records=count - taken)
                for place, records in told.items():
                    for record in records:
                        taken += 1
                        codec = dict(record.headers)["codec"]
                        seen.add(record.value if record.value.split()[0] == codec else b"")
                        offsets[place] = record.offset + 1
            await member.commit(offsets)
        return taken

    async def group(self):
        seen, half = set(), self.produced // 2
        first = await self.take(half, seen)
        rest = await self.take(self.produced - half, seen)
        return f"{first} and {rest}, different {len(seen)}"

    async def described(self, name):
        row = (await self.admin.describe_consumer_groups([name]))[0].groups[0]
        return f"{row[2]} {len(row[5])}"

    async def share(self):
        name = TOPIC + "-shared"
        async with consumer(TOPIC, group_id=name) as one:
            async with consumer(TOPIC, group_id=name) as two:
                async def both():
                    return sorted(len(each.assignment()) for each in (one, two)) == [1, 2]
                await until(both)
                sizes = sorted(len(each.assignment()) for each in (one, two))
                told = "%d and %d" % tuple(sizes) + f", {await self.described(name)}"
        return f"{told}, {await self.described(name)}"

    async def times(self):
        place, base = TopicPartition(TOPIC + "-times", 0), int(time.time() * 1000) - 100000
        await self.create(place.topic, 1)
        async with producer() as sender:
            for i in range(3):
                await sender.send_and_wait(place.topic, b"v", partition=0,
                                           timestamp_ms=base + i * 1000)
        async with consumer(place.topic) as member:
            at, late = [(await member.offsets_for_times({place: base + more}))[place]
                        for more in (500, 5000)]
            first = (await member.beginning_offsets([place]))[place]
            end = (await member.end_offsets([place]))[place]
        return f"first {first}, at {at.offset}, end {end}, late {late.offset if late else 'none'}"

    async def count(self, topic, isolation):
        place, found = TopicPartition(topic, 0), []
        async with consumer(isolation_level=isolation) as member:
            member.assign([place])
            await member.seek_to_beginning(place)
            end = (await member.end_offsets([place]))[place]

            async def drained():
                found.extend((await member.getmany(timeout_ms=100)).get(place, []))
                return await member.position(place) >= end
            await until(drained)
        return len(found)

    async def transactions(self):
        topic, group, place = TOPIC + "-txn", TOPIC + "-txn-group", TopicPartition(TOPIC, 0)
        await self.create(topic, 1)
        async with producer(transactional_id=topic) as sender:
            for commit in (True, False, True):
                await sender.begin_transaction()
                for i in range(10):
                    await sender.send_and_wait(topic, b"v%d" % i)
                offset = OffsetAndMetadata(7 if commit else 8, "")
                await sender.send_offsets_to_transaction({place: offset}, group)
                await (sender.commit_transaction() if commit else sender.abort_transaction())

        async def stored():
            told = await self.admin.list_consumer_group_offsets(group, partitions=[place])
            return told[place].offset

        async def arrived():  # the marker is written after the transaction's end is answered
            return await stored() == 7
        await until(arrived)
        return (f"committed {await self.count(topic, 'read_committed')}, "
                f"all {await self.count(topic, 'read_uncommitted')}, offset {await stored()}")

    async def delete_records(self):
        place = TopicPartition(TOPIC + "-times", 0)
        await self.admin.delete_records({place: RecordsToDelete(2)})
        async with consumer(place.topic) as member:
            return f"first {(await member.beginning_offsets([place]))[place]}"

    async def configs(self):
        async def value():
            told = await self.admin.describe_configs(
                [ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
            return {row[0]: row[1] for row in told[0].resources[0][4]}["retention.ms"]

        async def changed():
            return await value() == "3600000"
        await self.admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC,
                                                       {"retention.ms": "3600000"})])
        await until(changed)
        return f"retention.ms {await value()}"

    async def list_groups(self):
        rows = await self.admin.list_consumer_groups()
        return f"listed {str(TOPIC + '-group' in [row[0] for row in rows]).lower()}"

    async def delete_topic(self):
        async def listed():
            return TOPIC in await self.admin.list_topics()

        async def gone():
            return not await listed()
        before = await listed()
        await self.admin.delete_topics([TOPIC])
        await until(gone)
        return f"listed {str(before).lower()}, then {str(await listed()).lower()}"


async def step(name, body):
    try:
        told = await body
    except Exception as error:  # told like any other outcome
        told = f"error: {type(error).__name__}: {error}"
    print(name, " ".join(str(told).split()), sep="\t", flush=True)


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=ADDRESS)
    await admin.start()
    journey = Journey(admin)
    await step("create", journey.create())
    await step("grow", journey.grow())
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        kind = None if codec == "none" else codec
        await step(f"produce_{codec}", journey.produce(codec, compression_type=kind))
    await step("group", journey.group())
    await step("share", journey.share())
    await step("times", journey.times())
    await step("idempotent", journey.produce("once", enable_idempotence=True))
    await step("transactions", journey.transactions())
    await step("delete_records", journey.delete_records())
    await step("configs", journey.configs())
    await step("delete_group", journey.list_groups())
    await step("delete_topic", journey.delete_topic())
    await admin.close()


asyncio.run(main())
