"""bench: where the brokers take turns and the client stays the same: cases and their goals.

The works and columns are those of cases.py. A goal compares broker-lite's median with Apache
Kafka's, for each client."""
from cases import (BROKER, BROKER_BUSY, BROKER_PEAK, BYTES, CLIENT_BUSY, Case, Goal, P50, P99,
                   PER_MEGABYTE, RATE, READ, READ_OWN, READ_PEER, SEND, SEND_PEER)

CLIENTS = ("bare", "libclient", "newest")
PACED_SECONDS, PACED_RATE = 3, 50_000_000
READER_SECONDS = 4

BUSY = [CLIENT_BUSY, BROKER_BUSY]  # who of the two is the bound
TWICE = [Goal(RATE, ">=", 2.0)]
NO_SLOWER = [Goal(RATE, ">=", 1.0)]


def sent(size, partitions, acks):
    settings = ["acks=1"] if acks == 1 else ["acks=all", "enable.idempotence=true"]
    words = {"size": size, "acks": acks}
    if partitions > 1:
        words.update(partitions=partitions, keys=1)
    name = (f"produce, {size} B, {partitions} partition{'s' if partitions > 1 else ''},"
            f" acks={'1' if acks == 1 else 'all, idempotent'}")
    return Case(name, "produce", [RATE, BROKER, *BUSY], peers=CLIENTS, words=words, goals=TWICE,
                settings=SEND + settings, tuning=SEND_PEER, divisor=1 if size == 100 else 5)


def paced(size, partitions):
    name = f"produce at 50 MB/s, {size} B, {partitions} partition{'s' if partitions > 1 else ''}"
    count = PACED_SECONDS * PACED_RATE // size
    return Case(name, "pace", [P50, P99, BROKER, *BUSY], peers=CLIENTS,
                words={"size": size, "partitions": partitions, "rate": PACED_RATE, "acks": 1},
                settings=["acks=1", "linger.ms=0"], tuning=["socket.nagle.disable=true"],
                divisor=max(1, 5_000_000 // count), most=count, goals=[Goal(P99, "<=", 0.3)])


def read(name, **more):
    more.setdefault("words", {"size": 100})
    return Case(name, "consume", [RATE, BROKER, *BUSY], settings=READ, tuning=READ_PEER,
                own=READ_OWN, least=20000, **more)


def read_slowly(name, words, goals):
    words = dict(words, size=100, seconds=READER_SECONDS)
    return Case(name, "slow", [BYTES, PER_MEGABYTE, BROKER_PEAK, *BUSY], peers=("bare",),
                words=words, goals=goals, divisor=2, least=50000)


STANDING = "standing: memory and rest"
STANDING_MANY = "standing, 10,000 partitions: memory, rest, and a start after kill -9"

BROKER_CASES = [
    *(sent(size, partitions, acks) for acks in (1, -1) for size in (100, 1024)
      for partitions in (1, 12)),
    paced(1024, 1),
    paced(1024, 12),
    Case("produce, fsync before each ack, 32 connections", "acknowledge",
         [RATE, P50, P99, BROKER, *BUSY], peers=("bare",),
         words={"size": 1024, "threads": 32, "flush": 1}, divisor=500, goals=TWICE),
    Case("produce, fsync before each ack, 1 KB batches of a client", "produce",
         [RATE, BROKER, *BUSY], peers=CLIENTS, words={"size": 1024, "acks": -1, "flush": 1},
         divisor=5, settings=SEND + ["acks=all"], tuning=SEND_PEER, goals=TWICE),
    read("fetch, hot", peers=CLIENTS, goals=NO_SLOWER),
    read("fetch, hot, 12 partitions", peers=CLIENTS, words={"size": 100, "partitions": 12},
         goals=NO_SLOWER),
    read("fetch, cold", peers=("bare",), cold=True, goals=NO_SLOWER),
    read_slowly("200 readers, 64 KB at a time", {"members": 200, "piece": 65536},
                [Goal(BYTES, ">=", 2.0), Goal(PER_MEGABYTE, "<=", 0.5)]),
    read_slowly("200 readers of 250 KB/s each", {"members": 200, "piece": 1 << 20, "rate": 250_000},
                [Goal(PER_MEGABYTE, "<=", 0.5), Goal(BROKER_PEAK, "<=", 0.05)]),
]
