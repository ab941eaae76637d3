"""interop: a node of a real Apache Kafka with a second listener, at which clients log in: by PLAIN,
by SCRAM (whose users an admin client makes) and with delegation tokens (KIP-48); and, on demand,
with a third one for TLS and logins at its controller's."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

MODULES = "org.apache.kafka.common.security"
PLAIN_USERS = {"paula": "paulas secret", "paul": "pauls, \"quoted\" = secret"}


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def jaas(module, **options):
    words = "".join(f" {name}={quoted(value)}" for name, value in options.items())
    return f"{MODULES}.{module} required{words};"


class LoginNode(kafka.Node):
    """`settings` of kafka.Node go to the whole node."""

    def __init__(self, directory, with_tls=False, with_controller_login=False, **options):
        super().__init__(directory, **options)
        self.login_port, self.tls_port = harness.free_port(), harness.free_port()
        self.with_tls, self.with_controller_login = with_tls, with_controller_login

    @property
    def tls_address(self):
        return f"127.0.0.1:{self.tls_port}"

    def tls_settings(self):
        store = os.path.join(self.directory, "keys.p12")
        harness.run_ok(["keytool", "-genkeypair", "-alias", "node", "-keyalg", "RSA", "-storetype",
                        "PKCS12", "-keystore", store, "-storepass", "no secret", "-dname",
                        "CN=127.0.0.1"])
        return ["ssl.keystore.type=PKCS12", f"ssl.keystore.location={store}",
                "ssl.keystore.password=no secret", "ssl.key.password=no secret"]

    @staticmethod
    def controller_settings():
        line = jaas("plain.PlainLoginModule", username="node", password="nodes secret",
                    user_node="nodes secret", user_carl="carls secret")
        return ["sasl.mechanism.controller.protocol=PLAIN",
                "listener.name.controller.sasl.enabled.mechanisms=PLAIN",
                f"listener.name.controller.plain.sasl.jaas.config={line}"]

    @property
    def login_address(self):
        return f"127.0.0.1:{self.login_port}"

    def configuration(self):
        lines = []
        for line in super().configuration().splitlines():
            if line.startswith(("listeners=", "advertised.listeners=")):
                line += f",LOGIN://{self.login_address}"
                line += f",TLS://{self.tls_address}" if self.with_tls else ""
            elif line.startswith("listener.security.protocol.map="):
                line += ",LOGIN:SASL_PLAINTEXT,TLS:SSL"
                if self.with_controller_login:
                    line = line.replace("CONTROLLER:PLAINTEXT", "CONTROLLER:SASL_PLAINTEXT")
            lines.append(line)
        users = {f"user_{name}": password for name, password in PLAIN_USERS.items()}
        # In a properties file a backslash stands for itself only when it is doubled.
        plain = jaas("plain.PlainLoginModule", **users).replace("\\", "\\\\")
        scram = jaas("scram.ScramLoginModule")
        return "\n".join(lines + [
            "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            f"listener.name.login.plain.sasl.jaas.config={plain}",
            f"listener.name.login.scram-sha-256.sasl.jaas.config={scram}",
            f"listener.name.login.scram-sha-512.sasl.jaas.config={scram}",
            "delegation.token.secret.key=secret",
        ] + (self.tls_settings() if self.with_tls else [])
          + (self.controller_settings() if self.with_controller_login else [])) + "\n"
