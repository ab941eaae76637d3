#!/usr/bin/env python3
"""tests/wire: the generator's golden tests: golden/good gives exactly the expected header and
tables, each file of golden/bad fails with the line and the words of its first comment.

    test_gen.py            checks
    test_gen.py refresh    makes the expected files anew, to be read before they are committed"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GEN = os.path.join(HERE, '..', '..', 'libclient', 'wire', 'gen.py')
GOOD = os.path.join(HERE, 'golden', 'good')
BAD = os.path.join(HERE, 'golden', 'bad')
OUTPUTS = ('messages.h', 'tables.c')


def generate(schema, folder):
    paths = [os.path.join(folder, name) for name in OUTPUTS]
    return subprocess.run([sys.executable, '-B', GEN, '--schema', schema, '--header', paths[0],
                           '--tables', paths[1], '--depfile', os.path.join(folder, 'depfile')],
                          capture_output=True, text=True, check=False)


def read(*parts):
    with open(os.path.join(*parts), encoding='utf-8') as file:
        return file.read()


class Generator(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def bad_schema(self, name, text, errors=None):
        schema = os.path.join(self.folder, 'schema')
        shutil.rmtree(schema, ignore_errors=True)
        os.makedirs(schema)
        for path, content in ((name, text), ('errors.tsv', errors or read(GOOD, 'errors.tsv'))):
            with open(os.path.join(schema, path), 'w', encoding='utf-8') as file:
                file.write(content)
        return schema

    def test_good(self):
        done = generate(GOOD, self.folder)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for name in OUTPUTS:
            self.assertEqual(read(self.folder, name), read(GOOD, name + '.expected'), name)
        for name in ('00_sample.msg', 'stored.msg', 'errors.tsv', 'schema.py'):
            self.assertIn(name, read(self.folder, 'depfile'))

    def test_bad(self):
        names = sorted(os.listdir(BAD))
        self.assertGreater(len(names), 20)
        for name in names:
            with self.subTest(name):
                text = read(BAD, name)
                schema = self.bad_schema(name, text)
                done = generate(schema, self.folder)
                expected = text.split('\n')[0][2:]
                self.assertEqual(done.stderr, '%s:%s\n' % (os.path.join(schema, name), expected))
                self.assertEqual(done.returncode, 1)

    def test_bad_errors(self):
        cases = (('-1\tUNKNOWN\t0\t0\n', '1: 4 columns instead of 5'),
                 ('-1\tUNKNOWN\t0\t0\tA text\n1\tNEXT\t0\t0\tB text\n',
                  '2: code 1 where 0 is expected'),
                 ('x\tUNKNOWN\t0\t0\tA text\n', "1: code 'x' is not a number"),
                 ('-1\tUNKNOWN\t0\tno\tA text\n', '1: a flag is not 0 or 1'),
                 ('-1\tUNKNOWN\t0\t0\t\n', '1: the text of UNKNOWN is missing, ends with a full '
                                           'stop or has quotes'))
        for errors, expected in cases:
            with self.subTest(expected):
                schema = self.bad_schema('none.msg', '', errors)
                done = generate(schema, self.folder)
                path = os.path.join(schema, 'errors.tsv')
                self.assertEqual(done.stderr, '%s:%s\n' % (path, expected))
                self.assertEqual(done.returncode, 1)


def refresh():
    with tempfile.TemporaryDirectory() as folder:
        done = generate(GOOD, folder)
        if done.returncode != 0:
            print(done.stderr, end='', file=sys.stderr)
            return 1
        for name in OUTPUTS:
            shutil.copy(os.path.join(folder, name), os.path.join(GOOD, name + '.expected'))
    return 0


if __name__ == '__main__':
    sys.exit(refresh() if sys.argv[1:] == ['refresh'] else unittest.main())
