"""abi: what a program outside the tree sees: headers that compile alone, a shared object that
exports kc_* and all of it, an installation that pkg-config finds."""
import glob
import os
import re
import shlex
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

INCLUDE = os.path.join(harness.ROOT, "libclient", "include")
HEADERS = sorted(glob.glob(os.path.join(INCLUDE, "libclient", "*.h")))
LIBRARY = os.path.join(harness.BUILD, "libclient", "libclient.so")
EXAMPLE = os.path.join(harness.ROOT, "libclient", "examples", "roundtrip.c")
COMPILER = shlex.split(os.environ.get("CC", "cc"))


def compile_alone(language, *standards):
    harness.check(len(HEADERS) >= 7, f"headers are missing: {HEADERS}")
    for standard in standards:
        for header in HEADERS:
            text = f"#include <libclient/{os.path.basename(header)}>\n"
            flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", INCLUDE]
            harness.run_ok(COMPILER + ["-x", language, f"-std={standard}"] + flags + ["-"],
                           stdin=text.encode())


def exported():
    table = harness.run_ok(["nm", "-D", "--defined-only", LIBRARY]).out.decode()
    return {line.split()[-1].split("@")[0] for line in table.splitlines() if line.strip()}


def declared():
    names = set()
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        text = re.sub(r"\btypedef\b[^;]*;", "", text)
        inline = set(re.findall(r"static inline [^;{]*?\b(kc_\w+)\(", text))
        names |= set(re.findall(r"\b(kc_\w+)\s*\(", text)) - inline
    return names


@harness.case
def headers_compile_alone_in_c():
    compile_alone("c", "c11", "c2x")


@harness.case
def headers_compile_alone_in_cpp():
    probe = harness.run(COMPILER + ["-x", "c++", "-fsyntax-only", "-"])
    if probe.code:
        harness.skip("no C++ compiler: " + probe.err.decode().splitlines()[0])
    compile_alone("c++", "c++11", "c++20")


@harness.case
def exports_only_the_public_names():
    strangers = sorted(name for name in exported() if not name.startswith("kc_"))
    harness.check(not strangers, f"libclient.so exports {strangers}")


@harness.case
def exports_every_declared_function():
    missing = sorted(declared() - exported())
    harness.check(not missing, f"declared in a public header, but not exported: {missing}")


@harness.case
def exports_nothing_undeclared():
    extra = sorted(exported() - declared())
    harness.check(not extra, f"exported, but in no public header: {extra}")


@harness.case
def shared_object_has_a_version():
    head = harness.run_ok(["objdump", "-p", LIBRARY]).out.decode()
    harness.check(re.search(r"SONAME\s+libclient\.so\.\d+$", head, re.M), "no versioned SONAME")


def install(directory):
    """Installs below DIRECTORY and gives the environment in which pkg-config finds it."""
    harness.run_ok(["meson", "install", "-C", harness.BUILD, "--no-rebuild", "--destdir",
                    directory], seconds=120)
    found = glob.glob(os.path.join(directory, "**", "libclient.pc"), recursive=True)
    harness.check_equal(len(found), 1, f"files named libclient.pc below {directory}")
    return {"PKG_CONFIG_PATH": os.path.dirname(found[0]), "PKG_CONFIG_SYSROOT_DIR": directory,
            "LD_LIBRARY_PATH": os.path.dirname(os.path.dirname(found[0]))}


def sanitizer_flags():
    options = harness.run_ok(["meson", "introspect", "--buildoptions", harness.BUILD]).out.decode()
    found = re.search(r'"name": "b_sanitize", "value": "([^"]+)"', options)
    return [f"-fsanitize={found.group(1)}"] if found and found.group(1) != "none" else []


@harness.case
def installation_is_complete():
    with harness.scratch() as directory:
        environment = install(directory)
        names = {os.path.join(folder, name)
                 for folder, _, files in os.walk(directory) for name in files}
        flat = {os.path.basename(name) for name in names}
        tools = {"topics", "console-producer", "console-consumer", "consumer-groups"}
        wanted = tools | {"broker-lite", "libclient.so", "libclient.pc"}
        wanted |= {os.path.basename(header) for header in HEADERS}
        harness.check(wanted <= flat, f"not installed: {sorted(wanted - flat)} of {sorted(names)}")
        strays = sorted(name for name in flat if name.endswith((".a", ".c")))
        harness.check(not strays, f"installed by mistake: {strays}")
        for name in sorted(tools | {"broker-lite"}):
            path = next(one for one in names if os.path.basename(one) == name)
            harness.run_ok([path, "--help"], environment=environment)


@harness.case
def example_builds_with_pkg_config_and_runs():
    if not shutil.which("pkg-config"):
        harness.skip("pkg-config is not installed")
    with open(EXAMPLE, encoding="utf-8") as file:
        harness.check(file.read().count("\n") <= 30, "the example has more than 30 lines")
    with harness.scratch() as directory:
        environment = install(os.path.join(directory, "root"))
        flags = harness.run_ok(["pkg-config", "--cflags", "--libs", "libclient"],
                               environment=environment).out.decode().split()
        program = os.path.join(directory, "roundtrip")
        harness.run_ok(COMPILER + ["-Wall", "-Wextra", "-Werror", "-o", program, EXAMPLE]
                       + flags + sanitizer_flags())
        with harness.Broker(directory) as broker:
            result = harness.run_ok([program], environment=dict(
                environment, BOOTSTRAP_SERVERS=broker.address))
            harness.check_equal(result.out, b"hello\n", "what the example prints")


if __name__ == "__main__":
    harness.main()
