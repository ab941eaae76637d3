"""tests: counts what `meson test` did. count.py DIRECTORY reads its *.json (meson's test logs, one
test a line), *.failed and *.skipped (a step that failed or was left out, as text), names what
failed and what was skipped, ends with the line of counts. Exit status 1 when anything failed or
nothing ran.

A test that speaks TAP counts by its cases, any other as one.
"""
import glob
import json
import os
import re
import sys

CASE = re.compile(r"^(ok|not ok) \d+[ -]*(.*?)(?:# (SKIP)\b ?(.*))?$", re.M)


def cases_of(test):
    """[(verdict, name, reason)] with verdicts passed, failed, skipped"""
    found = []
    for verdict, name, skipped, reason in CASE.findall(test.get("stdout") or ""):
        kind = "skipped" if skipped else "passed" if verdict == "ok" else "failed"
        found.append((kind, f"{test['name']}: {name.strip()}", reason.strip()))
    result = test["result"]
    good = result in ("OK", "EXPECTEDFAIL", "SKIP")
    if not good and not any(kind == "failed" for kind, _, _ in found):
        found.append(("failed", test["name"], f"{result}, exit status {test.get('returncode')}"))
    if not found:
        text = (test.get("stdout") or "") + (test.get("stderr") or "")
        reason = next((line for line in text.splitlines() if "SKIP" in line), "no reason given")
        found.append(("skipped" if result == "SKIP" else "passed", test["name"], reason))
    return found


def read(directory):
    found = []
    for path in sorted(glob.glob(os.path.join(directory, "*.json"))):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.strip():
                    found += cases_of(json.loads(line))
    for kind in ("failed", "skipped"):
        for path in sorted(glob.glob(os.path.join(directory, "*." + kind))):
            with open(path, encoding="utf-8") as file:
                found.append((kind, os.path.basename(path).rsplit(".", 1)[0], file.read().strip()))
    return found


def main():
    found = read(sys.argv[1])
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for kind, name, reason in found:
        counts[kind] += 1
        if kind != "passed":
            print(f"{kind}: {name}" + (f" ({reason})" if reason else ""))
    print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


if __name__ == "__main__":
    main()
