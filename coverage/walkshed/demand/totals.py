"""Known totals of zones, one inside another, shared out among the doors in them.

A city, its districts and their microdistricts may each have a total. The doors of a zone that lie
in none of the smaller zones with totals share what these leave.
"""

import difflib
from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import TableError

Flags = npt.NDArray[np.bool_]

SLIVER_SHARE = 0.01
"""Zones that share no more of the smaller one's residents than this only touch."""

EQUAL = 1e-9
"""Totals that differ by no more than this share of themselves agree."""

CITY = "the city"


def zones_named(
    names: Sequence[str], zones: gpd.GeoDataFrame
) -> tuple[dict[str, object], list[str]]:
    """Ids of zones that a user names by id or by a name in any language, capitals aside.

    Parameters
    ----------
    names
        What the user wrote.
    zones
        Index: ids; columns that begin with `name`.

    Returns
    -------
    tuple
        The id for each name that is known, and a problem for each that is not (with the nearest
        name there is) or that several zones have.

    Examples
    --------
    >>> from shapely import box
    >>> zones = gpd.GeoDataFrame(
    ...     {"name": ["Қарасу", "Центр"]}, index=["w1", "w2"], geometry=[box(0, 0, 1, 1)] * 2)
    >>> zones_named(["ЦЕНТР", "w1", "Карасу"], zones)
    ({'ЦЕНТР': 'w2', 'w1': 'w1'}, ['no zone `Карасу`; did you mean `Қарасу`?'])
    """
    ids_by_word: dict[str, list[object]] = {}
    spelt: dict[str, str] = {}
    columns = [str(column) for column in zones.columns if str(column).startswith("name")]
    for zone, row in zip(zones.index, zones[columns].to_dict("records"), strict=True):
        for text in dict.fromkeys([str(zone), *map(str, row.values())]):
            if word := text.strip().casefold():
                spelt.setdefault(word, text)
                ids_by_word.setdefault(word, []).append(zone)
    found: dict[str, object] = {}
    problems = []
    for name in names:
        word = name.strip().casefold()
        ids = list(dict.fromkeys(ids_by_word.get(word, [])))
        if len(ids) == 1:
            found[name] = ids[0]
        elif ids:
            listed = ", ".join(map(str, ids))
            problems.append(f"several zones `{name}`: {listed}; give the id of one")
        else:
            near = difflib.get_close_matches(word, spelt, 1, 0.7)
            meant = f"did you mean `{spelt[near[0]]}`?" if near else f"there are {len(zones)}"
            problems.append(f"no zone `{name}`; {meant}")
    return found, problems


def doors_in(doors: gpd.GeoDataFrame, zones: gpd.GeoDataFrame) -> dict[object, Flags]:
    """Which doors lie in each zone (its border counts), smallest zone first."""
    zones = zones.to_crs(doors.crs)
    ordered = zones.iloc[np.argsort(zones.geometry.area.to_numpy(), kind="stable")]
    door, zone = ordered.sindex.query(doors.geometry, predicate="intersects")
    inside = np.zeros((len(ordered), len(doors)), dtype=bool)
    inside[zone, door] = True
    return dict(zip(ordered.index, inside, strict=True))


def scaled_to_totals(
    residents: pd.Series,
    members: Mapping[object, Flags],
    totals: Mapping[object, float],
    *,
    names: Mapping[object, str] | None = None,
    city: float | None = None,
) -> pd.Series:
    """Scale residents of doors so that zones, and the city if given, have their known totals.

    Parameters
    ----------
    residents
        Residents of each door; only their proportions within a zone count.
    members
        Which doors lie in each zone, the smaller zones first; see `doors_in`.
    totals
        Known residents of some of these zones. A zone may lie in another.
    names
        What messages call the zones; their ids where it does not say.
    city
        Known residents of all doors. Without it, doors in no zone with a total keep the
        residents they have.

    Returns
    -------
    Series
        Same index; the sum over each zone is its total to 1e-9.

    Raises
    ------
    TableError
        A total is for a zone without homes, zones overlap in part, smaller zones have more
        residents than the larger one around them, or what they leave has no home to live in: all
        in one message.

    Examples
    --------
    A district of 100 with doors a, b, c; its microdistrict of 25 holds a. Door d is elsewhere:

    >>> residents = pd.Series([10.0, 10.0, 20.0, 40.0], index=list("abcd"))
    >>> inside = {"micro": np.array([1, 0, 0, 0], bool), "district": np.array([1, 1, 1, 0], bool)}
    >>> scaled_to_totals(residents, inside, {"micro": 25, "district": 100}, city=150).tolist()
    [25.0, 25.0, 50.0, 50.0]
    """
    known = {zone: flags for zone, flags in members.items() if zone in totals}
    asked = dict(totals)
    called = {zone: (names or {}).get(zone, str(zone)) for zone in known} | {None: CITY}
    if city is not None:
        known[None] = np.ones(len(residents), dtype=bool)
        asked[None] = city
    weights = residents.to_numpy(float)
    problems: list[str] = []
    own, inner = _nested(known, weights, called, problems)
    scaled = weights.copy()
    for zone, flags in own.items():
        left = asked[zone] - sum(asked[child] for child in inner[zone])
        held = weights[flags].sum()
        if abs(left) <= EQUAL * asked[zone]:
            left = 0.0
        if left < 0 or (left > 0 and not held > 0):
            problems.append(_disagreement(zone, inner[zone], asked, called, left))
        elif held > 0:
            scaled[flags] = weights[flags] * (left / held)
    if problems:
        raise TableError("; ".join(problems))
    return pd.Series(scaled, index=residents.index, name=residents.name)


def _nested(
    known: Mapping[object, Flags],
    weights: npt.NDArray[np.float64],
    called: Mapping[object, str],
    problems: list[str],
) -> tuple[dict[object, Flags], dict[object, list[object]]]:
    """Doors of each zone that no smaller one takes, and the zones that lie directly in it."""
    own: dict[object, Flags] = {}
    inner: dict[object, list[object]] = {zone: [] for zone in known}
    whole: dict[object, Flags] = {}
    free: set[object] = set()
    for zone, flags in known.items():
        doors = flags.copy()
        for smaller in [other for other in whole if other in free]:
            both = weights[whole[smaller] & flags].sum()
            size = weights[whole[smaller]].sum()
            if both >= (1 - SLIVER_SHARE) * size and size > 0:
                inner[zone].append(smaller)
                doors |= whole[smaller]
            elif both > SLIVER_SHARE * size:
                problems.append(
                    f"{called[smaller]} and {called[zone]} overlap in part; give the total of one"
                )
        free -= set(inner[zone])
        free.add(zone)
        taken = [whole[other] for other in whole if other in free or other in inner[zone]]
        own[zone] = doors & ~np.any(taken, axis=0) if taken else doors
        whole[zone] = np.any([own[zone], *(whole[child] for child in inner[zone])], axis=0)
    return own, inner


def _disagreement(
    zone: object,
    inner: Sequence[object],
    asked: Mapping[object, float],
    called: Mapping[object, str],
    left: float,
) -> str:
    """Word a total that cannot be met."""
    if not inner:
        return f"{called[zone]} has a total of {asked[zone]:g} and no homes; mend the name"
    within = sum(asked[child] for child in inner)
    listed = ", ".join(called[child] for child in inner)
    why = "that is more" if left < 0 else f"the other {left:g} have no home"
    return (
        f"{called[zone]} has {asked[zone]:g}, the zones in it ({listed}) {within:g}: {why}; "
        "make them agree"
    )
