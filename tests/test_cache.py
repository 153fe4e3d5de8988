"""What is kept on disk: it comes back equal to the last bit, or is made anew."""

import json
import math
import os
import subprocess
import sys
import tracemalloc
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from shapely import LineString, Point, Polygon

from walkshed.batch.cache import _held, cache_folder, contents_of, remembered, shrink
from walkshed.batch.stored import _sha256, read_value, write_value


@dataclass(frozen=True)
class Pair:
    left: Any
    right: Any


KINDS = {"Pair": Pair}


def again(value: Any, folder: Path) -> Any:
    path = folder / "value"
    write_value(value, path)
    return read_value(path, KINDS)


def test_a_table_comes_back_with_its_index_its_types_and_what_is_missing(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame(
        {
            "whole": pd.array([1, 2, None], dtype="Int64"),
            "number": [1.5, math.nan, -math.inf],
            "flag": [True, False, True],
            "text": pd.array(["a", None, "b"], dtype="str"),
            "object": pd.Series(["", None, math.nan], index=["a", "b", "b"], dtype=object),
            "mixed": pd.Series([1, "1", (1, [2.0])], index=["a", "b", "b"], dtype=object),
            "kind": pd.Categorical(["x", None, "y"], categories=["y", "x", "unused"]),
            "day": pd.to_datetime(["2024-01-01", None, "2025-05-05"]),
        },
        geometry=[Point(0.1, -0.0), None, Polygon([(0, 0), (1, 0), (1, 1)])],
        crs="EPSG:32642",
        index=pd.Index(["a", "b", "b"], name="door_id", dtype=object),
    )
    back = again(table, tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(table), check_exact=True)
    assert type(back) is gpd.GeoDataFrame
    assert (back.crs, back.geometry.name, back.index.name) == (table.crs, "geometry", "door_id")
    assert [type(item) for item in back["object"]] == [str, type(None), float]
    assert back["mixed"].tolist() == [1, "1", (1, [2.0])]
    for name in ("a.parquet", "b.parquet"):
        (table if name[0] == "a" else back).drop(columns="mixed").to_parquet(tmp_path / name)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


@pytest.mark.parametrize(
    "value",
    [
        None,
        (1, "x", [True, {"a": 1.5, 2: None}]),
        math.inf,
        Pair((), {}),
        LineString([(0, 0), (1, 1)]),
        np.float64(0.1) + np.float64(0.2),
    ],
)
def test_plain_things_come_back_equal(value: Any, tmp_path: Path) -> None:
    back = again(value, tmp_path)
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame(index=pd.RangeIndex(3)),
        pd.DataFrame({"a": pd.Series(dtype=object), "b": pd.Series(dtype="str")}),
        pd.DataFrame([[1, 2]], columns=["same", "same"]),
        pd.DataFrame(
            {"n": [1, 2]}, pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["x", "y"])
        ),
        gpd.GeoDataFrame({"a": []}, geometry=gpd.GeoSeries([], crs="EPSG:4326")),
    ],
)
def test_strange_tables_come_back_equal(table: pd.DataFrame, tmp_path: Path) -> None:
    back = again(table, tmp_path)
    pd.testing.assert_frame_equal(pd.DataFrame(back), pd.DataFrame(table), check_index_type="exact")


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text())))
def test_any_column_of_objects_comes_back_item_by_item(
    tmp_path_factory: pytest.TempPathFactory, items: list[Any]
) -> None:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    back = again(array, tmp_path_factory.getbasetemp()).tolist()
    assert [(type(item), repr(item)) for item in back] == [(type(i), repr(i)) for i in items]


def test_a_sparse_matrix_keeps_stored_zeros_and_their_order(tmp_path: Path) -> None:
    matrix = sparse.csc_array(([0.0, 2.0], [2, 0], [0, 2, 2]), shape=(3, 2))
    back = again(matrix, tmp_path)
    assert (back.data.tolist(), back.indices.tolist()) == ([0.0, 2.0], [2, 0])
    assert back.shape == (3, 2)


def test_what_cannot_come_back_equal_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="a set cannot be stored"):
        write_value({"a": {1, 2}}, tmp_path / "value")


def test_no_class_but_those_of_the_list_is_made(tmp_path: Path) -> None:
    write_value(Pair(1, 2), tmp_path / "value")
    with pytest.raises(KeyError, match="Pair"):
        read_value(tmp_path / "value", {})


def test_one_bit_changed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "value"
    write_value(Pair(np.arange(5), "text"), path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["0.npy"] = parts["0.npy"][:-1] + b"\x01"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(ValueError, match="hash is wrong"):
        read_value(path, KINDS)


# --- the cache -----------------------------------------------------------------------------------


class Maker:
    """Makes a pair, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Pair:
        self.times += 1
        return Pair(np.arange(3.0), "made")


def asked(folder: Path, make: Maker, follows_from: object = 1) -> Pair:
    return remembered("walk", follows_from, make, folder=folder, kinds=KINDS)


def test_a_step_is_made_once_for_all_that_it_follows_from(tmp_path: Path) -> None:
    make = Maker()
    for follows_from in ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1}):
        assert asked(tmp_path, make, follows_from).left.tolist() == [0, 1, 2]
    assert make.times == 2
    assert [kept.step for kept in contents_of(tmp_path)] == ["walk", "walk"]


def test_other_code_makes_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Maker()
    asked(tmp_path, make)
    monkeypatch.setattr("walkshed.batch.cache.made_by", lambda: {"code": "another"})
    asked(tmp_path, make)
    assert make.times == 2


@pytest.mark.parametrize("damage", ["cut", "emptied", "removed", "foreign"])
def test_a_file_that_is_not_whole_is_made_anew(damage: str, tmp_path: Path) -> None:
    make = Maker()
    asked(tmp_path, make)
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.unlink()
    spoilt = {"cut": whole[: len(whole) // 2], "emptied": b"", "foreign": b"PK of another kind"}
    if damage in spoilt:
        path.write_bytes(spoilt[damage])
    assert asked(tmp_path, make).right == "made"
    assert make.times == 2
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [whole]


def repacked(path: Path, packed: int = zipfile.ZIP_STORED, **changed: bytes) -> None:
    """Write a file of the cache again, with members changed and the hash made to agree."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "sha256"}
    parts |= {name: changed.get(Path(name).stem, data) for name, data in parts.items()}
    with zipfile.ZipFile(path, "w", packed) as archive:
        for name, data in {**parts, "sha256": _sha256(parts)}.items():
            archive.writestr(name, data)


FAR = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1%s,), }"
SPOILT = {
    "packed, a thousand to one": {"packed": zipfile.ZIP_DEFLATED, "value": b" " * 10**7},
    "lists in lists": {"value": b"[" * 50_000 + b"]" * 50_000},
    "a table of any other shape": {"value": b'{"is": "DataFrame", "of": []}'},
    "an array whose shape has no end": {
        "0": (FAR % b"").replace(b",), }", b",").ljust(127) + b"\n"
    },
    "an array said to be of terabytes": {"0": (FAR % (b"0" * 12)).ljust(127) + b"\n"},
}


@pytest.mark.parametrize("how", SPOILT.values(), ids=SPOILT)
def test_a_file_spoilt_on_purpose_is_made_anew_and_takes_no_memory(how, tmp_path: Path) -> None:
    make = Maker()
    asked(tmp_path, make)
    (path,) = tmp_path.iterdir()
    repacked(path, **how)
    _held.clear()
    tracemalloc.start()
    try:
        assert asked(tmp_path, make).right == "made"
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally:
        tracemalloc.stop()
    assert make.times == 2


def test_a_cache_that_cannot_be_written_fails_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    make = Maker()
    assert asked(tmp_path / "file" / "cache", make).right == "made"
    assert "not kept" in caplog.text


def test_what_was_unused_for_longest_goes_first(tmp_path: Path) -> None:
    make, path_of = Maker(), {}
    for number in (1, 2, 3):
        asked(tmp_path, make, number)
        (path_of[number],) = {kept.path for kept in contents_of(tmp_path)} - {*path_of.values()}
        os.utime(path_of[number], (number, number))
    asked(tmp_path, make, 1)  # used again, so the second is the one unused for longest
    assert make.times == 3
    size = path_of[1].stat().st_size
    assert [kept.path for kept in shrink(tmp_path, 2 * size)] == [path_of[2]]
    assert shrink(tmp_path, 2 * size) == []
    (tmp_path / ".walk-12.walkshed.99").write_bytes(b"left by a process that was killed")
    assert len(shrink(tmp_path, 0)) == 3
    assert list(tmp_path.iterdir()) == []


def test_the_same_bytes_are_kept_by_any_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from walkshed.batch.cache import remembered\n"
        "remembered('s', 1, lambda: {'a': (1, 2.5)}, folder=Path(sys.argv[1]), kinds={})\n"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "cache")]) for _ in range(2)
    ]
    assert [process.wait(120) for process in both] == [0, 0]
    (path,) = (tmp_path / "cache").iterdir()
    alone = tmp_path / "alone"
    subprocess.run([sys.executable, "-c", code, str(alone)], check=True)
    assert [kept.read_bytes() for kept in alone.iterdir()] == [path.read_bytes()]


def test_the_folder_of_the_cache_is_told_by_a_variable_or_the_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WALKSHED_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "walkshed"
    monkeypatch.setenv("WALKSHED_CACHE", "elsewhere")
    assert cache_folder() == Path("elsewhere")


def test_json_of_a_value_is_plain(tmp_path: Path) -> None:
    write_value({"name": "Тараз"}, tmp_path / "value")
    with zipfile.ZipFile(tmp_path / "value") as archive:
        told = json.loads(archive.read("value.json"))
    assert told == {"is": "Mapping", "of": [["name", "Тараз"]]}
