"""tests: record batches (format 2) by hand, right or wrong in any place; and compressed content
that unpacks to far more than it takes. Python standard library only."""
import struct
import zlib

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)


def crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def varint(value):
    value = value << 1 ^ value >> 63
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def record(value, delta=0):
    """No key, no headers."""
    body = b"\0" + varint(0) + varint(delta) + varint(-1) + varint(len(value)) + value + varint(0)
    return varint(len(body)) + body


def records(count):
    return b"".join(record(b"v%d" % i, i) for i in range(count))


FIELDS = {"base_offset": "q", "length": "i", "leader_epoch": "i", "magic": "b", "crc": "I",
          "attributes": "h", "last_offset_delta": "i", "base_timestamp": "q", "max_timestamp": "q",
          "producer_id": "q", "producer_epoch": "h", "base_sequence": "i", "count": "i"}


def batch(content, number=1, **bent):
    """Any field of the header by its name; length and CRC are right unless they are given."""
    fields = {"base_offset": 0, "leader_epoch": -1, "magic": 2, "attributes": 0,
              "last_offset_delta": number - 1, "base_timestamp": 1000, "max_timestamp": 1000,
              "producer_id": -1, "producer_epoch": -1, "base_sequence": -1, "count": number}
    fields.update(bent)
    names = list(FIELDS)
    after_crc = names[names.index("crc") + 1:]
    tail = b"".join(struct.pack(">" + FIELDS[name], fields[name]) for name in after_crc) + content
    fields.setdefault("crc", crc32c(tail))
    fields.setdefault("length", 4 + 1 + 4 + len(tail))
    head = [name for name in names if name not in after_crc]
    return b"".join(struct.pack(">" + FIELDS[name], fields[name]) for name in head) + tail


# ---- what unpacks to much ----

def record_around(size):
    """What comes before and after the `size` bytes of zero that are one record's value."""
    body = b"\0" + varint(0) + varint(0) + varint(-1) + varint(size)
    return varint(len(body) + size + 1) + body, varint(0)


def gzip_bomb(size):
    before, after = record_around(size)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    out, piece = [packer.compress(before)], bytes(1 << 20)
    for _ in range(size >> 20):
        out.append(packer.compress(piece))
    return b"".join(out + [packer.compress(bytes(size & (1 << 20) - 1) + after), packer.flush()])


def zstd_frame(blocks, window_log):
    """Blocks: (type, size, bytes); 0 is as it stands, 1 one byte repeated."""
    out = b"\x28\xb5\x2f\xfd\x00" + bytes([window_log - 10 << 3])
    for number, (kind, size, content) in enumerate(blocks, 1):
        out += struct.pack("<I", size << 3 | kind << 1 | (number == len(blocks)))[:3] + content
    return out


def zstd_bomb(size):
    before, after = record_around(size)
    step = 128 << 10
    middle = [(1, step, b"\0")] * (size // step)
    return zstd_frame([(0, len(before), before)] + middle
                      + [(0, size % step + 1, bytes(size % step) + after)], 23)


def rotated(value, bits):
    return (value << bits | value >> 32 - bits) & 0xFFFFFFFF


def xxh32_short(data):
    """Of fewer than 4 bytes."""
    primes = (2654435761, 2246822519, 3266489917, 668265263, 374761393)
    value = primes[4] + len(data)
    for byte in data:
        value = rotated(value + byte * primes[4] & 0xFFFFFFFF, 11) * primes[0] & 0xFFFFFFFF
    value = (value ^ value >> 15) * primes[1] & 0xFFFFFFFF
    value = (value ^ value >> 13) * primes[2] & 0xFFFFFFFF
    return value ^ value >> 16


def lz4_run(size):
    """A block of zeros: one literal, one long match, five literals."""
    match = size - 1 - 5 - 4 - 15
    return b"\x1f\0\x01\0" + b"\xff" * (match // 255) + bytes([match % 255]) + b"\x50" + bytes(5)


def lz4_bomb(size):
    before, after = record_around(size)
    step = 4 << 20
    flags = b"\x60\x70"  # version 1, blocks stand alone, of 4 MiB
    out = b"\x04\x22\x4d\x18" + flags + bytes([xxh32_short(flags) >> 8 & 255])
    plain = 1 << 31
    out += struct.pack("<I", plain | len(before)) + before
    run = lz4_run(step)
    out += (struct.pack("<I", len(run)) + run) * (size // step)
    rest = bytes(size % step) + after
    return out + struct.pack("<I", plain | len(rest)) + rest + bytes(4)


def snappy_claim(size):
    """Says that it has so many bytes, and has none."""
    claimed = b""
    while size > 127:
        claimed += bytes([size & 127 | 128])
        size >>= 7
    return claimed + bytes([size]) + b"\x00a"


def snappy_stream(blocks):
    """As Java's library frames it."""
    return b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1) + b"".join(
        struct.pack(">i", len(block)) + block for block in blocks)
