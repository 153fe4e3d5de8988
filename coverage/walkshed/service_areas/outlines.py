"""Outlines of labelled ground: closed rings between spots of different labels.

Spots form a lattice; between two neighbours with different labels the place where the label
changes is found by halving, asking for the label of places in between. So corners of outlines lie
where the label really changes, not half way between spots. Rings never touch nor cross each other.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import shapely

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]
LabelAt = Callable[[FloatArray, FloatArray], IntArray]

NEAREST_SHARE = 0.02
"""Corners keep this share of the distance between spots away from the spots, and so apart."""

BOTTOM, RIGHT, TOP, LEFT, NONE = range(5)
# Which corners of a square are inside (1 south-west, 2 south-east, 4 north-east, 8 north-west),
# and from which side to which side the outline then goes, the inside on its left. Two opposite
# corners: apart (5, 10), or joined through the middle (16, 17).
_STEPS = {
    1: [(BOTTOM, LEFT)], 2: [(RIGHT, BOTTOM)], 3: [(RIGHT, LEFT)], 4: [(TOP, RIGHT)],
    5: [(BOTTOM, LEFT), (TOP, RIGHT)], 6: [(TOP, BOTTOM)], 7: [(TOP, LEFT)], 8: [(LEFT, TOP)],
    9: [(BOTTOM, TOP)], 10: [(RIGHT, BOTTOM), (LEFT, TOP)], 11: [(RIGHT, TOP)],
    12: [(LEFT, RIGHT)], 13: [(BOTTOM, RIGHT)], 14: [(LEFT, BOTTOM)],
    16: [(BOTTOM, RIGHT), (TOP, LEFT)], 17: [(LEFT, BOTTOM), (RIGHT, TOP)],
}  # fmt: skip
_FROM = np.full((18, 2), NONE)
_TO = np.full((18, 2), NONE)
for _case, _steps in _STEPS.items():
    for _which, _step in enumerate(_steps):
        _FROM[_case, _which], _TO[_case, _which] = _step


def outlines(
    labels: IntArray, label_at: LabelAt, *, halvings: int = 5
) -> Iterator[tuple[int, list[FloatArray]]]:
    """Rings around the ground of each label but 0.

    Parameters
    ----------
    labels
        Label of each spot, whole numbers from 0 (outside), in rows and columns; what lies beyond
        is outside.
    label_at
        Label at places between spots, given their rows and columns as fractions.
    halvings
        How often the distance between two spots is halved to find where the label changes: 5 find
        it to within 1/64 of that distance.

    Yields
    ------
    label, rings
        Each ring as an array of (row, column), not closed; seen with rows growing upwards,
        outer rings run counter-clockwise and holes clockwise.

    Examples
    --------
    Ground that is inside up to column 1.25, seen in three columns of spots:

    >>> columns = np.tile(np.arange(3.0), (3, 1))
    >>> def label_at(row, column):
    ...     return (column <= 1.25).astype(int)
    >>> ((label, rings),) = outlines(label_at(None, columns), label_at)
    >>> label, len(rings), round(float(rings[0][:, 1].max()), 2)
    (1, 1, 1.27)
    """
    around = np.pad(labels, 1)
    along, across = _crossings(around)
    if not len(along):
        return
    corners, sides, square = _squares(around, along, across)
    place = _where_labels_change(around, along, across, label_at, halvings)
    through_middle, middle = _middles(corners, sides, square, label_at)
    middle_number = np.full(len(square), -1)
    middle_number[through_middle] = len(place) + np.arange(through_middle.sum())
    place = np.concatenate([place, square[through_middle] - 0.5])
    for label in np.unique(corners[corners > 0]).tolist():
        case = (corners == label) @ np.array([1, 2, 4, 8])
        joined = middle == label
        case[joined & (case == 5)] = 16
        case[joined & (case == 10)] = 17
        yield label, _rings(case, sides, middle_number, place)


def _crossings(around: IntArray) -> tuple[IntArray, IntArray]:
    """Spots, numbered row by row, whose label is not that of the next in the row or column.

    The frame of `around` is outside, so no row ends in a crossing.
    """
    flat, width = around.ravel(), around.shape[1]
    return np.flatnonzero(flat[:-1] != flat[1:]), np.flatnonzero(flat[:-width] != flat[width:])


def _squares(
    around: IntArray, along: IntArray, across: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Squares that an outline passes: labels of their corners, crossings on their sides, places.

    Corners from the south-west, sides from the bottom, both counter-clockwise; crossings are
    numbered along rows, then along columns, -1 where there is none.
    """
    flat, width = around.ravel(), around.shape[1]
    spot = np.unique(np.concatenate([along, along - width, across, across - 1]))
    corners = flat[spot[:, None] + [0, 1, width + 1, width]]
    sides = [
        _number_of(spot, along, 0),
        _number_of(spot + 1, across, len(along)),
        _number_of(spot + width, along, 0),
        _number_of(spot, across, len(along)),
    ]
    return corners, np.column_stack(sides), np.column_stack(np.divmod(spot, width))


def _number_of(spot: IntArray, crossings: IntArray, first: int) -> IntArray:
    """Number of the crossing at each spot, counted from `first`; -1 where there is none."""
    place = np.searchsorted(crossings, spot)
    found = crossings[np.minimum(place, len(crossings) - 1)] == spot
    return np.where(found, place + first, -1)


def _where_labels_change(
    around: IntArray, along: IntArray, across: IntArray, label_at: LabelAt, halvings: int
) -> FloatArray:
    """Row and column of each crossing, counted from the spots without the frame around them."""
    spot = np.concatenate([along, across])
    step = np.repeat([[0.0, 1.0], [1.0, 0.0]], [len(along), len(across)], axis=0)
    label = around.ravel()[spot]
    start = np.column_stack(np.divmod(spot, around.shape[1])) - 1.0
    low, high = np.zeros(len(start)), np.ones(len(start))
    for _ in range(halvings):
        half = (low + high) / 2
        place = start + half[:, None] * step
        same = label_at(place[:, 0], place[:, 1]) == label
        low, high = np.where(same, half, low), np.where(same, high, half)
    share = np.clip((low + high) / 2, NEAREST_SHARE, 1 - NEAREST_SHARE)
    changes: FloatArray = start + share[:, None] * step
    return changes


def _middles(
    corners: IntArray, sides: IntArray, square: IntArray, label_at: LabelAt
) -> tuple[npt.NDArray[np.bool_], IntArray]:
    """Squares whose outlines meet in the middle, and labels of middles where corners do not tell.

    Where opposite corners are of one label, the middle tells whether they hang together. Where
    three labels or more meet and none is opposite to itself, all outlines pass the middle.
    """
    opposite = (corners[:, 0] == corners[:, 2]) | (corners[:, 1] == corners[:, 3])
    doubtful = (sides >= 0).all(axis=1) & opposite
    middle = np.full(len(corners), -1)
    place = square[doubtful] - 0.5
    middle[doubtful] = label_at(place[:, 0], place[:, 1])
    ordered = np.sort(corners, axis=1)
    labels = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
    return (labels >= 3) & ~doubtful, middle


def _rings(
    case: IntArray, sides: IntArray, middle_number: IntArray, place: FloatArray
) -> list[FloatArray]:
    """Walk along the outlines of one label until each is closed."""
    following = np.full(len(place), -1)
    for which in range(2):
        at = np.flatnonzero(_FROM[case % 18, which] != NONE)
        start = sides[at, _FROM[case[at], which]]
        end = sides[at, _TO[case[at], which]]
        by = middle_number[at]
        following[start] = np.where(by >= 0, by, end)
        following[by[by >= 0]] = end[by >= 0]
    begin = np.flatnonzero(following >= 0)
    next_one = following.tolist()
    rings = []
    for first in begin.tolist():
        here = first
        ring = []
        while next_one[here] >= 0:
            ring.append(here)
            next_one[here], here = -1, next_one[here]
        if ring:
            rings.append(place[ring])
    return rings


def area_of(rings: list[FloatArray], *, simplify_m: float) -> shapely.MultiPolygon:
    """Polygons with holes from rings of x and y in metres, such as `outlines` gives them.

    Simplified as far as the tolerance allows and the polygons stay valid.
    """
    if not rings:
        return shapely.MultiPolygon()
    size = np.array([len(ring) for ring in rings])
    xy = np.concatenate(rings)
    closed = shapely.linearrings(xy, indices=np.repeat(np.arange(len(rings)), size))
    inside_m2 = np.array([_signed_area(ring) for ring in rings])
    outer, hole = np.flatnonzero(inside_m2 > 0), np.flatnonzero(inside_m2 < 0)
    shell = np.arange(len(outer))
    if len(hole):
        shell = np.concatenate([shell, _shell_of(closed, outer, hole, inside_m2)])
    order = np.lexsort([-np.abs(inside_m2[np.concatenate([outer, hole])]), shell])
    ring = np.concatenate([outer, hole])[order]
    area = shapely.multipolygons(_with_holes(closed[ring], shell[order]))
    if not simplify_m:
        return area
    for preserve_topology in (False, True):  # the first takes a tenth of the time
        plain = shapely.simplify(area, simplify_m, preserve_topology=preserve_topology)
        if plain.is_valid and not plain.is_empty:
            return shapely.multipolygons(shapely.get_parts(plain))
    return area


def _signed_area(ring: FloatArray) -> float:
    """Area to the left of a ring, by Gauss; relative to its first corner, for precision."""
    x, y = (ring - ring[0]).T
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _shell_of(closed: Shapes, outer: IntArray, hole: IntArray, inside_m2: FloatArray) -> IntArray:
    """Number of the smallest outer ring around each hole."""
    shells = shapely.polygons(closed[outer])
    corner = shapely.get_point(closed[hole], 0)
    which, shell = shapely.STRtree(shells).query(corner, predicate="intersects")
    order = np.lexsort([inside_m2[outer[shell]], which])
    smallest = order[np.diff(which[order], prepend=-1) != 0]
    of_hole: IntArray = shell[smallest].astype(np.int64)
    return of_hole


def _with_holes(rings: Shapes, shell: IntArray) -> Shapes:
    """One polygon for each shell number; its outer ring comes first."""
    first = np.flatnonzero(np.diff(shell, prepend=-1) != 0)
    parts = np.split(rings, first[1:])
    return np.array([shapely.Polygon(part[0], part[1:].tolist()) for part in parts], dtype=object)
