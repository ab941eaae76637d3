"""tidy: every rule fires on a small bad example, and none on a small good tree."""
import os
import shutil
import sys
import tempfile

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support")]
import harness  # noqa: E402
import rules  # noqa: E402
import tidy  # noqa: E402

GOOD = {
    "libclient/base/thing.h": "/* base: a thing. */\n#ifndef BASE_THING_H\n#define BASE_THING_H\n\n"
                              "int thing_read(int x);\n"
                              "void thing_each(int x, void (*visit)(int x));\n\n#endif\n",
    "libclient/base/thing.c": "/* base: a thing. */\n#include \"base/thing.h\"\n\n"
                              "static const char *const names[] = { \"open(\", \"strcpy(\" };\n\n"
                              "struct pair {\n    int x;\n    int (*read)(int);\n};\n\n"
                              "int thing_read(int x)\n{\n"
                              "    static const int table[] = { 1, 2 };\n"
                              "    /* read(x) here would be wrong */\n"
                              "    return table[x] + names[0][x];\n}\n",
    "libclient/wire/user.c": "/* wire: a user. */\n#include \"base/thing.h\"\n\n"
                             "static int splice(struct pair *pair)\n{\n"
                             "    return pair->read(1);\n}\n\n"
                             "int user_read(struct pair *pair)\n{\n    return splice(pair);\n}\n",
    "tools/topics/main.c": "/* topics: main. */\n#include <libclient/admin.h>\n\n"
                           "#include \"common/options.h\"\n#include \"topics/create.h\"\n\n"
                           "static volatile int stopped;\n\n"
                           "int main(void)\n{\n    return puts(\"\");\n}\n",
    "scripts/go.sh": "#!/bin/sh\n# house: goes.\necho\n",
    "tests/go.py": "\"\"\"tests: goes.\"\"\"\nimport os\n",
}


def c_file(body, room="libclient/wire"):
    return {f"{room}/bad.c": "/* wire: bad. */\n" + body}


def function(body, room="libclient/wire"):
    return c_file("int bad_one(int x)\n{\n" + body + "\n    return x;\n}\n", room)


LONG = "\n".join("    x++;" for _ in range(70))
BAD = [
    ("file_size", c_file("int bad;\n" * 600)),
    ("function_size", function(LONG)),
    ("function_size", {"tests/unit/x/bad.c": "/* tests: x. */\nTEST(long)\n{\n" + LONG + "\n}\n"}),
    ("columns", c_file("/* " + "x" * 100 + " */\n")),
    ("blanks", c_file("int\tx;\n")),
    ("blanks", c_file("int bad(void); \n")),
    ("blanks", c_file("int bad(void);")),
    ("blanks", c_file("int bad(void);\r\n")),
    ("opening", {"libclient/wire/bad.c": "#include <stddef.h>\n"}),
    ("opening", {"tests/bad.py": "import os\n"}),
    ("opening", {"tests/bad.sh": "#!/bin/sh\nset -e\n"}),
    ("leftovers", c_file("/* TO" + "DO: later */\n")),
    ("workplace", {"notes.md": "see /wo" + "rk/main\n"}),
    ("workplace", {"notes.md": "see ../sha" + "red/x: sha" + "red/x\n"}),
    ("room_order", c_file('#include "wire/codec.h"\n', "libclient/base")),
    ("room_order", c_file('#include "consumer/member.h"\n', "libclient/producer")),
    ("room_order", c_file('#include "cluster/metadata.h"\n', "broker-lite/log")),
    ("room_order", c_file('#include "server/session.h"\n', "broker-lite/handler")),
    ("room_order", c_file('#include "base/slice.h"\n', "tools/topics")),
    ("room_order", c_file('#include "console-producer/input.h"\n', "tools/topics")),
    ("room_order", c_file('#include "slice.h"\n')),
    ("room_order", c_file("#include <libclient/producer.h>\n")),
    ("room_order", c_file("#include <pthread.h>\n")),
    ("room_order", {"libclient/include/libclient/bad.h":
                    "/* x */\n#ifndef LIBCLIENT_BAD_H\n#define LIBCLIENT_BAD_H\n"
                    "#include \"base/slice.h\"\n#endif\n"}),
    ("include_guards", {"libclient/wire/bad.h": "/* wire: x. */\n#pragma once\n"}),
    ("unique_nouns", {"libclient/wire/bad.c": "/* a */\n", "broker-lite/log/bad.c": "/* b */\n"}),
    ("typedefs", c_file("typedef struct bad {\n    int x;\n} bad_t;\n")),
    ("conditionals", c_file("#ifdef __linux__\n#endif\n")),
    ("mutable_statics", c_file("static int count;\n")),
    ("mutable_statics", c_file("int bad_count = 3;\n")),
    ("mutable_statics", c_file("static const char *names[] = { 0 };\n")),
    ("mutable_statics", c_file("static void (*hook)(void);\n")),
    ("mutable_statics", c_file("static struct bad { int x; } one;\n")),
    ("mutable_statics", function("    static int count;")),
    ("mutable_statics", function("    x++;\n    if (x) {\n        static char buffer[8];\n    }")),
    ("mutable_statics", c_file("static char buffer[8];\n", "tools/topics")),
    ("banned_calls", function("    strcpy(a, b);")),
    ("banned_calls", function("    x = atoi (a);")),
    ("banned_calls", c_file("int x(void)\n{\n    return rand();\n}\n", "tests/unit")),
    ("system_calls", function("    x = read(x, a, 1);")),
    ("system_calls", function("    if (!open(a)) {\n    }")),
    ("system_calls", function("    pthread_mutex_lock(a);", "libclient/producer")),
    ("system_calls", function("    lock_hold(a);", "broker-lite/log")),
    ("system_calls", function("    clock_gettime(1, a);", "broker-lite/log")),
    ("system_calls", function("    uv_now(a);", "broker-lite/coordinator")),
    ("system_calls", function("    printf(a);")),
    ("system_calls", function("    exit(1);", "broker-lite/handler")),
    ("system_calls", function("    return getenv(a);", "libclient/net")),
    ("python_imports", {"tests/bad.py": "\"\"\"tests: bad.\"\"\"\nimport numpy\n"}),
    ("formatting", function("  x  =  1 ;")),
]


def violations(files, rule=None):
    with tempfile.TemporaryDirectory() as root:
        with open(os.path.join(harness.ROOT, ".clang-format"), "rb") as style:
            files = dict(files, **{".clang-format": style.read().decode()})
        for path, text in files.items():
            os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8", newline="") as file:
                file.write(text)
        tree = tidy.Tree(root)
        chosen = [one for one in rules.RULES if rule in (None, one.__name__)]
        return [(one.__name__, found) for one in chosen for found in safe(one, tree)]


def safe(rule, tree):
    try:
        return list(rule(tree))
    except rules.Unavailable:
        return []


@harness.case
def good_tree_is_clean():
    harness.check_equal(violations(GOOD), [], "violations in a good tree")


@harness.case
def every_rule_has_a_bad_example():
    harness.check_equal({name for name, _ in BAD}, {rule.__name__ for rule in rules.RULES},
                        "rules with an example")


def add(number, name, files):
    def fires():
        if name == "formatting" and not shutil.which("clang-format"):
            harness.skip("clang-format is not installed")
        harness.check(violations(files, name), f"rule {name} says nothing about {files}")
    fires.__name__ = f"{name}_fires_{number}"
    harness.case(fires)


for index, (rule_name, example) in enumerate(BAD):
    add(index, rule_name, example)

if __name__ == "__main__":
    harness.main()
