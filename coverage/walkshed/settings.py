"""Frozen, checked settings of one study, read from one TOML file.

Every modelling choice of a run is here or in a named standard, and is repeated in the run's
manifest. Paths in the file are relative to the file. All wrong keys are told in one message.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from .errors import SettingsError, one_message
from .given_files import read_toml

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
PositiveShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Year = Annotated[str, Field(pattern=r"^\d{4}$")]
File = Annotated[Path, Field(strict=False)]
SourceName = Literal["file", "graphml", "snapshot", "live", "schematic"]


def _box_of_degrees(bbox: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = bbox
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= 90 >= north >= -90):
        raise ValueError(f"{bbox} are no degrees; write west, south, east, north")
    if not (west < east and south < north):
        raise ValueError(
            f"{bbox} encloses nothing: west must be less than east and south less than north "
            "(a box across 180 degrees east cannot be used); write west, south, east, north"
        )
    return bbox


Box = Annotated[
    tuple[float, float, float, float], Field(strict=False), AfterValidator(_box_of_degrees)
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class SourceSettings(_Settings):
    """Where the OpenStreetMap data come from: the first of these that answers.

    `file` is an extract that is always there; `graphml` a graph that OSMnx saved (streets only);
    `snapshot` an extract that may have been pinned; `place` is asked for live; `schematic` holds
    the parameters of a made-up city.

    `boundary` (a file of polygons) or `bbox` (west, south, east, north in degrees) is the study's
    area: files are clipped to it, and it is asked for live in place of the outline of `place`. A
    schematic city is never clipped. `live_timeout_s` is how long a service may work on one
    question.
    """

    file: File | None = None
    graphml: File | None = None
    snapshot: File | None = None
    place: str | None = None
    boundary: File | None = None
    bbox: Box | None = None
    live_timeout_s: Positive = 180
    schematic: File | None = None

    @model_validator(mode="after")
    def _has_one(self) -> "SourceSettings":
        if self.boundary and self.bbox:
            raise ValueError("`boundary` and `bbox` are two areas; give one of them")
        given = (self.file, self.graphml, self.snapshot, self.schematic)
        if not (any(given) or self.is_asked_live):
            raise ValueError(
                "give at least one of `file`, `graphml`, `snapshot`, `place`, `boundary`, `bbox`, "
                "`schematic`"
            )
        return self

    @property
    def is_asked_live(self) -> bool:
        """Whether there is an area to ask OpenStreetMap for."""
        return bool(self.place or self.boundary or self.bbox)


class PostsSettings(_Settings):
    """Where the posts come from: a registry, `amenity=police` of OpenStreetMap, or both.

    `none` tells that there is no post at all, which is else taken for a mistake; `schematic` that
    the registry is as made up as the schematic city, so that its posts stand there.
    `crs` is of a registry's coordinates where its rows name none; degrees if empty. Beside the
    registry, each if given: `inspectors`, `precincts` (polygons), `establishment` (figures of a
    region) and `incidents` (offences or calls).
    """

    registry: File | None = None
    settlement: str | None = None
    none: bool = False
    schematic: bool = False
    osm: bool = True
    crs: str = ""
    inspectors: File | None = None
    precincts: File | None = None
    establishment: File | None = None
    incidents: File | None = None


class ResidentsSettings(_Settings):
    """Where people live, and how many they are.

    `raster` (its `raster_values` a number a cell, or a number a km2), `cells` (H3 or square) or
    `points` say where; without them the floor area of buildings does. `total` is of the city,
    `by_neighbourhood` and the file `totals` of zones by name or id: what lies in them is scaled
    to them. `planned` is housing to come, counted from its year on when that is `year` or
    before. `source` and `date` are those of the numbers.
    """

    total: Positive | None = None
    by_neighbourhood: Mapping[str, Positive] = {}
    totals: File | None = None
    raster: File | None = None
    raster_values: Literal["count", "per_km2"] = "count"
    cells: File | None = None
    points: File | None = None
    planned: File | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    source: str = ""
    date: str = ""

    @model_validator(mode="after")
    def _agrees(self) -> "ResidentsSettings":
        bases = [name for name in ("raster", "cells", "points") if getattr(self, name)]
        if len(bases) > 1:
            raise ValueError(f"{' and '.join(f'`{name}`' for name in bases)} at once; give one")
        if self.planned and self.year is None:
            raise ValueError("`planned` housing without a `year`; give the year to count")
        return self

    @property
    def base(self) -> Literal["floor_area", "raster", "cells", "points"]:
        """What says where people live."""
        given = {"raster": self.raster, "cells": self.cells, "points": self.points}
        named: tuple[Literal["raster", "cells", "points"], ...] = ("raster", "cells", "points")
        return next((name for name in named if given[name]), "floor_area")


class WalkSettings(_Settings):
    """Who walks, by which rules, and how far a door may be from a street.

    `rules` are laid over the table of pedestrian rules, `edge_speeds_kmh` over the speeds of the
    profile (by kind of edge: "street", "steps" ...); `elevation` is a height raster in metres.
    """

    profile: str = "adult"
    snap_max_m: Positive = 250
    island_max_m: NotNegative = 500
    rules: Mapping[str, Any] = {}
    edge_speeds_kmh: Mapping[str, Positive] = {}
    wait_at_crossings: bool = False
    elevation: File | None = None
    flat_where_unknown: bool = False


class CustomStandard(_Settings):
    """An access standard of the study's own: in minutes or in metres, and where it comes from."""

    source: Annotated[str, Field(min_length=1)]
    date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}){0,2}$")]
    cutoffs_min: Annotated[tuple[Positive, ...], Field(strict=False)] | None = None
    planning_cutoff_min: Positive | None = None
    multi_storey_m: Positive | None = None
    low_rise_m: Positive | None = None
    low_rise_levels_max: Positive | None = None
    target_share: PositiveShare | None = None


class StandardSettings(_Settings):
    """Which norms apply: of access by name, and of residents for each inspector.

    `planning_cutoff_min` overrides the standard's own, where that is in minutes; `target_share`
    the share of residents that should be within the planning band. The name "custom" goes with a
    table `custom`.
    """

    name: str = "minutes_5_10_15"
    planning_cutoff_min: Annotated[int, Field(gt=0)] | None = None
    target_share: PositiveShare | None = None
    staffing: str = "norm_2000"
    custom: CustomStandard | None = None

    @model_validator(mode="after")
    def _custom_is_named(self) -> "StandardSettings":
        if (self.name == "custom") != (self.custom is not None):
            raise ValueError('`name = "custom"` and a table `custom` go together; give both')
        return self


class CandidateSettings(_Settings):
    """Where new posts may stand.

    Along streets, `spacing_m` apart; at named public places of the kinds listed (all there are
    where none are listed); and at the user's own `sites`. Nothing stands on the polygons of
    `exclusions`.
    """

    spacing_m: Positive = 400
    public_places: Annotated[tuple[str, ...], Field(strict=False)] | None = None
    sites: File | None = None
    exclusions: File | None = None


OWN_OPTIONS = ("share", "backup_share", "least_share", "full_min", "none_min")
"""Keys of `[siting]` that only some location models know, as options of the same name."""

FIND_THE_NUMBER = frozenset({"lscp", "least_cost_cover"})
"""Location models that find the number of new posts; `new_posts` is only a limit to them."""


class PostKindSettings(_Settings):
    """A kind of post: what one costs, how many inspectors it holds, where it may stand.

    `cost` is added to that of the place. `allowed_at` lists kinds of candidate sites ("listed",
    "public_place", "junction", "street") and of places ("school", or as the user's list has them);
    everywhere if left out.
    """

    cost: NotNegative
    inspectors: NotNegative | None = None
    allowed_at: Annotated[tuple[str, ...], Field(strict=False)] | None = None


class SitingSettings(_Settings):
    """Which location model chooses the new posts, what it must keep to, and how long it may take.

    `new_posts` is at most so many: 6 if left out, but without a limit where a `budget` or the model
    itself sets one. `share` to `least_share` are options of single models; a model refuses those
    it does not know. `may_close` lists posts that may be closed, "all" or all that are if
    left out; at most `closed_posts` of them are. `limit_min` is how far walks are searched for
    models that count minutes. `stages` are new posts by year. `inspectors` are those of a post
    that does not say.
    """

    model: str = "mclp"
    new_posts: Annotated[int, Field(ge=0)] | None = None
    budget: NotNegative | None = None
    closed_posts: Annotated[int, Field(ge=0)] = 0
    may_close: Literal["all"] | Annotated[tuple[str, ...], Field(strict=False)] = "all"
    least_distance_m: NotNegative = 0
    share: Share | None = None
    backup_share: Share | None = None
    least_share: Share | None = None
    full_min: NotNegative | None = None
    none_min: Positive | None = None
    limit_min: Positive = 60
    inspectors: NotNegative | None = None
    kinds: Mapping[str, PostKindSettings] = {}
    stages: Mapping[Year, Annotated[int, Field(ge=0)]] = {}
    time_limit_s: Positive = 60

    @model_validator(mode="after")
    def _one_number_of_posts(self) -> "SitingSettings":
        if self.stages and self.new_posts is not None:
            raise ValueError("`new_posts` and `stages` both say how many posts; give one of them")
        return self


class ZonesSettings(_Settings):
    """Neighbourhoods, city districts and hexagons that results are summed over.

    Neighbourhoods are the polygons of `file`, if given, else the closed boundaries of
    `boundary_admin_level`, if given, else the areas with one of the `place` values. City districts
    are the polygons of `districts`, else the closed boundaries of `district_admin_level`; a study
    that gives neither has none.
    """

    file: File | None = None
    boundary_admin_level: Annotated[int, Field(ge=1, le=12)] | None = None
    place: Annotated[tuple[str, ...], Field(strict=False)] = ("suburb", "quarter", "neighbourhood")
    districts: File | None = None
    district_admin_level: Annotated[int, Field(ge=1, le=12)] | None = None
    hexagon_resolution: Annotated[int, Field(ge=5, le=12)] = 9


def _a_monday(day: dt.date) -> dt.date:
    if day.isoweekday() != 1:
        raise ValueError(f"{day} is no Monday; give the first day of a week")
    return day


class ScoresSettings(_Settings):
    """What is scored beside coverage.

    `profiles` are walkers put beside the study's own, each with a network of its own; `draws` how
    often the study is drawn again to say how sure a share is; `week` the Monday of the week that
    opening hours are told for, which matters only to hours that differ by season.
    """

    profiles: Annotated[tuple[str, ...], Field(strict=False)] = ("adult", "older", "winter")
    draws: Annotated[int, Field(ge=1, le=10_000)] = 200
    week: Annotated[dt.date, Field(strict=False), AfterValidator(_a_monday)] = dt.date(2026, 10, 5)


class StudySettings(_Settings):
    """All settings of one study; `name` is what messages call it, its file as a rule.

    `names` are those of the city in each language, `title` is that of its map.

    Examples
    --------
    >>> study = StudySettings(city="Monaco", source={"file": "monaco.osm.pbf"})
    >>> study.siting.model, study.title_in("ru")
    ('mclp', 'Monaco')
    """

    city: Annotated[str, Field(min_length=1)]
    names: Mapping[Literal["ru", "kk", "en"], str] = {}
    title: Mapping[Literal["ru", "kk", "en"], str] = {}
    language: Literal["ru", "kk", "en"] = "ru"
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    name: str = "study"
    scenario: File | None = None
    source: SourceSettings
    posts: PostsSettings = PostsSettings()
    residents: ResidentsSettings = ResidentsSettings()
    walk: WalkSettings = WalkSettings()
    standard: StandardSettings = StandardSettings()
    candidates: CandidateSettings = CandidateSettings()
    siting: SitingSettings = SitingSettings()
    zones: ZonesSettings = ZonesSettings()
    scores: ScoresSettings = ScoresSettings()

    def title_in(self, language: str) -> str:
        """Title in a language; the city's name where none is given."""
        return next((text for code, text in self.title.items() if code == language), self.city)


def read_settings(path: Path) -> StudySettings:
    """Read a study file.

    Relative paths in it are resolved against its folder.

    Raises
    ------
    SettingsError
        The file is missing, is no TOML, or holds wrong keys: all of them in one message.
    """
    values = read_toml(path, advice="give the path of a study file", error=SettingsError)
    if "name" in values:
        raise SettingsError(f"{path}: unknown key `name`; remove it, the city's name is `city`")
    _resolve_paths(values, path.parent)
    return settings_from(values, str(path))


def study_name(path: Path) -> str:
    """Name of a study, and of the folder of its results: its file's, or its folder's.

    Examples
    --------
    >>> study_name(Path("data/taraz/study.toml")), study_name(Path("data/taraz/bridge.toml"))
    ('taraz', 'bridge')

    Raises
    ------
    SettingsError
        It is no name for a folder: nothing but points and blanks.
    """
    name = path.resolve().parent.name if path.stem == "study" else path.stem
    if not name.strip(". "):  # "..", too, would be a folder: the one above
        raise SettingsError(f"{path}: `{name}` is no name for a folder of results; rename the file")
    return name


def settings_from(values: Mapping[str, Any], name: str) -> StudySettings:
    """Check settings given as a mapping; `name` is what messages call it.

    Raises
    ------
    SettingsError
        With all wrong keys in one message.

    Examples
    --------
    >>> settings_from({"city": "X", "source": {"file": "x.osm"}, "walk": {"sped": 5}}, "study.toml")
    Traceback (most recent call last):
    ...
    walkshed.errors.SettingsError: study.toml: unknown key `walk.sped`; remove it or mend its name
    """
    try:
        return StudySettings.model_validate({**values, "name": name})
    except ValidationError as error:
        raise SettingsError(one_message(name, map(in_words, error.errors()))) from error


_LONGEST_SHOWN = 80
"""So much of a value is told in a message."""


def in_words(error: Any) -> str:
    """One of pydantic's findings as a sentence with a way out."""
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"unknown key `{key}`; remove it or mend its name"
    if error["type"] == "missing":
        return f"key `{key}` is missing; add it"
    reason = str(error["msg"]).removeprefix("Value error, ")
    given = repr(error["input"]) if isinstance(error["input"], str | int | float) else ""
    shown = f" = {given if len(given) <= _LONGEST_SHOWN else given[:_LONGEST_SHOWN] + '…'}"
    if not key:  # what is wrong is wrong with several keys, and the reason names them
        return reason
    return f"`{key}`{shown if given else ''}: {reason[0].lower()}{reason[1:]}; change it"


PATHS: tuple[tuple[str, ...], ...] = (
    ("scenario",),
    ("source", "file"),
    ("source", "graphml"),
    ("source", "snapshot"),
    ("source", "boundary"),
    ("source", "schematic"),
    ("posts", "registry"),
    ("posts", "inspectors"),
    ("posts", "precincts"),
    ("posts", "establishment"),
    ("posts", "incidents"),
    ("residents", "totals"),
    ("residents", "raster"),
    ("residents", "cells"),
    ("residents", "points"),
    ("residents", "planned"),
    ("walk", "elevation"),
    ("zones", "file"),
    ("zones", "districts"),
    ("candidates", "sites"),
    ("candidates", "exclusions"),
)
"""Keys that name files."""


def _resolve_paths(values: dict[str, Any], folder: Path) -> None:
    for *tables, key in PATHS:
        section = values.get(tables[0], {}) if tables else values
        if isinstance(section, dict) and isinstance(section.get(key), str):
            section[key] = str(folder / section[key])
