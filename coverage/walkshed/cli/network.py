"""`walkshed network`: what can be walked, and what became of the rest."""

from pathlib import Path
from typing import Annotated

import typer

from ..settings import read_settings
from ._common import echo_json


def network(
    osm: Annotated[Path, typer.Argument(help="An .osm.pbf or .osm file.")],
    explain: Annotated[
        bool, typer.Option(help="Tell what was kept, what was dropped, and why.")
    ] = False,
    study: Annotated[
        Path | None, typer.Option(help="A study file: go by its own lines of rules, too.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the explanation as JSON, for machines.")
    ] = False,
) -> None:
    """Build the walking network of an OpenStreetMap file and tell what became of its ways.

    Example: walkshed network data/monaco/monaco.osm.pbf --explain
    """
    from ..network import (
        build_network,
        explain_network,
        explanation,
        metric_crs,
        pedestrian_rules,
    )
    from ..sources.osm import read_streets
    from ..standards import walking_profile

    rules = pedestrian_rules(read_settings(study).walk.rules if study else None)
    streets = read_streets(osm)
    if as_json:
        table = explain_network(streets, rules=rules)
        echo_json(table.to_dict("records"))
        return
    adult = walking_profile("adult")
    built = build_network(
        streets,
        crs=metric_crs(streets.bounds),
        speed_kmh=adult.speed_kmh.value,
        steps_speed_kmh=adult.steps_speed_kmh,
        rules=rules,
    )
    typer.echo(repr(built))
    if explain:
        typer.echo(explanation(explain_network(streets, rules=rules)))
