"""interop: consumer groups of our members, alone and together with Java's and librdkafka's, against
Apache Kafka and broker-lite: nothing is owned twice, nothing is left out."""
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
from groups import (QUICK, SESSION, Flow, Java, Kcat, Ours, at_once,  # noqa: E402
                    check_single_owners, interop_binary, wait_for_shares)

PARTITIONS = 6
CLASSIC = ("range", "roundrobin", "sticky", "cooperative-sticky")


def numbered(first, count):
    return b"".join(b"%d\n" % number for number in range(first, first + count))


def check_each_once(members, tools, topic, count):
    """What is produced now is read once, by somebody."""
    before = [len(member.records()) for member in members]
    tools.produce(topic, numbered(0, count))

    def fresh():
        return [record for member, skip in zip(members, before)
                for record in member.records()[skip:]]
    harness.wait_until(lambda: len(fresh()) >= count, 60, f"{count} records of {topic}")
    harness.check_equal(len(set(fresh())), count, "different records that were read")
    harness.check_equal(len(fresh()), count, "records that were read")


def a_group_of_ours(tools, directory, name, *settings):
    """Members come, one is killed, one leaves: the others take over, and all was read."""
    topic = f"group-{name}"
    tools.create(topic, PARTITIONS)
    members = []

    def join():
        member = Ours(directory, f"{name}-{len(members)}", tools.address, topic, name, *settings)
        members.append(member)
        return member
    try:
        first, second = join(), join()
        wait_for_shares([first, second], PARTITIONS, 60, f"{name}: two members to share")
        check_each_once(members, tools, topic, 200)
        third = join()
        wait_for_shares([first, second, third], PARTITIONS, 60, f"{name}: three members to share")
        check_each_once(members, tools, topic, 200)
        harness.check_equal(third.stop(), 0, "exit status of the member that left")
        wait_for_shares([first, second], PARTITIONS, 60, f"{name}: two members to take over")
        second.kill()
        wait_for_shares([first], PARTITIONS, 60, f"{name}: one member to take over")
        check_each_once([first], tools, topic, 200)
        harness.check_equal(first.stop(), 0, "exit status of the last member")
        check_single_owners(members, 0)
        seen = {record for member in members for record in member.records()}
        harness.check_equal(len(seen), 600, "records that were read")
    except BaseException:
        for member in members:
            harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 3000)}")
        raise
    finally:
        for member in members:
            member.close()


def calls(tools):
    tools.create("calls", 3)
    harness.run_ok([interop_binary("consumer_calls"), tools.address, "calls"], seconds=120)


def member_calls(tools, protocol):
    """Static members, ways to part, lateness, an own strategy."""
    topic = f"calls-{protocol}"
    tools.create(topic, 4)
    harness.run_ok([interop_binary("member_calls"), tools.address, topic, protocol], seconds=240)


def calls_and_groups(tools, directory):
    """Jobs for at_once that any broker passes; the longest first."""
    jobs = [lambda: member_calls(tools, "classic"), lambda: member_calls(tools, "consumer")]
    for name in CLASSIC:
        jobs.append(lambda name=name: a_group_of_ours(
            tools, directory, name, f"partition.assignment.strategy={name}", *SESSION))
    for name in ("uniform", "range"):
        jobs.append(lambda name=name: a_group_of_ours(
            tools, directory, f"next-{name}", "group.protocol=consumer",
            f"group.remote.assignor={name}"))
    return jobs + [lambda: calls(tools)]


def example(tools, name, *args):
    path = os.path.join(harness.BUILD, "libclient", name)
    return harness.run_ok([path, *args], environment={"BOOTSTRAP_SERVERS": tools.address}).out


@harness.case
def the_examples_do_what_they_say():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("examples", 1)
        tools.produce("examples", numbered(0, 10))
        wanted = b"".join(b"0\t%d\t%d\n" % (number, number) for number in range(10))
        harness.check_equal(example(tools, "simple_group", "examples", "simple", "10"), wanted,
                            "what the group printed")
        first = example(tools, "at_least_once", "examples", "once", "4")
        second = example(tools, "at_least_once", "examples", "once", "6")
        harness.check_equal(first + second, numbered(0, 10), "what was handled")
        dump = [line.split(b"\t") for line in
                example(tools, "partition_dump", "examples", "0").splitlines()]
        harness.check_equal([(row[0], row[3]) for row in dump],
                            [(b"%d" % number, b"%d" % number) for number in range(10)],
                            "what was dumped")


@harness.case
def groups_on_broker_lite():
    with harness.scratch() as directory, harness.Broker(directory, **QUICK) as broker:
        tools = harness.Tools(broker.address)
        at_once(calls_and_groups(tools, directory))


@harness.case
def groups_on_kafka():
    with harness.scratch() as directory, kafka.Node(directory, settings=QUICK) as node:
        tools = harness.Tools(node.address)
        tools.ok("topics", "--list")
        jobs = [lambda: upgrade(tools, directory)]
        jobs += [lambda kind=kind: mixed(tools, directory, *kind) for kind in MIXED]
        jobs += calls_and_groups(tools, directory)
        jobs += [lambda: pattern(tools, directory, "classic", SESSION),
                 lambda: pattern(tools, directory, "next", ("group.protocol=consumer",))]
        at_once(jobs, 5)


def pattern(tools, directory, name, settings):
    """A topic that is made later joins by itself."""
    tools.create(f"pattern-{name}-1", 2)
    member = Ours(directory, f"pattern-{name}", tools.address, f"^pattern-{name}-[0-9]+",
                  f"pattern-{name}", "metadata.max.age.ms=500", *settings)
    try:
        wait_for_shares([member], 2, 60, f"the topic that matches ({name})")
        tools.create(f"pattern-{name}-2", 2)
        wait_for_shares([member], 4, 60, f"the topic that came later ({name})")
        harness.check_equal(member.stop(), 0, "exit status")
    except BaseException:
        harness.note(member.process.log())
        raise
    finally:
        member.close()


def rolling(tools, directory, name, steps):
    """Three members are replaced one by one by each next kind of settings, while records flow: each
    is read once."""
    tools.create(name, PARTITIONS)
    everybody = []

    def join(settings):
        member = Ours(directory, f"{name}-{len(everybody)}", tools.address, name, name, *settings)
        everybody.append(member)
        return member
    try:
        members = [join(steps[0]) for _ in range(3)]
        wait_for_shares(members, PARTITIONS, 60, f"{name}: the group to share")
        with Flow(tools, name) as flow:
            for settings in steps[1:]:
                for place in range(3):
                    harness.check_equal(members[place].stop(), 0, "exit status")
                    members[place] = join(settings)
                    wait_for_shares(members, PARTITIONS, 60, f"{name}: the group with {settings}")
        count = flow.stop()
        harness.check(count >= 300, f"only {count} records flowed")
        harness.wait_until(lambda: sum(len(one.records()) for one in everybody) >= count, 60,
                           f"{name}: {count} records to be read")
        for member in members:
            harness.check_equal(member.stop(), 0, "exit status")
        read = [record for member in everybody for record in member.records()]
        harness.check_equal((len(read), len(set(read))), (count, count), "records, different ones")
        check_single_owners(everybody, 0)
    except BaseException:
        for member in everybody:
            harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 2000)}")
        raise
    finally:
        for member in everybody:
            member.close()


def upgrade(tools, directory):
    """From eager to cooperative in Java's two steps, and on to KIP-848."""
    key = "partition.assignment.strategy="
    rolling(tools, directory, "upgrade",
            [(key + "range", *SESSION), (key + "cooperative-sticky,range", *SESSION),
             (key + "cooperative-sticky", *SESSION), ("group.protocol=consumer",)])


MIXED = (("range", "RangeAssignor"), ("cooperative-sticky", "CooperativeStickyAssignor"))


def mixed(tools, directory, name, java_name):
    """Ours, Java's and librdkafka's in one group: they come, share and go, and nothing is owned
    twice."""
    harness.check(shutil.which("kcat"), "kcat is not installed")
    key = "partition.assignment.strategy="
    topic = f"mixed-{name}"
    tools.create(topic, PARTITIONS)
    ours = Ours(directory, f"{topic}-ours", tools.address, topic, topic, key + name, *SESSION)
    java = Java(directory, f"{topic}-java", tools.address, topic, topic, "--assignment-strategy",
                "org.apache.kafka.clients.consumer." + java_name, "--session-timeout", "3000",
                settings=SESSION)
    members = [ours, java]
    try:
        wait_for_shares(members, PARTITIONS, 90, f"{name}: ours and Java's to share")
        check_each_once(members, tools, topic, 200)
        harness.wait_until(java.has_committed, 60, f"{name}: Java's commit of what it has read")
        kcat = Kcat(directory, f"{topic}-kcat", tools.address, topic, topic, key + name, *SESSION)
        members.append(kcat)
        wait_for_shares(members, PARTITIONS, 90, f"{name}: the three to share")
        check_each_once(members, tools, topic, 200)
        harness.wait_until(java.has_committed, 60, f"{name}: Java's commit of what it has read")
        java.stop()
        wait_for_shares([ours, kcat], PARTITIONS, 60, f"{name}: two to take over")
        check_each_once(members, tools, topic, 200)
        kcat.stop()
        wait_for_shares([ours], PARTITIONS, 60, f"{name}: ours to take over")
        harness.check_equal(ours.stop(), 0, "exit status")
        check_single_owners([ours, java], 0.002)
        check_single_owners(members, Kcat.STAMPING_SECONDS)
    except BaseException:
        for member in members:
            harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 2000)}")
        raise
    finally:
        for member in members:
            member.close()


if __name__ == "__main__":
    harness.main()
