"""What stands beside the registry: inspectors, precincts, staff figures, incidents."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Polygon, box

from walkshed.errors import CRSError, SettingsError, SourceError, TableError
from walkshed.sources.establishment import establishment_summary, read_establishment
from walkshed.sources.incidents import read_incidents
from walkshed.sources.inspectors import inspector_counts, read_inspectors
from walkshed.sources.precincts import read_precincts
from walkshed.standards import staffing_norm

METRIC = "EPSG:32642"
TARAZ = Path(__file__).parents[1] / "data" / "taraz"
_to_degrees = Transformer.from_crs(METRIC, 4326, always_xy=True)


def write(folder: Path, text: str, name: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(read: Callable[..., object], path: Path, error: type[Exception], **options: object) -> str:
    with pytest.raises(error) as caught:
        read(path, **options)
    return str(caught.value).removeprefix(f"{path}: ")


# -- precincts -------------------------------------------------------------------------------------


def precincts_file(folder: Path, name: str = "precincts.geojson", **columns: list[object]) -> Path:
    """Two squares side by side, from 71.30 to 71.32 degrees east."""
    shapes = columns.pop(
        "geometry", [box(71.30, 42.90, 71.31, 42.91), box(71.31, 42.90, 71.32, 42.91)]
    )
    values = {"id": ["12", "13"], "name": ["Аса", "Қарасу"]} | columns
    table = gpd.GeoDataFrame(values, geometry=shapes, crs=4326)
    table.to_file(folder / name, engine="pyogrio")
    return folder / name


@pytest.mark.parametrize("name", ["precincts.geojson", "precincts.gpkg"])
def test_precincts_are_read_by_their_number(tmp_path, name) -> None:
    precincts, notes = read_precincts(precincts_file(tmp_path, name))
    assert precincts.index.to_list() == ["12", "13"]
    assert precincts["name"].to_list() == ["Аса", "Қарасу"]
    assert precincts.crs == "EPSG:4326"
    assert notes == ()


def test_number_under_another_heading_is_the_id(tmp_path) -> None:
    path = precincts_file(tmp_path, **{"id": None, "Участок": [12, 13]} | {"id": [None, None]})
    text = json.loads(path.read_text("utf-8"))
    for feature in text["features"]:
        del feature["properties"]["id"]
    path.write_text(json.dumps(text), encoding="utf-8")
    assert read_precincts(path).precincts.index.to_list() == ["12", "13"]


def test_bow_tie_is_repaired_and_told(tmp_path) -> None:
    bow_tie = Polygon([(71.3, 42.9), (71.31, 42.91), (71.31, 42.9), (71.3, 42.91)])
    path = precincts_file(tmp_path, geometry=[bow_tie, box(71.31, 42.9, 71.32, 42.91)])
    precincts, notes = read_precincts(path)
    assert precincts.geometry.is_valid.all()
    assert notes == (
        "precincts.geojson: feature 1: the outline crossed itself and was repaired; look at it "
        + "once",
    )


def test_overlapping_precincts_are_told(tmp_path) -> None:
    path = precincts_file(
        tmp_path, geometry=[box(71.30, 42.9, 71.315, 42.91), box(71.31, 42.9, 71.32, 42.91)]
    )
    assert "precincts `12` and `13` overlap on" in read_precincts(path).notes[0]


def test_all_problems_of_precincts_come_at_once(tmp_path) -> None:
    path = precincts_file(tmp_path, id=["12", "12"])
    assert "features 1, 2: the id `12` more than once" in told(read_precincts, path, TableError)
    places = gpd.points_from_xy([71, 72], [42, 43])
    points = gpd.GeoDataFrame({"id": ["1", ""]}, geometry=places, crs=4326)
    points.to_file(tmp_path / "points.geojson", engine="pyogrio")
    message = told(read_precincts, tmp_path / "points.geojson", TableError)
    assert "feature 2: no `id`" in message
    assert "features 1, 2: a geometry of type `Point`; wanted a Polygon" in message


def test_precincts_without_crs_or_in_no_format_are_refused(tmp_path) -> None:
    table = gpd.GeoDataFrame({"id": ["1"]}, geometry=[box(0, 0, 1, 1)])
    with pytest.warns(UserWarning, match="crs"):
        table.to_file(tmp_path / "bare.gpkg", engine="pyogrio")
    assert "CRS is missing" in told(read_precincts, tmp_path / "bare.gpkg", CRSError)
    text = write(tmp_path, "id,name\n1,x\n", "precincts.geojson")
    assert "not GeoJSON" in told(read_precincts, text, SourceError)
    assert "no such file" in told(read_precincts, tmp_path / "none.gpkg", SourceError)


# -- inspectors ------------------------------------------------------------------------------------

HOMES = (
    "Код;Пост;Участок;Широта;Долгота\n"
    "1;UPP-17;12;42,905;71,305\n"
    "2;UPP-17;12;42,905;71,315\n"
    "3;UPP-30;13;;\n"
    "4;UPP-30;13;42,90;71,31\n"
)


def test_homes_are_compared_with_precincts_and_forgotten(tmp_path) -> None:
    precincts = read_precincts(precincts_file(tmp_path)).precincts
    inspectors, _ = read_inspectors(write(tmp_path, HOMES, "i.csv"), precincts=precincts)
    assert inspectors["lives_in_precinct"].to_list() == ["yes", "no", "", "yes"]  # 4: on the border
    assert inspectors.columns.to_list() == ["post", "precinct", "lives_in_precinct"]


def test_word_about_the_home_is_taken_where_it_is_given(tmp_path) -> None:
    text = "id,post,Живёт на участке\n1,A,да\n2,A,нет\n3,A,\n"
    inspectors, _ = read_inspectors(write(tmp_path, text, "i.csv"))
    assert inspectors["lives_in_precinct"].to_list() == ["yes", "no", ""]


def test_no_message_repeats_a_home(tmp_path) -> None:
    text = "id,lat,lon,Фамилия\n1,42.9051x,71.3052\n2,142.9051,71.3052\n1,42.9,71.3\n"
    message = told(read_inspectors, write(tmp_path, text, "i.csv"), TableError)
    assert "rows 2, 3: the coordinates of the home cannot be read" in message
    assert "rows 2, 4: the id `1` more than once" in message
    assert "9051" not in message
    assert "3052" not in message


def test_posts_and_precincts_that_do_not_exist_are_told(tmp_path) -> None:
    precincts = read_precincts(precincts_file(tmp_path)).precincts
    path = write(tmp_path, "id,post,precinct\n1,UPP-1,12\n2,UPP-9,99\n", "i.csv")
    message = told(read_inspectors, path, TableError, precincts=precincts, post_ids={"UPP-1"})
    assert "row 3: `post` is `UPP-9`, which is in no registry" in message
    assert "row 3: `precinct` is `99`, which is not among the precincts" in message
    assert "row 2" not in message


@given(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12))
@settings(max_examples=80, deadline=None)
def test_small_counts_of_persons_are_never_told(elsewhere, inside, unknown) -> None:
    lives = ["no"] * elsewhere + ["yes"] * inside + [""] * unknown
    counts = inspector_counts(pd.DataFrame({"lives_in_precinct": lives}))
    assert counts["listed"] == elsewhere + inside + unknown
    told_count = counts["living_elsewhere"]
    if isinstance(told_count, int):
        assert told_count == elsewhere
        assert elsewhere not in range(1, 5)
        assert counts["home_known"] - told_count not in range(1, 5)
    else:
        assert told_count == "<5"
        assert elsewhere in range(1, 5) or inside in range(1, 5)


# -- staff figures ---------------------------------------------------------------------------------


def test_figures_of_zhambyl_region_are_those_of_its_sources() -> None:
    figures, notes = read_establishment(TARAZ / "establishment.csv")
    region = next(p for p in establishment_summary(figures) if p["place"] == "Zhambyl region")
    assert (region["inspectors_in_post"], region["inspectors_establishment"]) == (367, 592)
    assert region["inspectors_vacant"] == 225
    assert region["residents_per_inspector"] == pytest.approx(1_222_835 / 367, abs=0.1)
    assert (region["stationary_posts_planned"], region["precinct_points_planned"]) == (27, 25)
    assert region["periods"]["stationary_posts_planned"] == "2021-2025"
    assert notes == ()


def test_figures_of_zhambyl_region_agree_with_the_facts() -> None:
    facts = tomllib.loads((TARAZ / "facts.toml").read_text("utf-8"))
    figures, _ = read_establishment(TARAZ / "establishment.csv")
    value = figures.set_index(["place", "figure"])["value"]
    assert (
        value["Zhambyl region", "residents"]
        == (facts["population"]["region_residents_2024"]["value"])
    )
    police = {
        ("Zhambyl region", "inspectors_in_post"): "inspectors",
        ("Zhambyl region", "inspectors_establishment"): "establishment",
        ("Zhambyl region", "inspectors_living_elsewhere"): "inspectors_living_elsewhere_at_least",
        ("Zhambyl region", "stationary_posts_planned"): "region_stationary_posts_planned_2021_2025",
        ("Zhambyl region", "precinct_points_planned"): "region_precinct_points_planned_2021_2025",
        ("Zhambyl region", "housing_points_built"): "housing_points_built_2021",
        ("Zhambyl region", "housing_points_planned"): "housing_points_planned_2022",
        ("Taraz", "stationary_posts_built"): "modular_posts_built_2021",
        ("Taraz", "stationary_posts_planned"): "stationary_posts_planned_2022",
    }
    assert len(police) + 1 == len(value)
    for key, name in police.items():
        assert value[key] == facts["police"][name]["value"]


def test_figure_without_source_or_meaning_is_refused(tmp_path) -> None:
    text = (
        "Регион;Показатель;Значение;Год;Источник\n"
        "Z;inspectors_in_post;367;2022;\n"
        "Z;happiness;1;2022;x\n"
        "Z;residents;1 222 835;2024;x\nZ;residents;5;2024;x\n"
    )
    message = told(read_establishment, write(tmp_path, text, "e.csv"), TableError)
    assert "row 2: `source_url` is empty; fill it in" in message
    assert "row 3: `figure` is `happiness`; wanted one of residents, inspectors_in_post" in message
    assert "rows 4, 5: residents of Z in `2024` more than once" in message


def test_more_in_post_than_on_establishment_is_noted(tmp_path) -> None:
    text = (
        "place,figure,value,period,source_url\nZ,inspectors_in_post,12,2022,x\n"
        "Z,inspectors_establishment,10,2022,x\n"
    )
    notes = read_establishment(write(tmp_path, text, "e.csv")).notes
    assert notes == ("e.csv: Z: more inspectors in post than on establishment",)


def test_norm_is_half_of_what_is_called_twice_the_norm() -> None:
    norm, actual = (
        staffing_norm(name).residents_per_inspector for name in ("norm_2000", "kazakhstan_4000")
    )
    assert norm.value * 2 == actual.value
    assert not norm.verified


# -- incidents -------------------------------------------------------------------------------------


def incidents_file(folder: Path, places: list[tuple[float, float]], name: str = "i.csv") -> Path:
    rows = []
    for east_m, north_m in places:
        lon, lat = _to_degrees.transform(east_m, north_m)
        rows.append(f"{lat:.9f},{lon:.9f},06.05.2021 12:30")
    return write(folder, "\n".join(["lat,lon,Дата", *rows]) + "\n", name)


def test_points_are_counted_in_squares_of_200_m(tmp_path) -> None:
    places = [(693_410.0, 4_752_010.0), (693_590.0, 4_752_190.0), (693_610.0, 4_752_010.0)]
    cells, counts, _ = read_incidents(incidents_file(tmp_path, places), crs=METRIC)
    assert cells["incidents"].to_list() == [2, 1]
    assert cells.index.to_list() == ["3467_23760", "3468_23760"]
    assert cells.geometry.iloc[0].bounds == (693_400, 4_752_000, 693_600, 4_752_200)
    assert counts == {
        "incidents": 3, "without_place": 0, "without_date": 0, "first": "2021-05",
        "last": "2021-05", "cell_m": 200.0,
    }  # fmt: skip


@given(
    st.lists(st.tuples(st.floats(693_000, 694_000), st.floats(4_752_000, 4_753_000)), max_size=30)
)
@settings(max_examples=30, deadline=None)
def test_no_incident_is_lost_and_no_point_is_left(tmp_path_factory, places) -> None:
    if not places:
        return
    path = incidents_file(tmp_path_factory.mktemp("incidents"), places)
    cells, counts, _ = read_incidents(path, crs=METRIC)
    assert cells["incidents"].sum() == counts["incidents"] == len(places)
    assert set(cells.columns) == {"incidents", "geometry"}
    for shape in cells.geometry:
        assert shape.area >= 200 * 200 - 1e-3
        assert shape.bounds[0] % 200 == 0


def test_smaller_cells_are_refused(tmp_path) -> None:
    path = incidents_file(tmp_path, [(693_410.0, 4_752_010.0)])
    message = told(read_incidents, path, SettingsError, crs=METRIC, cell_m=100)
    assert message == "cells of 100 m; give 200 m or more"


def test_incidents_without_place_are_counted_and_bad_places_told(tmp_path) -> None:
    path = write(tmp_path, "lat,lon,date\n,,2021\n42.9,71.37,soon\n", "i.csv")
    _, counts, _ = read_incidents(path, crs=METRIC)
    assert (counts["incidents"], counts["without_place"], counts["without_date"]) == (2, 1, 1)
    path = write(tmp_path, "lat,lon\nx1,71.3\nx2,71.3\n", "i.csv")
    message = told(read_incidents, path, TableError, crs=METRIC)
    assert message == "rows 2, 3: `lat` cannot be read; wanted degrees, such as 42.898"


# -- in a study ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def beside(tmp_path_factory, write_study, lonlat, walkshed) -> Path:
    """The tiny town with a registry in which one post is only roughly located, and files beside."""
    folder = tmp_path_factory.mktemp("beside")
    (lon, lat), (west, south), (east, north) = (
        lonlat(100, -15),
        lonlat(-200, -300),
        lonlat(900, 300),
    )
    far_lon, far_lat = lonlat(700, 500)
    write(
        folder,
        "id,kind,lat,lon,location_precision,name_ru,inspectors,inspectors_establishment\n"
        f"R1,modular_post,{lat},{lon},exact,</script>{{{{7*191}}}},2,3\n"
        f"R2,precinct_point,{far_lat},{far_lon},landmark,=1+1,1,4\n",
        "posts.csv",
    )
    write(
        folder,
        "id,post,precinct,lat,lon\n"
        + "".join(f"I{i},R1,12,{north + 1:.4f},{east:.4f}\n" for i in range(6)),
        "inspectors.csv",
    )
    square = gpd.GeoDataFrame({"id": ["12"]}, geometry=[box(west, south, east, north)], crs=4326)
    square.to_file(folder / "precincts.geojson", engine="pyogrio")
    write(
        folder, f"lat,lon,date\n{lat},{lon},2021-05-06\n{lat},{lon},2021-05-07\n", "incidents.csv"
    )
    (folder / "establishment.csv").write_bytes((TARAZ / "establishment.csv").read_bytes())
    names = ("inspectors.csv", "establishment.csv", "incidents.csv")
    files = {name.split(".")[0]: name for name in names}
    posts = {"registry": "posts.csv", "precincts": "precincts.geojson", **files}
    study = write_study(folder, posts=posts)
    ran = walkshed("run", study, "--out", folder / "out")
    assert ran.code == 0, ran.err
    (folder / "answer.txt").write_text(ran.out, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def summary(beside) -> dict[str, object]:
    values: dict[str, object] = json.loads((beside / "out" / "summary.json").read_text("utf-8"))
    return values


def test_summary_tells_staff_and_load_against_the_norm(summary) -> None:
    staff = summary["staff"]
    assert (staff["inspectors_in_post"], staff["inspectors_establishment"]) == (3, 7)
    assert staff["inspectors_vacant"] == 4
    assert staff["inspectors"] == {"listed": 6, "home_known": 6, "living_elsewhere": 6}
    assert staff["residents_per_inspector"] == pytest.approx(3000 / 6)
    assert staff["residents_per_inspector_norm"] == 2000
    assert {place["place"] for place in staff["places"]} == {"Taraz", "Zhambyl region"}


def test_share_resting_on_approximate_posts_is_that_of_the_doors(beside, summary) -> None:
    doors = pd.read_parquet(beside / "out" / "doors.parquet")
    assert summary["posts_approximate"] == 1
    for minutes, share in summary["approximate_share_of_covered"].items():
        covered = doors[doors["nearest_min"] <= int(minutes)]
        rough = covered.loc[covered["nearest_post"] == "R2", "residents"].sum()
        assert share == pytest.approx(rough / covered["residents"].sum())
    assert 0 < summary["approximate_share_of_covered"]["10"] < 1


def test_answer_and_map_say_what_rests_on_approximate_places(beside, summary) -> None:
    share = summary["approximate_share_of_covered"]["10"]
    lines = (beside / "answer.txt").read_text("utf-8").splitlines()
    assert len(lines) == 5
    assert (
        f"{share * 100:.1f}% of those within 10 min rely on posts whose place is only" in lines[1]
    )
    page = (beside / "out" / "map.html").read_text("utf-8")
    assert '"approximate_share_of_covered"' in page


def test_places_of_the_real_city_are_left_out_of_a_made_up_one(tmp_path) -> None:
    from walkshed.settings import PostsSettings
    from walkshed.sources.beside_posts import beside_posts
    from walkshed.sources.posts import read_posts

    registry = read_posts(write(tmp_path, 'id,lat,lon,precinct\nA,42.9,71.3,"12, 99"\n', "p.csv"))
    given = {"precincts": precincts_file(tmp_path), "incidents": tmp_path / "none.csv"}
    read = beside_posts(PostsSettings(**given), registry, crs=METRIC, extent=None)
    assert (read.precincts, read.incident_cells) == (None, None)
    assert read.notes == (
        "post `A`: the precinct `99` is not among the precincts",
        "precincts.geojson, none.csv: the city is made up; places left out",
    )


def test_layers_of_what_stands_beside_are_written(beside) -> None:
    out = beside / "out"
    cells = gpd.read_parquet(out / "incident_cells.parquet")
    assert cells["incidents"].to_list() == [2]
    assert gpd.read_parquet(out / "precincts.parquet").index.to_list() == ["12"]
    conflicts = pd.read_csv(out / "post_conflicts.csv")
    assert "same_place_other_kind" in conflicts["conflict"].to_list()
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    named = {entry["name"] for entry in manifest["inputs"]}
    assert {"inspectors.csv", "precincts.geojson", "establishment.csv", "incidents.csv"} <= named


def test_no_output_holds_a_home_or_the_point_of_an_incident(beside) -> None:
    home = (beside / "inspectors.csv").read_text("utf-8").splitlines()[1].split(",")[3:]
    for path in (beside / "out").iterdir():
        content = path.read_bytes()
        for number in home:  # as a whole: a border may pass a place that begins alike
            whole = rb"(?<![\d.])" + re.escape(number.encode()) + rb"(?!\d)"
            assert re.search(whole, content) is None, path.name
        assert b"2021-05-06" not in content, path.name
    layers = gpd.list_layers(beside / "out" / "results.gpkg")["name"].to_list()
    assert "inspectors" not in layers


def test_hostile_names_are_harmless_in_every_output(beside) -> None:
    out = beside / "out"
    page = (out / "map.html").read_text("utf-8")
    assert "</script>{{" not in page
    assert "{{7*191}}" in page  # kept, and not computed by a template
    names = pd.read_csv(out / "posts.csv")["name_ru"].to_list()
    assert "'=1+1" in names
    assert "</script>{{7*191}}" in names
    assert "=1+1" in gpd.read_parquet(out / "posts.parquet")["name_ru"].to_list()
