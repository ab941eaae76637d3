"""wire: reads the schema files (grammar: schema/README.md) into plain objects, for gen.py and the
tests."""
import os
import re

PRIMITIVES = {  # name: (C type, bytes on the wire or None)
    'bool': ('bool', 1), 'int8': ('int8_t', 1), 'int16': ('int16_t', 2), 'uint16': ('uint16_t', 2),
    'int32': ('int32_t', 4), 'uint32': ('uint32_t', 4), 'int64': ('int64_t', 8),
    'float64': ('double', 8), 'uuid': ('struct uuid', 16), 'string': ('struct slice', None),
    'bytes': ('struct slice', None), 'records': ('struct slice', None),
}
RANGES = {'int8': (-2**7, 2**7 - 1), 'int16': (-2**15, 2**15 - 1), 'uint16': (0, 2**16 - 1),
          'int32': (-2**31, 2**31 - 1), 'uint32': (0, 2**32 - 1), 'int64': (-2**63, 2**63 - 1)}
KINDS = ('request', 'response', 'header', 'data', 'coordinator-key', 'coordinator-value',
         'metadata')
VERSION_MAX = 32767
NONE = (1, 0)  # an empty range of versions


class SchemaError(Exception):
    """A fault of a schema file; the text starts with file:line."""


class Place:
    def __init__(self, path, line):
        self.path, self.line = path, line

    def fail(self, text):
        raise SchemaError('%s:%d: %s' % (self.path, self.line, text))


class Field:
    """One field. `struct` is the Struct of a field of struct or array-of-struct type."""

    def __init__(self, place, name, type_name, versions):
        self.place, self.name, self.type, self.versions = place, name, type_name, versions
        self.nulls, self.tag, self.default, self.entity = NONE, None, None, None
        self.ignorable = self.key = self.plain = False
        self.struct = None

    @property
    def is_array(self):
        return self.type.startswith('[]')

    @property
    def item(self):
        return self.type[2:] if self.is_array else self.type


class Struct:
    def __init__(self, place, name, versions):
        self.place, self.name, self.versions = place, name, versions
        self.fields, self.common = [], False


class Message:
    """A top-level message; `structs` are its nested ones, each after those it needs."""

    def __init__(self, place, kind, name, versions, flexible):
        self.place, self.kind, self.name = place, kind, name
        self.versions, self.flexible = versions, flexible
        self.key, self.unstable = None, False
        self.root, self.structs = Struct(place, name, versions), []

    @property
    def exists(self):
        return self.versions != NONE


class Api:
    def __init__(self, place, key, name, listeners):
        self.place, self.key, self.name, self.listeners = place, key, name, listeners
        self.request = self.response = None


def snake(name):
    """Kafka's CamelCase in our spelling: a run of capitals is one word."""
    name = re.sub(r'([A-Z]+)([A-Z][a-z])', r'\1_\2', name)
    return re.sub(r'([a-z0-9])([A-Z])', r'\1_\2', name).lower()


def parse_versions(place, text):
    """'3', '3-7', '3+' or 'none' as (first, last)."""
    if text == 'none':
        return NONE
    found = re.fullmatch(r'(\d+)(\+|-(\d+))?', text)
    if not found:
        place.fail("'%s' is not a version range" % text)
    first = int(found[1])
    last = first if not found[2] else VERSION_MAX if found[2] == '+' else int(found[3])
    if first > last or first > VERSION_MAX or last > VERSION_MAX:
        place.fail("version range '%s' is empty or too large" % text)
    return (first, last)


def show_versions(versions):
    first, last = versions
    if versions == NONE:
        return 'none'
    if first == last:
        return str(first)
    return '%d+' % first if last == VERSION_MAX else '%d-%d' % versions


def intersect(a, b):
    first, last = max(a[0], b[0]), min(a[1], b[1])
    return (first, last) if first <= last else NONE


def within(version, versions):
    return versions[0] <= version <= versions[1]


class Words:
    """The words of one line, taken from the left."""

    def __init__(self, place, text):
        self.place = place
        self.words = re.findall(r'"[^"]*"|\S+', text)

    def take(self, what):
        if not self.words:
            self.place.fail('%s is missing' % what)
        return self.words.pop(0)

    def number(self, what):
        word = self.take(what)
        if not re.fullmatch(r'\d+', word):
            self.place.fail("%s '%s' is not a number" % (what, word))
        return int(word)


def parse_default(field, word):
    """The default as the generator and the tests use it: a number, 'null', or text as it stands."""
    place, kind = field.place, field.item
    if word == 'null':
        return 'null'
    if field.is_array or kind not in PRIMITIVES or kind in ('bytes', 'records', 'uuid'):
        place.fail("%s of type %s can only have the default null" % (field.name, field.type))
    if kind == 'string':
        if not re.fullmatch(r'"[^"\\]*"', word):
            place.fail("default %s is not a quoted text" % word)
        return word
    if kind == 'bool':
        if word not in ('true', 'false'):
            place.fail("default '%s' is not true or false" % word)
        return word
    try:
        value = float(word) if kind == 'float64' else int(word, 0)
    except ValueError:
        place.fail("default '%s' is not a number" % word)
    if kind in RANGES and not RANGES[kind][0] <= value <= RANGES[kind][1]:
        place.fail("default %s does not fit %s" % (word, kind))
    return value


def parse_field(place, text):
    words = Words(place, text)
    name = words.take('field name')
    if not re.fullmatch(r'[A-Za-z][A-Za-z0-9]*', name):
        place.fail("'%s' is not a field name" % name)
    type_name = words.take('type')
    if not re.fullmatch(r'(\[\])?[A-Za-z][A-Za-z0-9]*', type_name):
        place.fail("'%s' is not a type" % type_name)
    field = Field(place, name, type_name, parse_versions(place, words.take('version range')))
    if field.is_array and field.item in ('bytes', 'records'):
        place.fail('an array of %s is not supported' % field.item)
    while words.words:
        word = words.take('word')
        if word == 'null':
            field.nulls = parse_versions(place, words.take('version range of null'))
        elif word == 'default':
            field.default = parse_default(field, words.take('default'))
        elif word == 'tag':
            field.tag = words.number('tag')
        elif word == 'entity':
            field.entity = words.take('entity')
        elif word in ('ignorable', 'key', 'plain'):
            setattr(field, word, True)
        else:
            place.fail("unknown word '%s'" % word)
    return field


def check_field(message, field):
    place, kind = field.place, field.item
    if field.nulls != NONE and not field.is_array and \
            kind in PRIMITIVES and kind not in ('string', 'bytes', 'records'):
        place.fail('%s of type %s cannot be null' % (field.name, field.type))
    if field.default == 'null' and field.nulls == NONE:
        place.fail('%s has default null but is never nullable' % field.name)
    if field.plain and kind != 'string':
        place.fail('only a string can be plain')
    present = intersect(field.versions, message.versions)
    if field.tag is not None and present != NONE and \
            intersect(present, message.flexible) != present:
        place.fail('tagged field %s is in versions that are not flexible' % field.name)


def check_struct(message, struct):
    names, tags = set(), set()
    for field in struct.fields:
        if snake(field.name) in names:
            field.place.fail('%s stands twice in %s' % (field.name, struct.name))
        names.add(snake(field.name))
        if field.tag is not None and field.tag in tags:
            field.place.fail('tag %d stands twice in %s' % (field.tag, struct.name))
        tags.add(field.tag)
        check_field(message, field)


class Parser:
    def __init__(self):
        self.messages, self.apis = [], []

    def parse(self, path, text):
        """Adds the messages of one file."""
        self.api, self.message, self.stack, self.named = None, None, [], {}
        for number, raw in enumerate(text.split('\n'), 1):
            place = Place(path, number)
            line = raw.split('#', 1)[0].rstrip()
            if not line:
                continue
            depth = len(line) - len(line.lstrip(' '))
            if depth % 4 or '\t' in line:
                place.fail('indentation is not a multiple of four spaces')
            if depth == 0:
                self.finish()
                self.head(place, line)
            else:
                self.line(place, depth // 4, line.strip())
        self.finish()
        if self.api and not (self.api.request and self.api.response):
            self.api.place.fail('api %s lacks its request or response' % self.api.name)

    def head(self, place, line):
        words = Words(place, line)
        kind = words.take('kind')
        if kind == 'api':
            key, name, listeners = words.number('api key'), words.take('name'), []
            if words.words and words.take('word') == 'listeners':
                listeners = words.take('listeners').split(',')
                if set(listeners) - {'broker', 'controller'}:
                    place.fail("unknown listener in '%s'" % ','.join(listeners))
            if words.words:
                place.fail("unknown word '%s'" % words.words[0])
            self.api = Api(place, key, name, listeners)
            self.apis.append(self.api)
            return
        if kind not in KINDS:
            place.fail("unknown kind '%s'" % kind)
        self.message = self.start(place, kind, words)
        self.messages.append(self.message)
        self.stack, self.named = [self.message.root], {}
        if kind in ('request', 'response'):
            if not self.api or self.message.name != self.api.name + kind.capitalize():
                place.fail('%s does not follow its api line' % self.message.name)
            setattr(self.api, kind, self.message)
            self.message.key = self.api.key

    def start(self, place, kind, words):
        name, versions, flexible = words.take('name'), NONE, NONE
        message = Message(place, kind, name, versions, flexible)
        while words.words:
            word = words.take('word')
            if word == 'versions':
                message.versions = parse_versions(place, words.take('versions'))
                message.root.versions = message.versions
            elif word == 'flexible':
                message.flexible = parse_versions(place, words.take('versions'))
            elif word == 'key':
                message.key = words.number('key')
            elif word == 'unstable':
                message.unstable = True
            else:
                place.fail("unknown word '%s'" % word)
        if message.versions[1] == VERSION_MAX:
            place.fail('%s needs a last version' % name)
        if message.flexible != NONE and message.flexible[1] != VERSION_MAX:
            place.fail('flexible versions of %s must be open at the end' % name)
        return message

    def line(self, place, depth, text):
        if not self.message:
            place.fail('a field before any message')
        if depth == 1 and text.startswith('struct '):
            words = Words(place, text)
            words.take('struct')
            name = words.take('name')
            struct = Struct(place, name, parse_versions(place, words.take('version range')))
            struct.common = True
            self.add_struct(struct)
            self.stack = [self.message.root, struct]
            return
        if depth > len(self.stack):
            place.fail('indented deeper than the line above allows')
        del self.stack[depth:]
        field = parse_field(place, text)
        self.stack[-1].fields.append(field)
        if field.item not in PRIMITIVES:
            self.stack.append(PendingStruct(self, field))

    def add_struct(self, struct):
        if struct.name in self.named or struct.name in PRIMITIVES \
                or struct.name == self.message.name:
            struct.place.fail('struct %s stands twice' % struct.name)
        self.named[struct.name] = struct

    def finish(self):
        """Resolves names, orders the structs of the message that ends, and checks it."""
        message = self.message
        if not message:
            return
        self.message = None
        state = {}

        def visit(struct):
            state[struct.name] = 'open'
            for field in struct.fields:
                if field.item in PRIMITIVES:
                    continue
                field.struct = self.named.get(field.item)
                if not field.struct or not field.struct.fields:
                    field.place.fail("unknown type '%s'" % field.type)
                if state.get(field.item) == 'open':
                    field.place.fail('%s contains itself' % field.item)
                if field.item not in state:
                    visit(field.struct)
            state[struct.name] = 'done'
            check_struct(message, struct)
            if struct is not message.root:
                message.structs.append(struct)

        visit(message.root)
        for struct in self.named.values():
            if struct.name not in state:
                struct.place.fail('struct %s is not used' % struct.name)


class PendingStruct:
    """Stands on the stack below a field of struct type until the first nested field shows that the
    struct is defined right there."""

    def __init__(self, parser, field):
        self.parser, self.field, self.struct = parser, field, None

    @property
    def fields(self):
        if not self.struct:
            self.struct = Struct(self.field.place, self.field.item, self.field.versions)
            self.parser.add_struct(self.struct)
        return self.struct.fields


def schema_files(directory):
    """Every .msg file below the directory, in a stable order."""
    found = []
    for folder, folders, names in os.walk(directory):
        folders.sort()
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith('.msg')]
    return found


def load(directory):
    """Parses a whole folder. Raises SchemaError."""
    parser = Parser()
    for path in schema_files(directory):
        with open(path, encoding='utf-8') as file:
            parser.parse(path, file.read())
    names, keys = {}, {}
    for message in parser.messages:
        if message.name in names:
            message.place.fail('message %s stands twice' % message.name)
        names[message.name] = message
    for api in parser.apis:
        if api.key in keys:
            api.place.fail('api key %d stands twice' % api.key)
        keys[api.key] = api
    parser.apis.sort(key=lambda api: api.key)
    return parser
