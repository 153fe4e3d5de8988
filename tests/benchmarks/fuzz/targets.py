"""The readers of walkshed, each with a few small good files to begin from."""

import functools
import json
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # the drawn town of the tests

from conftest import CORNER, METRIC, draw_town, lonlat_of, toml_of

DATA = Path(__file__).parents[3] / "data"
TARAZ = DATA / "taraz"


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes
    ----------
    seeds
        Writes good files into a folder.
    read
        Reads a file, which may be any of them, changed.
    costly
        Whether one input takes a second: as a whole study does.
    """

    seeds: Callable[[Path], Sequence[Path]]
    read: Callable[[Path], object]
    costly: bool = False


# --- good files ----------------------------------------------------------------------------------


def _text(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _places(*names: str) -> list[tuple[str, float, float]]:
    places = (lonlat_of(60 + 170 * i, 30 + 90 * i) for i in range(len(names)))
    return [(name, *place) for name, place in zip(names, places, strict=True)]


def _csv_of(head: str, *rows: str) -> str:
    placed = _places(*rows)
    lines = [f"{row.replace('@', f'{lat},{lon}')}" for row, lon, lat in placed]
    return "\n".join([head, *lines, ""])


POSTS = _csv_of(
    "id,lat,lon,kind,name_ru,number,inspectors,cost,opened,opening_hours,has_cameras,crs",
    "A,@,УПП,«Первый»,1,2,4500000,2021-12-31,24/7,yes,",
    "B,@,precinct_point,Second,2,1.5,,31.12.2020,Mo-Fr 09:00-18:00,нет,",
    'C,@,modular_post,"Third, the",3,,1 200,2019,,,EPSG:4326',
)
INSPECTORS = _csv_of("id,post,precinct,lat,lon,lives_in_precinct", "1,A,7,@,yes", "2,B,8,@,no")
INCIDENTS = _csv_of("lat,lon,date,kind", "@,2025-01-02,theft", "@,2025-02-03,call")
POINTS = _csv_of(
    "id,lat,lon,residents,children,year,source", "p1,@,120,30,2026,akimat", "p2,@,7,0,2027,x"
)
CELLS = "h3,residents\n8928308280fffff,100\n8928308280bffff,20.5\n"
SQUARES = _csv_of("id,lat,lon,size_m,residents", "s1,@,100,12", "s2,@,100,30")
TOTALS = "zone,residents,children,year,source\nБатыс,1000,200,2024,census\nEast,20,1,,\n"
SITES = _csv_of(
    "id,lat,lon,name,owner,cost,kind,status,group,inspectors",
    "S1,@,School,city,100,ground floor,candidate,g,2",
    "S2,@,Shop,,,,required,,",
)


def _collection(*shapes: Mapping[str, Any], **properties: Any) -> str:
    features = [
        {"type": "Feature", "properties": {**properties, "id": f"f{i}"}, "geometry": shape}
        for i, shape in enumerate(shapes)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def _ring(west: float, south: float, east: float, north: float) -> list[Any]:
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return [list(lonlat_of(*corner)) for corner in corners]


def _polygons(**properties: Any) -> str:
    one = {"type": "Polygon", "coordinates": [_ring(-100, -200, 1000, 650)]}
    two = {"type": "MultiPolygon", "coordinates": [[_ring(1000, -200, 2600, 500)]]}
    return _collection(one, two, **properties)


ZONES = _polygons(name="Zone", name_ru="Зона", reason="a park", residents=100)
POINT = {"type": "Point", "coordinates": list(lonlat_of(100, 30))}
GEO_POSTS = _collection(POINT, POINT, kind="УПП", name_ru="=1+1", inspectors=2)
LINE = {"type": "LineString", "coordinates": [list(lonlat_of(0, 0)), list(lonlat_of(200, 200))]}
STREET = {"type": "LineString", "coordinates": [list(lonlat_of(e, 0)) for e in (0, 200)]}


def _scenario() -> str:
    common = {"reason": "a bridge", "date": "2026-01-01"}
    edits = [
        ({"action": "add_street", "highway": "footway", "bridge": True, "name": "New"}, LINE),
        ({"action": "close"}, STREET),
        ({"action": "add_post", "id": "N1", "name_ru": "Новый", "kind": "precinct_point"}, POINT),
        ({"action": "close_post", "post_id": "A"}, None),
        ({"action": "move_post", "post_id": "B"}, POINT),
    ]
    features = [
        {"type": "Feature", "properties": {**common, **told}, "geometry": shape}
        for told, shape in edits
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


GRID = (
    'cities = ["a/study.toml", "b/study.toml"]\nstandards = ["minutes_5_10_15"]\n'
    'new_posts = [2, 4]\nbudgets = [1.5, 2]\nprofiles = ["adult", "older"]\n'
)


def _workbooks(folder: Path) -> list[Path]:
    import csv
    import io

    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(POSTS)):
        book.active.append(row)
    book.active.merge_cells("E2:E3")
    second = book.create_sheet("Лист2")
    second.append(["id", "lat", "lon"])
    second.append(["Z", 42.9, 71.37])
    book.save(folder / "posts.xlsx")
    return [folder / "posts.xlsx"]


def _geopackages(folder: Path) -> list[Path]:
    import geopandas as gpd

    for name, text in (("zones", ZONES), ("posts", GEO_POSTS)):
        source = _text(folder, f"{name}.geojson", text)
        gpd.read_file(source).to_file(folder / f"{name}.gpkg", layer=name)
        source.unlink()
    return [folder / "zones.gpkg", folder / "posts.gpkg"]


def _extracts(folder: Path) -> list[Path]:
    import osmium

    town = draw_town().write(folder / "town.osm")
    with osmium.SimpleWriter(str(folder / "town.osm.pbf")) as writer:
        for item in osmium.FileProcessor(str(town)):
            writer.add(item)
    return [folder / "town.osm.pbf"]


def _graphml(folder: Path) -> list[Path]:
    import networkx as nx
    import osmnx

    graph = nx.MultiDiGraph(crs="epsg:4326", created_date="2026-01-01 10:00:00", simplified=True)
    for node, (east, north) in {1: (0, 0), 2: (100, 0), 3: (100, 100)}.items():
        lon, lat = lonlat_of(east, north)
        graph.add_node(node, x=lon, y=lat, street_count=1)
    bent = f"LINESTRING ({', '.join(f'{x} {y}' for x, y in LINE['coordinates'])})"
    graph.add_edge(1, 2, osmid=10, reversed=False, highway=["path", "steps"], geometry=bent)
    graph.add_edge(2, 1, osmid=10, reversed=True, highway="path", name="Абая")
    graph.add_edge(2, 3, osmid=[11, 12], reversed=False, highway="residential", length=3.0)
    osmnx.save_graphml(graph, folder / "graph.graphml")
    return [folder / "graph.graphml"]


@functools.cache
def _network() -> Any:
    import tempfile

    from walkshed.network import build_network
    from walkshed.sources.osm import read_streets

    with tempfile.TemporaryDirectory() as folder:
        path = draw_town().write(Path(folder) / "town.osm")
        return build_network(read_streets(path), crs=METRIC, speed_kmh=4.8, steps_speed_kmh=2.4)


def _snapshots(folder: Path) -> list[Path]:
    from walkshed.network.snapshot import save_network

    header = {"source": "town.osm", "osm_date": "2024-03-05", "profile": "adult"}
    save_network(_network(), folder / "town.walk", header=header)
    return [folder / "town.walk"]


def _stored(folder: Path) -> list[Path]:
    import geopandas as gpd
    import pandas as pd
    import shapely

    from walkshed.batch.stored import write_value

    table = gpd.GeoDataFrame(
        {"name": ["a", None], "n": pd.array([1, None], dtype="Int64"), "x": [1.5, float("nan")]},
        geometry=[shapely.Point(1, 2), None],
        index=pd.Index(["p", "q"], name="id"),
        crs=METRIC,
    )
    write_value({"network": _network(), "table": table, "of": (1, [2.5])}, folder / "x.walkshed")
    return [folder / "x.walkshed"]


def _rasters(folder: Path) -> list[Path]:
    import numpy as np
    import rasterio
    from rasterio.transform import from_origin

    west, north = lonlat_of(-200, 800)
    path = folder / "people.tif"
    values = np.arange(400, dtype="float32").reshape(20, 20)
    with rasterio.open(
        path, "w", driver="GTiff", width=20, height=20, count=1, dtype="float32", nodata=-1,
        crs="EPSG:4326", transform=from_origin(west, north, 0.002, 0.002),
    ) as raster:  # fmt: skip
        raster.write(values, 1)
    return [path]


def _description(folder: Path) -> list[Path]:
    from walkshed.sources.osm import file_sha256

    (pbf,) = _extracts(folder)
    ring = ", ".join(f"{x} {y}" for x, y in _ring(-500, -500, 3000, 1000))
    told = {
        "format": "walkshed snapshot 1", "file": pbf.name, "sha256": file_sha256(pbf),
        "area": "a town", "boundary": f"POLYGON (({ring}))", "osm_base": "", "downloaded": "",
        "overpass": "https://overpass", "parts": [
            {"name": "a", "query": "q", "osm_base": "b", "downloaded": "d"},
        ],
    }  # fmt: skip
    return [_text(folder, f"{pbf.name}.json", json.dumps(told))]


STUDY_FILES = {
    "town.osm": lambda: draw_town().text(),
    "posts.csv": lambda: POSTS,
    "zones.geojson": lambda: ZONES,
    "totals.csv": lambda: "zone,residents\nf0,1000\nf1,20\n",
    "points.csv": lambda: POINTS,
    "sites.csv": lambda: SITES,
    "exclusions.geojson": lambda: _collection(
        {"type": "Polygon", "coordinates": [_ring(420, 420, 580, 580)]}, reason="a park"
    ),
    "scenario.geojson": _scenario,
    "incidents.csv": lambda: INCIDENTS,
}


def _study(folder: Path) -> list[Path]:
    values = {
        "city": "Test",
        "language": "en",
        "scenario": "scenario.geojson",
        "source": {"file": "town.osm"},
        "posts": {"registry": "posts.csv", "incidents": "incidents.csv", "crs": ""},
        "residents": {"points": "points.csv", "source": "a count", "date": "2024-01-01"},
        "zones": {"file": "zones.geojson"},
        "candidates": {"spacing_m": 200, "sites": "sites.csv", "exclusions": "exclusions.geojson"},
        "siting": {"new_posts": 2, "time_limit_s": 3},
        "scores": {"draws": 5, "profiles": ["adult"]},
    }
    files = [_text(folder, name, text()) for name, text in STUDY_FILES.items()]
    return [_text(folder, "study.toml", toml_of(values)), *files]


def _run(folder: Path) -> list[Path]:
    """A run of the drawn town, once for all that read runs."""
    from walkshed.settings import read_settings
    from walkshed.study import run_study, write_study

    source = folder / "source"
    source.mkdir()
    study, *_ = _study(source)
    write_study(run_study(read_settings(study)), folder)
    shutil.rmtree(source)
    names = ("manifest.json", "summary.json", "doors.parquet", "map.html")
    return [folder / name for name in names]


# --- reading -------------------------------------------------------------------------------------


def _read_grid(path: Path) -> object:
    from walkshed.batch.grid import batch_studies

    return batch_studies([path])


def _read_facts(path: Path) -> object:
    """As the doctor does: what is wrong with it is a finding."""
    from contextlib import suppress

    from walkshed.doctor.people import newest_fact

    with suppress(ValueError):
        return newest_fact(path)
    return None


def _of_sources(module: str, function: str, **options: Any) -> Callable[[Path], object]:
    def read(path: Path) -> object:
        import importlib

        return getattr(importlib.import_module(f"walkshed.{module}"), function)(path, **options)

    return read


def _read_neighbourhoods(path: Path) -> object:
    import shapely

    from walkshed.sources.zones import read_neighbourhoods

    return read_neighbourhoods(path, shapely.box(71, 42, 72, 44))


def _read_any_polygons(path: Path) -> object:
    """By the reader that its name asks for: there are four."""
    from walkshed.sources.boundary import read_boundary
    from walkshed.sources.precincts import read_precincts
    from walkshed.sources.sites import read_exclusions

    for read in (_read_neighbourhoods, read_boundary, read_precincts, read_exclusions):
        _told_or_read(read, path)
    if path.suffix == ".gpkg":
        _told_or_read(_of_sources("sources.posts", "read_posts"), path)
        _told_or_read(_of_sources("sources.population", "read_cells", crs=METRIC), path)
    return read_boundary(path)


def _told_or_read(read: Callable[[Path], object], path: Path) -> None:
    from walkshed.errors import WalkshedError

    from .judging import unclear

    try:
        read(path)
    except WalkshedError as error:
        if unclear(error, path):
            raise


def _read_raster(path: Path) -> object:
    import numpy as np
    import shapely

    from walkshed.network.elevation import read_elevation
    from walkshed.sources.population_raster import population_cells

    _told_or_read(lambda path: read_elevation(path, METRIC)(np.array([CORNER, (0.0, 1e308)])), path)
    return population_cells(path, shapely.box(71.37, 42.895, 71.39, 42.906), crs=METRIC)


def _unsigned(module: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    """Read a file as it is, and again as if its hash agreed with what was changed."""
    from unittest.mock import ANY, patch

    def both(path: Path) -> object:
        with patch(f"walkshed.{module}._sha256", lambda *_: ANY):
            _told_or_read(read, path)
        return read(path)

    return both


def _read_stored(path: Path) -> object:
    """As the cache does: a damaged file is one that is not there."""
    from contextlib import suppress

    from walkshed.batch.one import KINDS
    from walkshed.batch.stored import DAMAGE, read_value

    with suppress(*DAMAGE):
        return read_value(path, KINDS)
    return None


def _read_description(path: Path) -> object:
    from walkshed.sources.snapshot import read_snapshot

    return read_snapshot(path.with_name(path.name.removesuffix(".json")))


def _read_run(path: Path) -> object:
    """As every command that reads a run; the manifest is made to agree with what was changed."""
    from walkshed.maps.comparing import read_page
    from walkshed.reports.read import read_run
    from walkshed.sources.osm import file_sha256

    manifest = path.with_name("manifest.json")
    if path != manifest:
        told = json.loads(manifest.read_text("utf-8"))
        told["outputs"][path.name] = file_sha256(path)
        manifest.write_text(json.dumps(told), encoding="utf-8")
    return read_page(path) if path.suffix == ".html" else read_run(path.parent)


def _read_rerun(path: Path) -> object:
    from walkshed.reports.read import read_manifest
    from walkshed.study.rerun import settings_again

    return settings_again(read_manifest(path), path, [path.parent])


def _run_study(path: Path) -> object:
    from walkshed.settings import read_settings
    from walkshed.study import run_study

    return run_study(read_settings(path.with_name("study.toml")))


def _texts(suffix: str, *texts: str) -> Callable[[Path], list[Path]]:
    return lambda folder: [_text(folder, f"given{i}{suffix}", text) for i, text in enumerate(texts)]


def _copies(*paths: Path) -> Callable[[Path], list[Path]]:
    return lambda folder: [Path(shutil.copy(path, folder / path.name)) for path in paths]


posts = _of_sources("sources.posts", "read_posts", extent=(71.2, 42.8, 71.56, 42.99))
TARGETS: Mapping[str, Target] = {
    "study.toml": Target(
        lambda folder: _study(folder)[:1], _of_sources("settings", "read_settings")
    ),
    "batch.toml": Target(_texts(".toml", GRID), _read_grid),
    "schematic.toml": Target(
        _copies(TARAZ / "schematic.toml"), _of_sources("schematic.parameters", "read_schematic")
    ),
    "facts.toml": Target(_copies(TARAZ / "facts.toml"), _read_facts),
    "posts.csv": Target(_texts(".csv", POSTS), posts),
    "inspectors.csv": Target(
        _texts(".csv", INSPECTORS), _of_sources("sources.inspectors", "read_inspectors")
    ),
    "incidents.csv": Target(
        _texts(".csv", INCIDENTS), _of_sources("sources.incidents", "read_incidents", crs=METRIC)
    ),
    "establishment.csv": Target(
        _copies(TARAZ / "establishment.csv"),
        _of_sources("sources.establishment", "read_establishment"),
    ),
    "points.csv": Target(
        _texts(".csv", POINTS), _of_sources("sources.population", "read_points", crs=METRIC)
    ),
    "planned.csv": Target(
        _texts(".csv", POINTS), _of_sources("sources.population", "read_planned", crs=METRIC)
    ),
    "cells.csv": Target(
        _texts(".csv", CELLS, SQUARES), _of_sources("sources.population", "read_cells", crs=METRIC)
    ),
    "totals.csv": Target(_texts(".csv", TOTALS), _of_sources("sources.population", "read_totals")),
    "sites.csv": Target(_texts(".csv", SITES), _of_sources("sources.sites", "read_sites")),
    "posts.xlsx": Target(_workbooks, posts),
    "posts.geojson": Target(_texts(".geojson", GEO_POSTS), posts),
    "scenario.geojson": Target(
        lambda folder: [_text(folder, "scenario.geojson", _scenario())],
        _of_sources("scenario.geojson", "read_scenario"),
    ),
    "polygons.geojson": Target(_texts(".geojson", ZONES), _read_any_polygons),
    "polygons.gpkg": Target(_geopackages, _read_any_polygons),
    "town.osm": Target(
        lambda folder: [draw_town().write(folder / "town.osm")],
        _of_sources("sources.osm", "read_osm"),
    ),
    "town.osm.pbf": Target(_extracts, _of_sources("sources.osm", "read_osm")),
    "cut.osm.pbf": Target(_extracts, _of_sources("sources.osm", "read_streets")),
    "graph.graphml": Target(_graphml, _of_sources("sources.graphml", "read_graphml")),
    "description.json": Target(_description, _read_description),
    "network.walk": Target(
        _snapshots,
        _unsigned("network.snapshot", _of_sources("network.snapshot", "load_network")),
    ),
    "cache.walkshed": Target(_stored, _unsigned("batch.stored", _read_stored)),
    "raster.tif": Target(_rasters, _read_raster),
    "run": Target(_run, _read_run),
    "rerun": Target(lambda folder: _run(folder)[:1], _read_rerun),
    "study": Target(_study, _run_study, costly=True),
}
