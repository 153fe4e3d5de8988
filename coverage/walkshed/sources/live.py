"""Download a city from OpenStreetMap by its name: OSMnx finds the place, Overpass sends the data.

The answer is saved as it came, as an `.osm` file, and read through the same door as any other
extract. Nothing is kept in OSMnx's cache and none of its settings stays changed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import shapely

from ..errors import SourceError

QUERY_KEYS = (
    "highway", "railway", "waterway", "building", "natural", "landuse", "leisure", "place",
    "barrier", "amenity",
)  # fmt: skip
"""Keys of the objects asked for; administrative boundaries are asked for beside them."""


def download_place(place: str, path: Path, *, timeout_s: float) -> None:
    """Download what OpenStreetMap holds of a place and save it as an `.osm` file.

    Parameters
    ----------
    place
        A name that Nominatim knows as an area, such as "Taraz, Kazakhstan".
    path
        File to write.
    timeout_s
        Longest wait for the first sign of an answer, for each of the two services.

    Raises
    ------
    SourceError
        The place is unknown, a service does not answer in time, refuses, or answers nonsense.
    """
    import requests

    try:
        answer = _ask_overpass(overpass_query(_boundary(place, timeout_s), timeout_s), timeout_s)
    except requests.RequestException as error:
        raise SourceError(
            f"{place}: OpenStreetMap cannot be reached ({type(error).__name__}); check the "
            "connection, or give an extract as `file` or `snapshot`"
        ) from error
    if b"<osm" not in answer[:1000] or b"<remark>" in answer[-2000:]:
        raise SourceError(
            f"{place}: Overpass sent no OpenStreetMap data; try again later, or give an extract "
            "as `file` or `snapshot`"
        )
    path.write_bytes(answer)


def overpass_query(boundary: shapely.Geometry, timeout_s: float) -> str:
    """Ask for everything a study needs within the convex hull of a boundary.

    Examples
    --------
    >>> print(overpass_query(shapely.box(71, 42, 72, 43), 15)[:60])
    [out:xml][timeout:180];(nwr["highway"](poly:"42.000000 72.00
    """
    ring = shapely.convex_hull(boundary).exterior.coords[:-1]
    area = " ".join(f"{lat:.6f} {lon:.6f}" for lon, lat in ring)
    wanted = [f'nwr["{key}"](poly:"{area}");' for key in QUERY_KEYS]
    wanted.append(f'rel["boundary"="administrative"](poly:"{area}");')
    server_timeout_s = max(180, int(timeout_s))
    return f"[out:xml][timeout:{server_timeout_s}];({''.join(wanted)});(._;>;);out meta;"


def _boundary(place: str, timeout_s: float) -> shapely.Geometry:
    import osmnx as ox

    with _osmnx_settings(timeout_s):
        try:
            found = ox.geocode_to_gdf(place)
        except (TypeError, ox._errors.InsufficientResponseError) as error:
            raise SourceError(
                f"{place}: OpenStreetMap knows no area of that name; write it as in its search"
            ) from error
        except ox._errors.ResponseStatusCodeError as error:
            raise SourceError(f"{place}: Nominatim refused ({error}); try again later") from error
    return found.geometry.iloc[0]


def _ask_overpass(query: str, timeout_s: float) -> bytes:
    import osmnx as ox
    import requests

    agent = {"User-Agent": ox.settings.http_user_agent}
    url = f"{ox.settings.overpass_url.rstrip('/')}/interpreter"
    answer = requests.post(url, data={"data": query}, headers=agent, timeout=(timeout_s, 200))
    answer.raise_for_status()
    return answer.content


@contextmanager
def _osmnx_settings(timeout_s: float) -> Iterator[None]:
    """Lend OSMnx our time-out and keep it from writing a cache; give its settings back."""
    import osmnx as ox

    ours: dict[str, Any] = {"requests_timeout": timeout_s, "use_cache": False}
    theirs = {key: getattr(ox.settings, key) for key in ours}
    try:
        for key, value in ours.items():
            setattr(ox.settings, key, value)
        yield
    finally:
        for key, value in theirs.items():
            setattr(ox.settings, key, value)
