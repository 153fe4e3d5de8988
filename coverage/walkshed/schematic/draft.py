"""What is drawn before it is written: streets, buildings, other ways, areas, landmarks."""

from dataclasses import dataclass, field

import numpy as np

from .plan import Point, StreetPlan

RESIDENTIAL = ("house", "apartments")


@dataclass(frozen=True)
class Buildings:
    """Rectangles on the plan, one row each: all arrays have the same length.

    `along` is the unit direction of the street side, `length_m` is measured along it and
    `depth_m` across it.
    """

    centre: np.ndarray
    along: np.ndarray
    length_m: np.ndarray
    depth_m: np.ndarray
    levels: np.ndarray
    kind: np.ndarray

    def __len__(self) -> int:
        """Count the buildings."""
        return len(self.levels)

    def take(self, rows: np.ndarray) -> "Buildings":
        """Only the given rows (positions or a mask)."""
        return Buildings(
            self.centre[rows],
            self.along[rows],
            self.length_m[rows],
            self.depth_m[rows],
            self.levels[rows],
            self.kind[rows],
        )

    def floor_area_m2(self) -> np.ndarray:
        """Footprint times levels, square metres."""
        area: np.ndarray = self.length_m * self.depth_m * self.levels
        return area

    def is_residential(self) -> np.ndarray:
        """Whether people live there."""
        return np.isin(self.kind, RESIDENTIAL)

    def footprints(self) -> np.ndarray:
        """Corners on the plan, shape (n, 4, 2), anticlockwise."""
        return rectangles(self.centre, self.along, self.length_m, self.depth_m)


def rectangles(
    centre: np.ndarray, along: np.ndarray, length_m: np.ndarray, depth_m: np.ndarray
) -> np.ndarray:
    """Corners of rectangles, shape (n, 4, 2), anticlockwise.

    Examples
    --------
    >>> one = np.ones(1)
    >>> rectangles(np.zeros((1, 2)), np.array([[1.0, 0.0]]), 4 * one, 2 * one)[0].tolist()
    [[-2.0, -1.0], [2.0, -1.0], [2.0, 1.0], [-2.0, 1.0]]
    """
    across = np.column_stack((-along[:, 1], along[:, 0]))
    half_along = along * (length_m / 2)[:, None]
    half_across = across * (depth_m / 2)[:, None]
    corners = [
        centre - half_along - half_across,
        centre + half_along - half_across,
        centre + half_along + half_across,
        centre - half_along + half_across,
    ]
    return np.stack(corners, axis=1)


def joined(parts: list[Buildings]) -> Buildings:
    """Many tables of buildings as one; none at all gives an empty table."""
    nothing = Buildings(
        np.empty((0, 2)),
        np.empty((0, 2)),
        np.empty(0),
        np.empty(0),
        np.empty(0, dtype=int),
        np.empty(0, dtype="U16"),
    )
    parts = [nothing, *parts]
    return Buildings(
        np.concatenate([part.centre for part in parts]),
        np.concatenate([part.along for part in parts]),
        np.concatenate([part.length_m for part in parts]),
        np.concatenate([part.depth_m for part in parts]),
        np.concatenate([part.levels for part in parts]),
        np.concatenate([part.kind for part in parts]),
    )


@dataclass
class Draft:
    """A city on the plan, on its way to a file.

    `ways` run along nodes of the plan (streets excepted: those are in `plan`), `curves`
    and `areas` have coordinates of their own, `places` are tagged points, and `landmarks`
    remembers where posts belong.
    """

    plan: StreetPlan = field(default_factory=StreetPlan)
    buildings: list[Buildings] = field(default_factory=list)
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)
    areas: list[tuple[np.ndarray, dict[str, str]]] = field(default_factory=list)
    places: list[tuple[Point, dict[str, str]]] = field(default_factory=list)
    landmarks: dict[str, Point] = field(default_factory=dict)


def names(ru: str, kk: str, en: str, *, schematic: bool = True) -> dict[str, str]:
    """Name tags in three languages, marked as schematic unless told otherwise.

    Examples
    --------
    >>> names("Парк 1", "1-саябақ", "Park 1")["name:kk"]
    '1-саябақ (сызба)'
    """
    if schematic:
        ru, kk, en = f"{ru} (схема)", f"{kk} (сызба)", f"{en} (schematic)"
    return {"name": ru, "name:ru": ru, "name:kk": kk, "name:en": en}
