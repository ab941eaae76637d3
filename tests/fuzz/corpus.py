#!/usr/bin/env python3
"""tests/fuzz: stored inputs, one pack a fuzzer: corpus/NAME.tar.xz.

    corpus.py codec VECTORS             makes the codec's pack from a folder of golden vectors
    corpus.py pack NAME FOLDER          makes a pack from a folder of inputs
    corpus.py run FUZZER NAME FOLDER OPTIONS...
                                        unpacks into FOLDER, runs `FUZZER OPTIONS... FOLDER`"""
import glob
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile

HERE = os.path.dirname(os.path.abspath(__file__))
WIRE = os.path.join(HERE, '..', '..', 'libclient', 'wire')


def write_pack(name, inputs):
    with tarfile.open(os.path.join(HERE, 'corpus', name + '.tar.xz'), 'w:xz', preset=9) as pack:
        for data in sorted(set(inputs)):
            info = tarfile.TarInfo(hashlib.sha256(data).hexdigest()[:16])
            info.size = len(data)
            pack.addfile(info, io.BytesIO(data))


def codec_inputs(folder):
    """Every instance of the oldest and the newest version of each message."""
    sys.path.insert(0, WIRE)
    import schema
    parser = schema.load(os.path.join(WIRE, 'schema'))
    messages = {message.name: message for message in parser.messages}
    stored = [message.name for message in parser.messages
              if message.kind not in ('request', 'response')]
    for path in sorted(glob.glob(os.path.join(folder, '*', '*.jsonl'))):
        with open(path, encoding='utf-8') as file:
            rows = [json.loads(line) for line in file]
        for row in rows:
            if 'api' in row:
                head = (('request', 'response').index(row['kind']), row['key'])
                message = messages[row['api'] + row['kind'].capitalize()]
            elif 'schema' in row:
                head = (2, stored.index(row['schema']))
                message = messages[row['schema']]
            else:
                continue
            if row['version'] in message.versions:
                head += (row['version'] - message.versions[0],)
                yield bytes(head) + bytes.fromhex(row['body'])


def folder_inputs(folder):
    for path in glob.glob(os.path.join(folder, '*')):
        with open(path, 'rb') as file:
            yield file.read()


def run(fuzzer, name, folder, options):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with tarfile.open(os.path.join(HERE, 'corpus', name + '.tar.xz')) as pack:
        for info in pack:
            with open(os.path.join(folder, os.path.basename(info.name)), 'wb') as file:
                shutil.copyfileobj(pack.extractfile(info), file)
    return subprocess.call([fuzzer] + options + [folder])


def main(words):
    if words[:1] == ['codec'] and len(words) == 2:
        write_pack('codec', codec_inputs(words[1]))
    elif words[:1] == ['pack'] and len(words) == 3:
        write_pack(words[1], folder_inputs(words[2]))
    elif words[:1] == ['run'] and len(words) >= 4:
        return run(words[1], words[2], words[3], words[4:])
    else:
        print(__doc__, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
