"""interop: members of a group killed and started again at random while records flow, against Apache
Kafka: every record is read at least once, no partition has two owners.

    churn.py SECONDS MEMBERS     for each protocol; the seed is printed, $KC_SEED replays it
"""
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import kafka  # noqa: E402
from groups import Ours, check_single_owners, wait_for_shares  # noqa: E402

PARTITIONS = 12
SESSION = "session.timeout.ms=6000", "heartbeat.interval.ms=500"
PROTOCOLS = {
    "eager": ("partition.assignment.strategy=range", *SESSION),
    "cooperative": ("partition.assignment.strategy=cooperative-sticky", *SESSION),
    "next": ("group.protocol=consumer",),
}


def churn(tools, directory, name, settings, seconds, count, rng):
    topic = f"churn-{name}"
    tools.create(topic, PARTITIONS)
    everybody, produced = [], 0

    def start():
        member = Ours(directory, f"{topic}-{len(everybody)}", tools.address, topic, topic,
                      *settings)
        everybody.append(member)
        return member
    members = [start() for _ in range(count)]
    try:
        wait_for_shares(members, PARTITIONS, 60, f"{name}: the group to share")
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            tools.produce(topic, b"".join(b"%d\n" % (produced + i) for i in range(500)))
            produced += 500
            place = rng.randrange(count)
            if rng.random() < 0.5:
                members[place].kill()
            else:
                harness.check_equal(members[place].stop(), 0, "exit status of who left")
            members[place] = start()
        wait_for_shares(members, PARTITIONS, 120, f"{name}: the group to settle")

        def values():
            return {line.split(" ")[4] for member in everybody for line in member.lines()
                    if line.split(" ")[1] == "record"}
        harness.wait_until(lambda: len(values()) == produced, 60,
                           f"{name}: all of {produced} records to be read")
        check_single_owners(everybody, 0)
        harness.note(f"{name}: {produced} records, {len(everybody)} members in turn")
    except BaseException:
        for member in everybody[-count:]:
            harness.note(f"{member.name}:\n{harness.shorten(member.process.log(), 2000)}")
        raise
    finally:
        for member in everybody:
            member.close()


def main(seconds, count):
    seed = int(os.environ.get("KC_SEED") or random.randrange(1 << 32))
    harness.note(f"seed {seed}")

    @harness.case
    def every_record_is_read_and_nothing_is_owned_twice():
        rng = random.Random(seed)
        with harness.scratch() as directory, kafka.Node(directory) as node:
            for name, settings in PROTOCOLS.items():
                churn(harness.Tools(node.address), directory, name, settings, seconds, count, rng)
    sys.argv[1:] = []
    harness.main()


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
