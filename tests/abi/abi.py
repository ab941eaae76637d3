"""abi: what a program outside the tree sees: headers that compile alone, shared objects that export
kc_* and bl_* and all of it, an installation that pkg-config finds."""
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
BROKER_INCLUDE = os.path.join(harness.ROOT, "broker-lite", "include")
BROKER_HEADERS = sorted(glob.glob(os.path.join(BROKER_INCLUDE, "broker-lite", "*.h")))
BROKER_LIBRARY = os.path.join(harness.BUILD, "broker-lite", "libbroker-lite.so")
COMPILER = shlex.split(os.environ.get("CC", "cc"))


def compile_alone(language, *standards):
    harness.check(len(HEADERS) >= 7, f"headers are missing: {HEADERS}")
    harness.check(len(BROKER_HEADERS) == 2, f"not two headers: {BROKER_HEADERS}")
    for standard in standards:
        for header in HEADERS + BROKER_HEADERS:
            folder, name = header.split(os.sep)[-2:]
            text = f"#include <{folder}/{name}>\n"
            flags = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I", INCLUDE,
                     "-I", BROKER_INCLUDE]
            harness.run_ok(COMPILER + ["-x", language, f"-std={standard}"] + flags + ["-"],
                           stdin=text.encode())


def exported(library=LIBRARY):
    table = harness.run_ok(["nm", "-D", "--defined-only", library]).out.decode()
    return {line.split()[-1].split("@")[0] for line in table.splitlines() if line.strip()}


def declared(headers=HEADERS, prefix="kc"):
    names = set()
    for header in headers:
        with open(header, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
        text = re.sub(r"\btypedef\b[^;]*;", "", text)
        inline = set(re.findall(rf"static inline [^;{{]*?\b({prefix}_\w+)\(", text))
        names |= set(re.findall(rf"\b({prefix}_\w+)\s*\((?!\*)", text)) - inline
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
def the_broker_exports_what_it_declares():
    harness.check_equal(sorted(exported(BROKER_LIBRARY)), sorted(declared(BROKER_HEADERS, "bl")),
                        "what libbroker-lite.so exports")


@harness.case
def shared_objects_have_a_version():
    for library in (LIBRARY, BROKER_LIBRARY):
        head = harness.run_ok(["objdump", "-p", library]).out.decode()
        name = re.escape(os.path.basename(library))
        harness.check(re.search(rf"SONAME\s+{name}\.\d+$", head, re.M), "no versioned SONAME")


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
        wanted = tools | {"broker-lite", "libclient.so", "libclient.pc", "libbroker-lite.so",
                          "libbroker-lite.pc"}
        wanted |= {os.path.basename(header) for header in HEADERS + BROKER_HEADERS}
        harness.check(wanted <= flat, f"not installed: {sorted(wanted - flat)} of {sorted(names)}")
        strays = sorted(name for name in flat if name.endswith((".a", ".c")))
        harness.check(not strays, f"installed by mistake: {strays}")
        for name in sorted(tools | {"broker-lite"}):
            path = next(one for one in names if os.path.basename(one) == name)
            harness.run_ok([path, "--help"], environment=environment)


def build_example(directory, source, *packages):
    """Installs, builds the example with pkg-config alone, and gives the program and the
    environment that it runs in."""
    if not shutil.which("pkg-config"):
        harness.skip("pkg-config is not installed")
    path = os.path.join(harness.ROOT, source)
    with open(path, encoding="utf-8") as file:
        harness.check(file.read().count("\n") <= 30, f"{source} has more than 30 lines")
    environment = install(os.path.join(directory, "root"))
    flags = harness.run_ok(["pkg-config", "--cflags", "--libs", *packages],
                           environment=environment).out.decode().split()
    program = os.path.join(directory, "example")
    harness.run_ok(COMPILER + ["-Wall", "-Wextra", "-Werror", "-o", program, path]
                   + flags + sanitizer_flags())
    return program, environment


@harness.case
def example_builds_with_pkg_config_and_runs():
    with harness.scratch() as directory:
        program, environment = build_example(directory, "libclient/examples/roundtrip.c",
                                             "libclient")
        with harness.Broker(directory) as broker:
            result = harness.run_ok([program], environment=dict(
                environment, BOOTSTRAP_SERVERS=broker.address))
            harness.check_equal(result.out, b"hello\n", "what the example prints")


@harness.case
def example_of_faults_builds_with_pkg_config_and_runs():
    with harness.scratch() as directory:
        program, environment = build_example(directory, "broker-lite/examples/lost_reply.c",
                                             "libclient", "libbroker-lite")
        result = harness.run_ok([program], environment=dict(environment, TMPDIR=directory))
        harness.check_equal(result.out, b"offset 0\n", "what the example prints")
        left = [name for name in os.listdir(directory) if name.startswith("broker-lite-")]
        harness.check_equal(left, [], "what the broker leaves in $TMPDIR")


if __name__ == "__main__":
    harness.main()
