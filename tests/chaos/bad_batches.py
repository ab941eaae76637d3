"""chaos: produced batches that lie, and batches that unpack to far more than they are. Each is
refused with an error to its sender, whose connection goes on; nothing is appended, and the broker's
memory stays within a bound. Rows of the security bar: S08 to S11."""
import gzip
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import batch  # noqa: E402
import harness  # noqa: E402
from peer import Peer  # noqa: E402

CORRUPT, TOO_LARGE, OUT_OF_ORDER, FENCED, INVALID = 2, 10, 45, 47, 87
INT_MAX = 2**31 - 1
PEAK_GROWTH_MAX_KIB = 64 * 1024
TEN = batch.records(10)


def ten(**bent):
    return batch.batch(TEN, 10, **bent)


def with_varint(value):
    """A record whose length is this."""
    return batch.batch(value + batch.record(b"v")[1:])


LIES = {
    # S08
    "varint_without_end": (with_varint(b"\xff" * 5), {INVALID}),
    "varint_of_six_bytes": (with_varint(b"\x80" * 5 + b"\x01"), {INVALID}),
    "varint_negative": (with_varint(b"\x01"), {INVALID}),
    "varint_past_the_batch": (with_varint(b"\xfe\xff\xff\xff\x0f"), {INVALID}),
    "garbage_behind_the_records": (batch.batch(TEN + b"garbage", 10), {INVALID}),
    "headers_without_end": (batch.batch(b"\x1c\0\0\0\x01\x02v\xfe\xff\xff\xff\x0f\0\0\0"),
                            {INVALID}),
    # S09
    "length_negative": (ten(length=-1), {CORRUPT, INVALID}),
    "length_zero": (ten(length=0), {CORRUPT, INVALID}),
    "length_huge": (ten(length=INT_MAX), {CORRUPT, INVALID}),
    "length_of_a_part": (ten(length=60), {CORRUPT, INVALID}),
    "count_negative": (ten(count=-1), {INVALID}),
    "count_zero": (ten(count=0), {INVALID}),
    "count_huge": (ten(count=INT_MAX, last_offset_delta=INT_MAX - 1), {INVALID}),
    "last_offset_huge": (ten(last_offset_delta=INT_MAX), {INVALID}),
    "last_offset_negative": (ten(last_offset_delta=-1), {INVALID}),
    "cut_within_the_header": (ten()[:40], {CORRUPT, INVALID}),
    "cut_within_the_records": (ten()[:-3], {CORRUPT, INVALID}),
    "nothing": (b"", {CORRUPT, INVALID}),
    "null": (None, {CORRUPT, INVALID}),
    "two_batches": (ten() + ten(), {INVALID}),
    # S10
    "crc_wrong": (ten(crc=1), {CORRUPT}),
    "magic_0": (ten(magic=0), {CORRUPT, INVALID}),
    "magic_1": (ten(magic=1), {CORRUPT, INVALID}),
    "magic_3": (ten(magic=3), {CORRUPT, INVALID}),
    "magic_negative": (ten(magic=-1), {CORRUPT, INVALID}),
    "sequence_negative": (ten(producer_id=7, producer_epoch=0, base_sequence=-1), {INVALID}),
    "epoch_negative": (ten(producer_id=8, producer_epoch=-1, base_sequence=0), {INVALID, 47}),
    "control_batch": (batch.batch(batch.record(b"\0\0\0\0\0\1"), attributes=0x20), {INVALID}),
    "control_and_transactional": (batch.batch(batch.record(b""), attributes=0x30), {53}),
    "transactional_without_id": (ten(attributes=0x10, producer_id=7, producer_epoch=0,
                                     base_sequence=0), {53, INVALID}),
    "log_append_time": (ten(attributes=0x08), {32}),
    "offset_gap": (batch.batch(batch.record(b"a", 0) + batch.record(b"b", 2), 2), {INVALID}),
    "offset_back": (batch.batch(batch.record(b"a", 1) + batch.record(b"b", 0), 2), {INVALID}),
    "codec_unknown": (ten(attributes=7), {INVALID, 76}),
    "codec_of_plain_records": (ten(attributes=batch.LZ4), {INVALID, CORRUPT}),
}


def check_refused(peer, broker, name, records, codes):
    before = peer.end_offset("t")
    err, _ = peer.produced("t", records)
    harness.check(err in codes, f"{name}: error {err}, not one of {codes}")
    harness.check_equal(peer.end_offset("t"), before, f"{name}: the end of the log")
    harness.check(broker.process.alive(), f"{name}: the broker is gone")


@harness.case
def s08_s09_s10_batches_that_lie():
    """All over one connection, with a good batch after each; and all again over the log's end."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("t")
        with Peer(broker) as peer:
            harness.check_equal(peer.produced("t", ten()), (0, 0), "the good batch's place")
            broker.process.forget_peak()
            before = broker.process.rss_kib()
            for number, (name, (records, codes)) in enumerate(LIES.items(), 1):
                check_refused(peer, broker, name, records, codes)
                harness.check_equal(peer.produced("t", ten()), (0, 10 * number),
                                    f"the place of a good batch after {name}")
            grown = broker.process.peak_kib() - before
            harness.note(f"{len(LIES)} lies: {grown} KiB more at most")
            harness.check(grown < 8 * 1024, f"the broker grew by {grown} KiB")
        broker.stop()
        broker.start()  # what is on disk is what was answered
        with Peer(broker) as peer:
            harness.check_equal(peer.end_offset("t"), 10 * len(LIES) + 10, "the end after a start")


@harness.case
def s10_sequences_out_of_order():
    """A gap is refused; what is sent again is answered with its first place, and is there once."""
    with harness.scratch() as directory, harness.Broker(directory) as broker:
        harness.Tools(broker.address).create("t")
        with Peer(broker) as peer:
            def send(sequence, epoch=0):
                return peer.produced("t", ten(producer_id=7, producer_epoch=epoch,
                                              base_sequence=sequence))
            for number in range(5):
                harness.check_equal(send(10 * number), (0, 10 * number), "a batch in order")
            harness.check_equal(send(60)[0], OUT_OF_ORDER, "the error of a gap")
            harness.check_equal(send(45)[0], OUT_OF_ORDER, "the error of a part")
            harness.check_equal(send(0), (0, 0), "the place of a repeated batch")
            harness.check_equal(send(40), (0, 40), "the place of a repeated batch")
            harness.check_equal(send(INT_MAX)[0], OUT_OF_ORDER, "the error of the last sequence")
            harness.check_equal(send(0, 1), (0, 50), "the place under a new epoch")
            harness.check_equal(send(50)[0], FENCED, "the error of the old epoch")
            harness.check_equal(peer.end_offset("t"), 60, "the end of the log")
            harness.check_equal(peer.produced("t", ten()), (0, 60), "a good batch's place")


def bomb_case(name, codec, make, codes, **settings):
    def bomb():
        with harness.scratch() as directory, harness.Broker(directory) as broker:
            harness.Tools(broker.address).create("t", 1, *[
                word for setting in settings.items() for word in
                ("--config", f"{setting[0].replace('_', '.')}={setting[1]}")])
            records = batch.batch(make(), attributes=codec)
            harness.check(len(records) < 1048588, f"{len(records)} bytes are no bomb")
            with Peer(broker) as peer, Peer(broker) as other:
                harness.check_equal(peer.produced("t", ten())[0], 0, "a good batch")
                broker.process.forget_peak()
                before = broker.process.rss_kib()
                started = time.monotonic()
                for _ in range(3):
                    check_refused(peer, broker, name, records, codes)
                    other.end_offset("t")
                seconds = time.monotonic() - started
                grown = broker.process.peak_kib() - before
                harness.note(f"{len(records)} bytes: {grown} KiB more at most, "
                             f"{1000 * seconds / 3:.0f} ms each")
                harness.check(grown <= PEAK_GROWTH_MAX_KIB, f"it grew by {grown} KiB")
                harness.check_equal(peer.produced("t", ten())[0], 0, "a good batch after it")
                harness.check(broker.process.rss_kib() - before < 8 * 1024, "it keeps its memory")
    bomb.__name__ = "s11_" + name
    harness.case(bomb)


MIB = 1 << 20
MUCH = {TOO_LARGE, INVALID}
bomb_case("gzip", batch.GZIP, lambda: batch.gzip_bomb(512 * MIB), MUCH)
bomb_case("lz4", batch.LZ4, lambda: batch.lz4_bomb(240 * MIB), MUCH)
bomb_case("zstd", batch.ZSTD, lambda: batch.zstd_bomb(1024 * MIB), MUCH)
bomb_case("zstd_for_a_topic_of_gzip", batch.ZSTD, lambda: batch.zstd_bomb(1024 * MIB), MUCH,
          compression_type="gzip")
bomb_case("zstd_window", batch.ZSTD, lambda: batch.zstd_frame([(0, 4, b"\0" * 4)], 36), MUCH)
bomb_case("snappy_claim", batch.SNAPPY, lambda: batch.snappy_claim(2**32 - 1), MUCH)
bomb_case("snappy_claims_framed", batch.SNAPPY,
          lambda: batch.snappy_stream([batch.snappy_claim(2**32 - 1)] * 1000), MUCH)
bomb_case("snappy_block_without_end", batch.SNAPPY,
          lambda: batch.snappy_stream([])[:-1] + b"\x01" + struct.pack(">i", INT_MAX), MUCH)
bomb_case("gzip_in_gzip", batch.GZIP, lambda: gzip.compress(batch.gzip_bomb(512 * MIB)), MUCH)


if __name__ == "__main__":
    harness.main()
