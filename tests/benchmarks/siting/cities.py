"""Made-up cities to site posts in: who is within reach of which candidate site, by distance.

Nothing here is a real place, and nobody walks along a street: a site covers the doors within a
radius. What is kept of a city is what makes siting hard, that neighbourhoods differ in density,
that candidates stand close together, and that posts are there already. The same seed, the same
city.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.spatial import KDTree

WIDTH_M, HEIGHT_M = 12_000.0, 10_000.0
NEIGHBOURHOODS = 40
SCATTERED = 0.12  # share of doors that stand in no neighbourhood
STREET_M = 200.0
SITES_AT_ONCE = 200
MEAN_COVERED = 0.0165  # share of the residents that a candidate site covers, on average

LARGE_SQUARE_M = 10_000.0
LARGE_SITES = 100
LARGE_BLOCK = 100_000  # doors


@dataclass(frozen=True)
class Case:
    """Doors in rows, candidate sites in columns, True where the site covers the door.

    Attributes
    ----------
    coverage
        Sparse by columns, of bool.
    residents
        Residents of each door, whole numbers as float.
    covered
        Doors that existing posts cover.
    """

    coverage: Any
    residents: np.ndarray
    covered: np.ndarray

    def left(self) -> tuple[Any, np.ndarray]:
        """Coverage (by rows) and residents of the doors that no post covers and some site does."""
        rows = self.coverage.tocsr()
        matters = ~self.covered & (np.diff(rows.indptr) > 0) & (self.residents > 0)
        return rows[matters], self.residents[matters]

    def newly_covered(self, sites: np.ndarray) -> float:
        """Count the residents whom some of these sites cover and no existing post does."""
        reached = np.asarray(self.coverage[:, sites].sum(axis=1)).ravel() > 0
        return float(self.residents[reached & ~self.covered].sum())


def city(seed: int, doors: int = 40_000, sites: int = 5_000, posts: int = 30) -> Case:
    """Make up a city of about 12 by 10 km.

    A candidate site covers 1.65 % of the residents on average, from about 0.4 % (5th percentile)
    to 3.6 % (95th): the radius is found for that, at 0.8 km or so.
    """
    rng = np.random.default_rng(seed)
    extent = np.array([WIDTH_M, HEIGHT_M])
    door_xy = _doors(rng, doors, extent)
    residents = 1.0 + rng.poisson(rng.gamma(1.2, 6.0, doors))
    site_xy = _along_streets(rng, sites, door_xy, extent)
    radius_m = _radius(door_xy, residents, site_xy)
    tree = KDTree(door_xy)
    coverage = _within(tree, site_xy, radius_m, doors)
    post_xy = _posts(rng, posts, door_xy, residents, apart_m=radius_m / 2)
    covered = np.zeros(doors, dtype=bool)
    for near in tree.query_ball_point(post_xy, radius_m):
        covered[near] = True
    return Case(coverage, residents, covered)


def _doors(rng: np.random.Generator, doors: int, extent: np.ndarray) -> np.ndarray:
    """Place doors in round neighbourhoods of different size and density, and some anywhere."""
    centre = rng.uniform(0.05, 0.95, (NEIGHBOURHOODS, 2)) * extent
    spread_m = rng.uniform(300.0, 1_200.0, NEIGHBOURHOODS)
    share = spread_m**1.6 * rng.lognormal(0.0, 0.6, NEIGHBOURHOODS)
    home = rng.choice(NEIGHBOURHOODS, size=doors, p=share / share.sum())
    xy = centre[home] + rng.normal(size=(doors, 2)) * spread_m[home, None]
    astray = ((xy < 0) | (xy > extent)).any(axis=1) | (rng.random(doors) < SCATTERED)
    xy[astray] = rng.uniform(size=(int(astray.sum()), 2)) * extent
    return xy


def _along_streets(
    rng: np.random.Generator, sites: int, door_xy: np.ndarray, extent: np.ndarray
) -> np.ndarray:
    """Place candidates along a crooked grid of streets, more of them where doors are."""
    spots = 6 * sites
    xy = rng.uniform(size=(spots, 2)) * extent
    across = rng.integers(0, 2, spots)  # which of the two ways its street runs
    street = np.round(xy[np.arange(spots), across] / STREET_M)
    bend = 40.0 * np.sin(xy[np.arange(spots), 1 - across] / 700.0 + street)
    xy[np.arange(spots), across] = street * STREET_M + bend + rng.normal(0.0, 5.0, spots)
    to_door_m, _ = KDTree(door_xy).query(xy, k=8)
    built_up = to_door_m[:, -1] < np.quantile(to_door_m[:, -1], 0.9)
    return xy[rng.choice(np.flatnonzero(built_up), size=sites, replace=False)]


def _posts(
    rng: np.random.Generator,
    posts: int,
    door_xy: np.ndarray,
    residents: np.ndarray,
    *,
    apart_m: float,
) -> np.ndarray:
    """Place posts where people live, as cities do: some of them serve much the same streets."""
    found: list[np.ndarray] = []
    for door in rng.choice(len(door_xy), size=len(door_xy), p=residents / residents.sum()):
        place = door_xy[door] + rng.normal(0.0, 100.0, 2)
        if all(np.hypot(*(place - other)) > apart_m for other in found):
            found.append(place)
        if len(found) == posts:
            break
    return np.array(found).reshape(-1, 2)


def _radius(door_xy: np.ndarray, residents: np.ndarray, site_xy: np.ndarray) -> float:
    """Find the radius that covers the mean share, by halving."""
    some = site_xy[:: max(1, len(site_xy) // 1000)]
    tree = KDTree(door_xy)
    least_m, most_m = 0.0, WIDTH_M
    for _ in range(30):
        radius_m = (least_m + most_m) / 2
        share = _within(tree, some, radius_m, len(door_xy)).T @ residents / residents.sum()
        least_m, most_m = (radius_m, most_m) if share.mean() < MEAN_COVERED else (least_m, radius_m)
    return (least_m + most_m) / 2


def _within(tree: KDTree, site_xy: np.ndarray, radius_m: float, doors: int) -> Any:
    """Tell the doors within a radius of each site; by few sites at once, for lists are large."""
    found = [np.empty(0, dtype=np.int32)]
    for start in range(0, len(site_xy), SITES_AT_ONCE):
        near = tree.query_ball_point(
            site_xy[start : start + SITES_AT_ONCE], radius_m, return_sorted=True
        )
        found += [np.asarray(some, dtype=np.int32) for some in near]
    ends = np.cumsum([some.size for some in found])
    index = np.concatenate(found)
    return sparse.csc_matrix(
        (np.ones(index.size, dtype=bool), index, ends), shape=(doors, len(site_xy))
    )


def large_blocks(
    seed: int, doors: int, radius_m: float, sites: int = LARGE_SITES
) -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
    """Make up the very large family of the literature, in blocks that fit in little memory.

    Doors and sites stand anywhere in a square of 10 km, all doors have from 1 to 100 residents,
    and no post stands there yet.

    Yields
    ------
    tuple
        Coverage of some doors, sparse by rows of bool, their residents, and whether posts cover
        them.
    """
    rng = np.random.default_rng(seed)
    site_xy = rng.uniform(0, LARGE_SQUARE_M, (sites, 2)).astype(np.float32)
    for start in range(0, doors, LARGE_BLOCK):
        size = min(LARGE_BLOCK, doors - start)
        door_xy = rng.uniform(0, LARGE_SQUARE_M, (size, 2)).astype(np.float32)
        residents = rng.integers(1, 101, size).astype(float)
        away_m2 = sum((door_xy[:, [k]] - site_xy[:, k]) ** 2 for k in (0, 1))
        yield sparse.csr_array(away_m2 <= radius_m**2), residents, np.zeros(size, dtype=bool)
