"""reliability: each row of abuse_rows.tsv (S01 to S18, and what else a broker without
authentication meets) and of disk_rows.tsv (R19 to R26) has tests, or says why not, and each of
these exists and is run by the build."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROWS = {"abuse_rows.tsv": [f"S{number:02}" for number in (*range(1, 19), 28, 32, 34, 35)],
        "disk_rows.tsv": [f"R{number}" for number in range(19, 27)]}


def read(*path):
    with open(os.path.join(harness.ROOT, *path), encoding="utf-8") as file:
        return file.read()


def table(name):
    text = read(HERE, name)
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    harness.check(all(len(line) == 4 and all(line) for line in lines),
                  f"{name}: a line has not 4 fields")
    return lines


def tests():
    """(row, path, case) of all tables."""
    return [(row, path, case) for name in ROWS for row, path, case, _ in table(name) if path != "-"]


@harness.case
def every_row_has_tests():
    for name, wanted in ROWS.items():
        rows = [line[0] for line in table(name)]
        harness.check_equal(sorted(set(rows)), wanted, f"the rows of {name}")
        harness.check_equal(rows, sorted(rows), f"the order of {name}")


@harness.case
def every_test_exists():
    for row, path, name in tests():
        harness.check(os.path.exists(os.path.join(harness.ROOT, path)), f"{row}: no {path}")
        marks = (rf"^TEST\({name}\)", rf"^@harness\.case\ndef {name}\(", rf'^\w+_case\("{name}",',
                 rf'^    "{name}": ')
        harness.check(any(re.search(mark, read(path), re.M) for mark in marks),
                      f"{row}: {path} has no case {name}")


@harness.case
def every_test_is_run():
    for row, path, _ in tests():
        folder, name = os.path.split(path)
        stem = name.rsplit(".", 1)[0]
        build = read(folder, "meson.build")
        names = {name, stem, stem.replace("test_", "", 1)}
        harness.check(any(f"'{each}'" in build for each in names),
                      f"{row}: {folder}/meson.build does not run {name}")


if __name__ == "__main__":
    harness.main()
