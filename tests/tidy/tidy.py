#!/usr/bin/env python3
"""tidy: keeps the house rules over the whole tree. Prints TAP, one line a rule, each violation as
`# PATH:LINE: WHAT`; exit status 1 when there is any.

    tidy.py [--root DIR] [RULE...]
"""
import argparse
import os
import re
import subprocess
import sys

import rules
import source


class Tree:
    """The files under `root` that belong to the project: text only, by path from the root."""

    def __init__(self, root):
        self.root = root
        self.texts, self.codes, self.outlines = {}, {}, {}
        self.paths = sorted(path for path in self.list_files() if self.load(path))

    def list_files(self):
        listing = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"],
                                 cwd=self.root, capture_output=True, check=False)
        inside = os.path.exists(os.path.join(self.root, ".git"))
        if inside and listing.returncode == 0:
            return {name for name in listing.stdout.decode().split("\0") if name}
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders
                          if not name.startswith("build") and name not in (".git", "__pycache__")]
            for name in names:
                found.add(os.path.relpath(os.path.join(folder, name), self.root))
        return found

    def load(self, path):
        try:
            with open(os.path.join(self.root, path), "rb") as file:
                self.texts[path] = file.read().decode("utf-8")
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            return False
        return "\0" not in self.texts[path]

    def ending(self, *endings):
        return [path for path in self.paths if path.endswith(endings)]

    def text(self, path):
        return self.texts[path]

    def code(self, path):
        if path not in self.codes:
            self.codes[path] = source.strip(self.texts[path])
        return self.codes[path]

    def outline(self, path):
        if path not in self.outlines:
            self.outlines[path] = source.Outline(self.texts[path])
        return self.outlines[path]

    def includes(self, path):
        """(line, name, written with quotes) of each #include"""
        for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]+(["<])([^">]+)[">]',
                                 self.texts[path], re.M):
            yield self.texts[path].count("\n", 0, match.start()) + 1, match.group(2), \
                match.group(1) == '"'


def report(tree, chosen):
    """Prints TAP for the rules; the number of rules broken."""
    print(f"1..{len(chosen)}")
    broken = 0
    for number, rule in enumerate(chosen, 1):
        try:
            violations = sorted(set(rule(tree)))
        except rules.Unavailable as reason:
            print(f"ok {number} - {rule.__name__} # SKIP {reason}")
            continue
        for path, line, text in violations:
            print(f"# {path}:{line}: {text}")
        broken += bool(violations)
        print(f"{'not ok' if violations else 'ok'} {number} - {rule.__name__}: {rule.__doc__}")
    return broken


def warn_long_files(tree):
    for path in tree.ending(".c", ".h"):
        count = tree.text(path).count("\n")
        if rules.FILE_LINES_WARN < count <= rules.FILE_LINES_MAX:
            print(f"# note: {path} has {count} lines, more than {rules.FILE_LINES_WARN}")


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    parser = argparse.ArgumentParser(description="keeps the house rules")
    parser.add_argument("--root", default=root)
    parser.add_argument("rules", nargs="*")
    options = parser.parse_args()
    chosen = [rule for rule in rules.RULES
              if not options.rules or rule.__name__ in options.rules]
    tree = Tree(options.root)
    broken = report(tree, chosen)
    warn_long_files(tree)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
