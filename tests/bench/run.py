"""bench: runs libclient and librdkafka in turn through one harness against the same broker and
prints a table: records/s, CPU us per record (user and system), and the ratio of the medians.

    run.py BENCH_PRODUCER [--bootstrap-server HOST:PORT] [--topic NAME] [--count N] [--size BYTES]
           [--rounds N] [--set NAME=VALUE]...      settings go to both; acks=1 when none are given
The topic must exist. librdkafka may queue a million records; both keep their own batch.size unless
it is set."""
import argparse
import os
import statistics
import subprocess
import sys

EXTRA = {"librdkafka": ["queue.buffering.max.messages=1000000"], "libclient": []}


def one_run(options, engine):
    command = [options.program, engine, options.bootstrap_server, options.topic,
               str(options.count), str(options.size)]
    done = subprocess.run(command + EXTRA[engine] + (options.set or ["acks=1"]), text=True,
                          stdout=subprocess.PIPE, check=False, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{engine} failed ({done.returncode}): {done.stdout}")
    count, seconds, cpu, _ = done.stdout.split()
    return int(count) / float(seconds), float(cpu) / int(count) * 1e6


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--bootstrap-server",
                        default=os.environ.get("BOOTSTRAP_SERVERS", "localhost:9092"))
    parser.add_argument("--topic", default="bench")
    parser.add_argument("--count", type=int, default=5_000_000)
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--set", action="append")
    options = parser.parse_args()
    results = {engine: [] for engine in EXTRA}
    print(f"{'':12}{'records/s':>14}{'CPU us/record':>16}")
    for _ in range(options.rounds):
        for engine in EXTRA:
            rate, cpu = one_run(options, engine)
            results[engine].append((rate, cpu))
            print(f"{engine:12}{rate:>14,.0f}{cpu:>16.3f}", flush=True)
    median = {engine: [statistics.median(column) for column in zip(*rows)]
              for engine, rows in results.items()}
    for engine, (rate, cpu) in median.items():
        print(f"median {engine:12}{rate:>14,.0f}{cpu:>16.3f}")
    ours, theirs = median["libclient"], median["librdkafka"]
    print(f"ratio  {'':12}{ours[0] / theirs[0]:>14.2f}{ours[1] / theirs[1]:>16.2f}")


if __name__ == "__main__":
    main()
