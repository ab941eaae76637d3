"""interop: our tools log in to a real Apache Kafka by PLAIN and SCRAM, whose users Kafka's own tool
makes; what is refused says so at once, with Kafka's words and without the password; a login is
renewed on its connection before the session ends (KIP-368)."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
import kafka_login  # noqa: E402

PROGRAM = os.path.join(harness.BUILD, "tests", "interop", "login_calls")
SESSION_MS = 1500
SCRAM_USERS = {("sam", "SCRAM-SHA-256"): "sams secret", ("sue", "SCRAM-SHA-512"): "sues secret"}
QUICK_SECONDS = 15  # a refusal is no time-out, also where all else is slow


class Logins:
    """The node, and files of properties of those who log in."""

    def __init__(self, directory, node):
        self.directory, self.node = directory, node
        self.ours = harness.Tools(node.login_address)

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
        for tool, more, stdin in (("topics", ("--list",), b""),
                                  ("console-producer", ("--topic", "paula"), b"line\n"),
                                  ("console-consumer", ("--topic", "paula"), b"")):
            result = tools.run(tool, *more, "--command-config", path, stdin=stdin)
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


@harness.case
def logins_at_a_real_kafka():
    kafka.fetch()
    sessions = {"listener.name.login.connections.max.reauth.ms": str(SESSION_MS)}
    with harness.scratch() as directory, \
            kafka_login.LoginNode(directory, settings=sessions) as node:
        logins = Logins(directory, node)
        for part in (by_plain, by_scram, refusals, renewals):
            harness.note(part.__name__)
            part(logins)


if __name__ == "__main__":
    harness.main()
