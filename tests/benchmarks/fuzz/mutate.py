"""Files a little wrong: a good file is taken apart by its format, changed, and put together again.

Bytes changed blindly are refused by the outermost parser and test nothing else, so each format is
changed within: cells of CSV, keys of TOML, trees of JSON, attributes of XML, members of a zip,
fields of the protobuf messages in a pbf, rows of a GeoPackage. Every change follows from the
random generator alone.
"""

import csv
import io
import json
import re
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import Any

TEXTS = (
    *("", " ", "0", "-1", "1", "nan", "NaN", "inf", "-inf", "1e308", "-1e308", "1e-320", "1e400"),
    *("9" * 5000, "-" + "9" * 30, "9223372036854775808", "0x10", "1_000", "²", "٣", "1,234", "½"),
    *("180", "-180.0000001", "90", "90.0000001", "42.9", "71.37", "42°53'52\"N", "42 53 52", "°"),
    *("true", "None", "null", "[]", "{}", "[[[[", "(" * 200, "=1+1", "@SUM(A1)", "{{7*7}}", "<b>"),
    *("a\0b", "\ufeff", "\u202e", "Ұ", "👨‍👩‍👧", "x" * 5000, "a,b;c\td", '"', "''", "\r", "\n"),
    *("../../../etc/passwd", "/dev/zero", "/vsicurl/http://localhost/x", "con", "x" * 300),
    *("EPSG:4326", "EPSG:32642", "EPSG:0", "EPSG:999999999999", "+proj=longlat", "+proj=utm"),
    *("2020-13-45", "0000-00-00", "9999-12-31", "31.12.2021?", "44561", "24/7", "Mo-Su 25:00"),
    *("yes", "no", "8928308280fffff", "H3", "POINT (1e308 nan)", "LINESTRING EMPTY", "&#x110000;"),
)
"""Texts that readers of numbers, dates, places and names have stumbled over somewhere."""

NUMBERS = (
    *(0, -1, 1, 0.5, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, -1e308, 5e-324),
    *(float("nan"), float("inf"), float("-inf"), 180.0000001, 90, 42.9, 71.37),
)

LAUGHS = "".join(f'<!ENTITY b{i + 1} "{f"&b{i};" * 10}">' for i in range(9))
DOCTYPES = (
    f'<!DOCTYPE a [<!ENTITY b0 "ha">{LAUGHS}]>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
)
"""A billion laughs, and entities from elsewhere; uses of them are among the texts below."""

ENTITIES = ("&x;", "&b9;", "&lt;", "&#0;", "&nothing;")


LARGEST_BYTES = 32 * 10**6
"""A change that makes more of a file is not made: memory is then the reader's own."""

NOT_ITS_FORMAT = (
    *(ArithmeticError, EOFError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
    *(csv.Error, sqlite3.Error, struct.error, zipfile.BadZipFile, zlib.error),
)
"""What taking a file apart raises once it was changed too much."""


def mutated(data: bytes, suffix: str, random: Random) -> bytes:
    """Change a file of a format, by its suffix, once or a few times."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        change = blind if random.random() < 0.1 else CHANGES.get(suffix, blind)
        with suppress(*NOT_ITS_FORMAT):
            changed = change(data, random)
            data = changed if len(changed) <= LARGEST_BYTES else data
    return data


def blind(data: bytes, random: Random) -> bytes:
    """Bytes overwritten, cut out, put in, or cut off."""
    changed = bytearray(data)
    at = random.randrange(len(changed) + 1)
    size = random.choice((1, 1, 2, 4, 8, 64))
    match random.randrange(5):
        case 0:
            changed[at : at + size] = random.randbytes(size)
        case 1:
            del changed[at : at + size]
        case 2:
            changed[at:at] = random.randbytes(size)
        case 3:
            del changed[at:]
        case _:
            extreme = random.choice((0, 0x7F, 0x80, 0xFF))
            changed[at : at + size] = bytes([extreme]) * size
    return bytes(changed)


def of_lines(data: bytes, random: Random) -> bytes:
    """Lines left out, twice, exchanged or joined."""
    lines = data.split(b"\n")
    i, j = (random.randrange(len(lines)) for _ in range(2))
    match random.randrange(4):
        case 0:
            del lines[i]
        case 1:
            lines[i:i] = [lines[j]] * random.choice((1, 2, 300))
        case 2:
            lines[i], lines[j] = lines[j], lines[i]
        case _:
            lines[i : i + 2] = [b"".join(lines[i : i + 2])]
    return b"\n".join(lines)


def of_csv(data: bytes, random: Random) -> bytes:
    """Cells, columns and rows changed; or the encoding, or the mark between cells."""
    if random.random() < 0.15:
        return of_lines(data, random)
    rows = list(csv.reader(io.StringIO(data.decode("utf-8", "replace"))))
    i = random.randrange(len(rows))
    j = random.randrange(max(len(rows[i]), 1))
    match random.randrange(8):
        case 0:
            rows[i][j:j] = [random.choice(TEXTS)]
        case 1:
            for row in rows:
                del row[j : j + 1]
        case 2:
            rows[0][j] = random.choice([*rows[0], *TEXTS])
        case 3:
            rows += [[random.choice(TEXTS)] * random.choice((1, 5, 3000))]
        case 4:
            rows[0] += [f"c{n}" for n in range(random.choice((1, 20, 3000)))]
        case _:
            rows[i][j] = random.choice(TEXTS)
    out = io.StringIO()
    mark = random.choice((",", ",", ",", ";", "\t"))
    csv.writer(out, delimiter=mark).writerows(rows)
    form = random.choice(("utf-8",) * 6 + ("utf-16", "utf-16-le", "cp1251", "utf-8-sig", "utf-32"))
    return out.getvalue().encode(form, "replace")


TOML_VALUES = (
    *("-1", "0", "1e308", "nan", "-inf", "9" * 30, "9" * 5000, "1.5", "true", "1979-05-27", '""'),
    *("[]", "{}", "[1, [2, [3]]]", "[" * 2000, "{a = " * 400, "[" * 90 + "]" * 90, '"a\\u0000b"'),
    *("[0, 0, 1, 1]", '"../../../../tmp/x"', '"/dev/zero"', '"."', '"\\ud800"', "25:61:61"),
    *('["a", 1]', f'"{"x" * 5000}"', '"{{7*7}}</script>"', '"📍"', "0b11", "'''", '"town.osm"'),
)


def of_toml(data: bytes, random: Random) -> bytes:
    """A key's value replaced, a key renamed or nested, a table renamed."""
    if random.random() < 0.2:
        return of_lines(data, random)
    lines = data.decode("utf-8", "replace").split("\n")
    i = random.randrange(len(lines))
    key, equals, value = lines[i].partition("=")
    match random.randrange(6):
        case 0 if equals:
            others = re.findall(r"(?m)^(\w+) *=", "\n".join(lines))
            lines[i] = f"{random.choice([*others, 'a.b', 'a' + '.a' * 500])} ={value}"
        case 1 if lines[i].startswith("["):
            lines[i] = random.choice(("[a.b]", "[[posts]]", "[" + "a." * 1200 + "a]", "[]", "[x"))
        case _:
            if equals:
                lines[i] = f"{key}= {random.choice(TOML_VALUES)}"
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def of_json(data: bytes, random: Random) -> bytes:
    """A branch of the tree replaced, left out, moved, or made deep."""
    if random.random() < 0.1:
        return blind(data, random)
    tree = json.loads(data)
    places = list(_places(tree))
    if not places:
        return data
    parent, key = random.choice(places)
    other, other_key = random.choice(places)
    match random.randrange(8):
        case 0:
            del parent[key]
        case 1:
            parent[key] = other[other_key]
        case 2:
            parent[key] = random.choice(([], {}, None, True, [None], {"type": "Point"}))
        case 3:
            for _ in range(random.choice((3, 60, 300))):
                parent[key] = random.choice(([parent[key]], {"a": parent[key]}))
        case 4 | 5:
            parent[key] = random.choice(NUMBERS)
        case _:
            parent[key] = random.choice(TEXTS)
    try:
        text = json.dumps(tree, ensure_ascii=random.random() < 0.5)
    except RecursionError:
        return b"[" * 100_000
    if random.random() < 0.03:
        text = text.replace("[", "[" * random.choice((200, 5000, 100_000)), 1)
    if random.random() < 0.03:
        text = re.sub(r"\d+\.\d+", "9" * 5000, text, count=1)
    return text.encode("utf-8", "surrogatepass")


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    items = list(tree.items() if isinstance(tree, dict) else enumerate(tree))
    for key, value in items:
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def of_xml(data: bytes, random: Random) -> bytes:
    """An attribute or a text replaced, an element left out, a document type put before."""
    if random.random() < 0.25:
        return of_lines(data, random)
    text = data.decode("utf-8", "replace")
    found = list(re.finditer(r'"[^"<>]*"|>[^<>]+<', text))
    at = random.choice(found)
    match random.randrange(8):
        case 0:
            head, mark, rest = text.partition("?>")
            entity = random.choice(ENTITIES)
            rest = rest[: at.start()] + entity + rest[at.start() :] if len(rest) > 60 else rest
            return (head + mark + random.choice(DOCTYPES) + rest).encode("utf-8", "replace")
        case 1:
            deep = random.choice((10, 1000, 50_000))
            text = text[: at.end()] + "<a>" * deep + text[at.end() :]
        case 2:
            other = random.choice(found)
            new = text[other.start() + 1 : other.end() - 1]
            text = text[: at.start() + 1] + new + text[at.end() - 1 :]
        case _:
            new = random.choice((*TEXTS, *ENTITIES, str(random.randrange(-(2**40), 2**63))))
            text = text[: at.start() + 1] + new + text[at.end() - 1 :]
    return text.encode("utf-8", "replace")


def of_zip(data: bytes, random: Random) -> bytes:
    """A member changed by its own format, left out, twice, made huge, or said to be of a size."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
        packed = [archive.getinfo(name).compress_type for name in members]
    name = random.choice(list(members))
    match random.randrange(10):
        case 0:
            del members[name]
        case 1:
            members[random.choice(list(members))] = members[name]
        case 2:
            members[name] = members[name] + bytes(random.choice((10,) * 20 + (10**6, 2 * 10**7)))
        case _:
            suffix = ".xml" if members[name][:1] == b"<" else Path(name).suffix
            members[name] = mutated(members[name], suffix, random)
    out = io.BytesIO()
    pack = random.choice((packed[0],) * 5 + (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(out, "w", pack) as archive:
        for name, member in members.items():
            archive.writestr(zipfile.ZipInfo(name), member, compress_type=pack)
    return out.getvalue()


def of_npy(data: bytes, random: Random) -> bytes:
    """The header of an array, or a number of it, changed."""
    size = random.choice((1, 4, 8))
    if random.random() < 0.3:
        new = random.choice((b"(1,)", b"(999999999999,)", b"(-1,)", b"(2, 2)", b"()", b"("))
        return re.sub(rb"\([0-9, ]*\)", new, data, count=1)
    if random.random() < 0.1:
        return data.replace(b"'<", b"'|O", 1)
    at = random.randrange(min(128, len(data)), len(data) + 1)
    extreme = random.choice((bytes(size), b"\xff" * size, struct.pack("<d", float("nan"))[:size]))
    return data[:at] + extreme + data[at + size :]


def of_pbf(data: bytes, random: Random) -> bytes:
    """A block of OpenStreetMap's pbf changed: its messages, what it says of itself, its place."""
    blocks = list(_blocks(data))
    i = random.randrange(len(blocks))
    kind, blob = blocks[i]
    match random.randrange(8):
        case 0:
            del blocks[i]
        case 1:
            blocks[i:i] = [random.choice(blocks)]
        case 2:
            random.shuffle(blocks)
        case 3:
            blocks[i] = kind, _changed(blob, random)
        case _:
            fields = dict(_fields(blob))
            inner = fields[3 << 3 | 2]
            told = _varint_of(fields.get(2 << 3, len(inner)))
            content = _changed(zlib.decompress(inner), random)
            size = random.choice((len(content),) * 9 + (0, 2**31 - 1, told))
            whole = _packed([(2 << 3, size), (3 << 3 | 2, zlib.compress(content))])
            blocks[i] = kind, whole
    return b"".join(_block(kind, blob) for kind, blob in blocks)


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        head = dict(_fields(data[at + 4 : at + 4 + size]))
        at += 4 + size
        length = _varint_of(head[3 << 3])
        yield head[1 << 3 | 2], data[at : at + length]
        at += length


def _block(kind: bytes, blob: bytes) -> bytes:
    head = _packed([(1 << 3 | 2, kind), (3 << 3, len(blob))])
    return struct.pack(">I", len(head)) + head + blob


def _varint_of(value: int | bytes) -> int:
    if isinstance(value, bytes):
        raise ValueError("no number")  # noqa: TRY004  as of all that is no pbf
    return value


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Tag and value of each field of a protobuf message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        if tag & 7 == 0:
            value, at = _varint(data, at)
            yield tag, value
        elif tag & 7 == 2:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError("no message")
            yield tag, data[at : at + size]
            at += size
        else:
            raise ValueError("no message")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
        if shift > 63:
            raise ValueError("no number")


def _packed(fields: list[tuple[int, Any]]) -> bytes:
    out = bytearray()
    for tag, value in fields:
        out += _bytes_of(tag)
        out += _bytes_of(len(value)) + value if isinstance(value, bytes) else _bytes_of(value)
    return bytes(out)


def _bytes_of(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _changed(message: bytes, random: Random) -> bytes:
    """A message with one field changed, here or further in."""
    fields = list(_fields(message))
    if not fields:
        return message
    i = random.randrange(len(fields))
    tag, value = fields[i]
    match random.randrange(9):
        case 0:
            del fields[i]
        case 1:
            fields[i:i] = [fields[i]] * random.choice((1, 200))
        case 2:
            fields[i] = random.randrange(1, 40) << 3 | tag & 7, value
        case _ if isinstance(value, int):
            fields[i] = tag, random.choice((0, 1, 127, 2**31 - 1, 2**32, 2**63 - 1, 2**64 - 1))
        case _:
            try:
                fields[i] = tag, _changed(value, random)
            except (ValueError, LookupError):
                fields[i] = tag, blind(value, random)
    return _packed(fields)


def of_geopackage(data: bytes, random: Random) -> bytes:
    """A value of a table, or the table of tables, changed by SQL."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gpkg"
        path.write_bytes(data)
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            table = random.choice([name for (name,) in found])
            columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
            column = random.choice(columns)
            rows = database.execute(f'SELECT rowid, "{column}" FROM "{table}"').fetchall()
            row, value = random.choice(rows)
            if isinstance(value, bytes) and random.random() < 0.8:
                new: Any = of_wkb(value, random)
            else:
                new = random.choice((*TEXTS, None, b"", -1, 0, 2**40, 1e308))
            if random.random() < 0.05:
                database.execute(f'DROP TABLE "{table}"')
            else:
                database.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (new, row))
            database.commit()
        return path.read_bytes()


def of_wkb(data: bytes, random: Random) -> bytes:
    """Coordinates and counts of a shape changed."""
    size, extreme = random.choice(
        (
            (8, struct.pack("<d", random.choice((1e308, float("nan"), float("inf"), 0, 200)))),
            (4, struct.pack("<I", random.choice((0, 1, 2, 3, 7, 2**31, 2**32 - 1)))),
            (0, b""),
        )
    )
    at = random.randrange(len(data) + 1)
    return blind(data, random) if not size else data[:at] + extreme + data[at + size :]


CHANGES: dict[str, Callable[[bytes, Random], bytes]] = {
    ".csv": of_csv,
    ".toml": of_toml,
    **dict.fromkeys((".json", ".geojson"), of_json),
    **dict.fromkeys((".osm", ".graphml", ".xml", ".kml", ".rels", ".html"), of_xml),
    **dict.fromkeys((".xlsx", ".ods", ".walk", ".walkshed"), of_zip),
    ".npy": of_npy,
    ".pbf": of_pbf,
    ".gpkg": of_geopackage,
}
