"""A snapshot: an extract, and beside it a JSON file that says what it is.

`city.osm.pbf` is described by `city.osm.pbf.json`. An extract without one is an extract like any
other; one that differs from its description is refused.
"""

from pathlib import Path
from typing import Any, Literal

import shapely
from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import SourceError
from .cut import read_clipped
from .osm import OsmExtract, file_sha256, read_osm


class Part(BaseModel):
    """One question to Overpass: what was asked, when, and of when the answer is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    query: str
    osm_base: str
    downloaded: str


class Description(BaseModel):
    """What a snapshot holds and where it came from.

    Attributes
    ----------
    file, sha256
        Name of the extract, and the hash of its bytes.
    area
        What was asked for, in words: a place, a box, or the name of a file of polygons.
    boundary
        The area as WKT in EPSG:4326; the snapshot is clipped to it when it is read.
    osm_base
        Time up to which every part holds all edits of OpenStreetMap; empty if one does not say.
    downloaded
        When the last part came.
    overpass, parts
        The service, and each question to it.
    licence, attribution
        Of the data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["walkshed snapshot 1"] = "walkshed snapshot 1"
    file: str
    sha256: str
    area: str
    boundary: str
    osm_base: str
    downloaded: str
    overpass: str
    parts: tuple[Part, ...]
    licence: str = "ODbL 1.0 (https://opendatacommons.org/licenses/odbl/1-0/)"
    attribution: str = "© OpenStreetMap contributors (https://www.openstreetmap.org/copyright)"

    @property
    def outline(self) -> shapely.Geometry:
        """The area as a shape, in EPSG:4326."""
        return shapely.from_wkt(self.boundary)

    @property
    def provenance(self) -> dict[str, Any]:
        """What a manifest tells: all but what it says of every file."""
        return self.model_dump(exclude={"format", "file", "sha256", "boundary"})


def description_path(path: Path) -> Path:
    """Where the description of an extract lies.

    Examples
    --------
    >>> description_path(Path("taraz.osm.pbf")).name
    'taraz.osm.pbf.json'
    """
    return path.with_name(f"{path.name}.json")


def read_snapshot(
    path: Path, boundary: shapely.Geometry | None = None
) -> tuple[OsmExtract, Description | None]:
    """Read an extract, check it against its description, and clip it.

    Parameters
    ----------
    path
        The extract; its description is optional.
    boundary
        Area to clip it to; by default that of the description, if there is one.

    Raises
    ------
    SourceError
        The extract or its description cannot be read, or they do not belong together.
    """
    described = description_path(path)
    description = _read_description(described) if path.is_file() and described.exists() else None
    if description and file_sha256(path) != description.sha256:
        raise SourceError(
            f"{path}: is not the file that {described.name} describes (another sha256): it has "
            "been changed or damaged; fetch it again, or remove the description if that is meant"
        )
    if boundary is None and description:
        boundary = description.outline
    extract = read_osm(path) if boundary is None else read_clipped(path, boundary)
    return extract, description


def _read_description(path: Path) -> Description:
    try:
        description = Description.model_validate_json(path.read_bytes())
        shapely.is_valid(description.outline)
    except (ValidationError, OSError, shapely.errors.GEOSException) as error:
        problem = str(error).splitlines()[0]
        raise SourceError(
            f"{path}: is no description of a snapshot ({problem}); fetch the snapshot again, or "
            "remove this file"
        ) from error
    return description
