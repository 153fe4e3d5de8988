"""Posts: twice in one place, far from a street, cut off, in water, not located."""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..language import LANGUAGES, format_metres, format_number, format_share, translate
from ..sources.city_posts import CityPosts
from ..sources.osm import OsmExtract
from ..sources.water import water_areas
from ..standards import DoctorLimits
from ..study.walk import Walk
from .findings import Finding, lonlat_of


def where_posts_stand(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Posts in one place, far from or without a street, on an island, in water."""
    yield from _same_place(walk.posts, limits, language)
    yield from _far_from_streets(walk, limits, language)
    yield from _cut_off(walk, language)
    yield from _in_water(walk.posts, extract, language)


def how_posts_are_known(known: CityPosts, walk: Walk, language: str) -> Iterator[Finding]:
    """Posts not located, and residents whose nearest post is known roughly."""
    located, total = known.count
    if located < total:
        yield Finding(
            "warning",
            "posts_not_located",
            translate(
                "{missing} of {known} known posts have no coordinates and are not counted",
                language,
                missing=format_number(total - located, language),
                known=format_number(total, language),
            ),
            translate(
                "Fill in `lat`, `lon` and `location_precision` in the registry of posts.", language
            ),
        )
    if len(known.conflicts):
        yield Finding(
            "warning",
            "posts_contradict",
            translate(
                "Places where the registry and OpenStreetMap contradict each other: {count}",
                language,
                count=format_number(len(known.conflicts), language),
            ),
            translate("`walkshed posts check FILE --study STUDY` tells each.", language),
        )
    rough = walk.posts[walk.posts["precision_m"] > 0]
    if len(rough):
        resting = walk.doors[walk.doors["nearest_post"].isin(rough.index)]
        share = float(resting["residents"].sum() / walk.doors["residents"].sum())
        yield Finding(
            "warning",
            "posts_approximate",
            translate(
                "{count} posts are placed roughly; they are the nearest of {share} of residents",
                language,
                count=format_number(len(rough), language),
                share=format_share(share, language),
            ),
            translate("Give these posts coordinates that were checked on the ground.", language),
            doors=len(resting),
            residents=float(resting["residents"].sum()),
        )


def _same_place(posts: gpd.GeoDataFrame, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    points = posts.geometry.to_numpy()
    one, other = shapely.STRtree(points).query(
        points, predicate="dwithin", distance=limits.same_post_max_m.value
    )
    for i, j in zip(one[one < other], other[one < other], strict=True):
        yield _at(
            posts.iloc[i],
            posts.crs,
            "posts_same_place",
            translate(
                "Posts {one} and {other} are {length} apart",
                language,
                one=_called(posts.iloc[i], language),
                other=_called(posts.iloc[j], language),
                length=format_metres(float(shapely.distance(points[i], points[j])), language),
            ),
            translate(
                "If they are one post, keep one row, or set the other to `closed`.", language
            ),
        )


def _far_from_streets(walk: Walk, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    access_m = walk.posts["access_m"].to_numpy(float)
    for i in np.flatnonzero(access_m > limits.access_long_m.value):
        post = walk.posts.iloc[i]
        name = _called(post, language)
        if np.isfinite(access_m[i]):
            what = translate(
                "Post {name} is {length} from the nearest street",
                language,
                name=name,
                length=format_metres(access_m[i], language),
            )
        else:
            what = translate("Post {name} meets no street: nobody reaches it", language, name=name)
        todo = translate(
            "Check its coordinates (swapped, rounded, of another town?) and the streets there.",
            language,
        )
        yield _at(post, walk.posts.crs, "post_far_from_street", what, todo)


def _cut_off(walk: Walk, language: str) -> Iterator[Finding]:
    network = walk.network
    largest = network.edge_component[np.argmax(network.component_length_m)]
    posts = walk.posts[walk.posts["edge"] >= 0]
    apart = network.edge_component[posts["edge"]] != largest
    for i in np.flatnonzero(apart):
        post = posts.iloc[i]
        served = walk.doors[walk.doors["nearest_post"] == posts.index[i]]
        yield _at(
            post,
            posts.crs,
            "post_cut_off",
            translate(
                "Post {name} stands on {length} of streets that no way leads to",
                language,
                name=_called(post, language),
                length=format_metres(
                    float(network.component_length_m[int(post["edge"])]), language
                ),
            ),
            translate(
                "See what joins these streets to the rest; until then the post serves them alone.",
                language,
            ),
            served,
        )


def _in_water(posts: gpd.GeoDataFrame, extract: OsmExtract, language: str) -> Iterator[Finding]:
    water = water_areas(extract).to_crs(posts.crs)
    wet, _ = water.sindex.query(posts.geometry, predicate="within")
    for i in np.unique(wet):
        yield _at(
            posts.iloc[i],
            posts.crs,
            "post_in_water",
            translate(
                "Post {name} lies in the water", language, name=_called(posts.iloc[i], language)
            ),
            translate("Check its coordinates.", language),
        )


def _at(
    post: pd.Series,
    crs: object,
    code: str,
    what: str,
    todo: str,
    served: pd.DataFrame | None = None,
) -> Finding:
    (lon, lat), *_ = lonlat_of(shapely.get_coordinates(post.geometry), str(crs))
    osm_id = str(post.name) if post["origin"] == "osm" else ""
    doors = None if served is None else len(served)
    residents = None if served is None else float(served["residents"].sum())
    return Finding("warning", code, what, todo, osm_id, lon, lat, doors, residents)


def _called(post: pd.Series | Mapping[str, str], language: str) -> str:
    """Name of a post in the reader's language, in any, or its id."""
    names = [post[f"name_{code}"] for code in (language, *LANGUAGES)]
    return next((str(name) for name in names if name), str(getattr(post, "name", "")))
