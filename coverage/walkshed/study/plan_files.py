"""Write what `walkshed site` found: the plan, its sites and its tables."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from .. import reports
from .plan import SitedStudy, stages_record, without_lists


def plan_record(sited: SitedStudy) -> dict[str, Any]:
    """Give a plan as one object for machines; money, minutes and residents are plain numbers."""
    plan, settings = sited.plan, sited.settings
    return {
        "city": settings.city,
        "schematic": sited.city.survey.opened.is_schematic,
        "model": plan.model,
        "options": dict(sited.question.own),
        "rules": asdict(plan.rules),
        "band": sited.city.standards.planning.label,
        "plan": list(plan.site_ids),
        "closed": list(plan.closed_ids),
        "measure": plan.measure,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "status": plan.status,
        "seed": plan.seed,
        "seconds": plan.seconds,
        "residents": plan.problem.total,
        "residents_within": plan.figures.residents_within,
        "figures": asdict(plan.figures),
        "figures_now": asdict(plan.figures_now),
        "build_order": _records(plan.build_order),
        "curve": _records(plan.curve) if len(plan.curve) > 1 else [],
        "alternatives": _records(plan.alternatives),
        "stages": None if sited.staged is None else stages_record(sited.staged),
    }


def write_plan(sited: SitedStudy, folder: Path) -> None:
    """Write `plan.json`, `sites.geojson`, `sites.csv`, and a table of all else that was found.

    Those are `curve.csv`, `alternatives.csv` and `stages.csv`.

    Files are made aside and moved in place at the end.

    Raises
    ------
    SettingsError
        The folder cannot be written.
    """
    sites = sited.proposed.drop(columns=["edge", "offset_m", "access_m"])
    tables = {"sites": sites}
    if len(sited.plan.curve) > 1:
        tables["curve"] = without_lists(sited.plan.curve)
    if len(sited.plan.alternatives):
        tables["alternatives"] = without_lists(sited.plan.alternatives)
    if sited.staged is not None:
        tables["stages"] = without_lists(sited.staged.stages)
    with reports.staged(folder) as stage:
        reports.write_csv(stage, tables)
        degrees = sites.to_crs(4326).reset_index()
        (stage / "sites.geojson").write_text(
            degrees.to_json(drop_id=True, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        reports.write_json(stage / "plan.json", plan_record(sited))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[Any] = table.reset_index().to_dict("records")
    return rows
