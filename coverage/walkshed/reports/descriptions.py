"""What each table of a run is, in a sentence: written into GeoPackage, Parquet and GeoJSON."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..language import translate
from .columns import column_of, limits_in_words


def titles_of_columns(
    tables: Iterable[pd.DataFrame], summary: Mapping[str, Any], language: str
) -> dict[str, tuple[str, str]]:
    """Give the title and the meaning of every column that the catalogue knows."""
    limits = limits_in_words(summary, language)
    names = {str(column) for table in tables for column in table.reset_index().columns}
    known = {name: column_of(name, language, limits) for name in sorted(names)}
    return {name: (column.title, column.note) for name, column in known.items() if column}


def descriptions(language: str) -> dict[str, str]:
    """Say of each table, by name, what its rows are."""
    return {
        "posts": translate("Existing police posts, and where each meets the street.", language),
        "proposed_posts": translate(
            "Proposed posts in the order of building, with the residents each adds.", language
        ),
        "doors": translate(
            "Doors: residents, nearest post and minutes on foot, now and with new posts.", language
        ),
        "hexagons": translate("Coverage by hexagon (H3), now and with new posts.", language),
        "neighbourhoods": translate("Coverage by neighbourhood, now and with new posts.", language),
        "districts": translate("Coverage by city district, now and with new posts.", language),
        "service_areas": translate(
            "Ground within so many minutes or metres of a post; for drawing, nothing is counted "
            "from it.",
            language,
        ),
        "service_rings": translate("Service areas as rings that do not overlap.", language),
        "catchments": translate(
            "Ground nearest to each post on foot, and the residents whose nearest post it is.",
            language,
        ),
        "reach_counts": translate(
            "Ground by how many posts are within the planning limit.", language
        ),
        "planned_sites": translate("Sites of the best plan of every size.", language),
        "candidate_sites": translate(
            "Places where a post could stand, and why others were excluded.", language
        ),
        "precincts": translate("Administrative precincts.", language),
        "incident_cells": translate("Incidents summed to cells of 200 m.", language),
        "curve": translate("The best plan of every number of new posts.", language),
        "white_spots": translate(
            "Neighbourhoods by residents beyond the planning limit, with their streets.", language
        ),
        "ground": translate("Streets, water, green and place names, for drawing.", language),
    }
