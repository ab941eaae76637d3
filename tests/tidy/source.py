"""tidy: just enough of C's grammar to count lines of functions and to see what is at file scope.

strip() blanks comments and the insides of literals, without_directives() the preprocessor's lines;
both keep every line where it was, so positions are those of the file.
"""
import re

LITERAL_OR_COMMENT = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.M)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b_Alignas\s*\([^)]*\)", re.S)


def blank(text):
    return re.sub(r"[^\n]", " ", text)


def strip(text):
    def replace(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + blank(token[1:-1]) + token[0]
        return blank(token)
    return LITERAL_OR_COMMENT.sub(replace, text)


def without_directives(code):
    return DIRECTIVE.sub(lambda match: blank(match.group(0)), code)


class Function:
    """head: text from the end of the item before; first and last: line numbers, from 1."""

    def __init__(self, head, first, body, last):
        self.head, self.first, self.body, self.last = head, first, body, last

    @property
    def lines(self):
        return self.last - self.first + 1

    @property
    def name(self):
        match = re.search(r"(\w+)\s*\(", ATTRIBUTE.sub(" ", self.head))
        return match.group(1) if match else "?"


class Outline:
    """functions: every function body; declarations: (line, text) of each other item at file scope
    that ends in a semicolon, with what stands in braces left out."""

    def __init__(self, text):
        self.code = without_directives(strip(text))
        self.functions, self.declarations = [], []
        self.scan()

    def line_at(self, position):
        return self.code.count("\n", 0, position) + 1

    def closing(self, position):
        depth = 0
        for match in re.compile(r"[{}]").finditer(self.code, position):
            depth += 1 if match.group(0) == "{" else -1
            if depth == 0:
                return match.start()
        return len(self.code) - 1

    def scan(self):
        start, position, braces = 0, 0, []
        mark = re.compile(r"[{};]")
        while True:
            match = mark.search(self.code, position)
            if not match:
                return
            head = self.code[start:match.start()]
            if match.group(0) == "{":
                if re.search(r'\bextern\s+"\s*"\s*$', head):
                    start = position = match.end()
                    continue
                end = self.closing(match.start())
                if self.is_function(head):
                    self.add_function(head, start, match.start(), end)
                    start = position = end + 1
                    braces = []
                else:
                    braces.append((match.start(), end))
                    position = end + 1
            elif match.group(0) == ";":
                self.add_declaration(start, match.start(), braces)
                start = position = match.end()
                braces = []
            else:
                start = position = match.end()

    @staticmethod
    def is_function(head):
        bare = ATTRIBUTE.sub(" ", head).rstrip()
        return bare.endswith(")") and "=" not in bare

    def add_function(self, head, start, opening, end):
        lead = len(head) - len(head.lstrip())
        self.functions.append(Function(head.strip(), self.line_at(start + lead),
                                       self.code[opening:end + 1], self.line_at(end)))

    def add_declaration(self, start, end, braces):
        text, position = "", start
        for opening, closing in braces:
            text += self.code[position:opening] + "{}"
            position = closing + 1
        text += self.code[position:end]
        lead = len(text) - len(text.lstrip())
        if text.strip():
            self.declarations.append((self.line_at(start + lead), " ".join(text.split())))


def is_mutable(declaration):
    """True for the definition of an object that the program may change."""
    text = ATTRIBUTE.sub(" ", declaration)
    text = text.split("=")[0].strip()
    if re.match(r"(typedef|extern|_Static_assert|static_assert|struct \w+$|enum \w+$|union \w+$|"
                r"(struct|enum|union)( \w+)? ?\{\}$|enum\b)", text):
        return False
    pointer = re.match(r"[^(]*\(\s*\*\s*(const\b)?", text)
    if pointer:
        return not pointer.group(1)
    if "(" in text:
        return False
    if "*" in text:
        return not re.search(r"\*\s*const\b(?!.*\*)", text)
    return not re.search(r"\bconst\b", text)


def static_locals(function):
    """Text and line of each `static` inside a function."""
    for match in re.finditer(r"(?<=[;{}])\s*(static\b[^;{]*)", function.body):
        line = function.last - function.body.count("\n", match.start(1))
        yield line, " ".join(match.group(1).split())
