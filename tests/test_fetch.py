"""`walkshed fetch`: an area is pinned once, and a study then runs offline, the same for ever."""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
import shapely

from overpass import BRIGADOON, Failure, Planet, Services, point_osmnx_at, serving
from walkshed.errors import SettingsError, SourceError
from walkshed.network import build_network, metric_crs
from walkshed.settings import SourceSettings
from walkshed.sources._http import Patience
from walkshed.sources.choose import open_source
from walkshed.sources.fetch import fetch_snapshot
from walkshed.sources.osm import OsmExtract
from walkshed.sources.snapshot import read_snapshot

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

MONACO = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"
QUICK = Patience(timeout_s=60, tries=2, first_pause_s=1, longest_pause_s=9)
HOSTILE_PLACES = [
    '"; out; {{7*191}}', "</script><b>", "=1+1", "../../etc/passwd", "[red]", "a" * 5000, "\n", "%",
    "Тараз, Қазақстан",
]  # fmt: skip


@pytest.fixture(scope="module")
def monaco() -> Planet:
    return Planet(MONACO, osm_base="2023-12-26T21:21:22Z")


@pytest.fixture
def pinned(services, tmp_path) -> Path:
    """The tiny town, pinned."""
    path = tmp_path / "town.osm.pbf"
    fetch_snapshot(SourceSettings(place=BRIGADOON), path, patience=QUICK)
    services.asked.clear()
    return path


def described(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(Path(f"{path}.json").read_text("utf-8"))
    return values


def edges_of(extract: OsmExtract, crs: str) -> Counter[tuple[object, ...]]:
    """Edges of the walking network as what they are: their way, their shape, their seconds."""
    network = build_network(extract, crs=crs, speed_kmh=4.8, steps_speed_kmh=2.4)
    shapes = shapely.to_wkb(shapely.set_precision(network.edge_lines, 0.01))
    rows = zip(
        network.edge_way_id.tolist(), shapes, network.edge_kind,
        np.round(network.edge_forward_s, 3), np.round(network.edge_backward_s, 3), strict=True,
    )  # fmt: skip
    return Counter(rows)


# -- one result, whichever door --------------------------------------------------------------------


@pytest.mark.parametrize(
    "box", [(7.415, 43.727, 7.43, 43.74), (7.40, 43.72, 7.50, 43.755)], ids=["a part", "all of it"]
)
def test_overpass_and_the_file_of_the_same_area_give_the_same_network(
    box, monaco, tmp_path, monkeypatch
) -> None:
    settings = SourceSettings(bbox=box)
    with serving(Services(monaco, {})) as answering:
        point_osmnx_at(monkeypatch, answering.url, answering.slept_s)
        live = fetch_snapshot(settings, tmp_path / "live.osm.pbf", patience=QUICK)
    filed = open_source(SourceSettings(file=MONACO, bbox=box)).extract
    crs = metric_crs(filed.bounds)
    ours, theirs = edges_of(live, crs), edges_of(filed, crs)
    differing = (ours - theirs).total() + (theirs - ours).total()
    assert theirs.total() > 4000
    assert differing <= 0.001 * theirs.total()
    assert live.osm_date == filed.osm_date == "2023-12-26"
    for layer in ("areas", "lines", "points", "node_tags"):
        assert set(getattr(live, layer).index) == set(getattr(filed, layer).index), layer


def test_a_place_asked_live_and_its_snapshot_are_one(services, pinned) -> None:
    live = open_source(SourceSettings(place=BRIGADOON)).extract
    snapshot = open_source(SourceSettings(snapshot=pinned)).extract
    assert live.sha256 == snapshot.sha256
    assert live.ways.equals(snapshot.ways)


# -- what is pinned --------------------------------------------------------------------------------


def test_a_snapshot_says_what_it_is(services, pinned) -> None:
    told = described(pinned)
    assert told["file"] == "town.osm.pbf"
    assert told["sha256"] == hashlib.sha256(pinned.read_bytes()).hexdigest()
    assert told["area"] == BRIGADOON
    assert told["osm_base"] == "2024-03-05T07:00:00Z"
    assert told["downloaded"].endswith("+00:00")
    assert shapely.from_wkt(told["boundary"]).area > 0
    assert len(told["parts"]) == 4
    assert "ODbL" in told["licence"]
    assert "OpenStreetMap contributors" in told["attribution"]
    assert sorted(path.name for path in pinned.parent.iterdir()) == [
        "town.osm.pbf",
        "town.osm.pbf.json",
    ]


def test_an_unknown_date_is_empty(services, tmp_path) -> None:
    services.planet.osm_base = ""
    path = tmp_path / "town.osm.pbf"
    fetch_snapshot(SourceSettings(place=BRIGADOON), path, patience=QUICK)
    assert described(path)["osm_base"] == ""
    header = osmium.io.Reader(str(path)).header()
    assert header.get("osmosis_replication_timestamp") == ""


def test_a_snapshot_is_as_old_as_its_oldest_part(services, tmp_path) -> None:
    path = tmp_path / "town.osm.pbf"
    services.failures["interpreter"] = []
    answer = services.planet.answer

    def older_each_time(query: str) -> str:
        services.planet.osm_base = (
            f"2024-03-0{9 - len(services.questions('interpreter'))}T07:00:00Z"
        )
        return answer(query)

    services.planet.answer = older_each_time
    fetch_snapshot(SourceSettings(place=BRIGADOON), path, patience=QUICK)
    bases = [part["osm_base"] for part in described(path)["parts"]]
    assert bases == [f"2024-03-0{day}T07:00:00Z" for day in (8, 7, 6, 5)]
    assert described(path)["osm_base"] == bases[-1]


def test_no_name_of_a_mapper_is_kept(services, pinned) -> None:
    assert "somebody" in services.planet.things["node", 1].xml
    for item in osmium.FileProcessor(str(pinned)):
        assert (item.user, item.uid, item.changeset) == ("", 0, 0)
        assert item.version == 1


def test_the_same_download_gives_the_same_bytes(services, pinned, tmp_path) -> None:
    again = tmp_path / "again" / "town.osm.pbf"
    fetch_snapshot(SourceSettings(place=BRIGADOON), again, patience=QUICK)
    assert again.read_bytes() == pinned.read_bytes()


def test_a_snapshot_is_never_written_over(services, pinned) -> None:
    before = pinned.read_bytes()
    with pytest.raises(SettingsError, match="is there already"):
        fetch_snapshot(SourceSettings(place=BRIGADOON), pinned, patience=QUICK)
    assert pinned.read_bytes() == before
    assert services.asked == []


def test_a_changed_snapshot_is_refused(pinned) -> None:
    data = bytearray(pinned.read_bytes())
    data[len(data) // 2] ^= 1
    pinned.write_bytes(data)
    with pytest.raises(SourceError, match=r"town\.osm\.pbf: is not the file that town.*sha256"):
        open_source(SourceSettings(snapshot=pinned, place=BRIGADOON))


@pytest.mark.parametrize("key", ["snapshot", "file"])
def test_an_extract_without_description_is_an_extract_like_any_other(key, pinned) -> None:
    Path(f"{pinned}.json").unlink()
    opened = open_source(SourceSettings(**{key: pinned}))
    assert opened.provenance == {}
    assert len(opened.extract.ways)


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", '{"format": "walkshed snapshot 1"}', "\x00", "{" * 10_000]
)
def test_a_description_that_is_none_is_refused(text, pinned) -> None:
    Path(f"{pinned}.json").write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"town\.osm\.pbf\.json: is no description"):
        read_snapshot(pinned)


def test_a_description_with_a_boundary_that_is_none_is_refused(pinned) -> None:
    values = {**described(pinned), "boundary": "POLYGON ((0 0, 1 1"}
    Path(f"{pinned}.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(SourceError, match="is no description"):
        read_snapshot(pinned)


def test_a_snapshot_is_clipped_to_its_area_or_to_that_of_the_study(
    services, tmp_path, lonlat
) -> None:
    west, south = lonlat(-50, 150)
    east, north = lonlat(500, 650)
    path = tmp_path / "town.osm.pbf"
    fetch_snapshot(SourceSettings(bbox=(west, south, east, north)), path, patience=QUICK)
    assert len(open_source(SourceSettings(snapshot=path)).extract.ways) == 6
    east, north = lonlat(-40, 250)
    smaller = SourceSettings(snapshot=path, bbox=(west, south, lonlat(50, 0)[0], north))
    assert len(open_source(smaller).extract.ways) == 2


# -- a download that breaks off --------------------------------------------------------------------


def test_a_download_goes_on_where_it_stopped(services, tmp_path) -> None:
    path, settings = tmp_path / "town.osm.pbf", SourceSettings(place=BRIGADOON)
    answer = services.planet.answer

    def third_fails(query: str) -> str:
        if len(services.questions("interpreter")) == 3:
            services.always["interpreter"] = Failure(status=500)
        return answer(query)

    services.planet.answer = third_fails
    with pytest.raises(SourceError, match="500"):
        fetch_snapshot(settings, path, patience=QUICK)
    assert not path.exists()
    services.planet.answer = answer
    services.always.clear()
    services.asked.clear()
    more_time = Patience(timeout_s=99, tries=2, first_pause_s=1, longest_pause_s=9)
    extract = fetch_snapshot(settings, path, patience=more_time)
    assert len(services.asked) == 1, "Nominatim and three parts need not be asked again"
    assert len(extract.ways) == 12
    assert sorted(file.name for file in tmp_path.iterdir()) == [path.name, f"{path.name}.json"]


def test_a_full_disk_is_told_and_what_came_is_kept(services, tmp_path) -> None:
    resource = pytest.importorskip("resource")
    path, settings = tmp_path / "town.osm.pbf", SourceSettings(place=BRIGADOON)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    tell = {"writing the snapshot": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (99, hard))}
    try:
        with pytest.raises(SettingsError, match="make room on the disk"):
            fetch_snapshot(settings, path, patience=QUICK, tell=lambda step: tell.get(step, str)())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    services.asked.clear()
    assert len(fetch_snapshot(settings, path, patience=QUICK).ways) == 12
    assert services.asked == []


def test_another_area_takes_nothing_of_a_download_that_broke_off(
    services, tmp_path, lonlat
) -> None:
    path = tmp_path / "town.osm.pbf"
    services.failures["interpreter"] = [Failure(status=500)]
    with pytest.raises(SourceError):
        fetch_snapshot(SourceSettings(place=BRIGADOON), path, patience=QUICK)
    services.asked.clear()
    box = (*lonlat(-50, -50), *lonlat(900, 700))
    fetch_snapshot(SourceSettings(bbox=box), path, patience=QUICK)
    assert len(services.asked) == 4


# -- the command -----------------------------------------------------------------------------------


def test_the_command_pins_a_place(services, walkshed, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = walkshed("fetch", BRIGADOON)
    assert ran.code == 0, ran.err
    assert ran.out == (
        "OsmExtract(brigadoon-scotland.osm.pbf, 2024-03-05: 12 street ways, 31 buildings)\n"
    )
    assert "asking Overpass for buildings (2 of 4)" in ran.err


def test_the_command_pins_the_place_of_a_study_which_then_runs_offline(
    services, walkshed, write_study, tmp_path, monkeypatch
) -> None:
    folder = tmp_path / "Оқу жобасы 1"
    study = write_study(folder, source={"snapshot": "қала.osm.pbf", "place": BRIGADOON})
    assert walkshed("fetch", study).code == 0
    point_osmnx_at(monkeypatch, "http://127.0.0.1:9", [])
    ran = walkshed("run", study, "--out", folder / "out")
    assert ran.code == 0, ran.err
    manifest = json.loads((folder / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["source"] == "snapshot"
    told = manifest["inputs"][0]
    assert told["name"] == "қала.osm.pbf"
    assert told["sha256"] == described(folder / "қала.osm.pbf")["sha256"]
    assert told["area"] == BRIGADOON
    assert told["osm_base"] == "2024-03-05T07:00:00Z"
    assert all("highway" in part["query"] for part in told["parts"] if part["name"] == "streets")


def test_the_command_takes_a_box_or_a_file(services, walkshed, tmp_path, lonlat) -> None:
    (west, south), (east, north) = lonlat(-50, 150), lonlat(500, 650)
    ran = walkshed("fetch", "--bbox", west, south, east, north, "--out", tmp_path / "box.osm.pbf")
    assert ran.code == 0, ran.err
    outline = tmp_path / "менің ауданым.geojson"
    outline.write_text(shapely.to_geojson(shapely.box(west, south, east, north)), encoding="utf-8")
    ran = walkshed("fetch", "--boundary", outline, "--out", tmp_path / "file.osm.pbf")
    assert ran.code == 0, ran.err
    assert described(tmp_path / "file.osm.pbf")["area"] == "менің ауданым.geojson"
    by_box, by_file = (read_snapshot(tmp_path / f"{name}.osm.pbf")[0] for name in ("box", "file"))
    assert by_box.ways.equals(by_file.ways)
    assert len(by_box.ways) == 6


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--bbox", "71.3", "42.8", "71.4", "42.9"],
        ["--bbox", "71.4", "42.8", "71.3", "42.9", "--out", "x.osm.pbf"],
        ["--bbox", "71.3", "42.9", "71.4", "42.8", "--out", "x.osm.pbf"],
        ["--bbox", "42.8", "171.3", "42.9", "171.4", "--out", "x.osm.pbf"],
        ["--bbox", "71.3", "42.8", "71.3", "42.9", "--out", "x.osm.pbf"],
        ["--bbox", "nan", "42.8", "71.3", "42.9", "--out", "x.osm.pbf"],
        ["--bbox", "0", "0", "361", "inf", "--out", "x.osm.pbf"],
        ["--boundary", "none.geojson", "--out", "x.osm.pbf"],
        ["none.toml"],
        [""],
    ],
)
def test_a_wrong_area_is_told(arguments, services, walkshed, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = walkshed("fetch", *arguments)
    assert ran.code == 2, ran.err
    assert ran.out == ""
    assert ran.err.startswith("walkshed: ")
    assert "Traceback" not in ran.err
    assert services.asked == []
    assert list(tmp_path.iterdir()) == []


def test_a_study_without_a_place_is_told(walkshed, write_study, tmp_path) -> None:
    ran = walkshed("fetch", write_study(tmp_path))
    assert ran.code == 2
    assert "names no `place`" in ran.err


@pytest.mark.parametrize("place", HOSTILE_PLACES)
def test_a_hostile_name_harms_nothing(place, services, walkshed, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = walkshed("fetch", place)
    assert ran.code == 2
    assert place in ran.err
    assert list(tmp_path.iterdir()) == []
    services.outlines[place] = services.outlines[BRIGADOON]
    ran = walkshed("fetch", place)
    assert ran.code == 0, ran.err
    (path,) = tmp_path.glob("*.osm.pbf")
    assert described(path)["area"] == place
    assert services.questions("search")[-1]["q"] == [place]
    assert place not in services.questions("interpreter")[0]["data"][0] or place == "%"


def test_a_folder_that_cannot_be_written_is_told(services, walkshed, tmp_path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    ran = walkshed("fetch", BRIGADOON, "--out", tmp_path / "file" / "town.osm.pbf")
    assert ran.code == 2
    assert "cannot write there" in ran.err
    assert services.asked == []
