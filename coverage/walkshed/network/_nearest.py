"""The nearest piece of street that a leg may end on: compiled search over a uniform grid.

Pieces of street and of barriers are rows (ax, ay, bx, by) in metres. A grid holds, for each of its
cells, the pieces that pass through it. Imported only where numba can be had; `snapping` holds the
same rule in shapely.
"""

import numpy as np

from ._numba import njit

SECTORS = 1024


@njit
def _columns_in_row(ax, ay, bx, by, row, west, south, side_m, columns):  # type: ignore[no-untyped-def]
    """First and last column that a piece passes in a row of the grid, a millimetre generous."""
    low = south + row * side_m - 0.001
    high = south + (row + 1) * side_m + 0.001
    x0, x1 = min(ax, bx), max(ax, bx)
    if ay != by:
        s = (low - ay) / (by - ay)
        t = (high - ay) / (by - ay)
        s, t = max(min(s, t), 0.0), min(max(s, t), 1.0)
        xs, xt = ax + s * (bx - ax), ax + t * (bx - ax)
        x0, x1 = min(xs, xt), max(xs, xt)
    first = int(np.floor((x0 - 0.001 - west) / side_m))
    last = int(np.floor((x1 + 0.001 - west) / side_m))
    return max(first, 0), min(last, columns - 1)


@njit
def pieces_by_cell(pieces, west, south, side_m, columns, rows):  # type: ignore[no-untyped-def]
    """Pieces that pass through each cell: `item[start[c]:start[c + 1]]`, lowest first.

    What lies outside the grid is left out.
    """
    start = np.zeros(rows * columns + 1, dtype=np.int64)
    item = np.empty(0, dtype=np.int32)
    for filling in range(2):
        for i in range(len(pieces)):
            ax, ay, bx, by = pieces[i]
            row0 = max(int(np.floor((min(ay, by) - 0.001 - south) / side_m)), 0)
            row1 = min(int(np.floor((max(ay, by) + 0.001 - south) / side_m)), rows - 1)
            for row in range(row0, row1 + 1):
                first, last = _columns_in_row(ax, ay, bx, by, row, west, south, side_m, columns)
                for cell in range(row * columns + first, row * columns + last + 1):
                    if filling:
                        item[start[cell]] = i
                        start[cell] += 1
                    else:
                        start[cell + 1] += 1
        if not filling:
            start = np.cumsum(start)
            item = np.empty(start[-1], dtype=np.int32)
    start[1:] = start[:-1].copy()
    start[0] = 0
    return start, item


@njit
def in_order_of_cells(pieces, item):  # type: ignore[no-untyped-def]
    """Pieces as the search reads them: ax, ay, the way to b, and 1 / its length squared."""
    rows = np.empty((len(item), 5))
    for k in range(len(item)):
        ax, ay, bx, by = pieces[item[k]]
        square = (bx - ax) ** 2 + (by - ay) ** 2
        rows[k] = ax, ay, bx - ax, by - ay, 1 / square if square > 0 else 0.0
    return rows


@njit
def rings_to_street(start, columns, rows):  # type: ignore[no-untyped-def]
    """Rings of cells around each cell that hold no piece before the first one that does."""
    rings = np.full(rows * columns, rows + columns, dtype=np.int32)
    for backwards in range(2):
        for i in range(rows * columns):
            cell = rows * columns - 1 - i if backwards else i
            if start[cell] < start[cell + 1]:
                rings[cell] = 0
            row, column = cell // columns, cell % columns
            other = row + 1 if backwards else row - 1
            beside = column + 1 if backwards else column - 1
            if 0 <= other < rows:
                for c in range(max(column - 1, 0), min(column + 2, columns)):
                    rings[cell] = min(rings[cell], rings[other * columns + c] + 1)
            if 0 <= beside < columns:
                rings[cell] = min(rings[cell], rings[row * columns + beside] + 1)
    return rings


@njit
def _meets(ux, uy, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Whether the leg from (0, 0) to u and the piece from a to b touch or cross."""
    if max(ax, bx) < min(ux, 0.0) or min(ax, bx) > max(ux, 0.0):
        return False
    if max(ay, by) < min(uy, 0.0) or min(ay, by) > max(uy, 0.0):
        return False
    side_a = ux * ay - uy * ax
    side_b = ux * by - uy * bx
    if (side_a > 0 and side_b > 0) or (side_a < 0 and side_b < 0):
        return False
    side_0 = (by - ay) * ax - (bx - ax) * ay
    side_u = (bx - ax) * (uy - ay) - (by - ay) * (ux - ax)
    return not ((side_0 > 0 and side_u > 0) or (side_0 < 0 and side_u < 0))


@njit
def _sector(ux, uy):  # type: ignore[no-untyped-def]
    """Direction as a fraction of `SECTORS`; grows with the angle, without its sine."""
    along = ux / (abs(ux) + abs(uy))
    return (1 - along if uy >= 0 else 3 + along) * (SECTORS / 4)


@njit
def _raise_wall(walls_m, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    """Note in which whole sectors the barrier from a to b hides all that is farther than it."""
    if (ax == 0 and ay == 0) or (bx == 0 and by == 0):
        return
    a, b = _sector(ax, ay), _sector(bx, by)
    if abs(a - b) > SECTORS / 2:  # across the first sector: it will be met again and again
        return
    far_m = np.sqrt(max(ax * ax + ay * ay, bx * bx + by * by))
    for sector in range(int(np.ceil(min(a, b) + 1e-6)), int(np.floor(max(a, b) - 1e-6))):
        walls_m[sector] = min(walls_m[sector], far_m)


@njit
def _crossed(px, py, ux, uy, barriers, start, item, grid):  # type: ignore[no-untyped-def]
    """Barrier that the leg from p along u meets, or -1."""
    west, south, side_m, columns, rows = grid
    row = min(max(int(np.floor((py - south) / side_m)), 0), rows - 1)
    last_row = min(max(int(np.floor((py + uy - south) / side_m)), 0), rows - 1)
    step = 1 if last_row >= row else -1
    for r in range(row, last_row + step, step):  # from the point outwards: the first hit ends it
        first, end = _columns_in_row(px, py, px + ux, py + uy, r, west, south, side_m, columns)
        for k in range(start[r * columns + first], start[r * columns + end + 1]):
            ax, ay, bx, by = barriers[item[k]]
            if _meets(ux, uy, ax - px, ay - py, bx - px, by - py):
                return np.int64(item[k])
    return np.int64(-1)


@njit
def which_cross(xy, legs, barriers, touch_m):  # type: ignore[no-untyped-def]
    """Whether each leg, a vector from its point, meets a barrier; `barriers` as below."""
    walls, wall_start, wall_item, wall_grid = barriers
    crosses = np.zeros(len(xy), dtype=np.bool_)
    for i in range(len(xy)):
        ux, uy = legs[i]
        leg_m = np.sqrt(ux * ux + uy * uy)
        if leg_m > touch_m:
            cut = (leg_m - touch_m) / leg_m
            hit = _crossed(
                xy[i, 0], xy[i, 1], ux * cut, uy * cut, walls, wall_start, wall_item, wall_grid
            )
            crosses[i] = hit >= 0
    return crosses


@njit
def nearest_pieces(xy, longest_m, streets, rings, grid, barriers, limits):  # type: ignore[no-untyped-def]  # noqa: C901 - a call for each cell doubles the time
    """Piece each point meets (-1: none), the share of the piece before its foot, the leg, a status.

    Cells are searched in growing squares around a point until no unseen piece can be nearer.

    Parameters
    ----------
    xy
        Points, rows of x and y.
    longest_m
        Longest leg of each point.
    streets
        Whether each piece is part of an island; `pieces_by_cell`; `in_order_of_cells`.
    rings, grid
        `rings_to_street`; west, south, side, columns and rows of the grid. Nothing is in reach
        from beyond it.
    barriers
        Rows of pieces; `pieces_by_cell` of them; their grid.
    limits
        Difference below which legs are equal; how far from the street a barrier is only touched.

    Returns
    -------
    tuple
        Of arrays; the status is a position in `SNAP_STATUSES`.
    """
    is_island, start, item, rows_of_cells = streets
    west, south, side_m, columns, rows = grid
    walls, wall_start, wall_item, wall_grid = barriers
    tie_m, touch_m = limits
    piece = np.full(len(xy), -1, dtype=np.int64)
    share, access_m = np.zeros(len(xy)), np.full(len(xy), np.inf)
    status = np.full(len(xy), 3, dtype=np.int8)
    # from amid a lake hundreds of pieces are hidden, and what hides one hides its neighbours: so
    # the distance to the wall in each direction is kept
    walls_m = np.full(SECTORS + 1, np.inf)
    has_walls = False
    for i in range(len(xy)):
        px, py = xy[i, 0], xy[i, 1]
        column, row = int(np.floor((px - west) / side_m)), int(np.floor((py - south) / side_m))
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        if has_walls:
            walls_m[:] = np.inf
            has_walls = False
        left_m, below_m = px - (west + column * side_m), py - (south + row * side_m)
        inner_m = min(min(left_m, side_m - left_m), min(below_m, side_m - below_m))
        any_near = False
        reach_m = longest_m[i] + tie_m
        # mainland (0) and island (1): the least distance; the lowest piece that is that near
        near_0, leg_0, share_0, piece_0 = np.inf, np.inf, 0.0, -1
        near_1, leg_1, share_1, piece_1 = np.inf, np.inf, 0.0, -1
        for ring in range(rings[row * columns + column], rows + columns):
            if ring > 0 and inner_m + (ring - 1) * side_m > reach_m:
                break
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                gap_y = max(
                    max((r - row) * side_m - below_m, below_m - (r - row + 1) * side_m), 0.0
                )
                step = 1 if r in (row - ring, row + ring) or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    cell = r * columns + c
                    if c < 0 or c >= columns or start[cell] == start[cell + 1]:
                        continue
                    gap_x = max(
                        max((c - column) * side_m - left_m, left_m - (c - column + 1) * side_m), 0
                    )
                    if gap_x * gap_x + gap_y * gap_y > reach_m * reach_m:
                        continue
                    for k in range(start[cell], start[cell + 1]):
                        ax, ay, dx, dy, per_square = rows_of_cells[k]
                        x, y = px - ax, py - ay
                        t = min(max((x * dx + y * dy) * per_square, 0.0), 1.0)
                        ux, uy = t * dx - x, t * dy - y
                        square = ux * ux + uy * uy
                        if square > reach_m * reach_m:
                            continue
                        any_near = True
                        s, leg_m = item[k], np.sqrt(square)
                        near_m, lowest = near_0, piece_0
                        if is_island[s]:
                            near_m, lowest = near_1, piece_1
                        if leg_m > near_m + tie_m or (leg_m >= near_m - tie_m and s >= lowest):
                            continue
                        if leg_m > touch_m:
                            cut = (leg_m - touch_m) / leg_m
                            if leg_m * cut > walls_m[int(_sector(ux, uy))]:
                                continue
                            hit = _crossed(
                                px, py, ux * cut, uy * cut, walls, wall_start, wall_item, wall_grid
                            )
                            if hit >= 0:
                                ax, ay, bx, by = walls[hit]
                                _raise_wall(walls_m, ax - px, ay - py, bx - px, by - py)
                                has_walls = True
                                continue
                        if is_island[s]:
                            near_1, leg_1, share_1, piece_1 = min(near_1, leg_m), leg_m, t, s
                        else:
                            near_0, leg_0, share_0, piece_0 = min(near_0, leg_m), leg_m, t, s
                            reach_m = min(near_0, longest_m[i]) + tie_m
        if piece_0 >= 0:
            piece[i], share[i], access_m[i] = piece_0, share_0, leg_0
            status[i] = 1 if near_1 < near_0 - tie_m else 0
        elif piece_1 >= 0:
            piece[i], share[i], access_m[i], status[i] = piece_1, share_1, leg_1, 0
        elif any_near:
            status[i] = 2
    return piece, share, access_m, status
