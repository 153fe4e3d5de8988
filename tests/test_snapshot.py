"""Snapshots: the same network, the same bytes; and every file that is not whole is refused."""

import json
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from towns import ADULT_KMH, MONACO, STEPS_KMH, Edge, drawings, network_of
from walkshed.errors import SourceError
from walkshed.network import WalkNetwork, build_network
from walkshed.network.snapshot import ARRAYS, TEXTS, load_network, save_network
from walkshed.sources.osm import read_osm

HEADER = {"source": "town.osm.pbf", "osm_date": "2026-01-02", "profile": {"speed_kmh": 4.8}}


@pytest.fixture(scope="module")
def town() -> WalkNetwork:
    edges = [
        Edge(0, 1, ((50, 20),), slow_back=2.0, road_class="major", name="Абай даңғылы"),
        Edge(1, 1, ((150, 0),), slow_ahead=np.inf, is_open=False, name='"; DROP TABLE'),
        Edge(1, 0),
    ]
    return network_of([(0, 0), (100, 0)], edges)


@pytest.fixture
def saved(town, tmp_path) -> Path:
    save_network(town, tmp_path / "town.walk", header=HEADER)
    return tmp_path / "town.walk"


def assert_equal(found: WalkNetwork, expected: WalkNetwork) -> None:
    for field in fields(WalkNetwork):
        mine, theirs = getattr(found, field.name), getattr(expected, field.name)
        np.testing.assert_array_equal(mine, theirs, err_msg=field.name)
        assert type(mine) is type(theirs)
        if field.name in TEXTS:
            assert list(mine.categories) == sorted(set(theirs))
            assert mine.codes.dtype == theirs.codes.dtype
        elif field.name != "crs":
            assert mine.dtype == theirs.dtype
            assert mine.flags.writeable
            assert mine.flags.aligned


def entries(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write(path: Path, parts: dict[str, bytes], how: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", how) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SourceError) as caught:
        load_network(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


# -- there and back --------------------------------------------------------------------------------


def test_a_city_comes_back_as_it_was_saved(tmp_path) -> None:
    network = build_network(
        read_osm(MONACO), crs="EPSG:32632", speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH
    )
    save_network(network, tmp_path / "monaco", header=HEADER)
    found, _ = load_network(tmp_path / "monaco")
    assert_equal(found, network)


@settings(max_examples=30, deadline=None)
@given(drawings())
def test_random_towns_come_back_as_they_were_saved(tmp_path_factory, drawing) -> None:
    network = network_of(*drawing)
    path = tmp_path_factory.getbasetemp() / "random.walk"
    save_network(network, path, header=HEADER)
    assert_equal(load_network(path)[0], network)


def test_infinite_seconds_and_hostile_names_are_kept(town, saved) -> None:
    assert_equal(load_network(saved)[0], town)


def test_the_header_says_what_the_file_is_and_where_its_data_come_from(town, saved) -> None:
    _, header = load_network(saved)
    assert len(header.pop("sha256")) == 64
    assert header == {
        **HEADER,
        "format": "walkshed network",
        "version": 2,
        "crs": "EPSG:32642",
        "nodes": 2,
        "edges": 3,
        "vertices": 8,
    }


def test_the_same_network_gives_the_same_bytes(town, saved, tmp_path) -> None:
    turned = dict(reversed(HEADER.items()))
    save_network(load_network(saved)[0], tmp_path / "again", header=turned)
    assert (tmp_path / "again").read_bytes() == saved.read_bytes()
    save_network(town, tmp_path / "other", header={**HEADER, "osm_date": "2026-01-03"})
    hashes = [load_network(tmp_path / name)[1]["sha256"] for name in ("again", "other")]
    assert hashes[0] != hashes[1]


def test_numpy_opens_the_arrays_without_pickle(town, saved) -> None:
    with np.load(saved, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["xy"], town.xy)
        assert {f"{key}.npy" for key in ARRAYS} < set(zipfile.ZipFile(saved).namelist())
        assert arrays["edge_name"].dtype.kind == "i"


def test_every_field_of_a_network_is_saved() -> None:
    assert set(ARRAYS) | {"crs"} == {field.name for field in fields(WalkNetwork)}
    assert set(TEXTS) < set(ARRAYS)


def test_a_snapshot_is_replaced_whole_and_leaves_nothing_beside_it(town, saved) -> None:
    save_network(town, saved, header={**HEADER, "source": "newer"})
    assert load_network(saved)[1]["source"] == "newer"
    assert list(saved.parent.iterdir()) == [saved]
    with pytest.raises(TypeError):
        save_network(town, saved, header={**HEADER, "note": object()})
    assert load_network(saved)[1]["source"] == "newer"
    assert list(saved.parent.iterdir()) == [saved]


@pytest.mark.parametrize("key", HEADER)
def test_a_header_that_hides_the_origin_is_refused(key, town, tmp_path) -> None:
    header = {name: value for name, value in HEADER.items() if name != key}
    with pytest.raises(ValueError, match=key):
        save_network(town, tmp_path / "town", header=header)


def test_a_header_cannot_set_what_the_file_says_itself(town, tmp_path) -> None:
    with pytest.raises(ValueError, match="sha256"):
        save_network(town, tmp_path / "town", header={**HEADER, "sha256": "0"})


# -- what is refused -------------------------------------------------------------------------------


def test_a_missing_file_is_refused(tmp_path) -> None:
    assert "no such file" in refusal(tmp_path / "none")


@pytest.mark.parametrize("data", [b"", b"hello", b"P", b"\x89PNG\r\n\x1a\n" * 100])
def test_a_file_of_another_kind_is_refused(data, tmp_path) -> None:
    path = tmp_path / "other"
    path.write_bytes(data)
    assert "is no snapshot" in refusal(path)


def test_an_extract_and_another_archive_are_no_snapshots(tmp_path) -> None:
    assert "is no snapshot" in refusal(MONACO)
    assert "is no snapshot" in refusal(write(tmp_path / "a.zip", {"readme": b"hello"}))
    np.savez(tmp_path / "b.npz", xy=np.zeros(3))
    assert "is no snapshot" in refusal(tmp_path / "b.npz")
    for text in (b'{"format": "of another program"}', b"[]", b"3"):
        assert "is no snapshot" in refusal(write(tmp_path / "c.zip", {"header.json": text}))


@pytest.mark.parametrize("version", [1, 3])
def test_an_older_and_a_newer_version_are_refused_before_anything_else_is_read(
    version, saved
) -> None:
    header = json.loads(entries(saved)["header.json"])
    write(saved, {"header.json": json.dumps({**header, "version": version}).encode(), "new": b""})
    message = refusal(saved)
    assert f"format {version}" in message
    assert "update walkshed, or build the network again" in message


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.99])
def test_a_file_that_is_cut_off_is_refused(share, saved) -> None:
    data = saved.read_bytes()
    saved.write_bytes(data[: int(len(data) * share)])
    assert "damaged or cut off" in refusal(saved)


def test_every_changed_byte_is_noticed(saved) -> None:
    # Bytes that say nothing (time stamps, attributes) may change; what is loaded may not.
    expected, header = load_network(saved)
    data = saved.read_bytes()
    for at in range(0, len(data), 7):
        changed = bytearray(data)
        changed[at] ^= 0xFF
        saved.write_bytes(changed)
        try:
            found, said = load_network(saved)
        except SourceError:
            continue
        assert_equal(found, expected)
        assert said == header


@pytest.mark.parametrize("key", ["crs", "source", "osm_date", "profile", "sha256"])
def test_a_header_that_was_changed_by_hand_is_refused(key, saved) -> None:
    parts = entries(saved)
    header = json.loads(parts["header.json"])
    parts["header.json"] = json.dumps({**header, key: "changed"}).encode()
    assert "hash" in refusal(write(saved, parts))


@pytest.mark.parametrize("name", ["header.json", "words.json", "xy.npy", "edge_u.npy"])
def test_a_missing_part_is_refused(name, saved) -> None:
    parts = entries(saved)
    del parts[name]
    refusal(write(saved, parts))


@pytest.mark.parametrize(
    "header", [b"", b"{", b"\xff", b"[" * 100_000, b'{"format": "walkshed network"}']
)
def test_a_header_that_is_no_header_is_refused(header, saved) -> None:
    refusal(write(saved, {**entries(saved), "header.json": header}))


@pytest.mark.parametrize("count", [-1, 10**15, 2.5, "3", None, True])
def test_counts_that_cannot_be_are_refused(count, saved) -> None:
    parts = entries(saved)
    header = json.loads(parts["header.json"])
    parts["header.json"] = json.dumps({**header, "vertices": count}).encode()
    assert "damaged" in refusal(write(saved, parts))


def test_compressed_parts_are_never_unpacked(saved) -> None:
    parts = entries(saved)
    parts["xy.npy"] = bytes(50_000_000)
    path = write(saved, parts, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    assert "compressed" in refusal(path)


def test_a_part_that_claims_to_be_larger_than_the_file_is_refused(saved) -> None:
    data = bytearray(saved.read_bytes())
    listed = data.rindex(b"xy.npy") - 46
    assert data[listed : listed + 4] == b"PK\x01\x02"
    data[listed + 20 : listed + 28] = b"\xf0\xff\xff\x7f" * 2
    saved.write_bytes(data)
    assert "larger than the file" in refusal(saved)


def test_pickles_are_never_opened(saved) -> None:
    parts = entries(saved)
    parts["edge_name.npy"] = pickled = parts["edge_name.npy"].replace(b"<i4", b"|O ")
    assert b"|O" in pickled
    assert "edge_name" in refusal(write(saved, parts))


@pytest.mark.parametrize("key", ["edge_u", "edge_v", "edge_name", "xy_start"])
@pytest.mark.parametrize("value", [-1, 10**6])
def test_a_forged_snapshot_points_at_nothing_outside_its_arrays(key, value, town, tmp_path) -> None:
    from walkshed.network import snapshot

    save_network(town, tmp_path / "forged", header=HEADER)
    parts = entries(tmp_path / "forged")
    dtype, _ = ARRAYS[key]
    forged = np.frombuffer(parts[f"{key}.npy"], dtype, offset=128).copy()
    forged[-1] = value
    parts[f"{key}.npy"] = parts[f"{key}.npy"][:128] + forged.tobytes()
    header = json.loads(parts["header.json"])
    words = json.loads(parts["words.json"])
    arrays = {
        name: np.frombuffer(parts[f"{name}.npy"], kind, offset=128)
        for name, (kind, _) in ARRAYS.items()
    }
    header["sha256"] = snapshot._sha256(header, words, arrays)
    parts["header.json"] = json.dumps(header).encode()
    assert "points nowhere" in refusal(write(tmp_path / "forged", parts))
