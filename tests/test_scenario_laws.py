"""What holds for every scenario of streets in every town."""

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from edits import before_and_after, change, close, minutes, same_network, scenario, street
from towns import COORDINATE, drawings, network_of, positions_of, spots
from walkshed.network import WalkNetwork
from walkshed.scenario import apply_to_network

SHAPES = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=4).filter(
    lambda xy: shapely.LineString(xy).length > 1
)
EDIT = st.one_of(
    SHAPES.map(lambda xy: street(*xy)),
    SHAPES.map(lambda xy: street(*xy, joins=True)),
    SHAPES.map(lambda xy: street(*xy, highway="steps", bridge=True)),
)
CLOSING = st.one_of(
    st.tuples(COORDINATE, COORDINATE).map(lambda xy: close(shapely.Point(xy))),
    st.tuples(COORDINATE, COORDINATE, st.floats(1, 400)).map(
        lambda at: close(shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[2] / 2))
    ),
)
law = settings(deadline=None, max_examples=50)
FAR = {"join_max_m": 2000}


@st.composite
def towns(draw: st.DrawFn) -> tuple[WalkNetwork, pd.DataFrame, pd.DataFrame]:
    nodes, edges = draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, draw(spots(len(edges), min_size=1, max_size=3)), letter="p")
    return network, doors, posts


def no_less(left: np.ndarray, right: np.ndarray) -> bool:
    return bool((left >= right - 1e-6).all())


@law
@given(town=towns(), edits=st.lists(EDIT, min_size=1, max_size=3))
def test_adding_streets_never_makes_a_walk_longer(town, edits) -> None:
    network, doors, posts = town
    changed = change(network, *edits, **FAR)
    before = minutes(network, doors, posts)
    after = minutes(changed.network, changed.move_positions(doors), changed.move_positions(posts))
    assert no_less(before, after)


@law
@given(town=towns(), edits=st.lists(EDIT, min_size=1, max_size=3))
def test_splitting_streets_changes_no_walk(town, edits) -> None:
    network, doors, posts = town
    endless = change(network, *edits, speed_kmh=1e-9, steps_speed_kmh=1e-9, **FAR)
    # Where streets meet at one place the new street may be no longer than rounding.
    assume(endless.network.edge_length_m[endless.old_edge < 0].min() > 1)
    after = minutes(endless.network, endless.move_positions(doors), endless.move_positions(posts))
    # Whom only the endless street connects is as good as not connected.
    before = np.minimum(minutes(network, doors, posts), 1e6)
    assert np.minimum(after, 1e6) == pytest.approx(before, abs=1e-6)


@law
@given(town=towns(), edits=st.lists(CLOSING, min_size=1, max_size=3))
def test_closing_never_makes_a_walk_shorter(town, edits) -> None:
    network, doors, posts = town
    changed = change(network, *edits, **FAR)
    before = minutes(network, doors, posts)
    after = minutes(changed.network, changed.move_positions(doors), changed.move_positions(posts))
    assert no_less(after, before)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_nothing_closed_is_never_longer(town, edits) -> None:
    network, doors, posts = town
    whole, nothing_closed = (change(network, *edits, closings=c, **FAR) for c in (True, False))
    after, at_least = (
        minutes(c.network, c.move_positions(doors), c.move_positions(posts))
        for c in (whole, nothing_closed)
    )
    assert no_less(after, at_least)
    assert no_less(minutes(network, doors, posts), at_least)


@law
@given(town=towns(), xy=SHAPES, joins=st.booleans(), backward=st.booleans())
def test_a_street_added_and_closed_again_changes_nothing(town, xy, joins, backward) -> None:
    network, _, _ = town
    again = close(shapely.LineString(xy[::-1] if backward else xy))
    changed = change(network, street(*xy, joins=joins), again, **FAR)
    assert same_network(changed.network, network)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_positions_stay_where_they_are(town, edits) -> None:
    network, doors, _ = town
    changed = change(network, *edits, **FAR)
    moved = changed.move_positions(doors)
    on = (moved["edge"] >= 0).to_numpy()
    assert moved.index.equals(doors.index)
    assert not (on & (doors["edge"] < 0)).any()
    if changed.network.n_edges == 0 or not on.any():
        return
    was = network.position_xy(doors["edge"].to_numpy()[on], doors["offset_m"].to_numpy()[on])
    now = changed.network.position_xy(
        moved["edge"].to_numpy()[on], moved["offset_m"].to_numpy()[on]
    )
    assert now == pytest.approx(was, abs=1e-5)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_networks_stay_sound_and_inputs_stay_as_they_were(town, edits) -> None:
    network, doors, _ = town
    arrays = {name: np.copy(getattr(network, name)) for name in WalkNetwork.__dataclass_fields__}
    kept = doors.copy()
    made = scenario(*edits)
    table = made.edits.copy()
    changed = apply_to_network(network, made, speed_kmh=4.8, steps_speed_kmh=2.4, **FAR)
    changed.move_positions(doors)
    assert all(np.array_equal(getattr(network, name), arrays[name]) for name in arrays)
    assert_frame_equal(doors, kept)
    assert_geodataframe_equal(made.edits, table)
    now = changed.network
    assert len(np.unique(now.node_ref)) == now.n_nodes
    assert now.xy_start[-1] == len(now.xy)
    assert (np.diff(now.xy_start) >= 2).all()
    assert np.isfinite(now.edge_forward_s).all()
    ends = now.xy[now.xy_start[:-1]], now.xy[now.xy_start[1:] - 1]
    assert ends[0] == pytest.approx(now.node_xy[now.edge_u], abs=1e-6)
    assert ends[1] == pytest.approx(now.node_xy[now.edge_v], abs=1e-6)
    assert changed.old_edge[changed.old_edge >= 0].max(initial=-1) < network.n_edges


@law
@given(
    drawing=drawings(),
    points=st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6),
    edits=st.lists(EDIT, min_size=1, max_size=3),
)
def test_adding_streets_lowers_no_coverage_when_doors_are_snapped_anew(
    drawing, points, edits
) -> None:
    network = network_of(*drawing)
    changed = change(network, *edits, **FAR)
    before, after = before_and_after(changed, network, points[:-1], points[-1:])
    assert no_less(before, after)


@law
@given(
    drawing=drawings(),
    points=st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6),
    edits=st.lists(CLOSING, min_size=1, max_size=2),
)
def test_closing_gains_nothing_when_doors_are_snapped_anew(drawing, points, edits) -> None:
    network = network_of(*drawing)
    changed = change(network, *edits, **FAR)
    assume(changed.network.n_edges > 0)
    # The posts keep their places: one whose own street is closed is moved by its owner.
    before, after = before_and_after(changed, network, points[:-1], points[-1:], hold=True)
    assert no_less(after, before)
