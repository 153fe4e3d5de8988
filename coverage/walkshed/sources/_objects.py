"""The objects of an OpenStreetMap file that bear certain tag keys, as whole columns.

pyosmium hands objects to Python one by one; a street with its tags and nodes takes it some twenty
microseconds, most of them for calls. So libosmium itself writes the objects that are wanted as
lines of text (OPL, one object a line, https://osmcode.org/opl-file-format/), to a passing file,
and here that text is cut into columns: a third of the work. Areas are put together by libosmium's
own assembler, which only wants telling of which ways and relations.
"""

import ctypes
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

IntArray = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LETTERS = b"nwr"
"""What lines of nodes, ways and relations begin with, in the order in which they must come."""

LARGEST_ID = 2**40
"""Eighty times the largest id of OpenStreetMap in 2026."""

ESCAPED = re.compile("%([0-9a-f]+)%")
"""How OPL writes what would part its fields: the code point, in hexadecimal digits."""

FIELDS = dict.fromkeys(("osm_id", "visible", "stamp", "tags", "place"), pa.large_string())
NODE_FIELDS = {**FIELDS, "north": pa.large_string()}
VERTEX = {"ref": pa.int64(), "lon": pa.float64(), "lat": pa.float64()}
ROWS_OF_VERTICES = ((b"N", b""), (b",", b""), (b"n", b"\n"), (b"x", b","), (b"y", b","))
"""How nodes such as `Nn1x71.3y42.9,n2x71.3y42.8` become rows of CSV."""
BLOCK_BYTES = 2**20
"""Text is cut in blocks of this size, or of the longest line: memory that is used again costs less
than memory that is new."""


@dataclass(frozen=True)
class Tags:
    """The tags of `count` objects, one row for each tag.

    Attributes
    ----------
    owner
        Row of the object that bears the tag.
    key, codes
        Code of each tag's key, and the code of each key there is.
    value, values
        Code of each tag's value, and the value of each code; the first is "".
    """

    count: int
    owner: IntArray
    key: IntArray
    codes: dict[str, int]
    value: IntArray
    values: Any

    def has(self, *keys: str) -> Flags:
        """Which objects bear one of these keys."""
        codes = [self.codes[key] for key in keys if key in self.codes]
        return self._owners(np.isin(self.key, codes))

    def says(self, key: str, value: str) -> Flags:
        """Which objects bear this tag."""
        same = np.isin(self.value, np.flatnonzero(self.values == value))
        return self._owners(same & (self.key == self.codes.get(key, -1)))

    def table(self, keys: Sequence[str], rows: IntArray) -> pd.DataFrame:
        """One column for each key, for these objects: "" where an object lacks the tag."""
        columns = {}
        for key in keys:
            tagged = np.flatnonzero(self.key == self.codes.get(key, -1))
            value = np.zeros(self.count, dtype=np.int64)
            value[self.owner[tagged]] = self.value[tagged]
            columns[key] = self.values.take(value[rows])
        return pd.DataFrame(columns)

    def _owners(self, tags: Flags) -> Flags:
        flags = np.zeros(self.count, dtype=bool)
        flags[self.owner[tags]] = True
        return flags


@dataclass(frozen=True)
class Objects:
    """Objects of one type in the order of the file.

    Attributes
    ----------
    osm_id
        Their ids with the letter of their type: "w123".
    tags
        Their tags.
    fields
        Table of their lines: `stamp` (time of the last change), `place` (the nodes of a way, the
        members of a relation; the longitude of a node, and `north` its latitude).
    """

    osm_id: npt.NDArray[np.object_]
    tags: Tags
    fields: Any

    @property
    def number(self) -> IntArray:
        """Ids without their letter."""
        return _numbers(self.fields["osm_id"], pa.int64())

    def newest(self, rows: IntArray) -> str:
        """ISO date of the last change of these objects, "" where the file does not say."""
        return str(pc.max(self.fields["stamp"].take(rows)))[1:11]

    def lonlat(self, nodes: IntArray) -> npt.NDArray[np.float64]:
        """Where nodes lie, in degrees; a ValueError where one lies nowhere."""
        at = self.fields.take(nodes)
        texts = (at["place"], at["north"])
        lonlat = np.column_stack([_numbers(text, pa.float64()) for text in texts])
        if not (np.abs(lonlat) <= (180, 90)).all():
            raise ValueError("invalid location")
        return lonlat

    def member_ways(self, relations: Flags) -> set[int]:
        """Ids of the ways that are members of these relations."""
        texts = self.fields["place"].filter(pa.array(relations)).to_pylist()
        members = [member for text in texts for member in text[1:].split(",")]
        return {int(m[1 : m.index("@")]) for m in members if m.startswith("w")}

    def runs(self, ways: IntArray) -> "NodeRuns":
        """Cut ways at nodes that the file does not hold: a gap is never bridged."""
        place = self.fields["place"].take(ways).combine_chunks()
        text = b"".join(place.cast(pa.large_binary()).to_pylist())
        for mark, instead in ROWS_OF_VERTICES:
            text = text.replace(mark, instead)
        table = _csv(text, VERTEX, ",")
        ref, lon, lat = (table[name].to_numpy() for name in VERTEX)
        way = np.repeat(np.arange(len(ways)), pc.count_substring(place, "n").to_numpy())
        known = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        new_run = np.diff(way, prepend=-1) != 0
        new_run[1:] |= ~known[:-1]
        run = np.cumsum(new_run) - 1
        kept = known & (np.bincount(run[known], minlength=len(run))[run] > 1)
        begins = np.flatnonzero(np.diff(run[kept], prepend=-1))
        return NodeRuns(
            way=way[kept][begins],
            start=np.append(begins, kept.sum()).astype(np.int64),
            ref=ref[kept],
            lonlat=np.column_stack([lon[kept], lat[kept]]),
        )


@dataclass(frozen=True)
class NodeRuns:
    """Unbroken runs of two nodes or more: `way` is the row of each run's way in what was asked.

    The nodes of run `i` are rows `start[i]:start[i + 1]` of `ref` and `lonlat`.
    """

    way: IntArray
    start: IntArray
    ref: IntArray
    lonlat: npt.NDArray[np.float64]


@dataclass(frozen=True)
class OsmFile:
    """What one pass over a file found; `stamp` is the date that the file's header gives."""

    path: Path
    stamp: str
    nodes: Objects
    ways: Objects
    relations: Objects
    locations: Any
    multipolygons: Any

    def areas(self, ways: Iterable[int]) -> dict[str, str | None]:
        """Put areas together from these ways, and the relations that are made of them.

        Keys are ids such as "w123" and "r123", values WKB in hexadecimal digits, None where the
        outline is no ring. A way that does not close, and a relation of which something is
        missing, is not among them.
        """
        import osmium

        if not (listed := list(ways)):
            return {}
        found: Any = osmium.BufferIterator()
        handlers = [
            *([osmium.filter.IdFilter(listed)] if _has_usual(listed) else []),
            _with_locations(self.locations),
            self.multipolygons.second_pass_to_buffer(found),
        ]
        with osmium.io.Reader(str(self.path), osmium.osm.WAY) as reader:
            osmium.apply(reader, *handlers)
        to_wkb = osmium.geom.WKBFactory().create_multipolygon
        return {
            f"{'w' if area.from_way() else 'r'}{area.orig_id()}": _ring_or_none(area, to_wkb)
            for area in found
        }


def scan(path: Path, *, keys: Sequence[str], node_keys: Sequence[str]) -> OsmFile:
    """Pass over a file once.

    Parameters
    ----------
    path
        Any file that libosmium reads.
    keys, node_keys
        Ways and relations that bear one of `keys` are kept, and nodes with one of `node_keys`.

    Raises
    ------
    RuntimeError
        It is no OpenStreetMap data, is cut off, damaged or out of order.
    """
    import osmium

    locations = osmium.index.create_map("flex_mem")
    multipolygons = osmium.area.AreaManager()
    tagged = osmium.filter.KeyFilter(*keys)
    tagged.enable_for(osmium.osm.WAY | osmium.osm.RELATION)
    tagged_nodes = osmium.filter.KeyFilter(*node_keys)
    tagged_nodes.enable_for(osmium.osm.NODE)
    watch = osmium.area.AreaManager()  # finds no areas, but refuses a file out of order
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "objects.opl"
        target = osmium.io.File(str(lines), "opl,locations_on_ways=true,add_metadata=timestamp")
        with osmium.io.Reader(str(path)) as reader:
            stamp = reader.header().get("osmosis_replication_timestamp")
            handlers = [tagged, _with_locations(locations), watch.second_pass_handler()]
            handlers += [tagged_nodes, multipolygons.first_pass_handler()]
            _write(reader, handlers, osmium.SimpleWriter(target))
        text = lines.read_bytes()
    nodes, ways, relations = _by_type(text)
    return OsmFile(path, stamp, nodes, ways, relations, locations, multipolygons)


def _write(reader: Any, handlers: list[Any], writer: Any) -> None:
    """Write what passes the handlers.

    A writer that failed (a node that lies off the globe, a text that is no UTF-8, a full disk)
    says so when it is closed, and ends the whole program when it is destroyed: so it is given
    back only once it is closed.
    """
    import osmium

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(writer))
    try:
        osmium.apply(reader, *handlers, writer)
    finally:
        writer.close()
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(writer))


def _has_usual(ids: list[int]) -> bool:
    """Whether a filter may be made of these ids: it has a bit for each up to the largest."""
    return min(ids) >= 0 and max(ids) < LARGEST_ID


def _with_locations(locations: Any) -> Any:
    import osmium

    handler = osmium.NodeLocationsForWays(locations)
    handler.ignore_errors()
    return handler


def _ring_or_none(area: Any, to_wkb: Any) -> str | None:
    try:
        return str(to_wkb(area))
    except RuntimeError:  # osmium's word for a ring that is no ring
        return None


def _by_type(text: bytes) -> tuple[Objects, Objects, Objects]:
    """Cut lines into nodes, ways and relations."""
    octets = np.frombuffer(text, dtype=np.uint8)
    start = np.concatenate([[0], np.flatnonzero(octets == ord("\n")) + 1])
    letter = octets[start[:-1]]
    count = [np.count_nonzero(letter == kind) for kind in LETTERS]
    if not np.array_equal(letter, np.repeat(np.frombuffer(LETTERS, dtype=np.uint8), count)):
        raise RuntimeError("out of order: nodes come first, then ways, then relations")
    ways_at, relations_at = start[np.cumsum(count)[:2]]
    longest = int(np.diff(start).max(initial=0))
    lines = memoryview(text)
    return (
        _objects(lines[:ways_at], NODE_FIELDS, longest),
        _objects(lines[ways_at:relations_at], FIELDS, longest),
        _objects(lines[relations_at:], FIELDS, longest),
    )


def _objects(lines: memoryview, fields: dict[str, Any], longest: int) -> Objects:
    """Cut lines such as `w1 dV t2019-05-07T10:00:00Z Thighway=path Nn1x71.3y42.9,n2x71.3y42.8`."""
    table = _csv(lines, fields, " ", longest)
    tags = table["tags"].combine_chunks()
    return Objects(table["osm_id"].to_numpy(), _tags(pc.utf8_slice_codeunits(tags, 1)), table)


def _tags(texts: Any) -> Tags:
    """Cut texts such as `highway=path,name=Abay`."""
    listed = pc.split_pattern(texts, ",")
    words = pc.split_pattern(listed.flatten(), "=").flatten()
    owner = np.repeat(np.arange(len(texts)), np.diff(listed.offsets.to_numpy()))
    keys, values = (words.take(np.arange(i, len(words), 2)).dictionary_encode() for i in (0, 1))
    plain = [
        ESCAPED.sub(lambda code: chr(int(code[1], 16)), text)
        for text in values.dictionary.to_pylist()
    ]
    return Tags(
        count=len(texts),
        owner=owner,
        key=keys.indices.to_numpy(),
        codes={key: code for code, key in enumerate(keys.dictionary.to_pylist())},
        value=values.indices.to_numpy() + 1,
        values=pd.array(["", *plain], dtype="str"),
    )


def _csv(text: bytes | memoryview, types: dict[str, Any], delimiter: str, longest: int = 0) -> Any:
    """Cut lines of which the longest has so many bytes."""
    if not len(text):
        return pa.schema(types).empty_table()
    block_size = max(BLOCK_BYTES, longest)
    return pyarrow.csv.read_csv(
        pa.BufferReader(text),
        read_options=pyarrow.csv.ReadOptions(
            column_names=[*types], block_size=block_size, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(delimiter=delimiter, quote_char=False),
        convert_options=pyarrow.csv.ConvertOptions(column_types=types),
    )


def _numbers(texts: Any, kind: Any) -> npt.NDArray[Any]:
    """Numbers that stand behind a letter."""
    numbers: npt.NDArray[Any] = pc.cast(pc.utf8_slice_codeunits(texts, 1), kind).to_numpy()
    return numbers
