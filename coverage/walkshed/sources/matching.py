"""Posts without coordinates, looked up by their words among the named things of OpenStreetMap.

An address, a landmark or a microdistrict becomes a place only where it names one thing and no
other; the place is given the precision that the match deserves, never a better one. What is
ambiguous, contradictory or unknown stays unlocated, and its row says why. Nothing is downloaded.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..schemas import PRECISION_RADIUS_M
from ._names import STREET_KINDS, Mention, folded, mentions, name_of
from .gazetteer import PIECES_M, Gazetteer, Thing, things_of
from .merged_posts import number_key
from .posts import located

FIELDS = ("address", "landmark", "location_text")
MATCH_COLUMNS = (
    *("kind", "status", "number", "name_ru", "given", "osm_id", "matched", "how"),
    *("location_precision", "precision_m", "score", "alternatives", "reason"),
)
SCORES = {"house": 1.0, "post number": 1.0, "between houses": 0.8, "landmark": 0.8, "area": 0.7,
          "street": 0.6}  # fmt: skip
"""Our own order of how much each kind of match says; no probabilities."""

MOST_BETWEEN_M = 2 * PRECISION_RADIUS_M["address"]
"""A missing house is put between two neighbours no further apart: then the middle is no further
off than an address may be."""

_CLASSES = ("address", "landmark", "microdistrict")
_AT_LEAST = {"house": "address", "between houses": "address", "post number": "address",
             "street": "landmark", "landmark": "landmark", "area": "microdistrict"}  # fmt: skip
_TOLD = 5


@dataclass(frozen=True, eq=False)
class Found:
    """One thing that a text names, and what its place is worth."""

    thing: Thing
    how: str
    precision: str
    note: str = ""

    @property
    def radius_m(self) -> float:
        """How far the true place may lie from the point."""
        return PRECISION_RADIUS_M[self.precision]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a text leads to: one thing, or the reason why none."""

    found: Found | None = None
    reason: str = ""
    alternatives: tuple[str, ...] = ()


def match_posts(
    registry: gpd.GeoDataFrame, osm: gpd.GeoDataFrame, names: Gazetteer, *, home: str
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Locate the posts of a registry that have no coordinates, as far as their words do.

    Parameters
    ----------
    registry
        Facilities with the texts of `FIELDS`, in any stated CRS.
    osm
        Posts from OpenStreetMap (`posts_from_osm`): one of the same kind and number is the post.
    names
        Named things of the city.
    home
        The settlement the study is about; rows of another one are looked for only within an area
        of its name, or where it is the only town on the map.

    Returns
    -------
    registry
        The same rows; matched ones with a point, `location_precision`, `precision_m` and
        `location_source`.
    matches
        One row for each post that had no coordinates, by `post_id`: `MATCH_COLUMNS`. Where
        nothing was found `osm_id` is empty and `reason` says why.
    """
    missing = registry[registry.geometry.isna().to_numpy()]
    by_number = _posts_by_number(registry, osm, names)
    answers = {
        post_id: _answer(row, names, by_number.get(post_id), home)
        for post_id, row in zip(missing.index, missing.to_dict("records"), strict=True)
    }
    matches = _table(missing, list(answers.values()))
    result = registry.assign(location_source="")
    for post_id, answer in answers.items():
        if answer.found is not None:
            thing = answer.found.thing
            point = gpd.GeoSeries([thing.point], crs=names.names.crs).to_crs(registry.crs).iloc[0]
            result.loc[post_id, registry.active_geometry_name] = point
            result.loc[post_id, ["location_precision", "precision_m"]] = (
                answer.found.precision,
                answer.found.radius_m,
            )
            source = f"matched to OSM {thing.address} ({thing.name}), by {answer.found.how}"
            result.loc[post_id, "location_source"] = source
    return result, matches


def not_looked_for(registry: gpd.GeoDataFrame, reason: str) -> pd.DataFrame:
    """Table of matches where no post is looked for, such as in a schematic city."""
    missing = registry[registry.geometry.isna().to_numpy()]
    return _table(missing, [Answer(reason=reason)] * len(missing))


def _table(missing: gpd.GeoDataFrame, answers: Sequence[Answer]) -> pd.DataFrame:
    rows = [
        _row(row, answer) for row, answer in zip(missing.to_dict("records"), answers, strict=True)
    ]
    table = pd.DataFrame(rows, index=missing.index, columns=list(MATCH_COLUMNS))
    numbers = {"precision_m": "float64", "score": "float64"}
    return table.astype({c: numbers.get(c, "object") for c in MATCH_COLUMNS})


def _row(row: dict[Any, Any], answer: Answer) -> dict[str, Any]:
    found = answer.found
    given = "; ".join(dict.fromkeys(row[field] for field in FIELDS if row[field]))
    return {
        **{column: row[column] for column in ("kind", "status", "number", "name_ru")},
        "given": given,
        "osm_id": found.thing.osm_ids[0] if found else "",
        "matched": found.thing.name if found else "",
        "how": found.how if found else "",
        "location_precision": found.precision if found else "unlocated",
        "precision_m": found.radius_m if found else np.nan,
        "score": SCORES[found.how] if found else 0.0,
        "alternatives": "; ".join(answer.alternatives),
        "reason": found.note if found else answer.reason,
    }


def _answer(row: dict[Any, Any], names: Gazetteer, twin: Found | None, home: str) -> Answer:
    """Look a post up by each part of its texts; what they name must not lie apart."""
    settlement = row["settlement"].strip()
    town = name_of(settlement or home)
    inside = names.things("settlement", town)
    is_here = not settlement or folded(settlement) == folded(home) or names.is_of_one_town(town)
    if not (inside or is_here):
        return Answer(reason=f"the map has no area named `{_short(settlement)}`")
    limits = [thing.geometry for thing in inside]
    answers = [
        answer
        for field in FIELDS
        for answer in text_answers(row[field], names, home=settlement or home, within=limits)
    ]
    found = [answer.found for answer in answers if answer.found] + ([twin] if twin else [])
    if not found:
        told = sorted(answers, key=lambda answer: not answer.alternatives)
        return told[0] if told else Answer(reason="no address and no landmark")
    best = min(found, key=lambda one: (one.radius_m, -SCORES[one.how]))
    for other in found:
        apart_m = best.thing.point.distance(other.thing.geometry)
        if apart_m > best.radius_m + other.radius_m:
            return Answer(
                reason=f"what it names lies {apart_m:.0f} m apart: correct one of them",
                alternatives=(_told(best), _told(other)),
            )
    return Answer(best)


def text_answers(text: str, names: Gazetteer, *, home: str, within: list[Any]) -> list[Answer]:
    """Look up each part of one text; a microdistrict says which street of a name is meant."""
    readings = [_readings(part, names, within) for part in mentions(text, home)]
    areas = [r[0].thing.geometry for r in readings if len(r) == 1 and r[0].how == "area"]
    if not any(readings):
        if not text.strip():
            return []
        return [Answer(reason=f"`{_short(text)}`: the map has no such street, area or landmark")]
    return [_one_of(reading, areas, text) for reading in readings if reading]


def _one_of(reading: list["_Candidate"], areas: list[Any], text: str) -> Answer:
    """Take the one thing that is meant, or tell that there are several."""
    if len(reading) > 1 and areas:
        reading = [one for one in reading if _is_in(one.thing, areas)] or reading
    if len(reading) > 1:
        told = tuple(f"{one.thing.name} ({one.thing.address})" for one in reading[:_TOLD])
        return Answer(
            reason=f"`{_short(text)}` names {len(reading)} things: say which one is meant",
            alternatives=told,
        )
    return _worth(reading[0])


def _worth(candidate: "_Candidate") -> Answer:
    """Give a thing the precision that it deserves, or tell that it is too large for any."""
    thing, how = candidate.thing, candidate.how
    least = "landmark" if candidate.near and how != "area" else _AT_LEAST[how]
    note = f"the map has no house {candidate.number} there" if candidate.number else ""
    for precision in _CLASSES[_CLASSES.index(least) :]:
        if thing.radius_m <= PRECISION_RADIUS_M[precision]:
            return Answer(Found(thing, how, precision, note))
    wide = f"{thing.name} is too large, {thing.radius_m:.0f} m about its middle"
    fix = "give coordinates" if note else "give a house number or coordinates"
    return Answer(reason="; ".join(filter(None, (wide, note, fix))))


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A thing that a part of a text may mean; `number` is a house number not found."""

    thing: Thing
    how: str
    near: bool
    number: str = ""


def _readings(part: list[Mention], names: Gazetteer, within: list[Any]) -> list[_Candidate]:
    """All things that a part may mean; ways to read it that find no house only for want of better.

    A way to read it stays whole: of two streets of a name, one with that house and one without it,
    either may be meant.
    """
    found = [list(_candidates(mention, names, within)) for mention in part]
    whole = [reading for reading in found if any(not one.number for one in reading)]
    return _distinct([one for reading in whole or found for one in reading])


def _distinct(found: list[_Candidate]) -> list[_Candidate]:
    """Keep each thing once."""
    by_id = {(one.how, one.thing.osm_ids): one for one in found}
    return list(by_id.values())


def _candidates(mention: Mention, names: Gazetteer, within: list[Any]) -> Iterator[_Candidate]:
    kind = mention.name.kind
    whats = ["street"] if kind in STREET_KINDS else ["area"] if kind else ["street", "area"]
    hosts = [
        thing
        for what in whats
        for thing in names.things(what, mention.name)
        if _is_in(thing, within)
    ]
    if mention.number:
        yield from _at_number(mention, hosts, names, within)
        return
    for thing in hosts:
        yield _Candidate(thing, thing.what, mention.near)
    if not kind:
        for thing in names.things("landmark", mention.name):
            if _is_in(thing, within):
                yield _Candidate(thing, "landmark", mention.near)


def _at_number(
    mention: Mention, hosts: list[Thing], names: Gazetteer, within: list[Any]
) -> Iterator[_Candidate]:
    """Houses of a number, on each street or in each area of the name; else these themselves."""
    houses = names.houses_of(mention.name)
    others = houses
    for host in hosts:
        near = houses[houses.dwithin(host.geometry, PIECES_M[host.what])]
        others = others.drop(index=near.index, errors="ignore")
        exact = things_of("house", near[near["number"] == mention.number])
        between = None if exact else _between(mention.number, near)
        for thing in exact:
            yield _Candidate(thing, "house", mention.near)
        if between is not None:
            yield _Candidate(between, "between houses", mention.near)
        elif not exact:
            yield _Candidate(host, host.what, mention.near, mention.number)
    elsewhere = [thing for thing in things_of("house", others) if _is_in(thing, within)]
    exact = things_of("house", others[others["number"] == mention.number])
    for thing in exact:
        if _is_in(thing, within):
            yield _Candidate(thing, "house", mention.near)
    if hosts and elsewhere and not exact:  # a street of this name that the map does not draw
        yield _Candidate(elsewhere[0], "house", mention.near, mention.number)


def _between(number: str, houses: gpd.GeoDataFrame) -> Thing | None:
    """Put a missing house between its neighbours on its side of the street, if they are close."""
    match = re.match("[0-9]+", number)
    wanted = int(match[0]) if match else 0
    has_letter = number != str(wanted)  # 280A lies between 280 and 282
    plain = houses[houses["number"].str.fullmatch("[0-9]{1,5}")]
    numbers = plain["number"].astype(int)
    side = numbers[numbers % 2 == wanted % 2]
    below, above = side[side < wanted + has_letter], side[side > wanted]
    if not len(below) or not len(above):
        return None
    low, high = plain.loc[below.idxmax()], plain.loc[above.idxmin()]
    line = shapely.LineString([low.geometry.centroid, high.geometry.centroid])
    span = int(high["number"]) - int(low["number"])
    if line.length > MOST_BETWEEN_M:
        return None
    share = (wanted + has_letter - int(low["number"])) / span
    return Thing(
        "house",
        f"{low['name']} - {high['name']}",
        (low["osm_id"], high["osm_id"]),
        line.interpolate(share, normalized=True),
    )


def _posts_by_number(
    registry: gpd.GeoDataFrame, osm: gpd.GeoDataFrame, names: Gazetteer
) -> dict[str, Found]:
    """Existing posts that OpenStreetMap has one and only one of, of their kind and number."""
    here = located(osm).to_crs(names.names.crs)
    ours, theirs = _ids_by_number(registry), _ids_by_number(here)
    found = {}
    for key, ids in ours.items():
        if len(ids) == 1 and len(theirs.get(key, [])) == 1:
            [osm_id] = theirs[key]
            post = here.loc[osm_id]
            label = post["name_ru"] or f"post {post['number']}"
            thing = Thing("post", label, (osm_id,), post[here.active_geometry_name])
            found[ids[0]] = Found(thing, "post number", "address")
    return found


def _ids_by_number(posts: gpd.GeoDataFrame) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for post_id, kind, number, status in posts[["kind", "number", "status"]].itertuples():
        if number_key(number) and status == "existing":
            found.setdefault((kind, number_key(number)), []).append(post_id)
    return found


def _is_in(thing: Thing, within: list[Any]) -> bool:
    return not within or any(shapely.intersects(shape, thing.geometry) for shape in within)


def _told(found: Found) -> str:
    return f"{found.thing.name} ({found.thing.address})"


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else plain[:59] + "…"
