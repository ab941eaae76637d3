"""interop: our tools log in to a real Apache Kafka by PLAIN and SCRAM, whose users Kafka's own tool
makes; what is refused says so at once, with Kafka's words and without the password; a login is
renewed on its connection before the session ends (KIP-368); who loses it is told, and goes on when
it is good again; who speaks another protocol than the listener is told that."""
import contextlib
import http.server
import os
import re
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import kafka_login  # noqa: E402

PROGRAM = os.path.join(harness.BUILD, "tests", "interop", "login_calls")
LOST = os.path.join(harness.BUILD, "tests", "interop", "lost_login")
CONTROLLER = os.path.join(harness.BUILD, "tests", "interop", "controller_login")
SESSION_MS = 1500
SCRAM_USERS = {("sam", "SCRAM-SHA-256"): "sams secret", ("sue", "SCRAM-SHA-512"): "sues secret"}
QUICK_SECONDS = 15  # a refusal is no time-out, also where all else is slow


class Logins:
    """The node, and files of properties of those who log in."""

    def __init__(self, directory, node):
        self.directory, self.node = directory, node
        self.ours = harness.Tools(node.login_address)
        self.ours_plain = harness.Tools(node.address)

    def write(self, name, **settings):
        path = os.path.join(self.directory, name + ".properties")
        with open(path, "w", encoding="utf-8") as file:
            file.write("security.protocol=SASL_PLAINTEXT\n")
            for key, value in settings.items():
                value = value.replace("\\", "\\\\")  # as in any properties file
                file.write(f"sasl.{key.replace('_', '.')}={value}\n")
        return path

    def properties(self, name, mechanism, password):
        module = "plain.PlainLoginModule" if mechanism == "PLAIN" else "scram.ScramLoginModule"
        return self.write(name, mechanism=mechanism, jaas_config=kafka_login.jaas(
            module, username=name, password=password))

    def journey(self, path, name):
        """Creates, writes and reads a topic, also as a member of a group."""
        lines = b"".join(b"%s %d\n" % (name.encode(), i) for i in range(50))
        self.ours.create(name, 1, "--command-config", path)
        self.ours.produce(name, lines, "--command-config", path)
        for more in ((), ("--group", "group-of-" + name)):
            got = self.ours.consume(name, "--from-beginning", "--max-messages", "50",
                                    "--command-config", path, *more)
            harness.check_equal(got, lines, f"what {name} reads {more}")

    def refused(self, path, words, secret, address=None):
        tools = harness.Tools(address) if address else self.ours
        options = ("--command-config", path) if path else ()
        for tool, more, stdin in (("topics", ("--list",), b""),
                                  ("console-producer", ("--topic", "paula"), b"line\n"),
                                  ("console-consumer", ("--topic", "paula"), b"")):
            result = tools.run(tool, *more, *options, stdin=stdin)
            shown = (result.out + result.err).decode()
            harness.check_equal(result.code, 1, f"exit of {tool}: {shown}")
            harness.check(words in shown, f"{tool}: no '{words}' in: {shown}")
            harness.check(secret not in shown, f"{tool}: the secret is in: {shown}")
            harness.check(result.seconds < QUICK_SECONDS * harness.PATIENCE,
                          f"{tool}: {result.seconds:.1f} s to be refused")


def by_plain(logins):
    for name, password in kafka_login.PLAIN_USERS.items():
        logins.journey(logins.properties(name, "PLAIN", password), name)
    path = logins.write("as-librdkafka", mechanisms="PLAIN", username="paula",
                        password=kafka_login.PLAIN_USERS["paula"])
    logins.journey(path, "by-name-and-password")


def by_scram(logins):
    theirs = kafka.JavaTools(logins.node.address)
    for (name, mechanism), password in SCRAM_USERS.items():
        theirs.ok("configs", "--alter", "--entity-type", "users", "--entity-name", name,
                  "--add-config", f"{mechanism}=[password={password}]")
        path = logins.properties(name, mechanism, password)
        # What the controller has stored takes a moment to get to the broker.
        harness.wait_until(lambda: logins.ours.run("topics", "--list", "--command-config",
                                                   path).code == 0, 60, f"{name} to be known")
        logins.journey(path, name)


def refusals(logins):
    secret = "no-such-word"
    path = logins.properties("paula", "PLAIN", secret)
    logins.refused(path, "(PLAIN: Authentication failed: Invalid username or password)", secret)
    path = logins.properties("nobody", "SCRAM-SHA-512", secret)
    logins.refused(path, "(SCRAM-SHA-512: Authentication failed during authentication due to "
                   "invalid credentials with SASL mechanism SCRAM-SHA-512)", secret)
    path = logins.properties("paula", "PLAIN", secret)
    logins.refused(path, "PLAIN: the broker does not want a login here", secret,
                   logins.node.address)


def renewals(logins):
    path = logins.properties("paula", "PLAIN", kafka_login.PLAIN_USERS["paula"])
    shown = harness.run_ok([PROGRAM, logins.node.login_address, "paula", "100", "60",
                            path]).out.decode()
    told = {word: int(number) for word, number in re.findall(r"(\w+) (\d+)", shown)}
    harness.check(told["sent"] == 100 and told["failed"] == 0, shown)
    # Six seconds are four sessions; a connection that was not renewed would have been lost.
    harness.check(told["renewed"] >= 3, f"no renewals: {shown}")
    harness.check_equal(told["lost"], 0, f"lost connections ({shown})")


class Deaf(http.server.BaseHTTPRequestHandler):
    """Any request is a bad one to it."""

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def http_server():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Deaf)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def strangers(logins):
    plain = logins.properties("paula", "PLAIN", kafka_login.PLAIN_USERS["paula"])
    none = "no-such-word"
    logins.refused(None, "does that listener want a login? security.protocol is PLAINTEXT; "
                   "check security.protocol and the port", none, logins.node.login_address)
    logins.refused(None, "it speaks TLS, and security.protocol is PLAINTEXT", none,
                   logins.node.tls_address)
    logins.refused(plain, "it speaks TLS, and security.protocol is SASL_PLAINTEXT", none,
                   logins.node.tls_address)
    with http_server() as address:
        # Python's answers in the oldest of HTTP's formats.
        logins.refused(None, "it is no broker: its answer begins with '<!DO'", none, address)
        # Another of the addresses is as good as any.
        harness.Tools(f"{address},{logins.node.address}").ok("topics", "--list")


@contextlib.contextmanager
def at_work(logins, *args):
    """A lost_login, and what to call to wait for a line of it."""
    shown = os.path.join(logins.directory, "lost_login")
    with open(shown + ".out", "wb") as out, open(shown + ".err", "wb") as err:
        process = subprocess.Popen([LOST, *args], stdin=subprocess.PIPE, stdout=out, stderr=err)

    def read(ending):
        with open(shown + ending, encoding="utf-8") as file:
            return file.read()

    def wait_for(word, times=1, seconds=60):
        harness.wait_until(lambda: read(".out").count(word) >= times, seconds,
                           f"{times} x '{word}' in: {read('.out')}")
    try:
        yield wait_for, read
    finally:
        process.stdin.close()
        harness.check_equal(process.wait(60 * harness.PATIENCE), 0, "exit of lost_login")


def lost_logins(logins):
    theirs = kafka.JavaTools(logins.node.address)

    def set_password(word):
        theirs.ok("configs", "--alter", "--entity-type", "users", "--entity-name", "lou",
                  "--add-config", f"SCRAM-SHA-256=[password={word}]")
    set_password("first word")
    logins.ours_plain.create("lost", 1)
    path = logins.write("lou", mechanism="SCRAM-SHA-256", username="lou", password="first word")
    with open(path, "a", encoding="utf-8") as file:
        file.write("request.timeout.ms=2000\ndelivery.timeout.ms=4000\n")
    with at_work(logins, logins.node.login_address, "lost", path) as (wait_for, read):
        for who in ("sender", "reader", "admin"):
            wait_for(f"{who} NONE")
        set_password("another word")
        for who in ("admin", "reader", "sender"):
            wait_for(f"{who} SASL_AUTHENTICATION_FAILED")
        took_ms = int(re.search(r"admin SASL_AUTHENTICATION_FAILED (\d+)", read(".out")).group(1))
        harness.check(took_ms < QUICK_SECONDS * 1000 * harness.PATIENCE,
                      f"{took_ms} ms to be refused")
        told = [line for line in read(".err").splitlines()
                if line.startswith("3 ")]
        harness.check(told, "no error in the log: " + read(".err"))
        for words in (logins.node.login_address, "SCRAM-SHA-256", "check sasl.username"):
            harness.check(words in told[0], f"no '{words}' in {told[0]}")
        harness.check("first word" not in read(".err"), "the secret is in the log")
        set_password("first word")
        for who in ("sender", "reader", "admin"):
            wait_for(f"{who} NONE", times=2)
    harness.note(read(".out"))


@harness.case
def logins_at_a_real_controller():
    kafka.fetch()
    with harness.scratch() as directory, \
            kafka_login.LoginNode(directory, with_controller_login=True) as node:
        logins = Logins(directory, node)
        address = f"127.0.0.1:{node.controller_port}"
        path = logins.properties("carl", "PLAIN", "carls secret")
        harness.check_equal(harness.run_ok([CONTROLLER, address, path]).out.decode(),
                            "controller 1 leader 1\n", "the controller's words")
        path = logins.properties("carl", "PLAIN", "no-such-word")
        plain = os.path.join(directory, "none.properties")
        with open(plain, "w", encoding="utf-8"):
            pass
        for file, code, words in (
                (path, "SASL_AUTHENTICATION_FAILED", "Invalid username or password"),
                (plain, "WRONG_PROTOCOL", "does that listener want a login?")):
            result = harness.run([CONTROLLER, address, file])
            shown = result.err.decode()
            harness.check_equal(result.code, 1, shown)
            harness.check(code in shown and words in shown, shown)
            harness.check(result.seconds < QUICK_SECONDS * harness.PATIENCE,
                          f"{result.seconds:.1f} s to be refused: {shown}")


@harness.case
def logins_at_a_real_kafka():
    kafka.fetch()
    sessions = {"listener.name.login.connections.max.reauth.ms": str(SESSION_MS)}
    with harness.scratch() as directory, \
            kafka_login.LoginNode(directory, with_tls=True, settings=sessions) as node:
        logins = Logins(directory, node)
        for part in (by_plain, by_scram, refusals, strangers, renewals, lost_logins):
            harness.note(part.__name__)
            part(logins)


if __name__ == "__main__":
    harness.main()
