"""tidy: the settings' documentation is what the option table says, and what the table calls a
setting with an effect is read somewhere."""
import glob
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

ROOM = os.path.join(harness.ROOT, "libclient", "client")


def table():
    with open(os.path.join(ROOM, "option_table.c"), encoding="utf-8") as file:
        return re.findall(r'^    ([A-Z_]+)\("([a-z0-9.]+)"', file.read(), flags=re.M)


def readers():
    texts = []
    for path in glob.glob(os.path.join(ROOM, "*.c")):
        if os.path.basename(path) != "option_table.c":
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
    return "\n".join(texts)


@harness.case
def documentation_is_fresh():
    with open(os.path.join(harness.ROOT, "libclient", "CONFIGURATION.md"), "rb") as file:
        kept = file.read()
    made = harness.run_ok([os.path.join(harness.BUILD, "libclient", "options")]).out
    harness.check(kept == made,
                  "libclient/CONFIGURATION.md is stale: ninja -C build configuration")


@harness.case
def settings_with_an_effect_are_read():
    rows, text = table(), readers()
    harness.check(len(rows) > 150, f"only {len(rows)} rows found")
    for macro, name in rows:
        is_read = f'"{name}"' in text
        if macro in ("IDLE", "SECURITY", "SECURITY_BOOL", "SECURITY_NUMBER"):
            harness.check(not is_read or name == "security.protocol",
                          f"{name} is read: it is not without effect any more")
        elif macro not in ("JAVA", "SERDE", "ALIAS", "UNBUILT"):
            harness.check(is_read, f"{name}: nothing reads it; say IDLE in the option table")


if __name__ == "__main__":
    harness.main()
