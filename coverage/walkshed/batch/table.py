"""One table of a batch: a row for each study, with its headline numbers and what it cost."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ..reports.files import new_workbook, staged, write_parquet
from .grid import BatchStudy
from .one import Record

COLUMNS: Mapping[str, str] = {
    "name": "str", "status": "str", "message": "str", "city": "str", "schematic": "boolean",
    "osm_date": "str", "standard": "str", "planning_band": "str", "profile": "str",
    "model": "str", "new_posts": "Int64", "budget": "Float64",
    "residents": "Float64", "doors": "Int64", "posts": "Int64",
    "posts_known": "Int64", "posts_located": "Int64",
    "residents_within": "Float64", "share_within": "Float64", "median_min": "Float64",
    "residents_not_reached": "Float64",
    "residents_within_after": "Float64", "share_within_after": "Float64",
    "median_min_after": "Float64", "residents_not_reached_after": "Float64",
    "posts_proposed": "Int64", "objective": "Float64", "bound": "Float64", "gap": "Float64",
    "plan_status": "str", "steps_made": "Int64", "steps_remembered": "Int64",
    "seconds": "Float64", "cpu_s": "Float64", "memory_mb": "Float64",
}  # fmt: skip
"""Columns and their types; `share_within` and its kin are of the planning band."""


def results_table(studies: Sequence[BatchStudy], records: Sequence[Record]) -> pd.DataFrame:
    """Give a row for each study that ended, in the order of the batch.

    Returns
    -------
    DataFrame
        The columns of `COLUMNS`, missing where they are not known: of a study that failed all
        but its settings and `message`. `seconds`, `cpu_s`, `memory_mb` and the numbers of steps
        are of the run that did the study, so they alone differ from run to run.
    """
    ended = {record["name"]: record for record in records}
    rows = [
        _settings_of(study) | _told(ended[study.name]) for study in studies if study.name in ended
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def _settings_of(study: BatchStudy) -> dict[str, Any]:
    if study.settings is None:
        return {}
    settings = study.settings
    return {
        "city": settings.city,
        "standard": settings.standard.name,
        "profile": settings.walk.profile,
        "model": settings.siting.model,
        "new_posts": settings.siting.new_posts,
        "budget": settings.siting.budget,
    }


def _told(record: Record) -> dict[str, Any]:
    """What a record says, its summary among it."""
    steps = list(record["steps"].values())
    told = {
        key: record[key] for key in ("name", "status", "message", "seconds", "cpu_s", "memory_mb")
    }
    told |= {f"steps_{how}": steps.count(how) for how in ("made", "remembered")}
    summary = record.get("summary")
    if summary is None:
        return told
    same = ("schematic", "osm_date", "residents", "doors", "posts", "posts_known", "posts_located")
    band, plan = summary["standard"]["planning_band"], summary["plan"]
    told |= {key: summary[key] for key in same} | {"planning_band": band}
    for suffix, at in (("", summary), ("_after", summary["after"])):
        told[f"residents_within{suffix}"] = at["residents_within"][band]
        told[f"share_within{suffix}"] = at["share_within"][band]
        told[f"median_min{suffix}"] = at["nearest_min"]["median"]
        told[f"residents_not_reached{suffix}"] = at["residents_not_reached"]
    told |= {key: plan[key] for key in ("objective", "bound", "gap")}
    return told | {"plan_status": plan["status"], "posts_proposed": len(plan["build_order"])}


def write_results(results: pd.DataFrame, region: pd.DataFrame, page: str, out: Path) -> None:
    """Write the tables of a batch and its map into its folder.

    `batch.parquet` and `region.parquet`, both as sheets of `batch.xlsx`, and `map.html`.

    Raises
    ------
    SettingsError
        The folder cannot be written, or the disk is full.
    """
    with staged(out) as stage:
        write_parquet(stage, {"batch": results, "region": region})
        with new_workbook(stage / "batch.xlsx") as book:
            _write_sheet(book, "batch", results)
            _write_sheet(book, "region", region)
        (stage / "map.html").write_text(page, encoding="utf-8")


def _write_sheet(book: Any, name: str, table: pd.DataFrame) -> None:
    sheet, bold = book.add_worksheet(name), book.add_format({"bold": True})
    sheet.write_row(0, 0, list(table), bold)
    cells = table.astype(object).where(table.notna(), None)
    for number, row in enumerate(cells.itertuples(index=False), start=1):
        sheet.write_row(number, 0, list(row))
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(table), 1), len(table.columns) - 1)
    sheet.autofit()
