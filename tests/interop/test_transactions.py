"""interop: transactions of libclient against a real Apache Kafka.

    test_transactions.py [--long] [CASE...]

--long copies 200 000 records through more crashes instead of 20 000."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
import copying  # noqa: E402
import kafka  # noqa: E402

LONG = "--long" in sys.argv
COUNT, CRASHES = (200000, 25) if LONG else (20000, 6)


def copy(transaction_version):
    features = [f"transaction.version={transaction_version}"]
    with harness.scratch() as directory, kafka.Node(directory, features=features) as node:
        copying.copy_through_crashes(directory, harness.Tools(node.address),
                                     kafka.JavaTools(node.address), COUNT, CRASHES)


@harness.case
def a_copier_that_crashes_copies_exactly_once_with_transaction_version_2():
    copy(2)


@harness.case
def a_copier_that_crashes_copies_exactly_once_with_transaction_version_1():
    copy(1)


@harness.case
def a_second_copier_of_the_same_name_fences_the_first():
    with harness.scratch() as directory, kafka.Node(directory) as node:
        copying.second_copier_takes_over(directory, harness.Tools(node.address))


if __name__ == "__main__":
    if LONG:
        sys.argv.remove("--long")
        harness.cases.pop()
    harness.main()
