"""Posts of OpenStreetMap, `amenity=police`, and how they are merged with a registry."""

import geopandas as gpd
import pytest
from pyproj import Geod
from shapely import LineString, Point, Polygon

from registries import HOSTILE, write
from walkshed.errors import CRSError, TableError
from walkshed.schemas import check_facilities
from walkshed.sources.merged_posts import merge_posts
from walkshed.sources.posts import (
    located_count,
    of_settlement,
    posts_from_osm,
    read_posts,
    walk_in,
)

# -- OpenStreetMap ---------------------------------------------------------------------------------


def police(**columns: object) -> gpd.GeoDataFrame:
    count = max(len(values) for values in columns.values())
    geometry = columns.pop("geometry", [Point(71.3 + i / 100, 42.9) for i in range(count)])
    ids = columns.pop("osm_id", [f"n{i + 1}" for i in range(count)])
    return gpd.GeoDataFrame({"osm_id": ids} | columns, geometry=geometry, crs=4326)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Участковый пункт полиции № 17", "precinct_point"),
        ("ОПОРНЫЙ ПУНКТ ПОЛИЦИИ", "precinct_point"),
        ("№30 учаскелік полиция пункті", "precinct_point"),
        ("УПП 5", "precinct_point"),
        ("Модульный пост полиции", "modular_post"),
        ("Линейный отдел полиции на станции", "transport_police"),
        ("Отдел полиции № 2", "department"),
        ("Группа охраны", "department"),
        ("Poste de Police de Fontvieille", "department"),
        ("", "department"),
        (None, "department"),
    ],
)
def test_name_tells_the_kind(name, kind) -> None:
    assert posts_from_osm(police(name=[name]))["kind"].to_list() == [kind]


def test_kind_in_any_language_and_our_own_tag_before_the_name() -> None:
    amenities = police(
        **{
            "name": ["Post", "Участковый пункт", "Участковый пункт"],
            "name:ru": ["Участковый пункт", "", ""],
            "walkshed:kind": ["", "modular_post", "castle"],
        }
    )
    kinds = posts_from_osm(amenities)["kind"].to_list()
    assert kinds == ["precinct_point", "modular_post", "precinct_point"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_of_openstreetmap_survive_verbatim(hostile) -> None:
    row = posts_from_osm(police(**{"name": ["x"], "name:ru": [hostile], "ref": [hostile]})).iloc[0]
    assert (row["name_ru"], row["number"]) == (hostile, hostile)
    assert (row["name_kk"], row["name_en"]) == ("x", "x")


def test_area_becomes_a_point_inside_it() -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    assert not horseshoe.contains(horseshoe.centroid)
    amenities = police(
        osm_id=["w1", "r2", "w3"],
        geometry=[horseshoe, Point(1, 1), LineString([(0, 0), (2, 0)])],
    )
    posts = posts_from_osm(amenities)
    assert posts.geometry.geom_type.to_list() == ["Point"] * 3
    assert horseshoe.contains(posts.geometry["w1"])
    assert posts["location_precision"].to_list() == ["exact"] * 3
    assert posts["precision_m"].to_list() == [0, 0, 0]
    assert posts["source_url"].to_list() == [
        "https://www.openstreetmap.org/way/1",
        "https://www.openstreetmap.org/relation/2",
        "https://www.openstreetmap.org/way/3",
    ]


def test_osm_posts_are_existing_facilities_in_degrees() -> None:
    posts = posts_from_osm(police(name=["a", "b"]).to_crs(32642), source_date="2023-12-26")
    check_facilities(posts, "posts")
    assert posts.crs == "EPSG:4326"
    assert posts.geometry.x.to_list() == pytest.approx([71.3, 71.31])
    assert posts["origin"].to_list() == ["osm", "osm"]
    assert posts["status"].to_list() == ["existing", "existing"]
    assert posts["source_date"].to_list() == ["2023-12-26"] * 2


def test_schematic_posts_say_so_and_link_to_nothing() -> None:
    posts = posts_from_osm(police(name=["a"]), origin="schematic")
    assert posts["origin"].to_list() == ["schematic"]
    assert posts["source_url"].to_list() == [""]


def test_other_amenities_and_posts_without_geometry() -> None:
    amenities = police(amenity=["police", "cafe", "police"], geometry=[Point(1, 1), Point(), None])
    posts = posts_from_osm(amenities)
    assert posts.index.to_list() == ["n1", "n3"]
    assert posts["location_precision"].to_list() == ["exact", "unlocated"]


def test_ids_may_be_the_index_and_no_police_is_an_empty_table() -> None:
    amenities = police(amenity=["police", "cafe"]).set_index("osm_id")
    assert posts_from_osm(amenities).index.to_list() == ["n1"]
    none = posts_from_osm(amenities.iloc[1:])
    assert len(none) == 0
    assert none.crs == "EPSG:4326"
    assert located_count(none) == (0, 0)
    assert len(of_settlement(walk_in(none), "Taraz")) == 0


def test_osm_table_without_crs_or_ids_or_with_double_ids_is_refused() -> None:
    amenities = police(name=["a", "b"])
    with pytest.raises(CRSError, match="the CRS is missing"):
        posts_from_osm(amenities.set_crs(None, allow_override=True))
    with pytest.raises(TableError, match="no column `osm_id`"):
        posts_from_osm(amenities.drop(columns="osm_id"))
    with pytest.raises(TableError, match="the same id `n1` more than once"):
        posts_from_osm(amenities.assign(osm_id="n1"))


# -- merging ---------------------------------------------------------------------------------------


def north_of(lat: float, metres: float) -> float:
    _, moved, _ = Geod(ellps="WGS84").fwd(71.37, lat, 0, metres)
    return moved


@pytest.fixture
def registry(tmp_path) -> gpd.GeoDataFrame:
    text = (
        "id,lat,lon,location_precision,name_ru\n"
        "R1,42.9,71.37,,Пункт\n"
        f"R2,{north_of(42.9, 85)},71.37,,Пункт\n"
        "R3,,,unlocated,Пункт\n"
    )
    return read_posts(write(tmp_path, text))


def test_osm_post_within_50_m_of_a_registry_row_is_dropped_and_reported(registry) -> None:
    lats = [north_of(42.9, metres) for metres in (-49.5, -50.5, 40, 1000)]
    osm = posts_from_osm(police(geometry=[Point(71.37, lat) for lat in lats], name=["x"] * 4))
    merged = merge_posts(registry, osm)
    assert merged.posts.index.to_list() == ["R1", "R2", "n2", "n4"]
    assert merged.posts.crs == registry.crs
    assert merged.dropped["kept_post_id"].to_dict() == {"n1": "R1", "n3": "R1"}
    assert merged.dropped["distance_m"].to_list() == pytest.approx([49.5, 40], abs=0.05)
    check_facilities(merged.posts, "posts")


def test_nearest_registry_row_stands_for_the_dropped_post(registry) -> None:
    osm = posts_from_osm(police(geometry=[Point(71.37, north_of(42.9, 45))], name=["x"]))
    # 45 m from R1, 40 m from R2.
    assert merge_posts(registry, osm).dropped["kept_post_id"].to_list() == ["R2"]


@pytest.mark.parametrize(("metres", "dropped"), [(50, ["n1"]), (50.001, [])])
def test_exactly_50_m_still_is_the_same_post(registry, metres, dropped) -> None:
    def at(table: gpd.GeoDataFrame, x: float) -> gpd.GeoDataFrame:
        return table.to_crs(32642).assign(geometry=[Point(x, 4_750_000)])

    osm = posts_from_osm(police(name=["x"]))
    merged = merge_posts(at(registry.iloc[:1], 530_000), at(osm, 530_000 + metres))
    assert merged.dropped.index.to_list() == dropped


def test_merging_in_metres_gives_metres(registry) -> None:
    osm = posts_from_osm(police(geometry=[Point(71.37, north_of(42.9, 30))], name=["x"]))
    merged = merge_posts(registry.to_crs(32642), osm)
    assert merged.posts.crs == "EPSG:32642"
    assert merged.dropped["distance_m"].to_list() == pytest.approx([30], abs=0.05)


def test_merging_with_nothing_keeps_the_rest(registry) -> None:
    osm = posts_from_osm(police(name=["x"]))
    nothing = osm.iloc[:0]
    assert merge_posts(registry, nothing).posts.index.to_list() == ["R1", "R2"]
    assert merge_posts(registry.iloc[2:], osm).posts.index.to_list() == ["n1"]
    both_empty = merge_posts(registry.iloc[2:], nothing)
    assert len(both_empty.posts) == 0
    assert both_empty.dropped.columns.to_list() == ["kept_post_id", "distance_m"]


def test_same_id_in_both_tables_is_refused(registry) -> None:
    osm = posts_from_osm(police(osm_id=["R1"], name=["x"]))
    with pytest.raises(TableError, match="ids both in the registry and in OpenStreetMap: R1"):
        merge_posts(registry, osm)
