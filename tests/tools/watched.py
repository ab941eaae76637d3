"""tools: programs over the public headers that watch the library at work, against broker-lite."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402


@harness.case
def messages_interceptors_and_hooks():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        program = os.path.join(harness.BUILD, "tests", "tools", "watched")
        result = harness.run_ok([program], environment={"BOOTSTRAP_SERVERS": broker.address})
        harness.check_equal(result.out, b"good\n", "what the program prints")


if __name__ == "__main__":
    harness.main()
