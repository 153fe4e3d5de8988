"""What the map is drawn on: which objects of an extract land in which layer."""

import pytest

from walkshed.sources.ground import ground_layers
from walkshed.sources.osm import read_osm

LAYERS = {"water", "green", "buildings", "rivers", "rail", "places"}


@pytest.fixture
def drawn(new_town, tmp_path):
    """Read a town of one street and whatever the test drew."""

    def read():
        new_town.way([(0, 0), (100, 0)], {"highway": "residential"})
        return ground_layers(read_osm(new_town.write(tmp_path / "town.osm")))

    return read


def ids(layer) -> list[str]:
    return layer.index.to_list()


def test_an_extract_of_streets_alone_has_empty_layers(drawn) -> None:
    layers = drawn()
    assert set(layers) == LAYERS
    for layer in layers.values():
        assert len(layer) == 0
        assert layer.crs == "EPSG:4326"


def test_water_and_green_do_not_overlap(drawn, new_town) -> None:
    pond = new_town.area(0, 0, 9, 9, {"natural": "water", "landuse": "grass"})
    bank = new_town.area(20, 0, 29, 9, {"waterway": "riverbank"})
    park = new_town.area(40, 0, 49, 9, {"leisure": "park"})
    wood = new_town.area(60, 0, 69, 9, {"natural": "wood"})
    grave = new_town.area(80, 0, 89, 9, {"landuse": "cemetery"})
    new_town.area(100, 0, 109, 9, {"landuse": "industrial"})
    layers = drawn()
    assert ids(layers["water"]) == [f"w{pond}", f"w{bank}"]
    assert ids(layers["green"]) == [f"w{park}", f"w{wood}", f"w{grave}"]


def test_every_building_is_drawn_lived_in_or_not(drawn, new_town) -> None:
    kinds = ["house", "garage", "yes"]
    drawn_ids = [new_town.house(20 * i, 50, {"building": kind}) for i, kind in enumerate(kinds)]
    new_town.house(90, 50, {"building": "no", "amenity": "parking"})
    assert ids(drawn()["buildings"]) == [f"w{number}" for number in drawn_ids]


def test_what_runs_underground_is_not_drawn(drawn, new_town) -> None:
    def line(north: float, **tags: str) -> str:
        return f"w{new_town.way([(0, north), (100, north)], tags)}"

    rail, bridge = line(10, railway="rail"), line(20, railway="light_rail", bridge="yes")
    line(30, railway="rail", tunnel="yes")
    line(40, railway="abandoned")
    river, canal = line(50, waterway="river"), line(60, waterway="canal", tunnel="no")
    line(70, waterway="stream", tunnel="culvert")
    line(80, waterway="dam")
    layers = drawn()
    assert ids(layers["rail"]) == [rail, bridge]
    assert ids(layers["rivers"]) == [river, canal]


def test_places_are_ranked_and_named_in_each_language(drawn, new_town) -> None:
    new_town.node(5, 5, {"place": "suburb", "name": "Окраина", "name:en": "Outskirts"})
    new_town.node(6, 6, {"place": "city", "name": "Город", "name:kk": "Қала"})
    new_town.node(7, 7, {"place": "suburb"})
    new_town.node(8, 8, {"place": "farm", "name": "Ферма"})
    new_town.area(10, 10, 90, 90, {"place": "neighbourhood", "name": "Квартал"})
    places = drawn()["places"]
    assert places["name"].to_list() == ["Город", "Окраина", "Квартал"]
    assert places["rank"].is_monotonic_increasing
    assert places["name_kk"].to_list() == ["Қала", "Окраина", "Квартал"]
    assert places["name_en"].to_list() == ["Город", "Outskirts", "Квартал"]
    assert set(places.geom_type) == {"Point"}


def test_a_place_drawn_twice_is_named_once(drawn, new_town) -> None:
    new_town.node(5, 5, {"place": "town", "name": "Город"})
    new_town.area(10, 10, 90, 90, {"place": "suburb", "name": "Город"})
    places = drawn()["places"]
    assert places["rank"].to_list() == [1]


def test_a_hostile_name_is_kept_to_the_letter(drawn, new_town, hostile_name) -> None:
    new_town.node(5, 5, {"place": "suburb", "name": hostile_name})
    assert drawn()["places"]["name"].to_list() == [hostile_name]
