"""`walkshed fetch`: pin an area of OpenStreetMap."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import SettingsError
from ..settings import SourceSettings, read_settings, settings_from


def fetch(
    what: Annotated[
        str | None, typer.Argument(help="Name of a place, or a study file (.toml).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The .osm.pbf to write; by default the study's, or the place's name."),
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            help="West, south, east and north in degrees, in place of the place's outline.",
            metavar="W S E N",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="A file of polygons (GeoJSON), in place of the place's outline."),
    ] = None,
) -> None:
    """Download an area from OpenStreetMap once and pin it, so that studies run offline.

    Example: walkshed fetch "Taraz, Kazakhstan" --out taraz.osm.pbf
    """
    from ..sources.fetch import fetch_snapshot, patient

    source, path = _area_and_file(what, out, {"bbox": bbox, "boundary": boundary})
    extract = fetch_snapshot(
        source,
        path,
        patience=patient(source.live_timeout_s),
        tell=lambda step: typer.echo(f"  {step} ...", err=True),
    )
    typer.echo(repr(extract))


def _area_and_file(
    what: str | None, out: Path | None, area: Mapping[str, Any]
) -> tuple[SourceSettings, Path]:
    """What to fetch, and where to put it: as a study file says, or as the options do."""
    from ..sources.fetch import place_file_name

    given = area if any(area.values()) else {}
    if not what and not (given and out):
        raise SettingsError(
            "name a place or a study file, or give --bbox or --boundary with --out FILE; see "
            "walkshed fetch --help"
        )
    if what and what.endswith(".toml"):
        study = read_settings(Path(what)).model_dump()
        values = {**study, "source": {**study["source"], **given}}
    else:
        out = out or (Path(place_file_name(what)) if what else None)
        values = {"city": what or "area", "source": {"place": what, **given}}
    source = settings_from(values, what or "fetch").source
    path = out or source.snapshot
    if path and not out and not path.resolve().is_relative_to(Path(str(what)).resolve().parent):
        raise SettingsError(
            f"{what}: its `snapshot`, {path}, lies outside the study's folder, and nothing is "
            "written there unasked; say so with --out FILE"
        )
    if path is None or not source.is_asked_live:
        raise SettingsError(
            f"{what}: names no `place`, `boundary` or `bbox` to ask for, or no `snapshot` to "
            "write; add them under [source], or give --bbox and --out"
        )
    return source, path
