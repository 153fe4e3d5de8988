"""Addresses and other names of an extract, and how they travel to the page."""

import numpy as np
import pandas as pd

from towns import Town
from walkshed.candidates import public_places
from walkshed.maps.finding import Findable, pack_finding
from walkshed.maps.ground import unpack_integers
from walkshed.sources.addresses import house_addresses, names_in_languages, other_names


def addressed_town() -> Town:
    town = Town()
    town.street(
        (0, 0), (300, 0), name="улица Абая", old_name="Ленина; Советская", **{"name:kk": ""}
    )
    street = {"addr:street": "улица Абая"}
    town.square(10, 10, 10, building="house", **{**street, "addr:housenumber": "10"})
    town.square(40, 10, 10, building="house", **{**street, "addr:housenumber": "2а"})
    town.square(70, 10, 10, building="yes")
    town.node(75, 15, **{**street, "addr:housenumber": "4"})  # an entrance of that building
    town.node(75, 16, **{**street, "addr:housenumber": "10"})  # told twice
    town.node(200, 60, **{"addr:place": "15 мкр", "addr:housenumber": "б/н"})
    town.node(200, 80, **{"addr:housenumber": "7"})  # of no street
    return town


def test_an_address_belongs_to_its_building_and_is_told_once():
    table = house_addresses(addressed_town().extract())
    told = {(row.street, row.number): osm_id[0] for osm_id, row in table.iterrows()}
    assert told == {
        ("улица Абая", "10"): "w", ("улица Абая", "2а"): "w", ("улица Абая", "4"): "w",
        ("15 мкр", "б/н"): "n",
    }  # fmt: skip
    assert table.index.is_unique


def test_other_names_are_parted_and_empty_ones_left_out():
    assert other_names(addressed_town().extract()) == {"улица Абая": ("Ленина", "Советская")}


def test_houses_travel_street_by_street_in_the_order_of_their_numbers():
    table = house_addresses(addressed_town().extract())
    doors = pd.Index([osm_id for osm_id in table.index if osm_id.startswith("w")])
    origin = (np.floor(table.total_bounds[0]), np.floor(table.total_bounds[1]))
    found = pack_finding(
        Findable(addresses=table, other_names={"a": ("b",)}), doors=doors, origin=origin
    )
    houses = found["houses"]
    assert found["also"] == [["a", ["b"]]]
    assert houses["streets"] == ["15 мкр", "улица Абая"]
    read = {name: unpack_integers(houses[name]).tolist() for name in ("count", "number", "ending")}
    assert read["count"] == [1, 3]
    assert read["number"] == [0, 2, 2, 6]  # б/н | 2а, 4, 10
    assert [houses["endings"][place] for place in read["ending"]] == ["б/н", "а", "", ""]
    door = np.cumsum(unpack_integers(houses["door"]))
    assert door[0] == -1
    assert sorted(door[1:]) == [0, 1, 2]
    east, north = unpack_integers(houses["xy"]) / 1e5 + origin
    apart = table[table["street"] == "15 мкр"].geometry.iloc[0]
    assert (abs(east - apart.x), abs(north - apart.y)) < (1e-5, 1e-5)


def test_landmarks_travel_by_kind_and_name_and_a_school_and_its_yard_are_one():
    town = addressed_town()
    town.square(0, 0, 40, amenity="school", name="Школа № 5", **{"name:kk": "№ 5 мектеп"})
    town.node(20, 20, amenity="school", name="Школа № 5")
    town.node(5000, 0, amenity="school", name="Школа № 5")  # of another village
    town.node(0, 90, amenity="marketplace", name="Базар")
    town.node(0, 95, amenity="marketplace")  # without a name nobody would look for it
    extract = town.extract()
    table = public_places(extract)
    origin = tuple(np.floor(table.total_bounds[:2]))
    findable = Findable(landmarks=table, other_names=other_names(extract, table.index))
    found = pack_finding(findable, doors=pd.Index([]), origin=origin)
    assert found["also"][0] == ["Школа № 5", ["№ 5 мектеп"]]
    marks = found["landmarks"]
    assert [kind["ru"] for kind in marks["kinds"]] == ["рынок", "школа"]
    assert marks["count"] == [1, 2]
    assert marks["names"] == ["Базар", "Школа № 5", "Школа № 5"]
    east, north = np.cumsum(unpack_integers(marks["xy"]).reshape(2, -1), axis=1) / 1e5
    market = table[table["place"] == "market"].geometry.iloc[0]
    assert (abs(east[0] + origin[0] - market.x), abs(north[0] + origin[1] - market.y)) < (
        1e-5,
        1e-5,
    )


def test_a_city_without_addresses_and_landmarks_says_so():
    extract = addressed_town().extract()
    empty = Findable(house_addresses(extract).iloc[:0], public_places(extract))
    for findable in (Findable(), empty):
        found = pack_finding(findable, doors=pd.Index([]), origin=(0, 0))
        assert (found["houses"], found["landmarks"]) == (None, None)


def test_names_in_each_language_are_kept_where_they_differ():
    town = Town()
    town.street((0, 0), (90, 0), name="A", **{"name:kk": "A көшесі", "name:en": "A"})
    town.street((0, 50), (90, 50), name="A", **{"name:kk": "Б көшесі"})
    town.street((0, 90), (90, 90), name="B", **{"name:ru": "Б"})
    town.street((0, 99), (90, 99), **{"name:ru": "В"})
    names = names_in_languages(town.extract())
    assert names == {"ru": {"B": "Б"}, "kk": {"A": "A көшесі"}}
