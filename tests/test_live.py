"""A live download against a small server of this test: what is asked, and every way it fails."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import osmnx
import pytest
import shapely

from walkshed.errors import SourceError
from walkshed.settings import SourceSettings
from walkshed.sources.choose import open_source
from walkshed.sources.live import download_place, overpass_query

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PLACE = "Brigadoon, Scotland"
LONGEST_PAUSE_S = 5.0
PATIENCE_S = 3.0
SQUARE = [[71.36, 42.89], [71.41, 42.89], [71.41, 42.91], [71.36, 42.91], [71.36, 42.89]]


@dataclass
class Answer:
    """What one service says; `late` keeps it silent for longer than anybody waits."""

    body: bytes
    status: int = 200
    late: bool = False
    cut: bool = False


@dataclass
class Services:
    """Nominatim and Overpass of the test, and what they were asked."""

    nominatim: Answer
    overpass: Answer
    url: str = ""
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)
    end: threading.Event = field(default_factory=threading.Event)


def found(geometry: dict[str, Any] | None = None) -> Answer:
    """Nominatim's answer with one result."""
    place = {
        "place_id": 1, "osm_type": "relation", "osm_id": 2, "lat": "42.9", "lon": "71.38",
        "class": "place", "type": "town", "place_rank": 16, "importance": 0.5,
        "addresstype": "town", "name": "Brigadoon", "display_name": PLACE,
        "boundingbox": ["42.89", "42.91", "71.36", "71.41"],
        "geojson": geometry or {"type": "Polygon", "coordinates": [SQUARE]},
    }  # fmt: skip
    return Answer(json.dumps([place]).encode())


@pytest.fixture
def services(town_of, monkeypatch, tmp_path) -> Iterator[Services]:
    """Serve both on 127.0.0.1 until the test is over."""
    state = Services(found(), Answer(town_of().text().encode()))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(state.nominatim, urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(state.overpass, self.rfile.read(int(self.headers["Content-Length"])))

        def _answer(self, answer: Answer, query: str | bytes) -> None:
            text = query if isinstance(query, str) else query.decode()
            agent = self.headers.get("User-Agent", "")
            state.asked.append((urlsplit(self.path).path, parse_qs(text), agent))
            if answer.late:
                state.end.wait(PATIENCE_S)
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body) * (2 if answer.cut else 1)))
            self.end_headers()
            self.wfile.write(answer.body)

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:  # the one who asked has given up
                return

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    _point_osmnx_at(monkeypatch, state.url)
    monkeypatch.chdir(tmp_path)
    try:
        yield state
    finally:
        state.end.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _point_osmnx_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Aim OSMnx at a server; its pauses for courtesy are counted, not slept."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{url}/nominatim/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{url}/api")
    slept_s: list[float] = []

    def sleep(seconds: float) -> None:
        slept_s.append(seconds)
        if sum(slept_s) > LONGEST_PAUSE_S:
            pytest.fail(f"waits {sum(slept_s)} s before it asks again")

    monkeypatch.setattr(time, "sleep", sleep)


@pytest.fixture
def unreachable(monkeypatch, tmp_path) -> None:
    """Aim OSMnx at a port where nobody listens."""
    _point_osmnx_at(monkeypatch, "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)


def refused(path: Path, timeout_s: float = 5) -> str:
    """Download in vain: the message; no file is left."""
    settings_before = {key: getattr(osmnx.settings, key) for key in _setting_names()}
    with pytest.raises(SourceError) as caught:
        download_place(PLACE, path, timeout_s=timeout_s)
    assert {key: getattr(osmnx.settings, key) for key in _setting_names()} == settings_before
    assert list(path.parent.iterdir()) == []
    message = str(caught.value)
    assert message.startswith(f"{PLACE}: ")
    return message


def _setting_names() -> list[str]:
    return [name for name in vars(osmnx.settings) if not name.startswith("_")]


# -- when all goes well ----------------------------------------------------------------------------


def test_the_answer_is_saved_as_it_came(services, tmp_path) -> None:
    download_place(PLACE, tmp_path / "live.osm", timeout_s=5)
    assert (tmp_path / "live.osm").read_bytes() == services.overpass.body
    assert [path.name for path in tmp_path.iterdir()] == ["live.osm"]


def test_nominatim_is_asked_for_the_place_and_overpass_for_its_area(services, tmp_path) -> None:
    download_place(PLACE, tmp_path / "live.osm", timeout_s=5)
    (search, asked, agent), (interpreter, query, other_agent) = services.asked
    assert (search, interpreter) == ("/nominatim/search", "/api/interpreter")
    assert asked["q"] == [PLACE]
    (text,) = query["data"]
    assert text.startswith("[out:xml]")
    for lon, lat in SQUARE:
        assert f"{lat:.6f} {lon:.6f}" in text
    for key in ("highway", "building", "railway", "waterway", "amenity", "barrier"):
        assert f'["{key}"]' in text
    for name in (agent, other_agent):
        assert name
        assert not name.startswith("python-requests")


def test_osmnx_keeps_its_settings(services, tmp_path) -> None:
    before = {key: getattr(osmnx.settings, key) for key in _setting_names()}
    download_place(PLACE, tmp_path / "live.osm", timeout_s=5)
    assert {key: getattr(osmnx.settings, key) for key in _setting_names()} == before


def test_a_place_of_several_parts_is_asked_for_whole(services, tmp_path) -> None:
    east = [[lon + 0.2, lat] for lon, lat in SQUARE]
    services.nominatim = found({"type": "MultiPolygon", "coordinates": [[SQUARE], [east]]})
    download_place(PLACE, tmp_path / "live.osm", timeout_s=5)
    (text,) = services.asked[1][1]["data"]
    assert "42.890000 71.360000" in text
    assert "42.910000 71.610000" in text


def test_a_download_is_an_extract_like_any_other(services, tmp_path) -> None:
    opened = open_source(SourceSettings(place=PLACE, schematic=Path("none.toml")))
    assert (opened.source, opened.is_schematic, opened.passed_over) == ("live", False, ())
    assert len(opened.extract.ways) == 13
    assert opened.extract.osm_date == "2024-03-05"
    assert list(tmp_path.iterdir()) == []


def test_the_query_is_as_large_as_the_place_not_as_its_outline() -> None:
    circle = shapely.Point(71.37, 42.9).buffer(0.1, quad_segs=500)
    star = circle.union(shapely.box(71.3, 42.85, 71.6, 42.86))
    assert len(overpass_query(star, 10)) < 500_000
    assert "42.850000 71.600000" in overpass_query(star, 10)


# -- when it does not ------------------------------------------------------------------------------


def test_nobody_listens(unreachable, tmp_path) -> None:
    assert "cannot be reached" in refused(tmp_path / "live.osm")


@pytest.mark.parametrize("status", [429, 504, 500, 403])
def test_nominatim_refuses(status, services, tmp_path) -> None:
    services.nominatim = Answer(b"<html>no</html>", status)
    refused(tmp_path / "live.osm")
    assert len(services.asked) == 1


@pytest.mark.parametrize("status", [429, 504, 400])
def test_overpass_refuses(status, services, tmp_path) -> None:
    services.overpass = Answer(b"<html>Too Many Requests</html>", status)
    refused(tmp_path / "live.osm")
    assert len(services.asked) == 2


def test_the_place_is_unknown(services, tmp_path) -> None:
    services.nominatim = Answer(b"[]")
    assert "knows no area of that name" in refused(tmp_path / "live.osm")


def test_the_place_is_a_point(services, tmp_path) -> None:
    services.nominatim = found({"type": "Point", "coordinates": [71.38, 42.9]})
    assert "knows no area of that name" in refused(tmp_path / "live.osm")


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"{}", b"null", b"\xff\xfe", b"[1]"])
def test_nominatim_talks_nonsense(body, services, tmp_path) -> None:
    services.nominatim = Answer(body)
    refused(tmp_path / "live.osm")


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b"{}", b"\xff\xfe\x00"])
def test_overpass_talks_nonsense(body, services, tmp_path) -> None:
    services.overpass = Answer(body)
    assert "Overpass" in refused(tmp_path / "live.osm")


def test_overpass_runs_out_of_time_or_memory(services, tmp_path) -> None:
    remark = b'<remark>runtime error: Query timed out in "query" at line 1.</remark>\n</osm>'
    services.overpass.body = services.overpass.body.replace(b"</osm>", remark)
    assert "Overpass" in refused(tmp_path / "live.osm")


def test_the_download_breaks_off(services, tmp_path) -> None:
    services.overpass.cut = True
    refused(tmp_path / "live.osm")


@pytest.mark.parametrize("service", ["nominatim", "overpass"])
def test_nobody_is_waited_for_longer_than_told(service, services, tmp_path) -> None:
    getattr(services, service).late = True
    started = time.monotonic()
    refused(tmp_path / "live.osm", timeout_s=0.2)
    assert time.monotonic() - started < PATIENCE_S


@pytest.mark.parametrize(
    "body", [b'<osm version="0.6"></osm>', b'<osm version="0.6"><node id="1" lat="4']
)
def test_a_download_that_cannot_be_used_names_the_place(body, services, tmp_path) -> None:
    services.overpass = Answer(body)
    with pytest.raises(SourceError) as caught:
        open_source(SourceSettings(place=PLACE), "live")
    assert PLACE in str(caught.value)
    assert "/live.osm" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
