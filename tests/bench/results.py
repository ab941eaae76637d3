"""bench: RESULTS.md: sections of blocks, one block a table. A run puts its own blocks in and leaves
the others as they are."""
import os

SECTIONS = ["Start", "Producer", "Consumer", "Broker-lite beside Apache Kafka"]
BROKERS_SECTION = SECTIONS[3]


def section_of(case_name):
    if case_name.startswith("producer"):
        return "Producer"
    return "Consumer"


def read_blocks(path):
    """{(section, heading): text}"""
    blocks, section, key = {}, None, None
    if not os.path.exists(path):
        return blocks
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("## "):
                section, key = line[3:].strip(), None
            elif line.startswith("### "):
                key = (section, line[4:].strip())
                blocks[key] = ""
            elif key:
                blocks[key] += line
    return blocks


class Page:
    """Prints lines as they come, and keeps them by block."""

    def __init__(self):
        self.blocks, self.key = {}, None
        self.introduction = []

    def begin(self, section, heading):
        self.key = (section, heading)
        self.blocks[self.key] = ""
        print(f"\n### {heading}\n", flush=True)

    def add(self, text=""):
        print(text, flush=True)
        if self.key:
            self.blocks[self.key] += text + "\n"
        else:
            self.introduction.append(text)

    def write(self, path, names):
        """`names`: the cases there are, in their order; blocks of others are dropped."""
        blocks = read_blocks(path)
        blocks.update(self.blocks)

        def name_of(key):
            return key[1].split(": ", 1)[-1]

        def place(key):
            return SECTIONS.index(key[0]), key[1].startswith("Apache"), names.index(name_of(key))
        known = [key for key in blocks if key[0] in SECTIONS and name_of(key) in names]
        lines, section = ["# Results of tests/bench", "", *self.introduction], None
        for key in sorted(known, key=place):
            if key[0] != section:
                section = key[0]
                lines += ["", f"## {section}"]
            lines += ["", f"### {key[1]}", "", blocks[key].strip("\n")]
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
