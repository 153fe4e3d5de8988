"""The scenario file: a GeoJSON collection whose features are edits, in the order they apply.

Each feature has `action`, and `reason`, `date` (2026, 2026-11 or 2026-11-22) and `name` if one
likes; then by action:

============  ==========================  ========================================================
action        geometry                    properties
============  ==========================  ========================================================
add_street    LineString                  `highway` (footway), `bridge`, `tunnel`, `lit`, `joins`
open          LineString                  the same: an informal crossing is a new way
open          Point                       none: a closed gate
close         Point, LineString, Polygon  none
add_post      Point                       `id`, `kind` (precinct_point), `number`, `name_ru` ...
move_post     Point                       `post_id`
close_post    null or Point               `post_id`
============  ==========================  ========================================================

Texts survive to the letter. Other properties are kept and written again, unless one looks like a
property of the action misspelt: that is told as an error. Other members of the collection and of
features are ignored.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ..errors import CRSError, SourceError, TableError
from ..given_files import json_of
from ..network.pedestrian import PedestrianRules, pedestrian_rules
from .features import ACTIONS, COLUMNS, COMMON, FLAGS, POST_ID, edit_of, repeated_ids, told


@dataclass(frozen=True, eq=False)
class Scenario:
    """Edits to streets and posts, in the order they apply.

    Attributes
    ----------
    name, sha256
        The file's name and the hash of its bytes.
    edits
        Index `edit`, the number of the feature from 1 up; columns `action`, `reason`, `date`,
        `name`, `highway`, `lit` ("yes", "no", ""), `bridge`, `tunnel`, `joins` (booleans),
        `post_id` (also of `add_post`), `kind`, `number`, `name_ru`, `name_kk`, `name_en` (texts,
        "" where the action has none), `properties` (what else the feature carries), and geometry
        in EPSG:4326.
    """

    name: str
    sha256: str
    edits: gpd.GeoDataFrame

    def __repr__(self) -> str:
        count = self.edits["action"].value_counts(sort=False)
        listed = ", ".join(f"{count[action]} {action}" for action in ACTIONS if action in count)
        return f"Scenario({self.name}: {listed or 'no edits'})"

    @property
    def changes_streets(self) -> bool:
        """Whether any edit is about streets."""
        return not self.edits["action"].isin(POST_ID).all()

    @property
    def closes_streets(self) -> bool:
        """Whether any edit closes a street."""
        return bool((self.edits["action"] == "close").any())

    @property
    def changes_posts(self) -> bool:
        """Whether any edit is about posts."""
        return bool(self.edits["action"].isin(POST_ID).any())


def read_scenario(path: str | Path, *, rules: PedestrianRules | None = None) -> Scenario:
    """Read a scenario; `rules`, what `pedestrian_rules` returns, say what may be walked.

    Raises
    ------
    SourceError
        The file is missing or is no GeoJSON collection in longitude and latitude.
    TableError
        With all that is wrong with the features, each with its number.
    """
    try:
        data = Path(path).read_bytes()
        text = data.decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; give the path of a scenario") from None
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror}); give the path of a scenario"
        raise SourceError(message) from None
    except UnicodeDecodeError:
        raise SourceError(f"{path}: not UTF-8 text; save the scenario as UTF-8") from None
    edits = _edits_of(text, str(path), rules)
    return Scenario(Path(path).name, hashlib.sha256(data).hexdigest(), edits)


def scenario_of(
    edits: gpd.GeoDataFrame, *, name: str = "scenario", rules: PedestrianRules | None = None
) -> Scenario:
    """Make a scenario from a table of edits, checked as a file would be.

    Parameters
    ----------
    edits
        At least `action` and geometry in a stated CRS; columns that are missing are empty.
    name
        What messages call it.
    rules
        Who may walk where, what `pedestrian_rules` returns; the standard table when left out.

    Examples
    --------
    >>> line = shapely.LineString([(71.37, 42.90), (71.38, 42.90)])
    >>> scenario_of(gpd.GeoDataFrame({"action": ["add_street"]}, geometry=[line], crs=4326))
    Scenario(scenario: 1 add_street)

    Raises
    ------
    TableError, CRSError
        With all that is wrong, or when the CRS is missing.
    """
    text = _checked_text(edits, name, rules)
    return Scenario(name, _sha256(text), _edits_of(text, name, rules))


def write_scenario(
    edits: gpd.GeoDataFrame, path: str | Path, *, rules: PedestrianRules | None = None
) -> None:
    """Write edits as a scenario: one feature a line, equal edits give equal bytes.

    What is written reads back equal, but that edits are numbered from 1.

    Raises
    ------
    TableError, CRSError
        The edits are wrong, see `scenario_of`; nothing is written.
    """
    text = _checked_text(edits, str(path), rules)
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def _checked_text(edits: gpd.GeoDataFrame, name: str, rules: PedestrianRules | None) -> str:
    if edits.active_geometry_name is None or edits.crs is None:
        raise CRSError(f"{name}: the edits have no CRS; set EPSG:4326")
    try:
        text = _text_of(edits.to_crs(4326))
    except (TypeError, ValueError) as error:
        raise TableError(f"{name}: cannot be written as JSON ({error}); change it") from None
    return _text_of(_edits_of(text, name, rules))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _text_of(edits: gpd.GeoDataFrame) -> str:
    features = [
        _whole_letters({"type": "Feature", "properties": _properties(row), "geometry": shape})
        for row, shape in zip(
            edits.drop(columns=edits.active_geometry_name).to_dict("records"),
            map(_coordinates, edits.geometry),
            strict=True,
        )
    ]
    lines = ",\n".join(json.dumps(item, ensure_ascii=False, allow_nan=False) for item in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'


def _coordinates(shape: shapely.Geometry | None) -> Any:
    return None if shape is None else shapely.geometry.mapping(shape)


def _properties(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the properties of one edit in a fixed order, without those that say nothing."""
    action = str(row.get("action"))
    known = ACTIONS[action].keys if action in ACTIONS else ()
    found = {key: row.get(key, "") for key in COMMON}
    found |= {key: row.get("post_id" if key == "id" else key, "") for key in known}
    found = {key: "" if _empty(value) else value for key, value in found.items()}
    kept = {
        key: value
        for key, value in found.items()
        if key in COMMON[:3] or not (value == "" or (key in FLAGS and value is False))
    }
    extras: Any = row.get("properties")
    return kept | ({} if _empty(extras) else {k: v for k, v in extras.items() if k not in found})


def _empty(value: Any) -> bool:
    return value is None or value is pd.NA or value in ("", {}) or _is_nan(value)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _edits_of(text: str, name: str, rules: PedestrianRules | None) -> gpd.GeoDataFrame:
    """Check the text of a scenario and give its table; raise with all problems at once."""
    features = _features(text, name)
    rules = rules or pedestrian_rules()
    problems: list[tuple[str, int]] = []
    rows = []
    for number, feature in enumerate(features, start=1):
        row, found = edit_of(feature, rules)
        rows.append(row)
        problems += [(problem, number) for problem in found]
    problems += repeated_ids(rows)
    if problems:
        raise TableError(told(name, problems))
    index = pd.RangeIndex(1, len(rows) + 1, name="edit")
    table = pd.DataFrame(rows, columns=[*COLUMNS, "geometry"], index=index)
    types = {column: bool if column in FLAGS else object for column in COLUMNS}
    return gpd.GeoDataFrame(table.astype(types), geometry="geometry", crs=4326)


def _features(text: str, name: str) -> list[Any]:
    try:
        collection = json_of(text, parse_constant=_no_number)
    except ValueError as error:
        raise SourceError(f"{name}: not GeoJSON ({error}); export it again") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not all(isinstance(item, dict) for item in features):
        raise SourceError(f"{name}: not a GeoJSON collection of features; export it again")
    crs = json.dumps(collection.get("crs", "CRS84"))
    if "CRS84" not in crs and "4326" not in crs:
        raise SourceError(f"{name}: the CRS {crs} is not WGS 84; export it in EPSG:4326")
    return [_whole_letters(feature) for feature in features]


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _whole_letters(value: Any) -> Any:
    """Replace half characters, which JSON can spell and no file can hold; all else stays."""
    text = json.dumps(value, ensure_ascii=False)
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
