"""The order in which a city is drawn."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from ..errors import SettingsError
from . import institutions, quarters
from .crossings import draw_crossings
from .draft import Buildings, Draft, joined, names
from .layout import Layout, Superblock, lay_out
from .parameters import SchematicCity
from .places import add_districts, add_neighbourhoods, add_posts, numbered_microdistricts
from .plan import Line, StreetPlan

HOUSE_M2 = 110.0  # mean floor area of a house, as `quarters.HOUSES` draws them


def draw_city(city: SchematicCity) -> Draft:
    """Draw the whole city on the plan.

    Raises
    ------
    SettingsError
        The rectangle has no room for what is asked.
    """
    rng = np.random.default_rng(city.seed)
    draft = Draft()
    layout = lay_out(city, draft.plan, rng)
    school_numbers = iter(range(1, city.schools + 1))
    _fill_inner_city(draft, city, layout, rng, school_numbers)
    layout = _fill_massifs(draft, city, layout, rng, school_numbers)
    draw_crossings(draft, city, layout, rng)
    buildings = joined(draft.buildings)
    draft.buildings = [buildings]
    add_neighbourhoods(draft, layout)
    add_districts(draft, city, layout)
    add_posts(draft, city, layout, buildings, rng)
    words = names(city.name_ru, city.name_kk, city.name_en)
    draft.places.append(((0.0, 0.0), {"place": "city", "population": str(city.residents)} | words))
    draft.areas += [
        (institutions.inset(draft.plan, each.block, 12), {"landuse": "farmland"})
        for each in layout.of_use("fields")
    ]
    return draft


def _fill_inner_city(
    draft: Draft,
    city: SchematicCity,
    layout: Layout,
    rng: np.random.Generator,
    school_numbers: Iterator[int],
) -> None:
    """Fill all superblocks but the massifs."""
    squares = iter((["square"], ["market"]))
    for superblock in layout.of_use("centre"):
        draft.landmarks["towards market"] = superblock.centre
        quarters.centre(draft, superblock, rng, specials=next(squares, []))
    for superblock in layout.of_use("station"):
        railway = layout.of_kind("railway")[0]
        away_m = railway.offset_m(superblock.centre)
        draft.landmarks["towards station"] = (
            superblock.centre[0] + away_m * railway.direction[1],
            superblock.centre[1] - away_m * railway.direction[0],
        )
        quarters.centre(draft, superblock, rng, specials=["station"])
    microdistricts = numbered_microdistricts(layout)
    campus = max(range(len(microdistricts)), key=lambda i: microdistricts[i].centre[0], default=-1)
    for position, superblock in enumerate(microdistricts):
        quarters.microdistrict(
            draft,
            superblock,
            rng,
            campus=position == campus,
            schools=list(islice(school_numbers, 1)),
            share_islands=city.share_islands,
        )
    for use, fill in (
        ("park", quarters.park),
        ("cemetery", quarters.cemetery),
        ("industrial", quarters.industrial),
    ):
        for number, superblock in enumerate(layout.of_use(use), start=1):
            fill(draft, superblock, number, rng)


def _fill_massifs(
    draft: Draft,
    city: SchematicCity,
    layout: Layout,
    rng: np.random.Generator,
    school_numbers: Iterator[int],
) -> Layout:
    """Put exactly so many houses on massifs, nearest first, on either side of the railway.

    Massifs that are not needed stay fields; gives the layout with the uses as built.
    """
    inner_m2 = _residential_m2(draft.buildings)
    beyond = round(city.share_beyond_railway * (city.houses + inner_m2 / HOUSE_M2))
    if beyond > city.houses:
        raise SettingsError(
            f"schematic city: {city.houses} houses are too few for a `share_beyond_railway` of "
            f"{city.share_beyond_railway}; raise `houses` or lower the share"
        )
    wanted = {False: city.houses - beyond, True: beyond}
    built: list[Superblock] = []
    massifs = 0
    for superblock in layout.superblocks:
        side = superblock.beyond_railway
        if superblock.use != "massif" or wanted[side] == 0:
            fields = superblock.use == "massif"
            built.append(replace(superblock, use="fields") if fields else superblock)
            continue
        built.append(superblock)
        schools = list(islice(school_numbers, 1)) if massifs % 3 == 1 else []
        massifs += 1
        first_line = len(draft.plan.lines)
        blocks = quarters.massif(draft, superblock, rng, schools=schools)
        wanted[side] -= quarters.houses(draft, blocks, wanted[side], rng)
        _cut_dead_ends(draft.plan, draft.plan.lines[first_line:], rng)
    if any(wanted.values()):
        raise SettingsError(
            f"schematic city: no room for {sum(wanted.values())} of {city.houses} houses; "
            "enlarge `width_m` and `height_m` or lower `houses`"
        )
    return replace(layout, superblocks=tuple(built))


def _residential_m2(buildings: list[Buildings]) -> float:
    every = joined(buildings)
    return float(every.floor_area_m2()[every.is_residential()].sum())


def _cut_dead_ends(plan: StreetPlan, lines: list[Line], rng: np.random.Generator) -> None:
    """Let some streets end before they meet the next one, after their last junction."""
    for line in lines:
        last_m = line.stops[-2][0]
        room_m = line.length_m - last_m
        if line.highway != "residential" or room_m < 110 or rng.random() > 0.3:
            continue
        end_m = last_m + room_m * rng.uniform(0.6, 0.85)
        line.stops[-1] = (end_m, plan.add_point(line.at(end_m)))
