"""interop: Kafka's own tool for the files of a log reads all that broker-lite writes: data files
record by record, their indexes with both of its checks, transaction indexes, producer snapshots,
and the internal topics and the metadata log with their decoders; after rolls, compaction,
recompression, transactions, kill -9, and again after a clean end."""
import glob
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

DUMP = "org.apache.kafka.tools.DumpLogSegments"
# What it says of a file that is wrong, with exit status 0.
COMPLAINTS = re.compile(r"(?im)^.*(mismatch|not found|out of order|invalid|corrupt|exception|"
                        r"non-consecutive|isvalid: false|does not match|cannot|failed).*$")
SMALL = ("--config", "segment.bytes=1048576", "--config", "index.interval.bytes=512")


def files_of(broker, pattern, suffix):
    return sorted(path for path in glob.glob(os.path.join(broker.data, pattern, "*." + suffix))
                  if os.path.getsize(path) > 0)


def dump(files, *options):
    harness.check(files, f"no file to dump with {options}")
    shown = harness.run_ok(kafka.java(DUMP, *options, "--files", ",".join(files)),
                           seconds=300).out.decode(errors="replace")
    wrong = [line for line in shown.splitlines() if line[:1] != "|" and COMPLAINTS.search(line)]
    harness.check(not wrong, f"{options}: {wrong[:3]}")
    for path in files:
        harness.check(path in shown, f"{path} is not in what it shows")
    return shown


def dump_all(broker, killed=False):
    """Every file; returns what was shown of the data files, by topic. The active segments' indexes
    have their full size after a kill, as Kafka's have, which its sanity check takes for damage."""
    topics = {name: dump(files_of(broker, pattern, "log"), *options) for name, pattern, options in (
        ("plain", "plain-*", ["--deep-iteration", "--print-data-log"]),
        ("keys", "keys-*", ["--deep-iteration", "--print-data-log"]),
        ("groups", "__consumer_offsets-*", ["--offsets-decoder"]),
        ("transactions", "__transaction_state-*", ["--transaction-log-decoder"]),
        ("metadata", "__cluster_metadata-0", ["--cluster-metadata-decoder"]))}
    for suffix in ("index", "timeindex"):
        files = files_of(broker, "*", suffix)
        newest = {os.path.dirname(path): path for path in files} if killed else {}
        dump([path for path in files if path not in newest.values()], "--index-sanity-check")
        dump(files, "--verify-index-only")
        dump(files)
    for suffix in ("txnindex", "snapshot"):
        dump(files_of(broker, "*", suffix))
    return topics


def put_keys(tools, rounds):
    """Ten keys, again and again, and one that ends as a tombstone."""
    for number in rounds:
        lines = b"".join(b"key-%d\tvalue-%d-%s\n" % (i % 10, number, b"x" * 4000)
                         for i in range(400))
        tools.produce("keys", lines + b"gone\tNULL\n", "--reader-property", "parse.key=true",
                      "--reader-property", "null.marker=NULL")


def compactions(broker):
    return len(re.findall(r"keys-0: compacted up to", broker.process.log()))


def run_transactions(broker):
    program = os.path.join(harness.BUILD, "tests", "interop", "txn_script")
    environment = dict(os.environ, TXN_PORT=str(broker.port))
    done = subprocess.run([program], env=environment, capture_output=True, timeout=300,
                          check=False)
    harness.check(done.returncode == 0, (done.stdout + done.stderr).decode(errors="replace"))


TARGETS = {"uncompressed": "none", "gzip": "gzip", "snappy": "snappy", "lz4": "lz4",
           "zstd": "zstd"}


def put_packed(tools, data):
    """For each compression.type a topic, with batches that come in each codec."""
    for target in TARGETS:
        tools.create(f"packed-{target}", 1, *SMALL, "--config", f"compression.type={target}")
        for codec in TARGETS.values():
            tools.produce(f"packed-{target}", data, "--compression-codec", codec)


def check_packed(broker, data):
    for target, codec in TARGETS.items():
        shown = dump(files_of(broker, f"packed-{target}-0", "log"), "--deep-iteration",
                     "--print-data-log")
        harness.check_equal(shown.count(" payload: "), len(TARGETS) * data.count(b"\n"),
                            f"records of packed-{target}")
        codecs = {name.lower() for name in re.findall(r"compresscodec: (\w+)", shown)}
        harness.check_equal(codecs, {codec}, f"codecs of packed-{target}")


def check_shown(shown, data):
    """The tool read to the ends of the files: every record that was sent is shown."""
    harness.check_equal(shown["plain"].count(" payload: "), 5 * data.count(b"\n"),
                        "records of plain")
    keys = re.findall(r"keySize: 5 .* key: (key-\d) payload: value-(\d+)", shown["keys"])
    harness.check_equal({key for key, _ in keys}, {f"key-{i}" for i in range(10)}, "keys")
    harness.check(len(keys) < 1200, f"{len(keys)} records: nothing was compacted away")
    harness.check(" key: g" in shown["groups"] or '"group":"g"' in shown["groups"],
                  f"no group g: {shown['groups'][-600:]}")
    harness.check("transactionalId" in shown["transactions"], shown["transactions"][-600:])
    harness.check("TOPIC_RECORD" in shown["metadata"], shown["metadata"][-600:])


@harness.case
def every_file_is_read_by_kafkas_own_tool():
    settings = {"offsets.topic.num.partitions": 2, "transaction.state.log.num.partitions": 2,
                "log.cleaner.backoff.ms": 50, "log.index.interval.bytes": 512}
    with harness.scratch() as directory, \
            harness.Broker(directory, **settings) as broker:
        tools = harness.Tools(broker.address)
        tools.create("plain", 2, *SMALL)
        tools.create("keys", 1, *SMALL, "--config", "cleanup.policy=compact", "--config",
                     "min.cleanable.dirty.ratio=0.01", "--config", "delete.retention.ms=0")
        data = harness.real_lines(40000)
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            tools.produce("plain", data, "--compression-codec", codec)
        tools.consume("plain", "--group", "g", "--from-beginning", "--max-messages", "1000",
                      "--timeout-ms", "30000")
        few = harness.real_lines(4000)
        put_packed(tools, few)
        run_transactions(broker)
        for number in range(3):
            before = compactions(broker)
            put_keys(tools, [number])
            harness.wait_until(lambda: compactions(broker) > before, 60, "a compaction")
        broker.kill()
        check_shown(dump_all(broker, killed=True), data)
        broker.start()
        put_keys(tools, [9])
        broker.stop()
        check_shown(dump_all(broker), data)
        check_packed(broker, few)


if __name__ == "__main__":
    harness.main()
