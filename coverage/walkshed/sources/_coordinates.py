"""Coordinates as people write them: degrees, minutes and seconds, or metres of a stated CRS."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError as NoCRS

Extent = tuple[float, float, float, float]

FAR_OUTSIDE_KM = 50.0
"""A place further than this outside the extent of the study is taken for a slip of the keys.

Sarykemer and Asa, whose posts a registry of Taraz may well hold, lie 17 and 24 km from its
centre.
"""

_GEOD = Geod(ellps="WGS84")
_SIDES = {"n": "lat", "s": "lat", "e": "lon", "w": "lon"}
_WORDS = (
    (re.compile(r"с\.? ?ш\.?|с(?=\s|$)", re.IGNORECASE), "n"),
    (re.compile(r"ю\.? ?ш\.?|ю(?=\s|$)", re.IGNORECASE), "s"),
    (re.compile(r"в\.? ?д\.?|в(?=\s|$)", re.IGNORECASE), "e"),
    (re.compile(r"з\.? ?д\.?|з(?=\s|$)", re.IGNORECASE), "w"),
)
_DEGREES = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]{1,2})?")
_PARTS = re.compile(
    r"(?P<d>[0-9]{1,3})\s*[°º˚]\s*"
    r"((?P<m>[0-9]{1,2}([.,][0-9]+)?)\s*['′’‘`]\s*((?P<s>[0-9]{1,2}([.,][0-9]+)?)"
    r"\s*(\"|″|”|“|''|′′|’’)?\s*)?)?|"
    r"(?P<d2>[0-9]{1,3})\s+(?P<m2>[0-9]{1,2}([.,][0-9]+)?)(\s+(?P<s2>[0-9]{1,2}([.,][0-9]+)?))?"
)
_LONGEST = 100
"""Letters of a pair of coordinates at most; what is longer is another text."""
_METRES_FROM = 10_000.0
"""Numbers below this are no metres of any CRS here, but slips of degrees."""


class Place(NamedTuple):
    """A place in degrees, or what is wrong with it; neither where nothing is given."""

    lat: float | None = None
    lon: float | None = None
    problems: tuple[str, ...] = ()


def degrees_of(text: str) -> tuple[float, str] | None:
    r"""Read degrees and the axis that a compass letter names (`lat`, `lon`), or nothing.

    Examples
    --------
    >>> degrees_of("42,898")
    (42.898, '')
    >>> value, axis = degrees_of("42°53'52\"N")
    >>> round(value, 6), axis
    (42.897778, 'lat')
    >>> degrees_of("71° 22,4′ в.д."), degrees_of("-33.5"), degrees_of("north")
    ((71.37333333333333, 'lon'), (-33.5, ''), None)
    """
    if len(text) > _LONGEST:
        return None
    plain = " ".join(text.replace("−", "-").split())
    if _DEGREES.fullmatch(plain.replace(" ", "")) and not re.search(r"[0-9] [0-9]", plain):
        return float(plain.replace(" ", "").replace(",", ".")), ""
    for word, letter in _WORDS:
        plain = word.sub(letter, plain)
    match = re.fullmatch(r"(?P<a>[nsew])?\s*(?P<body>.*?)\s*(?P<b>[nsew])?", plain.casefold())
    if match is None or (match["a"] and match["b"]):
        return None
    letter, body = match["a"] or match["b"] or "", match["body"].strip()
    sign = -1 if letter in ("s", "w") or body.startswith("-") else 1
    value = _unsigned(body.removeprefix("-").rstrip("°º˚ "), body.removeprefix("-"))
    return None if value is None else (sign * value, _SIDES.get(letter, ""))


def _unsigned(bare: str, body: str) -> float | None:
    if _DEGREES.fullmatch(bare):
        return float(bare.replace(",", "."))
    match = _PARTS.fullmatch(body)
    if match is None:
        return None
    d, m, s = (
        float((match[name] or match[f"{name}2"] or "0").replace(",", "."))
        for name in ("d", "m", "s")
    )
    return d + m / 60 + s / 3600 if m < 60 and s < 60 else None


def split_pair(text: str) -> tuple[str, str] | None:
    """Part a pair of coordinates in one cell: by a semicolon, a comma and a blank, or a blank.

    Examples
    --------
    >>> split_pair("42.898, 71.373"), split_pair("42,898; 71,373"), split_pair("42.898,71.373")
    (('42.898', '71.373'), ('42,898', '71,373'), ('42.898', '71.373'))
    >>> split_pair("somewhere") is None
    True
    """
    plain = text.strip().strip("()[]")
    if len(plain) > _LONGEST:
        return None
    for mark in (r"\s*;\s*", r"\s*,\s+", r"(?<=[A-Za-zА-Яа-я.\"″])\s+(?=[0-9NSEW])", r"\s+", r","):
        parts = re.split(mark, plain)
        if len(parts) == 2 and all(parts):
            return parts[0], parts[1]
    return None


def place_of(lat_text: str, lon_text: str, crs: str, extent: Extent | None) -> Place:
    """Read a place; metres are converted where `crs` says of which CRS they are.

    Parameters
    ----------
    lat_text, lon_text
        Degrees north and east, or metres north and east.
    crs
        `EPSG:32642` or another CRS; empty for degrees (EPSG:4326).
    extent
        West, south, east and north of the study in degrees. With it places are found that lie in
        it only with both numbers exchanged, or far outside.
    """
    read = {"lat": degrees_of(lat_text), "lon": degrees_of(lon_text)}
    texts = {"lat": lat_text, "lon": lon_text}
    problems = [
        f"`{axis}` is `{texts[axis]}`; wanted degrees, such as 42.898, 42,898 or 42°53'52\"N"
        for axis, value in read.items()
        if value is None
    ]
    if read["lat"] is None or read["lon"] is None:
        return Place(problems=tuple(problems))
    (lat, lat_axis), (lon, lon_axis) = read["lat"], read["lon"]
    if lat_axis == "lon" or lon_axis == "lat":
        told = f"`{texts['lat']}` and `{texts['lon']}`"
        return Place(problems=(f"`lat` and `lon` look swapped ({told}); exchange them",))
    if crs:
        transformer = _to_degrees(crs)
        if transformer is None:
            return Place(problems=(f"`crs` is `{crs}`; wanted one such as EPSG:32642",))
        stated = transformer.source_crs
        if stated is not None and stated.is_projected and _on_earth(lat, lon):
            text = f"`lat` {lat:g} and `lon` {lon:g} look like degrees, yet their CRS is {crs}"
            return Place(problems=(f"{text}; mend one of them",))
        lon, lat = transformer.transform(lon, lat)
        if not (abs(lat) <= 90 and abs(lon) <= 180):
            told = f"`lat` {texts['lat']} and `lon` {texts['lon']}"
            return Place(problems=(f"no place of {crs} has {told}; check the CRS",))
    problems = list(_place_problems(lat, lon, extent))
    return Place(None if problems else lat, None if problems else lon, tuple(problems))


@lru_cache(maxsize=64)
def _to_degrees(crs: str) -> Transformer | None:
    name = crs.strip()
    try:
        found = CRS.from_user_input(int(name) if name.isdigit() else name)
    except NoCRS:
        return None
    return Transformer.from_crs(found, 4326, always_xy=True)


def _place_problems(lat: float, lon: float, extent: Extent | None) -> Iterator[str]:
    if not _on_earth(lat, lon):
        if _on_earth(lon, lat):
            yield f"`lat` {lat:g} is beyond 90: `lat` and `lon` look swapped; exchange them"
        elif min(abs(lat), abs(lon)) > _METRES_FROM and (guess := _metres(lat, lon, extent)):
            yield guess
        else:
            yield f"no place has `lat` {lat:g} and `lon` {lon:g}; give degrees (EPSG:4326)"
    elif extent is not None and (km := outside_km(lat, lon, extent)) > 0:
        if _on_earth(lon, lat) and outside_km(lon, lat, extent) == 0:
            yield (
                "`lat` and `lon` look swapped (the other way the place is in the study area); "
                "exchange them"
            )
        elif km > FAR_OUTSIDE_KM:
            yield (
                f"{km:.0f} km outside the study area; check the coordinates, or leave the row out"
            )


def _metres(lat: float, lon: float, extent: Extent | None) -> str:
    """Say of which CRS numbers look like metres, or nothing.

    With an extent a CRS is named where it puts the place near; without, by the ranges alone:
    the eastings of a UTM zone are within 100 and 900 km, those of Web Mercator here are not.
    """
    for name in _metric_candidates(lon, extent):
        for east, north, swapped in ((lon, lat, ""), (lat, lon, ", and swapped")):
            transformer = _to_degrees(name)
            if transformer is None:
                continue
            there_lon, there_lat = transformer.transform(east, north)
            if not _on_earth(there_lat, there_lon):
                continue
            if extent is None or outside_km(there_lat, there_lon, extent) <= FAR_OUTSIDE_KM:
                where = f" ({there_lat:.5f}, {there_lon:.5f})" if extent else ""
                fix = f"write {name} into a column `crs`, or give degrees"
                if swapped:
                    fix = "exchange `lat` and `lon` and " + fix
                kind = name if extent or name == "EPSG:3857" else f"a UTM zone, such as {name}"
                return (
                    f"`lat` {lat:g} and `lon` {lon:g} look like metres of {kind}{where}{swapped}; "
                    f"{fix}"
                )
    return ""


def _metric_candidates(lon: float, extent: Extent | None) -> tuple[str, ...]:
    if extent is None:
        return ("EPSG:32642",) if 100_000 <= abs(lon) <= 900_000 else ("EPSG:3857",)
    zone = int(((extent[0] + extent[2]) / 2 + 180) // 6) + 1
    base = 32600 if extent[1] + extent[3] >= 0 else 32700
    return (
        f"EPSG:{base + zone}",
        "EPSG:3857",
        f"EPSG:{base + zone - 1}",
        f"EPSG:{base + zone + 1}",
    )


def _on_earth(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180


def outside_km(lat: float, lon: float, extent: Extent) -> float:
    """Kilometres from a place to an extent; 0 inside."""
    west, south, east, north = extent
    nearest_lon, nearest_lat = min(max(lon, west), east), min(max(lat, south), north)
    if (nearest_lon, nearest_lat) == (lon, lat):
        return 0.0
    *_, distance_m = _GEOD.inv(lon, lat, nearest_lon, nearest_lat)
    return float(distance_m) / 1000
