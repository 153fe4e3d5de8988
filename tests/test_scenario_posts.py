"""Scenarios that add, move and close posts."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from edits import HOSTILE, close, scenario
from towns import CRS
from walkshed.errors import CRSError, TableError
from walkshed.scenario import apply_to_posts
from walkshed.schemas import check_facilities
from walkshed.sources.posts import posts_from_osm


@pytest.fixture
def posts() -> gpd.GeoDataFrame:
    police = gpd.GeoDataFrame(
        {"osm_id": ["n1", "w2"], "name": ["УПП № 7", HOSTILE]},
        geometry=[shapely.Point(71.3, 42.9), shapely.Point(71.4, 42.9)],
        crs=4326,
    )
    return posts_from_osm(police, source_date="2025-01-01").to_crs(CRS)


def test_posts_are_added_moved_and_closed(posts: gpd.GeoDataFrame) -> None:
    new = {"kind": "modular_post", "number": "8", "name": HOSTILE, "name_kk": "Сегізінші"}
    before = posts.copy()
    after = apply_to_posts(
        posts,
        scenario(
            ("add_post", shapely.Point(1, 2), {"post_id": "NEW", "date": "2027", **new}),
            ("move_post", shapely.Point(3, 4), {"post_id": "w2"}),
            ("close_post", None, {"post_id": "n1"}),
            ("move_post", shapely.Point(5, 6), {"post_id": "NEW"}),
        ),
    )
    assert_geodataframe_equal(posts, before)
    assert after.crs == posts.crs
    assert after.dtypes.to_dict() == posts.dtypes.to_dict()
    assert after.index.to_list() == ["n1", "w2", "NEW"]
    assert after.index.name == "post_id"
    assert after["status"].to_list() == ["closed", "existing", "existing"]
    assert after["origin"].to_list() == ["osm", "scenario", "scenario"]
    xy = shapely.get_coordinates(after.geometry)
    assert xy[1:] == pytest.approx(np.array([[3, 4], [5, 6]]), abs=1e-6)
    assert after.geometry["n1"].equals(posts.geometry["n1"])
    names = ["kind", "number", "name_ru", "name_kk", "name_en", "source_date", "source_url"]
    assert after.loc["NEW", names].to_list() == [
        "modular_post", "8", HOSTILE, "Сегізінші", HOSTILE, "2027", "",
    ]  # fmt: skip
    assert after.loc["w2", names].to_list() == posts.loc["w2", names].to_list()
    check_facilities(after.assign(origin="osm"), "posts")


def test_a_scenario_of_streets_leaves_the_posts_as_they_are(posts: gpd.GeoDataFrame) -> None:
    assert_geodataframe_equal(apply_to_posts(posts, scenario(close(shapely.Point(0, 0)))), posts)
    assert_geodataframe_equal(
        apply_to_posts(posts.iloc[:0], scenario(close(shapely.Point(0, 0)))), posts.iloc[:0]
    )


def test_all_edits_of_posts_that_cannot_be_applied_are_told_at_once(posts) -> None:
    with pytest.raises(TableError) as refused:
        apply_to_posts(
            posts,
            scenario(
                ("add_post", shapely.Point(0, 0), {"post_id": "n1"}),
                ("move_post", shapely.Point(0, 0), {"post_id": "n9"}),
                ("close_post", None, {"post_id": "n9"}),
                ("close_post", None, {"post_id": "w2"}),
                ("move_post", shapely.Point(0, 0), {"post_id": "w2"}),
                ("close_post", None, {"post_id": "w2"}),
            ),
        )
    assert str(refused.value).splitlines() == [
        "scenario: 3 problems",
        "  - feature 1: there is a post `n1` already; give the new one an id of its own",
        "  - features 2, 3: there is no post `n9`; check its id",
        "  - features 5, 6: the post `w2` is closed; leave the edit out",
    ]
    with pytest.raises(CRSError, match="CRS"):
        apply_to_posts(posts.set_crs(None, allow_override=True), scenario())


def test_a_post_that_had_no_place_is_given_one(posts: gpd.GeoDataFrame) -> None:
    posts = posts.assign(located=pd.array([1, 2], dtype="int64"))
    posts.loc["n1", ["location_precision", "precision_m", "geometry"]] = "unlocated", np.nan, None
    after = apply_to_posts(
        posts,
        scenario(
            ("move_post", shapely.Point(3, 4), {"post_id": "n1"}),
            ("add_post", shapely.Point(3, 4), {"post_id": "NEW"}),
        ),
    )
    assert after.loc["n1", ["location_precision", "precision_m"]].to_list() == ["exact", 0.0]
    assert after["located"].isna().to_list() == [False, False, True]
    check_facilities(after.assign(origin="osm"), "posts")
