#!/usr/bin/env python3
"""tests/wire: packs golden vectors, and runs them from the pack.

    pack.py make DIR            vectors.tar.xz from a folder of vectors, without Kafka's error texts
    pack.py run RUNNER FOLDER   unpacks into FOLDER, runs `RUNNER FOLDER`"""
import glob
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile

PACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vectors.tar.xz')


def without_prose(path, data):
    if os.path.basename(path) != 'errors.jsonl':
        return data
    rows = [json.loads(line) for line in data.decode().splitlines()]
    for row in rows:
        row.pop('message', None)
        row.pop('exception', None)
    lines = (json.dumps(row, separators=(',', ':')) for row in rows)
    return '\n'.join(lines).encode() + b'\n'


def make(folder):
    paths = glob.glob(os.path.join(folder, '*', '*.jsonl'))
    paths += glob.glob(os.path.join(folder, '*.tsv'))
    with tarfile.open(PACK, 'w:xz', preset=9) as pack:
        for path in sorted(paths):
            with open(path, 'rb') as file:
                data = without_prose(path, file.read())
            info = tarfile.TarInfo(os.path.relpath(path, folder))
            info.size = len(data)
            pack.addfile(info, io.BytesIO(data))
    return 0


def unpack(folder):
    """Makes the folder anew."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with tarfile.open(PACK) as pack:
        for info in pack:
            path = os.path.join(folder, info.name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                shutil.copyfileobj(pack.extractfile(info), file)


def main():
    if sys.argv[1:2] == ['make'] and len(sys.argv) == 3:
        return make(sys.argv[2])
    if sys.argv[1:2] == ['run'] and len(sys.argv) == 4:
        unpack(sys.argv[3])
        return subprocess.call([sys.argv[2], sys.argv[3]])
    print(__doc__, file=sys.stderr)
    return 1


if __name__ == '__main__':
    sys.exit(main())
