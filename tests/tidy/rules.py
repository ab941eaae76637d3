"""tidy: the rules. A rule is a generator over a Tree that yields (path, line, text), one for each
violation; its first docstring line is what the report calls it."""
import os
import re
import shutil
import subprocess

from rooms import (BANNED, BANNED_BUT_IN_TESTS, EXCEPTIONS, MUTABLE, SYSTEM_CALLS, THREADED,
                   VISIBLE,
                   is_product, room_of)
from source import is_mutable, static_locals

FILE_LINES_MAX = 600
FILE_LINES_WARN = 400
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
RULES = []
CODE = (".c", ".h", ".py", ".sh")


class Unavailable(Exception):
    """A rule's program is not on this machine: the rule is skipped, with this reason."""


def rule(function):
    RULES.append(function)
    return function


def line_of(text, position):
    return text.count("\n", 0, position) + 1


@rule
def file_size(tree):
    """a file has at most 600 lines"""
    for path in tree.ending(*CODE):
        count = tree.text(path).count("\n")
        if count > FILE_LINES_MAX:
            yield path, count, f"{count} lines: a noun is missing"


@rule
def function_size(tree):
    """a function has at most 70 lines"""
    for path in tree.ending(".c", ".h"):
        for function in tree.outline(path).functions:
            if function.lines > FUNCTION_LINES_MAX:
                yield path, function.first, f"{function.name} has {function.lines} lines"


@rule
def columns(tree):
    """a line has at most 100 columns"""
    for path in tree.ending(*CODE):
        for number, line in enumerate(tree.text(path).split("\n"), 1):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns"


@rule
def blanks(tree):
    """no tabs, carriage returns or trailing blanks; a final newline, and only one"""
    for path in tree.ending(*CODE, ".build", ".md", ".msg", ".yaml", ".yml", ".syms"):
        text = tree.text(path)
        for match in re.finditer(r"\t|\r|[ \t]+$", text, re.M):
            if match.group(0) != "\t" or not path.endswith((".md", ".msg")):
                yield path, line_of(text, match.start()), "tab, carriage return or trailing blank"
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield path, line_of(text, len(text)), "must end with exactly one newline"


@rule
def opening(tree):
    """each file opens with a comment that tells its room and its job"""
    for path in tree.ending(*CODE, ".build"):
        text = tree.text(path)
        lines = [line for line in text.split("\n")[:2] if not line.startswith("#!")]
        if path.endswith((".c", ".h")):
            good = re.match(r"/\* \S+", lines[0])
        elif path.endswith(".py"):
            good = lines[0].startswith('"""')
        elif path.endswith(".build"):
            good = True
        else:
            good = re.match(r"# \S", lines[0])
        if text.strip() and not good:
            yield path, 1, "no opening comment"


@rule
def leftovers(tree):
    """nothing is left to do"""
    word = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK"]) + r")\b")
    for path in tree.ending(*CODE, ".build"):
        for match in word.finditer(tree.text(path)):
            yield path, line_of(tree.text(path), match.start()), match.group(0)


@rule
def workplace(tree):
    """no file tells of the place where it was written"""
    word = re.compile(r"(?<![\w./-])(/" + r"work/|sha" + r"red/)")
    for path in tree.paths:
        text = tree.text(path)
        for match in word.finditer(text):
            yield path, line_of(text, match.start()), match.group(0)


@rule
def room_order(tree):
    """a room includes only rooms before it, and writes includes "room/file.h" """
    for path in tree.ending(".c", ".h"):
        room = room_of(path)
        for line, name, quoted in tree.includes(path):
            if path.startswith("libclient/include/"):
                if quoted:
                    yield path, line, f'public header includes "{name}"'
            elif path.startswith("tools/"):
                mine = path.split("/")[1]
                if quoted and name.split("/")[0] not in ("common", mine):
                    yield path, line, f'tools see <libclient/...> and tools/common, not "{name}"'
            elif room:
                if quoted and name.split("/")[0] not in VISIBLE[room]:
                    yield path, line, f'room {room} does not see "{name}"'
                if name.startswith("libclient/") and room in VISIBLE["server"] and \
                        name not in ("libclient/error.h", "libclient/record.h"):
                    yield path, line, f"room {room} serves the broker too: no <{name}>"
                if name == "pthread.h" and room not in THREADED and path != "libclient/base/lock.h":
                    yield path, line, f"only {THREADED} know threads"
            # A test's helpers stand beside it and are nobody else's.
            beside = f"{os.path.dirname(path)}/{name}" in tree.texts and path.startswith("tests/")
            if quoted and "/" not in name and not beside:
                yield path, line, f'"{name}" names no room'


@rule
def include_guards(tree):
    """a header's guard is its room and its name"""
    for path in tree.ending(".h"):
        parts = path[:-2].split("/")[-2:]
        guard = re.sub(r"\W", "_", "_".join(parts)).upper() + "_H"
        if path.startswith("tests/"):
            guard = r"(\w+_)?" + re.sub(r"\W", "_", parts[1]).upper() + "_H"
        found = re.search(r"^#ifndef (\w+)\n#define (\w+)$", tree.text(path), re.M)
        if not found or found.group(1) != found.group(2) or not re.fullmatch(guard, found.group(1)):
            yield path, 1, f"guard is not {guard}"


@rule
def unique_nouns(tree):
    """a file's name is unique among all rooms, so that all link together"""
    seen = {}
    for path in tree.ending(".c"):
        if room_of(path) and not path.endswith("/main.c"):
            noun = os.path.basename(path)
            if noun in seen:
                yield path, 1, f"the same noun as {seen[noun]}"
            seen.setdefault(noun, path)


@rule
def typedefs(tree):
    """no typedef of a struct, union or enum"""
    for path in tree.ending(".c", ".h"):
        for match in re.finditer(r"\btypedef\s+(struct|union|enum)\b(?![^;{]*\()", tree.code(path)):
            yield path, line_of(tree.code(path), match.start()), match.group(0)


@rule
def conditionals(tree):
    """#if only in base/ and net/ (guards and C++ aside)"""
    for path in tree.ending(".c", ".h"):
        if not is_product(path) or room_of(path) in ("base", "net"):
            continue
        for match in re.finditer(r"^[ \t]*#[ \t]*(if\w*|elif)[ \t]+(.*)$", tree.code(path), re.M):
            if not re.search(r"_H$|__cplusplus", match.group(2)):
                yield path, line_of(tree.code(path), match.start()), match.group(0).strip()


@rule
def mutable_statics(tree):
    """no globals but constant tables, no statics in functions"""
    for path in tree.ending(".c", ".h"):
        if not is_product(path) or path in MUTABLE:
            continue
        outline = tree.outline(path)
        found = [(line, text) for line, text in outline.declarations if is_mutable(text)]
        for function in outline.functions:
            found += [(line, text) for line, text in static_locals(function) if is_mutable(text)]
        for line, text in found:
            # What a signal handler sets has no other home.
            handler = path.startswith(("tools/", "broker-lite/server/")) and "volatile" in text
            if not handler:
                yield path, line, text


def calls(code, names):
    words = "|".join(re.escape(name).replace(r"\*", r"\w+") for name in names)
    # Neither a member (x->read(...)), nor a declaration or definition (int time_ms(...)).
    return re.finditer(rf"(?<![\w.>])({words})\s*\(", code)


def is_declared(tree, path, match):
    """True where the name is not called but declared, or is this file's own function or variable.
    """
    before = tree.code(path)[max(0, match.start() - 60):match.start()]
    if re.search(rf"\w[ *]+{match.group(1)}\s*[=;,)](?!=)", tree.code(path)):
        return True
    word = re.search(r"(\w+)\s+\**$", before)
    if word and word.group(1) not in ("return", "else", "do", "case"):
        return True
    return match.group(1) in {function.name for function in tree.outline(path).functions}


@rule
def banned_calls(tree):
    """banned calls"""
    for path in tree.ending(".c", ".h"):
        code = tree.code(path)
        for match in calls(code, BANNED):
            name = match.group(1)
            if path.startswith("tests/") and name in BANNED_BUT_IN_TESTS:
                continue
            if not is_declared(tree, path, match):
                yield path, line_of(code, match.start()), f"{name}: use {BANNED[name]}"


@rule
def system_calls(tree):
    """system calls, threads and printing only where the house allows them"""
    for path in tree.ending(".c", ".h"):
        if not is_product(path):
            continue
        code = tree.code(path)
        for group, (names, places) in SYSTEM_CALLS.items():
            if path.startswith(tuple(places)) or (group, path) in EXCEPTIONS:
                continue
            for match in calls(code, names):
                if not is_declared(tree, path, match):
                    yield (path, line_of(code, match.start()),
                           f"{match.group(1)} ({group}) only in {', '.join(places)}")


@rule
def python_imports(tree):
    """Python is the standard library and the tree's own modules; other clients have programs"""
    import sys
    own = {os.path.basename(path)[:-3] for path in tree.ending(".py")}
    for path in tree.ending(".py"):
        if path.startswith("tests/interop/clients/"):
            continue  # each is what an application of that client imports
        text = tree.text(path)
        for match in re.finditer(r"^\s*(?:import|from)\s+(\w+)", text, re.M):
            if match.group(1) not in own and match.group(1) not in sys.stdlib_module_names:
                yield path, line_of(text, match.start()), match.group(1)


@rule
def formatting(tree):
    """clang-format has nothing to change"""
    if not shutil.which("clang-format"):
        raise Unavailable("clang-format is not installed")
    paths = tree.ending(".c", ".h")
    for start in range(0, len(paths), 100):
        done = subprocess.run(["clang-format", "--dry-run", "--style=file"]
                              + paths[start:start + 100], cwd=tree.root, capture_output=True,
                              text=True, check=False)
        seen = set()
        for match in re.finditer(r"^(.+?):(\d+):\d+: (?:warning|error): (.*)$", done.stderr, re.M):
            if match.group(1) not in seen:
                yield match.group(1), int(match.group(2)), "not as clang-format -i leaves it"
            seen.add(match.group(1))
