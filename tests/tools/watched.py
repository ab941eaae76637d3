"""tools: programs over the public headers that watch the library at work, against broker-lite."""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import harness  # noqa: E402

RECORDS = 1000
EPOCH = 0  # of the leader, as the program commits it
# librdkafka's names (STATISTICS.md) of what is counted here, too.
TOP = ("name client_id type ts time age msg_cnt msg_size msg_size_max metadata_cache_cnt tx "
       "tx_bytes rx rx_bytes txmsgs txmsg_bytes rxmsgs rxmsg_bytes brokers topics").split()
BROKER = ("name nodeid nodename source state stateage outbuf_cnt outbuf_msg_cnt "
          "waitresp_cnt waitresp_msg_cnt tx txbytes txerrs txidle "
          "txretries req_timeouts rx rxbytes rxerrs rxcorriderrs rxidle connects disconnects "
          "int_latency outbuf_latency rtt throttle req toppars").split()
WINDOW = "min max avg sum cnt stddev hdrsize p50 p75 p90 p95 p99 p99_99 outofrange".split()
PARTITION = ("partition broker leader leader_epoch unknown txmsgs txbytes rxmsgs "
             "rxbytes").split()
WRITING = ("msgq_cnt msgq_bytes xmit_msgq_cnt xmit_msgq_bytes msgs_inflight "
           "next_ack_seq").split()


READING = ("desired fetch_state fetchq_cnt fetchq_size query_offset next_offset app_offset "
           "stored_offset stored_leader_epoch committed_offset committed_leader_epoch "
           "eof_offset msgs lo_offset hi_offset ls_offset consumer_lag consumer_lag_stored").split()
GROUP = ("state stateage join_state rebalance_age rebalance_cnt rebalance_reason "
         "assignment_size").split()


def run(broker, name):
    program = os.path.join(harness.BUILD, "tests", "tools", name)
    return harness.run_ok([program], environment={"BOOTSTRAP_SERVERS": broker.address}).out


def check_names(found, wanted, what):
    missing = sorted(set(wanted) - set(found))
    harness.check(not missing, f"{what} lacks {missing}")


def check_shape(told, kind):
    check_names(told, TOP, kind)
    harness.check_equal((told["type"], told["client_id"]), (kind, 'counting "client"'), "who")
    harness.check(any(broker["nodeid"] >= 0 for broker in told["brokers"].values()), "no broker")
    for name, broker in told["brokers"].items():
        check_names(broker, BROKER, name)
        harness.check_equal(broker["name"], name, "a broker's name")
        harness.check(broker["tx"] == sum(broker["req"].values()), "requests by name")
        for window in ("int_latency", "outbuf_latency", "rtt", "throttle"):
            check_names(broker[window], WINDOW, window)
    for field, of_broker in (("tx", "tx"), ("rx", "rx"), ("tx_bytes", "txbytes")):
        harness.check_equal(told[field], sum(broker[of_broker]
                                             for broker in told["brokers"].values()), field)
    topic = told["topics"]["counted"]
    partition = topic["partitions"]["0"]
    if not partition["unknown"]:
        harness.check(0 <= topic["metadata_age"] <= told["age"] / 1000, "age of the metadata")
        harness.check_equal(told["metadata_cache_cnt"], 1, "topics in the metadata")
    check_names(partition, PARTITION, "partition")
    return partition


def check_member(member, former):
    """600 records polled, 500 committed, the rest fetched; then unsubscribed."""
    partition = check_shape(member, "consumer")
    check_names(partition, READING, "partition")
    check_names(member["cgrp"], GROUP, "cgrp")
    polled, committed = RECORDS * 6 // 10, RECORDS // 2
    harness.check_equal((partition["unknown"], partition["broker"]), (False, 1), "unknown")
    found = {name: partition[name] for name in READING if not name.startswith("fetchq_")}
    harness.check_equal(found, {
        "desired": True, "fetch_state": "active", "query_offset": -1001,
        "committed_leader_epoch": EPOCH, "stored_leader_epoch": EPOCH, "eof_offset": -1001,
        "msgs": RECORDS, "next_offset": RECORDS,
        "app_offset": polled, "stored_offset": polled, "committed_offset": committed,
        "lo_offset": 0, "hi_offset": RECORDS, "ls_offset": RECORDS,
        "consumer_lag": RECORDS - committed,
        "consumer_lag_stored": RECORDS - polled}, "the partition")
    group = member["cgrp"]
    harness.check_equal((group["state"], group["join_state"], group["rebalance_cnt"],
                         group["assignment_size"]), ("up", "steady", 1, 1), "the group")
    harness.check(group["rebalance_age"] >= 0 and group["stateage"] >= 0, f"ages: {group}")
    harness.check(group["rebalance_reason"], "no reason")
    partition = check_shape(former, "consumer")
    harness.check_equal((partition["fetch_state"], partition["consumer_lag"],
                         partition["committed_offset"], partition["desired"]),
                        ("none", -1, committed, False), "given back")
    harness.check_equal(former["cgrp"]["assignment_size"], 0, "assignment")


@harness.case
def messages_interceptors_and_hooks():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.check_equal(run(broker, "watched"), b"good\n", "what the program prints")


@harness.case
def statistics():
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        lines = run(broker, "statistics").splitlines()
        harness.check_equal(len(lines), 5, "lines")
        told, later, consumed, member, former = (json.loads(line) for line in lines)
        for producer in (told, later):
            partition = check_shape(producer, "producer")
            harness.check_equal((producer["txmsgs"], producer["rxmsgs"], producer["msg_cnt"]),
                                (RECORDS, 0, 0), "a producer's records")
            check_names(partition, WRITING, "partition")
            harness.check_equal((partition["txmsgs"], partition["leader"]), (RECORDS, 1),
                                "records and leader of the partition")
            identity = producer["eos"]
            harness.check(identity.pop("producer_id") >= 0, "no producer id")
            harness.check_equal(identity, {
                "idemp_state": "Assigned", "txn_state": "Init", "txn_may_enq": False,
                "producer_epoch": 0, "epoch_cnt": 1}, "the producer's identity")
        harness.check(later["ts"] >= told["ts"], "time runs backwards")
        produced = [broker["req"].get("Produce", 0) for broker in later["brokers"].values()]
        harness.check(sum(produced) >= 1, "no Produce request counted")
        partition = check_shape(consumed, "consumer")
        harness.check_equal((consumed["rxmsgs"], partition["rxmsgs"]), (RECORDS, RECORDS), "read")
        harness.check_equal((partition["next_offset"], partition["hi_offset"]),
                            (RECORDS, RECORDS), "offsets")
        harness.check("cgrp" not in consumed, "a group without group.id")
        harness.check("eos" not in consumed, "a consumer with an identity")
        harness.check_equal((partition["app_offset"], partition["committed_offset"],
                             partition["consumer_lag"], partition["consumer_lag_stored"]),
                            (RECORDS, -1, -1, 0), "offsets of a consumer without a group")
        check_member(member, former)


if __name__ == "__main__":
    harness.main()
