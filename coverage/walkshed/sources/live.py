"""Ask OpenStreetMap's services: Nominatim for the outline of a place, Overpass for its data.

The addresses of the two are those of OSMnx's settings, so that a mirror named there is used here
too. What Overpass sends is saved as it came, when it has come whole.
"""

import json
import re
from collections.abc import Mapping
from itertools import product
from math import ceil, floor
from pathlib import Path
from typing import Any

import requests
import shapely
from shapely.geometry import shape

from ..errors import SourceError
from ._http import AGENT, OTHERWISE, Patience, Tell, ask

KEYS: Mapping[str, tuple[str, ...]] = {
    "streets": ("highway", "barrier", "ford", "man_made"),
    "buildings": ("building",),
    "ground": ("natural", "landuse", "leisure", "waterway", "railway"),
    "places": (
        "amenity", "shop", "office", "tourism", "healthcare", "public_transport", "place",
        "aeroway", "addr:housenumber", "addr:street",
    ),
}  # fmt: skip
"""Keys of the nodes and ways asked for, in groups that are asked one after the other."""

AREA_KEYS: Mapping[str, tuple[str, ...]] = {
    "streets": ('["highway"]',),
    "buildings": ('["building"]',),
    "ground": (
        '["natural"]["natural"!~"^(bay|strait|peninsula|isthmus|mountain_range|plateau|desert)$"]',
        '["landuse"]', '["leisure"]', '["waterway"]', '["railway"]',
    ),
    "places": (
        '["amenity"]', '["shop"]', '["office"]', '["tourism"]', '["healthcare"]',
        '["public_transport"]', '["aeroway"="aerodrome"]',
        '["place"]["place"!~"^(continent|country|state|region|province|county|island|sea|ocean)$"]',
        '["boundary"="administrative"]["admin_level"~"^([4-9]|1[0-2])$"]',
    ),
}  # fmt: skip
"""Relations asked for. They come with all of their members, so none that spans countries is:
rivers and routes are no areas, and bays, islands and states are left out by name."""

TILE_DEGREES = 0.25
"""A large area is asked for in squares of this side, so that no answer is too much at once."""

CORNERS_MAX = 50
COARSE_DEGREES = 0.0005
"""An outline of more corners is asked for as a coarser one around it, and clipped afterwards."""


def place_outline(place: str, patience: Patience, *, tell: Tell) -> shapely.Geometry:
    """Ask Nominatim for the outline of a place, in EPSG:4326.

    Raises
    ------
    SourceError
        Nominatim knows no area of that name, does not answer, or answers nonsense.
    """
    import osmnx

    def send() -> Any:
        answer = requests.get(
            f"{osmnx.settings.nominatim_url.rstrip('/')}/search",
            params={"q": place, "format": "jsonv2", "polygon_geojson": "1", "limit": "5"},
            headers=AGENT,
            timeout=patience.connect_and_read_s,
        )
        answer.raise_for_status()
        return answer.content

    found = ask("Nominatim", send, patience, tell=tell)
    try:
        outlines = [shape(result["geojson"]) for result in json.loads(found)]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
        raise SourceError(f"Nominatim answered nonsense; try again later, {OTHERWISE}") from error
    areas = [outline for outline in outlines if outline.area > 0]
    if not areas:
        raise SourceError(
            "OpenStreetMap knows no area of that name; write it as its own search does, or give "
            "`boundary` or `bbox`"
        )
    return shapely.make_valid(areas[0])


def overpass_queries(boundary: shapely.Geometry, timeout_s: float) -> dict[str, str]:
    """Write the questions that together ask for everything a study needs of an area.

    Each asks for what touches the convex hull of the area, or of the part of it in one tile.

    Parameters
    ----------
    boundary
        The area, in EPSG:4326.
    timeout_s
        Seconds that Overpass may take for each.

    Returns
    -------
    dict
        Name of each part, as "buildings" or, with tiles, "buildings 2", and its query.

    Examples
    --------
    >>> queries = overpass_queries(shapely.box(71.25, 42.75, 71.5, 43), 15)
    >>> list(queries)
    ['streets', 'buildings', 'ground', 'places']
    >>> queries["streets"][:64]
    '[out:xml][timeout:15];(nw["highway"](poly:"42.7500000 71.2500000'
    """
    hulls = _hulls(boundary)
    queries = {}
    for group, (i, hull) in product(KEYS, enumerate(hulls, start=1)):
        at = " ".join(f"{lat:.7f} {lon:.7f}" for lon, lat in hull.exterior.coords[:-1])
        wanted = [f'nw["{key}"](poly:"{at}");' for key in KEYS[group]]
        wanted += [
            f'rel["type"~"^(multipolygon|boundary)$"]{filters}(poly:"{at}");'
            for filters in AREA_KEYS[group]
        ]
        name = group if len(hulls) == 1 else f"{group} {i}"
        head = f"[out:xml][timeout:{max(1, round(timeout_s))}];"
        queries[name] = f"{head}({''.join(wanted)});(._;>;);out meta;"
    return queries


def _hulls(boundary: shapely.Geometry) -> list[shapely.Polygon]:
    """Convex hulls of the parts of an area in each tile of a fixed grid."""
    west, south, east, north = (bound / TILE_DEGREES for bound in boundary.bounds)
    if max(east - west, north - south) <= 1:
        return [_hull(boundary)]
    columns, rows = range(floor(west), ceil(east)), range(floor(south), ceil(north))
    tiles = [
        shapely.box(*(TILE_DEGREES * side for side in (x, y, x + 1, y + 1)))
        for x, y in product(columns, rows)
    ]
    parts = shapely.intersection(boundary, tiles)
    return [_hull(part) for part in parts if part.area > 0]


def _hull(part: shapely.Geometry) -> shapely.Polygon:
    """Convex hull, made a little larger where it has too many corners to ask with."""
    hull = shapely.convex_hull(part)
    if shapely.get_num_coordinates(hull) <= CORNERS_MAX:
        return hull
    around = hull.buffer(COARSE_DEGREES, join_style="mitre")
    return shapely.convex_hull(around.simplify(COARSE_DEGREES))


def ask_overpass(query: str, path: Path, patience: Patience, *, tell: Tell) -> None:
    """Ask Overpass and save its answer, when it has come whole.

    Raises
    ------
    SourceError
        Overpass refuses, is silent, runs out of time or memory, or sends no data.
    """
    import osmnx

    url = osmnx.settings.overpass_url.rstrip("/")
    unfinished = path.with_name(f"{path.name}.unfinished")

    def send() -> None:
        with requests.post(
            f"{url}/interpreter",
            data={"data": query},
            headers=AGENT,
            timeout=patience.connect_and_read_s,
            stream=True,
        ) as answer:
            answer.raise_for_status()
            with unfinished.open("wb") as file:
                file.writelines(answer.iter_content(1 << 20))
        _refuse_nonsense(unfinished)

    def free_in_s() -> float | None:
        """Seconds until one of the slots that Overpass gives this address is free."""
        try:
            status = requests.get(
                f"{url}/status", headers=AGENT, timeout=patience.connect_and_read_s
            )
        except requests.RequestException:
            return None
        waits = re.findall(r"Slot available after: [^,\n]+, in (\d+) seconds", status.text)
        return min(map(float, waits), default=None)

    try:
        ask("Overpass", send, patience, tell=tell, free_in_s=free_in_s)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _refuse_nonsense(path: Path) -> None:
    """Refuse what is no OpenStreetMap data; what breaks off may be asked for again."""
    with path.open("rb") as file:
        head = file.read(2000)
        file.seek(max(0, path.stat().st_size - 4000))
        tail = file.read()
    if b"<osm" not in head:
        raise SourceError(
            f"Overpass sent no OpenStreetMap data but {_first_words(head)}; try again later, "
            f"{OTHERWISE}"
        )
    if b"</osm>" not in tail[-100:]:
        raise requests.exceptions.ChunkedEncodingError("no </osm>")
    remark = re.search(rb"<remark>(.*?)</remark>", tail, re.DOTALL)
    if remark and b"error" in remark[1]:
        raise SourceError(
            f"Overpass gave up ({_first_words(remark[1])}); ask for a smaller area, raise "
            f"`live_timeout_s`, {OTHERWISE}"
        )


def _first_words(text: bytes) -> str:
    """Quote the beginning of what a service said, without its tags and line breaks."""
    words = " ".join(re.sub(r"<[^>]*>", " ", text.decode("utf-8", "replace")).split())
    return f"«{words[:150]}»" if words.isprintable() and words else "something else"


def osm_base_of(path: Path) -> str:
    """Time up to which an answer of Overpass holds all edits, ISO; empty where it does not say."""
    with path.open("rb") as file:
        found = re.search(rb'<meta [^>]*osm_base="(\d{4}-\d\d-\d\dT[\d:]+Z)"', file.read(2000))
    return found[1].decode() if found else ""
