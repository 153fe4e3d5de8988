"""A tiny town drawn in metres, studied once, and the command line run in this process."""

import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest import mock
from xml.sax.saxutils import quoteattr

import hypothesis
import pytest
from pyproj import Transformer

from browsing import browser, keep_page, open_page, tabs

if TYPE_CHECKING:
    from overpass import Services

__all__ = ["browser", "keep_page", "open_page", "tabs"]  # fixtures of the tests with a browser

# In CI the same examples each time; at a developer's desk new ones, to find what is not known yet.
# No test asserts a time, so none has a deadline.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

REPO = Path(__file__).parents[1]
OF_CITIES = {"test_map_cities.py", "test_map_visitor.py", "test_what_if_agrees.py"}
SLOW = OF_CITIES | {"test_benchmarks.py", "test_notebooks.py", "test_bridges.py", "test_writing.py"}
METRIC = "EPSG:32642"
CORNER_LONLAT = (71.37, 42.90)
HOSTILE_NAME = '</script><b>{{ 7 * 7 }}</b> «Шығыс» & "co" \'; drop'

_to_metres = Transformer.from_crs("EPSG:4326", METRIC, always_xy=True)
_to_degrees = Transformer.from_crs(METRIC, "EPSG:4326", always_xy=True)
CORNER = _to_metres.transform(*CORNER_LONLAT)


def pytest_configure(config: pytest.Config) -> None:
    """Let processes that tests start share their bytecode where Python is told to write none.

    Each of them would compile the two thousand modules it imports anew: three seconds a process.
    """
    if sys.dont_write_bytecode and hasattr(config, "cache"):
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
        os.environ["PYTHONDONTWRITEBYTECODE"] = ""  # empty: may be written


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One worker more than there are cores: much of the time a browser or a clock is waited for."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give one worker all files that ask about the cities, so that each city is studied once."""
    from xdist.scheduler import LoadFileScheduling

    class ByFileAndCities(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "cities" if Path(file).name in OF_CITIES else file

    return ByFileAndCities(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files of few and slow tests: begun last, they would leave a worker waiting."""
    items.sort(key=lambda item: item.path.name not in SLOW)


def lonlat_of(east_m: float, north_m: float) -> tuple[float, float]:
    """Degrees of a place so many metres east and north of the town's corner."""
    lon, lat = _to_degrees.transform(CORNER[0] + east_m, CORNER[1] + north_m)
    return round(lon, 7), round(lat, 7)


class Town:
    """OpenStreetMap XML, drawn in metres east and north of a corner; same place, same node."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[float, float], int] = {}
        self._tags: dict[int, Mapping[str, str]] = {}
        self._ways: list[tuple[Sequence[int], Mapping[str, str]]] = []

    def node(self, east_m: float, north_m: float, tags: Mapping[str, str] | None = None) -> int:
        number = self._nodes.setdefault((east_m, north_m), len(self._nodes) + 1)
        if tags:
            self._tags[number] = tags
        return number

    def way(self, points: Sequence[tuple[float, float]], tags: Mapping[str, str]) -> int:
        self._ways.append(([self.node(*point) for point in points], tags))
        return 1000 + len(self._ways)

    def area(
        self, west: float, south: float, east: float, north: float, tags: Mapping[str, str]
    ) -> int:
        ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return self.way(ring, tags)

    def house(self, east_m: float, north_m: float, tags: Mapping[str, str]) -> int:
        """A square of 10 m around its middle."""
        return self.area(east_m - 5, north_m - 5, east_m + 5, north_m + 5, tags)

    def text(self) -> str:
        stamp = 'version="1" timestamp="2024-03-05T06:07:08Z"'
        lines = ["<?xml version='1.0' encoding='UTF-8'?>", '<osm version="0.6" generator="tests">']
        for place, number in self._nodes.items():
            lon, lat = lonlat_of(*place)
            lines.append(f'<node id="{number}" {stamp} lat="{lat:.7f}" lon="{lon:.7f}">')
            lines += [*_tag_lines(self._tags.get(number, {})), "</node>"]
        for i, (nodes, tags) in enumerate(self._ways, start=1):
            lines.append(f'<way id="{1000 + i}" {stamp}>')
            lines += [f'<nd ref="{node}"/>' for node in nodes]
            lines += [*_tag_lines(tags), "</way>"]
        return "\n".join([*lines, "</osm>", ""])

    def write(self, path: Path) -> Path:
        path.write_text(self.text(), encoding="utf-8")
        return path


def _tag_lines(tags: Mapping[str, str]) -> list[str]:
    return [f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items()]


def draw_town(
    *, streets: bool = True, houses: bool = True, police: bool = True, suburbs: bool = True
) -> Town:
    """Nine streets 200 m apart, a road east with two lanes, an island, a railway, 30 houses.

    The two posts stand 15 m beside a street. Of the houses one is beyond the railway, one too far
    from any street and one on the island; all others can walk to a post.
    """
    town = Town()
    if streets:
        _draw_streets(town)
    if houses:
        _draw_houses(town)
    if police:
        town.node(100, -15, {"amenity": "police", "name": "Участковый пункт № 1", "ref": "1"})
        town.node(700, 615, {"amenity": "police", "name": "Police"})
    if suburbs:
        town.area(-100, -200, 1000, 650, {"place": "suburb", "name": "Батыс"})
        town.area(1000, -200, 2600, 500, {"place": "suburb", "name": HOSTILE_NAME})
        town.node(400, 300, {"place": "town", "name": "Тест", "name:en": "Test"})
    return town


def _draw_streets(town: Town) -> None:
    blocks = range(0, 801, 200)
    for north in range(0, 601, 200):
        tags = {"highway": "residential", "name": f"Row {north}"}
        town.way([(east, north) for east in blocks], tags)
    for east in blocks:
        tags = {"highway": "residential", "name": f"Column {east}"}
        town.way([(east, north) for north in range(0, 601, 200)], tags)
    road = [(east, 0) for east in (800, 1200, 1600, 2000, 2400)]
    town.way(road, {"highway": "secondary", "name": HOSTILE_NAME})
    town.way([(1600, 0), (1600, 300)], {"highway": "living_street"})
    town.way([(2400, 0), (2400, 300)], {"highway": "footway"})
    town.way([(0, -3000), (600, -3000)], {"highway": "residential", "name": "Island"})
    town.way([(-300, -60), (2700, -60)], {"railway": "rail"})


HOUSES: tuple[tuple[float, float], ...] = (
    *((east, 20) for east in range(60, 800, 80)),
    *((east, 420) for east in range(60, 600, 80)),
    *((east, 20) for east in range(900, 2400, 200)),
    *((1620, 250), (2420, 250)),
    *((300, -2980), (500, -120), (1200, 800)),
)


def _draw_houses(town: Town) -> None:
    kinds = ("house", "apartments", "yes")
    for i, (east, north) in enumerate(HOUSES):
        levels = {"building:levels": str(1 + i % 5)} if i % 4 else {}
        town.house(east, north, {"building": kinds[i % 3], **levels})
    town.house(300, 120, {"building": "garage"})
    town.house(500, 120, {"building": "school", "building:levels": "3"})


def toml_of(values: Mapping[str, Any], table: str = "") -> str:
    """TOML of a mapping, its tables last."""
    plain = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in plain.items()]
    for name, inner in values.items():
        if isinstance(inner, Mapping):
            lines += [f"[{table}{name}]", toml_of(inner, f"{table}{name}.")]
    return "\n".join(lines) + "\n"


STUDY: Mapping[str, Any] = {
    "city": "Test",
    "language": "en",
    "source": {"file": "town.osm"},
    "residents": {"total": 3000, "source": "a count", "date": "2024-01-01"},
    "siting": {"new_posts": 2},
    "candidates": {"spacing_m": 200},
}


class Ran(NamedTuple):
    """What the command line gave back."""

    code: int
    out: str
    err: str


def run_here(*arguments: object) -> Ran:
    """Run the command line in this process."""
    from walkshed import cli

    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        mock.patch.object(sys, "argv", ["walkshed", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Ran(code, out.getvalue(), err.getvalue())


def contents_of(folder: Path) -> dict[str, bytes | None]:
    """Bytes of every file beneath a folder, hidden ones too; None for a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.fixture(scope="session")
def town_of() -> Callable[..., Town]:
    return draw_town


@pytest.fixture
def new_town() -> Town:
    return Town()


@pytest.fixture(scope="session")
def lonlat() -> Callable[[float, float], tuple[float, float]]:
    return lonlat_of


@pytest.fixture(scope="session")
def corner() -> tuple[float, float]:
    return CORNER


@pytest.fixture(scope="session")
def walkshed() -> Callable[..., Ran]:
    return run_here


@pytest.fixture(scope="session")
def contents() -> Callable[[Path], dict[str, bytes | None]]:
    return contents_of


@pytest.fixture(scope="session")
def hostile_name() -> str:
    return HOSTILE_NAME


@pytest.fixture(scope="session")
def write_study() -> Callable[..., Path]:
    """Write the town and its study file; keys given replace those of the study, None drops one."""

    def write(folder: Path, *, name: str = "study.toml", **changes: Any) -> Path:
        folder.mkdir(exist_ok=True, parents=True)
        if not (folder / "town.osm").exists():
            draw_town().write(folder / "town.osm")
        values = {key: value for key, value in {**STUDY, **changes}.items() if value is not None}
        path = folder / name
        path.write_text(toml_of(values), encoding="utf-8")
        return path

    return write


@pytest.fixture
def services(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator["Services"]:
    """Overpass and Nominatim of the tiny town, which is called Brigadoon; OSMnx asks there.

    Pauses before a service is asked again are counted in `slept_s`, not slept. Tests that use this
    must be marked `allow_hosts(["127.0.0.1"])`.
    """
    from overpass import BRIGADOON, Planet, Services, point_osmnx_at, serving

    town = draw_town().write(tmp_path_factory.mktemp("planet") / "town.osm")
    ring = [lonlat_of(*corner) for corner in ((-400, -400), (2800, -400), (2800, 900), (-400, 900))]
    outline = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    known = Services(Planet(town, osm_base="2024-03-05T07:00:00Z"), {BRIGADOON: outline})
    with serving(known) as answering:
        point_osmnx_at(monkeypatch, answering.url, answering.slept_s)
        yield answering


class Written(NamedTuple):
    """The tiny town's study, run once by the command line."""

    study: Path
    folder: Path
    ran: Ran

    @property
    def summary(self) -> dict[str, Any]:
        values: dict[str, Any] = json.loads((self.folder / "summary.json").read_text("utf-8"))
        return values


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory, write_study: Callable[..., Path]) -> Written:
    base = tmp_path_factory.mktemp("tiny-town")
    study = write_study(base)
    folder = base / "out"
    ran = run_here("run", study, "--out", folder)
    assert ran.code == 0, ran.err
    return Written(study, folder, ran)


@pytest.fixture(scope="session")
def studied(written: Written) -> Any:
    """The tiny town's study as tables, run by function calls."""
    from walkshed.settings import read_settings
    from walkshed.study import run_study

    return run_study(read_settings(written.study))


@pytest.fixture(scope="session")
def studied_page(studied: Any) -> str:
    """The page of the tiny town's study: with its walk inside, so it can be asked «what if»."""
    return _page_of(studied)


@pytest.fixture(scope="session")
def taraz() -> Any:
    """The study of the schematic Taraz, as it comes with the project."""
    return _study_of("taraz", source="schematic")


@pytest.fixture(scope="session")
def monaco() -> Any:
    """The study of Monaco, as it comes with the project."""
    return _study_of("monaco", source="file")


def _study_of(city: str, *, source: str) -> Any:
    from walkshed.settings import read_settings
    from walkshed.study import run_study

    return run_study(read_settings(REPO / "data" / city / "study.toml"), source=source)


@pytest.fixture(scope="session")
def taraz_page(taraz: Any) -> str:
    return _page_of(taraz)


@pytest.fixture(scope="session")
def monaco_page(monaco: Any) -> str:
    return _page_of(monaco)


def _page_of(result: Any) -> str:
    from walkshed.study.files import study_map_of

    html: str = study_map_of(result).to_html()
    return html


@pytest.fixture(scope="module", params=["compiled", "scipy"])
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Search as it is compiled, then by scipy: what a module says holds for both."""
    from walkshed.network import _numba

    if request.param == "compiled" and not _numba.HAS_NUMBA:
        pytest.skip("numba cannot be had here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_numba, "HAS_NUMBA", request.param == "compiled")
        yield request.param
