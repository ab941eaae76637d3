"""bench: who is measured: libclient, and what there is beside it on this machine.

librdkafka is measured twice: the distribution's, and the newest release, taken from the wheel of
its Python binding on PyPI (which carries the shared object) into a folder of ~/.cache, once."""
import ctypes
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "libclient-tests", "librdkafka-newest")
WHEEL = "confluent-kafka"
FETCH_SECONDS = 300


class Missing(Exception):
    """This peer cannot be measured here; the text says why."""


class Peer:
    """`key` is what cases call it, `engine` the first argument of the C harness."""

    def __init__(self, key, name, engine):
        self.key, self.name, self.engine = key, name, engine


def version_of(path):
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise Missing(f"{path} cannot be loaded: {error}") from error
    library.rd_kafka_version_str.restype = ctypes.c_char_p
    return library.rd_kafka_version_str().decode()


def fetch():
    """The folder with the newest shared object and what it needs."""
    partial = tempfile.mkdtemp(prefix="librdkafka-", dir=os.path.dirname(CACHE))
    try:
        done = subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps",
                               "--only-binary", ":all:", "-d", partial, WHEEL],
                              capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise Missing(f"pip could not fetch {WHEEL}: {lines[-1][:200]}")
        wheels = glob.glob(os.path.join(partial, "*.whl"))
        with zipfile.ZipFile(wheels[0]) as wheel:
            for member in wheel.namelist():
                if ".libs/" in member:
                    wheel.extract(member, partial)
        folders = glob.glob(os.path.join(partial, "*.libs"))
        if not folders:
            raise Missing(f"the wheel of {WHEEL} has no shared object here")
        os.rename(folders[0], CACHE)
    except subprocess.TimeoutExpired as late:
        raise Missing(f"pip did not fetch {WHEEL} within {FETCH_SECONDS} s") from late
    except OSError as error:
        raise Missing(f"{WHEEL}: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def newest():
    if not os.path.isdir(CACHE):
        os.makedirs(os.path.dirname(CACHE), exist_ok=True)
        fetch()
    found = glob.glob(os.path.join(CACHE, "librdkafka*.so*"))
    if not found:
        raise Missing(f"no librdkafka in {CACHE}: remove that folder, and it is fetched again")
    return Peer("newest", f"librdkafka {version_of(found[0])} (newest)", "librdkafka:" + found[0])


def packaged():
    path = "librdkafka.so.1"
    return Peer("packaged", f"librdkafka {version_of(path)} (packaged)", "librdkafka:" + path)


def all_of_them():
    """(peers, reasons why others are missing); libclient is the first."""
    found, missing = [Peer("libclient", "libclient", "libclient"),
                      Peer("many", "libclient, many at a time", "libclient-many")], []
    for find in (packaged, newest):
        try:
            found.append(find())
        except Missing as reason:
            missing.append(f"{find.__name__} librdkafka: {reason}")
    found.append(Peer("bare", "bare loop", "bare"))
    found.append(Peer("loopback", "bytes over loopback", "loopback"))
    return found, missing


def chosen(peers, keys):
    return [peer for key in keys for peer in peers if peer.key == key]
