"""The doors that change by a scenario."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pandas.testing import assert_frame_equal

from edits import before_and_after, change, close, line, minutes, street
from towns import ADULT_KMH, CRS, Edge, network_of, positions_of
from walkshed.errors import TableError
from walkshed.network import WalkNetwork, snap
from walkshed.scenario import both_positions, doors_changed, quicker
from walkshed.travel_times import nearest_facility


def test_the_nearest_street_may_be_the_worse_one_and_the_door_keeps_its_old_one() -> None:
    # A house 60 m north of the main street; a new alley passes 10 m behind it, a long way round.
    main = network_of([(0.0, 0.0), (1000.0, 0.0)], [Edge(0, 1)])
    changed = change(main, street((1000, 0), (1000, 70), (500, 70), (0, 70), (0, 0)))
    door, post = (500.0, 60.0), (490.0, -5.0)
    at = gpd.GeoSeries([shapely.Point(door)], crs=CRS)
    naive = snap(changed.network, at, snap_max_m=250, island_max_m=0, barriers=np.array([]))
    assert changed.edit[naive["edge"]].tolist() == [1]
    posts = positions_of(changed.network, [(0, 0.49, 5.0)], letter="p")
    before, after = before_and_after(changed, main, [door], [post])
    assert minutes(changed.network, naive, posts)[0] > before[0] + 10
    assert before[0] == pytest.approx((60 + 10 + 5) / 80)
    assert after[0] == before[0]


def test_an_informal_crossing_changes_the_right_doors() -> None:
    # A railway runs between two streets, joined by a level crossing at x = 1000 only. The post is
    # on the northern street at x = 100; a path over the rails is opened at x = 200.
    town = network_of(
        [(0.0, 0.0), (1000.0, 0.0), (0.0, 60.0), (1000.0, 60.0)],
        [Edge(0, 1), Edge(2, 3), Edge(1, 3)],
    )
    rails = np.array([line((-100, 30), (990, 30))], dtype=object)
    x = np.arange(0, 1001, 50.0)
    doors = {f"south-{i:g}": (i, -20.0) for i in x} | {f"north-{i:g}": (i, 80.0) for i in x}
    points = gpd.GeoSeries([shapely.Point(xy) for xy in doors.values()], list(doors), crs=CRS)
    post = gpd.GeoSeries([shapely.Point(100, 60)], ["P"], crs=CRS)
    changed = change(town, ("open", line((200, 0), (200, 60)), {}), barriers=rails)

    def snapped(network: WalkNetwork, what: gpd.GeoSeries) -> pd.DataFrame:
        return snap(network, what, snap_max_m=250, island_max_m=0, barriers=rails)

    before = nearest_facility(
        town, snapped(town, points), snapped(town, post), speed_kmh=ADULT_KMH
    )["minutes"]
    posts = both_positions(
        changed.move_positions(snapped(town, post)), snapped(changed.network, post)
    )
    kept, new = (
        table.join(nearest_facility(changed.network, table, posts, speed_kmh=ADULT_KMH))
        for table in (
            changed.move_positions(snapped(town, points)),
            snapped(changed.network, points),
        )
    )
    table = doors_changed(before, quicker(kept, new)["minutes"])
    # By the level crossing: 1000 - x + 60 + 900; by the path: |x - 200| + 60 + 100.
    by_road, by_path = 1000 - x + 960, np.abs(x - 200) + 160
    gain = {
        f"south-{i:g}": (r - p) / 80 for i, r, p in zip(x, by_road, by_path, strict=True) if p < r
    }
    assert len(gain) == 20
    assert "south-1000" not in gain
    assert table["minutes_saved"].to_dict() == pytest.approx(gain)
    assert (table["change"] == "gained").all()
    assert table.index.name == "door_id"


def test_doors_that_change() -> None:
    ids = pd.Index(list("abcdefg"), name="whatever")
    before = pd.Series([5, 5, 5, np.inf, np.inf, 5, 7], ids, dtype=float)
    after = pd.Series([5, 5 + 1e-7, 4, np.inf, 9, np.inf, 7.5], ids)
    table = doors_changed(before, after.iloc[::-1])
    expected = pd.DataFrame(
        {
            "minutes_before": [5, np.inf, 5, 7],
            "minutes_after": [4, 9, np.inf, 7.5],
            "minutes_saved": [1, np.inf, -np.inf, -0.5],
            "change": ["gained", "gained", "lost", "lost"],
        },
        index=pd.Index(list("cefg"), name="door_id"),
    )
    assert_frame_equal(table, expected, check_dtype=False)
    assert doors_changed(before.iloc[:0], after.iloc[:0]).empty


def test_doors_that_differ_are_refused() -> None:
    some = pd.Series([1.0, 2.0], ["a", "b"])
    for wrong in (
        some.iloc[:1],
        pd.Series([1.0, 2.0], ["a", "a"]),
        pd.Series([1.0, np.nan], ["a", "b"]),
    ):
        with pytest.raises(TableError, match="doors: "):
            doors_changed(some, wrong)
    positions = pd.DataFrame({"edge": [0, 1], "minutes": [1.0, 2.0]}, index=["a", "b"])
    with pytest.raises(TableError, match="doors: "):
        quicker(positions, positions.iloc[::-1])


def test_a_door_whose_street_is_closed_gains_nothing() -> None:
    # Its street leads round 1 km to the post; the street behind the house is far quicker.
    town = network_of(
        [(0.0, 0.0), (500.0, 0.0), (500.0, 30.0), (0.0, 30.0)], [Edge(0, 1), Edge(1, 2), Edge(2, 3)]
    )
    doors, posts = [(10.0, 10.0)], [(10.0, 40.0)]
    changed = change(town, close(line((0, 0), (400, 0))))
    before, after = before_and_after(changed, town, doors, posts)
    assert after[0] < before[0] / 10
    _, held = before_and_after(changed, town, doors, posts, hold=True)
    assert held[0] == before[0]


def test_posts_have_both_positions() -> None:
    kept = pd.DataFrame({"edge": [0, -1, 2, -1], "offset_m": [5, np.nan, 7, np.nan]}, list("abcd"))
    new = pd.DataFrame({"edge": [0, 1, 9, -1], "offset_m": [5, 6, 7, np.nan]}, list("abcd"))
    both = both_positions(kept, new)
    assert [*zip(both.index, both["edge"], strict=True)] == [
        ("a", 0), ("c", 2), ("b", 1), ("c", 9), ("d", -1),
    ]  # fmt: skip
