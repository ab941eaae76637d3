"""bench: what is measured: the table of cases, their settings, columns and goals.

A case runs one work of the C harness (main.c) by each of its engines. `words` go to the harness,
`settings` to every client, `tuning` to librdkafka alone, `own` to libclient alone: what each needs
to do its best."""


LITE, KAFKA, SINK = "broker-lite", "Apache Kafka", "no broker"


class Column:
    """A number of a run: `value` takes the harness's words and the broker's CPU seconds."""

    def __init__(self, title, value, form="{:,.0f}"):
        self.title, self.value, self.form = title, value, form


class Goal:
    """libclient's median in a column, over a peer's median in it (peer None: as it is), compared
    with a bound. `broker` limits it to one broker."""

    def __init__(self, column, sign, bound, peer="librdkafka", broker=None):
        self.column, self.sign, self.bound = column, sign, bound
        self.peer, self.broker = peer, broker

    def meets(self, value):
        return value >= self.bound if self.sign == ">=" else value <= self.bound


class Case:
    def __init__(self, name, work, columns, **more):
        self.name, self.work, self.columns = name, work, columns
        self.peers = more.pop("peers", ("libclient", "packaged", "newest"))
        self.words = more.pop("words", {})
        self.settings = more.pop("settings", [])
        self.tuning = more.pop("tuning", [])
        self.own = more.pop("own", [])
        self.goals = more.pop("goals", [])
        self.brokers = more.pop("brokers", (LITE, KAFKA))
        self.divisor = more.pop("divisor", 1)  # of --count
        self.least, self.most = more.pop("least", 200), more.pop("most", None)
        self.cold = more.pop("cold", False)  # what is read is not in the page cache
        assert not more, more

    def count(self, wanted):
        count = max(self.least, int(wanted / self.divisor))
        return min(count, self.most) if self.most else count


def per_record(key):
    return lambda words, broker: 1e6 * words.get(key, 0) / max(words["records"], 1)


def word(key, scale=1.0):
    return lambda words, broker: scale * words.get(key, 0)


RATE = Column("records/s", lambda words, broker: words["records"] / words["seconds"])
BYTES = Column("MB/s", lambda words, broker: words["bytes"] / words["seconds"] / 1e6)
CPU = Column("client CPU, us/record", per_record("cpu_seconds"), "{:.3f}")
BROKER = Column("broker CPU, us/record",
                lambda words, broker: 1e6 * broker / max(words["records"], 1), "{:.3f}")
P50 = Column("p50, us", word("p50_us"), "{:.1f}")
P99 = Column("p99, us", word("p99_us"), "{:.1f}")
P999 = Column("p99.9, us", word("p999_us"), "{:.1f}")
MEMORY = Column("resident, MiB", word("resident_bytes", 1 / 2**20), "{:.1f}")
SECONDS = Column("seconds", word("seconds"), "{:.3f}")
AT_REST = Column("CPU, ms/s",
                 lambda words, broker: 1e3 * words["cpu_seconds"] / words["seconds"], "{:.3f}")
JOIN = Column("all have joined, s", word("join_seconds"), "{:.3f}")
LEAVE = Column("one has left, s", word("leave_seconds"), "{:.3f}")
CPU_MS = Column("client CPU, ms", word("cpu_seconds", 1e3), "{:.1f}")

PER_MEGABYTE = Column("broker CPU, us/MB",
                      lambda words, broker: 1e12 * broker / max(words["bytes"], 1))
BROKER_PEAK = Column("broker's peak memory, MiB", word("broker_peak_bytes", 1 / 2**20))
# Of one processor; what the broker did before and after the clock ran counts, too.
CLIENT_BUSY = Column("client, processors",
                     lambda words, broker: words["cpu_seconds"] / words["seconds"], "{:.2f}")
BROKER_BUSY = Column("broker, processors", lambda words, broker: broker / words["seconds"],
                     "{:.2f}")

THROUGHPUT = [RATE, CPU, BROKER]
LATENCY = [P50, P99, P999, CPU]

SEND = ["linger.ms=5"]
SEND_PEER = ["batch.num.messages=10000", "queue.buffering.max.messages=2000000",
             "queue.buffering.max.kbytes=1048576"]
READ = ["auto.offset.reset=earliest"]
READ_OWN = ["max.poll.records=100000"]  # librdkafka has no such limit
READ_PEER = ["queued.min.messages=1000000", "queued.max.messages.kbytes=1048576",
             "fetch.message.max.bytes=10485760"]
WITH_BARE = ("bare", "libclient", "packaged", "newest")
WITH_MANY = ("bare", "libclient", "many", "packaged", "newest")
WITH_BOTH = ("loopback", "bare", "libclient", "packaged", "newest")
WITH_LOOPBACK = ("loopback", "libclient", "packaged", "newest")
SEND_GOALS = [Goal(RATE, ">=", 3.0, broker=LITE), Goal(RATE, ">=", 0.9, "bare", broker=KAFKA),
              Goal(CPU, "<=", 0.4)]
READ_GOALS = [Goal(RATE, ">=", 5.0), Goal(CPU, "<=", 0.15)]
# The client's own limit: what is in its way is the socket.
NEAR_LOOPBACK = [Goal(RATE, ">=", 0.75, "loopback"), Goal(RATE, ">=", 1.2)]
FASTER = [Goal(RATE, ">=", 1.5), Goal(CPU, "<=", 1.0)]
NO_LATER = [Goal(P50, "<=", 1.0), Goal(P99, "<=", 1.0)]


def sending(name, words, settings, **more):
    more.setdefault("peers", WITH_MANY)
    more.setdefault("goals", SEND_GOALS)
    return Case(name, "produce", THROUGHPUT, words=words, settings=SEND + settings,
                tuning=SEND_PEER, **more)


def reading(name, words, **more):
    more.setdefault("peers", WITH_BARE)
    more.setdefault("goals", READ_GOALS)
    more.setdefault("least", 20000)  # more than a first batch brings
    return Case(name, "consume", THROUGHPUT, words=words, settings=READ, tuning=READ_PEER,
                own=READ_OWN, **more)


CASES = [
    sending("producer, 100 B, acks=1", {"size": 100, "acks": 1}, ["acks=1"]),
    sending("producer, 100 B, acks=all, idempotent", {"size": 100, "acks": -1},
            ["acks=all", "enable.idempotence=true"]),
    sending("producer, JSON, lz4", {"size": 0, "codec": "lz4"},
            ["acks=1", "compression.type=lz4"], divisor=5, goals=FASTER),
    sending("producer, JSON, zstd", {"size": 0, "codec": "zstd"},
            ["acks=1", "compression.type=zstd"], divisor=5, goals=FASTER),
    sending("producer, 100 B, keys, 12 partitions", {"size": 100, "partitions": 12, "keys": 1},
            ["acks=1"], goals=FASTER),
    sending("producer, 100 B, 4 threads", {"size": 100, "threads": 4, "acks": 1}, ["acks=1"],
            goals=FASTER),
    sending("producer, 1 KB", {"size": 1024}, ["acks=1"], divisor=10, peers=WITH_BOTH,
            goals=[Goal(RATE, ">=", 1.2)]),
    sending("producer, 10 KB", {"size": 10240}, ["acks=1"], divisor=100, peers=WITH_BOTH,
            goals=[Goal(RATE, ">=", 1.2)]),
    # Gigabytes: in less the growing of batches, memory that is touched for the first time and
    # socket buffers are a good part; a run of libclient lasts about a second.
    sending("producer, 1 KB", {"size": 1024}, ["acks=1"], divisor=0.6, peers=WITH_LOOPBACK,
            goals=NEAR_LOOPBACK, brokers=(SINK,)),
    sending("producer, 10 KB", {"size": 10240}, ["acks=1"], divisor=6, peers=WITH_LOOPBACK,
            goals=NEAR_LOOPBACK, brokers=(SINK,)),
    Case("producer, latency", "acknowledge", LATENCY, words={"size": 100},
         settings=["acks=1", "linger.ms=0"], tuning=["socket.nagle.disable=true"], divisor=250,
         goals=NO_LATER),
    Case("producer, memory of many topics", "topics", [MEMORY, SECONDS, CPU_MS],
         words={"size": 100}, settings=["acks=1"],
         tuning=SEND_PEER, divisor=500, most=10000,
         goals=[Goal(MEMORY, "<=", 50, None), Goal(MEMORY, "<=", 1.0)]),
    reading("consumer, 100 B", {"size": 100}, divisor=0.5),
    reading("consumer, 100 B, 12 partitions", {"size": 100, "partitions": 12}),
    reading("consumer, JSON, lz4", {"size": 0, "codec": "lz4"}, divisor=5, goals=FASTER),
    reading("consumer, JSON, zstd", {"size": 0, "codec": "zstd"}, divisor=5, goals=FASTER),
    # A gigabyte here, too: joining the group and the growing of pieces are a good part of less.
    reading("consumer, 10 KB", {"size": 10240}, divisor=30, peers=WITH_BOTH,
            goals=[Goal(RATE, ">=", 0.75, "loopback"), Goal(CPU, "<=", 1.0)]),
    Case("end to end, latency", "echo", LATENCY, words={"size": 100},
         settings=["acks=1", "linger.ms=0", "group.id=bench-echo"],
         tuning=["socket.nagle.disable=true", "log_level=0"], divisor=500, goals=NO_LATER),
    Case("consumer, 1,000 partitions at rest", "rest", [AT_REST, MEMORY],
         words={"partitions": 1000},
         goals=[Goal(AT_REST, "<=", 10, None), Goal(AT_REST, "<=", 1.0), Goal(MEMORY, "<=", 1.0)]),
    Case("rebalance, 20 members, 200 partitions", "rebalance", [JOIN, LEAVE, CPU_MS],
         words={"partitions": 200, "members": 20},
         settings=["partition.assignment.strategy=range"],
         goals=[Goal(JOIN, "<=", 1.0), Goal(LEAVE, "<=", 1.0)]),
]
