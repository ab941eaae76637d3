"""interop: a group in use goes from the classic protocol to KIP-848 and back, member by member,
while records flow: against broker-lite and against Apache Kafka, with Java's members and ours."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
from groups import Java, Ours, check_single_owners, wait_for_shares  # noqa: E402

PARTITIONS = 4
SIZE = 2
PACKAGE = "org.apache.kafka.clients.consumer."
JAVA_KINDS = (("classic", "RangeAssignor"), ("consumer", None),
              ("classic", "CooperativeStickyAssignor"), ("consumer", None),
              ("classic", "RangeAssignor"))
OUR_KINDS = (("classic", "cooperative-sticky"), ("consumer", None), ("classic", "range"))


def java_member(directory, name, address, group, kind, instance):
    protocol, assignor = kind
    options = ["--group-protocol", protocol]
    if assignor:
        options += ["--assignment-strategy", PACKAGE + assignor, "--session-timeout", "10000"]
    if instance:
        options += ["--group-instance-id", instance]
    return Java(directory, name, address, group, group, *options)


def our_member(directory, name, address, group, kind, instance):
    protocol, assignor = kind
    settings = [f"group.protocol={protocol}"]
    if assignor:
        settings += [f"partition.assignment.strategy={assignor}", "session.timeout.ms=10000",
                     "heartbeat.interval.ms=500"]
    if instance:
        settings.append(f"group.instance.id={instance}")
    return Ours(directory, name, address, group, group, *settings)


def group_type(tools, group):
    listed = tools.ok("consumer-groups", "--list", "--type").out.decode()
    rows = [line.split() for line in listed.splitlines()]
    found = [row[1] for row in rows if row and row[0] == group]
    harness.check(found, f"{group} is not listed: {rows}")
    return found[0]


def check_flow(members, tools, topic, seen):
    """Each record of a batch produced now is read; by one member, unless it left meanwhile."""
    tools.produce(topic, b"".join(b"%d\n" % number for number in range(100)))
    seen["wanted"] += 100

    def read():
        return {record for member in members for record in member.records()}
    harness.wait_until(lambda: len(read()) >= seen["wanted"], 60,
                       f"{seen['wanted']} records of {topic}")


def migrate(tools, directory, name, make, kinds, is_static=False):
    """SIZE members are replaced one by one by members of each next kind."""
    tools.create(name, PARTITIONS)
    everybody, seen = [], {"wanted": 0}

    def join(kind, place):
        member = make(directory, f"{name}-{len(everybody)}", tools.address, name, kind,
                      f"place-{place}" if is_static else None)
        everybody.append(member)
        return member
    try:
        members = [join(kinds[0], place) for place in range(SIZE)]
        wait_for_shares(members, PARTITIONS, 90, f"{name}: the group to share")
        for kind in kinds[1:]:
            for place in range(SIZE):
                members[place].stop()
                members[place] = join(kind, place)
                wait_for_shares(members, PARTITIONS, 90, f"{name}: member {place} as {kind}")
                check_flow(everybody, tools, name, seen)
                # One that speaks KIP-848 makes it a consumer group; without any it is classic.
                is_consumer = kind[0] == "consumer" or place < SIZE - 1
                wanted = "Consumer" if is_consumer else "Classic"
                harness.check_equal(group_type(tools, name), wanted,
                                    f"type of {name}, member {place} as {kind}")
        for member in members:
            member.stop()
        check_single_owners(everybody, 0.002)
    except BaseException:
        for member in everybody:
            harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 2000)}")
        raise
    finally:
        for member in everybody:
            member.close()


def everything(tools, directory):
    migrate(tools, directory, "java-dynamic", java_member, JAVA_KINDS)
    migrate(tools, directory, "java-static", java_member, JAVA_KINDS[:3], is_static=True)
    migrate(tools, directory, "ours-dynamic", our_member, OUR_KINDS)
    migrate(tools, directory, "ours-static", our_member, OUR_KINDS, is_static=True)


@harness.case
def groups_migrate_on_broker_lite():
    with harness.scratch() as directory, \
            harness.Broker(directory, **{"group.initial.rebalance.delay.ms": 0}) as broker:
        everything(harness.Tools(broker.address), directory)


@harness.case
def groups_migrate_on_kafka():
    with harness.scratch() as directory, kafka.Node(directory) as node:
        everything(harness.Tools(node.address), directory)


if __name__ == "__main__":
    harness.main()
