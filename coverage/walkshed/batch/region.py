"""The table of a region: a row for each town of a batch, their sums, and what is stated of places.

Nothing is counted here but sums: every figure of a town stands in the tables of its own study.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..scores.region import STAFF
from ..sources.housing import TOTAL
from .grid import BatchStudy, city_of
from .one import Record
from .table import results_table

SUMS = (
    *("residents", "residents_within", "residents_within_after"),
    *("residents_not_reached", "residents_not_reached_after"),
    *("posts_known", "posts_located", "existing_housing_point", "planned_housing_point"),
    "posts_proposed",
    *("inspectors_establishment", "inspectors_in_post", "inspectors_vacant"),
    *("inspectors_by_norm", "inspectors_living_elsewhere"),
    *("inspectors_listed", "home_known"),
)
"""Columns whose rows add up to that of the region, as far as they are known."""

COLUMNS: Mapping[str, str] = {
    "scenario": "str", "level": "str", "place": "str", "study": "str", "status": "str",
    "schematic": "boolean", "towns": "Int64", "towns_done": "Int64", "planning_band": "str",
    "residents": "Float64", "residents_within": "Float64", "share_within": "Float64",
    "residents_within_after": "Float64", "share_within_after": "Float64",
    "residents_not_reached": "Float64", "residents_not_reached_after": "Float64",
    "posts_known": "Int64", "posts_located": "Int64", "existing_housing_point": "Int64",
    "planned_housing_point": "Int64", "posts_proposed": "Int64",
    "inspectors_establishment": "Float64", "inspectors_in_post": "Float64",
    "inspectors_vacant": "Float64", "vacant_share": "Float64",
    "residents_per_inspector": "Float64", "inspectors_by_norm": "Float64",
    "inspectors_living_elsewhere": "Float64", "inspectors_listed": "Int64",
    "home_known": "Int64", "living_elsewhere": "Int64",
}  # fmt: skip
"""Columns and their types."""


def region_table(
    studies: Sequence[BatchStudy], records: Sequence[Record], out: Path
) -> pd.DataFrame:
    """Put together what the studies of a batch say of their towns.

    Parameters
    ----------
    studies, records
        What `batch_studies` returns, and what `run_batch` gave.
    out
        Folder of the folders of results.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`. By `scenario` in order: a row for each town (`level` "town"; one
        that failed has its name and `status` alone), and their sums (`level` "total"), in which a
        town that does not say something counts as nothing; `share_within`, `vacant_share` and
        `residents_per_inspector` of a total are those of the towns that say both figures.
        At the end (`level` "stated") what the studies' staff figures say of places that are no
        town of the batch, such as the region itself.

        `inspectors_living_elsewhere` is as stated by staff figures. `living_elsewhere` is counted
        in the lists of inspectors: missing where a count is too small to tell, and of the total
        where it is missing for any town that has a list.
    """
    results = _by(results_table(studies, records).set_index("name", drop=False))
    chosen = {study.name: study for study in studies if study.name in results}
    rows: list[dict[str, Any]] = []
    stated: dict[str, dict[str, Any]] = {}
    for scenario, names in by_scenario(list(chosen.values())).items():
        towns = []
        for name in names:
            row = _town(chosen[name], results[name])
            if row["status"] == "done":
                tables = _tables(out / name)
                row |= _known(row["place"], tables)
                stated |= _stated(tables["region"])
            towns.append({**row, "scenario": scenario})
        rows += [*towns, {**_total(_typed(towns)), "scenario": scenario}]
    own = {row.get("place") for row in rows}
    rows += [row for place, row in stated.items() if place not in own]
    return _typed(rows)


def by_scenario(studies: Sequence[BatchStudy]) -> dict[str, list[str]]:
    """Give the names of studies by what is varied in them: of a city one in each scenario.

    Study files that vary something by themselves are scenarios of their own: of those with the
    same source the first is in the scenario "", each other in one of its name.
    """
    found: dict[str, list[str]] = {}
    seen = set()
    for study in studies:
        city = city_of(study)
        scenario = study.scenario if (city, study.scenario) not in seen else study.name
        seen.add((city, scenario))
        found.setdefault(scenario, []).append(study.name)
    return found


def _typed(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    texts = {name: "" for name, kind in COLUMNS.items() if kind == "str"}
    return table.fillna(texts).astype(COLUMNS)


def _by(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Rows of a table by its index."""
    rows = table.to_dict("index")
    return {str(at): {str(name): value for name, value in rows[at].items()} for at in rows}


def _town(study: BatchStudy, result: Mapping[str, Any]) -> dict[str, Any]:
    """What the table of the batch says of a study."""
    same = {name: result[name] for name in COLUMNS if name in result}
    place = study.name
    if study.settings:
        place = study.settings.posts.settlement or study.settings.city
    own = {"level": "town", "place": place, "study": study.name, "towns": 1}
    return {**same, **own, "towns_done": int(result["status"] == "done")}


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The tables of a study that speak of staff and of posts with housing."""
    names = ("region", "region_posts", "inspectors_housing")
    return {name: pd.read_parquet(folder / f"{name}.parquet") for name in names}


def _known(place: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """What the tables of a study say of its own town."""
    told: dict[str, Any] = {}
    staff = _by(tables["region"]).get(place)
    if staff is not None:
        told = {name: staff[name] for name in COLUMNS if name in staff and name != "residents"}
        told.setdefault("existing_housing_point", 0)  # there is a registry, and none of the kind
        posts = tables["region_posts"]
        planned = posts[(posts["place"] == place) & (posts["kind"] == "housing_point")]
        told["planned_housing_point"] = planned["planned_in_registry"].sum()
    housing = _by(tables["inspectors_housing"]).get(TOTAL)
    if housing is not None:
        told |= {"inspectors_listed": housing["inspectors"], "home_known": housing["home_known"]}
        told["living_elsewhere"] = housing["living_elsewhere"]
    return told


def _total(towns: pd.DataFrame) -> dict[str, Any]:
    """Sum the towns of a scenario."""
    total: dict[str, Any] = {
        name: towns[name].sum(min_count=1) for name in (*SUMS, "towns", "towns_done")
    }
    for suffix in ("", "_after"):
        total[f"share_within{suffix}"] = _ratio(towns, f"residents_within{suffix}", "residents")
    total["vacant_share"] = _ratio(towns, "inspectors_vacant", "inspectors_establishment")
    total["residents_per_inspector"] = _ratio(towns, "residents", "inspectors_in_post")
    listed = towns.loc[towns["home_known"] > 0, "living_elsewhere"]
    total["living_elsewhere"] = listed.sum(skipna=False) if len(listed) else None
    bands = set(towns["planning_band"]) - {""}
    total["planning_band"] = bands.pop() if len(bands) == 1 else ""
    return {**total, "level": "total", "schematic": towns["schematic"].any()}


def _ratio(towns: pd.DataFrame, of: str, to: str) -> float | None:
    """Ratio of two sums over the towns that say both; None where there is nothing to divide by."""
    both = towns[[of, to]].dropna()
    whole = float(both[to].sum())
    return float(both[of].sum()) / whole if whole else None


def _stated(region: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What staff figures say of each place."""
    said = region[region[STAFF].notna().any(axis=1)]
    told = [*STAFF, "inspectors_vacant", "vacant_share", "residents_per_inspector"]
    rows = _by(said[[*told, "inspectors_by_norm"]])
    return {place: {**row, "place": place, "level": "stated"} for place, row in rows.items()}
