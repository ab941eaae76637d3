"""reliability: each row of disk_rows.tsv (R19 to R26) has tests, and each of these exists and is
run by the build."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "disk_rows.tsv")
ROWS = [f"R{number}" for number in range(19, 27)]


def read(*path):
    with open(os.path.join(harness.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def table():
    lines = [line.split("\t") for line in read(TABLE).splitlines() if not line.startswith("#")]
    harness.check(all(len(line) == 4 and all(line) for line in lines), "a line has not 4 fields")
    return lines


@harness.case
def every_row_has_tests():
    rows = [line[0] for line in table()]
    harness.check_equal(sorted(set(rows)), ROWS, "the rows of the table")
    harness.check_equal(rows, sorted(rows), "their order")


@harness.case
def every_test_exists():
    for row, path, name, _ in table():
        harness.check(os.path.exists(os.path.join(harness.ROOT, path)), f"{row}: no {path}")
        marks = (rf"^TEST\({name}\)", rf"^@harness\.case\ndef {name}\(", rf'^fault_case\("{name}",')
        harness.check(any(re.search(mark, read(path), re.M) for mark in marks),
                      f"{row}: {path} has no case {name}")


@harness.case
def every_test_is_run():
    for row, path, _, _ in table():
        folder, name = os.path.split(path)
        stem = name.rsplit(".", 1)[0]
        build = read(folder, "meson.build")
        names = {name, stem, stem.replace("test_", "", 1)}
        harness.check(any(f"'{each}'" in build for each in names),
                      f"{row}: {folder}/meson.build does not run {name}")


if __name__ == "__main__":
    harness.main()
