"""Download a city from OpenStreetMap: its outline from Nominatim, its data from Overpass.

The answer is saved as it came, as an `.osm` file, and read through the same door as any other
extract. The addresses of the two services are those of OSMnx's settings, so that a mirror named
there is used here too.
"""

from pathlib import Path

import requests
import shapely
from shapely.geometry import shape

from ..errors import SourceError

QUERY_KEYS = (
    "highway", "railway", "waterway", "building", "natural", "landuse", "leisure", "place",
    "barrier", "amenity",
)  # fmt: skip
"""Keys of the objects asked for; administrative boundaries are asked for beside them."""

AGENT = {"User-Agent": "walkshed (walking access to police posts)"}


def download_place(place: str, path: Path, *, timeout_s: float) -> None:
    """Download what OpenStreetMap holds of a place and save it as an `.osm` file.

    Parameters
    ----------
    place
        A name that Nominatim knows as an area, such as "Taraz, Kazakhstan".
    path
        File to write.
    timeout_s
        Longest silence of either service. Neither is asked twice.

    Raises
    ------
    SourceError
        The place is unknown, a service does not answer in time, refuses, or answers nonsense.
    """
    try:
        answer = _ask_overpass(overpass_query(_boundary(place, timeout_s), timeout_s), timeout_s)
    except requests.HTTPError as error:
        raise SourceError(
            f"{place}: {error.response.url.split('?')[0]} refused ({error.response.status_code}); "
            "try again later, or give an extract as `file` or `snapshot`"
        ) from error
    except requests.RequestException as error:
        raise SourceError(
            f"{place}: OpenStreetMap cannot be reached ({type(error).__name__}); check the "
            "connection, or give an extract as `file` or `snapshot`"
        ) from error
    if b"<osm" not in answer[:1000] or b"</osm>" not in answer[-100:] or b"<remark>" in answer:
        raise SourceError(
            f"{place}: Overpass sent no OpenStreetMap data; try again later, or give an extract "
            "as `file` or `snapshot`"
        )
    path.write_bytes(answer)


def overpass_query(boundary: shapely.Geometry, timeout_s: float) -> str:
    """Ask for everything a study needs within the convex hull of a boundary.

    Examples
    --------
    >>> overpass_query(shapely.box(71, 42, 72, 43), 15)[:60]
    '[out:xml][timeout:15];(nwr["highway"](poly:"42.000000 71.000'
    """
    ring = shapely.convex_hull(boundary).exterior.coords[:-1]
    area = " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in ring)
    wanted = [f'nwr["{key}"](poly:"{area}");' for key in QUERY_KEYS]
    wanted.append(f'rel["boundary"="administrative"](poly:"{area}");')
    return f"[out:xml][timeout:{max(1, int(timeout_s))}];({''.join(wanted)});(._;>;);out meta;"


def _boundary(place: str, timeout_s: float) -> shapely.Geometry:
    """Ask Nominatim for the outline of a place."""
    import osmnx

    answer = requests.get(
        f"{osmnx.settings.nominatim_url.rstrip('/')}/search",
        params={"q": place, "format": "jsonv2", "polygon_geojson": "1", "limit": "5"},
        headers=AGENT,
        timeout=timeout_s,
    )
    answer.raise_for_status()
    try:
        outlines = [shape(found["geojson"]) for found in answer.json()]
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.GEOSException) as error:
        raise SourceError(f"{place}: Nominatim answered nonsense; try again later") from error
    areas = [outline for outline in outlines if outline.area > 0]
    if not areas:
        raise SourceError(
            f"{place}: OpenStreetMap knows no area of that name; write it as its own search does"
        )
    return areas[0]


def _ask_overpass(query: str, timeout_s: float) -> bytes:
    import osmnx

    url = f"{osmnx.settings.overpass_url.rstrip('/')}/interpreter"
    answer = requests.post(url, data={"data": query}, headers=AGENT, timeout=timeout_s)
    answer.raise_for_status()
    return answer.content
