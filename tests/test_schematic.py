"""The schematic city, counted and measured in the file it is written to."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import osmium
import pyproj
import pytest
import scipy.sparse
import shapely
from scipy.sparse.csgraph import connected_components

from walkshed.errors import SettingsError
from walkshed.schematic import SchematicCity, read_schematic, write_schematic

TARAZ = Path(__file__).parents[1] / "data" / "taraz" / "schematic.toml"
VILLAGE = SchematicCity(
    width_m=500, height_m=500, superblock_m=250, houses=40, precinct_points=2, departments=1
)
TOWN = SchematicCity(
    seed=3,
    residents=30_000,
    width_m=4200,
    height_m=4000,
    superblock_m=500,
    houses=3600,
    share_beyond_railway=0.12,
    level_crossings=1,
    railway_underpasses=1,
    river_bridges=2,
    canals=2,
    microdistricts=2,
    centre_superblocks=1,
    parks=1,
    industrial_zones=1,
    cemeteries=1,
    schools=3,
    precinct_points=5,
    modular_posts=4,
    departments=1,
    precinct_point_at_university=2,
    precinct_point_in_last_microdistrict=5,
    share_islands=0.1,
)
CROSSING_KEYS = ("bridge", "tunnel")
LIVED_IN = ("house", "apartments")


@dataclass
class Read:
    """A pbf as read by osmium alone: metres by node, tagged points, ways."""

    metres: dict[int, tuple[float, float]]
    points: list[tuple[int, dict[str, str]]]
    ways: list[tuple[list[int], dict[str, str]]]

    def having(self, key, value=None):
        return [w for w in self.ways if key in w[1] and value in (None, w[1][key])]

    def line(self, way):
        return shapely.LineString([self.metres[node] for node in way[0]])

    def polygon(self, way):
        return shapely.Polygon([self.metres[node] for node in way[0]])

    @cached_property
    def buildings(self):
        corners = [[self.metres[node] for node in way[0]] for way in self.having("building")]
        return shapely.polygons(np.array(corners))


def read(path):
    locations, points, ways = {}, [], []
    for entity in osmium.FileProcessor(str(path)):
        if entity.is_node():
            locations[entity.id] = (entity.location.lon, entity.location.lat)
            if len(entity.tags):
                points.append((entity.id, dict(entity.tags)))
        elif entity.is_way():
            ways.append(([node.ref for node in entity.nodes], dict(entity.tags)))
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32642", always_xy=True)
    east, north = to_metres.transform(*np.array(list(locations.values())).T)
    metres = dict(zip(locations, zip(east.tolist(), north.tolist(), strict=True), strict=True))
    return Read(metres, points, ways)


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def crossing_pairs(shapes, others):
    return shapely.STRtree(np.array(others)).query(np.array(shapes), predicate="intersects").T


def beyond(read_city):
    """Whether each building's middle lies on the other side of the railway than the centre."""
    rail = [
        read_city.metres[node] for way in read_city.having("railway", "rail") for node in way[0]
    ]
    east, north = np.array(sorted(rail)).T
    middles = shapely.get_coordinates(shapely.centroid(read_city.buildings))
    return middles[:, 1] < np.interp(middles[:, 0], east, north)


@pytest.fixture(scope="module")
def taraz(tmp_path_factory):
    path = tmp_path_factory.mktemp("taraz") / "taraz.osm.pbf"
    write_schematic(read_schematic(TARAZ), path)
    return read(path)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    path = tmp_path_factory.mktemp("town") / "town.osm.pbf"
    write_schematic(TOWN, path)
    return read(path)


@pytest.fixture(params=["taraz", "town"])
def city(request):
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("asked", [VILLAGE, TOWN], ids=["village", "town"])
def test_same_parameters_give_the_same_bytes(tmp_path, asked):
    write_schematic(asked, tmp_path / "first.osm.pbf")
    write_schematic(asked, tmp_path / "second.osm.pbf")
    assert sha256(tmp_path / "first.osm.pbf") == sha256(tmp_path / "second.osm.pbf")


def test_another_seed_gives_another_city_of_the_same_size(tmp_path):
    write_schematic(VILLAGE, tmp_path / "first.osm.pbf")
    write_schematic(VILLAGE.model_copy(update={"seed": 1}), tmp_path / "other.osm.pbf")
    assert sha256(tmp_path / "first.osm.pbf") != sha256(tmp_path / "other.osm.pbf")
    assert len(read(tmp_path / "other.osm.pbf").having("building", "house")) == VILLAGE.houses


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "village.osm.pbf"
    path.write_text("old")
    write_schematic(VILLAGE, path)
    assert len(read(path).having("building", "house")) == 40
    assert [file.name for file in tmp_path.iterdir()] == ["village.osm.pbf"]


def test_file_says_that_it_is_schematic(tmp_path):
    write_schematic(VILLAGE, tmp_path / "village.osm.pbf")
    with osmium.io.Reader(str(tmp_path / "village.osm.pbf")) as reader:
        assert reader.header().get("generator") == "walkshed schematic"


def test_taraz_has_the_size_it_should(taraz):
    streets = [nodes for nodes, _ in taraz.having("highway")]
    ends = {node for nodes in streets for node in (nodes[0], nodes[-1])}
    touched = np.concatenate([list(set(nodes)) for nodes in streets])
    nodes, ways_at_node = np.unique(touched, return_counts=True)
    walk_nodes = ends | set(nodes[ways_at_node > 1].tolist())
    assert 18_500 <= len(walk_nodes) <= 21_500
    assert 43_000 <= len(taraz.having("building")) <= 47_000
    east, north = np.ptp(shapely.get_coordinates(taraz.buildings), axis=0)
    assert 8_000 < east < 12_000
    assert 8_000 < north < 11_000


def test_taraz_lies_around_its_centre(taraz):
    centre = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:32642", always_xy=True)
    middle = shapely.get_coordinates(shapely.centroid(taraz.buildings)).mean(axis=0)
    assert np.hypot(*(middle - centre.transform(71.3733, 42.898))) < 1000


def test_taraz_has_room_for_its_residents(taraz):
    floor_m2 = sum(
        taraz.polygon(way).area * int(way[1]["building:levels"])
        for way in taraz.having("building")
        if way[1]["building"] in LIVED_IN
    )
    assert 20 <= floor_m2 / read_schematic(TARAZ).residents <= 28


@pytest.mark.parametrize("seed", [None, 7], ids=["bundled", "other seed"])
def test_about_twelve_percent_live_beyond_the_railway(taraz, tmp_path, seed):
    if seed is not None:
        write_schematic(TOWN.model_copy(update={"seed": seed}), tmp_path / "other.osm.pbf")
    city = taraz if seed is None else read(tmp_path / "other.osm.pbf")
    ways = city.having("building")
    floor_m2 = shapely.area(city.buildings)
    floor_m2 *= [int(tags["building:levels"]) for _, tags in ways]
    floor_m2 *= [tags["building"] in LIVED_IN for _, tags in ways]
    share = floor_m2[beyond(city)].sum() / floor_m2.sum()
    assert 0.10 <= share <= 0.14


def test_nearly_all_of_the_network_hangs_together_but_some_islands_remain(city):
    streets = [nodes for nodes, _ in city.having("highway")]
    number = {node: i for i, node in enumerate(dict.fromkeys(n for s in streets for n in s))}
    first = [number[node] for nodes in streets for node in nodes[:-1]]
    second = [number[node] for nodes in streets for node in nodes[1:]]
    shape = (len(number), len(number))
    graph = scipy.sparse.coo_matrix((np.ones(len(first)), (first, second)), shape=shape)
    _, component = connected_components(graph, directed=False)
    shares = np.sort(np.bincount(component))[::-1] / len(number)
    assert shares[0] >= 0.96
    assert shares[1:].sum() >= 0.002


def test_no_building_touches_water_rail_street_or_another_building(city):
    buildings = city.buildings
    water = [city.polygon(way) for way in city.having("natural", "water")]
    lines = [
        city.line(way) for key in ("railway", "waterway", "highway") for way in city.having(key)
    ]
    assert len(crossing_pairs(buildings, water)) == 0
    assert len(crossing_pairs(buildings, lines)) == 0
    pairs = crossing_pairs(buildings, buildings)
    assert len(pairs) == len(buildings)


def test_houses_keep_six_to_fifteen_metres_from_their_street(town):
    houses = np.array([town.polygon(way) for way in town.having("building", "house")])
    streets = [
        town.line(way) for way in town.having("highway") if way[1].get("service") != "driveway"
    ]
    _, distance_m = shapely.STRtree(streets).query_nearest(
        houses, return_distance=True, all_matches=False
    )
    assert np.quantile(distance_m, 0.01) > 5
    assert np.quantile(distance_m, 0.97) < 15


def test_water_is_crossed_by_bridges_only(city):
    streets = city.having("highway")
    lines = [city.line(way) for way in streets]
    for kind in ("river", "canal"):
        water = [city.line(way) for way in city.having("waterway", kind)]
        pairs = crossing_pairs(lines, water)
        assert len(pairs) >= 2
        assert {streets[first][1].get("bridge") for first, _ in pairs} == {"yes"}
    shores = [city.polygon(way) for way in city.having("natural", "water")]
    pairs = crossing_pairs(lines, shores)
    assert {streets[first][1].get("bridge") for first, _ in pairs} == {"yes"}


def test_taraz_has_the_bridges_and_crossings_it_was_asked_for(taraz):
    streets = taraz.having("highway")
    lines = [taraz.line(way) for way in streets]
    river = [taraz.line(way) for way in taraz.having("waterway", "river")]
    assert len(crossing_pairs(lines, river)) == 6
    rails = taraz.having("railway", "rail")
    pairs = crossing_pairs(lines, [taraz.line(way) for way in rails])
    crossing = sorted({first for first, _ in pairs})
    level = {node for node, tags in taraz.points if tags.get("railway") == "level_crossing"}
    kinds = []
    for position in crossing:
        nodes, tags = streets[position]
        shared = level & set(nodes) & {node for way in rails for node in way[0]}
        kinds.append(next((key for key in CROSSING_KEYS if key in tags), "level" * len(shared)))
    assert sorted(kinds) == ["bridge", "level", "level", "level", "tunnel"]


def test_posts_are_all_there_named_and_marked_schematic(taraz):
    posts = [tags for _, tags in taraz.points if tags.get("amenity") == "police"]
    kinds = [tags["walkshed:kind"] for tags in posts]
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    assert counts == {"precinct_point": 30, "modular_post": 4, "department": 3}
    assert {tags["source"] for tags in posts} == {"schematic"}
    hours = {(tags["walkshed:kind"], tags["opening_hours"]) for tags in posts}
    assert hours == {
        ("precinct_point", "Mo-Fr 17:00-20:00"),
        ("modular_post", "08:00-20:00"),
        ("department", "24/7"),
    }
    numbers = sorted(int(t["ref"]) for t in posts if t["walkshed:kind"] == "precinct_point")
    assert numbers == list(range(1, 31))


def test_points_17_and_30_stand_where_they_are_known_to_stand(taraz):
    where = {
        tags["ref"]: shapely.Point(taraz.metres[node])
        for node, tags in taraz.points
        if tags.get("walkshed:kind") == "precinct_point"
    }
    campus = next(taraz.polygon(way) for way in taraz.having("amenity", "university"))
    fifteenth = next(
        taraz.polygon(way)
        for way in taraz.having("place")
        if way[1]["name"] == "Микрорайон 15 (схема)"
    )
    assert where["17"].distance(campus) < 20
    assert fifteenth.contains(where["30"])
    assert sum(point.within(fifteenth) for point in where.values()) <= 3


def test_every_name_is_generic_and_given_in_three_languages(city):
    named = [tags for _, tags in [*city.points, *city.ways] if "name" in tags]
    assert len(named) > 100
    for tags in named:
        assert tags["name"] == tags["name:ru"]
        if "highway" in tags:
            generic, number = tags["name"].rsplit(" ", 1)
            assert generic in ("Проспект", "Улица", "Переулок")
            assert number.isdigit()
            assert tags["name:kk"].startswith(f"{number}-")
            assert tags["name:en"].endswith(f" {number}")
        else:
            assert tags["name:ru"].endswith(" (схема)")
            assert tags["name:kk"].endswith(" (сызба)")
            assert tags["name:en"].endswith(" (schematic)")


def test_neighbourhoods_hold_nearly_all_dwellings_and_do_not_overlap(city):
    areas = np.array([city.polygon(way) for way in city.having("place", "neighbourhood")])
    assert shapely.is_valid(areas).all()
    assert shapely.area(areas).sum() - shapely.union_all(areas).area < 1.0 * len(areas)
    doors = shapely.centroid(city.buildings)
    lived = [way[1]["building"] in LIVED_IN for way in city.having("building")]
    inside = shapely.STRtree(areas).query(doors[lived], predicate="within").shape[1]
    assert inside >= 0.99 * sum(lived)


def test_two_districts_cover_every_building_once(city):
    districts = [city.polygon(way) for way in city.having("boundary", "administrative")]
    assert len(districts) == 2
    doors = shapely.centroid(city.buildings)
    assert len(crossing_pairs(doors, districts)) == len(doors)


@pytest.mark.parametrize(
    "highway",
    ["primary", "secondary", "residential", "living_street", "service", "footway", "path", "steps"],
)
def test_taraz_has_streets_of_every_class(taraz, highway):
    assert taraz.having("highway", highway)


def test_fences_are_met_only_at_gates(city):
    gates = {node for node, tags in city.points if tags.get("barrier") == "gate"}
    fences = [way for way in city.ways if way[1].get("barrier") in ("fence", "wall")]
    streets = city.having("highway")
    pairs = crossing_pairs([city.line(s) for s in streets], [city.line(f) for f in fences])
    assert len(pairs) >= len(fences)
    for street, fence in pairs:
        assert gates & set(streets[street][0]) & set(fences[fence][0])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("width_m = 500", ["key `height_m` is missing", "key `houses` is missing"]),
        ("housse = 3", ["unknown key `housse`", "key `houses` is missing"]),
        ("houses = -5\nwidth_m = -1", ["`houses` = -5", "`width_m` = -1", "`height_m`"]),
        ("houses = [", ["not TOML"]),
        ('crs = "EPSG:4326"', ["`crs` = 'EPSG:4326': not in metres"]),
        ('crs = "nowhere"', ["`crs` = 'nowhere': no such CRS"]),
    ],
)
def test_bad_parameter_files_get_one_message_with_all_problems(tmp_path, text, told):
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refusal:
        read_schematic(path)
    assert str(refusal.value).startswith(str(path))
    for part in told:
        assert part in str(refusal.value)


def test_values_that_contradict_each_other_are_refused(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(
        "width_m=900\nheight_m=900\nsuperblock_m=300\nhouses=9\nshare_beyond_railway=0.1"
    )
    with pytest.raises(
        SettingsError, match=r"bad\.toml: `share_beyond_railway` needs a way across"
    ):
        read_schematic(path)


def test_missing_and_unreadable_files_are_refused(tmp_path):
    with pytest.raises(SettingsError, match=r"absent\.toml: no such file"):
        read_schematic(tmp_path / "absent.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_schematic(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_schematic(tmp_path / "bytes.toml")


@pytest.mark.parametrize(
    ("change", "told"),
    [({"houses": 50_000}, "no room for .* houses"), ({"microdistricts": 40}, "no room for 40")],
)
def test_a_city_that_does_not_fit_is_refused_and_nothing_is_written(tmp_path, change, told):
    with pytest.raises(SettingsError, match=told):
        write_schematic(VILLAGE.model_copy(update=change), tmp_path / "village.osm.pbf")
    assert list(tmp_path.iterdir()) == []
