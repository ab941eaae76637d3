"""interop: every admin call against a real Apache Kafka; admin_calls.tsv says which of ours is
which of the Java client's, and must name all that its Admin has; admin_options.tsv says the same
of all that callers of Java's client give and get."""
import functools
import glob
import os
import re
import shutil
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import kafka_login  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(harness.BUILD, "tests", "interop", "admin_calls")


class AdminNode(kafka_login.LoginNode):
    """A node with an authorizer that lets everybody do what no rule is about, logins, two log
    directories and a quorum that can change."""

    def configuration(self):
        lines = [line for line in super().configuration().splitlines()
                 if not line.startswith(("controller.quorum.voters", "log.dirs"))]
        return "\n".join(lines + [
            f"controller.quorum.bootstrap.servers=127.0.0.1:{self.controller_port}",
            f"log.dirs={self.directory}/data,{self.other_dir()}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found=true",
            "metric.reporters=TelemetrySink",
            "share.coordinator.state.topic.replication.factor=1",
            "share.coordinator.state.topic.min.isr=1",
            "group.coordinator.rebalance.protocols=classic,consumer,share,streams",
        ]) + "\n"

    def format_options(self):
        return ["--standalone"]

    def start(self):
        """With a plug-in that takes clients' metrics, which needs Java's compiler."""
        self.classes = f"{self.directory}/classes"
        harness.run_ok(["javac", "-cp", os.path.join(kafka.fetch(), "*"), "-nowarn",
                        "-d", self.classes, os.path.join(HERE, "TelemetrySink.java")])
        super().start()

    def other_dir(self):
        return f"{self.directory}/other"


class SecondController:
    """A controller that no quorum has yet."""

    def __init__(self, directory, node):
        self.port = harness.free_port()
        path = os.path.join(directory, "second.properties")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""process.roles=controller
node.id=2
controller.quorum.bootstrap.servers=127.0.0.1:{node.controller_port}
listeners=CONTROLLER://127.0.0.1:{self.port}
controller.listener.names=CONTROLLER
log.dirs={directory}/second
""")
        harness.run_ok(kafka.java("kafka.tools.StorageTool", "format", "-t", node.cluster_id,
                                  "-c", path, "--no-initial-controllers"))
        self.process = harness.Process(kafka.java(kafka.NODE, path, heap="512m"), directory,
                                       "second")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0]:
            harness.note(f"second controller: {harness.shorten(self.process.log(), 2000)}")
        self.process.close()


def need_kit():
    kafka.java("none")
    if not shutil.which("javac") or not shutil.which("javap"):
        harness.skip("the Java development kit is not installed")


def rows_of(name, width):
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]
    return [row + [""] * (width - len(row)) for row in rows]


def table():
    return rows_of("admin_calls.tsv", 3)


def options_of_java():
    """Setters of options, and getters of all that goes in and comes out: "Class.method". In Java,
    results are futures: what is in those is in the classes of their values."""
    jar, = glob.glob(os.path.join(kafka.fetch(), "kafka-clients-*.jar"))
    with zipfile.ZipFile(jar) as archive:
        classes = [name[:-len(".class")].replace("/", ".") for name in archive.namelist()
                   if re.fullmatch(r"org/apache/kafka/clients/admin/\w+(\$[A-Z]\w+)*\.class", name)]
    shown = subprocess.run(["javap", "-cp", jar, "-public"] + classes, capture_output=True,
                           check=True).stdout.decode()
    found, name = set(), None
    for line in shown.splitlines():
        begins = re.match(r"(public )?[\w ]*(?:class|interface) "
                          r"org\.apache\.kafka\.clients\.admin\.([\w$]+)", line)
        if begins:
            is_shown = begins[1] and "java.lang.Enum" not in line and not re.fullmatch(
                r"\w*Admin(Client|ClientConfig)?|AbstractOptions", begins[2])
            name = begins[2] if is_shown else None
        method = re.match(r"  public (static )?.* (\w+)\((.*)\);", line)
        if not method or not name or method[1] or method[2] in ("hashCode", "toString", "equals"):
            continue
        is_setter = bool(method[3])
        if is_setter == name.endswith("Options") and method[2] != "timeoutMs":
            found.add(f"{name}.{method[2]}")
    return found


@harness.case
def the_table_of_options_names_all_that_javas_callers_give_and_get():
    need_kit()
    theirs = options_of_java()
    ours = {row[0] for row in rows_of("admin_options.tsv", 3)}
    demanded = {name for name in theirs if not re.match(r"\w+Result\.", name)}
    harness.check_equal(sorted(demanded - ours), [], "options that the table lacks")
    harness.check_equal(sorted(ours - theirs), [], "options that Java does not have")


@harness.case
def the_table_of_options_names_what_is_in_the_headers():
    folder = os.path.join(HERE, "..", "..", "libclient", "include", "libclient")
    words = set()
    for name in os.listdir(folder):
        if name.startswith("admin_"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                words |= set(re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)))
    for java, ours, reason in rows_of("admin_options.tsv", 3):
        if ours == "-":
            harness.check(reason, f"{java}: neither a name nor a reason")
            continue
        harness.check(set(ours.split()) <= words, f"{java}: no {ours} in admin_*.h")


@harness.case
def the_table_names_every_method_of_javas_admin():
    need_kit()
    jars = os.path.join(kafka.fetch(), "*")
    shown = subprocess.run(["javap", "-cp", jars, "org.apache.kafka.clients.admin.Admin"],
                           capture_output=True, check=True).stdout.decode()
    theirs = set(re.findall(r"(\w+)\(", "\n".join(
        line for line in shown.splitlines() if " static " not in line)))
    harness.check_equal(sorted(row[0] for row in table()), sorted(theirs), "methods in the table")


@harness.case
def the_table_names_functions_and_tests_that_are_there():
    sources = ""
    for name in sorted(os.listdir(HERE)):
        if name.startswith("admin_calls_") and name.endswith(".c"):
            with open(os.path.join(HERE, name), encoding="utf-8") as file:
                sources += file.read()
    tests = re.findall(r"^TEST\((\w+)\)", sources, re.M)
    for method, functions, test in table():
        if functions == "-":
            continue
        harness.check(test in tests, f"{method}: there is no test {test}")
        for function in functions.split():
            harness.check(function + "(" in sources or function == "kc_admin_destroy",
                          f"{method}: no test calls {function}")


@functools.lru_cache(maxsize=1)
def run_calls():
    """(what came of each function, whether Kafka finds its log directories)"""
    with harness.scratch() as directory, AdminNode(directory) as node, \
            SecondController(directory, node) as second:
        allow_cluster(node)
        environment = {"BOOTSTRAP_SERVERS": node.address, "LOGIN_SERVERS": node.login_address,
                       "BOOTSTRAP_CONTROLLERS": f"127.0.0.1:{node.controller_port}",
                       "OTHER_LOG_DIR": node.other_dir(),
                       "SECOND_CONTROLLER_PORT": str(second.port)}
        finds_mounts = kafka.finds_mounts(node.address)
        if not finds_mounts:
            environment["KC_NO_MOUNTS"] = "1"
        done = harness.run([PROGRAM], seconds=300, environment=environment)
        lines = done.out.decode(errors="replace").splitlines()
        for line in lines:
            if done.code != 0 and not re.match(r"ok |# (call|item) ", line):
                harness.note(line)
        harness.check(done.code == 0, done.err.decode(errors="replace")[-6000:])
        return outcomes(lines), finds_mounts


# What cannot be seen where Kafka does not find the mounts of its log directories.
OF_LOG_DIRS = {"kc_admin_describe_log_dirs", "kc_admin_describe_replica_log_dirs",
               "kc_admin_alter_log_dirs"}


@harness.case
def every_call_succeeds_and_fails_as_kafka_says():
    need_kit()
    check_outcomes(run_calls()[0], lambda name: name not in OF_LOG_DIRS)


@harness.case
def calls_about_log_directories_too():
    need_kit()
    seen, finds_mounts = run_calls()
    if not finds_mounts:
        harness.skip("Kafka finds no mount of its log directories here, as in a chroot")
    check_outcomes(seen, lambda name: name in OF_LOG_DIRS)


def outcomes(lines):
    """What the program saw come of each function: the call's own error, or those of its items."""
    calls = []
    for line in lines:
        words = line.split()
        if line.startswith("# call "):
            calls.append((words[2], words[3], []))
        elif line.startswith("# item "):
            calls[-1][2].append(words[2])
    seen = {}
    for function, code, items in calls:
        seen.setdefault(function, set()).update(items if code == "NONE" and items else [code])
    return seen


def check_outcomes(seen, is_wanted):
    """Each wanted function succeeded and failed."""
    wrong = []
    for method, functions, _ in table():
        for name in filter(is_wanted, set(functions.split()) - {"-", "kc_admin_destroy"}):
            codes = seen.get(name, set())
            if "NONE" not in codes:
                wrong.append(f"{method}: {name} ended with {sorted(codes)}, never well")
            if not codes - {"NONE"}:
                wrong.append(f"{method}: {name} was never seen to fail")
    harness.check(not wrong, "\n".join(wrong))


def allow_cluster(node):
    """With any rule about the cluster, what no rule allows is denied, to brokers, too."""
    tools = kafka.java("org.apache.kafka.tools.AclCommand", "--bootstrap-server", node.address,
                       "--add", "--allow-principal", "User:ANONYMOUS", "--cluster",
                       "--operation", "All")
    harness.run_ok(tools, seconds=60)


if __name__ == "__main__":
    harness.main()
