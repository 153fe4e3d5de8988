"""Overpass and Nominatim on loopback: an extract of OpenStreetMap that answers questions.

The questions are read in the words of Overpass's language, as far as walkshed uses it, and answered
from the objects of a file: filters by key, value and pattern; `(poly:...)`; recursion down.
"""

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import quoteattr

import osmium
import osmnx
import pytest
import shapely

BRIGADOON = "Brigadoon, Scotland"

QUERY = re.compile(r"\[out:xml\]\[timeout:\d+\];\((?P<union>.*)\);\(\._;>;\);out meta;", re.DOTALL)
STATEMENT = re.compile(
    r"(?P<types>nw|rel)(?P<filters>(?:\[[^\]]*(?:\[[^\]]*\][^\]]*)*\])+)\(poly:\"(?P<poly>[^\"]*)\"\);"
)
FILTER = re.compile(r'\["(?P<key>[^"]+)"(?:(?P<operator>=|~|!~)"(?P<value>[^"]*)")?\]')
TYPES = {"nw": ("node", "way"), "rel": ("relation",)}


class Thing(NamedTuple):
    """One object: where it is (None for a relation without a known member), and as XML."""

    tags: dict[str, str]
    shape: shapely.Geometry | None
    members: tuple[tuple[str, int], ...]
    xml: str


class Planet:
    """All objects of a file, by type and id."""

    def __init__(self, path: Path, *, osm_base: str = "") -> None:
        self.osm_base = osm_base
        self.things: dict[tuple[str, int], Thing] = {}
        for item in osmium.FileProcessor(str(path)):
            self._add(item)

    def answer(self, query: str) -> str:
        """What Overpass says to a query; one that it does not understand is an error."""
        whole = QUERY.fullmatch(query)
        assert whole, query[:200]
        found: set[tuple[str, int]] = set()
        rest = whole["union"]
        while rest:
            statement = STATEMENT.match(rest)
            assert statement, rest[:200]
            found |= self._chosen(statement)
            rest = rest[statement.end() :]
        for kind in ("relation", "way"):  # a relation brings its ways, these their nodes
            below = [self.things[key].members for key in found if key[0] == kind]
            found |= {member for members in below for member in members if member in self.things}
        order = {"node": 0, "way": 1, "relation": 2}
        body = [self.things[key].xml for key in sorted(found, key=lambda k: (order[k[0]], k[1]))]
        return "\n".join([self.head(), *body, "</osm>", ""])

    def head(self) -> str:
        meta = f'<meta osm_base="{self.osm_base}"/>' if self.osm_base else ""
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<osm version="0.6" generator="Overpass API 0.7.62 of the tests">\n'
            "<note>The data included in this document is from www.openstreetmap.org.</note>\n"
            f"{meta}"
        )

    def _chosen(self, statement: re.Match[str]) -> set[tuple[str, int]]:
        filters = FILTER.findall(statement["filters"])
        assert (
            "".join(f'["{k}"{o}"{v}"]' if o else f'["{k}"]' for k, o, v in filters)
            == (statement["filters"])
        )
        numbers = list(map(float, statement["poly"].split()))
        area = shapely.Polygon(list(zip(numbers[1::2], numbers[::2], strict=True)))
        shapely.prepare(area)
        return {
            key
            for key, thing in self.things.items()
            if key[0] in TYPES[statement["types"]]
            and all(_passes(thing.tags, *wanted) for wanted in filters)
            and thing.shape is not None
            and area.intersects(thing.shape)
        }

    def _add(self, item: Any) -> None:
        tags = dict(item.tags)
        lines = [f"<tag k={quoteattr(k)} v={quoteattr(v)}/>" for k, v in tags.items()]
        head = (
            f'id="{item.id}" version="{item.version}" timestamp="{item.timestamp:%Y-%m-%dT%XZ}" '
            f'changeset="1" uid="7" user="somebody"'
        )
        if item.is_node():
            shape = shapely.Point(item.lon, item.lat)
            kind, members = "node", ()
            head += f' lat="{item.lat:.7f}" lon="{item.lon:.7f}"'
        elif item.is_way():
            kind, members = "way", tuple(("node", node.ref) for node in item.nodes)
            lines = [f'<nd ref="{ref}"/>' for _, ref in members] + lines
            here = [self.things[key].shape.coords[0] for key in members if key in self.things]
            shape = shapely.LineString(here) if len(here) > 1 else None
        else:
            letters = {"n": "node", "w": "way", "r": "relation"}
            kind, members = "relation", tuple((letters[m.type], m.ref) for m in item.members)
            lines = [
                f'<member type="{letters[m.type]}" ref="{m.ref}" role={quoteattr(m.role)}/>'
                for m in item.members
            ] + lines
            parts = [self.things[key].shape for key in members if key in self.things]
            shape = shapely.GeometryCollection([part for part in parts if part is not None])
        self.things[kind, item.id] = Thing(
            tags, shape, members, "\n".join([f"<{kind} {head}>", *lines, f"</{kind}>"])
        )


def _passes(tags: dict[str, str], key: str, operator: str, value: str) -> bool:
    if operator == "!~":
        return not (key in tags and re.search(value, tags[key]))
    if key not in tags:
        return False
    if operator == "~":
        return bool(re.search(value, tags[key]))
    return operator == "" or tags[key] == value


@dataclass
class Failure:
    """What a service does in place of answering; `late` keeps it silent, `cut` ends it midway."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    late: bool = False
    cut: bool = False


@dataclass
class Services:
    """Nominatim and Overpass of a test: what they know, how they fail next, what they were asked.

    `failures` of a service are used up one by one; then it answers. `always` is never used up.
    """

    planet: Planet
    outlines: dict[str, dict[str, Any]]
    url: str = ""
    failures: dict[str, list[Failure]] = field(default_factory=dict)
    always: dict[str, Failure] = field(default_factory=dict)
    status_page: str = ""
    asked: list[tuple[str, dict[str, list[str]], str]] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)
    patience_s: float = 3.0
    end: threading.Event = field(default_factory=threading.Event)

    def questions(self, service: str) -> list[dict[str, list[str]]]:
        """What one service was asked, in order."""
        return [text for path, text, _ in self.asked if path.endswith(f"/{service}")]

    def reply(self, service: str, text: dict[str, list[str]]) -> Failure:
        if service in self.always:
            return self.always[service]
        if self.failures.get(service):
            return self.failures[service].pop(0)
        if service == "status":
            return Failure(self.status_page.encode())
        if service == "search":
            return Failure(json.dumps(self._places(text["q"][0])).encode())
        return Failure(self.planet.answer(text["data"][0]).encode())

    def _places(self, name: str) -> list[dict[str, Any]]:
        if name not in self.outlines:
            return []
        return [{"place_id": 1, "display_name": name, "geojson": self.outlines[name]}]


@contextmanager
def serving(services: Services) -> Iterator[Services]:
    """Serve both services on 127.0.0.1."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, query: str) -> None:
            path, text = urlsplit(self.path).path, parse_qs(query)
            services.asked.append((path, text, self.headers.get("User-Agent", "")))
            reply = services.reply(path.rsplit("/", 1)[-1], text)
            if reply.late:
                services.end.wait(services.patience_s)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.cut else reply.body)

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
    services.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield services
    finally:
        services.end.set()
        server.shutdown()
        server.server_close()
        thread.join()


def point_osmnx_at(monkeypatch: pytest.MonkeyPatch, url: str, slept_s: list[float]) -> None:
    """Aim OSMnx at a server, and count the pauses."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{url}/nominatim/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", f"{url}/api")
    monkeypatch.setattr(time, "sleep", slept_s.append)
