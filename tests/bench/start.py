"""bench: time until broker-lite is ready, its idle memory, and the time of `topics --list`."""
import os
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402


def time_of_list(address):
    started = time.perf_counter()
    subprocess.run([harness.binary("topics"), "--bootstrap-server", address, "--list"],
                   check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def start_once(directory):
    """Seconds from the start of the process to its ready line, read from a pipe."""
    broker = harness.Broker(directory)
    started = time.perf_counter()
    with subprocess.Popen(broker.command(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as child:
        line = child.stdout.readline()
        seconds = time.perf_counter() - started
        child.terminate()
        harness.check(b"ready on" in line, f"no ready line but: {line}")
    return seconds


def row(name, values, unit, goal):
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"| {name} | {middle:.1f} {unit} ({low:.1f} to {high:.1f}) | {goal} {unit} |"


def table(rounds=11):
    """Lines of a table: medians, least and largest, goals (printed, never asserted)."""
    with harness.scratch() as directory:
        fresh = []
        for number in range(rounds):
            folder = os.path.join(directory, str(number))
            os.mkdir(folder)
            fresh.append(1000 * start_once(folder))
        again = [1000 * start_once(os.path.join(directory, "0")) for _ in range(rounds)]
        with harness.Broker(directory) as broker:
            # Idle means: some time after the last thing it did.
            time.sleep(1)
            memory = [broker.process.rss_kib() / 1024]
            times = [1000 * time_of_list(broker.address) for _ in range(rounds)]
    return ["| | measured | goal |", "| --- | --- | --- |",
            row("broker-lite ready, empty directory", fresh, "ms", "under 100"),
            row("broker-lite ready, started again", again, "ms", "under 100"),
            row("broker-lite idle, resident", memory, "MiB", "under 20"),
            row("topics --list", times, "ms", "under 20")]


if __name__ == "__main__":
    print("\n".join(table(*(int(rounds) for rounds in sys.argv[1:]))))
