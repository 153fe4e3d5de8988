"""Records of batches that were never run, and the tables that their studies would have written."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely import Point

from walkshed.batch.grid import BatchStudy
from walkshed.scores.region import region_posts, region_table
from walkshed.settings import settings_from
from walkshed.sources.housing import housing_counts


def study(city: str, *, scenario: str = "", names: Any = None, **tables: Any) -> BatchStudy:
    """A study of a city, whose source is called after it."""
    values = {"city": city, "source": {"file": f"{city}.osm.pbf"}, "names": names or {}, **tables}
    name = "-".join(filter(None, [city, scenario]))
    return BatchStudy(name, settings_from(values, name), scenario=scenario)


def summary(residents: float, now: float, after: float, **told: Any) -> dict[str, Any]:
    """The headline numbers of a study that plans for ten minutes."""

    def part(within: float) -> dict[str, Any]:
        shares = {"residents_within": {"10": within}, "share_within": {"10": within / residents}}
        return {**shares, "nearest_min": {"median": 7.0}, "residents_not_reached": 0.0}

    bands = [{"label": "10", "unit": "min", "limits": [10.0]}]
    plain = {"schematic": False, "osm_date": "2026-01-01", "residents": residents, "doors": 9}
    plain |= {"posts": 1, "posts_known": 2, "posts_located": 1}
    plan = {"objective": after, "bound": after, "gap": 0.0, "status": "optimal"}
    plan |= {"build_order": [1]}
    standard = {"bands": bands, "planning_band": "10"}
    return {
        **plain, **part(now), "after": part(after), "plan": plan, "standard": standard, **told
    }  # fmt: skip


def done(name: str, told: dict[str, Any]) -> dict[str, Any]:
    cost = {"seconds": 2.0, "cpu_s": 1.5, "memory_mb": 300.0, "steps": {"network": "made"}}
    return {"name": name, "status": "done", "before": False, "message": "", "summary": told, **cost}


def failed(name: str, message: str) -> dict[str, Any]:
    cost = {"seconds": 0.0, "cpu_s": 0.0, "memory_mb": None, "steps": {}}
    return {"name": name, "status": "failed", "before": False, "message": message, **cost}


def write_tables(
    folder: Path,
    *,
    figures: Sequence[tuple[str, str, float]] = (),
    posts: Sequence[tuple[str, str, str]] = (),
    lives: Sequence[str] = (),
    at: tuple[float, float] | None = None,
) -> None:
    """Write what a study says of staff: figures, posts (kind, status, place), inspectors."""
    folder.mkdir(parents=True)
    said = pd.DataFrame(figures, columns=["place", "figure", "value"], dtype=object).assign(
        period="2022"
    )
    known = pd.DataFrame(posts, columns=["kind", "status", "settlement"], dtype=object)
    known = known.assign(opened="2021", planned_for="2022").astype("object")
    region = region_table(said.astype({"value": float}), known, residents_per_inspector=2000)
    region.to_parquet(folder / "region.parquet")
    region_posts(said, known).to_parquet(folder / "region_posts.parquet")
    people = pd.DataFrame({"lives_in_precinct": lives}, dtype=object)
    housing = housing_counts(people, pd.Series("1", index=people.index)).assign(level="precinct")
    (housing if len(people) else housing.iloc[:0]).to_parquet(folder / "inspectors_housing.parquet")
    if at is not None:
        lat, lon = at
        cell = Point(lon, lat).buffer(0.001)
        cells = gpd.GeoDataFrame({"residents": [9.0]}, geometry=[cell], crs="EPSG:4326")
        cells.to_crs("EPSG:32642").to_parquet(folder / "hexagons.parquet")
