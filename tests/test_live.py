"""Asking OpenStreetMap's services: what is asked, and every way in which they fail.

The services are small ones of this test, on loopback, that answer from the tiny town.
"""

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import osmnx
import pytest
import shapely

from overpass import BRIGADOON, Failure, point_osmnx_at
from walkshed.errors import SourceError
from walkshed.settings import SourceSettings
from walkshed.sources._http import Patience
from walkshed.sources.choose import open_source
from walkshed.sources.fetch import fetch_snapshot, hasty, patient
from walkshed.sources.live import overpass_queries

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

SETTINGS = SourceSettings(place=BRIGADOON)
QUICK = Patience(timeout_s=5, tries=3, first_pause_s=1, longest_pause_s=60)
REMARK = '<remark> runtime error: Query {} in "query" at line 1 after 9 seconds. </remark>\n</osm>'


def fetch(path: Path, patience: Patience = QUICK, settings: SourceSettings = SETTINGS):
    told: list[str] = []
    extract = fetch_snapshot(settings, path, patience=patience, tell=told.append)
    return extract, told


def refused(folder: Path, patience: Patience = QUICK) -> str:
    """Fetch in vain: the message; neither a snapshot nor a half of one is left."""
    with pytest.raises(SourceError) as caught:
        fetch(folder / "town.osm.pbf", patience)
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    assert not {name for name in left if not re.fullmatch(r"[0-9a-f]{16}\.(osm|wkt)", name)}
    message = str(caught.value)
    assert message.startswith(f"{BRIGADOON}: ")
    assert re.search(r"\b(try|give|ask|write|check)\b", message), message
    return message


def text_of(services) -> str:
    return services.planet.answer(services.questions("interpreter")[0]["data"][0])


# -- what is asked ---------------------------------------------------------------------------------


def test_nominatim_is_asked_for_the_place_and_overpass_for_its_area(services, tmp_path) -> None:
    fetch(tmp_path / "town.osm.pbf")
    paths = [path for path, _, _ in services.asked]
    assert paths == ["/nominatim/search", *["/api/interpreter"] * 4]
    assert services.questions("search")[0]["q"] == [BRIGADOON]
    for lon, lat in services.outlines[BRIGADOON]["coordinates"][0]:
        assert f"{lat:.7f} {lon:.7f}" in services.questions("interpreter")[0]["data"][0]
    for _, _, agent in services.asked:
        assert agent
        assert not agent.startswith("python-requests")


def test_all_that_a_study_and_an_address_need_is_asked_for() -> None:
    text = "".join(overpass_queries(shapely.box(71.3, 42.8, 71.4, 42.9), 180).values())
    keys = (
        "highway", "barrier", "building", "natural", "landuse", "leisure", "waterway", "railway",
        "amenity", "shop", "office", "tourism", "healthcare", "public_transport", "place",
        "addr:housenumber", "addr:street",
    )  # fmt: skip
    for key in keys:
        assert f'nw["{key}"](poly:' in text
    assert '["boundary"="administrative"]["admin_level"~"^([4-9]|1[0-2])$"]' in text


def test_no_relation_that_may_span_a_country_is_asked_for() -> None:
    """A relation comes with all its members: a river to its source, an island with its coast."""
    text = "".join(overpass_queries(shapely.box(71.3, 42.8, 71.4, 42.9), 180).values())
    assert "nwr[" not in text
    for statement in re.findall(r"rel\[.*?;", text):
        assert statement.startswith('rel["type"~"^(multipolygon|boundary)$"]')


def test_osmnx_keeps_its_settings(services, tmp_path) -> None:
    names = [name for name in vars(osmnx.settings) if not name.startswith("_")]
    before = {name: getattr(osmnx.settings, name) for name in names}
    fetch(tmp_path / "town.osm.pbf")
    assert {name: getattr(osmnx.settings, name) for name in names} == before


def test_a_place_of_several_parts_is_asked_for_whole() -> None:
    parts = shapely.union_all([shapely.box(71, 42, 71.1, 42.1), shapely.box(71.15, 42, 71.2, 42.1)])
    for query in overpass_queries(parts, 10).values():
        assert "42.0000000 71.0000000" in query
        assert "42.1000000 71.2000000" in query


def asked_of(query: str) -> shapely.Polygon:
    numbers = list(map(float, re.search(r'poly:"([^"]*)"', query)[1].split()))
    return shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))


def test_a_large_area_is_asked_for_tile_by_tile_and_without_gaps() -> None:
    area = shapely.box(71.1, 42.3, 71.9, 42.6)
    queries = overpass_queries(area, 10)
    assert list(queries)[:8] == [f"streets {i}" for i in range(1, 9)]
    streets = [asked_of(query) for name, query in queries.items() if name.startswith("streets")]
    assert shapely.union_all(streets).equals(area)
    assert max(tile.bounds[2] - tile.bounds[0] for tile in streets) <= 0.25 + 1e-9


def test_an_outline_of_many_corners_is_asked_for_in_few_and_whole() -> None:
    circle = shapely.Point(71.37, 42.9).buffer(0.1, quad_segs=500)
    star = circle.union(shapely.box(71.3, 42.85, 71.5, 42.86))
    for query in overpass_queries(star, 10).values():
        assert len(query) < 20_000
        assert asked_of(query).covers(star)
        assert asked_of(query).area < 1.02 * star.convex_hull.area


def test_the_service_may_work_on_an_answer_for_minutes(services, tmp_path) -> None:
    fetch(tmp_path / "town.osm.pbf", patient(SourceSettings(place="x").live_timeout_s))
    for question in services.questions("interpreter"):
        assert "[timeout:180]" in question["data"][0]
    connect_s, silence_s = patient(180).connect_and_read_s
    assert connect_s <= 10
    assert silence_s > 180


# -- failures that pass ----------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["search", "interpreter"])
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_is_asked_again(service, status, services, tmp_path) -> None:
    services.failures[service] = [Failure(b"<html>busy</html>", status)] * 2
    extract, told = fetch(tmp_path / "town.osm.pbf")
    assert len(extract.ways)
    assert services.slept_s == [1, 2]
    assert len([line for line in told if str(status) in line and "asking again in" in line]) == 2


def test_the_pause_is_the_one_that_the_service_asks_for(services, tmp_path) -> None:
    services.failures["interpreter"] = [Failure(status=429, headers={"Retry-After": "17"})]
    fetch(tmp_path / "town.osm.pbf")
    assert services.slept_s == [17]


def test_the_pause_may_be_asked_for_as_a_date(services, tmp_path) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    services.failures["interpreter"] = [Failure(status=504, headers={"Retry-After": until})]
    fetch(tmp_path / "town.osm.pbf")
    assert 30 < services.slept_s[0] <= 40


@pytest.mark.parametrize("text", ["soon", "-5", "1e3", "", "Thu, 99 Foo 2026"])
def test_a_pause_that_is_none_is_passed_over(text, services, tmp_path) -> None:
    services.failures["interpreter"] = [Failure(status=504, headers={"Retry-After": text})]
    fetch(tmp_path / "town.osm.pbf")
    assert services.slept_s == [1]


def test_overpass_is_asked_when_a_slot_is_free(services, tmp_path) -> None:
    services.failures["interpreter"] = [Failure(status=429)]
    services.status_page = (
        "Connected as: 1\nRate limit: 2\n"
        "Slot available after: 2026-11-22T10:00:25Z, in 25 seconds.\n"
        "Slot available after: 2026-11-22T10:00:09Z, in 9 seconds.\n"
    )
    fetch(tmp_path / "town.osm.pbf")
    assert services.slept_s == [9]


def test_an_answer_that_breaks_off_is_asked_for_again(services, tmp_path) -> None:
    fetch(tmp_path / "whole.osm.pbf")
    cut = text_of(services).encode()
    services.failures["interpreter"] = [Failure(cut, cut=True), Failure(cut[:2000])]
    extract, _ = fetch(tmp_path / "town.osm.pbf")
    assert services.slept_s == [1, 2]
    assert (tmp_path / "town.osm.pbf").read_bytes() == (tmp_path / "whole.osm.pbf").read_bytes()
    assert len(extract.ways) == 12


# -- failures that stay ----------------------------------------------------------------------------


def test_nobody_listens(monkeypatch, tmp_path) -> None:
    slept_s: list[float] = []
    point_osmnx_at(monkeypatch, "http://127.0.0.1:9", slept_s)
    message = refused(tmp_path)
    assert "OpenStreetMap cannot be reached" in message
    assert slept_s == [1, 2]


def test_a_study_with_another_source_does_not_wait_long(monkeypatch, tmp_path) -> None:
    slept_s: list[float] = []
    point_osmnx_at(monkeypatch, "http://127.0.0.1:9", slept_s)
    refused(tmp_path, hasty(180))
    assert sum(slept_s) <= 2


@pytest.mark.parametrize("service", ["search", "interpreter"])
@pytest.mark.parametrize(
    ("status", "words", "times"),
    [
        (429, "too many requests from this address", 3),
        (504, "overloaded", 3),
        (403, "refuses requests from this address", 1),
        (500, "refused (500)", 1),
        (400, "refused (400)", 1),
    ],
)
def test_a_refusal_is_told(service, status, words, times, services, tmp_path) -> None:
    services.always[service] = Failure(b"<html>no</html>", status)
    message = refused(tmp_path)
    assert words in message
    assert str(status) in message
    assert len(services.questions(service)) == times


def test_a_service_that_wants_to_be_left_alone_for_long_is(services, tmp_path) -> None:
    services.always["interpreter"] = Failure(status=429, headers={"Retry-After": "7200"})
    assert "7200 s" in refused(tmp_path)
    assert services.slept_s == []


def test_the_place_is_unknown(services, tmp_path) -> None:
    services.outlines.clear()
    assert "knows no area of that name" in refused(tmp_path)


def test_the_place_is_a_point(services, tmp_path) -> None:
    services.outlines[BRIGADOON] = {"type": "Point", "coordinates": [71.38, 42.9]}
    assert "knows no area of that name" in refused(tmp_path)


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"{}", b"null", b"\xff\xfe", b"[1]"])
def test_nominatim_talks_nonsense(body, services, tmp_path) -> None:
    services.always["search"] = Failure(body)
    refused(tmp_path)


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"{}", b"\xff\xfe\x00", b"\x1b[31m"])
def test_overpass_talks_nonsense(body, services, tmp_path) -> None:
    services.always["interpreter"] = Failure(body)
    message = refused(tmp_path)
    assert "Overpass sent no OpenStreetMap data" in message
    assert message.isprintable()


def test_a_page_in_place_of_data_is_quoted(services, tmp_path) -> None:
    services.always["interpreter"] = Failure(b"<html><body><p>Please\n log in</p></body></html>")
    assert "«Please log in»" in refused(tmp_path)


@pytest.mark.parametrize("reason", ["timed out", "run out of memory using about 2048 MB of RAM"])
def test_overpass_runs_out_of_time_or_memory(reason, services, tmp_path) -> None:
    fetch(tmp_path / "first" / "town.osm.pbf")
    text = text_of(services).replace("</osm>", REMARK.format(reason))
    services.always["interpreter"] = Failure(text.encode())
    folder = tmp_path / "second"
    folder.mkdir()
    message = refused(folder)
    assert reason in message
    assert "smaller area" in message


@pytest.mark.parametrize("node", [b"<node id=", b'<node id="1" version="1" lat="999" lon="5"/>'])
def test_data_that_cannot_be_read_are_told_and_not_kept(node, services, tmp_path) -> None:
    services.failures["interpreter"] = [Failure(b'<osm version="0.6">' + node + b"</osm>")]
    assert "cannot be read" in refused(tmp_path)
    fetch(tmp_path / "town.osm.pbf")
    assert len(services.questions("interpreter")) == 5, "three of four parts were kept"


@pytest.mark.parametrize("service", ["search", "interpreter"])
def test_nobody_is_waited_for_longer_than_told(service, services, tmp_path) -> None:
    services.always[service] = Failure(late=True)
    started = time.monotonic()
    message = refused(tmp_path, Patience(0.2, tries=3, first_pause_s=1, longest_pause_s=9))
    assert "did not answer" in message
    assert "live_timeout_s" in message
    assert time.monotonic() - started < services.patience_s


def test_an_area_without_streets_is_told_and_leaves_nothing(services, tmp_path) -> None:
    services.planet.things = {
        key: thing for key, thing in services.planet.things.items() if "highway" not in thing.tags
    }
    assert "holds no street" in refused(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_answer_is_told(services, tmp_path) -> None:
    services.always["interpreter"] = Failure(b'<osm version="0.6"></osm>')
    assert "holds no street" in refused(tmp_path)


# -- a study that asks live ------------------------------------------------------------------------


def test_a_download_is_an_extract_like_any_other(services, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    opened = open_source(SourceSettings(place=BRIGADOON, schematic=Path("none.toml")))
    assert (opened.source, opened.is_schematic, opened.passed_over) == ("live", False, ())
    assert len(opened.extract.ways) == 12
    assert opened.extract.osm_date == "2024-03-05"
    assert list(tmp_path.iterdir()) == []


def test_a_study_tells_what_was_asked_and_when(services) -> None:
    told = open_source(SETTINGS).provenance
    assert told["area"] == BRIGADOON
    assert told["osm_base"] == "2024-03-05T07:00:00Z"
    assert [part["name"] for part in told["parts"]] == ["streets", "buildings", "ground", "places"]
    assert [part["query"] for part in told["parts"]] == [
        question["data"][0] for question in services.questions("interpreter")
    ]
    assert "ODbL" in told["licence"]


def test_a_box_is_asked_for_without_nominatim(services, lonlat) -> None:
    west, south = lonlat(-50, 150)
    east, north = lonlat(500, 650)
    opened = open_source(SourceSettings(place="anything", bbox=(west, south, east, north)))
    assert services.questions("search") == []
    assert len(opened.extract.ways) == 6, "three rows and three columns touch it"


def test_a_download_that_cannot_be_used_names_the_place(services, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    services.always["interpreter"] = Failure(b'<osm version="0.6"></osm>')
    with pytest.raises(SourceError) as caught:
        open_source(SETTINGS, "live")
    assert str(caught.value).startswith(f"{BRIGADOON}: ")
    assert "/live" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
