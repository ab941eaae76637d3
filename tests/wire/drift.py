#!/usr/bin/env python3
"""tests/wire: compares the schema with Kafka's definitions, message by message and field by field.

    drift.py                     against the facts that the project carries (facts.tsv.gz), and also
                                 against a folder of Kafka's JSON files if KAFKA_MESSAGES names one
    drift.py --facts-from DIR    makes facts.tsv.gz anew from such a folder

Facts are one line a message and one line a field, without Kafka's prose:
message, path, place in its struct, type, versions, nullable, tag, default, ignorable, key, plain,
entity."""
import argparse
import glob
import gzip
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
WIRE = os.path.join(HERE, '..', '..', 'libclient', 'wire')
FACTS = os.path.join(HERE, 'facts.tsv.gz')
sys.dont_write_bytecode = True
sys.path.insert(0, WIRE)
import schema  # noqa: E402

SHOWN_MAX = 40


def strip_comments(text):
    """JSON without the // comments that Kafka's files have."""
    out, i, inside = [], 0, False
    while i < len(text):
        c = text[i]
        if inside and c == '\\':
            out.append(text[i:i + 2])
            i += 2
            continue
        if c == '"':
            inside = not inside
        if not inside and text.startswith('//', i):
            while i < len(text) and text[i] != '\n':
                i += 1
            continue
        out.append(c)
        i += 1
    return ''.join(out)


def row(*columns):
    return '\t'.join('' if column is None else str(column) for column in columns)


def flag(value):
    return '1' if value else '0'


def json_default(field):
    """As the schema writes it. A JSON null is no default for Kafka's generator; "null" is."""
    value = field.get('default')
    if value is None or value == 'null':
        return value
    kind = field['type']
    if kind == 'string':
        return '"%s"' % value
    if isinstance(value, bool) or kind == 'bool':
        return str(value).lower()
    if kind == 'float64':
        return float(value)
    return int(str(value), 0)


def json_rows(message, fields, path):
    for place, field in enumerate(fields):
        own = path + field['name']
        # A tagged field may leave its versions out.
        versions = field.get('versions') or field['taggedVersions']
        if field.get('taggedVersions', versions) != versions:
            raise SystemExit('%s %s: tagged in some of its versions only: not supported'
                             % (message, own))
        yield row(message, own, place, field['type'], versions,
                  field.get('nullableVersions', 'none'), field.get('tag'), json_default(field),
                  flag(field.get('ignorable')), flag(field.get('mapKey')),
                  flag(field.get('flexibleVersions') == 'none'), field.get('entityType'))
        yield from json_rows(message, field.get('fields', []), own + '.')


def facts_from_json(directory):
    rows = []
    for path in sorted(glob.glob(os.path.join(directory, '**', '*.json'), recursive=True)):
        with open(path, encoding='utf-8') as file:
            message = json.loads(strip_comments(file.read()))
        name = message['name']
        rows.append(row(name, '', '', message['type'], message['validVersions'],
                        message.get('flexibleVersions', 'none'), message.get('apiKey'),
                        ','.join(sorted(message.get('listeners', []))),
                        flag(message.get('latestVersionUnstable'))))
        rows += json_rows(name, message.get('fields', []), '')
        for struct in message.get('commonStructs', []):
            rows.append(row(name, struct['name'] + ':', '', 'struct', struct['versions']))
            rows += json_rows(name, struct['fields'], struct['name'] + ':')
    return rows


def schema_rows(message, struct, path):
    for place, field in enumerate(struct.fields):
        own = path + field.name
        yield row(message, own, place, field.type, schema.show_versions(field.versions),
                  schema.show_versions(field.nulls), field.tag, field.default,
                  flag(field.ignorable), flag(field.key), flag(field.plain), field.entity)
        inner = field.struct
        if inner and not inner.common and inner.place.line == field.place.line:
            yield from schema_rows(message, inner, own + '.')


def facts_from_schema():
    parser = schema.load(os.path.join(WIRE, 'schema'))
    listeners = {api.request.name: ','.join(sorted(api.listeners)) for api in parser.apis}
    rows = []
    for message in parser.messages:
        rows.append(row(message.name, '', '', message.kind, schema.show_versions(message.versions),
                        schema.show_versions(message.flexible), message.key,
                        listeners.get(message.name, ''), flag(message.unstable)))
        rows += schema_rows(message.name, message.root, '')
        for struct in message.structs:
            if struct.common:
                rows.append(row(message.name, struct.name + ':', '', 'struct',
                                schema.show_versions(struct.versions)))
                rows += schema_rows(message.name, struct, struct.name + ':')
    return rows


def compare(name, expected, actual):
    """Prints what differs; the number of differences."""
    missing, extra = set(expected) - set(actual), set(actual) - set(expected)
    lines = sorted([(line, '-') for line in missing] + [(line, '+') for line in extra])
    for line, sign in lines[:SHOWN_MAX]:
        print('%s %s' % (sign, line.replace('\t', ' | ')))
    print('%s: %d facts, %d differences' % (name, len(expected), len(lines)))
    return len(lines)


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--facts-from', metavar='DIR')
    arguments = options.parse_args()
    if arguments.facts_from:
        text = '\n'.join(facts_from_json(arguments.facts_from)) + '\n'
        with open(FACTS, 'wb') as file:
            file.write(gzip.compress(text.encode(), mtime=0))
        return 0
    actual = facts_from_schema()
    with gzip.open(FACTS, 'rt', encoding='utf-8') as file:
        expected = file.read().splitlines()
    differences = compare('facts.tsv.gz', expected, actual)
    differences += not expected
    if os.environ.get('KAFKA_MESSAGES'):
        folder = os.environ['KAFKA_MESSAGES']
        differences += compare(folder, facts_from_json(folder), actual)
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main())
