"""tests: what a transcript of Kafka's tool asks of ours. Each rule is a deliberate difference of
tools/common/DIFFERENCES.md, or something that a Java process prints and ours has no cause to.

 R1  --help is on stdout, exit 0: its first line is Kafka's, and every option of Kafka's is in it.
     Without any word the same text is on stderr, exit 1.
 R2  --version prints `libclient VERSION`.
 R3  A failure exits 1: `Error: ` on stdout, an ERROR in the log (a timeout asked for with
     --timeout-ms aside), an address where nobody listens.
 R4  Errors that Kafka prints on stdout are on stderr.
 R5  No Java class names before messages, no stack traces, no usage table after an error.
 R6  Of stderr the first line is compared; the advertisement for KIP-848 and WARN lines do not
     count.
 R7  What a logger, a Java class loader or a Java configuration class says comes in our own words:
     it must be there, and name the setting, class, file or address.
 R8  Times, ids, addresses and folders are replaced by their placeholders on both sides.
 R9  Groups that need what this tree does not have yet (the new group protocol, share groups) are
     not started, and their rows not expected. The cooperative assignor is played by range.
 R10 Topics, their settings, and members of groups are described in no fixed order.
 R11 Measured numbers and times have placeholders, and match whatever has their form; how many
     equal lines of them come depends on timing. Of --print-metrics ours has a part.
 R12 Of what argparse prints (wrapped, its blanks stretched) the message counts.
 R13 A wrong command line prints no table head on stdout.
"""
import re

ABSENT_GROUPS = ("g-new", "g-share")
HINT = "The consumer rebalance protocol (KIP-848) is production-ready!"
CLASS = re.compile(r"(?:Exception in thread \"main\" )?"
                   r"\b(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error): ")
OWN_WORDS = re.compile(r"ConfigException|ClassNotFoundException|NoSuchFileException"
                       r"|(?m:^no\.such\.\w+$)"
                       r"|must implement|ExecutionException|Failed to create|\.Reader|InvalidFormat"
                       r"|unrecognized arguments|expected one argument|RecordTooLarge"
                       r"|Failed to fetch metadata|Failed to find brokers|Timed out waiting")

# Case -> exit status, where ours differs for a reason of its own (see DIFFERENCES.md).
EXITS = {
    "console-consumer/partition-unknown": 1,   # there is no such partition: said at once
    "console-consumer/partition-negative": 1,
}


def normalise(text, names):
    """R8"""
    for value, name in names:
        text = text.replace(value, name)
    text = re.sub(r"<([A-Z_]+)(-\d+)?\.*>", r"<\1>", text)
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<UUID>", text)
    text = re.sub(r"TopicId: (?:[\w-]{22}|<\w+>)", "TopicId: <TOPIC_ID>", text)
    text = re.sub(r"(CreateTime|LogAppendTime):\d+", r"\1:<TIMESTAMP>", text)
    text = re.sub(r"(?<=Configs: )\S+$", lambda match: ",".join(sorted(match.group().split(","))),
                  text, flags=re.M)
    # A list of names in no fixed order.
    return re.sub(r"\(('[^)]*')\)",
                  lambda match: f"({', '.join(sorted(match.group(1).split(', ')))})", text)


def without_absent_groups(text):
    """R9"""
    text = text.replace("cooperative-sticky", "range" + " " * 13)
    if not any(group in text for group in ABSENT_GROUPS):
        return text
    blocks = []
    for part in re.split(r"(?<=\n)(?=\n)", text):
        kept = [line for line in part.split("\n")
                if not any(line.startswith(group) for group in ABSENT_GROUPS)]
        changed = len(kept) < len(part.split("\n"))
        if changed and not any(line and not line.startswith("GROUP") for line in kept) and \
                any(line.startswith("GROUP") for line in kept):
            continue
        blocks.append("\n".join(kept))
    text = "".join(blocks)
    for group in ABSENT_GROUPS:
        text = text.replace(f"'{group}', ", "").replace(f", '{group}'", "")
    return text


FORMS = {"F": r"(?:\d+\.\d+|NaN|Infinity)", "N": r"\d+", "WORD": "[A-Za-z]+",
         "DATE": r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}"}
MEASURED = re.compile(r"<(F|N|WORD|DATE)>")
METRICS = re.compile(r"\n\nMetric Name +Value\n")
TABLE_HEAD = re.compile(r"(?:start\.time, end\.time|time, threadId), .*\n")


def measured_form(text):
    """R11: a text with placeholders as a regular expression."""
    lines = []
    for line in text.splitlines(keepends=True):
        parts = MEASURED.split(line)
        form = "".join(FORMS[part] if i % 2 else re.escape(part) for i, part in enumerate(parts))
        if len(parts) > 1:
            form = f"(?:{form})+"
        if not lines or form != lines[-1]:
            lines.append(form)
    return "".join(lines)


def measured_equal(text, wanted):
    """R11"""
    if not METRICS.search(wanted):
        return re.fullmatch(measured_form(wanted), text)
    (text, *rows), (wanted, wanted_rows) = METRICS.split(text), METRICS.split(wanted)
    named = {row.split(" : ")[0].strip() for row in wanted_rows.splitlines()}
    found = [row.split(" : ") for row in "".join(rows).splitlines()]
    return found and measured_equal(text + "\n", wanted + "\n") and all(
        len(row) == 2 and row[0].strip() in named and re.fullmatch(r"\d+\.\d{3}|NaN", row[1])
        for row in found)


def argparse_message(text):
    """R12"""
    if not text.startswith("usage: "):
        return text
    message = " ".join(text.split("error:", 1)[-1].split())
    return re.sub(r"-- (?=[a-z])", "--", message)


def split_errors(text):
    """R4: (stdout, what goes to stderr)"""
    out, err, taking = [], [], False
    for line in text.split("\n"):
        if re.match(r"Error( while executing topic command)? ?: ", line):
            taking = True
            if out and out[-1] == "":
                out.pop()
        elif line == "":
            taking = False
        (err if taking else out).append(line)
    return "\n".join(out), "\n".join(err)


class Expectation:
    """What one run must give: `exit`, `out`, and how to look at stderr."""

    def __init__(self, tool, case):
        self.case = case
        self.name = f"{tool}/{case.get('name', 'check')}"
        self.exit = case["exit"]
        self.is_help = "--help" in case["args"]
        self.unordered = case.get("unordered", False) or \
            (tool == "topics" and "--describe" in case["args"]) or \
            (tool == "consumer-groups" and "--members" in case["args"])
        self.usage = case.get("stderr") or case["stdout"]
        log = case.get("log", "")
        out, moved = split_errors(without_absent_groups(case["stdout"]))
        self.out = CLASS.sub("", out)
        if "--version" in case["args"]:
            self.out = None
        failed = bool(moved) or " ERROR " in log and "TimeoutException\n" not in log or \
            " ERROR Error when sending" in log or "<UNREACHABLE>" in case["args"] or \
            "errors.RecordTooLargeException" in (case.get("stderr") or "") or \
            "Status: Error" in out or re.search(r"^\S+ +\S+ +Error: ", out, re.M)
        if failed:
            self.exit = 1
        self.exit = 0 if self.is_help else EXITS.get(self.name, self.exit)
        if not case["args"]:
            self.exit, self.out = 1, ""  # R1
        if self.exit == 1:
            self.out = self.out and TABLE_HEAD.sub("", self.out)  # R13
        self.err = CLASS.sub("", moved or self.first(argparse_message(case.get("stderr", ""))))
        told = argparse_message(case.get("stderr", "")) + moved + case["stdout"]
        self.own_words = bool(OWN_WORDS.search(told)) or not case["args"] or \
            (" ERROR " in log and self.exit != 0) or (failed and not self.err)
        if self.exit == 0 and "InvalidFormat" in self.err + case.get("stderr", ""):
            self.own_words, self.err = False, ""  # Java tries one format, then the other

    @staticmethod
    def first(text):
        lines = [line for line in text.split("\n") if line and not line.startswith((HINT, "WARN "))]
        return lines[0] if lines else ""

    def check(self, result, names):
        """Yields what is wrong."""
        out = normalise(result.out.decode(errors="surrogateescape"), names)
        err = normalise(result.err.decode(errors="surrogateescape"), names)
        if result.code != self.exit:
            yield f"exit status {result.code}, not {self.exit}"
        if self.is_help:
            yield from self.check_help(out)
            return
        if self.out is None:
            if not re.fullmatch(r"libclient \d+\.\d+\.\d+\n", out):
                yield f"version: {out!r}"
            return
        wanted = normalise(self.out, names)
        if MEASURED.search(wanted):
            if not measured_equal(out, wanted):
                yield f"stdout:\n{out}\nnot in the form of:\n{wanted}"
        elif self.unordered and sorted(out.split("\n")) != sorted(wanted.split("\n")) or \
                not self.unordered and out != wanted:
            yield f"stdout:\n{out}\nnot:\n{wanted}"
        yield from self.check_err(err, names)

    def check_help(self, out):
        """R1"""
        usage = self.usage
        if usage.startswith("usage: "):  # R12: options are indented, and there is no summary line
            usage = re.sub(r"(?m)^ {2}(?:-\w, )?(?=--[a-z])", "", usage)
        elif out.split("\n")[0] != usage.split("\n")[0]:
            yield f"help begins {out.split(chr(10))[0]!r}, not {usage.split(chr(10))[0]!r}"
        for option in re.findall(r"(?m)^(--[a-z][\w.-]*)", usage):
            if not re.search(rf"(?m)^  {re.escape(option)}(\s|$)", out):
                yield f"help does not tell {option}"

    def check_err(self, err, names):
        first = self.first(err)
        wanted = normalise(self.first(self.err), names)
        if self.own_words:
            if not first:
                yield "stderr is empty"
            for word in self.named():
                if word not in err:
                    yield f"stderr does not name {word}: {err}"
        elif first != wanted:
            yield f"stderr begins:\n{first}\nnot:\n{wanted}"

    def named(self):
        """R7"""
        text = self.case.get("stderr", "") + self.case.get("log", "")
        found = re.findall(r"for configuration ([\w.]+)", text)[:1]
        found += re.findall(r"(?m)(?:ClassNotFoundException: |^)(no\.such\.\w+)$", text)[:1]
        found += re.findall(r"NoSuchFileException: (\S+)", text)[:1]
        found += re.findall(r"value of the (max\.request\.size) configuration", text)[:1]
        if "<UNREACHABLE>" in self.case["args"]:
            found.append("<UNREACHABLE>")
        return found
