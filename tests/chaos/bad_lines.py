"""chaos: lines that no one expects on console-producer's standard input. Each gives a clear error
with exit status 1, or the exact bytes back."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

# Without newline and carriage return, which end a line.
EVERY_BYTE = bytes(range(10)) + bytes(range(11, 13)) + bytes(range(14, 256))


def case_with_broker(function):
    def wrapped():
        with harness.scratch() as directory, harness.Broker(directory) as broker:
            tools = harness.Tools(broker.address)
            tools.create("lines")
            function(tools)
            broker.stop()
    wrapped.__name__ = function.__name__
    return harness.case(wrapped)


def back(tools, count):
    return tools.consume("lines", "--from-beginning", "--max-messages", str(count),
                         "--timeout-ms", "30000")


@case_with_broker
def every_byte_comes_back(tools):
    data = (EVERY_BYTE + b"\n" + EVERY_BYTE[::-1] + b"\n") * 50
    tools.produce("lines", data)
    harness.check(back(tools, 100) == data, "other bytes came back")


@case_with_broker
def empty_lines_are_records(tools):
    data = b"\n\na\n\n\nb\n\n"
    tools.produce("lines", data)
    harness.check_equal(back(tools, 7), data, "lines")


@case_with_broker
def carriage_return_before_newline_goes(tools):
    """As Kafka's reader does; anywhere else it is a byte like others."""
    tools.produce("lines", b"a\r\n\r\nb\rc\r\n")
    harness.check_equal(back(tools, 3), b"a\n\nb\rc\n", "lines")


@case_with_broker
def last_line_without_newline(tools):
    tools.produce("lines", b"a\nlast")
    harness.check_equal(back(tools, 2), b"a\nlast\n", "lines")


@case_with_broker
def line_as_long_as_allowed(tools):
    line = b"x" * 1000000 + b"\n"
    tools.produce("lines", line + b"y\n" + line)
    harness.check(back(tools, 3) == line + b"y\n" + line, "other bytes came back")


def refused(tools, source):
    result = tools.run("console-producer", "--topic", "lines", stdin=source, seconds=60)
    told = result.err.decode(errors="replace")
    harness.check_equal(result.code, 1, f"exit status\n{result.text()}")
    harness.check("max.request.size" in told, f"max.request.size is not named: {told}")
    harness.check(len(told) < 4000, f"{len(told)} bytes of error text")


@case_with_broker
def line_over_max_request_size(tools):
    refused(tools, b"first\n" + b"x" * 1100000 + b"\n")
    harness.check_equal(back(tools, 1), b"first\n", "what was sent before")


@case_with_broker
def hundred_megabytes_without_newline(tools):
    with harness.scratch() as directory:
        path = os.path.join(directory, "long")
        with open(path, "wb") as file:
            for _ in range(100):
                file.write(b"x" * 1000000)
        with open(path, "rb") as file:
            refused(tools, file)


if __name__ == "__main__":
    harness.main()
