"""interop: Kafka's own tool sets, shows and removes quotas at broker-lite, and prints what it
prints with Kafka.

    test_quotas.py [--kafka] [CASE...]

--kafka asks a real Apache Kafka the same: so what is wanted here is Kafka's."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402

KAFKA = "--kafka" in sys.argv
PAIR = ("--entity-type", "users", "--entity-name", "user1",
        "--entity-type", "clients", "--entity-name", "clientA")
ANY_CLIENT = ("--entity-type", "clients", "--entity-default")
ANY_USER = ("--entity-type", "users", "--entity-default")
ADDRESS = ("--entity-type", "ips", "--entity-name", "127.0.0.1")


class Configs:
    def __init__(self, party):
        self.tools = kafka.JavaTools(party.address)

    def alter(self, entity, wanted, add=None, remove=None):
        words = ("--add-config", add) if add else ("--delete-config", remove)
        shown = self.tools.ok("configs", "--alter", *words, *entity)
        harness.check_equal(shown.out.decode().strip(), wanted, f"{words} of {entity}")

    def describe(self, *entity):
        """Its lines; the values of each in the order of their names."""
        rows = []
        for line in self.tools.ok("configs", "--describe", *entity).out.decode().splitlines():
            head, _, values = line.rpartition(" are ")
            rows.append(f"{head}: {', '.join(sorted(values.split(', ')))}")
        return sorted(rows)


def party(directory):
    return kafka.Node(directory) if KAFKA else harness.Broker(directory)


@harness.case
def kafkas_tool_sets_shows_and_removes():
    kafka.fetch()
    with harness.scratch() as directory, party(directory) as broker:
        configs = Configs(broker)
        configs.alter(PAIR, "Completed updating config for user user1.",
                      add="producer_byte_rate=1024,consumer_byte_rate=2048,request_percentage=200")
        configs.alter(ANY_CLIENT, "Completed updating default config for clients in the cluster.",
                      add="producer_byte_rate=1024")
        configs.alter(ANY_USER, "Completed updating default config for users in the cluster.",
                      add="controller_mutation_rate=0.5")
        configs.alter(ADDRESS, "Completed updating config for ip 127.0.0.1.",
                      add="connection_creation_rate=100")
        harness.check_equal(configs.describe(*PAIR), [
            "Quota configs for user-principal 'user1', client-id 'clientA': "
            "consumer_byte_rate=2048.0, producer_byte_rate=1024.0, request_percentage=200.0",
        ], "the pair")
        harness.check_equal(configs.describe("--entity-type", "clients"), [
            "Quota configs for the default client-id: producer_byte_rate=1024.0",
        ], "the clients")
        harness.check_equal(configs.describe("--entity-type", "users"), [
            "Quota configs for the default user-principal: controller_mutation_rate=0.5",
        ], "the users, whose passwords it asks for, too")
        harness.check_equal(configs.describe("--entity-type", "ips"), [
            "Quota configs for ip '127.0.0.1': connection_creation_rate=100.0",
        ], "the addresses")
        configs.alter(PAIR, "Completed updating config for user user1.",
                      remove="consumer_byte_rate,request_percentage")
        configs.alter(ADDRESS, "Completed updating config for ip 127.0.0.1.",
                      remove="connection_creation_rate")
        harness.check_equal(configs.describe(*PAIR), [
            "Quota configs for user-principal 'user1', client-id 'clientA': "
            "producer_byte_rate=1024.0",
        ], "what is left of the pair")
        harness.check_equal(configs.describe("--entity-type", "ips"), [], "the addresses left")


@harness.case
def kafkas_tool_tells_what_is_wrong():
    kafka.fetch()
    with harness.scratch() as directory, party(directory) as broker:
        tools = kafka.JavaTools(broker.address)
        for entity, config, wanted in (
                (ANY_CLIENT, "producer_byte_rate=-1",
                 "Quota producer_byte_rate must be greater than 0"),
                (ANY_CLIENT, "producer_byte_rate=1.5",
                 "producer_byte_rate cannot be a fractional value."),
                (ADDRESS, "connection_creation_rate=0.5",
                 "connection_creation_rate cannot be a fractional value.")):
            shown = tools.run("configs", "--alter", "--add-config", config, *entity)
            harness.check(shown.code != 0 and wanted in shown.text(), shown.text())


harness.main()
