"""tools: what broker-lite tells those who watch it: Prometheus' text, the status page, the state in
the log; and who may ask."""
import http.client
import json
import os
import re
import signal
import socket
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402
from peer import Peer, text  # noqa: E402

SAMPLE = re.compile(r'^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (\S+)$')


class Watched(harness.Broker):
    def __init__(self, directory, listener="0", **settings):
        super().__init__(directory, **settings)
        self.settings["metrics.listener"] = listener

    def watch_port(self):
        told = re.search(r"metrics on http://(\S+):(\d+)/metrics", self.process.log())
        harness.check(told, "the log does not say where the metrics are")
        harness.check_equal(told.group(1), "127.0.0.1", "the host")
        return int(told.group(2))

    def get(self, path, method="GET"):
        line = http.client.HTTPConnection("127.0.0.1", self.watch_port(),
                                          timeout=30 * harness.PATIENCE)
        line.request(method, path)
        answer = line.getresponse()
        body = answer.read()
        line.close()
        return answer, body

    def metrics(self):
        answer, body = self.get("/metrics")
        harness.check_equal(answer.status, 200, "status of /metrics")
        harness.check_equal(answer.getheader("Content-Type"),
                            "text/plain; version=0.0.4; charset=utf-8", "content type")
        return parse(body.decode())


def parse(text):
    """Sample -> value. Each family has HELP and TYPE first, and comes once; names have Prometheus'
    endings."""
    samples, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            name, kind = line.split()[2:]
            harness.check(name not in types, f"{name} comes twice")
            harness.check((kind == "counter") == name.endswith("_total"), f"{name} is a {kind}")
            types[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.match(line)
            harness.check(found, f"not a sample: {line}")
            family = re.sub("_(bucket|sum|count)$", "", found.group(1))
            family = family if types.get(family) == "histogram" else found.group(1)
            harness.check(family in types, f"{line} has no family")
            key = found.group(1) + (found.group(2) or "")
            harness.check(key not in samples, f"{key} comes twice")
            samples[key] = float(found.group(3))
    return samples


def check_histogram(samples, name, labels):
    buckets = [value for key, value in samples.items()
               if key.startswith(f"{name}_bucket{{{labels}")]
    harness.check(len(buckets) > 10, f"{name}: {len(buckets)} buckets")
    harness.check(buckets == sorted(buckets), f"{name}: buckets fall: {buckets}")
    total = samples[f"{name}_count{{{labels}}}" if labels else f"{name}_count"]
    harness.check_equal(buckets[-1], total, f"{name}: the last bucket")


@harness.case
def what_is_done_is_counted():
    with harness.scratch() as directory, Watched(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("things", 2)
        tools.produce("things", b"a\nb\nc\nd\ne\n")
        tools.consume("things", "--group", "readers", "--from-beginning", "--max-messages", "5",
                      "--timeout-ms", "30000")
        tools.produce("things", b"f\ng\n")
        refused = tools.run("topics", "--create", "--topic", "things")
        harness.check_equal(refused.code, 1, "making the topic again")
        samples = broker.metrics()
        ends = [samples[f'broker_lite_log_end_offset{{topic="things",partition="{i}"}}']
                for i in (0, 1)]
        harness.check_equal(sum(ends), 7, "end offsets")
        lags = [value for key, value in samples.items()
                if key.startswith('broker_lite_group_lag_records{group="readers",topic="things"')]
        harness.check_equal(sum(lags), 2, "lag")
        harness.check_equal(samples['broker_lite_groups{state="Empty"}'], 1, "empty groups")
        harness.check(samples['broker_lite_requests_total{api="Produce"}'] >= 2, "produced")
        harness.check_equal(samples['broker_lite_request_errors_total{api="CreateTopics",'
                                    'error="TOPIC_ALREADY_EXISTS"}'], 1, "refused topics")
        check_histogram(samples, "broker_lite_request_duration_seconds", 'api="Produce"')
        check_histogram(samples, "broker_lite_loop_busy_seconds", "")
        for name in ("broker_lite_received_bytes_total", "broker_lite_sent_bytes_total",
                     "broker_lite_connections_accepted_total"):
            harness.check(samples[name + '{listener="PLAINTEXT"}'] > 0, f"{name} counts nothing")
        harness.check(samples["process_resident_memory_bytes"] > 1 << 20, "memory")
        harness.check(samples["broker_lite_logs_bytes"] >= sum(
            value for key, value in samples.items()
            if key.startswith('broker_lite_log_size_bytes{topic="things"')) > 0, "log sizes")
        broker.stop()


def fetch(topic, size_max):
    """Body of Fetch version 4: the only partition from its beginning."""
    body = struct.pack(">iiiib", -1, 0, 1, size_max, 0) + struct.pack(">i", 1) + text(topic)
    return body + struct.pack(">iiqi", 1, 0, 0, size_max)


@harness.case
def each_fetch_is_counted():
    """What is copied into the answer, and what goes out of the file itself."""
    with harness.scratch() as directory, Watched(directory) as broker:
        tools = harness.Tools(broker.address)
        for topic, size in (("small", 10), ("large", 500000)):
            tools.create(topic)
            tools.produce(topic, b"x" * size + b"\n")
            with Peer(broker) as peer:
                for _ in range(3):
                    answer = peer.ask(1, 4, fetch(topic, 1 << 20))
                    harness.check(len(answer) > size, f"{len(answer)} bytes of {topic}")
            samples = broker.metrics()
            done = 3 if topic == "small" else 6
            harness.check_equal(samples['broker_lite_requests_total{api="Fetch"}'], done,
                                f"fetches after {topic}")
            check_histogram(samples, "broker_lite_request_duration_seconds", 'api="Fetch"')
        broker.stop()


@harness.case
def counters_only_rise():
    with harness.scratch() as directory, Watched(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("things")
        before = broker.metrics()
        tools.produce("things", b"a\n")
        after = broker.metrics()
        for key, value in before.items():
            if key.split("{")[0].endswith(("_total", "_bucket", "_count", "_sum")):
                harness.check(after[key] >= value, f"{key} fell from {value} to {after[key]}")
        key = 'broker_lite_received_bytes_total{listener="PLAINTEXT"}'
        harness.check(after[key] > before[key], "nothing was received")
        broker.stop()


@harness.case
def status_is_for_people():
    with harness.scratch() as directory, Watched(directory) as broker:
        tools = harness.Tools(broker.address)
        tools.create("things", 3)
        answer, body = broker.get("/status")
        harness.check_equal(answer.getheader("Content-Type"), "application/json", "content type")
        harness.check(body.count(b"\n") > 20, "it is all in one line")
        status = json.loads(body)
        harness.check_equal(status["state"], "ready", "state")
        harness.check_equal(status["controller"], 1, "controller")
        harness.check_equal(status["logs"]["partitions"], 3, "partitions")
        harness.check_equal(status["listeners"][0]["port"], broker.port, "port")
        harness.check_equal(status["requests"]["CreateTopics"]["count"], 1, "topics created")
        broker.stop()


@harness.case
def a_signal_tells_the_state_in_the_log():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        broker.process.child.send_signal(signal.SIGUSR1)
        harness.wait_until(lambda: '"groups":' in broker.process.log(), 10, "the state in the log")
        harness.check('"state": "ready"' in broker.process.log(), broker.process.log())
        broker.stop()


@harness.case
def only_reading_is_served():
    with harness.scratch() as directory, Watched(directory) as broker:
        answer, body = broker.get("/metrics", "POST")
        harness.check_equal(answer.status, 405, "POST")
        harness.check_equal(answer.getheader("Allow"), "GET, HEAD", "Allow")
        answer, body = broker.get("/elsewhere")
        harness.check_equal(answer.status, 404, "another path")
        harness.check(b"/metrics /status" in body, f"{body} names no page that there is")
        answer, body = broker.get("/metrics", "HEAD")
        harness.check_equal((answer.status, body), (200, b""), "HEAD")
        harness.check(int(answer.getheader("Content-Length")) > 1000, "HEAD's length")
        broker.stop()


@harness.case
def s32_nobody_else_reaches_it():
    """Off unless asked for; a port alone is this machine's; to others it must be opened by name,
    and the log says that anybody may read."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.check("metrics on" not in broker.process.log(), "it is open unasked")
        broker.stop()
    with harness.scratch() as directory, Watched(directory) as broker:
        with open(f"/proc/{broker.process.child.pid}/net/tcp", encoding="ascii") as table:
            listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
        port = f"{broker.watch_port():04X}"
        harness.check_equal([place for place in listening if place.endswith(":" + port)],
                            ["0100007F:" + port], "where it listens")
        harness.check("open to all" not in broker.process.log(), "a warning without reason")
        broker.stop()
    with harness.scratch() as directory, Watched(directory, "0.0.0.0:0") as broker:
        harness.check("is open to all who reach it" in broker.process.log(), "no warning")
        broker.stop()


def status_for(broker, host):
    """Of a request that says this host; None: an old one that says none."""
    head = f"GET /status HTTP/1.1\r\nHost: {host}\r\n" if host is not None else \
        "GET /status HTTP/1.0\r\n"
    with socket.create_connection(("127.0.0.1", broker.watch_port()),
                                  timeout=30 * harness.PATIENCE) as line:
        line.sendall((head + "Connection: close\r\n\r\n").encode())
        return int(line.makefile("rb").readline().split()[1])


@harness.case
def s32_names_that_are_made_to_lead_here():
    """A stranger's page in a browser on this machine reaches 127.0.0.1 under a name of its own."""
    with harness.scratch() as directory, Watched(directory) as broker:
        for host in ("localhost", "LOCALHOST:9102", "127.0.0.1", "127.0.0.1:9102", "[::1]:9102",
                     "10.1.2.3", None):
            harness.check_equal(status_for(broker, host), 200, f"status for {host}")
        for host in ("evil.example", "evil.example:9102", "localhost.evil.example", "127.0.0.1.x",
                     "x" * 5000, "127.0.0.1@evil.example", ""):
            harness.check_equal(status_for(broker, host), 421, f"status for {host[:30]}")
        broker.stop()
    with harness.scratch() as directory, Watched(directory, "0.0.0.0:0") as broker:
        port = int(re.search(r"metrics on http://\S+:(\d+)/metrics", broker.process.log()).group(1))
        broker.watch_port = lambda: port
        harness.check_equal(status_for(broker, "broker.example"), 200, "status by a name")
        broker.stop()


@harness.case
def bad_peers_do_no_harm():
    with harness.scratch() as directory, Watched(directory) as broker:
        port = broker.watch_port()
        lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
        for line in lines[:8]:
            line.sendall(b"\x00\x01\xff" * 30000)
        for line in lines:
            line.close()
        harness.wait_until(lambda: can_get(broker), 30, "a page after bad peers")
        harness.Tools(broker.address).create("things")
        broker.stop()


def can_get(broker):
    try:
        return broker.get("/status")[0].status == 200
    except (OSError, http.client.HTTPException):
        return False


@harness.case
def a_taken_port_is_named():
    with harness.scratch() as directory, socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        broker = Watched(directory, address)
        result = harness.run(broker.command())
        told = result.err.decode()
        harness.check_equal(result.code, 1, "exit status")
        harness.check("metrics.listener" in told and address in told and "in use" in told, told)
    for bad in ("nonsense", "1.2.3.4:", "localhost:99999", "http://localhost:1"):
        with harness.scratch() as directory:
            result = harness.run(Watched(directory, bad).command() + ["--check-config"])
            harness.check_equal(result.code, 1, f"exit status of {bad}")
            harness.check(bad in result.err.decode() and "HOST:PORT" in result.err.decode(),
                          result.text())


if __name__ == "__main__":
    harness.main()
