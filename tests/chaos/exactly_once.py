"""chaos: exactly-once copies against broker-lite: the copier is killed, then the broker is."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, os.path.join(HERE, "..", "interop"))
import harness  # noqa: E402
import copying  # noqa: E402


@harness.case
def a_copier_that_crashes_copies_exactly_once():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        tools = harness.Tools(broker.address)
        copying.copy_through_crashes(directory, tools, tools, 60000, 5)
        broker.stop()


@harness.case
def a_copier_whose_broker_crashes_copies_exactly_once():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        copying.copy_through_restarts(directory, broker, harness.Tools(broker.address), 20000, 3)
        broker.stop()


@harness.case
def a_second_copier_of_the_same_name_fences_the_first():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        copying.second_copier_takes_over(directory, harness.Tools(broker.address))
        broker.stop()


if __name__ == "__main__":
    harness.main()
