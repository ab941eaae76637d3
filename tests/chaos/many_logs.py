"""chaos: more partitions than files that the process may open. Records go to each and come back,
after a kill -9 and after a clean end too."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

PARTITIONS = 500
FILES_MAX = 200


class Narrow(harness.Broker):
    def command(self):
        return ["sh", "-c", f'ulimit -n {FILES_MAX} && exec "$@"', "sh", *super().command()]


def rows_by_partition(tools, count):
    out = tools.consume("many", "--from-beginning", "--max-messages", str(count), "--timeout-ms",
                        str(int(30000 * harness.PATIENCE)), "--formatter-property",
                        "print.partition=true")
    rows = [line.split("\t") for line in out.decode().split("\n")[:-1]]
    return len({row[0] for row in rows}), sorted(row[1] for row in rows)


@harness.case
def more_partitions_than_open_files():
    with harness.scratch() as directory, Narrow(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("many", PARTITIONS)
        wanted = []
        for ending in (None, broker.kill, broker.stop):
            if ending:
                ending()
                broker.start()
            numbers = [f"{len(wanted) + i:06d}" for i in range(20 * PARTITIONS)]
            wanted += numbers
            tools.produce("many", "".join(f"{n}\t{n}\n" for n in numbers).encode(),
                          "--reader-property", "parse.key=true")
            used, got = rows_by_partition(tools, len(wanted))
            harness.check(got == wanted, f"{len(got)} of {len(wanted)} records came back")
            harness.check(used > 2 * FILES_MAX, f"only {used} partitions have records")
        harness.check("is offline" not in broker.process.log(), broker.process.log()[-2000:])
        broker.stop()


if __name__ == "__main__":
    harness.main()
