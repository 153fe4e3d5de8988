"""The parameters of a schematic city, and how they are read from a TOML file."""

from pathlib import Path
from typing import Annotated

import pyproj
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ..errors import SettingsError, one_message
from ..given_files import read_toml
from ..settings import in_words

Count = Annotated[int, Field(ge=0)]
Words = Annotated[str, Field(min_length=1)]


class SchematicCity(BaseModel):
    """What the generator is asked to draw; checked once, never changed.

    Attributes
    ----------
    name_ru, name_kk, name_en
        The city that the schematic stands for; the word schematic is added.
    residents
        People in the city. The generator draws floor area, not people: this is for the
        study that reads it.
    seed
        The only source of chance: another seed gives another city of the same kind.
    centre_lat, centre_lon, crs
        Where the middle of the plan lies (degrees), and the metric frame it is drawn in.
    width_m, height_m, superblock_m
        The rectangle that the city must fit in, and the spacing of its main streets.
    houses
        One- and two-storey houses; exactly so many are drawn.
    share_beyond_railway
        Share (0 to 1) of the residential floor area beyond the railway; 0 draws no railway.
    level_crossings, railway_bridges, railway_underpasses
        The only ways across the railway.
    river_bridges
        The only ways across the river; 0 draws no river.
    canals
        Irrigation canals (0, 1 or 2), bridged at many streets.
    microdistricts, centre_superblocks, parks, industrial_zones, cemeteries
        Superblocks of each use; one-storey massifs fill the rest, nearest first.
    schools
        Schools, spread over microdistricts and massifs.
    precinct_points, modular_posts, departments
        Police posts of each kind.
    precinct_point_at_university, precinct_point_in_last_microdistrict
        Numbers of two precinct points that have a given place; 0 for none.
    share_islands
        Share of yard drives that meet no street, as slips of the pen in real data do.

    Examples
    --------
    >>> village = SchematicCity(width_m=500, height_m=500, superblock_m=250, houses=30)
    >>> village.microdistricts, village.canals
    (0, 0)
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_ru: Words = "Город"
    name_kk: Words = "Қала"
    name_en: Words = "City"
    residents: int = Field(default=1000, gt=0)
    seed: Count = 0
    centre_lat: float = Field(default=42.898, ge=-80, le=80)
    centre_lon: float = Field(default=71.3733, ge=-180, le=180)
    crs: str = "EPSG:32642"
    width_m: float = Field(ge=300, le=40_000)
    height_m: float = Field(ge=300, le=40_000)
    superblock_m: float = Field(default=620, ge=150, le=2_000)
    houses: Count
    share_beyond_railway: float = Field(default=0, ge=0, le=0.6)
    level_crossings: Count = 0
    railway_bridges: Count = 0
    railway_underpasses: Count = 0
    river_bridges: Count = 0
    canals: int = Field(default=0, ge=0, le=2)
    microdistricts: Count = 0
    centre_superblocks: Count = 0
    parks: Count = 0
    industrial_zones: Count = 0
    cemeteries: Count = 0
    schools: Count = 0
    precinct_points: Count = 0
    modular_posts: int = Field(default=0, ge=0, le=4)
    departments: Count = 0
    precinct_point_at_university: Count = 0
    precinct_point_in_last_microdistrict: Count = 0
    share_islands: float = Field(default=0, ge=0, le=0.5)

    @field_validator("crs")
    @classmethod
    def _metric(cls, crs: str) -> str:
        try:
            frame = pyproj.CRS.from_user_input(crs)
        except pyproj.exceptions.CRSError as error:
            raise ValueError("no such CRS; write one such as EPSG:32642") from error
        if not frame.is_projected or frame.axis_info[0].unit_name != "metre":
            raise ValueError("not in metres; write a metric CRS such as EPSG:32642")
        return crs

    @model_validator(mode="after")
    def _fits_together(self) -> "SchematicCity":
        crossings = self.level_crossings + self.railway_bridges + self.railway_underpasses
        if self.share_beyond_railway > 0 and crossings == 0:
            raise ValueError(
                "`share_beyond_railway` needs a way across: set `level_crossings`, "
                "`railway_bridges` or `railway_underpasses`"
            )
        if 2 * self.superblock_m > min(self.width_m, self.height_m):
            raise ValueError("`superblock_m` must be at most half of `width_m` and `height_m`")
        if self.precinct_point_at_university > self.precinct_points:
            raise ValueError("`precinct_point_at_university` must be at most `precinct_points`")
        if self.precinct_point_in_last_microdistrict > self.precinct_points:
            raise ValueError(
                "`precinct_point_in_last_microdistrict` must be at most `precinct_points`"
            )
        return self


def read_schematic(path: Path) -> SchematicCity:
    """Read the parameters of a schematic city from a TOML file.

    Parameters
    ----------
    path
        A TOML file whose keys are the attributes of `SchematicCity`.

    Raises
    ------
    SettingsError
        The file is missing, is not TOML, or has unknown keys or impossible values; all
        problems are told in one message.
    """
    raw = read_toml(path, advice="check the path", error=SettingsError)
    try:
        return SchematicCity.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(one_message(str(path), map(in_words, error.errors()))) from error
