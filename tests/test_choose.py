"""Which source of a study is opened: the first that answers, or the one that is forced."""

import itertools
from pathlib import Path
from typing import Any

import networkx as nx
import osmium
import pytest

from walkshed.errors import SettingsError, SourceError
from walkshed.settings import SourceSettings
from walkshed.sources import choose
from walkshed.sources._http import Patience, Tell
from walkshed.sources.choose import open_source

VILLAGE = "width_m=600\nheight_m=600\nsuperblock_m=300\nhouses=20\nprecinct_points=1\n"
NAMES = ("file", "graphml", "snapshot", "live", "schematic")
GRAPH = nx.MultiDiGraph(crs="EPSG:4326")
GRAPH.add_nodes_from([(1, {"x": 71.37, "y": 42.9}), (2, {"x": 71.38, "y": 42.9})])
GRAPH.add_edge(1, 2, highway="residential", osmid=7)


def write_pbf(town: Any, path: Path) -> None:
    """Write a town as what a download leaves: a file of another kind under a name of its own."""
    drawn = town.write(path.with_suffix(".osm"))
    with osmium.SimpleWriter(str(path)) as writer:
        for item in osmium.FileProcessor(str(drawn)):
            writer.add(item)


@pytest.fixture
def sources(tmp_path, town_of, monkeypatch) -> dict[str, object]:
    """All five sources, each telling itself apart; live is saved by no network."""
    for name in ("file", "snapshot"):
        town_of().write(tmp_path / f"{name}.osm")
    nx.write_graphml(GRAPH, tmp_path / "graph.graphml")
    (tmp_path / "village.toml").write_text(VILLAGE, encoding="utf-8")

    def download(settings: SourceSettings, path: Path, *, patience: Patience, tell: Tell) -> None:
        assert (settings.place, patience.timeout_s) == ("Brigadoon", 7)
        write_pbf(town_of(), path)

    monkeypatch.setattr(choose, "fetch_snapshot", download)
    return {
        "file": {"file": tmp_path / "file.osm"},
        "graphml": {"graphml": tmp_path / "graph.graphml"},
        "snapshot": {"snapshot": tmp_path / "snapshot.osm"},
        "live": {"place": "Brigadoon", "live_timeout_s": 7},
        "schematic": {"schematic": tmp_path / "village.toml"},
    }


@pytest.fixture
def offline(monkeypatch) -> None:
    def refuse(settings: SourceSettings, path: Path, *, patience: Patience, tell: Tell) -> None:
        raise SourceError(f"{settings.place}: OpenStreetMap cannot be reached")

    monkeypatch.setattr(choose, "fetch_snapshot", refuse)


def settings(sources: dict, *names: str) -> SourceSettings:
    return SourceSettings(**{key: value for name in names for key, value in sources[name].items()})


@pytest.mark.parametrize(
    "names", [names for n in (1, 2, 5) for names in itertools.combinations(NAMES, n)]
)
def test_the_first_source_that_answers_is_taken(names, sources) -> None:
    opened = open_source(settings(sources, *names))
    assert opened.source == names[0]
    assert opened.passed_over == ()
    assert opened.is_schematic == (names[0] == "schematic")
    assert len(opened.extract.ways)


@pytest.mark.parametrize("forced", NAMES)
def test_a_forced_source_is_taken(forced, sources) -> None:
    assert open_source(settings(sources, *NAMES), forced).source == forced


@pytest.mark.parametrize("forced", NAMES)
def test_a_forced_source_must_be_there(forced, sources) -> None:
    others = [name for name in NAMES if name != forced]
    with pytest.raises(SettingsError, match=forced):
        open_source(settings(sources, *others), forced)


def test_a_snapshot_not_yet_pinned_is_passed_over(sources, tmp_path) -> None:
    sources["snapshot"] = {"snapshot": tmp_path / "none.osm.pbf"}
    assert open_source(settings(sources, "snapshot", "schematic")).source == "schematic"


def test_a_forced_snapshot_must_be_pinned(sources, tmp_path) -> None:
    sources["snapshot"] = {"snapshot": tmp_path / "none.osm.pbf"}
    with pytest.raises(SourceError, match=r"none\.osm\.pbf: no such file"):
        open_source(settings(sources, "snapshot", "schematic"), "snapshot")


@pytest.mark.parametrize("name", ["file", "snapshot"])
def test_a_damaged_file_is_an_error(name, sources) -> None:
    (path,) = sources[name].values()
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(SourceError, match=f"{name}.osm: "):
        open_source(settings(sources, name, "live", "schematic"))


def test_a_missing_file_is_an_error(sources, tmp_path) -> None:
    sources["file"] = {"file": tmp_path / "none.osm"}
    with pytest.raises(SourceError, match=r"none\.osm: no such file"):
        open_source(settings(sources, "file", "schematic"))


def test_without_a_network_the_schematic_is_taken_and_the_reason_kept(sources, offline) -> None:
    opened = open_source(settings(sources, "live", "schematic"))
    assert opened.source == "schematic"
    assert opened.passed_over == ("Brigadoon: OpenStreetMap cannot be reached",)


def test_without_a_network_and_a_schematic_the_reason_is_told(sources, offline) -> None:
    with pytest.raises(SourceError, match="Brigadoon: OpenStreetMap cannot be reached"):
        open_source(settings(sources, "live"))


def test_a_forced_live_source_that_fails_is_an_error(sources, offline) -> None:
    with pytest.raises(SourceError, match="Brigadoon: OpenStreetMap cannot be reached"):
        open_source(settings(sources, *NAMES), "live")


def test_nothing_to_open_is_told(sources, tmp_path) -> None:
    sources["snapshot"] = {"snapshot": tmp_path / "none.osm.pbf"}
    with pytest.raises(SourceError, match="snapshot"):
        open_source(settings(sources, "snapshot"))


def test_a_schematic_city_is_the_same_each_time(sources) -> None:
    twice = [open_source(settings(sources, "schematic")).extract.sha256 for _ in range(2)]
    assert twice[0] == twice[1]


def test_no_folder_is_left_behind(sources, tmp_path, monkeypatch) -> None:
    import tempfile

    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    for name in ("live", "schematic"):
        open_source(settings(sources, name))
    assert list(elsewhere.iterdir()) == []
