"""tests: reads transcripts of Kafka's tools: a list of cases, separated by lines `#`, in a corner
of YAML that a line-oriented parser can read (see cases/README.md)."""
import json
import re

KEY = re.compile(r"^( *)(- )?(?:\"((?:[^\"\\]|\\.)*)\"|([a-z]+)):(?: (.*))?$")


class Lines:
    def __init__(self, text):
        self.lines = text.split("\n")
        self.at = 0

    def peek(self):
        return self.lines[self.at] if self.at < len(self.lines) else None

    def next(self):
        self.at += 1
        return self.lines[self.at - 1]


def block(lines, style, indent):
    """A block scalar whose lines are indented by `indent` blanks."""
    margin = " " * indent
    text = []
    while lines.peek() is not None and (lines.peek().startswith(margin) or lines.peek() == ""):
        text.append(lines.next()[indent:])
    if style.endswith("+"):
        return "\n".join(text) + "\n"
    while text and text[-1] == "":
        text.pop()
    return "\n".join(text) + ("" if style.endswith("-") else "\n")


def scalar(lines, word, indent):
    if word.startswith("|2"):
        return block(lines, word, indent + 2)
    if word.startswith(("\"", "[", "{")):
        return json.loads(word)
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    return True if word == "true" else word


def steps(lines, indent):
    found = []
    while lines.peek() is not None and lines.peek().startswith(" " * indent + "- "):
        found.append(json.loads(lines.next()[indent + 2:]))
    return found


def mapping(lines, indent):
    """Keys at `indent` blanks; the first may stand after `- `."""
    found = {}
    while lines.peek() is not None:
        match = KEY.match(lines.peek())
        if not match or len(match.group(1)) + len(match.group(2) or "") != indent or \
                (match.group(2) and found):
            break
        lines.next()
        quoted, plain, word = match.group(3, 4, 5)
        key = plain if quoted is None else json.loads(f'"{quoted}"')
        if word:
            found[key] = scalar(lines, word, indent)
        elif (lines.peek() or "").startswith(" " * (indent + 2) + "- "):
            found[key] = steps(lines, indent + 2)
        else:
            found[key] = mapping(lines, indent + 2)
    return found


def parse(text):
    cases = []
    for part in re.split(r"(?m)^#\n", text):
        lines = Lines(part)
        while lines.peek() is not None and not lines.peek().startswith("- name:"):
            lines.next()
        if lines.peek() is not None:
            cases.append(mapping(lines, 2))
    return cases


def load(path):
    with open(path, encoding="utf-8", newline="\n") as file:
        return parse(file.read())
