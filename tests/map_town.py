"""A small town as the tables that a map is drawn from, with names in Russian and hostile ones."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from walkshed.maps import AboutMap, pack_backdrop

WEST, SOUTH = 71.36, 42.89
STEP = 0.004  # of a degree: the town below is four steps wide
METRIC = 32642


def at(east: float, north: float) -> shapely.Point:
    return shapely.Point(WEST + east * STEP, SOUTH + north * STEP)


def way(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*place) for place in places])


def square(east: float, north: float, side: float = 1.0) -> shapely.Polygon:
    corner = at(east, north)
    return shapely.box(corner.x, corner.y, corner.x + side * STEP, corner.y + side * STEP)


def frame(columns: dict[str, Any], geometry: list[Any], index: Any = None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, index=index, crs=4326).to_crs(METRIC)


def town_ground(place: str = "Центр") -> dict[str, gpd.GeoDataFrame]:
    lines = [way((0, 1), (4, 1)), way((0, 2), (4, 2)), way((1, 0), (1, 4)), way((3, 0), (3, 4))]
    pond = square(2.2, 2.2, 0.6).difference(square(2.4, 2.4, 0.2))
    return {
        "streets": frame({"road_class": ["major", "minor", "path", "minor"]}, lines),
        "rail": frame({}, [way((0, 3.5), (2, 3.5), (4, 3.2))]),
        "rivers": frame({}, [way((0, 0.2), (4, 0.4))]),
        "water": frame({}, [pond]),
        "green": frame({}, [square(0, 3, 0.5)]),
        "buildings": frame({}, [square(east + 0.3, 1.3, 0.1) for east in range(4)]),
        "places": frame({"name": [place, "Окраина"], "rank": [1, 4]}, [at(2, 2), at(3.5, 3.8)]),
    }


def area_columns(residents: list[float], shares: list[list[float]]) -> dict[str, Any]:
    """Columns of an area table: shares within 5, 10 and 15 minutes, now, and 0.1 more after."""
    columns: dict[str, Any] = {"residents": residents}
    for place, minutes in enumerate((5, 10, 15)):
        now = [row[place] for row in shares]
        for suffix, more in (("", 0.0), ("_after", 0.1)):
            share = [min(value + more, 1.0) for value in now]
            columns[f"share_within_{minutes}{suffix}"] = share
            columns[f"residents_within_{minutes}{suffix}"] = list(np.multiply(share, residents))
    for suffix in ("", "_after"):
        for name in ("median_min", "p90_min", "max_min"):
            columns[name + suffix] = [7.25] * len(residents)
        columns[f"residents_not_reached{suffix}"] = [0.0] * len(residents)
    return columns


MINUTES = {
    "name": "minutes_5_10_15",
    "planning_band": "10",
    "bands": [{"label": str(cut), "unit": "min", "limits": [cut]} for cut in (5, 10, 15)],
}


def town_summary() -> dict[str, Any]:
    now = {
        "residents_within": {"5": 1000.0, "10": 3252.0, "15": 3900.0},
        "share_within": {"5": 0.25, "10": 0.813, "15": 0.975},
        "nearest_min": {"median": 6.25, "p90": 12.0, "max": float("inf")},
        "residents_not_reached": 100.0,
    }
    after = {**now, "residents_within": {"5": 1400.0, "10": 3652.0, "15": 4000.0}}
    after |= {"share_within": {"5": 0.35, "10": 0.913, "15": 1.0}, "residents_not_reached": 0.0}
    plan = {"cutoff_min": 10, "new_posts": 2, "objective": 3652.0, "bound": 3652.0, "gap": 0.0}
    return {
        "city": "Town", "source": "schematic", "residents": 4000.0, "cutoffs_min": [5, 10, 15],
        "standard": MINUTES,
        **now, "after": after, "plan": {**plan, "status": "optimal", "model": "mclp"},
    }  # fmt: skip


def town_posts(name: str = "Опорный пункт", number: str = "17") -> gpd.GeoDataFrame:
    columns = {
        "kind": ["precinct_point", "modular_post", "department"],
        "status": ["existing", "planned", "existing"],
        "number": [number, "2", ""],
        "name_ru": [name, "", ""],
        "name_kk": [name, "", ""],
        "name_en": [name, "", ""],
        "location_precision": ["exact", "microdistrict", "unlocated"],
        "precision_m": [0.0, 400.0, 0.0],
        "origin": ["registry"] * 3,
        "source_url": ["javascript:window.__xss=1", "https://example.org/a", ""],
        "source_date": ["2024-05-06", "", ""],
    }
    return frame(columns, [at(1.2, 1.1), at(3.1, 2.9), None], ["p1", "p2", "p3"])


def town(
    *,
    title: Any = "Полиция в шаговой доступности",
    standard: str = "не более 10 минут",
    sources: Any = ({"name": "Условный город", "date": "2023-01-01", "licence": "свободно"},),
    schematic: bool = True,
    post: str = "Опорный пункт",
    place: str = "Центр",
    neighbourhood: str = "Северный",
    near: str = "улица Первая",
    **changes: Any,
) -> dict[str, Any]:
    """All that `study_map` takes, for a town of four squares one can draw on paper."""
    shares = [[0.5, 1.0, 1.0], [0.1, 0.5, 0.9], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    cells = [square(0, 0, 2), square(2, 0, 2), square(0, 2, 2), square(2, 2, 2)]
    residents = [2000.0, 1500.0, 500.0, 0.0]
    named = {"name": [neighbourhood, "Южный"]} | area_columns(
        [2500.0, 1500.0], [[0.5, 0.9, 1.0], shares[1]]
    )
    proposed = {
        "site_id": ["s9", "s4"],
        "residents_added": [300.0, 100.0],
        "residents_within": [3552.0, 3652.0],
        "share_within": [0.888, 0.913],
        "near": [near, ""],
    }
    doors = {
        "residents": [10.0, 2.5, 7.0, 1.0],
        "nearest_min": [4.0, 10.0, 10.01, np.inf],
        "nearest_post": ["p1", "p1", "p2", ""],
        "nearest_min_after": [4.0, 6.5, 8.0, np.inf],
        "nearest_post_after": ["p1", "s9", "s4", ""],
        "band": ["5", "10", "15", ""],
        "band_after": ["5", "10", "10", ""],
        "not_reached_reason": ["", "", "", "behind_barrier"],
    }
    inputs: dict[str, Any] = {
        "about": AboutMap(
            title=title,
            standard=standard,
            schematic=schematic,
            sources=sources,
            data_date="2023-01-01",
            posts_known=3,
            posts_located=2,
        ),
        "posts": town_posts(post),
        "proposed": frame(proposed, [at(2, 0.5), at(0.5, 3)], [1, 2]),
        "hexagons": frame(area_columns(residents, shares), cells, list("abcd")),
        "neighbourhoods": frame(named, [square(0, 2, 4), square(0, 0, 4)], ["n1", "n2"]),
        "service_areas": frame(
            {"minutes": [5, 10, 15] * 2, "scenario": ["existing"] * 3 + ["after"] * 3},
            [at(1, 1).buffer(STEP * size) for size in (0.5, 1, 1.5, 0.6, 1.1, 1.6)],
        ),
        "doors": frame(doors, [at(east + 0.35, 1.35) for east in range(4)], list("wxyz")),
        "curve": pd.DataFrame(
            {"residents_within": [3252.0, 3552.0, 3652.0], "gain": [0.0, 300.0, 100.0]}
        ),
        "summary": town_summary(),
    }
    inputs |= changes
    tables = {name: inputs[name] for name in ("hexagons", "posts", "doors")}
    return {"backdrop": pack_backdrop(town_ground(place), **tables)} | inputs


MARKUP = "</script><img src=x onerror=alert(1)> {{ 7 * 7 }}"


def metre_town() -> dict[str, Any]:
    """The same town by a standard in metres, its sites with why, owner and cost."""
    inputs = town()
    band, summary = "500_800", town_summary()
    for part in (summary, summary["after"]):
        for name in ("residents_within", "share_within"):
            part[name] = {band: part[name]["10"]}
    summary["plan"] |= {"cutoff_min": None, "band": band}
    figure = {"key": "low_rise_m", "value": 800.0, "source": MARKUP, "date": "2008-10-14"}
    summary["standard"] = {
        "name": "everyday_500_800",
        "planning_band": band,
        "bands": [{"label": band, "unit": "m", "limits": [500.0, 800.0]}],
        "figures": [figure | {"verified": True}],
    }
    norm = {"residents_per_inspector": 2000.0, "inspectors": 2.0, "source": MARKUP}
    summary["staffing"] = norm | {"verified": False}
    for name in ("hexagons", "neighbourhoods"):
        table = inputs[name]
        inputs[name] = table.rename(
            columns=lambda column: column.replace("_within_10", f"_within_{band}")
        )
    inputs["service_areas"] = (
        inputs["service_areas"]
        .iloc[[0, 2, 3, 5]]
        .assign(metres=[500, 800] * 2)
        .drop(columns="minutes")
    )
    inputs["doors"] = inputs["doors"].assign(
        band=[band, band, "", ""], band_after=[band, band, band, ""],
        nearest_m=[320.0, 799.6, 801.0, np.inf], nearest_m_after=[320.0, 520.0, 640.0, np.inf],
        limit_m=[500.0, 800.0, 800.0, 500.0],
    )  # fmt: skip
    inputs["proposed"] = inputs["proposed"].assign(
        kind=["listed", "junction"], place=["ground floor", ""], name=[MARKUP, ""],
        crosses=["", ""], owner=[MARKUP, ""], cost=[1500.0, np.nan],
    )  # fmt: skip
    return inputs | {"summary": summary}
